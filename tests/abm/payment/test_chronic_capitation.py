"""Managed chronic patients by the head: by hand, bounds, and what one more of each brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.heads import HEADS
from abm.payment.chronic_capitation import ChronicCapitation
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
    heads_of,
    live_year,
    month_of,
    of_provider,
)


def test_without_heads_or_a_year_behind_it_all_is_paid_as_billed() -> None:
    books = books_of()
    live_year(ChronicCapitation(), books, [month_of()] * 12)
    assert not books.claims.years[-1]["by_rule_fen"].any()


def test_heads_pay_for_their_visits_wherever_they_are_made_by_hand() -> None:
    # 10 heads at 1,200 yuan a year: 1,000 yuan a month to the centre that answers. Of their visits
    # the fund would have paid 240 there and 600 at the hospital. The hospital is paid its 600, the
    # centre 1,000 - 600 and nothing for its own visits: 500 billed - 240 + 400 = 660.
    books, scheme = books_of(), ChronicCapitation(yuan_per_head=1_200)
    live_year(scheme, books, [month_of()] * 12, [heads_of(10)] * 12)
    centre = 180_000 + 50_000 - 24_000 + 100_000 - 60_000
    assert entered(books).tolist() == [12 * centre, 12 * 1_400_000, 12 * 840_000]


def test_a_sum_that_is_not_named_is_what_heads_cost_last_year() -> None:
    # 840 yuan a month for 10 heads, grown by 5 %: 88.20 a head and month.
    books, scheme = books_of(), ChronicCapitation()
    live_year(scheme, books, [month_of()] * 12, [heads_of(10)] * 12)
    live_year(scheme, books, [month_of()] * 12, [heads_of(10)] * 12)
    assert books.state["head_month_fen"][0] == pytest.approx(8_820)
    assert entered(books)[:2].sum() == 12 * (1_630_000 + 4_200)


def test_part_of_the_sum_can_wait_for_control() -> None:
    # 30 % of 100 yuan a month is paid for 4 of 10 heads only.
    books = books_of()
    scheme = ChronicCapitation(yuan_per_head=1_200, for_control=0.3)
    live_year(scheme, books, [month_of()] * 12, [heads_of(10, 4)] * 12)
    by_rule = books.claims.years[-1]["by_rule_fen"]
    assert by_rule.tolist() == [12 * (70_000 + 12_000 - 84_000), 0, 0]


def test_who_answers_is_the_clinic_or_the_centre() -> None:
    heads = heads_of(10)
    heads["managed"][0] = [[0], [10], [0]]  # as if the hospital were their own clinic
    paid = []
    for answers in ("village", "township"):
        books = books_of()
        scheme = ChronicCapitation(yuan_per_head=1_200, answers=answers)
        live_year(scheme, books, [month_of()] * 12, [heads] * 12)
        paid.append(books.claims.years[-1]["by_rule_fen"].tolist())
    assert paid[0] == [0, 12 * (100_000 - 84_000), 0]
    assert paid[1] == [12 * (100_000 - 84_000), 0, 0]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    yuan=st.floats(1, 5_000),
    control=st.floats(0, 1),
)
def test_the_fund_pays_heads_and_not_a_fen_more(seed: int, yuan: float, control: float) -> None:
    draw = np.random.default_rng(seed)
    scheme = ChronicCapitation(yuan_per_head=yuan, for_control=control)
    bills, counts = [], []
    for _ in range(12):
        visits = draw.integers(0, 60_000, 3)
        bills.append(month_of(managed_fund_fen=np.minimum(visits, (50_000, 200_000, 0))))
        heads = np.zeros((2, 3, 1), HEADS)
        heads["managed"][:, :2, 0] = draw.integers(1, 50, 2)
        heads["held"] = heads["managed"] // 3
        counts.append(heads)
    books = books_of()
    live_year(scheme, books, bills, counts)
    covered = sum(int(bill.lines["managed_fund_fen"].sum()) for bill in bills)
    managed, held = (
        sum(int(heads[name][1].sum()) for heads in counts) for name in ("managed", "held")
    )
    sum_fen = yuan * 100 / 12 * (managed * (1 - control) + held * control)
    by_rule = int(books.claims.years[-1]["by_rule_fen"].sum())
    assert by_rule == pytest.approx(sum_fen - covered, abs=24)
    assert books.ledger.balance_fen.sum() == 10**9


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize("keys", [{}, {"yuan_per_head": 2_000}, {"for_control": 0.4}])
def test_a_head_and_a_routine_yuan_bring_what_the_year_then_pays(
    keys: dict[str, Any], rule: Settlement
) -> None:
    scheme, base = ChronicCapitation(**keys), month_of()
    usual = heads_of(10, 4)
    # One head more, whose visits cost what those of others do, here and elsewhere: they were paid
    # as billed before.
    more = change(base, CENTRE, managed_cost_fen=4_000, managed_fund_fen=2_400)
    more = change(more, HOSPITAL, managed_cost_fen=10_000, managed_fund_fen=6_000)
    heads = usual, heads_of(11, 4)
    brings, fen = difference(scheme, rule, more, of_provider(CENTRE), heads)
    assert brings.managed_yuan[CENTRE] == pytest.approx(fen / 100, abs=0.05)
    heads = usual, heads_of(10, 5)
    brings, fen = difference(scheme, rule, base, of_provider(CENTRE), heads)
    assert brings.held_yuan[CENTRE] == pytest.approx(fen / 100, abs=0.05)
    # 200 yuan more of routine visits, of which two thirds are of managed patients, and the fund's
    # part of these three fifths; of the others it is half.
    more = change(
        base,
        CENTRE,
        outpatient_cost_fen=6_000,
        fund_outpatient_fen=3_000,
        chronic_cost_fen=6_000,
        managed_cost_fen=4_000,
        managed_fund_fen=2_400,
    )
    brings, fen = difference(scheme, rule, more, of_provider(CENTRE), (usual, usual))
    assert (brings.outpatient + brings.routine)[CENTRE] == pytest.approx(fen / 6_000, abs=1e-3)
    assert brings.routine[CENTRE] < -0.2
    # Others, and other visits, are paid as billed.
    for other in (HOSPITAL, CITY):
        assert brings.routine[other] == brings.managed_yuan[other] == 0.0
    assert brings.outpatient[CENTRE] == pytest.approx(1 - 0.5 * (1 - rule.kept_share))


@pytest.mark.parametrize(
    ("wrong", "told"), [((), "at least 1"), (("hypertension", "gout"), "unknown condition gout")]
)
def test_unknown_conditions_are_refused(wrong: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ChronicCapitation(conditions=wrong)
