"""Bundle: one prepaid sum for all care of a consortium's insured people.

总额付费、结余留用、合理超支分担: the sum covers care inside and, if so ruled, outside
the county; a surplus is kept, an overspend is shared.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from abm.budgets import DIVISION_MEANS, LEVEL_MEANS, Division, Level, year_budget_fen
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill, fund_part, whole_bills
from abm.sharing import group_score, own_part, settle_budgets
from abm.workings import Working, entered, standing
from agents.incentive import BRINGS

_STANDING = (
    ("budget_fen", "bundle of its consortium, a year", "所属医共体年度打包总额"),
    ("prepaid_fen", "prepaid of it so far", "其中已预付"),
    ("charged_fen", "charged to it so far", "其中已支出"),
)


class Bundle(Scheme):
    """A year's budget to each consortium, which pays for its people wherever they go."""

    name: ClassVar[str] = "bundle"
    rule: ClassVar[str] = (
        "the consortium is prepaid a year's budget and pays all care of its people; it keeps a "
        "surplus and shares an overspend"
    )

    budgets: ClassVar[tuple[str, ...]] = ("budget_fen", "reserve_fen")

    level: Level = Field("last_year_spending", description=LEVEL_MEANS)
    divided_by: Division = Field("as_level", description=DIVISION_MEANS)
    growth: float = Field(
        0.05, ge=-0.5, le=0.5, description="budget's growth on last year's spending, per year"
    )
    outside_inside: bool = Field(True, description="care outside the county is paid from it")
    own_payments_inside: bool = Field(
        False,
        description="what patients and covers behind the fund pay counts against the budget, "
        "which is then set for whole bills",
    )
    reserve: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="share of the budget that the fund keeps back and gives out in December as "
        "far as the rest was overspent",
    )

    def open_year(self, books: Books) -> None:
        """Set each consortium's budget for the year, for the care that it pays from it.

        Without a year behind it, the first budget is what the fund has for the year's care.
        """
        level = year_budget_fen(books, self.level, self.growth, self.divided_by)
        whole = np.floor(level * self._covered_share(books) + 0.5).astype(np.int64)
        reserve = np.floor(whole * self.reserve).astype(np.int64)
        state = books.state
        state["budget_fen"], state["reserve_fen"] = whole - reserve, reserve
        for name in ("prepaid_fen", "charged_fen", "own_paid_fen", "released_fen"):
            state[name] = np.zeros_like(whole)
        # Without a year behind it, it is not known what whole bills come to.
        state["own_counts"] = np.array([self.own_payments_inside and books.last_year_fen.any()])

    def _covered_share(self, books: Books) -> np.ndarray:
        """(consortium,) what the bundle would have paid over all that the fund paid last year."""
        whole = fund_part(books.last_lines).sum(axis=0)
        part = whole_bills if self.own_payments_inside else fund_part
        covered = part(books.last_lines)[self.covers(books)].sum(axis=0)
        return np.divide(covered, whole, out=np.ones(len(whole)), where=whole > 0)

    def covers(self, books: Books) -> np.ndarray:
        """(provider,) whether its care is paid from the bundle."""
        return np.asarray(books.in_county | self.outside_inside)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Prepay a twelfth; the consortium pays members and, if ruled so, outside providers."""
        self.prepay(books, bill)
        covered, billed = self.covers(books), bill.fund_fen
        outside = np.where(covered, 0, billed.sum(axis=1))
        books.settle(0, outside, outside)
        for group in range(len(books.ledger.consortium)):
            ours = np.where(covered, billed[:, group], 0)
            approved = books.settle(1 + group, ours, ours)
            books.state["charged_fen"][group] += approved.sum()
        self.count(books, bill)

    def prepay(self, books: Books, bill: MonthBill) -> None:
        """Move a twelfth of the budget to the consortium, less what others have paid of it."""
        ledger, state = books.ledger, books.state
        covered = self.covers(books)
        if state["own_counts"][0]:
            own = (whole_bills(bill.lines) - fund_part(bill.lines))[covered].sum(axis=0)
            state["own_paid_fen"] = state["own_paid_fen"] + own
        due = books.due_by_now(state["budget_fen"])
        due = due - state["own_paid_fen"] - state["prepaid_fen"]
        ledger.transfer(books.fund, ledger.consortium, due, "fund prepays bundle")
        state["prepaid_fen"] = state["prepaid_fen"] + due

    def count(self, books: Books, bill: MonthBill) -> None:
        """After what a month's services earned: count it for balances, open the reserve in time."""
        books.counted_fen = self._counted(books, bill)
        if books.month_of_year == 11:
            self._release_reserve(books)

    def _release_reserve(self, books: Books) -> None:
        """Give out what was kept back, as far as the year was overspent."""
        ledger, state = books.ledger, books.state
        held = state["reserve_fen"] - state["released_fen"]
        short = np.clip(state["charged_fen"] - state["prepaid_fen"], 0, held)
        ledger.transfer(books.fund, ledger.consortium, short, "reserve released to bundle")
        state["prepaid_fen"] = state["prepaid_fen"] + short
        state["released_fen"] = state["released_fen"] + short

    def _counted(self, books: Books, bill: MonthBill) -> np.ndarray:
        """What a member's balance counts: its share of the bundle less what its care costs it.

        A member is allotted the part of the bundle that it was charged last year; what it
        bills is set against that at the consortium's own stake, so that a bonus on the
        balance is paid by the rule that is felt.
        """
        (lived, months), budget = books.months_lived, books.state["budget_fen"]
        due = budget * lived // months - budget * (lived - 1) // months
        part = whole_bills if books.state["own_counts"][0] else fund_part
        last = part(books.last_lines)
        whole = np.maximum(last[self.covers(books)].sum(axis=0), 1)
        group = np.maximum(books.member_of, 0)
        member = np.arange(len(group))
        allotted = due[group] * (last[member, group] / whole[group])
        # What others have paid the member already is not the bundle's to give.
        allotted = allotted - (part(bill.lines) - fund_part(bill.lines))[member, group]
        stake = self._stake(books)
        counted = books.counted_fen * (1.0 - stake) + allotted * stake
        return np.where(stake > 0, np.floor(counted), books.counted_fen).astype(np.int64)

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Bills by who pays them, and how the bundle of the provider's consortium stands."""
        billed = bill.fund_fen
        bundled = np.where(self.covers(books), billed.sum(axis=1), 0)
        return [
            *self.standing(books),
            entered("bills paid out of the bundle", "由打包总额支付的账单", bundled),
            entered("bills paid by the fund", "由基金支付的账单", billed.sum(axis=1) - bundled),
            entered(
                "added or taken by the rule", "按支付规则增减", books.ruled_fen - billed.sum(axis=1)
            ),
        ]

    def standing(self, books: Books) -> list[Working]:
        """How the bundle of each provider's consortium stands."""
        state, group = books.state, np.maximum(books.member_of, 0)
        return [
            standing(what, zh, np.where(books.member_of >= 0, state[key][group], np.nan))
            for key, what, zh in _STANDING
        ]

    def close_year(self, books: Books) -> None:
        """Let the consortium keep its surplus and use it, or share its overspend."""
        state = books.state
        # A bundle that ends in the course of a year has not come to its December.
        self._release_reserve(books)
        left = state["prepaid_fen"] - state["charged_fen"]
        settle_budgets(books, left, state["budget_fen"], self.covers(books))

    def brings(self, books: Books) -> np.recarray:
        """A yuan billed brings the consortium the patient's part only.

        The fund's part comes out of the consortium's own bundle. What it saves is worth
        the share of a surplus that it keeps; what it overspends costs the share that it bears,
        each at where it stands now in the risk corridor.
        If care outside is paid from the bundle, a patient sent out of the county costs it what
        the fund pays of a usual admission there.
        """
        brings = as_billed(books)
        stake = self._stake(books)
        approved = books.settlement.approved_share
        others = 1.0 if books.state["own_counts"][0] else 0.0
        for name, share, insured in (
            ("outpatient", books.fund_share_out, books.insured_out),
            ("inpatient", books.fund_share_in, books.insured_in),
        ):
            # What is denied or kept back for good stays with the consortium itself.
            own = 1.0 - share * (1.0 - approved) - stake * share * approved
            own = own - stake * others * (insured - share)
            brings[name] = np.where(stake > 0, own, brings[name])
        if self.outside_inside:
            # Only from a consortium's highest level does the way up lead out of the county.
            highest = books.tier == books.tier[books.in_county].max(initial=0)
            column = "inpatient_cost_fen" if others else "fund_inpatient_fen"
            cost_yuan = _outside_admission_yuan(books, column)
            brings.up_yuan = np.where(highest, -stake * cost_yuan, 0.0)
        return brings

    def passed_on(self, books: Books, brings: np.recarray) -> np.recarray:
        """What one more of each brings if the bundle, not the fund, pays by another rule.

        What a member is paid comes out of the consortium's own money at its stake.

        Parameters
        ----------
        brings
            (provider,) of BRINGS, were the fund the payer.
        """
        stake = self._stake(books)
        others = 1.0 if books.state["own_counts"][0] else 0.0
        passed = self.brings(books)
        for name in BRINGS.names or ():
            if name != "up_yuan":
                passed[name] = (1.0 - stake) * brings[name]
        for name, share, insured in (
            ("outpatient", books.fund_share_out, books.insured_out),
            ("inpatient", books.fund_share_in, books.insured_in),
        ):
            passed[name] += stake * (1.0 - share - others * (insured - share))
        return passed

    def _stake(self, books: Books) -> np.ndarray:
        """(provider,) part of a yuan of the bundle that is its consortium's own money."""
        state = books.state
        spent = state["charged_fen"] + state["own_paid_fen"]
        ahead = spent - books.due_by_now(state["budget_fen"])
        off = np.abs(ahead) / np.maximum(state["budget_fen"], 1)
        own = np.array(
            [
                books.overspend.felt(float(off[group]))
                if over > 0
                else books.surplus.felt(float(off[group]), group_score(books, group))
                for group, over in enumerate(ahead.tolist())
            ]
        )
        # What the reserve still covers is nobody's loss.
        within = spent <= books.due_by_now(state["budget_fen"] + state["reserve_fen"])
        own = np.where((ahead > 0) & within, 0.0, own)
        group = np.maximum(books.member_of, 0)
        stake = own[group] * own_part(books, ahead)
        return np.where(books.member_of >= 0, stake, 0.0)


def _outside_admission_yuan(books: Books, column: str) -> float:
    """What an admission outside the county costs, on average over last year and this.

    Parameters
    ----------
    column
        Of a bill: the fund's part, or the whole.
    """
    outside = ~books.in_county
    fen, admissions = (
        int(books.last_lines[name][outside].sum() + books.year_lines[name][outside].sum())
        for name in (column, "admissions")
    )
    return fen / 100.0 / admissions if admissions > 0 else 0.0
