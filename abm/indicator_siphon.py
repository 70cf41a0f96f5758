"""Indicators of care outside the county by kind: who is outside is not all siphon."""

from __future__ import annotations

from abm.county import CareKind
from abm.indicator_care import FUND_BILL, SETTLED_COST, share
from abm.indicator_view import Indicator

KINDS = (
    (CareKind.LIVES_ELSEWHERE, "lives_elsewhere", "lives elsewhere", "异地居住"),
    (CareKind.REFERRED, "referred", "referred", "转诊"),
    (CareKind.SELF_REFERRED, "self_referred", "self-referred", "自行外出"),
    (CareKind.EMERGENCY, "emergency", "emergency", "急诊"),
)


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


SIPHON = tuple(one for kind in KINDS for one in _siphon(*kind))
