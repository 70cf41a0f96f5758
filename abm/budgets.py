"""What a year's budget is set from: spending, its trend, financing; and how it is divided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from agents.foundation.money import split_fen

if TYPE_CHECKING:
    from abm.payment.books import Books

Level = Literal["last_year_spending", "spending_trend", "financing", "financing_growth"]
LEVEL_MEANS = (
    "what the budget is set from: last year's spending x (1 + growth); the same grown as it grew "
    "from the year before; this year's financing; last year's spending x financing's growth"
)
Division = Literal["as_level", "history", "heads", "adjusted_heads"]
DIVISION_MEANS = (
    "how the county's budget is divided among consortia: by what each one's people cost last "
    "year, by heads, or by heads adjusted for age and sex; as_level: financing by heads, all else "
    "by history"
)
History = Literal["paid", "billed"]
HISTORY_MEANS = (
    "last year's spending: what this rule paid, if it was in force then, or the fund's part of "
    "what was billed, so that who does less has less the year after"
)
TREND_HELD = 0.5
"""Most by which a trend carries a budget up or down in a year, a share of it."""


def growth_of(books: Books, level: Level, growth: float) -> float:
    """County's budget over last year's spending.

    Parameters
    ----------
    growth
        A year, where the level follows it; also where no earlier year or financing is known.
    """
    last = int(books.last_year_fen.sum())
    if level == "financing":
        return books.financing_fen / max(last, 1)
    if level == "financing_growth" and books.last_financing_fen > 0:
        return books.financing_fen / books.last_financing_fen
    before = int(books.before_last_fen.sum())
    if level == "spending_trend" and before > 0:
        return min(max(last / before, 1.0 - TREND_HELD), 1.0 + TREND_HELD)
    return 1.0 + growth


def year_budget_fen(
    books: Books, level: Level, growth: float, divided_by: Division = "as_level"
) -> np.ndarray:
    """(consortium,) fen for a year's care of each one's people, of every kind, not yet whole.

    Without a year behind it the budget is the year's financing, by heads.
    """
    first_year = not books.last_year_fen.any()
    if divided_by == "as_level":
        divided_by = "heads" if level == "financing" else "history"
    if first_year:
        level, divided_by = "financing", "heads" if divided_by == "history" else divided_by
    if level == "financing":
        whole = books.financing_fen
    else:
        own = books.last_year_fen * growth_of(books, level, growth)
        if divided_by == "history":
            return np.asarray(own)
        whole = int(own.sum())
    by = {
        "history": books.last_year_fen,
        "heads": books.insured,
        "adjusted_heads": books.adjusted_heads,
    }[divided_by]
    return np.array(split_fen(whole, [float(part) for part in by]), float)
