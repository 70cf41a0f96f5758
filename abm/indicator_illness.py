"""Indicators of need as surveys ask for it: illness, admissions by age, ways to providers."""

from __future__ import annotations

import numpy as np

from abm import survey as s
from abm.county import MAX_AGE, Place, Tier
from abm.indicator_people import band, years_of
from abm.indicator_view import Indicator, YearView, ratio

SURVEY_WEEKS_SHARE = 14.0 / 365.0
"""Two weeks as a part of a year."""

# -- illness and admissions by age -----------------------------------------------------------

ILLNESS_BANDS = ("under_15", "15_24", "25_34", "35_44", "45_54", "55_64", "65_plus")
ADMISSION_BANDS = (
    "0_4",
    "5_14",
    "15_24",
    "25_34",
    "35_44",
    "45_54",
    "55_64",
    "65_74",
    "75_plus",
)


def ill_share(y: YearView, low: int = 0, high: int = MAX_AGE) -> float:
    """Share of present residents ill within two weeks."""
    return ratio(y.people(s.ILL, low, high), y.people(s.PRESENT, low, high))


def not_seen_share(y: YearView, low: int = 0, high: int = MAX_AGE) -> float:
    """Share of the ill who saw no doctor and go on with no drugs from one."""
    return 1.0 - ratio(y.people(s.ILL_AND_SEEN, low, high), y.people(s.ILL, low, high))


def ill_ratio_chronic(y: YearView) -> float:
    """How much more often those who know of a chronic disease are ill than the others."""
    knows, ill_knows = y.people(s.KNOWS), y.people(s.KNOWS_AND_ILL)
    others = ratio(y.people(s.ILL) - ill_knows, y.present - knows)
    return ratio(ratio(ill_knows, knows), others)


def _illness_by_age(ages: str) -> tuple[Indicator, Indicator]:
    low, high = band(ages)
    return (
        Indicator(
            f"illness.two_week_shape_{ages}",
            "share ill within two weeks, relative to all ages",
            f"Ill within two weeks, relative to all, {years_of(ages)}",
            f"两周患病率相对值，{years_of(ages, True)}",
            lambda y: ratio(ill_share(y, low, high), ill_share(y)),
        ),
        Indicator(
            f"illness.not_seen_shape_{ages}",
            "share of the ill not seen, relative to all ages",
            f"Ill and not seen, relative to all, {years_of(ages)}",
            f"两周未就诊率相对值，{years_of(ages, True)}",
            lambda y: ratio(not_seen_share(y, low, high), not_seen_share(y)),
        ),
    )


def _admissions_by_age(ages: str) -> Indicator:
    low, high = band(ages)
    return Indicator(
        f"admissions.rate_{ages}",
        "admissions per present insured person of that age and year",
        f"Admissions per insured person, {years_of(ages)}",
        f"参保人年住院率，{years_of(ages, True)}",
        lambda y: ratio(
            y.people(s.PRESENT_ADMITTED, low, high), y.people(s.PRESENT_INSURED, low, high)
        ),
    )


ILLNESS = (
    Indicator(
        "illness.two_week_share",
        "share of present residents ill within two weeks",
        "Ill within two weeks",
        "两周患病率",
        ill_share,
    ),
    Indicator(
        "illness.two_week_visits",
        "visits per present resident within two weeks",
        "Visits within two weeks",
        "两周就诊率",
        lambda y: SURVEY_WEEKS_SHARE * ratio(y.sum("visits", y.here), y.present),
    ),
    Indicator(
        "illness.seen_share",
        "share of the ill whom a doctor treats within two weeks, continued drugs included",
        "The ill whom a doctor treats",
        "两周患者就诊（含延续治疗）比例",
        lambda y: 1.0 - not_seen_share(y),
    ),
    Indicator(
        "illness.two_week_ratio_chronic",
        "share ill with a chronic disease, relative to those with none",
        "Ill within two weeks, with a chronic disease against without",
        "慢性病患者与非患者两周患病率之比",
        ill_ratio_chronic,
    ),
    *(one for ages in ILLNESS_BANDS for one in _illness_by_age(ages)),
    *(_admissions_by_age(ages) for ages in ADMISSION_BANDS),
)

# -- ways ------------------------------------------------------------------------------------


def near_share(y: YearView, minutes: float, hospital: bool) -> float:
    """Share of the start's residents whose nearest provider of a level is within minutes.

    From the county's own villages, before clinics are pooled; hospitals are those of county
    level and above, wherever they stand.
    """
    county = y.model.source_county
    tier = county.providers["tier"]
    wanted = tier >= Tier.COUNTY if hospital else tier <= Tier.TOWNSHIP
    wanted &= county.providers["place"] != Place.ELSEWHERE
    nearest = county.travel_minutes[:, wanted].min(axis=1, initial=np.inf)
    here = county.population[county.population["elsewhere"] == 0]
    within = nearest[here["village"]] <= minutes
    return ratio(float(here["persons"][within].sum()), float(here["persons"].sum()))


def _near(minutes: int, hospital: bool) -> Indicator:
    name = "hospital" if hospital else "primary"
    label = "hospital of county level or above" if hospital else "clinic or township centre"
    label_zh = "县级及以上医院" if hospital else "基层医疗机构"
    return Indicator(
        f"travel.{name}_within_{minutes}_minutes",
        "share of present residents",
        f"Within {minutes} minutes of a {label}",
        f"{minutes}分钟内可达{label_zh}人口占比",
        lambda y: near_share(y, minutes, hospital),
        "public welfare",
    )


TRAVEL = (
    *(_near(minutes, hospital=False) for minutes in (10, 20, 30)),
    *(_near(minutes, hospital=True) for minutes in (15, 30, 45)),
)
