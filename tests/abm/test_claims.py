"""Claims: what is billed is paid, denied, owed or taken by the rule, to the fen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.claims import Claims
from abm.ledger import Ledger
from abm.settlement import Settlement


def claims_of() -> Claims:
    """Two providers in the county, one outside; the fund and one consortium pay."""
    ledger = Ledger(["centre", "hospital", "city"], ["consortium 1"])
    ledger.open(0, 10_000_000)
    claims = Claims(ledger, np.array([True, True, False]))
    claims.pay_due(0, Settlement())  # not the first month of all
    return claims


def received(claims: Claims) -> list[int]:
    ledger = claims.ledger
    return [int(fen) for fen in ledger.balance_fen[ledger.provider]]


def test_denial_retention_and_delay_by_hand() -> None:
    # 1,000.00 claimed: 2 % denied, 5 % of the 980 kept back (49), 931 paid two months later.
    # At April's clearing 80 % of the 49 come back: 39.20; 9.80 are denied for good.
    claims = claims_of()
    rule = Settlement(
        denial_share=0.02, retention=0.05, retention_returned=0.8, late_months=2, clearing_month=4
    )
    claims.open_year(rule)
    claim = np.array([100_000, 0, 100_000])
    approved = claims.claim(0, claim, claim, rule)
    assert approved.tolist() == [98_000, 0, 100_000]
    assert claims.owed_fen.tolist() == [98_000, 0, 100_000]
    claims.pay_due(9, rule)
    assert received(claims) == [0, 0, 100_000]  # outside at once and in full
    claims.pay_due(10, rule)
    assert received(claims)[0] == 0
    claims.pay_due(11, rule)
    assert received(claims)[0] == 93_100
    claims.close_year()
    claims.open_year(rule)
    assert claims.year["owed_before_fen"].tolist() == [4_900, 0, 0]
    for month in range(3):
        claims.pay_due(month, rule)
    assert received(claims)[0] == 93_100
    claims.pay_due(3, rule)
    assert received(claims)[0] == 93_100 + 3_920
    assert claims.year["denied_fen"].tolist() == [980, 0, 0]
    assert not claims.owed_fen.any()
    assert not claims.gap_fen().any()


def test_the_first_month_of_all_finds_earlier_claims_owed() -> None:
    # As if months before the start had been like the first: two of them wait, and a year's
    # retention. Then every month is paid what one month earns.
    ledger = Ledger(["centre", "hospital", "city"], [])
    claims = Claims(ledger, np.array([True, True, False]))
    rule = Settlement(late_months=2, retention=0.1, clearing_month=6)
    bill = np.array([1000, 0, 500])
    claims.open_year(rule)
    paid = []
    for month in range(12):
        claims.claim(0, bill, bill, rule)
        claims.pay_due(month, rule)
        paid.append(received(claims)[0])
        assert not claims.gap_fen().any()
    assert np.diff([0, *paid]).tolist() == [900] * 5 + [900 + 1200] + [900] * 6
    assert received(claims)[2] == 6000
    assert claims.year["owed_before_fen"].tolist() == [1800 + 1200, 0, 0]
    assert claims.owed_fen.tolist() == [1800 + 1200, 0, 0]


def test_a_year_later_this_years_retention_is_not_cleared_with_last_years() -> None:
    claims, rule = claims_of(), Settlement(retention=0.1, clearing_month=1)
    for _ in range(2):
        claims.open_year(rule)
        claims.claim(0, np.array([1000, 0, 0]), np.array([1000, 0, 0]), rule)
        claims.pay_due(0, rule)
        claims.close_year()
    # 900 at once in each year, and 100 of the first year in the second.
    assert received(claims)[0] == 1_900
    assert claims.owed_fen[0] == 100


def test_advances_come_in_january_and_go_back_in_december() -> None:
    claims, rule = claims_of(), Settlement(advance_months=2.0)
    bill = np.array([12_000, 6_000, 50_000])
    claims.open_year(rule)
    claims.claim(0, bill, bill, rule)
    claims.pay_due(0, rule)
    claims.close_year()
    claims.open_year(rule)
    assert received(claims) == [14_000, 7_000, 50_000]
    assert claims.owed_fen.tolist() == [-2_000, -1_000, 0]
    claims.close_year()
    assert received(claims) == [12_000, 6_000, 50_000]
    assert not claims.owed_fen.any()


def test_what_is_owed_outlives_a_change_of_rules() -> None:
    claims, slow = claims_of(), Settlement(late_months=5, retention=0.2)
    bill = np.array([1000, 0, 0])
    claims.open_year(slow)
    claims.claim(1, bill, bill, slow)
    now = Settlement()
    for month in range(6):
        claims.pay_due(month, now)
    claims.close_year()
    claims.open_year(now)
    claims.pay_due(2, now)
    assert received(claims) == [1000, 0, 0]
    assert claims.ledger.balance_fen[claims.ledger.consortium[0]] == -1000


RULES = st.builds(
    Settlement,
    advance_months=st.floats(0, 6),
    denial_share=st.floats(0, 0.5),
    retention=st.floats(0, 0.5),
    retention_returned=st.floats(0, 1),
    late_months=st.integers(0, 12),
    clearing_month=st.integers(1, 12),
)


@settings(max_examples=40)
@given(
    rules=st.lists(RULES, min_size=2, max_size=2),
    seed=st.integers(0, 10_000),
    change=st.integers(-(10**8), 10**8),
)
def test_every_fen_is_paid_denied_or_owed(rules: list[Settlement], seed: int, change: int) -> None:
    claims, draw = claims_of(), np.random.default_rng(seed)
    for rule in rules:
        claims.open_year(rule)
        for month in range(12):
            earned, billed = draw.integers(0, 10**8, (2, 3))
            claims.claim(int(draw.integers(0, 2)), earned, billed, rule)
            claims.pay_due(month, rule)
            assert not claims.gap_fen().any()
        claims.adjust(0, np.array([change, 0, 0]))
        claims.close_year()
        assert claims.years[-1]["owed_fen"].tolist() == claims.owed_fen.tolist()
    paid = np.sum([year["paid_fen"] for year in claims.years], axis=0)
    assert received(claims) == paid.tolist()
    total = claims.ledger.balance_fen.sum()
    assert total == 10_000_000
    denied = np.sum([year["denied_fen"] for year in claims.years], axis=0)
    assert (denied >= 0).all()
    assert denied[2] == 0


def test_what_was_saved_goes_on_and_another_layout_is_refused() -> None:
    claims, again = claims_of(), claims_of()
    rule = Settlement(late_months=3, retention=0.1)
    claims.open_year(rule)
    claims.claim(0, np.array([5, 6, 7]), np.array([6, 6, 6]), rule)
    claims.close_year()
    again.restore(claims.saved())
    assert again.owed_fen.tolist() == claims.owed_fen.tolist()
    assert [year.tolist() for year in again.years] == [year.tolist() for year in claims.years]
    for wrong in ({"years": np.zeros((1, 2))}, {"due_fen": np.zeros((1, 2, 3), np.int64)}):
        with pytest.raises(ValueError, match="another layout"):
            again.restore(claims.saved() | wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"denial_share": 0.6}, {"late_months": 13}, {"clearing_month": 0}, {"retention": -0.1}],
)
def test_impossible_settlements_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settlement(**wrong)


def test_the_part_that_is_paid_in_the_end() -> None:
    rule = Settlement(denial_share=0.1, retention=0.2, retention_returned=0.5)
    assert rule.approved_share == pytest.approx(0.9)
    assert rule.kept_share == pytest.approx(0.9 * 0.9)
