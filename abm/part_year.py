"""A part of an insurance year, for a payment scheme that does not have the whole of it.

A scheme that comes into force in July has half a year: it sees its own months of this year,
and the same months of last year behind them. What was lived before is set aside and put back
when the year ends, so that the next year looks back on a whole one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from abm.payment.books import Books

_LAST = ("last_lines", "last_months", "last_year_fen", "last_heads")
_YEAR = ("year_lines", "year_months", "year_fen", "year_heads")


def look_back_at(books: Books, start: int, stop: int) -> None:
    """Narrow last year to its months from ``start`` up to ``stop``, 0 to 12.

    Bills of a year are kept by month only in sum; the rest is taken in proportion to it.
    """
    for name in _LAST:
        books.aside.setdefault(name, getattr(books, name))
    months = books.aside["last_months"].copy()
    whole = months.sum(axis=0)
    months[:start], months[stop:] = 0, 0
    share = np.full(len(whole), (stop - start) / 12.0)
    np.divide(months.sum(axis=0), whole, out=share, where=whole > 0)
    lines = books.aside["last_lines"].copy()
    for column in lines.dtype.names or ():
        lines[column] = np.floor(lines[column] * share[:, None] + 0.5)
    heads = books.aside["last_heads"].copy()
    for column in heads.dtype.names or ():
        heads[column] = np.floor(heads[column] * ((stop - start) / 12.0) + 0.5)
    books.last_lines, books.last_months, books.last_heads = lines, months, heads
    part = months.sum() / max(int(whole.sum()), 1)
    past = books.aside["last_year_fen"] * (part if whole.any() else (stop - start) / 12.0)
    books.last_year_fen = np.floor(past + 0.5).astype(np.int64)


def put_back_last(books: Books) -> None:
    """Give last year back as a whole."""
    for name in _LAST:
        if name in books.aside:
            setattr(books, name, books.aside.pop(name))


def set_aside_lived(books: Books) -> None:
    """Set aside what was lived of this year, so that a scheme begins with nothing behind it."""
    for name in _YEAR:
        lived = getattr(books, name)
        before = books.aside.get(name)
        books.aside[name] = lived if before is None else _sum(before, lived)
        setattr(books, name, np.zeros_like(lived))


def put_back(books: Books) -> None:
    """Give both years back as wholes, at the year's end."""
    put_back_last(books)
    for name in _YEAR:
        if name in books.aside:
            setattr(books, name, _sum(books.aside.pop(name), getattr(books, name)))
    books.first_month = 0


def _sum(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    if one.dtype.names is None:
        return np.asarray(one + other)
    whole = one.copy()
    whole.view(np.int64)[...] += other.view(np.int64)
    return whole
