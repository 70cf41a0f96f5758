"""Global budget: each provider is paid a year's sum, whatever it does.

总额预付: the sum follows the provider's own history, or the people of its consortium by heads,
adjusted for age and sex if so ruled. Unlike a cap it is paid also where less is done; unlike a
bundle it goes to each provider, and care outside the county stays with the fund.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from abm.budgets import (
    DIVISION_MEANS,
    HISTORY_MEANS,
    LEVEL_MEANS,
    Division,
    History,
    Level,
    year_budget_fen,
)
from abm.case_pay import state_of
from abm.county import Tier
from abm.forecast import chance_above, rest_of_year
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill, fund_part, whole_bills
from abm.workings import Working, entered, standing


class GlobalBudget(Scheme):
    """A year's sum to each provider of the county, in twelve parts."""

    name: ClassVar[str] = "global_budget"
    rule: ClassVar[str] = (
        "each provider is prepaid a year's budget, whatever it bills; it keeps a share of what it "
        "does not use, and the fund pays a share of what it bills beyond"
    )

    budgets: ClassVar[tuple[str, ...]] = ("global_budget_fen",)

    level: Level = Field("last_year_spending", description=LEVEL_MEANS)
    growth: float = Field(0.03, ge=-0.5, le=0.5, description="budget's growth on that, per year")
    history: History = Field("paid", description=HISTORY_MEANS)
    divided_by: Division = Field("as_level", description=DIVISION_MEANS)
    own_payments_inside: bool = Field(
        False,
        description="what patients and covers behind the fund pay counts against the budget, "
        "which is then set for whole bills",
    )
    reserve: float = Field(
        0.0, ge=0, le=0.5, description="share of the budget that the fund does not give out"
    )
    surplus_kept: float = Field(
        1.0, ge=0, le=1, description="share of what is not used that the provider keeps"
    )
    overspend_paid: float = Field(
        0.0, ge=0, le=1, description="share of what is billed beyond that the fund pays"
    )
    lowest_tier: Literal["village", "township", "county"] = Field(
        "township", description="lowest level of providers that have a budget"
    )

    def open_year(self, books: Books) -> None:
        """Give each provider its part of its people's budgets, by what it billed for them.

        Without a year behind it bills are paid as they come.
        """
        last, state = books.last_lines, books.state
        fund = fund_part(last)
        people = year_budget_fen(books, self.level, self.growth, self.divided_by)
        rate = people / np.maximum(fund.sum(axis=0), 1) * (1.0 - self.reserve)
        part = whole_bills(last) if self.own_payments_inside else fund
        paid = self._paid_for(books)
        spent = part.sum(axis=1)
        part = part * np.divide(paid, spent, out=np.ones(len(paid)), where=spent > 0)[:, None]
        budget = np.floor((part * rate).sum(axis=1) + 0.5).astype(np.int64)
        high = books.tier >= Tier[self.lowest_tier.upper()]
        has = books.in_county & high & (fund.sum(axis=1) > 0)
        state["global_has_budget"] = has
        state["global_budget_fen"] = np.where(has, budget, 0)
        for name in ("global_paid_fen", "global_counted_fen"):
            state[name] = np.zeros(len(has), np.int64)

    def _paid_for(self, books: Books) -> np.ndarray:
        """(provider,) last year's spending: by this rule, if it was in force, or by the bills."""
        bills, state = self._used(books.last_lines), books.state
        was_here = state_of(books, "global_closed_fen") == int(bills.sum())
        own = self.divided_by == "history" or (
            self.divided_by == "as_level" and self.level != "financing"
        )
        if self.history == "billed" or not own or not was_here:
            return bills
        return np.where(state["global_has_budget"], state["global_final_fen"], bills)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay a twelfth, less what others have paid if that counts; count what it will be worth.

        A balance counts the year so far as it would be settled at this point of the budget.
        """
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        has, pace = state["global_has_budget"], books.due_by_now(state["global_budget_fen"])
        due = np.maximum(pace - self._others(books), 0) - state["global_paid_fen"]
        due = np.where(has, due, 0)
        books.settle(0, np.where(has, due, billed), billed)
        state["global_paid_fen"] = state["global_paid_fen"] + due
        worth = np.where(has, self._settled(books, pace), 0)
        counted = worth - state["global_counted_fen"] - due
        state["global_counted_fen"] = worth
        books.counted_fen = books.counted_fen + np.where(has, counted, 0)

    def close_year(self, books: Books) -> None:
        """Take back what is not kept of a surplus, or pay the fund's share of an overspend."""
        state = books.state
        final = self._settled(books, state["global_budget_fen"])
        state["global_final_fen"] = final + self._others(books)
        state["global_closed_fen"] = np.array([int(self._used(books.year_lines).sum())])
        found = np.where(state["global_has_budget"], final - state["global_paid_fen"], 0)
        books.claims.adjust(0, found)

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """The month's part of the budget where there is one; elsewhere bills."""
        has, ruled = books.state["global_has_budget"], books.ruled_fen
        budget, used = books.state["global_budget_fen"], self._used(books.year_lines)
        return [
            standing("budget of the year", "年度总额", np.where(has, budget, np.nan)),
            standing("used of it so far", "其中已用", np.where(has, used, np.nan)),
            entered("part of the budget for the month", "本月总额拨付", np.where(has, ruled, 0)),
            entered("as billed", "按账单支付", np.where(has, 0, ruled)),
        ]

    def explain_year(self, books: Books) -> list[Working]:
        """What goes back of a surplus, and what is paid of an overspend."""
        state, ruled = books.state, books.ruled_fen
        has = state["global_has_budget"]
        left = np.where(has, state["global_budget_fen"] - self._used(books.year_lines), 0)
        return [
            standing("not used of the budget", "总额结余", np.maximum(left, 0)),
            standing("billed beyond it", "超总额", np.maximum(-left, 0)),
            entered("taken back", "收回", np.minimum(ruled, 0)),
            entered("paid of what was billed beyond", "超额补付", np.maximum(ruled, 0)),
        ]

    def brings(self, books: Books) -> np.recarray:
        """The fund's part of a yuan brings what a surplus loses, or what an overspend is paid."""
        brings, state = as_billed(books), books.state
        over = self._chance(books)
        fund = (1.0 - over) * (1.0 - self.surplus_kept) + over * self.overspend_paid
        inside = self.own_payments_inside
        for name, share, insured in (
            ("outpatient", books.fund_share_out, books.insured_out),
            ("inpatient", books.fund_share_in, books.insured_in),
        ):
            own = 1.0 - (insured if inside else share) * (1.0 - fund)
            if inside:
                # What others pay instead of the fund is not denied.
                own = own + (insured - share) * (1.0 - books.kept_share)
            brings[name] = np.where(state["global_has_budget"], own, brings[name])
        return brings

    # -- the year so far ---------------------------------------------------------------

    def _used(self, lines: np.ndarray) -> np.ndarray:
        """(provider,) fen that count against the budget."""
        part = whole_bills(lines) if self.own_payments_inside else fund_part(lines)
        return np.asarray(part.sum(axis=1))

    def _others(self, books: Books) -> np.ndarray:
        """(provider,) fen of the year so far that others have paid and that count."""
        return self._used(books.year_lines) - fund_part(books.year_lines).sum(axis=1)

    def _settled(self, books: Books, budget: np.ndarray) -> np.ndarray:
        """(provider,) whole fen that the fund owes for the year so far at some budget."""
        left = budget - self._used(books.year_lines)
        back = np.floor(np.maximum(left, 0) * (1.0 - self.surplus_kept)).astype(np.int64)
        more = np.floor(np.maximum(-left, 0) * self.overspend_paid).astype(np.int64)
        return np.maximum(budget - back + more - self._others(books), 0)

    def _chance(self, books: Books) -> np.ndarray:
        """(provider,) chance, as it is felt, that the year is overspent.

        Part is how the year is likely to end, part how it stands; see ``provider_cap``.
        """
        budget, used = books.state["global_budget_fen"], self._used(books.year_lines)
        so_far = books.year_months.sum(axis=0)
        fund = np.maximum(fund_part(books.last_lines).sum(axis=1), 1)
        rest = rest_of_year(so_far, books.last_months, books.month_of_year)
        rest = rest * (self._used(books.last_lines) / fund)
        chance = chance_above(budget, used + rest, books.spread * rest)
        lived, months = books.months_lived
        pace = budget * (lived - 1) // months
        stands = np.where(used > pace, 1.0, 0.0)
        felt = books.foresight * chance + (1.0 - books.foresight) * stands
        return np.asarray(np.where(used > budget, 1.0, felt))
