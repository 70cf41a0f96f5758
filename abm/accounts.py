"""The month's money: who pays whom for what was done, and the year's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.county import Place
from abm.payment import BILL, MonthBill
from agents.foundation.money import to_fen

if TYPE_CHECKING:
    from abm.model import Model


_BILLED = {
    "fund_outpatient_fen": ("fund_outpatient_fen", "fund_chronic_fen"),
    "fund_inpatient_fen": ("fund_inpatient_fen",),
    "outpatient_cost_fen": ("settled_outpatient_cost_fen", "chronic_cost_fen"),
    "inpatient_cost_fen": ("insured_inpatient_cost_fen",),
    "visits": ("settled_visits", "chronic_visits"),
    "admissions": ("insured_admissions",),
    "case_weight": ("case_weight",),
    "bed_days": ("insured_bed_days",),
}
"""Columns of the tally that make up each column of a bill."""


def collect_premiums(model: Model) -> None:
    """Take a year's premiums and subsidies into the fund, and pass on the serious-illness part."""
    fund, ledger, books = model.county.fund, model.ledger, model.books
    insured = int(books.insured.sum())
    growth = (1.0 + fund.income_growth) ** (model.month // 12)
    whole = to_fen(insured * fund.income_per_head * growth)
    personal = min(whole, to_fen(insured * fund.personal_premium_per_head * growth))
    account = books.fund
    ledger.transfer(ledger.account("households"), account, personal, "personal premium")
    ledger.transfer(ledger.account("government"), account, whole - personal, "premium subsidy")
    serious = to_fen(insured * fund.serious_illness_premium_per_head * growth)
    ledger.transfer(account, ledger.account("serious_cover"), serious, "serious-illness premium")
    reserve = to_fen(whole / 100.0 * fund.reserve_share)
    books.financing_fen = whole - serious - reserve
    model.year_income_fen = whole


def pay_bills(model: Model) -> None:
    """Let everyone but the fund pay his part of the month's bills."""
    ledger, tally = model.ledger, model.tally
    for source, column, purpose in (
        ("households", "patient_fen", "patients pay"),
        ("serious_cover", "serious_fen", "serious-illness cover pays"),
        ("government", "aid_fen", "medical aid pays"),
        ("employee_fund", "employee_fund_fen", "employees' fund pays"),
    ):
        amount = model.by_provider(tally[column]) * model.weight
        ledger.transfer(ledger.account(source), ledger.provider, amount, purpose)


def fund_bill(model: Model) -> MonthBill:
    """What the month asks of the fund, by provider and consortium."""
    tally = model.tally
    lines = np.zeros((len(model.providers), len(model.books.insured)), BILL)
    where = (model.tally_provider, model.tally_group)
    for column, parts in _BILLED.items():
        amount = sum(tally[part] for part in parts)
        np.add.at(lines[column], where, amount * model.weight)
    return MonthBill(lines)


def billed_fen(model: Model) -> np.ndarray:
    """All that each provider billed this month, (provider,)."""
    tally = model.tally
    return model.by_provider(tally["outpatient_cost_fen"] + tally["inpatient_cost_fen"]) * (
        model.weight
    )


def run_providers(model: Model) -> None:
    """Let the county's providers receive subsidies, pay supplies, staff and bonuses.

    Hospitals outside the county serve many counties; their costs are not this model's.
    """
    ledger, rows = model.ledger, model.providers
    ours = np.flatnonzero(rows["place"] == Place.IN_COUNTY)
    accounts = ledger.provider[ours]
    billed = billed_fen(model)[ours]
    share = rows["variable_cost_share"][ours]
    supplies = np.floor(billed * share + 0.5).astype(np.int64)
    fixed = _twelfth(rows["fixed_cost_fen"][ours], model.month)
    base_pay = _twelfth(model.base_pay_fen[ours], model.month)
    subsidy = _twelfth(rows["subsidy_fen"][ours], model.month)
    bonus = model.policy_now.pay.bonus_fen(billed, billed - supplies - fixed - base_pay)
    suppliers, staff = ledger.account("suppliers"), ledger.account("staff")
    ledger.transfer(ledger.account("government"), accounts, subsidy, "fiscal subsidy")
    ledger.transfer(accounts, suppliers, supplies, "drugs and materials")
    ledger.transfer(accounts, suppliers, fixed, "running costs")
    ledger.transfer(accounts, staff, base_pay, "base pay")
    ledger.transfer(accounts, staff, bonus, "bonus")
    ledger.transfer(accounts, suppliers, outreach_cost(model)[ours], "outreach")
    model.share_pay(ours, base_pay, bonus)


def outreach_cost(model: Model) -> np.ndarray:
    """What contacts with diagnosed residents cost the village clinics this month, (provider,)."""
    means = model.policy_now.care_at_base
    contacts = sum(means.outreach_per_year.values()) / 12.0
    cost = np.zeros(len(model.providers), np.int64)
    clinics = np.flatnonzero(
        (model.providers["tier"] == 0) & (model.providers["place"] == Place.IN_COUNTY)
    )
    if contacts > 0 and len(clinics) > 0:
        reached = int(model.diagnosed_present() * model.weight * contacts)
        total_fen = to_fen(reached * means.outreach_yuan_per_contact)
        cost[clinics] = total_fen // len(clinics)
        cost[clinics[: total_fen % len(clinics)]] += 1
    return cost


def _twelfth(yearly: np.ndarray, month: int) -> np.ndarray:
    """Give this month's part of a yearly amount; the twelve parts add up to it exactly."""
    step = month % 12
    return yearly * (step + 1) // 12 - yearly * step // 12


def pay_fund_month(model: Model) -> None:
    """Let the payment scheme in force prepay and pay."""
    bill = fund_bill(model)
    books = model.books
    books.year_fen = books.year_fen + bill.fund_fen.sum(axis=0)
    model.policy_now.payment.pay_month(books, bill)
    billed = billed_fen(model)
    paid = bill.fund_fen.sum(axis=1)
    model.recent_billed += (billed - model.recent_billed) / 12.0
    model.recent_fund += (paid - model.recent_fund) / 12.0
    books.fund_share = np.divide(
        model.recent_fund,
        model.recent_billed,
        out=np.zeros(len(paid)),
        where=model.recent_billed > 0,
    )


def close_year(model: Model) -> None:
    """Settle the year by the scheme in force and turn the page."""
    books = model.books
    model.policy_now.payment.close_year(books)
    books.last_year_fen = books.year_fen
    books.year_fen = np.zeros_like(books.year_fen)
