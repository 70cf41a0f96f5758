"""The month's money: who pays whom for what was done, and the year's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm import quality
from abm.cash import run_providers
from abm.county import CareKind
from abm.heads import adjusted_heads, count_managed
from abm.health_results import count_patients
from abm.payment import BILL, MonthBill, change_scheme, close_year, live_month, open_year
from abm.pricing import beside_bills_fen, keep_lines
from abm.rehab import keep_outcomes, settle_outcomes
from abm.surplus_use import pay_referring, prepare_to_settle
from agents.foundation.money import to_fen
from agents.provider import DEBTS

if TYPE_CHECKING:
    from abm.model import Model


_BILLED = {
    "fund_outpatient_fen": ("fund_outpatient_fen", "fund_chronic_fen"),
    "outpatient_cost_fen": ("settled_outpatient_cost_fen", "chronic_cost_fen"),
    "inpatient_cost_fen": ("insured_inpatient_cost_fen",),
    "visits": ("settled_visits", "chronic_visits"),
    "admissions": ("insured_admissions",),
    "bed_days": ("insured_bed_days",),
}
"""Columns of the tally that make up a column of a bill that has not the same name."""
_URGENT = {"emergency_fen": "fund_inpatient_fen", "emergency_weight": "case_weight"}
"""The same, of emergencies outside the county only."""


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
    books.last_financing_fen = books.financing_fen
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
    for column in (name for name in BILL.names or () if name not in _URGENT):
        amount = sum(tally[part] for part in _BILLED.get(column, (column,)))
        np.add.at(lines[column], where, amount * model.weight)
    urgent = np.flatnonzero(model.tally_kind == CareKind.EMERGENCY)
    at = (model.tally_provider[urgent], model.tally_group[urgent])
    for column, part in _URGENT.items():
        np.add.at(lines[column], at, tally[part][urgent] * model.weight)
    return MonthBill(lines)


def billed_fen(model: Model) -> np.ndarray:
    """All that each provider billed this month for visits and admissions, (kind, provider)."""
    names = ("outpatient_cost_fen", "inpatient_cost_fen")
    return np.stack([model.by_provider(model.tally[name]) for name in names]) * model.weight


def pay_fund_month(model: Model) -> None:
    """Let the payment scheme in force say what the month earns, and pay what is due."""
    bill, books = fund_bill(model), model.books
    books.heads = count_managed(model)
    beside, model.for_staff_fen = beside_bills_fen(model, bill)
    live_month(model.policy_now.payment, books, bill, beside)
    _remember(model, bill)


def claw_back(model: Model) -> None:
    """Take back from providers what the fund pays for false records that were found, and fine."""
    found = model.by_provider(model.tally["false_fen"]) * model.weight
    fine = np.floor(found * model.policy_now.audit.fine_multiple + 0.5).astype(np.int64)
    ledger, fund = model.ledger, model.books.fund
    ledger.transfer(ledger.provider, fund, found, "false records paid back")
    ledger.transfer(ledger.provider, fund, fine, "fines for false records")


def _remember(model: Model, bill: MonthBill) -> None:
    """Keep what parts of a provider's bills the fund bears, over the last twelve months."""
    books, tally = model.books, model.tally
    lines, recent = bill.lines, books.recent
    for name, value in (
        ("outpatient", model.by_provider(tally["outpatient_cost_fen"]) * model.weight),
        ("inpatient", model.by_provider(tally["inpatient_cost_fen"]) * model.weight),
        ("insured_inpatient", lines["inpatient_cost_fen"].sum(axis=1)),
        ("insured_outpatient", lines["outpatient_cost_fen"].sum(axis=1)),
        ("fund_outpatient", lines["fund_outpatient_fen"].sum(axis=1)),
        ("fund_inpatient", lines["fund_inpatient_fen"].sum(axis=1)),
    ):
        recent[name] += (value - recent[name]) / 12.0
    both = recent["outpatient"] + recent["inpatient"]
    books.fund_share = _part(recent["fund_outpatient"] + recent["fund_inpatient"], both)
    books.fund_share_out = _part(recent["fund_outpatient"], recent["outpatient"])
    books.fund_share_in = _part(recent["fund_inpatient"], recent["inpatient"])
    books.insured_in = _part(recent["insured_inpatient"], recent["inpatient"])
    books.insured_out = _part(recent["insured_outpatient"], recent["outpatient"])


def _part(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def run_month(model: Model) -> None:
    """Let the county's providers take in subsidies and pay what they owe."""
    fund = model.books.year_months[model.books.month_of_year]
    billed = billed_fen(model)
    keep_lines(model, billed)
    keep_outcomes(model)
    run_providers(model, billed, fund)


def open_insurance_year(model: Model) -> None:
    """Count the insured, take premiums in, set the year's budgets and public-health money."""
    books = model.books
    if model.month > 0:
        books.insured_before = books.insured
    books.insured = model._count_insured()
    if model.month == 0:
        books.insured_before = books.insured
    books.adjusted_heads = adjusted_heads(model)
    collect_premiums(model)
    _set_public_health(model)
    if model.policy_now.pay.counts_health:
        count_patients(model)
    open_year(model.policy_now.payment, books)
    model.opened_under = model.policy_now


def _set_public_health(model: Model) -> None:
    """Set what providers get for public health a year, by the policy in force."""
    government, people = model.policy_now.government, 0
    if government.public_health_yuan_per_head > 0 or government.drug_subsidy_yuan_per_head > 0:
        rows = model.residents
        here = (rows["alive"] == 1) & (rows["elsewhere"] == 0)
        people = int(here.sum()) * model.weight
    money = government.public_health_fen(people, model.providers)
    state = model.books.state
    state["public_health_fen"] = money
    state["drug_subsidy_fen"] = government.drug_subsidy_fen(people, model.providers)


def change_rules(model: Model) -> None:
    """Where rules change in the course of a year, settle its part under the old ones.

    A payment scheme with its keys has the months in which it is in force; what is paid by the
    month changes from this month on.
    """
    old, new = model.opened_under, model.policy_now
    if old is new:
        return
    if old.payment != new.payment:
        prepare_to_settle(model)
        change_scheme(old.payment, new.payment, model.books)
        pay_referring(model)
    if old.government != new.government:
        _set_public_health(model)
    if new.pay.counts_health and not old.pay.counts_health:
        count_patients(model)
    model.opened_under = new


def settle_year(model: Model) -> None:
    """Settle the year by the scheme in force and turn the page."""
    prepare_to_settle(model)
    settle_outcomes(model)
    close_year(model.policy_now.payment, model.books, quality.scores(model))
    pay_referring(model)
    for name in DEBTS:
        model.books.claims.years[-1][name] = model.providers[name]
