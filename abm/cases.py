"""What an admission records for schemes that do not pay by the bill.

Weight, how odd its bill is, how long it lasts, whether it opens an episode; and what would be
recorded if its bill were a tenth higher, from which the finite difference of a rule with
cliffs is taken.
"""

from __future__ import annotations

from typing import Any

from abm.billing import bill_admission
from abm.world import Out, World
from agents.foundation.compile import scalar
from agents.patient import EPISODE_MONTHS
from agents.provider import late_part

FULL_WEIGHT = 1000


@scalar
def treatment_factor(intensity: float, by_day: float, step: float) -> float:
    """How much more a case weighs by what was done, in steps of intensity.

    Parameters
    ----------
    by_day
        Part of a price that goes with days and not with what is done.
    step
        Width of a group of treatment, in times what the need calls for.
    """
    group = int(intensity / step + 0.5) * step
    return 1.0 + (1.0 - by_day) * (group - 1.0)


@scalar
def record_treatment(
    tally: Any, weight: int, intensity: float, done: float, by_day: float, step: float
) -> None:
    """Enter the weight of one admission by what was done in it.

    Parameters
    ----------
    done
        Its bill over that of a stay as the need calls for.
    """
    more = intensity + done / (10.0 * (1.0 - by_day)) if by_day < 1.0 else intensity
    tally.treated_weight += int(weight * treatment_factor(intensity, by_day, step) + 0.5)
    tally.treated_weight_more += int(weight * treatment_factor(more, by_day, step) + 0.5)


@scalar
def record_case(
    tally: Any, weight: int, mild: bool, listed_price_yuan: float, bill_fen: int, course: Any
) -> None:
    """Enter one admission of the residents' scheme into the tally.

    Parameters
    ----------
    weight
        Case weight as recorded, thousandths.
    mild
        Whether the case is of a class that needs no hospital bed.
    listed_price_yuan
        Place's price of a case of weight one, against which a bill is far off or not.
    """
    tally.case_weight += weight
    standard_fen = listed_price_yuan * 100.0 * weight / FULL_WEIGHT
    low_fen = course.low_cost_ratio * standard_fen
    high_fen = int(course.high_cost_ratio * standard_fen)
    more_fen = bill_fen + bill_fen // 10
    if bill_fen < low_fen:
        tally.low_cost_weight += weight
        tally.low_cost_fen += bill_fen
    else:
        if mild:
            tally.light_weight += weight
        tally.high_cost_fen += max(0, bill_fen - high_fen)
    if more_fen < low_fen:
        tally.low_cost_weight_more += weight
        tally.low_cost_fen_more += more_fen
    else:
        if mild:
            tally.light_weight_more += weight
        tally.high_cost_fen_more += max(0, more_fen - high_fen)


@scalar
def record_stay(
    tally: Any, days: int, weight: int, bill_fen: int, fund_fen: int, step_days: int
) -> None:
    """Enter how long one admission lasts, by the steps of a price that falls with the stay."""
    tally.late_days += late_part(days, step_days)
    tally.latest_days += late_part(days, 2 * step_days)
    if days > step_days:
        tally.long_stays += 1
        tally.long_days += days
        tally.long_weight += weight
        tally.long_cost_fen += bill_fen
        tally.long_fund_fen += fund_fen
    if days > 2 * step_days:
        tally.longest_days += days


@scalar
def record_episode(patient: Any, tally: Any, weight: int) -> None:
    """Open an episode, unless this admission falls into one that is open."""
    if patient.episode_months == 0:
        patient.episode_months = EPISODE_MONTHS
        tally.episodes += 1
        tally.episode_weight += weight


@scalar
def enter_admission(
    patient: Any,
    provider: Any,
    row: int,
    weight: int,
    mild: bool,
    bill_fen: int,
    days: int,
    world: World,
    out: Out,
) -> None:
    """Bill one admission of the residents' scheme and record the case."""
    tally = out.tally[row]
    record_case(tally, weight, mild, provider.admission_price_yuan, bill_fen, world.course)
    before = tally.fund_inpatient_fen
    bill_admission(patient, provider, row, bill_fen, world, out)
    fund_fen = tally.fund_inpatient_fen - before
    record_stay(tally, days, weight, bill_fen, fund_fen, world.course.stay_step_days)
    record_episode(patient, tally, weight)
