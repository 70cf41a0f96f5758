"""Indicators of what payers owe providers, and of what providers come to owe."""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.county import Tier
from abm.doctors_pay import yearly_pay
from abm.indicator_care import ALL_COST
from abm.indicator_fund import million_yuan
from abm.indicator_money import providers_of
from abm.indicator_view import Indicator, YearView, ratio


def _sum(y: YearView, names: tuple[str, ...], *tiers: int) -> float:
    mask = providers_of(y, *tiers)
    return float(sum(int(y.claims[name][mask].sum()) for name in names))


def unpaid_fen(y: YearView, *tiers: int) -> float:
    """Fund's part of bills that was denied or not paid by the rule, and what is still owed."""
    mask = providers_of(y, *tiers)
    cut = np.maximum(-y.claims["by_rule_fen"], 0) + y.claims["denied_fen"]
    return float((cut + np.maximum(y.claims["owed_fen"], 0))[mask].sum())


def _at(y: YearView, tier: int) -> Any:
    return y.at(tier)


def _point_value(y: YearView) -> float:
    """Yuan a point of the year; not a number where no scheme pays by points."""
    known = y.model.books.state.get("point_values", np.zeros((0, 2)))
    found = known[known[:, 0] == y.year, 1]
    return float(found[-1]) if len(found) else float("nan")


def _arrears_months(y: YearView, *tiers: int) -> float:
    """Months of base pay that providers owe their doctors, bonus included."""
    owed = _sum(y, ("pay_arrears_fen", "bonus_arrears_fen"), *tiers)
    month = float(yearly_pay(y.model)[providers_of(y, *tiers)].sum()) / 12.0
    return ratio(owed, month)


CLAIMS = (
    Indicator(
        "claims.unpaid_share_of_revenue_county",
        "share of all that county hospitals billed in the year",
        "Unpaid by the fund: cut, denied or still owed, county hospitals",
        "县级医院医保未付占收入比",
        lambda y: ratio(unpaid_fen(y, Tier.COUNTY), y.sum(ALL_COST, _at(y, Tier.COUNTY))),
        "internal economy",
    ),
    Indicator(
        "claims.by_rule_million_yuan",
        "million yuan a year",
        "Paid above (+) or below (-) the bills by the payment rule",
        "按支付规则多付或少付",
        lambda y: million_yuan(_sum(y, ("by_rule_fen",))),
        "internal economy",
    ),
    Indicator(
        "claims.denied_million_yuan",
        "million yuan a year",
        "Claims denied",
        "医保拒付",
        lambda y: million_yuan(_sum(y, ("denied_fen",))),
        "internal economy",
    ),
    Indicator(
        "claims.owed_million_yuan",
        "million yuan at the year's end",
        "Owed to the county's providers by those who pay for care",
        "医保应付未付",
        lambda y: million_yuan(_sum(y, ("owed_fen",))),
        "internal economy",
    ),
    Indicator(
        "claims.point_value_yuan",
        "yuan a point, settled at the year's end",
        "Value of a point, where admissions are paid by points",
        "点值",
        _point_value,
        "insurance",
    ),
    Indicator(
        "claims.budget_used",
        "fund's part of bills in the county over what the rule paid of it",
        "Bills against what the rule pays",
        "账单与应付之比",
        lambda y: ratio(_sum(y, ("billed_fen",)), _sum(y, ("billed_fen", "by_rule_fen"))),
        "insurance",
    ),
    Indicator(
        "providers.loans_million_yuan",
        "million yuan at the year's end",
        "Loans of the county's providers",
        "机构贷款余额",
        lambda y: million_yuan(_sum(y, ("loan_fen",))),
        "internal economy",
    ),
    Indicator(
        "providers.arrears_million_yuan",
        "million yuan at the year's end",
        "Pay and bonus owed to doctors",
        "拖欠薪酬",
        lambda y: million_yuan(_sum(y, ("pay_arrears_fen", "bonus_arrears_fen"))),
        "internal economy",
    ),
    Indicator(
        "pay.arrears_months_county",
        "months of base pay",
        "Pay and bonus owed at county hospitals",
        "县级医院拖欠薪酬月数",
        lambda y: _arrears_months(y, Tier.COUNTY),
        "development",
    ),
)
