"""Indicators of providers' and consortia's accounts, and of doctors' pay."""

from __future__ import annotations

import numpy as np

from abm.county import Place, Tier
from abm.indicator_care import FUND_BILL
from abm.indicator_fund import million_yuan
from abm.indicator_view import Indicator, YearView, ratio
from agents.provider import DEBTS

STAFF_PURPOSES = ("base pay", "bonus", "pay arrears", "bonus arrears")
BORROWING = ("loan taken", "loan repaid")
"""Purposes that move money and are neither income nor cost."""
SETTLING_WORDS = ("surplus", "overspend", "pooled")
"""Words by which a purpose of the ledger shows that it is a consortium's own affair."""
NOT_PAYMENT_WORDS = (*SETTLING_WORDS, "false records")
"""The same, and for what is taken back: neither pays for what was billed."""
CLEARING = "consortium clears last year"
"""Purpose of what a consortium and its members settle of the year before."""
TIERS = (
    (Tier.VILLAGE, "village", "village clinics", "村卫生室"),
    (Tier.TOWNSHIP, "township", "township centres", "乡镇卫生院"),
    (Tier.COUNTY, "county", "county hospitals", "县级医院"),
)


def providers_of(y: YearView, *tiers: int) -> np.ndarray:
    """(provider,) mask of the county's providers, of some tiers or all."""
    rows = y.model.providers
    inside = rows["place"] == Place.IN_COUNTY
    return inside & np.isin(rows["tier"], tiers) if tiers else inside


def income_fen(y: YearView) -> np.ndarray:
    """(provider,) what each received in the year, loans left out."""
    return np.asarray(y.received_fen() - y.received_fen(*BORROWING))


def cost_fen(y: YearView) -> np.ndarray:
    """(provider,) what each paid in the year, loans paid back left out."""
    return np.asarray(y.spent_fen() - y.spent_fen(*BORROWING))


def surplus_fen(y: YearView, *tiers: int) -> float:
    """What providers received less what they paid in the year."""
    change = income_fen(y) - cost_fen(y)
    return float(change[providers_of(y, *tiers)].sum())


def pay_yuan(y: YearView, *tiers: int) -> float:
    """Mean pay of a doctor in the year: base and bonus, paid by his employer."""
    mask = providers_of(y, *tiers)
    paid = y.spent_fen(*STAFF_PURPOSES)[mask].sum() / 100.0
    return ratio(float(paid), float(y.staff["doctors"][mask].sum()))


def lead_pay_yuan(y: YearView) -> float:
    """Mean pay of a doctor at the county's largest hospital, taken as the lead."""
    beds = np.where(providers_of(y, Tier.COUNTY), y.county.providers["beds"], -1)
    lead = int(np.argmax(beds))
    if beds[lead] < 0:
        return float("nan")
    return ratio(float(y.spent_fen(*STAFF_PURPOSES)[lead]) / 100.0, float(y.staff["doctors"][lead]))


def cost_share(y: YearView, purposes: tuple[str, ...]) -> float:
    """Part of what the county's providers paid in the year that went for some purposes."""
    mask = providers_of(y)
    return ratio(float(y.spent_fen(*purposes)[mask].sum()), float(cost_fen(y)[mask].sum()))


def _in_debt(y: YearView) -> np.ndarray:
    """(provider,) fen below zero that a county's provider stands at: cash less what it owes."""
    debt = sum(y.claims[name] for name in DEBTS)
    cash = y.balance_fen(y.model.ledger.provider)
    return np.where(providers_of(y), np.minimum(cash - debt, 0), 0)


def _running(y: YearView) -> np.ndarray:
    """The year's transfers without those that settle a year."""
    settling = [
        number
        for number, purpose in enumerate(y.model.ledger.purposes)
        if any(word in purpose for word in (*SETTLING_WORDS, CLEARING))
    ]
    return np.asarray(y.journal[~np.isin(y.journal["purpose"], settling)])


def consortium_surplus_fen(y: YearView) -> float:
    """What consortia were prepaid less what they paid out, before the year's settlement."""
    running = _running(y)
    change = y.net_fen(running, "target") - y.net_fen(running, "source")
    return float(change[y.model.ledger.consortium].sum())


def through_consortia(y: YearView) -> float:
    """Part of the fund's bill that providers are paid by a consortium out of its bundle."""
    ledger, page = y.model.ledger, _running(y)
    out = np.isin(page["source"], ledger.consortium) & np.isin(page["target"], ledger.provider)
    return ratio(float(page["amount_fen"][out].sum()), y.sum(FUND_BILL))


def _used(name: str, title: str, title_zh: str, *purposes: str) -> Indicator:
    """What of a surplus was spent in the year for some purposes."""
    return Indicator(
        f"consortium.{name}_million_yuan",
        "million yuan a year",
        title,
        title_zh,
        lambda y: million_yuan(sum(y.flow_fen(purpose) for purpose in purposes)),
        "performance",
    )


def drugs_at_base(y: YearView) -> float:
    """Mean share of needed drugs that clinics and centres have, weighed by their visits."""
    stock = y.rules(y.months[-1]).providers["drugs_share"][y.model.tally_provider]
    base = y.in_county & y.primary
    visits = y.tally["visits"][base]
    return ratio(float((stock[base] * visits).sum()), float(visits.sum()))


def staff_fen(y: YearView, column: str, tier: int) -> float:
    """What the doctors of a level's providers got in the year, of one part or all."""
    return float(y.staff[column][providers_of(y, tier)].sum())


def income_yuan(y: YearView, tier: int) -> float:
    """Mean income of a doctor in the year, of all parts, from whomever."""
    doctors = y.staff["doctors"][providers_of(y, tier)].sum()
    return ratio(staff_fen(y, "income_fen", tier) / 100.0, float(doctors))


def _of_tier(tier: int, name: str, label: str, label_zh: str) -> tuple[Indicator, ...]:
    return (
        Indicator(
            f"providers.surplus_{name}_million_yuan",
            "million yuan a year",
            f"Surplus of {label}",
            f"{label_zh}收支结余",
            lambda y: million_yuan(surplus_fen(y, tier)),
            "internal economy",
        ),
        Indicator(
            f"pay.{name}_yuan",
            "yuan a doctor and year",
            f"Doctors' pay, {label}",
            f"{label_zh}医师年均收入",
            lambda y: pay_yuan(y, tier),
            "development",
        ),
        Indicator(
            f"pay.income_{name}_yuan",
            "yuan a doctor and year, surplus, arrears paid and government's part included",
            f"Doctors' whole income, {label}",
            f"{label_zh}医师全部年收入",
            lambda y: income_yuan(y, tier),
            "development",
        ),
        Indicator(
            f"pay.bonus_share_{name}",
            "share of doctors' whole income",
            f"Bonus in doctors' income, {label}",
            f"{label_zh}医师收入中奖金占比",
            lambda y: ratio(
                staff_fen(y, "bonus_income_fen", tier), staff_fen(y, "income_fen", tier)
            ),
            "development",
        ),
    )


MONEY = (
    *(one for tier in TIERS for one in _of_tier(*tier)),
    Indicator(
        "providers.revenue_million_yuan",
        "million yuan a year",
        "Received by the county's providers",
        "县域医疗机构收入",
        lambda y: million_yuan(float(income_fen(y)[providers_of(y)].sum())),
        "internal economy",
    ),
    Indicator(
        "providers.subsidy_share_of_revenue",
        "share of what the county's providers received",
        "Fiscal subsidy in revenue",
        "财政补助收入占比",
        lambda y: ratio(
            float(y.received_fen("fiscal subsidy")[providers_of(y)].sum()),
            float(income_fen(y)[providers_of(y)].sum()),
        ),
        "policy direction",
    ),
    Indicator(
        "providers.staff_share_of_cost",
        "share of what the county's providers paid",
        "Staff share of cost",
        "人员支出占比",
        lambda y: cost_share(y, STAFF_PURPOSES),
        "efficiency",
    ),
    Indicator(
        "providers.supplies_share_of_cost",
        "share of what the county's providers paid",
        "Drugs and materials in cost",
        "药品耗材支出占比",
        lambda y: cost_share(y, ("drugs and materials",)),
        "cost",
    ),
    Indicator(
        "providers.in_debt",
        "providers at the year's end",
        "Providers that owe more than they hold",
        "负债超过现金的机构数",
        lambda y: float((_in_debt(y) < 0).sum()),
        "internal economy",
    ),
    Indicator(
        "providers.debt_million_yuan",
        "million yuan at the year's end",
        "Debts above cash",
        "机构净负债合计",
        lambda y: million_yuan(float(-_in_debt(y).sum())),
        "internal economy",
    ),
    Indicator(
        "providers.cash_million_yuan",
        "million yuan at the year's end",
        "Cash of the county's providers",
        "县域医疗机构现金",
        lambda y: million_yuan(
            float(y.balance_fen(y.model.ledger.provider)[providers_of(y)].sum())
        ),
        "internal economy",
    ),
    Indicator(
        "providers.outreach_million_yuan",
        "million yuan a year",
        "Spent on outreach to diagnosed residents",
        "慢病随访支出",
        lambda y: million_yuan(y.flow_fen("outreach")),
        "public health",
    ),
    Indicator(
        "tight.fund_through_consortia",
        "share of the fund's bill for the county's insured",
        "Fund paid through consortia",
        "经医共体支付的基金占比",
        through_consortia,
        "tight",
    ),
    Indicator(
        "alike.drugs_at_base",
        "share of needed drugs in stock, weighed by visits",
        "Drugs in stock at clinics and township centres",
        "基层药品配备率",
        drugs_at_base,
        "alike",
    ),
    Indicator(
        "pay.primary_to_lead",
        "ratio of mean pay of a doctor",
        "Primary pay over lead-hospital pay",
        "基层人均收入与牵头医院人均收入之比",
        lambda y: ratio(pay_yuan(y, Tier.VILLAGE, Tier.TOWNSHIP), lead_pay_yuan(y)),
        "efficiency",
    ),
    Indicator(
        "pay.township_to_lead",
        "ratio of mean pay of a doctor",
        "Township pay over lead-hospital pay",
        "乡镇卫生院与牵头医院人均收入之比",
        lambda y: ratio(pay_yuan(y, Tier.TOWNSHIP), lead_pay_yuan(y)),
        "efficiency",
    ),
    Indicator(
        "consortium.surplus_million_yuan",
        "million yuan a year",
        "Consortia: prepaid less charged, before settlement",
        "医共体当年结余(清算前)",
        lambda y: million_yuan(consortium_surplus_fen(y)),
        "insurance",
    ),
    Indicator(
        "consortium.paid_to_staff_million_yuan",
        "million yuan a year",
        "Surplus paid to staff",
        "结余用于人员激励",
        lambda y: million_yuan(y.flow_fen("surplus paid to staff")),
        "performance",
    ),
    _used(
        "equipment_and_training",
        "Surplus spent on equipment and training",
        "结余用于设备和培训",
        "surplus buys equipment",
        "surplus pays training",
    ),
    _used(
        "paid_for_referrals",
        "Surplus paid for referrals",
        "结余用于双向转诊人员",
        "surplus paid for referrals",
    ),
    _used(
        "contacts",
        "Surplus spent on contacts with the chronically ill",
        "结余用于慢病随访",
        "surplus pays contacts",
    ),
    Indicator(
        "cost.yuan_per_visit_county",
        "yuan per visit at providers in the county, routine visits included",
        "Cost per visit in the county",
        "县域内次均门诊费用",
        lambda y: ratio(y.yuan("outpatient_cost_fen", y.in_county), y.sum("visits", y.in_county)),
        "efficiency",
    ),
    Indicator(
        "cost.yuan_per_admission_county",
        "yuan per admission at providers in the county",
        "Cost per admission in the county",
        "县域内次均住院费用",
        lambda y: ratio(
            y.yuan("inpatient_cost_fen", y.in_county), y.sum("admissions", y.in_county)
        ),
        "efficiency",
    ),
    Indicator(
        "cost.los_days_county",
        "days per admission at providers in the county",
        "Length of stay in the county",
        "县域内平均住院日",
        lambda y: ratio(y.sum("bed_days", y.in_county), y.sum("admissions", y.in_county)),
        "efficiency",
    ),
)
