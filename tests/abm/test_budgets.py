"""What a year's budget is set from and how it is divided, and a bundle set so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.budgets import Division, Level, growth_of, year_budget_fen
from abm.payment import Books, live_month, open_year
from abm.payment.bundle import Bundle
from abm.settlement import Settlement
from abm.sharing_rules import Overspend, Surplus
from tests.abm.payment.year import (
    CITY,
    HOSPITAL,
    books_of,
    change,
    difference,
    live_year,
    month_of,
)


def two(**parts: Any) -> Books:
    """Two consortia of 600 and 400 people, the second's older, that cost 9 and 15 million fen."""
    known = {
        "insured": np.array([600, 400]),
        "adjusted_heads": np.array([500.0, 500.0]),
        "last_year_fen": np.array([9_000_000, 15_000_000]),
        "before_last_fen": np.array([10_000_000, 10_000_000]),
        "financing_fen": 30_000_000,
        "last_financing_fen": 25_000_000,
    }
    return books_of(**known | parts)


@pytest.mark.parametrize(
    ("level", "divided_by", "expected"),
    [
        ("last_year_spending", "as_level", [9.9, 16.5]),
        ("last_year_spending", "heads", [15.84, 10.56]),
        ("last_year_spending", "adjusted_heads", [13.2, 13.2]),
        # 24 million after 20: a fifth more again.
        ("spending_trend", "as_level", [10.8, 18.0]),
        ("spending_trend", "adjusted_heads", [14.4, 14.4]),
        ("financing", "as_level", [18.0, 12.0]),
        ("financing", "adjusted_heads", [15.0, 15.0]),
        ("financing", "history", [11.25, 18.75]),
        # Financing grew from 25 to 30 million.
        ("financing_growth", "as_level", [10.8, 18.0]),
        ("financing_growth", "heads", [17.28, 11.52]),
    ],
)
def test_budgets_by_hand(level: Level, divided_by: Division, expected: list[float]) -> None:
    found = year_budget_fen(two(), level, 0.1, divided_by)
    assert found == pytest.approx(np.array(expected) * 1e6)


def test_what_is_not_known_is_taken_from_what_is() -> None:
    nothing = np.zeros(2, np.int64)
    assert growth_of(two(before_last_fen=nothing), "spending_trend", 0.1) == pytest.approx(1.1)
    assert growth_of(two(last_financing_fen=0), "financing_growth", 0.1) == pytest.approx(1.1)
    first = two(last_year_fen=nothing)
    for level in ("last_year_spending", "spending_trend", "financing_growth"):
        assert year_budget_fen(first, level, 0.1).tolist() == [18e6, 12e6]
    assert year_budget_fen(first, "financing", 0.0, "adjusted_heads").tolist() == [15e6, 15e6]


@given(before=st.integers(1, 10**12), last=st.integers(1, 10**12))
def test_a_trend_is_held_within_a_half(before: int, last: int) -> None:
    books = two(last_year_fen=np.array([last, 0]), before_last_fen=np.array([before, 0]))
    assert 0.5 <= growth_of(books, "spending_trend", 0.0) <= 1.5


# -- a bundle so set ----------------------------------------------------------------------


def test_a_reserve_is_kept_back_and_opened_for_an_overspend_by_hand() -> None:
    # Last year 24,700 yuan a month. A tenth is kept back of 296,400: 29,640. Spending as last year
    # overspends the rest by just that, and the reserve pays it.
    books, scheme = books_of(), Bundle(growth=0.0, reserve=0.1)
    live_year(scheme, books, [month_of()] * 12)
    live_year(scheme, books, [month_of()] * 12)
    state = books.state
    assert state["budget_fen"].tolist() == [26_676_000]
    assert state["reserve_fen"].tolist() == [2_964_000]
    assert state["prepaid_fen"].tolist() == [29_640_000]
    assert state["surplus_fen"].tolist() == [0]
    # Half of that unspent: the rest of the reserve stays with the fund.
    less = change(month_of(), HOSPITAL, fund_inpatient_fen=-100_000)
    live_year(scheme, books, [less] * 12)
    assert state["prepaid_fen"].tolist() == [26_676_000 + 1_764_000]
    assert books.ledger.balance_fen.sum() == 10**9


def test_what_others_pay_can_count_against_a_bundle_by_hand() -> None:
    # Whole bills, outside too, come to 42,000 yuan a month: that is the budget, and the fund moves
    # what others have not paid, 24,700. If others pay 1,000 more of the same bills, the fund pays
    # as much less, and nothing is left.
    books = books_of()
    scheme = Bundle(growth=0.0, own_payments_inside=True)
    live_year(scheme, books, [month_of()] * 12)
    shifted = change(month_of(), HOSPITAL, fund_inpatient_fen=-100_000)
    live_year(scheme, books, [shifted] * 12)
    state = books.state
    assert state["budget_fen"].tolist() == [12 * 4_200_000]
    assert state["own_paid_fen"].tolist() == [12 * (1_730_000 + 100_000)]
    assert state["prepaid_fen"].tolist() == [12 * (2_470_000 - 100_000)]
    assert state["surplus_fen"].tolist() == [0]
    # Without the rule the same is a surplus: cost moved on to patients.
    plain = books_of()
    for bill in (month_of(), shifted):
        live_year(Bundle(growth=0.0), plain, [bill] * 12)
    assert plain.state["surplus_fen"].tolist() == [1_200_000]


def of_all(books: Books) -> float:
    """What the county's providers, their consortium and staff receive, patients' part included."""
    lines = books.last_lines
    cost = (lines["inpatient_cost_fen"] + lines["outpatient_cost_fen"])[:2].sum()
    fund = (lines["fund_inpatient_fen"] + lines["fund_outpatient_fen"])[:2].sum()
    outside = books.ledger.balance_fen[books.ledger.provider[CITY]]
    return float(10**9 - books.ledger.balance_fen[books.fund] - outside + cost - fund)


@pytest.mark.parametrize(
    ("keys", "kept", "borne"),
    [
        ({"growth": 0.2, "own_payments_inside": True}, 0.7, 0.5),
        ({"growth": -0.2, "own_payments_inside": True}, 1.0, 0.4),
        ({"growth": 0.05, "reserve": 0.15}, 1.0, 0.5),
        ({"growth": 0.05, "reserve": 0.15, "own_payments_inside": True}, 1.0, 0.5),
        ({"growth": -0.2, "reserve": 0.05}, 1.0, 0.4),
        ({"level": "spending_trend", "growth": 0.2, "reserve": 0.1}, 1.0, 0.5),
    ],
    ids=["own", "own, over", "in reserve", "own, in reserve", "beyond reserve", "trend"],
)
def test_a_yuan_under_a_bundle_brings_what_the_year_then_pays(
    keys: dict[str, Any], kept: float, borne: float
) -> None:
    scheme, base = Bundle(**keys), month_of()
    sharing: dict[str, Any] = {"surplus": Surplus(kept=kept), "overspend": Overspend(borne=borne)}
    more = change(base, HOSPITAL, inpatient_cost_fen=20_000, fund_inpatient_fen=12_000)
    brings, fen = difference(scheme, Settlement(), more, of_all, **sharing)
    assert brings.inpatient[HOSPITAL] == pytest.approx(fen / 20_000, abs=1e-3)
    more = change(base, HOSPITAL, outpatient_cost_fen=20_000, fund_outpatient_fen=10_000)
    brings, fen = difference(scheme, Settlement(), more, of_all, **sharing)
    assert brings.outpatient[HOSPITAL] == pytest.approx(fen / 20_000, abs=1e-3)


@pytest.mark.parametrize("own", [False, True])
def test_sending_out_costs_a_bundle_the_part_of_the_bill_that_it_bears(own: bool) -> None:
    # 14,000 yuan for 5 admissions outside, 8,400 of them the fund's.
    scheme = Bundle(growth=0.3, own_payments_inside=own)
    brings, _ = difference(scheme, Settlement(), month_of(), of_all)
    books = books_of()
    assert books.tier[HOSPITAL] == 2
    assert brings.up_yuan[HOSPITAL] == pytest.approx(-2_800 if own else -1_680)


def test_a_members_balance_counts_its_allotted_bills_less_what_patients_paid() -> None:
    scheme, books = Bundle(growth=0.0, own_payments_inside=True), books_of()
    books.overspend = Overspend(borne=1.0)
    live_year(scheme, books, [month_of()] * 12)
    open_year(scheme, books)
    live_month(scheme, books, change(month_of(), HOSPITAL, inpatient_cost_fen=50_000))
    assert books.counted_fen[HOSPITAL] == 2_400_000 - (1_000_000 + 50_000)
