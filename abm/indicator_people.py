"""Indicators of people: how many, how long they live, which chronic conditions they have."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from abm import survey as s
from abm.county import MAX_AGE, Place
from abm.indicator_life import chance_to_die_between, life_expectancy
from abm.indicator_view import Indicator, YearView, ratio
from agents.conditions import CONDITIONS

Bounds = tuple[int, int]


def band(text: str) -> Bounds:
    """Ages in years, both inclusive, of ``18_24``, ``75_plus`` or ``under_15``."""
    if text.startswith("under_"):
        return 0, int(text.removeprefix("under_")) - 1
    low, high = text.split("_")
    return int(low), MAX_AGE if high == "plus" else int(high)


def years_of(text: str, chinese: bool = False) -> str:
    """How readers are told of a band of ages."""
    low, high = band(text)
    if chinese:
        return f"{low}岁及以上" if high == MAX_AGE else f"{low}至{high}岁"
    return f"{low} and over" if high == MAX_AGE else f"{low} to {high}"


# -- how many, how long --------------------------------------------------------------------


def licensed_doctors(y: YearView) -> float:
    """Doctors of the county's providers; titles that only clinics employ are left out."""
    here = y.county.providers["place"] == Place.IN_COUNTY
    return float(y.staff["licensed"][here].sum())


def expectancy(y: YearView, years: int = 1) -> float:
    """Life expectancy at birth of both sexes, of some years up to this one."""
    pooled = [YearView(y.model, past).mortality for past in range(y.year - years + 1, y.year)]
    pooled.append(y.mortality)
    deaths = sum(one[0].sum(axis=0) for one in pooled)
    person_years = sum(one[1].sum(axis=0) for one in pooled)
    return life_expectancy(np.asarray(deaths), np.asarray(person_years))


def premature_chance(y: YearView) -> float:
    """Chance of a 30-year-old to die before 70, of any cause."""
    deaths, person_years = (table.sum(axis=0) for table in y.mortality)
    return chance_to_die_between(deaths, person_years, 30, 70)


PEOPLE = (
    Indicator(
        "people.present",
        "persons",
        "Residents present at the year's end",
        "年末常住人口",
        lambda y: y.present,
    ),
    Indicator(
        "people.insured",
        "persons",
        "Insured by the residents' scheme at the year's end",
        "年末居民医保参保人数",
        lambda y: y.insured,
    ),
    Indicator(
        "people.life_expectancy_years",
        "years at birth",
        "Life expectancy",
        "人均预期寿命",
        expectancy,
        "health",
    ),
    Indicator(
        "people.deaths_per_1000",
        "deaths per 1000 present residents and year",
        "Crude death rate",
        "死亡率",
        lambda y: 1000.0 * ratio(y.deaths(), y.present),
    ),
    Indicator(
        "people.births_per_1000",
        "births per 1000 present residents and year",
        "Crude birth rate",
        "出生率",
        lambda y: 1000.0 * ratio(y.births, y.present),
    ),
    Indicator(
        "people.share_60_plus",
        "share of present residents",
        "Residents of 60 and over",
        "60岁及以上人口占比",
        lambda y: ratio(y.people(s.PRESENT, 60), y.present),
    ),
    Indicator(
        "people.doctors_per_1000",
        "doctors per 1000 present residents, village doctors without a licence left out",
        "Doctors per 1000 residents",
        "每千人口执业(助理)医师数",
        lambda y: 1000.0 * ratio(licensed_doctors(y), y.present),
    ),
    Indicator(
        "people.deaths_before_70",
        "persons a year",
        "Deaths of present residents before 70",
        "70岁前死亡人数",
        lambda y: y.deaths(0, 69),
        "health",
    ),
    Indicator(
        "people.deaths_before_70_per_1000",
        "deaths per 1000 present residents under 70 and year",
        "Premature deaths",
        "70岁前死亡率",
        lambda y: 1000.0 * ratio(y.deaths(0, 69), y.people(s.PRESENT, 0, 69)),
        "health",
    ),
    Indicator(
        "people.premature_death_chance_30_70",
        "chance of a 30-year-old to die before 70, all causes",
        "Premature mortality",
        "30至70岁过早死亡率(全因)",
        premature_chance,
        "health",
    ),
    Indicator(
        "people.contract_share",
        "share of present residents",
        "Family-doctor contracts",
        "家庭医生签约率",
        lambda y: ratio(y.people(s.CONTRACT), y.present),
        "public health",
    ),
    Indicator(
        "people.contract_share_key_groups",
        "share of present residents of 65 and over or with a known condition",
        "Family-doctor contracts of key groups",
        "重点人群家庭医生签约率",
        lambda y: ratio(y.people(s.KEY_CONTRACT), y.people(s.KEY_GROUP)),
        "health",
    ),
)

# -- chronic conditions --------------------------------------------------------------------

BANDS = {
    "hypertension": (
        "18_24",
        "25_34",
        "35_44",
        "45_54",
        "55_64",
        "65_74",
        "75_plus",
        "45_plus",
        "18_plus",
    ),
    "diabetes": ("18_39", "40_49", "50_59", "60_69", "70_plus", "18_plus"),
    "copd": ("40_49", "50_59", "60_69", "70_plus", "40_plus"),
    "stroke": ("40_plus",),
    "coronary": ("15_plus", "60_plus"),
}
"""Ages in which surveys report each condition; adults where nothing is said."""
ONSET_AGES = {"stroke": "40_plus"}
"""Ages in which surveys report first cases of a condition; adults where nothing is said."""
BY_SEX = ("copd",)
SEXES = ((None, "", "", ""), (1, "_male", ", men", "男性"), (0, "_female", ", women", "女性"))


def _prevalence(name: str, ages: str, sex: tuple[int | None, str, str, str]) -> Indicator:
    title, title_zh = _titles(name)
    which, ending, label, label_zh = sex
    low, high = band(ages)
    people = {None: "present residents", 1: "present men", 0: "present women"}[which]
    return Indicator(
        f"condition.{name}.prevalence_{ages}{ending}",
        f"share of {people} of that age",
        f"{title}: prevalence, {years_of(ages)}{label}",
        f"{title_zh}患病率，{years_of(ages, True)}{label_zh}",
        lambda y: ratio(
            y.condition(s.HAS, name, low, high, which), y.people(s.PRESENT, low, high, which)
        ),
    )


def _onsets(name: str) -> Indicator:
    title, title_zh = _titles(name)
    ages = ONSET_AGES.get(name, "18_plus")
    low, high = band(ages)
    return Indicator(
        f"condition.{name}.onsets_per_100k_{ages}",
        "first cases per 100,000 present residents of that age, a year",
        f"{title}: first cases, {years_of(ages)}",
        f"{title_zh}发病率，{years_of(ages, True)}",
        lambda y: 1e5 * ratio(y.onsets(name, low, high), y.people(s.PRESENT, low, high)),
    )


def _titles(name: str) -> tuple[str, str]:
    return next((c.title, c.title_zh) for c in CONDITIONS if c.name == name)


class Count(IntEnum):
    """Rows of the survey's conditions."""

    HAS = s.HAS
    AWARE = s.AWARE
    MANAGED = s.MANAGED
    CONTROLLED = s.CONTROLLED
    TREATED = s.TREATED
    STAGE_2 = s.STAGE_2
    STAGE_3 = s.STAGE_3


class Step(NamedTuple):
    """A share of a condition's cascade or stages: ``part / whole``."""

    name: str
    unit: str
    label: str
    label_zh: str
    part: Count
    whole: Count
    panel: str = ""


HAVE, KNOW = "share of those who have it", "share of those who know of it"
STEPS = (
    Step("aware", HAVE, "known", "知晓率", Count.AWARE, Count.HAS),
    Step("treated", HAVE, "treated", "治疗率", Count.TREATED, Count.HAS),
    Step("controlled", HAVE, "under control", "控制率", Count.CONTROLLED, Count.HAS),
    Step(
        "controlled_of_treated",
        "share of the treated",
        "under control, of the treated",
        "治疗控制率",
        Count.CONTROLLED,
        Count.TREATED,
    ),
    Step(
        "managed", KNOW, "managed at the base", "基层管理率", Count.MANAGED, Count.AWARE, "health"
    ),
    Step(
        "controlled_of_known",
        KNOW,
        "under control, of the known",
        "知晓者控制率",
        Count.CONTROLLED,
        Count.AWARE,
        "health",
    ),
    Step("stage_2_share", HAVE, "in stage 2", "二期占比", Count.STAGE_2, Count.HAS),
    Step("stage_3_share", HAVE, "in stage 3", "三期占比", Count.STAGE_3, Count.HAS),
)


def _step(name: str, step: Step) -> Indicator:
    title, title_zh = _titles(name)
    part, whole = step.part, step.whole
    return Indicator(
        f"condition.{name}.{step.name}",
        step.unit,
        f"{title}: {step.label}",
        f"{title_zh}{step.label_zh}",
        lambda y: ratio(y.condition(part, name), y.condition(whole, name)),
        step.panel,
    )


def _first_stage(name: str) -> Indicator:
    title, title_zh = _titles(name)
    return Indicator(
        f"condition.{name}.stage_1_share",
        "share of those who have it",
        f"{title}: in stage 1",
        f"{title_zh}一期占比",
        lambda y: (
            1.0
            - ratio(
                y.condition(s.STAGE_2, name) + y.condition(s.STAGE_3, name),
                y.condition(s.HAS, name),
            )
        ),
    )


def _of_condition(name: str) -> tuple[Indicator, ...]:
    sexes = SEXES if name in BY_SEX else SEXES[:1]
    bands = BANDS.get(name, ("18_plus",))
    return (
        *(_prevalence(name, ages, sex) for ages in bands for sex in sexes),
        *(_step(name, step) for step in STEPS),
        _first_stage(name),
        _onsets(name),
    )


CONDITION = (
    *(one for condition in CONDITIONS for one in _of_condition(condition.name)),
    Indicator(
        "condition.any.aware_share_15_plus",
        "share of present residents of 15 and over who know of a chronic disease",
        "Know of a chronic disease, 15 and over",
        "15岁及以上慢性病自报患病率",
        lambda y: ratio(y.people(s.KNOWS, 15), y.people(s.PRESENT, 15)),
    ),
)
