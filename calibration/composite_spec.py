"""The compact description from which a shipped county's long tables are generated."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field

from calibration.schema import Form, PlaceName, TierName

SPECS = Path(__file__).resolve().parent / "composites"
"""Folder of the descriptions, one TOML file a county."""


class Ages(Form):
    """People, insurance and deaths by age band; every list has one entry a band."""

    age_from: list[int]
    age_to: list[int]
    present_percent: list[float]
    elsewhere_percent: list[float]
    men_per_100_women: list[float]
    employee_percent: list[float]
    """Shape of membership in the employees' scheme; its level is fitted to the persons."""
    uninsured_percent: list[float]
    deaths_per_1000: list[float]


class People(Form):
    """How many people there are."""

    present_persons: int
    elsewhere_persons: int
    employee_persons: int
    share_60_plus: float
    women_deaths_factor: float
    men_deaths_factor: float
    village_persons_spread: float
    """Standard deviation of the logarithm of village sizes."""
    income_yuan: float
    income_spread: float
    income_falls_per_km: float
    """Relative fall of income with distance from the county seat."""
    aided_share: float


class Township(Form):
    """A township: place of its centre, weight of its people, number of villages."""

    id: str
    name: str
    x_km: float
    y_km: float
    percent: float
    villages: int
    radius_km: float = 3.5
    crossing_minutes: float = 0.0
    """Added to every way out of the township: a ferry, say."""
    older: float = 1.0
    """Weight of people of 60 and over against the county's own share."""


class Roads(Form):
    """How travel time follows from distance."""

    clinic_median_minutes: float
    clinic_spread: float
    """Standard deviation of the logarithm of minutes to the own clinic."""
    start_minutes: float
    """Walking to the road and waiting."""
    km_per_hour: float
    detour: float
    """Road kilometres of a kilometre as the crow flies."""
    other_townships: int
    county_hospitals: int
    """Nearest county hospitals listed; the first in the file is always listed."""


class Doctors(Form):
    """Doctors of one title: share of a provider's doctors, and basic pay."""

    title: str
    percent: float
    base_pay_yuan: float


class Level(Form):
    """What all providers of one level have in common; totals are split by persons served."""

    tier: TierName
    capability: float
    quality: float
    visit_price_yuan: float
    chronic_price_yuan: float
    admission_price_yuan: float
    los_days: float
    drugs_share: float
    settled_share: float
    variable_cost_share: float
    minutes_per_month: float
    staff: list[Doctors]
    beds: int = 0
    nurses_per_bed: float = 0.0
    doctors: int = 0
    cash_yuan: float = 0.0
    fixed_cost_yuan: float = 0.0
    subsidy_yuan: float = 0.0
    licensed_clinics: int = 0
    """Village level: so many of the largest clinics have one doctor with a licence."""


class Hospital(Form):
    """A provider that is described by itself; a level's values hold where it gives none."""

    id: str
    name: str
    level: str
    tier: TierName
    place: PlaceName
    township_id: str | None = None
    in_consortium: bool = False
    x_km: float = 0.0
    y_km: float = 0.0
    beds: int
    doctors: int
    other_load_share: float = 0.0
    cash_yuan: float
    fixed_cost_yuan: float
    subsidy_yuan: float
    base_minutes: float | None = None
    """Travel to a far hospital: fixed part; the roads of the county hold where it is not given."""
    minutes_per_km: float = 0.0
    capability: float | None = None
    quality: float | None = None


class Spec(Form):
    """A county in short."""

    seed: int
    consortium: str
    people: People
    ages: Ages
    roads: Roads
    townships: list[Township]
    levels: dict[str, Level]
    hospitals: list[Hospital] = Field(min_length=1)


def read_spec(name: str) -> Spec:
    """Read the description of a shipped county by its name."""
    with (SPECS / f"{name}.toml").open("rb") as file:
        return Spec.model_validate(tomllib.load(file))
