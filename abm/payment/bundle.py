"""Bundle: one prepaid sum for all care of a consortium's insured people.

总额付费、结余留用、合理超支分担: the sum covers care inside and, if so ruled, outside
the county; a surplus is kept, an overspend is shared.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from abm.payment.base import Books, MonthBill, Scheme
from agents.foundation.money import split_fen
from agents.incentive import nothing


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
    surplus_kept: float = Field(1.0, ge=0, le=1, description="share of a surplus that is kept")
    surplus_to_staff: float = Field(
        0.3, ge=0, le=1, description="share of the kept surplus that is paid to staff"
    )
    overspend_borne: float = Field(
        0.5, ge=0, le=1, description="share of an overspend that the consortium bears"
    )

    def open_year(self, books: Books) -> None:
        """Set each consortium's budget for the year.

        Without a year behind it, the first budget is what the fund has for the year's care.
        """
        first_year = not books.last_year_fen.any()
        if self.level == "financing" or first_year:
            budget = np.array(split_fen(books.financing_fen, list(books.insured)), np.int64)
        else:
            past = books.last_year_fen
            budget = np.floor(past * (1.0 + self.growth) + 0.5).astype(np.int64)
        books.state["budget_fen"] = budget
        books.state["prepaid_fen"] = np.zeros_like(budget)
        books.state["charged_fen"] = np.zeros_like(budget)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Prepay a twelfth; the consortium pays members and, if ruled so, outside providers."""
        ledger, state = books.ledger, books.state
        due = state["budget_fen"] * (books.month_of_year + 1) // 12 - state["prepaid_fen"]
        ledger.transfer(books.fund, ledger.consortium, due, "fund prepays bundle")
        state["prepaid_fen"] = state["prepaid_fen"] + due
        covered = books.in_county | self.outside_inside
        for group, account in enumerate(ledger.consortium):
            billed = bill.fund_fen[:, group]
            ledger.transfer(
                account,
                ledger.provider[covered],
                billed[covered],
                "consortium pays services",
            )
            state["charged_fen"][group] += billed[covered].sum()
        outside = bill.fund_fen[~covered].sum(axis=1)
        ledger.transfer(books.fund, ledger.provider[~covered], outside, "fund pays services")

    def close_year(self, books: Books) -> None:
        """Let the consortium keep its surplus, or share its overspend with the fund."""
        ledger, state = books.ledger, books.state
        left = state["prepaid_fen"] - state["charged_fen"]
        state["surplus_fen"] = left
        for account, amount in zip(ledger.consortium, left.tolist(), strict=True):
            if amount >= 0:
                kept = int(amount * self.surplus_kept)
                to_staff = int(kept * self.surplus_to_staff)
                ledger.transfer(account, books.fund, amount - kept, "surplus returned to fund")
                ledger.transfer(account, ledger.account("staff"), to_staff, "surplus paid to staff")
            else:
                shared = int(-amount * (1.0 - self.overspend_borne))
                ledger.transfer(books.fund, account, shared, "fund shares overspend")

    def brings(self, books: Books) -> np.recarray:
        """A yuan billed brings the consortium the patient's part only.

        The fund's part comes out of the consortium's own bundle. What it saves is worth
        the share of a surplus that it keeps; what it overspends costs the share that it bears.
        """
        state = books.state
        pace = state["budget_fen"] * (books.month_of_year + 1) // 12
        over = state["charged_fen"] > pace
        own = np.where(over, self.overspend_borne, self.surplus_kept)
        member = books.member_of >= 0
        stake = np.where(member, own[np.maximum(books.member_of, 0)], 0.0)
        brings = nothing(len(books.in_county))
        brings.outpatient = brings.inpatient = 1.0 - stake * books.fund_share
        return brings
