from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import recording
from agents.foundation.compile import plain
from agents.patient import CRITICAL, MODERATE, SEVERE
from tests.agents.people import judgement, practitioner, workplace

lie_chance = plain(recording.lie_chance)
next_class = plain(recording.next_class)
upcoding_yuan = plain(recording.upcoding_yuan)
splitting_yuan = plain(recording.splitting_yuan)
inventing_yuan = plain(recording.inventing_yuan)

WEIGHS = judgement()
YUAN = st.floats(0, 2_000)
SHARE = st.floats(0, 1)
HONESTY = st.floats(0.1, 3.0)


def test_lying_by_hand() -> None:
    # 500 yuan, found once in fifty and then paid back twice: 480; honesty 1.25 costs 500.
    odds = math.exp((500 * 0.96 - 1.25 * 400) / (0.08 * 400))
    assert lie_chance(500.0, 1.25, 400.0, WEIGHS) == pytest.approx(odds / (1 + odds))


@given(YUAN, YUAN, HONESTY, HONESTY)
def test_lies_rise_with_what_they_bring_and_fall_with_honesty(
    a: float, b: float, h: float, k: float
) -> None:
    little, much = sorted((a, b))
    careless, careful = sorted((h, k))
    assert lie_chance(little, h, 400.0, WEIGHS) <= lie_chance(much, h, 400.0, WEIGHS)
    assert lie_chance(a, careless, 400.0, WEIGHS) >= lie_chance(a, careful, 400.0, WEIGHS)


@given(YUAN, SHARE, SHARE, st.floats(0, 10), st.floats(0, 10))
def test_audit_and_fines_deter(gain: float, f: float, g: float, m: float, n: float) -> None:
    rarely, often = (
        lie_chance(gain, 0.8, 400.0, judgement(found_chance=s)) for s in sorted((f, g))
    )
    assert often <= rarely
    mild, hard = (
        lie_chance(gain, 0.8, 400.0, judgement(found_chance=0.3, fine_multiple=s))
        for s in sorted((m, n))
    )
    assert hard <= mild
    sure = judgement(found_chance=1.0, fine_multiple=0.0)
    assert lie_chance(gain, 0.1, 400.0, sure) == 0.0


@given(st.floats(-5_000, 0), HONESTY)
def test_nobody_lies_for_nothing(gain: float, honesty: float) -> None:
    assert lie_chance(gain, honesty, 400.0, WEIGHS) == 0.0


def test_what_lies_bring() -> None:
    where = workplace(
        brings_weight_yuan=600.0,
        brings_admission_yuan=50.0,
        brings_visit_yuan=4.0,
        brings_outpatient=0.1,
    )
    assert upcoding_yuan(where, 1.0, 1.3) == pytest.approx(180.0)
    # 50 and 600 for the second admission; altruism 0.8 minds 250 yuan that he pays again.
    assert splitting_yuan(practitioner(), where, 1.0, 250.0) == pytest.approx(450.0)
    assert inventing_yuan(where, 40.0) == pytest.approx(8.0)
    plain_place = workplace()
    assert upcoding_yuan(plain_place, 1.0, 1.3) == 0.0
    assert splitting_yuan(practitioner(), plain_place, 1.0, 250.0) == -200.0


def test_records_rise_by_one_class_at_most() -> None:
    assert next_class(MODERATE) == SEVERE
    assert next_class(SEVERE) == CRITICAL
    assert next_class(CRITICAL) == CRITICAL
    assert (recording.MODERATE, recording.CRITICAL) == (MODERATE, CRITICAL)
