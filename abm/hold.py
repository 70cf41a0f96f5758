"""Channels of the siphon that can be held still, to see what each contributes.

Holding a channel changes the county's own data, or skips an update; it never scales what
comes out. What is held is given to :class:`abm.model.Model` as ``hold``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from abm.county import CareKind, County, Place, Tier
from agents.beginning import Start
from agents.foundation.errors import InputError


class Channel(NamedTuple):
    """One way in which patients are drawn out of the county."""

    title: str
    title_zh: str
    how: str


CHANNELS = {
    "belief": Channel(
        "beliefs equal",
        "口碑相同",
        "everybody believes every provider as good as a county hospital is usually believed, "
        "and neither own visits nor the village's talk change that",
    ),
    "benefits": Channel(
        "benefits equal",
        "报销额相同",
        "of whoever is sent or goes outside the county the fund pays the sum that it would have "
        "paid for him at the county's hospital, not a share of a dearer bill",
    ),
    "capability": Channel(
        "capability equal",
        "能力相同",
        "the county's hospitals can do as much, and do it as well, as the best outside; clinics "
        "and township centres as the best of their level anywhere",
    ),
    "doctors": Channel(
        "doctors fixed", "医生不流动", "no doctor changes his employer or is newly hired"
    ),
}
"""By name: titles, and how it is held."""

_ABILITIES = ("capability", "quality")


def check_channels(names: Collection[str]) -> frozenset[str]:
    """The channels of these names.

    Raises
    ------
    InputError
        With one message for each name that is no channel.
    """
    allowed = ", ".join(CHANNELS)
    wrong = [f"hold {name}: unknown; allowed: {allowed}" for name in names if name not in CHANNELS]
    if wrong:
        raise InputError(wrong)
    return frozenset(names)


def hold_county(county: County, hold: frozenset[str]) -> County:
    """The county with equal beliefs and equal capability, where these are held."""
    if "belief" in hold:
        county = _equal_beliefs(county)
    if "capability" in hold:
        county = _equal_capability(county)
    return county


def hold_start(start: Start, hold: frozenset[str]) -> Start:
    """What people begin with, where beliefs are held: of empty slots they believe the same.

    Whoever begins elsewhere, where there are few slots, may come back to where there are more.
    """
    if "belief" not in hold:
        return start
    return start._replace(belief=np.full_like(start.belief, start.belief.max()))


def hold_benefits(county: County, hold: frozenset[str]) -> County:
    """The county, its policy's benefits in force, with equal benefits, where these are held.

    Equal in yuan: a bill outside is dearer by a ratio, of which the deductible takes its part and
    the share that is paid is made up for. Whoever lives elsewhere or falls ill there has no choice,
    and keeps what he has.
    """
    if "benefits" not in hold:
        return county
    benefits = county.benefits.copy()
    for tier in range(Tier.COUNTY + 1, len(Tier)):
        for kind in (CareKind.REFERRED, CareKind.SELF_REFERRED):
            rows = benefits[:, CareKind.IN_COUNTY, Tier.COUNTY].copy()
            rows["deductible_yuan"] *= _dearer(county, tier, "admission_price_yuan")
            for column, price in _PAYS_OF.items():
                rows[column] = np.minimum(rows[column] / _dearer(county, tier, price), 1.0)
            benefits[:, kind, tier] = rows
    return dataclasses.replace(county, benefits=benefits)


_PAYS_OF = {
    "inpatient_ratio": "admission_price_yuan",
    "outpatient_ratio": "visit_price_yuan",
    "chronic_ratio": "chronic_price_yuan",
}


def _dearer(county: County, tier: int, price: str) -> float:
    """Price at a level outside over that of the county's hospitals, a mean over beds each."""
    rows = county.providers
    home = rows["place"] == Place.IN_COUNTY
    prices = [
        float(np.average(rows[price][which], weights=rows["beds"][which]))
        for which in (~home & (rows["tier"] == tier), home & (rows["tier"] == Tier.COUNTY))
        if rows["beds"][which].sum() > 0
    ]
    return prices[0] / prices[1] if len(prices) == 2 and min(prices) > 0 else 1.0


def _equal_beliefs(county: County) -> County:
    parameters = dict(county.parameters)
    usual = parameters["belief.initial.county"].value
    values = {f"belief.initial.{tier.name.lower()}": usual for tier in Tier}
    values |= {"belief.spread": 0.0, "belief.learning_rate": 0.0, "learning.talk_rate": 0.0}
    for name, value in values.items():
        parameters[name] = dataclasses.replace(parameters[name], value=value)
    return dataclasses.replace(county, parameters=parameters)


def _equal_capability(county: County) -> County:
    rows = county.providers.copy()
    by_cause = rows["capability"][:, None] + county.capability_gap
    for column in (*(rows[name] for name in _ABILITIES), *by_cause.T):
        _lift(column, rows["place"] == Place.IN_COUNTY, rows["tier"])
    gap = by_cause - rows["capability"][:, None]
    return dataclasses.replace(county, providers=rows, capability_gap=gap)


def _lift(column: np.ndarray, here: np.ndarray, tier: np.ndarray) -> None:
    """Raise each place in the county to the best of its level; hospitals to the best outside."""
    hospital = tier >= Tier.COUNTY
    best_outside = column[~here & hospital].max(initial=0.0)
    for p in np.flatnonzero(here):
        alike = column[tier == tier[p]].max()
        best = max(alike, best_outside) if hospital[p] else alike
        column[p] = max(column[p], best)
