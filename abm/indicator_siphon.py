"""Indicators of care outside the county by kind, for not all is siphon; and of care kept inside."""

from __future__ import annotations

import numpy as np

from abm.county import CareKind, Tier
from abm.indicator_care import FUND_BILL, SETTLED_COST, share
from abm.indicator_view import Indicator, YearView, ratio

KINDS = (
    (CareKind.LIVES_ELSEWHERE, "lives_elsewhere", "lives elsewhere", "异地居住"),
    (CareKind.REFERRED, "referred", "referred", "转诊"),
    (CareKind.SELF_REFERRED, "self_referred", "self-referred", "自行外出"),
    (CareKind.EMERGENCY, "emergency", "emergency", "急诊"),
)


def _could_stay(y: YearView) -> np.ndarray:
    """(tally row,) care outside of those who live in the county."""
    return np.asarray(y.outside & (y.kind != CareKind.LIVES_ELSEWHERE))


def _siphon(kind: CareKind, name: str, label: str, label_zh: str) -> tuple[Indicator, ...]:
    return (
        Indicator(
            f"siphon.admissions_{name}",
            "share of admissions of the residents' scheme",
            f"Admissions outside the county: {label}",
            f"县外住院人次占比：{label_zh}",
            lambda y: share(y, "insured_admissions", y.kind == kind),
            "insurance",
        ),
        Indicator(
            f"siphon.cost_{name}",
            "share of settled cost",
            f"Settled cost outside the county: {label}",
            f"县外医疗费用占比：{label_zh}",
            lambda y: share(y, SETTLED_COST, y.kind == kind),
            "insurance",
        ),
        Indicator(
            f"siphon.fund_{name}",
            "share of the fund's bill",
            f"Fund paid outside the county: {label}",
            f"县外基金支出占比：{label_zh}",
            lambda y: share(y, FUND_BILL, y.kind == kind),
            "insurance",
        ),
    )


def _in_county(tier: int, name: str, label: str, label_zh: str) -> Indicator:
    return Indicator(
        f"admissions.{name}_per_1000",
        "admissions per 1,000 insured and year",
        f"Admissions, {label}",
        f"每千参保人{label_zh}住院人次",
        lambda y: 1000.0 * ratio(y.sum("insured_admissions", y.at(tier)), y.insured),
        "insurance",
    )


def siphon_admissions(y: YearView) -> float:
    """Admissions drawn out: the self-referred, and the referred whom the county could treat."""
    avoidable = y.sum("treatable_here", y.kind == CareKind.REFERRED)
    return y.sum("insured_admissions", y.kind == CareKind.SELF_REFERRED) + avoidable


SIPHON = (
    Indicator(
        "siphon.per_1000",
        "admissions per 1,000 insured and year",
        "The siphon: self-referred, and referred though the county could treat them",
        "虹吸：自行外出，以及本县能治而转出",
        lambda y: 1000.0 * ratio(siphon_admissions(y), y.insured),
        "insurance",
    ),
    Indicator(
        "siphon.avoidable_share",
        "share of admissions outside, of those who live here",
        "Admissions outside for what the county's best place treats as well as any",
        "县外住院中本县有能力治疗的占比",
        lambda y: ratio(
            y.sum("treatable_here", _could_stay(y)), y.sum("insured_admissions", _could_stay(y))
        ),
        "insurance",
    ),
    *(one for kind in KINDS for one in _siphon(*kind)),
    _in_county(Tier.TOWNSHIP, "township", "township centres", "乡镇卫生院"),
    _in_county(Tier.COUNTY, "county", "county hospitals", "县级医院"),
)
