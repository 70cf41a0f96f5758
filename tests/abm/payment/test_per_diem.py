"""Bed-days at a price that falls with the stay: by hand, bounds, and what one more brings.

Prices of 120 to 400 yuan a day that fall after steps are those of long-stay psychiatry and
rehabilitation (from memory; EVIDENCE 1.10).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment.per_diem import PerDiem
from abm.settlement import Settlement
from tests.abm.payment.year import (
    CITY,
    HOSPITAL,
    RULE_NAMES,
    RULES,
    USUAL,
    books_of,
    change,
    difference,
    entered,
    live_year,
    month_of,
    nothing_but,
    of_provider,
)

INPATIENT = (
    "admissions",
    "inpatient_cost_fen",
    "fund_inpatient_fen",
    "bed_days",
    "late_days",
    "latest_days",
    "long_days",
    "longest_days",
)


def test_a_first_year_without_prices_is_paid_as_billed() -> None:
    books = books_of()
    live_year(PerDiem(), books, [month_of()] * 12)
    assert not books.claims.years[-1]["by_rule_fen"].any()


def test_days_are_paid_by_their_step_by_hand() -> None:
    # 300 yuan a day, 80 % after the fifteenth, 50 % after the thirtieth. Of the hospital's 100
    # days 22 are late, 2 of these very late: 78 x 300 + 20 x 240 + 2 x 150 = 28,500 yuan a month.
    # Patients and others paid 8,000 of the bills: the fund pays 20,500, and visits as billed.
    scheme = PerDiem(yuan_per_bed_day={"county": 300.0}, later_share=0.8, last_share=0.5)
    books = books_of()
    live_year(scheme, books, [month_of()] * 12)
    assert entered(books)[HOSPITAL] == 12 * (2_050_000 + 200_000)
    assert books.claims.years[-1]["by_rule_fen"][[0, CITY]].tolist() == [0, 0]


def test_a_price_that_is_not_named_is_what_a_day_cost_last_year() -> None:
    # Hospital: 20,000 yuan a month for 78 + 20 x 0.8 + 2 x 0.6 = 95.2 first days, grown by 5 %.
    books, scheme = books_of(), PerDiem(growth=0.05)
    live_year(scheme, books, [month_of()] * 12)
    scheme.open_year(books)
    price = books.state["bed_day_price_fen"]
    assert price[HOSPITAL] == pytest.approx(1.05 * 2_000_000 / 95.2)
    assert price[CITY] == 0
    # Half the days then: half of it, less what others paid of the same bills.
    half = change(month_of(), HOSPITAL, bed_days=-39, late_days=-11, latest_days=-1)
    live_year(scheme, books, [half] * 12)
    expected = 61 - 11 + 10 * 0.8 + 1 * 0.6  # of 61 days 11 are late, one of these very late
    assert entered(books)[HOSPITAL] == pytest.approx(
        12 * (expected * price[HOSPITAL] - 800_000 + 200_000), abs=1
    )


def test_a_price_grows_from_itself_or_follows_what_days_are_billed() -> None:
    # Half is billed for the same days: the price of the third year is 5 % above the second's, or,
    # if bills are its history, half of it and 5 % more.
    cheap = month_of(
        inpatient_cost_fen=(150_000, 1_000_000, 1_400_000),
        fund_inpatient_fen=(90_000, 600_000, 840_000),
    )
    found = []
    for history in ("paid", "billed"):
        books, scheme = books_of(), PerDiem(history=history, growth=0.05)
        for bill in (month_of(), cheap):
            live_year(scheme, books, [bill] * 12)
        second = float(books.state["bed_day_price_fen"][HOSPITAL])
        scheme.open_year(books)
        found.append(float(books.state["bed_day_price_fen"][HOSPITAL]) / second)
    assert found == pytest.approx([1.05, 0.5])


def test_others_can_have_paid_more_than_the_days_are_worth() -> None:
    scheme = PerDiem(yuan_per_bed_day={"county": 10.0})
    books = books_of()
    live_year(scheme, books, [month_of()] * 12)
    assert entered(books)[HOSPITAL] == 12 * 200_000  # nothing for the days; visits as billed


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    later=st.floats(0, 1),
    drop=st.floats(0, 1),
    price=st.floats(0, 2_000),
    at_end=st.sampled_from([(0, 0), (1, 0), (1, 1)]),
)
def test_a_day_more_never_pays_less_and_a_late_one_never_more(
    seed: int, later: float, drop: float, price: float, at_end: tuple[int, int]
) -> None:
    draw = np.random.default_rng(seed)
    scheme = PerDiem(yuan_per_bed_day={"county": price}, later_share=later, last_share=later * drop)
    days = draw.integers(1, 300)
    late = draw.integers(0, days)
    bill = nothing_but(
        bed_days=(0, days, 0),
        late_days=(0, late, 0),
        latest_days=(0, draw.integers(0, late + 1), 0),
        inpatient_cost_fen=(0, 100_000, 0),
        fund_inpatient_fen=(0, 60_000, 0),
    )
    first = change(bill, HOSPITAL, bed_days=1)
    end = change(bill, HOSPITAL, bed_days=1, late_days=at_end[0], latest_days=at_end[1])
    paid = []
    for one in (bill, end, first):
        books = books_of()
        live_year(scheme, books, [one] * 12)
        assert books.ledger.balance_fen.sum() == 10**9
        paid.append(int(entered(books)[HOSPITAL]))
    assert 0 <= paid[0] <= paid[1] <= paid[2]


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize("keys", [{}, {"later_share": 1.0, "last_share": 1.0}])
def test_a_day_and_an_admission_bring_what_the_year_then_pays(
    keys: dict[str, Any], rule: Settlement
) -> None:
    scheme, base = PerDiem(**keys), month_of()
    # Every stay a quarter longer: 12 days in short stays, 5 in a long one, 8 in a very long one.
    longer = change(
        base, HOSPITAL, bed_days=25, late_days=13, latest_days=8, long_days=13, longest_days=8
    )
    brings, fen = difference(scheme, rule, longer, of_provider(HOSPITAL))
    assert brings.bed_day_yuan[HOSPITAL] == pytest.approx(fen / 100 / 25, abs=0.01)
    # Ten admissions more, like those of the month.
    doubled = {name: USUAL[name][HOSPITAL] for name in INPATIENT}
    brings, fen = difference(scheme, rule, change(base, HOSPITAL, **doubled), of_provider(HOSPITAL))
    whole = 10 * brings.admission_yuan + 100 * brings.bed_day_yuan + 20_000 * brings.inpatient
    assert whole[HOSPITAL] == pytest.approx(fen / 100, abs=0.1)
    dearer = change(base, HOSPITAL, inpatient_cost_fen=10_000, fund_inpatient_fen=6_000)
    brings, fen = difference(scheme, rule, dearer, of_provider(HOSPITAL))
    assert brings.inpatient[HOSPITAL] == pytest.approx(fen / 10_000, abs=1e-3)


def test_a_falling_price_makes_late_days_bring_less_and_admissions_more() -> None:
    level = PerDiem(later_share=1.0, last_share=1.0)
    falling, flat = (
        difference(scheme, Settlement(), month_of(), of_provider(HOSPITAL))[0]
        for scheme in (PerDiem(later_share=0.5, last_share=0.2), level)
    )
    assert falling.bed_day_yuan[HOSPITAL] < 0.8 * flat.bed_day_yuan[HOSPITAL]
    assert falling.admission_yuan[HOSPITAL] > flat.admission_yuan[HOSPITAL] == 0.0


@pytest.mark.parametrize(
    "wrong", [{"later_share": 0.3, "last_share": 0.5}, {"yuan_per_bed_day": {"city": 300}}]
)
def test_impossible_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"last_share|yuan_per_bed_day"):
        PerDiem(**wrong)
