"""Bundle: one prepaid sum for all care of a consortium's insured people.

总额付费、结余留用、合理超支分担: the sum covers care inside and, if so ruled, outside
the county; a surplus is kept, an overspend is shared.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from abm.payment.base import Books, MonthBill, Scheme, as_billed
from abm.sharing import own_part, settle_budgets
from abm.workings import Working, entered, standing
from agents.foundation.money import split_fen

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

    level: Literal["last_year_spending", "financing"] = Field(
        "last_year_spending", description="what the budget is set from"
    )
    growth: float = Field(
        0.05, ge=-0.5, le=0.5, description="budget's growth on last year's spending, per year"
    )
    outside_inside: bool = Field(True, description="care outside the county is paid from it")

    def open_year(self, books: Books) -> None:
        """Set each consortium's budget for the year, for the care that it pays from it.

        Without a year behind it, the first budget is what the fund has for the year's care.
        """
        first_year = not books.last_year_fen.any()
        covered = self._covered_share(books)
        if self.level == "financing" or first_year:
            whole = np.array(split_fen(books.financing_fen, list(books.insured)), np.int64)
            budget = np.floor(whole * covered + 0.5).astype(np.int64)
        else:
            past = books.last_year_fen * covered
            budget = np.floor(past * (1.0 + self.growth) + 0.5).astype(np.int64)
        books.state["budget_fen"] = budget
        books.state["prepaid_fen"] = np.zeros_like(budget)
        books.state["charged_fen"] = np.zeros_like(budget)

    def _covered_share(self, books: Books) -> np.ndarray:
        """(consortium,) share of last year's spending that the bundle would have paid."""
        last = _fund_part(books.last_lines)
        whole, covered = last.sum(axis=0), last[self._covers(books)].sum(axis=0)
        return np.divide(covered, whole, out=np.ones(len(whole)), where=whole > 0)

    def _covers(self, books: Books) -> np.ndarray:
        """(provider,) whether its care is paid from the bundle."""
        return np.asarray(books.in_county | self.outside_inside)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Prepay a twelfth; the consortium pays members and, if ruled so, outside providers."""
        ledger, state = books.ledger, books.state
        due = books.due_by_now(state["budget_fen"]) - state["prepaid_fen"]
        ledger.transfer(books.fund, ledger.consortium, due, "fund prepays bundle")
        state["prepaid_fen"] = state["prepaid_fen"] + due
        covered = self._covers(books)
        billed = bill.fund_fen
        outside = np.where(covered, 0, billed.sum(axis=1))
        books.settle(0, outside, outside)
        for group in range(len(ledger.consortium)):
            ours = np.where(covered, billed[:, group], 0)
            approved = books.settle(1 + group, ours, ours)
            state["charged_fen"][group] += approved.sum()
        books.counted_fen = self._counted(books, due)

    def _counted(self, books: Books, due: np.ndarray) -> np.ndarray:
        """What a member's balance counts: its share of the bundle less what its care costs it.

        A member is allotted the part of the bundle that it was charged last year; what it
        bills is set against that at the consortium's own stake, so that a bonus on the
        balance is paid by the rule that is felt.
        """
        last = _fund_part(books.last_lines)
        whole = np.maximum(last[self._covers(books)].sum(axis=0), 1)
        group = np.maximum(books.member_of, 0)
        member = np.arange(len(group))
        allotted = due[group] * (last[member, group] / whole[group])
        stake = self._stake(books)
        counted = books.counted_fen * (1.0 - stake) + allotted * stake
        return np.where(stake > 0, np.floor(counted), books.counted_fen).astype(np.int64)

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Bills by who pays them, and how the bundle of the provider's consortium stands."""
        state, billed = books.state, bill.fund_fen
        bundled = np.where(self._covers(books), billed.sum(axis=1), 0)
        group = np.maximum(books.member_of, 0)
        lines = [
            standing(what, zh, np.where(books.member_of >= 0, state[key][group], np.nan))
            for key, what, zh in _STANDING
        ]
        return [
            *lines,
            entered("bills paid out of the bundle", "由打包总额支付的账单", bundled),
            entered("bills paid by the fund", "由基金支付的账单", billed.sum(axis=1) - bundled),
            entered(
                "added or taken by the rule", "按支付规则增减", books.ruled_fen - billed.sum(axis=1)
            ),
        ]

    def close_year(self, books: Books) -> None:
        """Let the consortium keep its surplus and use it, or share its overspend."""
        state = books.state
        left = state["prepaid_fen"] - state["charged_fen"]
        settle_budgets(books, left, state["budget_fen"], self._covers(books))

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
        for name, share in (
            ("outpatient", books.fund_share_out),
            ("inpatient", books.fund_share_in),
        ):
            # What is denied or kept back for good stays with the consortium itself.
            own = 1.0 - share * (1.0 - approved) - stake * share * approved
            brings[name] = np.where(stake > 0, own, brings[name])
        if self.outside_inside:
            # Only from a consortium's highest level does the way up lead out of the county.
            highest = books.tier == books.tier[books.in_county].max(initial=0)
            brings.up_yuan = np.where(highest, -stake * _outside_admission_yuan(books), 0.0)
        return brings

    def _stake(self, books: Books) -> np.ndarray:
        """(provider,) part of a yuan of the bundle that is its consortium's own money."""
        state = books.state
        pace = books.due_by_now(state["budget_fen"])
        ahead = state["charged_fen"] - pace
        off = np.abs(ahead) / np.maximum(state["budget_fen"], 1)
        own = np.array(
            [
                (books.overspend if over > 0 else books.surplus).felt(float(part))
                for over, part in zip(ahead, off, strict=True)
            ]
        )
        group = np.maximum(books.member_of, 0)
        stake = own[group] * own_part(books, ahead)
        return np.where(books.member_of >= 0, stake, 0.0)


def _fund_part(lines: np.ndarray) -> np.ndarray:
    """(provider, consortium) fen of the bills that the fund bears by price list."""
    return np.asarray(lines["fund_outpatient_fen"] + lines["fund_inpatient_fen"])


def _outside_admission_yuan(books: Books) -> float:
    """What the fund pays of an admission outside the county, on average over last year and this."""
    outside = ~books.in_county
    fund, admissions = (
        int(books.last_lines[name][outside].sum() + books.year_lines[name][outside].sum())
        for name in ("fund_inpatient_fen", "admissions")
    )
    return fund / 100.0 / admissions if admissions > 0 else 0.0
