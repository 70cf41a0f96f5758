"""Claims of providers on those who pay for care: billed, approved, denied, owed, paid.

What a provider is owed stands here until it is paid; the year's record of each provider
closes to the fen: owed before + billed + by rule - denied - paid = owed.
"""

from __future__ import annotations

import numpy as np

from abm.ledger import Ledger
from abm.settlement import LONGEST_DELAY_MONTHS, Settlement

CLAIM = np.dtype(
    [
        ("owed_before_fen", "i8"),  # at the year's start
        ("billed_fen", "i8"),  # fund's part of all bills
        ("by_rule_fen", "i8"),  # what the scheme pays above (+) or below (-) the bills
        ("denied_fen", "i8"),
        ("paid_fen", "i8"),  # advances and clearings included, less what was returned
        ("owed_fen", "i8"),  # at the end
        ("loan_fen", "i8"),  # what the provider itself owes at the end, four kinds
        ("payable_fen", "i8"),
        ("pay_arrears_fen", "i8"),
        ("bonus_arrears_fen", "i8"),
    ]
)
"""One provider's year with those who pay for care, and its debts at the end."""
_ARRAYS = ("due_fen", "withheld_fen", "clearing_fen", "advanced_fen", "year")


class Claims:
    """What payers owe providers, and the year's record of it.

    Payers are numbered: 0 is the fund, 1 + g is consortium g.

    Parameters
    ----------
    ledger
        All accounts; every payment moves through it.
    in_county
        (provider,) whether settlement rules hold for it.

    Attributes
    ----------
    due_fen
        (months from now, payer, provider) approved and not yet paid.
    withheld_fen
        (2, payer, provider) kept back of this year's claims, and of last year's.
    clearing_fen
        (payer, provider) found at a year's end and paid at its clearing; below zero if the
        provider owes it.
    advanced_fen
        (provider,) paid ahead by the fund.
    year
        (provider,) of CLAIM, this year so far.
    years
        The same of every year that was closed.
    """

    def __init__(self, ledger: Ledger, in_county: np.ndarray) -> None:
        providers, payers = len(ledger.provider), 1 + len(ledger.consortium)
        self.ledger = ledger
        self.in_county = in_county
        self.payer = np.array([ledger.account("fund"), *ledger.consortium])
        self.due_fen = np.zeros((LONGEST_DELAY_MONTHS + 1, payers, providers), np.int64)
        self.withheld_fen = np.zeros((2, payers, providers), np.int64)
        self.clearing_fen = np.zeros((payers, providers), np.int64)
        self.advanced_fen = np.zeros(providers, np.int64)
        self.year = np.zeros(providers, CLAIM)
        self.years: list[np.ndarray] = []
        self._before_first = True

    @property
    def owed_fen(self) -> np.ndarray:
        """(provider,) what each is owed now; below zero if it has been paid ahead."""
        owed = self.due_fen.sum(axis=(0, 1)) + self.withheld_fen.sum(axis=(0, 1))
        return np.asarray(owed + self.clearing_fen.sum(axis=0) - self.advanced_fen)

    def payable_fen(self, payer: int) -> int:
        """What one payer owes in all."""
        owed = self.due_fen[:, payer].sum() + self.withheld_fen[:, payer].sum()
        return int(owed + self.clearing_fen[payer].sum())

    def open_year(self, rule: Settlement) -> None:
        """Begin a record, and advance what the rule advances of last year's pay by the fund."""
        self.year = np.zeros(len(self.advanced_fen), CLAIM)
        self.year["owed_before_fen"] = self.owed_fen
        if rule.advance_months > 0 and self.years:
            last = np.maximum(self.years[-1]["paid_fen"], 0)
            months = np.where(self.in_county, rule.advance_months / 12.0, 0.0)
            self._advance(np.floor(last * months).astype(np.int64), "fund advances")

    def _advance(self, amount: np.ndarray, purpose: str) -> None:
        self.ledger.transfer(int(self.payer[0]), self.ledger.provider, amount, purpose)
        self.advanced_fen = self.advanced_fen + amount
        self.year["paid_fen"] += amount

    def claim(
        self, payer: int, earned: np.ndarray, billed: np.ndarray, rule: Settlement
    ) -> np.ndarray:
        """Enter what a month's services earn, and what was billed for them.

        Parameters
        ----------
        payer
            0 for the fund, 1 + g for consortium g.
        earned, billed
            (provider,) fen by the scheme, and the fund's part of the bills.

        Returns
        -------
        numpy.ndarray
            (provider,) what was approved.
        """
        self.year["billed_fen"] += billed
        self.year["by_rule_fen"] += earned - billed
        ruled = np.where(self.in_county, np.maximum(earned, 0), 0)
        denied = np.floor(ruled * rule.denial_share).astype(np.int64)
        held = np.floor((ruled - denied) * rule.retention).astype(np.int64)
        self.year["denied_fen"] += denied
        self.withheld_fen[0, payer] += held
        waiting = earned - denied - held
        late = rule.late_months
        self.due_fen[late, payer] += np.where(self.in_county, waiting, 0)
        self.due_fen[0, payer] += np.where(self.in_county, 0, waiting)
        if self._before_first:
            self._begin(payer, np.where(self.in_county, waiting, 0), held, late)
        return np.asarray(earned - denied)

    def _begin(self, payer: int, waiting: np.ndarray, held: np.ndarray, late: int) -> None:
        """Owe, in the first month of all, what earlier months like it would have left owed.

        Else a county would begin with a gap in its payments that no real one has.
        """
        self.due_fen[:late, payer] += waiting
        self.withheld_fen[1, payer] += 12 * held
        self.year["owed_before_fen"] += late * waiting + 12 * held

    def adjust(self, payer: int, amount: np.ndarray) -> None:
        """Enter what the rule adds or takes at a year's end, cleared next year, (provider,)."""
        self.year["by_rule_fen"] += amount
        self.clearing_fen[payer] += amount

    def pay_due(
        self, month_of_year: int, rule: Settlement, score: np.ndarray | float = 1.0
    ) -> None:
        """Pay what is due this month, and clear last year in the month for it.

        Parameters
        ----------
        score
            (provider,) part of what comes back of a retention at all that its quality earns.
        """
        self._before_first = False
        self._pay(self.due_fen[0], "pays services")
        self.due_fen[:-1] = self.due_fen[1:]
        self.due_fen[-1] = 0
        if month_of_year + 1 == rule.clearing_month:
            held = self.withheld_fen[1].copy()
            back = np.floor(held * (rule.retention_returned * score)).astype(np.int64)
            self.year["denied_fen"] += (held - back).sum(axis=0)
            self._pay(back + self.clearing_fen, "clears last year")
            self.withheld_fen[1] = 0
            self.clearing_fen[:] = 0

    def _pay(self, amount: np.ndarray, purpose: str) -> None:
        for payer, account in enumerate(self.payer):
            if amount[payer].any():
                who = "fund" if payer == 0 else "consortium"
                self.ledger.transfer(
                    int(account), self.ledger.provider, amount[payer].copy(), f"{who} {purpose}"
                )
        self.year["paid_fen"] += amount.sum(axis=0)

    def close_year(self) -> None:
        """Take advances back, and keep the year's record."""
        if self.advanced_fen.any():
            self._advance(-self.advanced_fen, "advance returned to fund")
        self.withheld_fen[1] += self.withheld_fen[0]
        self.withheld_fen[0] = 0
        self.year["owed_fen"] = self.owed_fen
        self.years.append(self.year.copy())

    def gap_fen(self) -> np.ndarray:
        """(provider,) fen by which this year's record fails to close; nil if it does."""
        year = self.year
        expected = year["owed_before_fen"] + year["billed_fen"] + year["by_rule_fen"]
        return np.asarray(expected - year["denied_fen"] - year["paid_fen"] - self.owed_fen)

    def saved(self) -> dict[str, np.ndarray]:
        """All that has to be kept to go on."""
        kept = {name: getattr(self, name) for name in _ARRAYS}
        past = np.array(self.years, CLAIM).reshape(len(self.years), len(self.year))
        return kept | {"years": past}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what was saved.

        Raises
        ------
        ValueError
            If an array has another layout.
        """
        past = arrays["years"]
        if past.dtype != CLAIM or past.ndim != 2 or past.shape[1] != len(self.year):
            raise ValueError("claims of past years have another layout")
        for name in _ARRAYS:
            old = getattr(self, name)
            if arrays[name].dtype != old.dtype or arrays[name].shape != old.shape:
                raise ValueError(f"claims: {name} has another layout")
            setattr(self, name, arrays[name].copy())
        self.years = [one.copy() for one in past]
        self._before_first = not self.years and not self.year["billed_fen"].any()
