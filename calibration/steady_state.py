"""What awareness, management, control and stages settle at under the flows of the tables.

The shares at the start and the flows come from different surveys. If they disagree, the
first years of every run show a drift that no policy caused. These balances say where the
flows lead, so that data files can be solved and tests can hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from abm.county import ConditionTables, Source, Tier
from calibration.epidemiology import (
    Fatality,
    mean_cubed_severity,
    mean_of,
    mean_raise,
    state_share,
)
from calibration.reference import Reference

PRIMARY = (Tier.VILLAGE, Tier.TOWNSHIP)


def turnover_per_year(tables: ConditionTables, persons: np.ndarray) -> np.ndarray:
    """New cases a year over all cases, (k,).

    Parameters
    ----------
    tables
        The conditions.
    persons
        (sex, age): people, on any scale.
    """
    onset = tables.onset_per_year * mean_raise(tables) * (1.0 - tables.prevalence)
    new = (persons * onset).sum(axis=(1, 2))
    return np.asarray(new / (persons * tables.prevalence).sum(axis=(1, 2)))


@dataclass(frozen=True)
class Cascade:
    """Shares, each (k,): aware of those who have it; managed, controlled of the diagnosed."""

    aware: np.ndarray
    managed: np.ndarray
    controlled: np.ndarray
    controlled_if_managed: np.ndarray
    controlled_if_unmanaged: np.ndarray


def detection_per_year(tables: ConditionTables, reference: Reference) -> np.ndarray:
    """Hazard, per year, that one who has a condition unknown is found, (k,)."""
    cases = reference.persons * tables.prevalence
    older = cases[:, :, 65:].sum(axis=(1, 2)) / cases.sum(axis=(1, 2))
    by_visit = reference.visits_per_year * (tables.detect_per_visit @ reference.visit_share)
    screen = tables.screen_per_year
    return np.asarray(by_visit + screen[:, 0] * (1.0 - older) + screen[:, 1] * older)


@dataclass(frozen=True)
class Practice:
    """How long a visit supplies drugs, and what running out does.

    Attributes
    ----------
    months
        Months for which one visit supplies drugs, the month of the visit included.
    in_stock
        Share of visits that supply them.
    lose_without
        Multiplier of the chance to lose control without practice.
    """

    months: int
    in_stock: float
    lose_without: float


def practice_from(parameters: Mapping[str, Source], in_stock: float = 0.85) -> Practice:
    """Practice as the behavioural parameters have it."""
    return Practice(
        months=int(parameters["care.drug_months"].value),
        in_stock=in_stock,
        lose_without=parameters["care.lose_control_without_drugs"].value,
    )


def supplied_share(tables: ConditionTables, reference: Reference, practice: Practice) -> np.ndarray:
    """Share of months in which a diagnosed person has drugs, (managed 0/1, k).

    A month without a routine visit may bring another visit, which supplies drugs as well.
    """
    other = reference.visits_per_year / reference.visits_per_episode / 12.0
    seen = 1.0 - (1.0 - tables.routine_per_month.T) * (1.0 - other)
    return np.asarray(1.0 - (1.0 - seen * practice.in_stock) ** (practice.months - 1))


def cascade_ahead(
    tables: ConditionTables, reference: Reference, practice: Practice, years: float
) -> Cascade:
    """Where the cascade stands some years on, from the shares that the tables start with.

    New cases enter unknown, the newly found unmanaged and uncontrolled, and every group
    loses members at the rate at which cases are replaced:

    aware ``A' = d (1 - A) - o A``; managed of the diagnosed ``M' = e (1 - M) - n M``;
    controlled by the monthly chances of gain and loss in each group, with people who are
    enrolled taking their state with them. ``o`` is turnover, ``d`` detection,
    ``n = d (1 - A) / A`` the newly found per diagnosed, ``e`` enrolment: primary visits
    (routine ones included) times the chance that one enrols.

    Parameters
    ----------
    tables
        The conditions.
    reference
        The population that it is asked for.
    practice
        Control is gained only with drugs in hand and lost faster without.
    years
        Years ahead; 200 gives the steady state.
    """
    turnover = turnover_per_year(tables, reference.persons) / 12.0
    found = detection_per_year(tables, reference) / 12.0
    primary = reference.visits_per_year * reference.visit_share[list(PRIMARY)].sum() / 12.0
    enrol = (primary + tables.routine_per_month[:, 0]) * tables.manage_per_visit
    supplied = supplied_share(tables, reference, practice)
    gain = tables.gain_control_per_month.T * supplied
    without = supplied + (1.0 - supplied) * practice.lose_without
    lose = tables.lose_control_per_month.T * without
    aware, managed = tables.aware_share.copy(), tables.managed_share.copy()
    loose = tables.controlled_share * (1.0 - managed)  # controlled, of all diagnosed, by group
    held = tables.controlled_share * managed
    for _ in range(round(12 * years)):
        new = found * (1.0 - aware) / aware
        moved = enrol * loose
        loose = loose + gain[0] * (1.0 - managed - loose) - lose[0] * loose - moved - new * loose
        held = held + gain[1] * (managed - held) - lose[1] * held + moved - new * held
        managed = managed + enrol * (1.0 - managed) - new * managed
        aware = aware + found * (1.0 - aware) - turnover * aware
    return Cascade(aware, managed, loose + held, held / managed, loose / (1.0 - managed))


def stage_share_ahead(
    tables: ConditionTables,
    reference: Reference,
    fatality: Fatality,
    years: float,
) -> np.ndarray:
    """Shares of the three stages some years on, (k, 3), from those that the tables start with.

    New cases enter stage 1; people move up by ``progress_per_year`` and die by the death
    ratio and the complications of their stage, at the ages that cases have.

    Parameters
    ----------
    tables
        The conditions.
    reference
        Population and life table.
    fatality
        How the chance to die of a severe need depends on treatment and age.
    years
        Years ahead.
    """
    mix = state_share(tables)[:, 1:, :]
    mix = mix / mix.sum(axis=2, keepdims=True)
    progress = (mix * tables.progress_per_year[:, 1:]).sum(axis=2) / 12.0
    death = deaths_by_stage(tables, reference, fatality) / 12.0
    new = turnover_per_year(tables, reference.persons) / 12.0
    cases = tables.stage_share.copy()
    start = cases.sum(axis=1)
    for _ in range(round(12 * years)):
        up = progress * cases
        cases = cases - up - death * cases
        cases[:, 1:] += up[:, :-1]
        cases[:, 0] += new * start
    return np.asarray(cases / cases.sum(axis=1, keepdims=True))


def deaths_by_stage(
    tables: ConditionTables, reference: Reference, fatality: Fatality
) -> np.ndarray:
    """Deaths per person-year of those in each stage, (k, 3), at the ages that cases have."""
    cases = reference.persons * tables.prevalence
    cases = cases / cases.sum(axis=(1, 2), keepdims=True)
    hazard = -np.log1p(-reference.deaths_per_year)
    ratio = mean_of(tables, tables.death_ratio)[:, None, None]
    free = (cases * hazard / (1.0 + tables.prevalence * (ratio - 1.0))).sum(axis=(1, 2))
    mix = state_share(tables)[:, 1:, :]
    mix = mix / mix.sum(axis=2, keepdims=True)
    ratios = (mix * tables.death_ratio[:, 1:]).sum(axis=2)
    events = (mix * tables.complication_per_year[:, 1:]).sum(axis=2)
    at_worst = fatality.mean(tables.fatality)
    at_worst = at_worst * mean_cubed_severity(tables.complication_severity)
    at_worst = at_worst * (cases * fatality.by_age).sum(axis=(1, 2))
    return np.asarray(free[:, None] * ratios + events * at_worst[:, None])
