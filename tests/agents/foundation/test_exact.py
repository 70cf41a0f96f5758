from __future__ import annotations

import math
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.foundation.compile import plain
from agents.foundation.exact import exp, log, logistic, normal_quantile
from tests.agents.foundation.kernel_loops import exact_loop

SMALLEST_NORMAL = 2.2250738585072014e-308
LARGEST = 1.7976931348623157e308
plain_exp, plain_log = plain(exp), plain(log)
plain_exponent_of = plain_log.__globals__["exponent_of"]
plain_two_to_the = plain_log.__globals__["two_to_the"]


def off(found: float, true: Decimal) -> float:
    """Relative error against a value of 40 digits."""
    return float(abs((Decimal(found) - true) / true)) if true else abs(found)


@given(st.floats(-700, 700))
@example(0.0)
@example(-0.0)
@example(5e-324)
@example(0.34657359027997264)
@example(700.0)
@example(-700.0)
def test_exp_is_within_its_bound(x: float) -> None:
    with localcontext(prec=40):
        assert off(plain_exp(x), Decimal(x).exp()) < 5e-16


def test_exp_is_clamped() -> None:
    for far in (700.0, 701.0, 1e308, math.inf):
        assert plain_exp(far) == plain_exp(700.0)
        assert plain_exp(-far) == plain_exp(-700.0)
    assert plain_exp(0.0) == 1.0


@given(st.floats(SMALLEST_NORMAL, LARGEST))
@example(1.0)
@example(math.nextafter(1.0, 2.0))
@example(math.nextafter(1.0, 0.0))
@example(2.0**0.5)
@example(math.nextafter(2.0**0.5, 2.0))
@example(0.5**0.5)
@example(LARGEST)
@example(SMALLEST_NORMAL)
def test_log_is_within_its_bound(x: float) -> None:
    with localcontext(prec=40):
        assert off(plain_log(x), Decimal(x).ln()) < 1e-15


@given(st.floats(SMALLEST_NORMAL, LARGEST), st.integers(-1022, 1023))
def test_exponents_and_powers_are_exact(x: float, power: int) -> None:
    assert plain_exponent_of(x) == math.frexp(x)[1]
    assert plain_two_to_the(power) == 2.0**power


@given(st.floats(1e-300, 1 - 1e-16))
@example(0.02425)
@example(0.97575)
@example(0.5)
def test_normal_quantile_is_within_its_bound(p: float) -> None:
    found = plain(normal_quantile)(p)
    if p >= 1e-15:
        true = NormalDist().inv_cdf(p)
        assert abs(found - true) <= 1.3e-9 * max(abs(true), 1e-9)
    else:
        # There the quantile is known by its tail: -log(p) is x^2 / 2 + log(x sqrt(2 pi)) nearly.
        tail = found**2 / 2 + math.log(-found * math.sqrt(2 * math.pi)) + 1 / found**2
        assert -math.log(p) == pytest.approx(tail, rel=1e-3)


@given(st.floats(1e-12, 1 - 1e-12), st.floats(1e-12, 1 - 1e-12))
def test_normal_quantile_rises(p: float, q: float) -> None:
    low, high = sorted((p, q))
    # Where Acklam's pieces meet, the fit may step back by its own error.
    assert plain(normal_quantile)(low) <= plain(normal_quantile)(high) + 4e-9


@given(st.floats(-700, 700))
def test_logistic_is_a_chance_and_turns_about_one_half(x: float) -> None:
    f = plain(logistic)
    assert 0.0 <= f(x) <= 1.0
    assert f(x) + f(-x) == pytest.approx(1.0, abs=1e-15)


def test_compiled_gives_the_bits_of_plain() -> None:
    rng = np.random.default_rng(20)
    n = 4000
    x = np.concatenate([rng.uniform(-750, 750, n), rng.normal(0, 1, n), [0.0, -0.0, 5e-324]])
    p = np.concatenate([rng.random(n), 10.0 ** rng.uniform(-300, 0, n), [0.02425, 0.5, 0.97575]])
    out, expected = np.zeros((6, len(x))), np.zeros((6, len(x)))
    exact_loop(x, p, out)
    plain(exact_loop)(_PythonNumbers(x), _PythonNumbers(p), _Writable(expected))
    assert np.array_equal(out.view(np.int64), expected.view(np.int64))


class _PythonNumbers:
    """An array that gives Python numbers, as agents' views do."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape = values.tolist(), values.shape

    def __getitem__(self, i: int) -> float:
        return self.values[i]


class _Writable:
    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __setitem__(self, where: tuple[int, int], value: float) -> None:
        assert type(value) in (float, int)
        self.values[where] = value
