"""A small county's year with a payment scheme: a township centre, a hospital, one outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from abm.heads import HEADS
from abm.ledger import Ledger
from abm.payment import BILL, Books, MonthBill, close_year, live_month, open_year
from abm.payment.base import Scheme
from abm.settlement import Settlement

CENTRE, HOSPITAL, CITY = range(3)
FUND_FEN = 10**9
RULES = [Settlement(), Settlement(denial_share=0.1, retention=0.2, retention_returned=0.5)]
RULE_NAMES = ["plain", "denied"]

USUAL: Mapping[str, tuple[int, int, int]] = {
    "admissions": (3, 10, 5),
    "case_weight": (2_000, 12_000, 9_000),
    "inpatient_cost_fen": (300_000, 2_000_000, 1_400_000),
    "fund_inpatient_fen": (180_000, 1_200_000, 840_000),
    "outpatient_cost_fen": (100_000, 400_000, 0),
    "fund_outpatient_fen": (50_000, 200_000, 0),
    "visits": (10, 20, 0),
    "chronic_cost_fen": (60_000, 150_000, 0),
    "managed_cost_fen": (40_000, 100_000, 0),
    "managed_fund_fen": (24_000, 60_000, 0),
    "light_weight": (500, 1_000, 0),
    "low_cost_weight": (100, 500, 0),
    "low_cost_fen": (3_000, 20_000, 0),
    "high_cost_fen": (0, 50_000, 0),
    "light_weight_more": (500, 1_000, 0),
    "low_cost_weight_more": (50, 300, 0),
    "low_cost_fen_more": (1_700, 13_000, 0),
    "high_cost_fen_more": (0, 80_000, 0),
    "treated_weight": (2_000, 13_000, 9_000),
    "treated_weight_more": (2_050, 13_600, 9_000),
    # Hospital: eight short stays of 48 days in all, one of 20 days, one of 32; centre: two short
    # ones of 8 days in all, one of 16.
    "bed_days": (24, 100, 50),
    "late_days": (1, 22, 5),
    "latest_days": (0, 2, 0),
    "long_stays": (1, 2, 1),
    "long_days": (16, 52, 20),
    "longest_days": (0, 32, 0),
    "long_weight": (800, 3_000, 2_000),
    "long_cost_fen": (100_000, 600_000, 300_000),
    "long_fund_fen": (60_000, 360_000, 180_000),
    "episodes": (2, 8, 4),
    "episode_weight": (1_500, 10_000, 7_000),
    "episode_visits_cost_fen": (20_000, 80_000, 0),
    "episode_visits_fund_fen": (10_000, 40_000, 0),
}
"""A usual month: of every bill of an admission the fund bears 60 %, of visits half."""


def books_of(**parts: Any) -> Books:
    """Books before the first month."""
    ledger = Ledger(["centre", "hospital", "city"], ["consortium 1"])
    ledger.open(0, FUND_FEN)
    whole = Books(
        ledger=ledger,
        insured=np.array([1000]),
        in_county=np.array([True, True, False]),
        member_of=np.array([0, 0, -1]),
        fund_share=np.full(3, 0.55),
        fund_share_in=np.full(3, 0.6),
        fund_share_out=np.full(3, 0.5),
        tier=np.array([1, 2, 3]),
        spread=np.full(3, 0.01),
    )
    for name, value in parts.items():
        setattr(whole, name, value)
    return whole


def month_of(**columns: Any) -> MonthBill:
    """A usual month, but for the columns given."""
    lines = np.zeros((3, 1), BILL)
    for name, value in {**USUAL, **columns}.items():
        lines[name][:, 0] = value
    return MonthBill(lines)


def nothing_but(**columns: Any) -> MonthBill:
    """A month with nothing but the columns given."""
    return month_of(**dict.fromkeys(USUAL, 0) | columns)


def heads_of(managed: int, held: int = 0) -> np.ndarray:
    """So many managed patients for whom the centre answers."""
    heads = np.zeros((2, 3, 1), HEADS)
    heads["managed"][:, CENTRE] = managed
    heads["held"][:, CENTRE] = held
    return heads


def live_year(
    scheme: Scheme,
    books: Books,
    bills: list[MonthBill],
    heads: list[np.ndarray] | None = None,
) -> None:
    """A year of bills, and of managed patients."""
    open_year(scheme, books)
    for month, bill in enumerate(bills):
        books.month = books.month_of_year = month
        if heads is not None:
            books.heads = heads[month]
        live_month(scheme, books, bill)
    close_year(scheme, books)


def entered(books: Books) -> np.ndarray:
    """(provider,) what the last closed year is paid by the rule, before denials."""
    year = books.claims.years[-1]
    return np.asarray(year["billed_fen"] + year["by_rule_fen"])


def received(books: Books) -> np.ndarray:
    """(provider,) fen of the closed year in the end, what others paid included."""
    kept_back = books.claims.withheld_fen[1].sum(axis=0)
    lost = np.floor(kept_back * (1.0 - books.settlement.retention_returned))
    lines = books.last_lines
    paid = lines["inpatient_cost_fen"] + lines["outpatient_cost_fen"]
    fund = lines["fund_inpatient_fen"] + lines["fund_outpatient_fen"]
    own = (paid - fund).sum(axis=1)
    return np.asarray(entered(books) - books.claims.years[-1]["denied_fen"] - lost + own)


def change(bill: MonthBill, where: int, **columns: int) -> MonthBill:
    """A month in which one provider has so much more of some columns."""
    lines = bill.lines.copy()
    for name, value in columns.items():
        lines[name][where] += value
    return MonthBill(lines)


def bill_more(bill: MonthBill, where: int, parts: int = 10) -> MonthBill:
    """A month in which one provider bills a tenth more of every admission."""
    lines = bill.lines.copy()
    for name in ("inpatient_cost_fen", "fund_inpatient_fen"):
        lines[name][where] += lines[name][where] // parts
    for name in ("light_weight", "low_cost_weight", "low_cost_fen", "high_cost_fen"):
        lines[name][where] = lines[f"{name}_more"][where]
    lines["treated_weight"][where] = lines["treated_weight_more"][where]
    return MonthBill(lines)


Measure = Callable[[Books], float]


def of_provider(where: int) -> Measure:
    """What one provider receives of a year."""
    return lambda books: float(received(books)[where])


def difference(
    scheme: Scheme,
    rule: Settlement,
    december: MonthBill,
    measure: Measure,
    heads: tuple[np.ndarray, np.ndarray] | None = None,
    base: MonthBill | None = None,
    **rules: Any,
) -> tuple[np.recarray, float]:
    """What the scheme says in December, and what a changed December then pays more, in fen.

    Parameters
    ----------
    heads
        Managed patients of every month, and of the changed December.
    rules
        Parts of the books, such as what becomes of a surplus.
    """
    usual = month_of()
    base = base or usual
    plain = None if heads is None else [heads[0]] * 12
    found = []
    for bill, now in ((base, 0), (december, 1)):
        books = books_of(settlement=rule, **rules)
        live_year(scheme, books, [usual] * 12, plain)
        counts = None if heads is None else [heads[0]] * 11 + [heads[now]]
        live_year(scheme, books, [base] * 11 + [bill], counts)
        found.append(measure(books))
    books = books_of(settlement=rule, **rules)
    live_year(scheme, books, [usual] * 12, plain)
    open_year(scheme, books)
    for month in range(11):
        books.month = books.month_of_year = month
        if heads is not None:
            books.heads = heads[0]
        live_month(scheme, books, base)
    books.month = books.month_of_year = 11
    return scheme.brings(books), found[1] - found[0]
