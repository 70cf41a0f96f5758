"""Cases at a fixed rate: arithmetic by hand, bounds, and what one more of each brings.

The rule as in the technical norm of CHS-DRG (NHSA, 2019): weight x rate, low outliers as billed,
high ones with what they cost above a mark.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment.drg import Drg
from abm.settlement import Settlement
from tests.abm.payment.year import (
    CENTRE,
    CITY,
    HOSPITAL,
    RULE_NAMES,
    RULES,
    bill_more,
    books_of,
    change,
    difference,
    entered,
    live_year,
    month_of,
    nothing_but,
    of_provider,
)

PLAIN: dict[str, Any] = {
    "growth": 0.0,
    "coefficient_township": 0.5,
    "coefficient_county": 1.0,
    "coefficient_same_price": 0.5,
}


def cases(weight: Any, cost: Any = (300_000, 2_000_000, 1_400_000)) -> Any:
    """A month of plain cases of which the fund bears 60 %."""
    fund = [part * 6 // 10 for part in cost]
    return nothing_but(case_weight=weight, inpatient_cost_fen=cost, fund_inpatient_fen=fund)


def test_a_first_year_is_paid_as_billed() -> None:
    books = books_of()
    live_year(Drg(), books, [month_of()] * 12)
    assert not books.claims.years[-1]["by_rule_fen"].any()


def test_cases_are_paid_at_last_years_rate_by_hand() -> None:
    # Last year a month: centre 6 weights x 0.5 = 3 points, hospital 20. The fund paid 13,800
    # yuan, others 9,200: a point is worth 23,000 / 23 = 1,000 yuan. This year the hospital records
    # 25 at the same bills: 25,000 - 8,000 = 17,000 a month, 5,000 more, and the fund bears it.
    books, scheme = books_of(), Drg(**PLAIN)
    live_year(scheme, books, [cases((6_000, 20_000, 9_000))] * 12)
    live_year(scheme, books, [cases((6_000, 25_000, 9_000))] * 12)
    assert books.state["drg_rate"][0] == pytest.approx(100_000)
    assert entered(books).tolist() == [12 * 180_000, 12 * 1_700_000, 12 * 840_000]


@pytest.mark.parametrize("history", ["paid", "billed"])
def test_next_years_rate_follows_what_was_paid_or_billed_by_hand(history: Any) -> None:
    # The fund pays 13,800 yuan for 23 points a month, others 9,200, and the fund's part grows by a
    # tenth a year. In the second year there are as many cases at four fifths of the bills: others
    # pay 1,840 less, which the fund makes up. The third rate is set from what it paid, or from
    # its part of what was billed.
    books, scheme = books_of(), Drg(**PLAIN | {"growth": 0.1}, history=history)
    usual, cheap = (
        cases((6_000, 20_000, 0), (300_000 * part // 5, 2_000_000 * part // 5, 0))
        for part in (5, 4)
    )
    live_year(scheme, books, [usual] * 12)
    live_year(scheme, books, [cheap] * 12)
    second = float(books.state["drg_rate"][0])
    others = 920_000
    assert second == pytest.approx((1_380_000 * 1.1 + others) / 23)
    scheme.open_year(books)
    if history == "paid":
        paid = second * 23 - 0.8 * others
        expected = (paid * 1.1 + 0.8 * others) / 23
    else:
        expected = 0.8 * (1_380_000 * 1.1 + others) / 23
    assert books.state["drg_rate"][0] == pytest.approx(expected)


def test_an_overrun_can_be_corrected_by_one_factor() -> None:
    # Of 18,800 yuan a month for cases against a budget of 13,800 a factor leaves 0.734.
    books, scheme = books_of(), Drg(**PLAIN, overrun="correction")
    live_year(scheme, books, [cases((6_000, 20_000, 0))] * 12)
    live_year(scheme, books, [cases((6_000, 25_000, 0))] * 12)
    total = entered(books)
    assert total[:2].sum() == 12 * 1_380_000
    assert total[:2] == pytest.approx(12 * np.array([180_000, 1_700_000]) * 1_380 / 1_880, abs=1)


def test_a_hospital_can_have_a_coefficient_of_its_own() -> None:
    # A weight costs 500 yuan at the centre, 1,000 at the hospital, 884.62 in the county.
    books, scheme = books_of(), Drg(growth=0.0, coefficients_by="hospital")
    live_year(scheme, books, [cases((6_000, 20_000, 0))] * 12)
    scheme.open_year(books)
    own = books.state["drg_coefficient"]
    assert own[:2] == pytest.approx([500 / (23_000 / 26), 1_000 / (23_000 / 26)])
    assert own[CITY] == 0.95  # no case in the county: the level's
    # Every weight at its own cost: last year's cases cost the budget again, each its own.
    live_year(scheme, books, [cases((6_000, 20_000, 0))] * 12)
    assert entered(books)[:2] == pytest.approx([12 * 180_000, 12 * 1_200_000], abs=1)


def test_outliers_and_primary_groups_by_hand() -> None:
    # Hospital: 12 weights, of which 1 mild at 0.5 and 0.5 far too cheap; 10.5 + 0.5 = 11 points.
    # Centre: 2 - 0.5 - 0.1 = 1.4 at 0.5, and 0.5 mild at 0.5: 0.95. Paid besides: 73,000 fen.
    books, scheme = books_of(), Drg(**PLAIN)
    live_year(scheme, books, [month_of()] * 12)
    scheme.open_year(books)
    rate = (2_300_000 - 73_000) / (11 + 0.95)
    assert books.state["drg_rate"][0] == pytest.approx(rate)
    live_year(scheme, books, [month_of()] * 12)
    hospital = 11 * rate + 70_000 - 800_000 + 200_000
    assert entered(books)[HOSPITAL] == pytest.approx(12 * hospital, abs=1)


def test_what_was_done_can_count_besides_the_cause() -> None:
    # The hospital's cases weigh 13 instead of 12 by what was done, the centre's are usual.
    books, scheme = books_of(), Drg(**PLAIN, by_treatment=True)
    live_year(scheme, books, [month_of()] * 12)
    scheme.open_year(books)
    points = 11 * 13 / 12 + 0.95
    assert books.state["drg_rate"][0] == pytest.approx((2_300_000 - 73_000) / points)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    growth=st.floats(-0.5, 0.5),
    overrun=st.sampled_from(["fund", "correction"]),
    by=st.sampled_from(["tier", "hospital"]),
)
def test_no_fen_is_made_and_a_corrected_budget_is_never_passed(
    seed: int, growth: float, overrun: Any, by: Any
) -> None:
    draw = np.random.default_rng(seed)

    def some() -> Any:
        return cases(draw.integers(1, 50_000, 3), draw.integers(0, 10**6, 3) * 10)

    bills = [some() for _ in range(24)]
    paid = []
    for extra in (0, 5_000):
        books = books_of()
        scheme = Drg(growth=growth, overrun=overrun, coefficients_by=by)
        live_year(scheme, books, bills[:12])
        budget = None
        live_year(scheme, books, [*bills[12:23], change(bills[23], HOSPITAL, case_weight=extra)])
        budget = int(books.state["drg_budget_fen"][0])
        total = entered(books)
        assert (total >= 0).all()
        assert books.ledger.balance_fen.sum() == 10**9
        if overrun == "correction":
            assert total[:2].sum() <= budget
        paid.append(int(total[HOSPITAL]))
    assert paid[1] >= paid[0]  # more weight recorded never pays the hospital less


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize(
    ("keys", "weight"),
    [
        ({}, 0),
        ({"growth": 0.2, "by_treatment": True}, 0),
        ({"coefficients_by": "hospital"}, 0),
        ({"overrun": "correction"}, 3_000),
        ({"overrun": "correction"}, -1_200),
        ({"outliers": False}, 0),
    ],
    ids=["fund", "treatment", "hospital", "corrected", "room", "no outliers"],
)
def test_a_weight_and_a_yuan_bring_what_the_year_then_pays(
    keys: dict[str, Any], weight: int, rule: Settlement
) -> None:
    scheme = Drg(**keys)
    base = change(month_of(), HOSPITAL, case_weight=weight)
    more = change(base, HOSPITAL, case_weight=120, treated_weight=130)
    brings, fen = difference(scheme, rule, more, of_provider(HOSPITAL), base=base)
    assert brings.weight_yuan[HOSPITAL] * 12 == pytest.approx(fen, rel=0.02, abs=50)
    dearer = bill_more(base, HOSPITAL)
    brings, fen = difference(scheme, rule, dearer, of_provider(HOSPITAL), base=base)
    assert brings.inpatient[HOSPITAL] == pytest.approx(fen / 200_000, abs=0.01)
    assert brings.outpatient[CITY] == brings.inpatient[CITY] == 1.0


def test_a_case_brings_weight_and_its_cost_next_to_nothing() -> None:
    # Directions of EVIDENCE: pay by case rewards weight and not what is done.
    brings, _ = difference(Drg(), Settlement(), month_of(), of_provider(CENTRE))
    assert (brings.weight_yuan[:2] > 500).all()
    assert (brings.inpatient[:2] < 0.4).all()
    assert not brings.bed_day_yuan.any()
