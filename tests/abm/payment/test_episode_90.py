"""One price an episode of some 90 days: by hand, bounds, and what one more of each brings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment.episode_90 import Episode90
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


def test_a_first_year_is_paid_as_billed() -> None:
    books = books_of()
    live_year(Episode90(), books, [month_of()] * 12)
    assert not books.claims.years[-1]["by_rule_fen"].any()


def test_readmissions_and_visits_inside_an_episode_pay_nothing_more_by_hand() -> None:
    # Hospital, a month: episodes of weight 10 cost 20,000 yuan in beds and 800 in visits: 2,080 a
    # weight. Next year two admissions a month are spared, of which none opened an episode:
    # 3,000 yuan of bills, 1,800 of them the fund's. The price is the same; others pay 1,200 less
    # of it, so the fund pays 1,200 more: with their care the hospital is as well paid as before.
    books, scheme = books_of(), Episode90()
    live_year(scheme, books, [month_of()] * 12)
    spared = change(
        month_of(),
        HOSPITAL,
        admissions=-2,
        case_weight=-2_000,
        inpatient_cost_fen=-300_000,
        fund_inpatient_fen=-180_000,
    )
    live_year(scheme, books, [spared] * 12)
    assert books.state["episode_price_fen"][HOSPITAL] == pytest.approx(208)  # a thousandth
    paid = 2_080_000 - (800_000 - 120_000) - 40_000  # others paid of beds, of visits inside
    assert entered(books)[HOSPITAL] == 12 * (paid + 200_000 - 40_000)
    assert entered(books)[CITY] == 12 * 840_000


def test_an_episode_more_is_paid_its_price() -> None:
    books, scheme = books_of(), Episode90(growth=0.1)
    live_year(scheme, books, [month_of()] * 12)
    live_year(scheme, books, [change(month_of(), HOSPITAL, episode_weight=1_000)] * 12)
    assert entered(books)[HOSPITAL] == 12 * round(208 * 1.1 * 11_000 - 840_000 + 160_000)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), growth=st.floats(-0.5, 0.5))
def test_more_care_inside_an_episode_never_pays_more_and_no_fen_is_made(
    seed: int, growth: float
) -> None:
    draw = np.random.default_rng(seed)
    more = int(draw.integers(0, 10**6)) * 10
    readmitted = {"inpatient_cost_fen": more, "fund_inpatient_fen": more}
    seen = {"outpatient_cost_fen": more, "fund_outpatient_fen": more}
    seen |= {"episode_visits_cost_fen": more, "episode_visits_fund_fen": more}
    paid = []
    for columns in ({}, readmitted, seen):
        books, scheme = books_of(), Episode90(growth=growth)
        live_year(scheme, books, [month_of()] * 12)
        live_year(scheme, books, [change(month_of(), HOSPITAL, **columns)] * 12)
        assert books.ledger.balance_fen.sum() == 10**9
        paid.append(entered(books).tolist())
    assert paid[0] == paid[1] == paid[2]


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
def test_what_one_more_brings_is_what_the_year_then_pays(rule: Settlement) -> None:
    scheme, base = Episode90(), month_of()
    # Weight as it is recorded: ten of twelve open an episode.
    more = change(base, HOSPITAL, case_weight=120, episode_weight=100)
    brings, fen = difference(scheme, rule, more, of_provider(HOSPITAL))
    assert brings.weight_yuan[HOSPITAL] * 12 == pytest.approx(fen, abs=5)
    more = change(base, HOSPITAL, inpatient_cost_fen=20_000, fund_inpatient_fen=12_000)
    brings, fen = difference(scheme, rule, more, of_provider(HOSPITAL))
    assert brings.inpatient[HOSPITAL] == pytest.approx(fen / 20_000, abs=1e-3)
    # A fifth of what is billed of visits lies inside an episode.
    more = change(
        base,
        CENTRE,
        outpatient_cost_fen=20_000,
        fund_outpatient_fen=10_000,
        episode_visits_cost_fen=4_000,
        episode_visits_fund_fen=2_000,
    )
    brings, fen = difference(scheme, rule, more, of_provider(CENTRE))
    assert brings.outpatient[CENTRE] == pytest.approx(fen / 20_000, abs=1e-3)
