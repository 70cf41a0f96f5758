from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import doctor
from agents.foundation.compile import plain
from tests.agents.people import judgement

choose_intensity = plain(doctor.choose_intensity)
treatment_benefit = plain(doctor.treatment_benefit)
refer_chance = plain(doctor.refer_chance)
admit_chance = plain(doctor.admit_chance)

FREE = judgement(lowest_intensity=-1e9, highest_intensity=1e9)
ALTRUISM = st.floats(0.2, 2.0)
MONEY = st.floats(-0.5, 0.5)
SEVERITY = st.floats(0, 1)


def utility(q: np.ndarray, altruism: float, brings: float) -> np.ndarray:
    """What the doctor maximises, as his docstring states it."""
    benefit = -FREE.benefit_curvature / 2 * (q - 1) ** 2
    return altruism * benefit + (brings - FREE.effort) * q


@given(ALTRUISM, MONEY)
def test_intensity_is_the_best_of_his_utility(altruism: float, brings: float) -> None:
    q = choose_intensity(altruism, brings, FREE)
    grid = q + np.array([-1e-3, 0.0, 1e-3])
    assert np.argmax(utility(grid, altruism, brings)) == 1


def test_intensity_by_hand() -> None:
    # Altruism 0.8, curvature 0.6, effort 0.02: a yuan that brings 0.08 gives 1 + 0.06 / 0.48.
    assert choose_intensity(0.8, 0.08, judgement()) == pytest.approx(1.125, rel=1e-12)
    assert choose_intensity(0.8, 0.02, judgement()) == 1.0
    assert choose_intensity(0.8, -0.04, judgement()) == pytest.approx(0.875, rel=1e-12)
    assert choose_intensity(0.2, 0.5, judgement()) == 1.8
    assert choose_intensity(0.2, -0.5, judgement()) == 0.5


@given(ALTRUISM, ALTRUISM, MONEY)
def test_altruism_pulls_intensity_towards_the_need(a: float, b: float, brings: float) -> None:
    low, high = sorted((a, b))
    near = abs(choose_intensity(high, brings, FREE) - 1)
    assert near <= abs(choose_intensity(low, brings, FREE) - 1) + 1e-12


@given(ALTRUISM, MONEY, MONEY)
def test_more_money_never_means_less_treatment(altruism: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    weighs = judgement()
    few, many = (choose_intensity(altruism, brings, weighs) for brings in (low, high))
    assert weighs.lowest_intensity <= few <= many <= weighs.highest_intensity


@given(st.floats(0, 2), st.floats(0, 2))
def test_benefit_is_concave_and_full_at_what_the_need_calls_for(a: float, b: float) -> None:
    weighs = judgement()
    middle = treatment_benefit((a + b) / 2, weighs)
    ends = (treatment_benefit(a, weighs) + treatment_benefit(b, weighs)) / 2
    assert middle >= ends - 1e-12
    assert treatment_benefit(a, weighs) <= treatment_benefit(max(a, b), weighs) + 1e-12
    assert treatment_benefit(1.0 + a, weighs) == 1.0
    assert treatment_benefit(0.5, weighs) == pytest.approx(1 - 0.3 * 0.25, rel=1e-12)


@given(SEVERITY, SEVERITY, SEVERITY)
def test_referral_rises_with_severity_and_falls_with_capability(
    a: float, b: float, other: float
) -> None:
    low, high = sorted((a, b))
    weighs = judgement()
    assert refer_chance(low, other, weighs) <= refer_chance(high, other, weighs)
    assert refer_chance(other, low, weighs) >= refer_chance(other, high, weighs)


@given(SEVERITY, SEVERITY, ALTRUISM, MONEY, MONEY)
def test_admission_rises_with_severity_and_with_money(
    a: float, b: float, altruism: float, m: float, n: float
) -> None:
    weighs = judgement()
    mild, grave = sorted((a, b))
    poor, rich = sorted((m, n))
    assert admit_chance(mild, altruism, m, weighs) <= admit_chance(grave, altruism, m, weighs)
    assert admit_chance(a, altruism, poor, weighs) <= admit_chance(a, altruism, rich, weighs)


@given(ALTRUISM, ALTRUISM)
def test_the_altruistic_let_money_weigh_less(a: float, b: float) -> None:
    low, high = sorted((a, b))
    weighs = judgement()
    assert admit_chance(0.55, low, 0.08, weighs) >= admit_chance(0.55, high, 0.08, weighs)
    assert admit_chance(0.65, low, -0.08, weighs) <= admit_chance(0.65, high, -0.08, weighs)


def test_chances_by_hand() -> None:
    weighs = judgement()
    assert refer_chance(0.5, 0.5, weighs) == 0.5
    assert refer_chance(0.55, 0.5, weighs) == pytest.approx(1 / (1 + math.exp(-1)), rel=1e-12)
    assert admit_chance(0.6, 1.0, 0.0, weighs) == 0.5
    odds = math.exp((0.62 - 0.6) / 0.02 + 5.0 * 0.08 / 0.8)
    assert admit_chance(0.62, 0.8, 0.08, weighs) == pytest.approx(odds / (1 + odds), rel=1e-12)
