"""The few indicators that answer the question first, and how each is read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Headline:
    """An indicator of the first answer.

    Attributes
    ----------
    name
        Name of the indicator.
    title, title_zh
        Short, for pictures.
    factor
        Number shown = value x factor.
    unit, unit_zh
        Of the number shown; the latter empty where the former needs no words.
    level
        Indicator whose level says what is much, where its own may be near nought.
    """

    name: str
    title: str
    title_zh: str
    factor: float
    unit: str
    unit_zh: str = ""
    level: str = ""


BALANCE = "fund.cumulative_balance_million_yuan"

HEADLINES = (
    Headline(
        BALANCE,
        "Fund balance",
        "基金累计结余",
        1,
        "million yuan",
        "百万元",
        "fund.income_million_yuan",
    ),
    Headline(
        "insurance.admissions_per_insured",
        "Admissions",
        "住院率",
        1000,
        "per 1,000 insured, year",
        "每千参保人·年",
    ),
    Headline(
        "admissions.outside_per_1000",
        "Admissions outside the county",
        "县外住院率",
        1,
        "per 1,000 insured, year",
        "每千参保人·年",
    ),
    Headline("admissions.outside_share", "Share of admissions outside", "县外住院占比", 100, "%"),
    Headline(
        "use.primary_share_of_county_visits", "Visits at primary level", "基层诊疗占比", 100, "%"
    ),
    Headline(
        "condition.hypertension.controlled", "Hypertension controlled", "高血压控制率", 100, "%"
    ),
    Headline(
        "patients.own_yuan_per_person",
        "Paid by patients",
        "人均自付",
        1,
        "yuan a head, year",
        "元/人·年",
    ),
    Headline(
        "people.deaths_per_1000", "Deaths", "死亡率", 1, "per 1,000 people, year", "每千人·年"
    ),
)

SHOWN = (
    BALANCE,
    "fund.income_million_yuan",
    "fund.outlay_million_yuan",
    "fund.outside_share_of_outlay",
    "admissions.outside_share",
    "admissions.outside_per_1000",
    "siphon.per_1000",
    "siphon.avoidable_share",
    "siphon.admissions_self_referred",
    "insurance.admissions_per_insured",
    "insurance.yuan_per_admission",
    "use.visits_per_resident",
    "use.primary_share_of_county_visits",
    "use.without_care_share",
    "use.unneeded_share_of_admissions",
    "beds.occupancy_township",
    "beds.occupancy_county",
    "patients.own_yuan_per_person",
    "patients.own_share_of_cost",
    "condition.hypertension.managed",
    "condition.hypertension.controlled",
    "condition.diabetes.controlled",
    "consortium.surplus_million_yuan",
    "providers.in_debt",
    "pay.primary_to_lead",
    "people.deaths_per_1000",
    "people.life_expectancy_years",
)
"""Indicators of the first table on the screen; files and ``--all`` have every one."""

_STOCKS = frozenset(
    {
        BALANCE,
        "people.present",
        "people.insured",
        "providers.cash_million_yuan",
        "providers.debt_million_yuan",
        "providers.in_debt",
        "providers.loans_million_yuan",
        "providers.arrears_million_yuan",
        "claims.owed_million_yuan",
    }
)


def is_stock(indicator: str) -> bool:
    """Whether an indicator is a level at the year's end; over a period its last value counts."""
    return indicator in _STOCKS


def scale_of(indicator: str, reference: pd.DataFrame) -> float:
    """Level against which the precision of an indicator is judged, from the reference's paths."""
    level = next((h.level for h in HEADLINES if h.name == indicator and h.level), indicator)
    return float(reference[level].abs().mean())
