"""Fee for service: the fund pays its share of every bill, as billed, in the same month."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill


class FeeForService(Scheme):
    """Every service is paid by the price list; nobody's budget ends."""

    name: ClassVar[str] = "fee_for_service"
    rule: ClassVar[str] = "the fund pays its share of every bill in the month of the service"

    def open_year(self, books: Books) -> None:
        """Nothing is budgeted."""

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Every provider earns what it billed."""
        billed = bill.fund_fen.sum(axis=1)
        books.settle(0, billed, billed)

    def close_year(self, books: Books) -> None:
        """Nothing is left to settle."""

    def brings(self, books: Books) -> np.recarray:
        """A yuan billed brings a yuan, less what is denied of the fund's part."""
        return as_billed(books)
