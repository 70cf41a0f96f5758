from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.foundation.compile import plain
from agents.foundation.money import split_fen, to_fen

AMOUNT = st.integers(-(10**15), 10**15)
SHARES = st.lists(st.floats(0, 1e6), min_size=1, max_size=12)


@given(amount_fen=AMOUNT, shares=SHARES)
def test_parts_sum_to_the_amount_and_are_off_by_less_than_a_fen(
    amount_fen: int, shares: list[float]
) -> None:
    assume(sum(shares) > 1e-9)
    parts = split_fen(amount_fen, shares)
    assert sum(parts) == amount_fen
    whole = sum(map(Fraction, shares))
    for part, share in zip(parts, shares, strict=True):
        exact = amount_fen * Fraction(share) / whole
        # Shares are floating-point numbers: of large amounts their own rounding is more.
        assert abs(part - exact) < 1 + abs(exact) * Fraction(1, 2**50)
        assert part == 0 or (part > 0) == (amount_fen > 0)
        if share == 0:
            assert part == 0


@given(amount_fen=st.integers(0, 10**9), shares=st.lists(st.integers(1, 1000), min_size=2))
def test_a_larger_share_gets_no_less(amount_fen: int, shares: list[int]) -> None:
    parts = split_fen(amount_fen, shares)
    for part, share in zip(parts, shares, strict=True):
        for other_part, other_share in zip(parts, shares, strict=True):
            assert share <= other_share or part >= other_part


def test_the_largest_remainder_gets_the_last_fen() -> None:
    assert split_fen(100, [1, 1, 1]) == [34, 33, 33]
    assert split_fen(10, [0.25, 0.25, 0.5]) == [3, 2, 5]
    assert split_fen(7, [5, 3, 2]) == [4, 2, 1]
    assert split_fen(-7, [5, 3, 2]) == [-4, -2, -1]
    assert split_fen(5, [0.0, 2.0]) == [0, 5]


@pytest.mark.parametrize("shares", [[0.0, 0.0], [1.0, -0.5], [-1.0]])
def test_impossible_shares_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="non-negative and not all zero"):
        split_fen(10, shares)


@given(st.integers(-(10**12), 10**12))
def test_whole_fen_go_there_and_back(fen: int) -> None:
    assert plain(to_fen)(fen / 100) == fen


@pytest.mark.parametrize(
    ("yuan", "fen"), [(0.004, 0), (0.005, 1), (-0.004, 0), (1.994, 199), (2.5, 250)]
)
def test_half_a_fen_is_rounded_up(yuan: float, fen: int) -> None:
    assert plain(to_fen)(yuan) == fen
