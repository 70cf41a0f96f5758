"""From what surveys count to the hazards that the model needs.

Surveys give cross sections: who has a condition, who knows, who is controlled. The model
runs on hazards. The functions here turn one into the other so that, while nothing else
changes, a cross section reproduces itself as people age, fall ill and die.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from abm.county import MAX_AGE, ConditionTables
from agents.patient import SEVERE_FROM

SEVERE_SEVERITY = SEVERE_FROM / 1000.0
"""Severity from which a need calls for a bed and may kill."""

FLOOR_HAZARD = 1e-6
"""Least hazard of death, per year, left when acute deaths are taken out of a life table."""


def single_years(
    bands: Sequence[tuple[int, int, float]], most: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Smooth a table by age group to single years of age.

    A monotone cubic (Fritsch and Carlson 1980; SciPy's PCHIP) passes through the middles of
    the groups, at heights that give each closed group its mean. Leading groups of value 0 stay 0
    to their end, and beyond the first and last knot the curve is flat.

    Parameters
    ----------
    bands
        (first age, last age, value), ages included, from age 0 on.
    most
        Greatest value that has a meaning.

    Returns
    -------
    value, slope : ndarray
        Both (101,): the value at the middle of each year of age, and its change per year.
    """
    knots: dict[float, float] = {}
    leading = True
    for first, last, value in bands:
        if leading and value == 0.0:
            knots[float(first)] = knots[float(last + 1)] = 0.0
            continue
        leading = False
        # In an open last group most people are at its young end.
        middle = first + 6.0 if last >= MAX_AGE and last - first > 12 else (first + last + 1) / 2
        knots[middle] = value
    ages = np.arange(MAX_AGE + 1) + 0.5
    if len(knots) < 2:
        return np.full(MAX_AGE + 1, next(iter(knots.values()), 0.0)), np.zeros(MAX_AGE + 1)
    x = np.array(sorted(knots))
    y = np.array([knots[k] for k in sorted(knots)])
    # A curve that rises from nothing, or bends, leaves a group's mean off its value: its
    # knot is moved until it is not, but never past its neighbours, so that order is kept.
    for _ in range(6):
        curve = PchipInterpolator(x, y)
        for first, last, value in bands:
            middle = (first + last + 1) / 2
            at = int(np.searchsorted(x, middle))
            if value <= 0.0 or at >= len(x) - 1 or x[at] != middle:
                continue
            mean = curve(np.clip(np.arange(first, last + 1) + 0.5, x[0], x[-1])).mean()
            low, high = sorted((y[at - 1] if at else 0.0, y[at + 1]))
            inside = low <= y[at] <= high
            moved = y[at] + value - mean
            y[at] = min(max(moved, low), high) if inside else max(moved, 0.0)
    curve = PchipInterpolator(x, y)
    outside = (ages < x[0]) | (ages > x[-1])
    value_by_age = np.clip(curve(np.clip(ages, x[0], x[-1])), 0.0, most)
    return value_by_age, np.where(outside, 0.0, curve.derivative()(np.clip(ages, x[0], x[-1])))


def _from_depth(span: np.ndarray) -> np.ndarray:
    """Least u for which low + (high - low) u^2 is severe; 1 where none is."""
    low, high = span[..., 0], span[..., 1]
    reach = (SEVERE_SEVERITY - low) / np.maximum(high - low, 1e-9)
    return np.asarray(np.sqrt(np.clip(reach, 0.0, 1.0)))


def mean_cubed_severity(span: np.ndarray) -> np.ndarray:
    """Mean of the cube of severity, needs below the severe counting as 0.

    Severity is low + (high - low) u^2 with u uniform, as ``agents.life.spread`` draws it:
    lower ones are more frequent. Only severe needs kill.

    Parameters
    ----------
    span
        (..., 2): lowest and highest severity.
    """
    low = span[..., 0]
    width = span[..., 1] - low
    u = np.stack([_from_depth(span), np.ones_like(low)])
    total = low**3 * u + low**2 * width * u**3 + 0.6 * low * width**2 * u**5 + width**3 * u**7 / 7
    return np.asarray(total[1] - total[0])


def severe_share(span: np.ndarray) -> np.ndarray:
    """Share of needs on a span of severity that are severe; 0 for an empty span.

    Parameters
    ----------
    span
        (..., 2): lowest and highest severity.
    """
    return np.asarray(np.where(span[..., 1] >= SEVERE_SEVERITY, 1.0 - _from_depth(span), 0.0))


def state_share(tables: ConditionTables) -> np.ndarray:
    """Mix of stage and control among those who have a condition, (k, stage 0..3, control 0..1).

    Stage and control are taken as independent.
    """
    controlled = tables.aware_share * tables.controlled_share
    mix = np.zeros_like(tables.death_ratio)
    mix[:, 1:, 0] = tables.stage_share * (1.0 - controlled)[:, None]
    mix[:, 1:, 1] = tables.stage_share * controlled[:, None]
    return mix


def mean_of(tables: ConditionTables, by_state: np.ndarray) -> np.ndarray:
    """Mean over those who have a condition of a table (k, stage 0..3, control 0..1): (k,)."""
    return np.asarray((state_share(tables) * by_state).sum(axis=(1, 2)))


@dataclass(frozen=True)
class Fatality:
    """How the chance to die of a severe need depends on treatment and age.

    Attributes
    ----------
    well_treated_share
        Share of severe needs that are treated well.
    by_age
        (101,): multiplier of the chance to die, see :func:`fatality_by_age`.
    """

    well_treated_share: float
    by_age: np.ndarray

    def mean(self, treated_untreated: np.ndarray) -> np.ndarray:
        """Chance to die at severity 1 over those treated well and those not.

        Parameters
        ----------
        treated_untreated
            (..., 2): chance to die treated well, untreated.
        """
        shares = np.array([self.well_treated_share, 1.0 - self.well_treated_share])
        return np.asarray(treated_untreated @ shares)


def fatality_by_age(doubling_years: float) -> np.ndarray:
    """Multiplier of the chance to die of a severe need, (101,), 1 at 70.

    It doubles every ``doubling_years``, within 0.01 and 3: one chance for all ages would
    kill more of the young by acute need alone than the life table lets die of anything.
    """
    age = np.arange(MAX_AGE + 1) + 0.5
    return np.asarray(np.clip(2.0 ** ((age - 70.0) / doubling_years), 0.01, 3.0))


def mean_raise(tables: ConditionTables) -> np.ndarray:
    """Mean multiplier that other conditions put on each onset hazard, (k, sex, age).

    The conditions of a person are taken as independent, each at the prevalence and the
    share controlled of his age.
    """
    controlled = (tables.aware_share * tables.controlled_share)[:, None, None]
    result = np.ones_like(tables.prevalence)
    for source in range(len(tables.prevalence)):
        have = tables.prevalence[source]
        for target in range(len(tables.prevalence)):
            free, uncontrolled, held = tables.raises[source, target]
            mixed = uncontrolled * (1.0 - controlled[source]) + held * controlled[source]
            result[target] *= (1.0 - have) * free + have * mixed
    return result


def derive_onset(
    tables: ConditionTables,
    slope_per_year: np.ndarray,
    deaths_per_year: np.ndarray,
    fatality: Fatality,
) -> np.ndarray:
    r"""Onset hazard that keeps the prevalence table stationary as people age.

    In an illness-death model without recovery, in a steady state, the prevalence
    :math:`p` at age :math:`a` obeys

    .. math:: p' = i\,(1-p)(1-f+pf) - p\,(1-p)\,x

    with onset hazard :math:`i` of the free, chance :math:`f` to die of the onset itself and
    excess mortality :math:`x` of those who have it. It is solved for :math:`i` at every age
    and sex and held at 0 or above (where prevalence falls faster than excess mortality
    explains, younger generations have more of it, which a steady state cannot show).
    Excess mortality is the hazard of the free times (death ratio - 1), plus deaths from
    complications; the free have what the life table leaves. The result is divided by
    :func:`mean_raise`, since the model multiplies it by each person's own risk conditions.

    Parameters
    ----------
    tables
        Tables without ``onset_per_year``, which is not read.
    slope_per_year
        (k, sex, age): change of prevalence by age.
    deaths_per_year
        (sex, age): death probabilities of everybody.
    fatality
        How the chance to die of a severe need depends on treatment and age.

    Returns
    -------
    ndarray
        (k, sex, age): hazard per year of a person with none of its risk conditions.

    References
    ----------
    Keiding N. (1991) Age-specific incidence and prevalence: a statistical perspective.
    J. R. Stat. Soc. A 154:371-412. Podgor M. J., Leske M. C. (1986) Estimating incidence
    from age-specific prevalence for irreversible diseases with differential mortality.
    Stat. Med. 5:573-578. The term in :math:`f` is this project's, by the same balance.
    """
    p = tables.prevalence
    death = -np.log1p(-np.minimum(deaths_per_year, 0.999))[None]
    die_at_onset, acute = _acute_hazards(tables, fatality)
    ratio = mean_of(tables, tables.death_ratio)[:, None, None]
    free = np.maximum(death - p * acute, FLOOR_HAZARD) / (1.0 + p * (ratio - 1.0))
    excess = free * (ratio - 1.0) + acute
    inflow = (slope_per_year + p * (1.0 - p) * excess) / (1.0 - p)
    onset = np.maximum(inflow, 0.0) / (1.0 - die_at_onset + p * die_at_onset)
    return np.asarray(onset / mean_raise(tables))


def _acute_hazards(tables: ConditionTables, fatality: Fatality) -> tuple[np.ndarray, np.ndarray]:
    """Chance to die of an onset, and deaths of complications per person-year: (k, 1, age)."""
    at_worst = fatality.mean(tables.fatality)
    onset = at_worst * mean_cubed_severity(tables.onset_severity)
    complication = mean_of(tables, tables.complication_per_year) * at_worst
    complication = complication * mean_cubed_severity(tables.complication_severity)
    by_age = fatality.by_age[None, None, :]
    return onset[:, None, None] * by_age, complication[:, None, None] * by_age


def acute_deaths(tables: ConditionTables, fatality: Fatality) -> np.ndarray:
    """Deaths per person-year from onsets and complications of the conditions, (sex, age)."""
    die_at_onset, complication = _acute_hazards(tables, fatality)
    onset = tables.onset_per_year * mean_raise(tables) * (1.0 - tables.prevalence)
    return np.asarray((onset * die_at_onset + tables.prevalence * complication).sum(axis=0))


def background_deaths(
    tables: ConditionTables,
    deaths_per_year: np.ndarray,
    fatality: Fatality,
    other_acute: np.ndarray | None = None,
) -> np.ndarray:
    """Hazard of death of a person with none of the conditions and no severe need.

    The hazard of the life table, less the deaths that acute needs bring by themselves,
    divided by the mean product of death ratios (conditions taken as independent). With the
    ratios and the acute deaths put back, the life table results.

    Parameters
    ----------
    tables
        The conditions.
    deaths_per_year
        (sex, age): death probabilities of the life table.
    fatality
        How the chance to die of a severe need depends on treatment and age.
    other_acute
        (sex, age): deaths per person-year of acute illness outside the conditions.

    Returns
    -------
    ndarray
        (sex, age): hazard per year, at least ``FLOOR_HAZARD``.
    """
    ratio = mean_of(tables, tables.death_ratio)[:, None, None]
    multiplier = np.prod(1.0 + tables.prevalence * (ratio - 1.0), axis=0)
    death = -np.log1p(-np.minimum(deaths_per_year, 0.999))
    left = death - acute_deaths(tables, fatality)
    if other_acute is not None:
        left = left - other_acute
    return np.asarray(np.maximum(left, FLOOR_HAZARD) / multiplier)
