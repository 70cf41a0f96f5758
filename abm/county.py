"""A county as a plain type: what the model stands on, with no file format in it.

Reading a folder into this type is the work of the calibration floor; the model
never opens a file. Arrays are NumPy structured arrays whose columns carry their
units in their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np

from abm.county_digest import county_digest
from abm.illness import Illness

MAX_AGE = 100
"""Last single year of age in every table by age; older people use its row."""


class Tier(IntEnum):
    """Level of a provider, from the village upwards."""

    VILLAGE = 0
    TOWNSHIP = 1
    COUNTY = 2
    CITY = 3
    PROVINCE = 4


class Place(IntEnum):
    """Where a provider stands, seen from the county."""

    IN_COUNTY = 0
    IN_CITY = 1
    OUT_OF_AREA = 2
    ELSEWHERE = 3
    """Where residents who live elsewhere are treated (outside the pooling city)."""


class CareKind(IntEnum):
    """Kind of care as the benefit table sees it (see DOMAIN: who is outside is not all siphon)."""

    IN_COUNTY = 0
    LIVES_ELSEWHERE = 1
    REFERRED = 2
    SELF_REFERRED = 3
    EMERGENCY = 4


class Scheme(IntEnum):
    """Insurance scheme of a person."""

    NONE = 0
    RESIDENT = 1
    EMPLOYEE = 2


POPULATION = np.dtype(
    [
        ("village", "i4"),  # row in County.villages
        ("sex", "i1"),  # 0 female, 1 male
        ("age_from", "i2"),
        ("age_to", "i2"),  # inclusive
        ("elsewhere", "i1"),  # 1: insured here, lives elsewhere
        ("persons", "i8"),
    ]
)
VILLAGES = np.dtype(
    [
        ("township", "i4"),
        ("income_yuan", "f8"),  # disposable income per head and year
        ("aided_share", "f8"),  # share of people entitled to medical aid
        ("x_km", "f8"),
        ("y_km", "f8"),
    ]
)
PROVIDERS = np.dtype(
    [
        ("tier", "i4"),
        ("place", "i4"),
        ("township", "i4"),  # -1 where none
        ("village", "i4"),  # -1 where none
        ("consortium", "i4"),  # -1 where none
        ("beds", "i8"),
        ("nurses", "f8"),  # who work full time
        ("capability", "f8"),  # severity (0 to 1) up to which it treats as well as anyone
        ("quality", "f8"),  # chance that care of a need within its capability is right
        ("visit_price_yuan", "f8"),  # mean price of one outpatient visit
        ("chronic_price_yuan", "f8"),  # mean price of one visit on the chronic list
        ("admission_price_yuan", "f8"),  # mean price of an admission
        ("los_days", "f8"),
        ("drugs_share", "f8"),  # share of needed drugs in stock
        ("settled_share", "f8"),  # share of outpatient visits that pass through the insurance
        ("other_load_share", "f8"),  # share of its minutes and beds used by other people
        ("cash_yuan", "f8"),
        ("fixed_cost_yuan", "f8"),  # a year, besides staff
        ("subsidy_yuan", "f8"),  # fiscal subsidy a year
        ("variable_cost_share", "f8"),  # drugs, materials: cost of a yuan billed
    ]
)
STAFF = np.dtype(
    [
        ("provider", "i4"),
        ("title", "i4"),  # row in County.titles
        ("doctors", "i8"),
        ("minutes_per_month", "f8"),  # patient-facing minutes of one doctor
        ("base_pay_yuan", "f8"),  # a year, one doctor
    ]
)
BENEFIT = np.dtype(
    [
        ("deductible_yuan", "f8"),  # each admission
        ("inpatient_ratio", "f8"),  # of in-policy cost above the deductible
        ("outpatient_ratio", "f8"),
        ("chronic_ratio", "f8"),  # visits on the chronic list
        ("in_policy_share", "f8"),  # share of a bill that is in the catalogue
    ]
)


@dataclass(frozen=True)
class Fund:
    """The residents' insurance fund: the city's pool and what it allocates to the county.

    Amounts in yuan; ``*_per_head`` are per insured person and year.
    """

    income_per_head: float
    personal_premium_per_head: float
    subsidy_per_head: float
    reserve_share: float
    serious_illness_premium_per_head: float
    outpatient_cap_yuan: float
    """Most that the fund pays for one person's general outpatient care a year."""
    chronic_cap_yuan: float
    ceiling_yuan: float
    serious_deductible_yuan: float
    serious_ratio: float
    aid_ratio: float
    balance_yuan: float
    """Cumulative balance at the start."""
    income_growth: float
    """Growth of income a head, per year."""


@dataclass(frozen=True)
class Source:
    """Where a value comes from."""

    value: float
    unit: str
    source: str
    quality: str
    """V read in an official table, D computed, P press, M memory, A assumption."""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Target:
    """An observed figure that the model is held against."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    year: str
    source: str
    quality: str
    group: str = ""


@dataclass(frozen=True)
class ConditionTables:
    """Chronic conditions as arrays; ``k`` runs over ``agents.conditions.CONDITIONS``.

    State of a condition: 0 none, 1 present and not controlled, 2 controlled.
    Stages run from 1 to 3; stage 0 is "has it not".
    """

    prevalence: np.ndarray
    """(k, sex, age): share of people who have it, the county's own table."""
    onset_per_year: np.ndarray
    """(k, sex, age): hazard of onset for a person with none of its risk conditions."""
    stage_share: np.ndarray
    """(k, stage 1..3 at index 0..2): stages among those who have it at the start."""
    progress_per_year: np.ndarray
    """(k, stage 0..3, controlled 0/1): hazard of moving to the next stage."""
    raises: np.ndarray
    """(source k, target k, state 0..2): multiplier of the target's onset hazard."""
    death_ratio: np.ndarray
    """(k, stage 0..3, controlled 0/1): multiplier of the hazard of death."""
    complication_per_year: np.ndarray
    """(k, stage 0..3, controlled 0/1): hazard of an acute complication that needs care."""
    complication_severity: np.ndarray
    """(k, 2): lowest and highest severity (0 to 1) of a complication."""
    onset_severity: np.ndarray
    """(k, 2): severity of the onset itself; zeros where onset is silent."""
    acute_ratio: np.ndarray
    """(k,): multiplier of the hazard of ordinary acute illness for one who has it."""
    symptom_per_month: np.ndarray
    """(k, stage 0..3): chance that it makes itself felt in a month (illness as a survey asks)."""
    routine_per_month: np.ndarray
    """(k, managed 0/1): chance that one who knows of it needs a routine visit in a month."""
    routine_price_ratio: np.ndarray
    """(k,): price of a routine visit for it over that of all routine visits, whose mean is 1."""
    aware_share: np.ndarray
    """(k,): share diagnosed at the start, of those who have it."""
    managed_share: np.ndarray
    """(k,): share managed, of the diagnosed."""
    controlled_share: np.ndarray
    """(k,): share controlled, of the diagnosed."""
    detect_per_visit: np.ndarray
    """(k, tier): chance that a visit finds it."""
    screen_per_year: np.ndarray
    """(k, 2): hazard of being found by a public-health check-up, under 65 and from 65 on."""
    gain_control_per_month: np.ndarray
    """(k, managed 0/1): chance that a month of treatment brings control."""
    lose_control_per_month: np.ndarray
    """(k, managed 0/1): chance that control is lost in a month."""
    manage_per_visit: np.ndarray
    """(k,): chance that a visit to a primary provider enrols a diagnosed person."""
    fatality: np.ndarray
    """(k, 2): chance to die of a complication of severity 1: well treated, untreated."""
    capability_gap: np.ndarray
    """(k, tier): severity of it up to which a level treats as well as any, less its capability."""
    read_share: np.ndarray
    """(k,): share of its needs in which a picture, an ECG or a laboratory value decides."""


@dataclass(frozen=True)
class County:
    """A county ready for the model. See the module for the columns of each array."""

    name: str
    title: str
    title_zh: str
    label: str
    label_zh: str
    start_year: int
    baseline_policy: str
    population: np.ndarray
    villages: np.ndarray
    village_names: tuple[str, ...]
    township_names: tuple[str, ...]
    providers: np.ndarray
    provider_names: tuple[str, ...]
    staff: np.ndarray
    titles: tuple[str, ...]
    capability_gap: np.ndarray
    """(provider, illness): severity up to which it treats an illness of
    ``agents.conditions.ILLNESSES`` as well as anyone, less its ``capability``."""
    travel_minutes: np.ndarray
    """(village, provider): one way; infinite where the table names no way."""
    benefits: np.ndarray
    """(scheme, kind, tier) of BENEFIT; Scheme, CareKind, Tier as indices."""
    fund: Fund
    scheme_share: np.ndarray
    """(3, age): share of present people in each Scheme."""
    deaths_per_year: np.ndarray
    """(sex, age): death probability of the life table."""
    background_deaths_per_year: np.ndarray
    """(sex, age): hazard of death of a person with no chronic condition and no severe need."""
    births_per_year: np.ndarray
    """(age,): births of a woman of that age in a year."""
    migration_per_year: np.ndarray
    """(4, age): goes to live elsewhere (stays insured), returns, leaves for good, arrives
    (arrivals per present person of that age)."""
    conditions: ConditionTables
    illness: Illness
    parameters: Mapping[str, Source]
    """Behavioural parameters by dotted name, each with unit and source."""
    targets: tuple[Target, ...]
    condition_priors: Mapping[str, Source] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Of what a run depends on, as it stands: a county made from another has its own."""
        return county_digest(self)

    def value(self, name: str) -> float:
        """Value of a behavioural parameter.

        Raises
        ------
        KeyError
            If the county has no parameter of that name.
        """
        return self.parameters[name].value
