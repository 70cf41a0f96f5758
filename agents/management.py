"""What a provider's management decides once a year: posts, equipment, bonus; money bounds all."""

from __future__ import annotations

from typing import Any, NamedTuple

from agents.foundation.compile import scalar
from agents.foundation.exact import log


class Management(NamedTuple):
    """What managements go by; from the parameter files."""

    busy_load: float
    """Load of doctors from which a hospital opens posts."""
    cushion_months: float
    """Months of spending that it keeps before it grows."""
    debt_months: float
    """Months of spending that it may owe before it hires and buys no more."""
    growth_most: float
    """Most by which posts grow in a year, share."""
    posts_most: float
    """Most posts, against those of the start."""
    depreciation: float
    """Share of equipment that wears out in a year."""
    expansion: float
    """Share of cash above the cushion that goes into new equipment."""
    equipment_most: float
    """Most equipment, against the start."""
    bonus_step: float
    """Step by which a bonus is moved in a year, share."""
    full_beds: float
    """Share of its bed-days in use from which a hospital outside adds beds."""
    enlarged_most: float
    """Most by which a hospital outside grows in a year, share."""


@scalar
def is_indebted(provider: Any, year_cost_fen: int, rules: Management) -> bool:
    """Whether it owes more than suppliers and banks bear with: so many months of spending."""
    return provider.cash_fen < -rules.debt_months * year_cost_fen / 12.0


@scalar
def spare_fen(provider: Any, year_cost_fen: int, rules: Management) -> float:
    """Cash beyond the cushion that a careful management keeps."""
    return max(0.0, provider.cash_fen - rules.cushion_months * year_cost_fen / 12.0)


@scalar
def posts_wanted(provider: Any, start_posts: int, year_cost_fen: int, rules: Management) -> int:
    """Posts that it means to have next year: more where doctors are busy and money is spare."""
    busy = provider.workload >= rules.busy_load
    if not busy or spare_fen(provider, year_cost_fen, rules) <= 0.0:
        return provider.posts
    grown = provider.posts + max(1, int(rules.growth_most * provider.posts + 0.5))
    most = int(rules.posts_most * start_posts + 0.5)
    return max(provider.posts, min(grown, most))


@scalar
def openings(provider: Any, doctors: int, year_cost_fen: int, rules: Management) -> int:
    """Posts that it fills this year: none while it is in debt, but never its last doctor's."""
    if doctors == 0:
        return max(1, provider.posts)
    if is_indebted(provider, year_cost_fen, rules):
        return 0
    return max(0, provider.posts - doctors)


@scalar
def room_for_equipment_fen(equipment: float, wear_fen: int, rules: Management) -> float:
    """What new equipment a place can still take up, in fen, by what keeps it as it was."""
    return max(0.0, (rules.equipment_most - equipment) * wear_fen / rules.depreciation)


@scalar
def investment_fen(provider: Any, wear_fen: int, year_cost_fen: int, rules: Management) -> int:
    """What it spends on equipment: replaces what wore out, and grows where money is spare.

    Parameters
    ----------
    wear_fen
        What keeps equipment as it was at the start, a year.
    """
    if is_indebted(provider, year_cost_fen, rules):
        return 0
    replaced = wear_fen * min(1.0, provider.equipment)
    room = room_for_equipment_fen(provider.equipment, wear_fen, rules)
    grown = min(rules.expansion * spare_fen(provider, year_cost_fen, rules), room)
    return int(replaced + grown)


@scalar
def next_equipment(equipment: float, wear_fen: int, spent_fen: int, rules: Management) -> float:
    """Equipment after a year of wear and of buying."""
    if wear_fen <= 0:
        return equipment
    return equipment * (1.0 - rules.depreciation) + rules.depreciation * spent_fen / wear_fen


@scalar
def equipment_gain(equipment: float) -> float:
    """What equipment adds to reach, in logarithms: the first machines matter most."""
    return log(max(equipment, 0.1))


@scalar
def next_health_weight(weight: float, wanted: float, rules: Management) -> float:
    """Part of the bonus that is paid by health results: a step a year towards what is wanted.

    Parameters
    ----------
    wanted
        Part of what decides the director's own pay that is health, against money.
    """
    step = min(max(wanted - weight, -rules.bonus_step), rules.bonus_step)
    return weight + step


@scalar
def next_size(size: float, used_share: float, rules: Management) -> float:
    """Size of a hospital outside after a year: where beds were full it adds some, with their staff.

    Its money and its other patients are not the county's to know: it is taken to afford what its
    patients fill, and to close no bed.

    Parameters
    ----------
    size
        Its beds, nurses and doctors' time, against the start.
    used_share
        Share of its bed-days that were in use this year.
    """
    grown = size * max(1.0, used_share / rules.full_beds)
    return min(grown, size * (1.0 + rules.enlarged_most))


@scalar
def next_bonus_factor(provider: Any, year_cost_fen: int, most: float, rules: Management) -> float:
    """What it makes of the policy's bonus: less in debt, more where spare money could hold staff.

    Parameters
    ----------
    most
        Bounds that the policy leaves: the factor stays between 1 / most and most.
    """
    factor = provider.bonus_factor
    if is_indebted(provider, year_cost_fen, rules):
        factor *= 1.0 - rules.bonus_step
    elif spare_fen(provider, year_cost_fen, rules) > 0.0:
        factor *= 1.0 + rules.bonus_step
    return min(max(factor, 1.0 / most), most)
