"""The ledger: every fen that leaves one account enters another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

Accounts = int | np.integer[Any] | np.ndarray
"""An account, or an array of them."""

JOURNAL = np.dtype(
    [
        ("month", "i4"),
        ("source", "i4"),
        ("target", "i4"),
        ("purpose", "i4"),
        ("amount_fen", "i8"),
    ]
)

COMMON = (
    "fund",
    "serious_cover",
    "employee_fund",
    "households",
    "government",
    "staff",
    "suppliers",
    "bank",
)
"""Accounts that every county has; those of providers and consortia follow."""


class Ledger:
    """Accounts and the journal of transfers between them.

    The sum of all balances never changes: households, government, staff and suppliers are
    accounts too, so money only moves.

    Parameters
    ----------
    providers, consortia
        Their names, in the order of their rows.
    """

    def __init__(self, providers: Sequence[str], consortia: Sequence[str]) -> None:
        self.names = [*COMMON, *providers, *consortia]
        self.kinds = list(COMMON) + ["provider"] * len(providers) + ["consortium"] * len(consortia)
        self.provider = len(COMMON) + np.arange(len(providers))
        self.consortium = len(COMMON) + len(providers) + np.arange(len(consortia))
        self.balance_fen = np.zeros(len(self.names), np.int64)
        self.purposes: list[str] = []
        self.month = 0
        self._pages: list[np.ndarray] = []

    def account(self, name: str) -> int:
        """Number of a common account."""
        return COMMON.index(name)

    def open(self, account: int | np.ndarray, amount_fen: int | np.ndarray) -> None:
        """Enter what an account holds before the first month."""
        np.add.at(self.balance_fen, account, amount_fen)

    def transfer(
        self,
        source: Accounts,
        target: Accounts,
        amount_fen: int | np.ndarray,
        purpose: str,
    ) -> None:
        """Move money; a negative amount moves it the other way.

        Parameters
        ----------
        source, target
            Accounts, or arrays of them.
        amount_fen
            Whole fen, one amount or one for each pair.
        purpose
            What for, in a few words; the key of reconciliations.

        Raises
        ------
        TypeError
            If an amount is not a whole number.
        """
        amount = np.asarray(amount_fen)
        if amount.dtype.kind != "i":
            raise TypeError(f"money is whole fen, got {amount.dtype} for {purpose}")
        if purpose not in self.purposes:
            self.purposes.append(purpose)
        if not amount.any():
            return
        parts = np.broadcast_arrays(np.asarray(source), np.asarray(target), amount)
        page = np.zeros(parts[2].size, JOURNAL)
        page["month"] = self.month
        page["purpose"] = self.purposes.index(purpose)
        for name, part in zip(("source", "target", "amount_fen"), parts, strict=True):
            page[name] = part.ravel()
        page = page[page["amount_fen"] != 0]
        np.add.at(self.balance_fen, page["target"], page["amount_fen"])
        np.subtract.at(self.balance_fen, page["source"], page["amount_fen"])
        self._pages.append(page)

    def journal(self) -> np.ndarray:
        """All transfers so far, (n,) of JOURNAL."""
        if len(self._pages) != 1:
            self._pages = [np.concatenate([np.zeros(0, JOURNAL), *self._pages])]
        return self._pages[0]

    def restore(
        self, balance_fen: np.ndarray, journal: np.ndarray, purposes: Sequence[str]
    ) -> None:
        """Put back what was saved."""
        self.balance_fen = balance_fen.copy()
        self._pages = [journal.copy()]
        self.purposes = list(purposes)

    def table(self) -> pd.DataFrame:
        """The journal with names: month, source, target, purpose, amount_fen."""
        journal = self.journal()
        names = np.array(self.names)
        return pd.DataFrame(
            {
                "month": journal["month"],
                "source": names[journal["source"]],
                "target": names[journal["target"]],
                "purpose": np.array(self.purposes or [""])[journal["purpose"]],
                "amount_fen": journal["amount_fen"],
            }
        )

    def flow_fen(self, purpose: str, months: range | None = None) -> int:
        """Sum of what moved for a purpose, in some months or all."""
        if purpose not in self.purposes:
            return 0
        journal = self.journal()
        chosen = journal["purpose"] == self.purposes.index(purpose)
        if months is not None:
            chosen &= (journal["month"] >= months.start) & (journal["month"] < months.stop)
        return int(journal["amount_fen"][chosen].sum())
