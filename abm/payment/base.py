"""What a payment scheme is to the rest of the program.

A scheme moves money between the fund, consortia and providers, and says what one more
yuan billed brings an employer. It acts on no agent, and nothing else knows its name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from abm.payment.books import Books, MonthBill
from abm.rule_part import RulePart
from abm.workings import Working, entered
from agents.incentive import nothing


class Scheme(RulePart, ABC):
    """A way of paying providers; its fields are the parameters that a policy file sets."""

    name: ClassVar[str]
    rule: ClassVar[str]
    """The rule in one line."""
    budgets: ClassVar[tuple[str, ...]] = ("budget_fen",)
    """Arrays of ``books.state`` that ``open_year`` sets for a whole year, in fen: a missed
    target cuts them, and a scheme that does not have the whole year has its part of them."""

    @property
    def by_head(self) -> tuple[str, ...]:
        """Conditions whose managed patients are counted and their routine visits told apart."""
        return ()

    @abstractmethod
    def open_year(self, books: Books) -> None:
        """Set the year's budgets, before its first month."""

    @abstractmethod
    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Prepay, and pay what the month's services earn."""

    @abstractmethod
    def close_year(self, books: Books) -> None:
        """Settle the year, after its last month."""

    @abstractmethod
    def brings(self, books: Books) -> np.recarray:
        """What one more of each brings each provider's employer, (provider,) of BRINGS.

        The derivative of what the scheme pays, patient's own part included, at this point
        of the year; where a rule has a cliff, the finite difference over what is forecast.
        """

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """How a month came about, line by line; asked after :meth:`pay_month`.

        Lines that count add up to ``books.ruled_fen``: what the month entered for each
        provider.
        """
        billed = bill.fund_fen.sum(axis=1)
        return [
            entered("fund's part of the bills", "账单中基金应付部分", billed),
            entered("added or taken by the rule", "按支付规则增减", books.ruled_fen - billed),
        ]

    def explain_year(self, books: Books) -> list[Working]:
        """How the year's end came about; asked after :meth:`close_year`, before the page turns.

        Lines that count add up to ``books.ruled_fen``: what it added or took.
        """
        return [entered("added or taken at the year's end", "年终增减", books.ruled_fen)]


def as_billed(books: Books) -> np.recarray:
    """What one more of each brings where the fund pays its part of every bill."""
    lost = np.where(books.in_county, 1.0 - books.kept_share, 0.0)
    brings = nothing(len(books.in_county))
    brings.outpatient = 1.0 - books.fund_share_out * lost
    brings.inpatient = 1.0 - books.fund_share_in * lost
    return brings
