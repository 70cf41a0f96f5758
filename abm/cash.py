"""A provider's cash: what it pays in which order, what it borrows, what it comes to owe.

Supplies, base pay and interest may be paid from a loan as far as banks lend; a bonus only
from money in hand. What cannot be paid is owed: to suppliers, to doctors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.county import Place
from abm.doctors_pay import Chosen, bonus_due, contract_pay, share_pay, yearly_pay
from abm.pooling import pool_cash
from agents.foundation.money import to_fen

if TYPE_CHECKING:
    from abm.model import Model

RECENT_MONTHS = 12.0
BONUS_MONTHS = 6.0
"""Months over which a doctor remembers how much of his bonus was paid."""
SPREAD_OF_MEAN_ERROR = 1.25
"""Standard deviation over mean absolute error, of a normal error."""
TIERS = ("village", "township", "county")


class Purse:
    """Cash of some providers while they pay, and how far they can go below zero.

    Parameters
    ----------
    cash, room
        (n,) fen in hand, and fen that banks still lend.
    """

    def __init__(self, cash: np.ndarray, room: np.ndarray) -> None:
        self.cash, self.room = cash.copy(), np.maximum(room, 0)

    def pay(self, due: np.ndarray, *, borrow: bool) -> np.ndarray:
        """Pay as much of what is due as there is money for; (n,) what was paid."""
        there = self.cash + self.room if borrow else self.cash
        paid = np.minimum(due, np.maximum(there, 0))
        self.cash = self.cash - paid
        return np.asarray(paid)

    def to_borrow(self) -> np.ndarray:
        """What has to be borrowed now, no more than banks lend."""
        return np.minimum(np.maximum(-self.cash, 0), self.room)


def run_providers(model: Model, billed_fen: np.ndarray, fund_fen: np.ndarray) -> None:
    """Let the county's providers receive subsidies and pay supplies, staff, interest, bonus.

    Hospitals outside the county serve many counties; their costs are not this model's.

    Parameters
    ----------
    billed_fen
        (kind, provider) all that was billed this month for visits and for admissions.
    fund_fen
        (provider,) the fund's part of it.
    """
    ledger, rows = model.ledger, model.providers
    ours = np.flatnonzero(rows["place"] == Place.IN_COUNTY)
    mine, accounts = Chosen(rows, ours), ledger.provider[ours]
    pay = month_of(yearly_pay(model)[ours], model.month)
    help_fen = _government(model, ours, pay)
    billed = billed_fen.sum(axis=0)[ours]
    supplies = supplies_fen(billed_fen[:, ours], mine)
    running = month_of(mine["fixed_cost_fen"], model.month)
    outreach = outreach_cost(model)[ours]
    interest = _interest_fen(model, mine["loan_fen"])
    counted = model.books.counted_fen[ours]
    costs = supplies + running + outreach + pay + interest
    for_staff = model.for_staff_fen[ours]
    balance = billed - fund_fen[ours] + counted + help_fen - costs - for_staff
    own, team = bonus_due(model, ours, billed, balance)
    team = team + for_staff
    bonus = own + team

    cash = pool_cash(model, ours, costs + mine["payable_fen"] + mine["pay_arrears_fen"])
    purse = Purse(cash, loan_limit(model)[ours] - mine["loan_fen"])
    staff, bank = ledger.account("staff"), ledger.account("bank")
    _pay_suppliers(
        model,
        ours,
        purse,
        {"drugs and materials": supplies, "running costs": running, "outreach": outreach},
    )
    old_pay = purse.pay(mine["pay_arrears_fen"], borrow=True)
    base = purse.pay(pay, borrow=True)
    ledger.transfer(accounts, staff, old_pay, "pay arrears")
    ledger.transfer(accounts, staff, base, "base pay")
    rows["pay_arrears_fen"][ours] += pay - base - old_pay
    paid_interest = purse.pay(interest, borrow=True)
    ledger.transfer(accounts, bank, paid_interest, "interest")
    new_bonus = purse.pay(bonus, borrow=False)
    old_bonus = purse.pay(mine["bonus_arrears_fen"], borrow=False)
    ledger.transfer(accounts, staff, new_bonus, "bonus")
    ledger.transfer(accounts, staff, old_bonus, "bonus arrears")
    rows["bonus_arrears_fen"][ours] += bonus - new_bonus - old_bonus
    # Interest that cannot be paid is added to the loan, as banks do.
    _borrow_or_repay(model, ours, purse, interest - paid_interest)
    _remember(model, ours, billed, balance, bonus, new_bonus)
    # What is paid of a bonus, of this month's or of earlier ones, is shared as this month's is.
    parts = np.divide(team, bonus, out=np.zeros(len(ours)), where=bonus > 0)
    share_pay(model, ours, base + old_pay, new_bonus + old_bonus, parts)


def _pay_suppliers(
    model: Model, ours: np.ndarray, purse: Purse, bills: dict[str, np.ndarray]
) -> None:
    """Pay what is owed to suppliers, then the month's bills in their order; owe the rest."""
    ledger, rows = model.ledger, model.providers
    accounts, suppliers = ledger.provider[ours], ledger.account("suppliers")
    owed = rows["payable_fen"][ours].copy()
    for purpose, due in {"suppliers' arrears": owed.copy(), **bills}.items():
        paid = purse.pay(due, borrow=True)
        ledger.transfer(accounts, suppliers, paid, purpose)
        owed += (due if purpose in bills else 0) - paid
    rows["payable_fen"][ours] = owed


def supplies_fen(billed_fen: np.ndarray, rows: np.ndarray | Chosen) -> np.ndarray:
    """(provider,) what drugs and materials cost for the (kind, provider) bills of a month."""
    visits, admissions = billed_fen
    cost = visits * rows["visit_supplies_cost"] + admissions * rows["admission_supplies_cost"]
    return np.floor(cost + 0.5).astype(np.int64)


def month_of(yearly: np.ndarray, month: int) -> np.ndarray:
    """Give this month's part of a yearly amount; the twelve parts add up to it exactly."""
    step = month % 12
    return yearly * (step + 1) // 12 - yearly * step // 12


def _interest_fen(model: Model, loan_fen: np.ndarray) -> np.ndarray:
    rate = model.county.value("money.loan_rate")
    return np.floor(loan_fen * (rate / 12.0)).astype(np.int64)


def _government(model: Model, ours: np.ndarray, pay: np.ndarray) -> np.ndarray:
    """Transfer what the government pays providers; (our provider,) all of it."""
    ledger, rows = model.ledger, model.providers
    government, accounts = ledger.account("government"), ledger.provider[ours]
    subsidy = month_of(rows["subsidy_fen"][ours], model.month)
    ledger.transfer(government, accounts, subsidy, "fiscal subsidy")
    health = month_of(model.books.state["public_health_fen"][ours], model.month)
    ledger.transfer(government, accounts, health, "public-health money")
    drugs = month_of(model.books.state["drug_subsidy_fen"][ours], model.month)
    ledger.transfer(government, accounts, drugs, "drug subsidy")
    above = np.zeros_like(pay)
    if model.policy_now.pay.scale_paid_by == "government":
        contract = month_of(contract_pay(model)[ours], model.month)
        above = np.maximum(pay - contract, 0)
        ledger.transfer(government, accounts, above, "pay subsidy")
    return np.asarray(subsidy + health + drugs + above)


def loan_limit(model: Model) -> np.ndarray:
    """(provider,) fen that each can borrow in all, from its revenue and level."""
    rows = model.providers
    years = np.array([model.county.value(f"money.loan_limit_years.{tier}") for tier in TIERS])
    limit = years[np.minimum(rows["tier"], len(TIERS) - 1)] * 12.0 * rows["revenue_mean_fen"]
    return np.floor(limit).astype(np.int64)


def _borrow_or_repay(model: Model, ours: np.ndarray, purse: Purse, unpaid: np.ndarray) -> None:
    ledger, rows = model.ledger, model.providers
    accounts, bank = ledger.provider[ours], ledger.account("bank")
    new = purse.to_borrow()
    ledger.transfer(bank, accounts, new, "loan taken")
    months = model.county.value("money.cash_buffer_months")
    buffer = np.floor(rows["revenue_mean_fen"][ours] * months).astype(np.int64)
    loan = rows["loan_fen"][ours] + new + unpaid
    back = np.minimum(loan, np.maximum(purse.cash - buffer, 0))
    ledger.transfer(accounts, bank, back, "loan repaid")
    rows["loan_fen"][ours] = loan - back


def _remember(
    model: Model,
    ours: np.ndarray,
    billed: np.ndarray,
    balance: np.ndarray,
    bonus: np.ndarray,
    paid: np.ndarray,
) -> None:
    """Keep what later months expect: revenue, the balance and its spread, bonus kept to."""
    rows = model.providers
    minutes = model.by_provider(model.tally["minutes"])[ours] * model.weight
    first = model.month == 0
    step = 1.0 if first else 1.0 / RECENT_MONTHS
    error = np.abs(balance - rows["balance_mean_fen"][ours])
    for name, value in (
        ("revenue_mean_fen", billed),
        ("balance_mean_fen", balance),
        ("balance_spread_fen", np.where(first, np.abs(balance), SPREAD_OF_MEAN_ERROR * error)),
        ("work_mean_minutes", minutes),
        ("bonus_mean_fen", bonus),
        *(
            (f"{name}_mean", model.by_provider(model.tally[name])[ours] * model.weight)
            for name in ("visits", "admissions", "bed_days")
        ),
    ):
        rows[name][ours] += step * (value - rows[name][ours])
    kept = np.divide(paid, bonus, out=np.ones(len(ours)), where=bonus > 0)
    share = rows["bonus_paid_share"][ours]
    rows["bonus_paid_share"][ours] = np.where(
        bonus > 0, share + (kept - share) / BONUS_MONTHS, share
    )


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
