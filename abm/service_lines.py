"""Service lines: parts of the month's bills that a scheme can pay by different rules.

A line is cut out of bills by columns, so that a line of a sum is the sum of the lines; a part
of the books shows a scheme its own line only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, MutableMapping

import numpy as np

from abm.case_pay import share_of
from abm.claims import Claims
from abm.payment.books import Books

Cut = Callable[[np.ndarray], np.ndarray]
"""From bills to the line's part of them, arrays of BILL."""

_OF_WEIGHT = (
    "light_weight",
    "low_cost_weight",
    "low_cost_fen",
    "high_cost_fen",
    "light_weight_more",
    "low_cost_weight_more",
    "low_cost_fen_more",
    "high_cost_fen_more",
    "treated_weight",
    "treated_weight_more",
)
_OF_LONG = {
    "admissions": "long_stays",
    "bed_days": "long_days",
    "case_weight": "long_weight",
    "inpatient_cost_fen": "long_cost_fen",
    "fund_inpatient_fen": "long_fund_fen",
}
_STAYS = ("late_days", "latest_days", "longest_days", *_OF_LONG.values())
_MANAGED = {"outpatient_cost_fen": "managed_cost_fen", "fund_outpatient_fen": "managed_fund_fen"}


def managed_visits(lines: np.ndarray) -> np.ndarray:
    """Routine visits of patients who are paid by the head."""
    cut = np.zeros_like(lines)
    for column, source in _MANAGED.items():
        cut[column] = cut[source] = lines[source]
    cut["chronic_cost_fen"] = lines["chronic_cost_fen"]
    return cut


def without_managed_visits(lines: np.ndarray) -> np.ndarray:
    """All but those."""
    cut = lines.copy()
    for column, source in _MANAGED.items():
        cut[column] -= lines[source]
        cut[source] = 0
    return cut


def long_stays(lines: np.ndarray) -> np.ndarray:
    """Stays beyond the first step."""
    cut = np.zeros_like(lines)
    for name in _STAYS:
        cut[name] = lines[name]
    for column, source in _OF_LONG.items():
        cut[column] = lines[source]
    return cut


def without_long_stays(lines: np.ndarray) -> np.ndarray:
    """All but those; mild, cheap and dear cases are taken to be the same share of both."""
    cut = lines.copy()
    for column, source in _OF_LONG.items():
        cut[column] -= lines[source]
    for name in _STAYS:
        cut[name] = 0
    for name in _OF_WEIGHT:
        whole, left = lines["case_weight"], cut["case_weight"]
        kept = np.divide(left, whole, out=np.zeros(whole.shape), where=whole > 0)
        cut[name] = np.floor(lines[name] * kept)
    return cut


class KeptUnder(MutableMapping[str, np.ndarray]):
    """State of one part among that of all, under names of its own.

    Parameters
    ----------
    whole, prefix
        All state, and what the part's names begin with there.
    """

    def __init__(self, whole: MutableMapping[str, np.ndarray], prefix: str) -> None:
        self.whole, self.prefix = whole, prefix

    def __getitem__(self, name: str) -> np.ndarray:
        return self.whole[self.prefix + name]

    def __setitem__(self, name: str, value: np.ndarray) -> None:
        self.whole[self.prefix + name] = value

    def __delitem__(self, name: str) -> None:
        del self.whole[self.prefix + name]

    def __iter__(self) -> Iterator[str]:
        start = len(self.prefix)
        return (name[start:] for name in self.whole if name.startswith(self.prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def part_of(books: Books, cut: Cut, prefix: str = "") -> Books:
    """The books as a scheme sees them that pays one service line.

    Shares of bills are those of the line in all that a provider bills, so that what one more
    yuan brings under each part, less what it brings as billed, adds up over the parts.
    """
    part = copy.copy(books)
    part.year_lines, part.last_lines = cut(books.year_lines), cut(books.last_lines)
    for share, column in (
        ("fund_share_out", "fund_outpatient_fen"),
        ("fund_share_in", "fund_inpatient_fen"),
        ("insured_out", "outpatient_cost_fen"),
        ("insured_in", "inpatient_cost_fen"),
    ):
        ours = (part.year_lines[column] + part.last_lines[column]).sum(axis=1)
        whole = (books.year_lines[column] + books.last_lines[column]).sum(axis=1)
        setattr(part, share, getattr(books, share) * share_of(ours, whole))
    if prefix:
        part.state = KeptUnder(books.state, prefix)
    return part


# -- who pays -----------------------------------------------------------------------------


class PassedOn(Books):
    """Books in which consortia pay what a scheme asks of the fund.

    Attributes
    ----------
    by_payer
        (provider, payer) shares of what a provider earns; payer 0 is the fund, 1 + g
        consortium g.
    charged_fen
        (consortium,) what each has been charged.
    """

    by_payer: np.ndarray
    charged_fen: np.ndarray

    def settle(self, payer: int, earned: np.ndarray, billed: np.ndarray) -> np.ndarray:
        """Enter what services earn, with each payer for its people."""
        if payer != 0:
            return super().settle(payer, earned, billed)
        whole = np.zeros(len(earned), np.int64)
        parts = split_among(earned, self.by_payer), split_among(billed, self.by_payer)
        for one in range(self.by_payer.shape[1]):
            approved = super().settle(one, parts[0][:, one], parts[1][:, one])
            if one > 0:
                self.charged_fen[one - 1] += approved.sum()
            whole = whole + approved
        return whole


class PassedClaims:
    """Claims of which consortia, not the fund, clear what a scheme finds at a year's end.

    Parameters
    ----------
    claims
        The claims of all.
    books
        Who pays for whom, and where charges are counted.
    """

    def __init__(self, claims: Claims, books: PassedOn) -> None:
        self.claims, self.books = claims, books

    def claim(self, *given: object) -> np.ndarray:
        """Enter a claim as it stands."""
        return self.claims.claim(*given)  # type: ignore[arg-type]

    def adjust(self, payer: int, amount: np.ndarray) -> None:
        """Enter what the rule adds or takes at a year's end, with each payer for its people."""
        if payer != 0:
            self.claims.adjust(payer, amount)
            return
        parts = split_among(amount, self.books.by_payer)
        for one in range(parts.shape[1]):
            self.claims.adjust(one, parts[:, one])
            if one > 0:
                self.books.charged_fen[one - 1] += parts[:, one].sum()


def split_among(amount: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(provider, payer) whole fen that add up to each provider's amount."""
    reached = np.cumsum(shares, axis=1)
    reached[:, -1] = 1.0
    whole = np.floor(amount[:, None] * reached + 0.5).astype(np.int64)
    whole[:, -1] = amount
    return np.diff(whole, axis=1, prepend=0)
