"""A payment scheme's insurance year: opened, lived by the month, changed in its course, closed."""

from __future__ import annotations

import numpy as np

from abm import part_year, sharing
from abm.payment.base import Scheme
from abm.payment.books import Books, MonthBill
from abm.workings import entered


def open_year(scheme: Scheme, books: Books) -> None:
    """Open the claims of a year, then the scheme's budgets, less what missed targets cost."""
    books.first_month = 0
    books.claims.open_year(books.settlement)
    scheme.open_year(books)
    scale_budgets(scheme, books, books.quota)


def live_month(
    scheme: Scheme, books: Books, bill: MonthBill, beside_fen: np.ndarray | None = None
) -> None:
    """Enter a month's bill, let the scheme say what it earns, and pay what is due.

    Parameters
    ----------
    beside_fen
        (provider,) what services earn of the fund beside their bills, under any scheme.
    """
    books.counted_fen = np.zeros(len(books.in_county), np.int64)
    books.add_bill(bill)
    before = books.entered_fen
    scheme.pay_month(books, bill)
    if books.workings is not None:
        books.ruled_fen = books.entered_fen - before
        books.workings.month, books.workings.year = scheme.explain(books, bill), []
    if beside_fen is not None and beside_fen.any():
        books.settle(0, beside_fen, np.zeros_like(beside_fen))
        if books.workings is not None:
            books.workings.month.append(entered("beside the bills", "账单之外", beside_fen))
    books.claims.pay_due(books.month_of_year, books.settlement, books.score)


def close_year(scheme: Scheme, books: Books, score: np.ndarray | None = None) -> None:
    """Let the scheme settle the year, close its claims and turn the page.

    Parameters
    ----------
    score
        (provider,) quality of the year, as :attr:`Books.score`; 1 if absent.
    """
    books.score = np.ones(len(books.in_county)) if score is None else score
    before = books.entered_fen
    scheme.close_year(books)
    if books.workings is not None:
        books.ruled_fen = books.entered_fen - before
        books.workings.year += scheme.explain_year(books)
    sharing.use_members_surplus(books)
    part_year.put_back(books)
    sharing.judge_targets(books)
    books.claims.close_year()
    books.turn_page()


def change_scheme(old: Scheme, new: Scheme, books: Books) -> None:
    """Settle the part of a year that was lived under one scheme; open the rest under another.

    ``books.month_of_year`` is the first month of the new one. Each has budgets for its months
    only and sees the same months of last year behind it.
    """
    lived = books.month_of_year - books.first_month
    whole = 12 - books.first_month
    now = books.month_of_year
    scale_budgets(old, books, np.full(len(books.insured), lived / whole))
    part_year.look_back_at(books, books.first_month, now)
    old.close_year(books)
    part_year.put_back_last(books)
    new.open_year(books)
    scale_budgets(new, books, books.quota * ((12 - now) / 12.0))
    part_year.set_aside_lived(books)
    part_year.look_back_at(books, now, 12)
    books.first_month = now


def scale_budgets(scheme: Scheme, books: Books, factor: np.ndarray) -> None:
    """Scale a scheme's budgets of the year, (consortium,) factor; nothing where it is 1."""
    if (factor == 1.0).all():
        return
    weighed = float((factor * books.insured).sum()) / max(float(books.insured.sum()), 1.0)
    by_member = np.where(books.member_of >= 0, factor[np.maximum(books.member_of, 0)], weighed)
    for name in scheme.budgets:
        before = books.state.get(name)
        if before is None:
            continue
        by = {len(by_member): by_member, len(factor): factor}.get(len(before))
        scaled = np.floor(before * (weighed if by is None else by) + 0.5).astype(np.int64)
        books.state[name] = np.where(before > 0, scaled, before)
