from __future__ import annotations

import numpy as np
import pytest

from tests.science.fuzzy import (
    BugLikelierError,
    CouldNeverTellError,
    check_mean,
    check_parts,
    check_ratio,
    check_share,
)


def test_a_true_share_stands_and_a_wrong_one_falls() -> None:
    assert check_share("true", 305, 1000, 0.3, [0.4, 0.2]) > np.log(100)
    with pytest.raises(BugLikelierError, match="times likelier"):
        check_share("wrong", 395, 1000, 0.3, [0.4, 0.2])
    with pytest.raises(BugLikelierError):
        check_share("wrong sign", 600, 1000, (0.25, 0.35), [(0.5, 0.9)])


def test_a_small_sample_could_never_tell_whatever_it_shows() -> None:
    for count in (0, 3, 10):
        with pytest.raises(CouldNeverTellError, match="could never tell"):
            check_share("small", count, 10, 0.3, [0.4])
    with pytest.raises(CouldNeverTellError, match="could never tell"):
        check_mean("noisy", 1.0, 1.0, 1.0, [(-2.0, 0.0)])


def test_between_the_stories_nothing_is_decided() -> None:
    with pytest.raises(CouldNeverTellError, match="only"):
        check_share("between", 3490, 10_000, 0.3, [0.4])


def test_the_factor_is_the_ratio_of_likelihoods() -> None:
    # 30 of 100 under 0.3 and 0.6, by hand: (0.3/0.6)^30 (0.7/0.4)^70.
    by_hand = 30 * np.log(0.5) + 70 * np.log(1.75)
    assert check_share("by hand", 30, 100, 0.3, [0.6]) == pytest.approx(by_hand)


def test_a_range_is_the_mean_of_its_values() -> None:
    values = np.linspace(0.25, 0.35, 20_001)
    likely = np.exp(30 * np.log(values) + 70 * np.log1p(-values))
    bug = 30 * np.log(0.6) + 70 * np.log(0.4)
    by_hand = np.log(np.trapezoid(likely, values) / 0.1) - bug
    assert check_share("range", 30, 100, (0.25, 0.35), [0.6]) == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("story", [(5.0, 9.0), (-9.0, -5.0), (400.0, 900.0), -1e5])
def test_stories_far_in_the_tails_are_weighed_not_lost(story: float | tuple[float, float]) -> None:
    assert np.isfinite(check_mean("tail", 0.01, 0.1, (-0.5, 0.5), [story]))


def test_means_and_ratios() -> None:
    rng = np.random.default_rng(1)
    assert check_parts("mean", rng.normal(2.0, 1.0, 200), (1.5, 2.5), [(-1.0, 1.0)]) > 0
    assert check_parts("all alike", [-0.4, -0.4, -0.4], (-0.6, -0.3), [(0.0, 1.0)]) > 0
    assert check_ratio("events", 1010, 1000.0, (0.95, 1.05), [(0.5, 0.85), (1.2, 2.0)]) > 0
    with pytest.raises(BugLikelierError):
        check_ratio("events", 700, 1000.0, (0.95, 1.05), [(0.5, 0.85), (1.2, 2.0)])
    with pytest.raises(CouldNeverTellError):
        check_ratio("events", 10, 10.0, (0.95, 1.05), [(0.5, 0.85), (1.2, 2.0)])


def test_true_theories_hardly_ever_fall() -> None:
    rng = np.random.default_rng(2)
    for hits in rng.binomial(4000, 0.3, 500):
        check_share("again", int(hits), 4000, 0.3, [0.4, 0.2])
