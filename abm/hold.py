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
        "报销相同",
        "outside the county and at every level above it bills are covered as in the county, by "
        "the same level or, above, by the county's hospitals",
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
    """The county, its policy's benefits in force, with equal benefits, where these are held."""
    if "benefits" not in hold:
        return county
    benefits = county.benefits.copy()
    here = benefits[:, CareKind.IN_COUNTY, :].copy()
    here[:, Tier.COUNTY + 1 :] = here[:, [Tier.COUNTY]]
    benefits[...] = here[:, None, :]
    return dataclasses.replace(county, benefits=benefits)


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
