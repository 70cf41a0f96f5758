"""The statistics of paired differences, against closed forms and simulated coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.paired import difference, half_width, replicates_needed


def test_interval_is_that_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(10, 1, 8), rng.normal(11, 1, 8)
    found = difference(a, b)
    expected = stats.ttest_rel(b, a).confidence_interval(0.95)
    assert found.value == pytest.approx((b - a).mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.half_width == pytest.approx(half_width(found.deviation, 8))


def test_sure_means_that_nought_is_left_out() -> None:
    assert difference(np.zeros(4), np.array([1.0, 1.1, 0.9, 1.0])).sure
    assert difference(np.zeros(4), -np.array([1.0, 1.1, 0.9, 1.0])).sure
    assert not difference(np.zeros(4), np.array([1.0, -1.1, 0.9, -1.0])).sure
    same = difference(np.arange(4.0), np.arange(4.0))
    assert (same.value, same.low, same.high, same.sure) == (0, 0, 0, False)


def test_common_noise_is_saved_and_own_noise_is_not() -> None:
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 10, 4000)
    own = rng.normal(0, 1, (2, 4000))
    paired = difference(shared + own[0], shared + own[1])
    assert paired.saved == pytest.approx(101, rel=0.1)
    assert difference(own[0], own[1]).saved == pytest.approx(1, rel=0.1)


def test_one_replicate_says_nothing_about_certainty() -> None:
    found = difference(np.array([1.0]), np.array([3.0]))
    assert found.value == 2
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert not found.sure


def test_needed_replicates_are_the_fewest_that_suffice() -> None:
    n = replicates_needed(2.0, 0.5)
    assert n is not None
    assert half_width(2.0, n) <= 0.5 < half_width(2.0, n - 1)
    assert replicates_needed(0.0, 0.5) == 2
    assert replicates_needed(1.0, 0.0) is None
    assert replicates_needed(math.nan, 1.0) is None
    assert replicates_needed(1e6, 1.0) is None
