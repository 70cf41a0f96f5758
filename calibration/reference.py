"""The rural reference population: ages, deaths and visits that rates are solved against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.interpolate import PchipInterpolator

from abm.county import MAX_AGE
from calibration.data_files import (
    DATA,
    Band,
    Number,
    Quality,
    Ratio,
    Share,
    Strict,
    Text,
    band_faults,
    check,
    read_toml,
)

Positive = Annotated[float, Field(strict=True, gt=0.0)]


class _Cited(Strict):
    source: Text
    quality: Quality
    unit: Text


class _ValueBand(Band):
    value: Positive


class _ByAge(_Cited):
    bands: list[_ValueBand]

    @model_validator(mode="after")
    def _covers_all_ages(self) -> Self:
        faults = band_faults(self.bands)
        if faults:
            raise ValueError("; ".join(faults))
        return self


class _Deaths(_ByAge):
    female_ratio: Ratio
    male_ratio: Ratio


class _Value(_Cited):
    value: Number


class _VisitShare(_Cited):
    village: Share
    township: Share
    county: Share
    city: Share
    province: Share


class _File(Strict):
    form: Literal[1]
    age_share: _ByAge
    deaths_per_1000: _Deaths
    male_share: _Value
    visits_per_year: _Value
    visits_per_episode: _Value
    visit_share: _VisitShare


@dataclass(frozen=True)
class Reference:
    """Rural reference population.

    Attributes
    ----------
    persons
        (sex, age): shares of people, summing to 1.
    deaths_per_year
        (sex, age): death probability within a year.
    visits_per_year
        Outpatient visits of a person with a chronic condition, besides routine visits.
    visits_per_episode
        Of these, in the month of one episode.
    visit_share
        (tier,): shares of these visits.
    """

    persons: np.ndarray
    deaths_per_year: np.ndarray
    visits_per_year: float
    visits_per_episode: float
    visit_share: np.ndarray


@cache
def load_reference() -> Reference:
    """Read ``rural_reference.toml``; sex is 0 female, 1 male.

    Raises
    ------
    InputError
        If the file does not have its form.
    """
    path = DATA / "rural_reference.toml"
    file = check(_File, read_toml(path), path.name)
    by_age = np.zeros(MAX_AGE + 1)
    for band in file.age_share.bands:
        by_age[band.age_from : band.age_to + 1] = band.value / (band.age_to - band.age_from + 1)
    oldest = file.age_share.bands[-1]
    # Of the last, open group most are at its young end.
    tail = 0.7 ** np.arange(oldest.age_to - oldest.age_from + 1)
    by_age[oldest.age_from :] = oldest.value * tail / tail.sum()
    by_age /= by_age.sum()
    male = file.male_share.value
    shares = file.visit_share
    return Reference(
        persons=np.stack([by_age * (1.0 - male), by_age * male]),
        deaths_per_year=_deaths(file.deaths_per_1000),
        visits_per_year=file.visits_per_year.value,
        visits_per_episode=file.visits_per_episode.value,
        visit_share=np.array(
            [shares.village, shares.township, shares.county, shares.city, shares.province]
        ),
    )


def _deaths(table: _Deaths) -> np.ndarray:
    """Single-year death probabilities from rates of age groups, (2, 101).

    Log rates are interpolated between the middles of groups; above the last middle they
    rise on as between the last two (Gompertz). The first year of life stands alone.
    """
    bands = table.bands[1:]
    middles = np.array([(band.age_from + band.age_to + 1) / 2 for band in bands])
    middles[-1] = bands[-1].age_from + 3.0  # mean age of the people in the open group
    logs = np.log([band.value / 1000.0 for band in bands])
    curve = PchipInterpolator(middles, logs)
    ages = np.arange(MAX_AGE + 1) + 0.5
    inside = np.clip(ages, middles[0], middles[-1])
    slope = (logs[-1] - logs[-2]) / (middles[-1] - middles[-2])
    rate = np.exp(curve(inside) + np.maximum(ages - middles[-1], 0.0) * slope)
    rate[0] = table.bands[0].value / 1000.0
    both = np.stack([rate * table.female_ratio, rate * table.male_ratio])
    return np.asarray(1.0 - np.exp(-both))
