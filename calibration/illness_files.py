"""Acute illness by age, read from ``calibration/illness.toml`` and fitted to the conditions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from abm.county import MAX_AGE, ConditionTables, Source, Tier
from abm.illness import Illness
from agents.conditions import CAUSES
from calibration.condition_files import load_conditions
from calibration.data_files import (
    DATA,
    Band,
    Gap,
    Quality,
    Ratio,
    Share,
    Strict,
    Text,
    band_faults,
    check,
    read_toml,
)
from calibration.epidemiology import (
    SEVERE_SEVERITY,
    Fatality,
    mean_cubed_severity,
    mean_of,
    mean_raise,
    severe_share,
    single_years,
)
from calibration.parameter_files import fatality_from, load_parameters
from calibration.reference import load_reference

DAYS_PER_MONTH = 365.25 / 12.0
SURVEY_DAYS = 14.0
SEVERE_SPAN = np.array([SEVERE_SEVERITY, 1.0])
MOST_OFTEN = 0.95
"""Greatest chance of an acute episode in a month that a table may hold."""
LEAST_ACUTE_SHARE = 0.15
"""Least part of the severe needs of an age that stays with acute illness."""


class _Cited(Strict):
    source: Text
    quality: Quality
    unit: Text


class _ValueBand(Band):
    value: Annotated[float, Field(strict=True, gt=0.0, le=100.0)]


class _CauseBand(Band):
    respiratory: Share
    digestive: Share
    musculoskeletal: Share
    injury: Share
    circulatory: Share
    other: Share


class _ByAge(_Cited):
    bands: list[_ValueBand]

    @model_validator(mode="after")
    def _covers_all_ages(self) -> Self:
        faults = band_faults(self.bands)
        if faults:
            raise ValueError("; ".join(faults))
        return self


class _Causes(_Cited):
    bands: list[_CauseBand]

    @model_validator(mode="after")
    def _covers_all_ages_and_cases(self) -> Self:
        faults = band_faults(self.bands)
        for band in self.bands:
            total = sum(getattr(band, cause) for cause in CAUSES)
            if abs(total - 1.0) > 1e-6:
                faults.append(
                    f"age group {band.age_from} to {band.age_to}: shares of causes must "
                    f"sum to 1, sum to {total:g}"
                )
        if faults:
            raise ValueError("; ".join(faults))
        return self


class _ByCause(_Cited):
    respiratory: Ratio
    digestive: Ratio
    musculoskeletal: Ratio
    injury: Ratio
    circulatory: Ratio
    other: Ratio


class _Gaps(Strict):
    respiratory: Gap
    digestive: Gap
    musculoskeletal: Gap
    injury: Gap
    circulatory: Gap
    other: Gap


class _GapByTier(_Cited):
    village: _Gaps
    township: _Gaps
    county: _Gaps
    city: _Gaps
    province: _Gaps


class _ShareByCause(_Cited):
    respiratory: Share
    digestive: Share
    musculoskeletal: Share
    injury: Share
    circulatory: Share
    other: Share


class _File(Strict):
    form: Literal[1]
    two_week: _ByAge
    admissions: _ByAge
    causes: _Causes
    price_ratio: _ByCause
    fatality_ratio: _ByCause
    capability_gap: _GapByTier
    read_share: _ShareByCause


def load_illness(
    parameters: Mapping[str, Source] | None = None,
    conditions: ConditionTables | None = None,
    path: Path | None = None,
) -> Illness:
    """Read illness by age and fit it beside what the chronic conditions bring.

    In the rural reference population, two-week illness (acute episodes and symptoms of
    chronic conditions together) then meets ``illness.two_week_level``, and severe needs
    (acute ones and those of the conditions together) meet the admission profile at
    ``illness.admissions_per_year`` times ``illness.severe_needs_per_admission``.

    Parameters
    ----------
    parameters
        Behavioural parameters; the project's own where not given.
    conditions
        The conditions; the project's own where not given.
    path
        The file; the project's own where not given.

    Raises
    ------
    InputError
        If the file does not have its form, with every fault.
    """
    parameters = load_parameters() if parameters is None else parameters
    conditions = load_conditions(parameters=parameters)[0] if conditions is None else conditions
    path = path or DATA / "illness.toml"
    file = check(_File, read_toml(path), path.name)
    acute = _acute_per_month(file, parameters, conditions)
    severe = _severe_per_year(file, parameters, conditions)
    frequent = np.minimum(acute * _mean_acute_ratio(conditions), MOST_OFTEN)
    shares = np.zeros((len(CAUSES), MAX_AGE + 1))
    for band in file.causes.bands:
        for row, cause in enumerate(CAUSES):
            shares[row, band.age_from : band.age_to + 1] = getattr(band, cause)
    weight = shares @ (severe * load_reference().persons.sum(axis=0))
    cumulative = np.cumsum(shares, axis=0)
    cumulative[-1] = 1.0
    return Illness(
        acute_per_month=acute,
        severe_share=np.minimum(severe / (12.0 * frequent), 1.0),
        cause_share=np.ascontiguousarray(cumulative),
        price_ratio=_ratios(file.price_ratio, weight),
        fatality_ratio=_ratios(file.fatality_ratio, weight),
        capability_gap=np.transpose(
            [_of_causes(getattr(file.capability_gap, tier.name.lower())) for tier in Tier]
        ),
        read_share=_of_causes(file.read_share),
        fatality_by_age=fatality_from(parameters).by_age,
    )


def _by_age(table: _ByAge) -> np.ndarray:
    return single_years([(b.age_from, b.age_to, b.value) for b in table.bands], most=100.0)[0]


def _ratios(table: _ByCause, weight: np.ndarray) -> np.ndarray:
    ratios = _of_causes(table)
    return np.asarray(ratios * weight.sum() / (ratios @ weight))


def _of_causes(table: _ByCause | _ShareByCause | _Gaps) -> np.ndarray:
    """(cause,) numbers of a table that has one for each."""
    return np.array([getattr(table, cause) for cause in CAUSES])


def _sexes_together(by_sex: np.ndarray) -> np.ndarray:
    """Mean over the sexes of (..., sex, age): (..., age)."""
    male = load_reference().persons.sum(axis=1)
    return np.asarray(np.einsum("...sa,s->...a", by_sex, male / male.sum()))


def _mean_acute_ratio(conditions: ConditionTables) -> np.ndarray:
    """Mean product of acute ratios at each age, conditions taken as independent, (age,)."""
    raised = (conditions.acute_ratio - 1.0)[:, None, None]
    return _sexes_together(np.prod(1.0 + conditions.prevalence * raised, axis=0))


def chronic_symptom_share(conditions: ConditionTables) -> np.ndarray:
    """Share of people whom a chronic condition makes ill in the sense of a survey, (age,)."""
    felt = (conditions.stage_share * conditions.symptom_per_month[:, 1:]).sum(axis=1)
    return _sexes_together(1.0 - np.prod(1.0 - conditions.prevalence * felt[:, None, None], 0))


def two_week_share(
    acute_per_month: np.ndarray, conditions: ConditionTables, duration_days: float
) -> np.ndarray:
    """Share of people ill within two weeks, (age,).

    A window of 14 days meets the episodes that begin in it and those that began up to
    their own length before it.

    Parameters
    ----------
    acute_per_month
        (age,): chance of an acute episode of one without chronic condition.
    conditions
        The conditions: they make acute illness more frequent and have symptoms.
    duration_days
        Length of an acute episode.
    """
    chance = np.minimum(acute_per_month * _mean_acute_ratio(conditions), 1.0)
    acute = np.minimum(chance * (SURVEY_DAYS + duration_days) / DAYS_PER_MONTH, 1.0)
    return np.asarray(1.0 - (1.0 - acute) * (1.0 - chronic_symptom_share(conditions)))


def _acute_per_month(
    file: _File, parameters: Mapping[str, Source], conditions: ConditionTables
) -> np.ndarray:
    """Chance of an acute episode that makes up two-week illness beside chronic symptoms."""
    shape = _by_age(file.two_week)
    people = load_reference().persons.sum(axis=0)
    target = shape * parameters["illness.two_week_level"].value / (people @ shape)
    chronic = chronic_symptom_share(conditions)
    acute = 1.0 - (1.0 - np.minimum(target, 0.95)) / (1.0 - chronic)
    window = SURVEY_DAYS + parameters["illness.duration_days"].value
    chance = np.clip(acute * DAYS_PER_MONTH / window, 0.01, MOST_OFTEN)
    return np.asarray(chance / _mean_acute_ratio(conditions))


def chronic_severe_per_year(conditions: ConditionTables) -> np.ndarray:
    """Severe needs a year that onsets and complications of the conditions bring, (age,)."""
    rate = mean_of(conditions, conditions.complication_per_year)
    rate = rate * severe_share(conditions.complication_severity)
    new = conditions.onset_per_year * mean_raise(conditions) * (1.0 - conditions.prevalence)
    new = new * severe_share(conditions.onset_severity)[:, None, None]
    return _sexes_together((conditions.prevalence * rate[:, None, None] + new).sum(axis=0))


def _severe_per_year(
    file: _File, parameters: Mapping[str, Source], conditions: ConditionTables
) -> np.ndarray:
    """Severe acute needs a year, (age,): the admission profile less the conditions' part."""
    profile = _by_age(file.admissions)
    people = load_reference().persons.sum(axis=0)
    level = parameters["illness.admissions_per_year"].value
    level *= parameters["illness.severe_needs_per_admission"].value
    needs = profile * level / (people @ profile)
    return np.maximum(needs - chronic_severe_per_year(conditions), LEAST_ACUTE_SHARE * needs)


def acute_illness_deaths(
    illness: Illness,
    conditions: ConditionTables,
    parameters: Mapping[str, Source],
    fatality: Fatality,
) -> np.ndarray:
    """Deaths per person-year of severe acute illness outside the conditions, (age,).

    Parameters
    ----------
    illness
        Frequency and causes by age.
    conditions
        They make acute illness more frequent.
    parameters
        Holds ``fatality.acute.treated`` and ``fatality.acute.untreated``.
    fatality
        How the chance to die depends on treatment and age.
    """
    names = ("fatality.acute.treated", "fatality.acute.untreated")
    at_worst = fatality.mean(np.array([parameters[name].value for name in names]))
    shares = np.diff(illness.cause_share, axis=0, prepend=0.0)
    often = np.minimum(illness.acute_per_month * _mean_acute_ratio(conditions), 1.0)
    severe = 12.0 * often * illness.severe_share * (illness.fatality_ratio @ shares)
    return np.asarray(severe * at_worst * mean_cubed_severity(SEVERE_SPAN) * fatality.by_age)
