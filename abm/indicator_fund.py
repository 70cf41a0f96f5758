"""Indicators of the fund and of what patients pay themselves."""

from __future__ import annotations

import numpy as np

from abm.county import Tier
from abm.indicator_care import ALL_COST, FUND_BILL, SETTLED_COST, Where, share
from abm.indicator_view import Indicator, YearView, ratio

FEN_PER_MILLION_YUAN = 1e8


def catalogue_ratio(y: YearView, where: np.ndarray | None = None) -> float:
    """Share of in-policy inpatient cost that the fund and serious-illness cover pay."""
    return ratio(y.yuan("fund_inpatient_fen + serious_fen", where), y.in_policy_yuan(where))


def _catalogue(name: str, label: str, label_zh: str, of: Where) -> Indicator:
    return Indicator(
        f"fund.catalogue_ratio_{name}",
        "share of in-policy inpatient cost that is paid",
        f"Payment ratio in the catalogue, {label}",
        f"{label_zh}政策范围内住院费用支付比例",
        lambda y: catalogue_ratio(y, of(y)),
    )


def million_yuan(fen: float) -> float:
    """Fen as million yuan."""
    return fen / FEN_PER_MILLION_YUAN


FUND = (
    Indicator(
        "fund.income_per_insured_yuan",
        "yuan per insured person and year",
        "Fund income per insured person",
        "人均筹资",
        lambda y: ratio(y.fund_income_fen / 100.0, y.insured),
        "insurance",
    ),
    Indicator(
        "fund.outlay_per_insured_yuan",
        "yuan per insured person and year",
        "Fund outlay per insured person, serious-illness premium included",
        "人均基金支出(含大病保险费)",
        lambda y: ratio(y.fund_outlay_fen / 100.0, y.insured),
        "insurance",
    ),
    Indicator(
        "fund.outlay_share_of_cost",
        "fund outlay as a share of settled cost",
        "True payment ratio",
        "实际支付比例",
        lambda y: ratio(y.fund_outlay_fen / 100.0, y.yuan(SETTLED_COST)),
        "insurance",
    ),
    Indicator(
        "fund.outlay_share_of_income",
        "fund outlay as a share of fund income",
        "Fund outlay against income",
        "基金支出占收入比",
        lambda y: ratio(y.fund_outlay_fen, y.fund_income_fen),
        "insurance",
    ),
    Indicator(
        "fund.income_million_yuan",
        "million yuan a year",
        "Fund income",
        "基金收入",
        lambda y: million_yuan(y.fund_income_fen),
        "insurance",
    ),
    Indicator(
        "fund.outlay_million_yuan",
        "million yuan a year",
        "Fund outlay",
        "基金支出",
        lambda y: million_yuan(y.fund_outlay_fen),
        "insurance",
    ),
    Indicator(
        "fund.balance_million_yuan",
        "million yuan, balance of the year",
        "Fund balance of the year",
        "基金当期结余",
        lambda y: million_yuan(y.fund_income_fen - y.fund_outlay_fen),
        "insurance",
    ),
    Indicator(
        "fund.cumulative_balance_million_yuan",
        "million yuan at the year's end",
        "Cumulative fund balance",
        "基金累计结余",
        lambda y: million_yuan(float(y.balance_fen(y.model.ledger.account("fund")))),
        "insurance",
    ),
    Indicator(
        "fund.catalogue_ratio_inpatient",
        "share of in-policy inpatient cost that is paid",
        "Payment ratio in the catalogue, all",
        "政策范围内住院费用支付比例",
        catalogue_ratio,
    ),
    _catalogue("township", "township centres", "乡镇", lambda y: y.at(Tier.TOWNSHIP)),
    _catalogue("county", "county hospitals", "县级", lambda y: y.at(Tier.COUNTY)),
    _catalogue("outside", "outside the county", "县外", lambda y: y.outside),
    Indicator(
        "fund.outside_share_of_inpatient_outlay",
        "share of the fund's inpatient outlay paid outside the county",
        "Outside share of the fund's inpatient outlay",
        "县外住院基金支出占比",
        lambda y: share(y, "fund_inpatient_fen", y.outside),
    ),
    Indicator(
        "fund.outside_share_of_outlay",
        "share of all fund outlay paid outside the county",
        "Outside share of the fund's outlay on care",
        "县外基金支出占比",
        lambda y: share(y, FUND_BILL, y.outside),
        "insurance",
    ),
    Indicator(
        "fund.in_county_share_of_outlay",
        "share of the fund's bill for the county's insured",
        "Fund share paid in the county",
        "县域内基金支出率",
        lambda y: share(y, FUND_BILL, y.in_county),
        "efficiency",
    ),
    Indicator(
        "fund.primary_share_of_county_outlay",
        "share of the fund's bill in the county",
        "Primary share of the fund in the county",
        "基层医保基金占比",
        lambda y: share(y, FUND_BILL, y.in_county & y.primary, y.in_county),
        "efficiency",
    ),
)

# -- patients --------------------------------------------------------------------------------

PATIENTS = (
    Indicator(
        "patients.own_share_of_cost",
        "share of all cost",
        "Patients' own share",
        "个人负担比例",
        lambda y: ratio(y.yuan("patient_fen"), y.yuan(ALL_COST)),
        "health",
    ),
    Indicator(
        "patients.own_yuan_per_person",
        "yuan per person and year, those who live elsewhere included",
        "Patients' own payments per person",
        "人均自付费用",
        lambda y: ratio(y.yuan("patient_fen"), y.life("person_months") / 12.0),
        "public welfare",
    ),
    Indicator(
        "patients.serious_illness_million_yuan",
        "million yuan a year",
        "Paid by serious-illness cover",
        "大病保险支付",
        lambda y: million_yuan(y.sum("serious_fen")),
        "public welfare",
    ),
    Indicator(
        "patients.medical_aid_million_yuan",
        "million yuan a year",
        "Paid by medical aid",
        "医疗救助支付",
        lambda y: million_yuan(y.sum("aid_fen")),
        "public welfare",
    ),
)
