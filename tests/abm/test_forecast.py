from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.forecast import chance_above, rest_of_year

WIDE = st.floats(-1e6, 1e6)


def test_the_rest_of_a_year_follows_last_years_months_at_this_years_pace() -> None:
    # Last year 100 a month, December 300; half a year lived at 20 % more than last year.
    last = np.full((12, 1), 100)
    last[11] = 300
    so_far = np.array([720])
    # Pace: (720 + two months' 233.3) / (600 + 233.3) = 1.144; rest: 5 x 100 + 300.
    expected = 800 * (720 + 1400 / 6) / (600 + 1400 / 6)
    assert rest_of_year(so_far, last, 6)[0] == pytest.approx(expected)
    assert rest_of_year(np.zeros(1), last, 0)[0] == pytest.approx(1400)
    assert rest_of_year(so_far, last, 12)[0] == 0


def test_without_a_year_behind_nothing_is_forecast() -> None:
    assert rest_of_year(np.array([5]), np.zeros((12, 1)), 3).tolist() == [0]


@given(level=WIDE, forecast=WIDE, spread=st.floats(1e-3, 1e6), more=st.floats(0, 1e5))
def test_a_chance_is_one_and_rises_with_the_forecast(
    level: float, forecast: float, spread: float, more: float
) -> None:
    def chance(f: float) -> float:
        return float(chance_above(np.array([level]), np.array([f]), np.array([spread]))[0])

    assert 0.0 <= chance(forecast) <= chance(forecast + more) <= 1.0
    assert chance(level) == pytest.approx(0.5)
    assert chance(level + 2.3 * spread + 1e-6) == pytest.approx(1.0, abs=1e-6)
    assert chance(level - 2.3 * spread - 1e-6) == pytest.approx(0.0, abs=1e-6)


def test_the_spread_is_a_standard_deviation() -> None:
    edges = np.linspace(-3.0, 3.0, 6001)
    n = len(edges)
    below = 1.0 - chance_above(edges, np.zeros(n), np.ones(n))
    weight = np.diff(below)
    middle = 0.5 * (edges[1:] + edges[:-1])
    assert (weight * middle).sum() == pytest.approx(0.0, abs=1e-9)
    assert np.sqrt((weight * middle**2).sum()) == pytest.approx(1.0, abs=1e-3)
