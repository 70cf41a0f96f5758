"""A year's sum to each provider: by hand, by history and by heads, and what a yuan brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment import BILL, MonthBill
from abm.payment.fee_for_service import FeeForService
from abm.payment.global_budget import GlobalBudget
from abm.settlement import Settlement
from tests.abm.payment.year import (
    CENTRE,
    CITY,
    HOSPITAL,
    RULE_NAMES,
    RULES,
    books_of,
    change,
    difference,
    entered,
    live_year,
    month_of,
    of_provider,
)

LAST = np.array([230_000, 1_400_000, 840_000]) * 12
"""Fund's part of a usual year."""


def test_a_budget_is_paid_whatever_is_billed() -> None:
    # 3 % more than last year, though nothing is done; the city as billed.
    books, scheme = books_of(), GlobalBudget()
    live_year(scheme, books, [month_of()] * 12)
    assert not books.claims.years[-1]["by_rule_fen"].any()  # no year behind the first
    idle = MonthBill(np.zeros((3, 1), BILL))
    live_year(scheme, books, [idle] * 12)
    assert entered(books).tolist() == [round(230_000 * 12 * 1.03), round(1_400_000 * 12 * 1.03), 0]


@pytest.mark.parametrize(("history", "third"), [("paid", 1.0), ("billed", 0.5)])
def test_who_does_less_has_less_next_year_only_if_bills_are_the_history(
    history: Any, third: float
) -> None:
    books, scheme = books_of(), GlobalBudget(growth=0.0, history=history)
    half = month_of(
        fund_inpatient_fen=(90_000, 600_000, 840_000), fund_outpatient_fen=(25_000, 100_000, 0)
    )
    for bill in (month_of(), half):
        live_year(scheme, books, [bill] * 12)
    scheme.open_year(books)
    assert books.state["global_budget_fen"][:2] == pytest.approx(third * LAST[:2])
    # A year under another rule in between is known by its bills.
    live_year(FeeForService(), books, [month_of()] * 12)
    scheme.open_year(books)
    assert books.state["global_budget_fen"][:2] == pytest.approx(LAST[:2])


def test_a_surplus_and_an_overspend_by_hand() -> None:
    # Hospital: 16,800,000 fen; billed half, 8,400,000 are left, of which 40 % are kept: it gets
    # 11,760,000. Billed twice, 16,800,000 too much, of which a quarter is paid: 21,000,000.
    scheme = GlobalBudget(growth=0.0, surplus_kept=0.4, overspend_paid=0.25)
    for half, total in ((1, 11_760_000), (4, 21_000_000)):
        books = books_of()
        live_year(scheme, books, [month_of()] * 12)
        bill = month_of(
            fund_inpatient_fen=(180_000, 600_000 * half, 840_000),
            fund_outpatient_fen=(50_000, 100_000 * half, 0),
        )
        live_year(scheme, books, [bill] * 12)
        assert entered(books).tolist() == [LAST[CENTRE], total, LAST[CITY]]
        # What a balance counted over the year is what it was settled at.
        assert books.state["global_counted_fen"][HOSPITAL] == total


def test_what_others_pay_can_count_against_the_budget() -> None:
    # Whole bills of 24,000 yuan a month are the budget; others paid 10,000 of them, the fund the
    # rest. If others pay 3,000 more of bills as large, the fund pays 3,000 less.
    scheme = GlobalBudget(growth=0.0, own_payments_inside=True)
    books = books_of()
    live_year(scheme, books, [month_of()] * 12)
    shifted = change(month_of(), HOSPITAL, fund_inpatient_fen=-300_000)
    live_year(scheme, books, [shifted] * 12)
    assert entered(books)[HOSPITAL] == 12 * (2_400_000 - 1_000_000 - 300_000)
    plain = books_of()
    live_year(GlobalBudget(growth=0.0), plain, [month_of()] * 12)
    live_year(GlobalBudget(growth=0.0), plain, [shifted] * 12)
    assert entered(plain)[HOSPITAL] == LAST[HOSPITAL]  # otherwise it is kept: cost moved on


def test_heads_and_their_age_move_money_between_consortia() -> None:
    # Two consortia spent 6 and 18 million of the year's 24; each has a centre. Same heads: half
    # each. By age the second's people should cost three times as much: history again.
    for by, first in (("history", 6e6), ("heads", 12e6), ("adjusted_heads", 6e6)):
        books = books_of(
            insured=np.array([500, 500]),
            adjusted_heads=np.array([250.0, 750.0]),
            member_of=np.array([0, 1, -1]),
            last_year_fen=np.array([6_000_000, 18_000_000]),
            last_lines=np.zeros((3, 2), BILL),
        )
        books.last_lines["fund_outpatient_fen"][:2] = [[6_000_000, 0], [0, 18_000_000]]
        scheme = GlobalBudget(growth=0.0, divided_by=by, reserve=0.1)
        scheme.open_year(books)
        budget = books.state["global_budget_fen"]
        assert budget.tolist() == [round(0.9 * first), round(0.9 * (24e6 - first)), 0]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    growth=st.floats(-0.5, 0.5),
    kept=st.floats(0, 1),
    beyond=st.floats(0, 1),
    inside=st.booleans(),
)
def test_no_more_than_the_rule_allows_and_more_billed_never_pays_less(
    seed: int, growth: float, kept: float, beyond: float, inside: bool
) -> None:
    draw = np.random.default_rng(seed)
    scheme = GlobalBudget(
        growth=growth, surplus_kept=kept, overspend_paid=beyond, own_payments_inside=inside
    )

    def some() -> MonthBill:
        cost = draw.integers(0, 10**6, 3)
        return month_of(
            inpatient_cost_fen=cost,
            fund_inpatient_fen=cost // 2,
            outpatient_cost_fen=(0, 0, 0),
            fund_outpatient_fen=(0, 0, 0),
        )

    bills = [some() for _ in range(24)]
    more = change(bills[23], HOSPITAL, inpatient_cost_fen=5_000, fund_inpatient_fen=5_000)
    paid = []
    for december in (bills[23], more):
        books = books_of()
        live_year(scheme, books, bills[:12])
        live_year(scheme, books, [*bills[12:23], december])
        total, budget = entered(books), books.state["global_budget_fen"]
        billed = books.claims.years[-1]["billed_fen"]
        others = billed if inside else 0  # half of each bill
        over = np.maximum(billed + others - budget, 0)
        assert (total[:2] >= 0).all()
        assert (total <= np.maximum(budget + over * beyond - others * 0, billed) + 2)[:2].all()
        assert books.ledger.balance_fen.sum() == 10**9
        paid.append(int(total[HOSPITAL]))
    assert paid[1] >= paid[0]


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize(
    "keys",
    [
        {"growth": 0.2},
        {"growth": 0.2, "surplus_kept": 0.3},
        {"growth": -0.2},
        {"growth": -0.2, "overspend_paid": 0.6},
        {"growth": 0.2, "surplus_kept": 0.7, "own_payments_inside": True},
        {"growth": -0.2, "overspend_paid": 0.2, "own_payments_inside": True},
    ],
    ids=["room", "part kept", "over", "part paid", "own, room", "own, over"],
)
def test_a_yuan_brings_what_the_year_then_pays(keys: dict[str, Any], rule: Settlement) -> None:
    scheme, base = GlobalBudget(**keys), month_of()
    more = change(base, HOSPITAL, inpatient_cost_fen=20_000, fund_inpatient_fen=12_000)
    brings, fen = difference(scheme, rule, more, of_provider(HOSPITAL))
    assert brings.inpatient[HOSPITAL] == pytest.approx(fen / 20_000, abs=1e-3)
    more = change(base, CENTRE, outpatient_cost_fen=20_000, fund_outpatient_fen=10_000)
    brings, fen = difference(scheme, rule, more, of_provider(CENTRE))
    assert brings.outpatient[CENTRE] == pytest.approx(fen / 20_000, abs=1e-3)
    assert brings.outpatient[CITY] == 1.0
