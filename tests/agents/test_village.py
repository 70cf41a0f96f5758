from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.foundation.slots import N_SLOTS
from agents.village import TALK, find_out, retell


def month(used: int, went_well: int) -> np.ndarray:
    lived = np.zeros((2, N_SLOTS), TALK)
    lived["used"][0, 3], lived["went_well"][0, 3] = used, went_well
    return lived


def test_stories_weigh_by_their_number() -> None:
    talk = np.full((2, N_SLOTS), 0.5)
    after = retell(talk, month(used=10, went_well=9), 0.2, 1)
    # Ten stories of weight 0.2 against one: two thirds of the way from 0.5 to 0.9.
    assert after[0, 3] == pytest.approx(0.5 + 2 / 3 * 0.4)
    assert np.delete(after.ravel(), 3).tolist() == [0.5] * (2 * N_SLOTS - 1)
    assert talk[0, 3] == 0.5


def test_stories_are_those_of_people_however_many_a_resident_stands_for() -> None:
    talk = np.full((2, N_SLOTS), 0.5)
    people = retell(talk, month(used=100, went_well=100), 0.02, 1)
    for weight in (10, 50):
        agents = month(used=100 // weight, went_well=100 // weight)
        assert retell(talk, agents, 0.02, weight)[0, 3] == pytest.approx(people[0, 3])


@given(
    st.floats(0, 1), st.integers(0, 500), st.integers(0, 500), st.floats(0, 1), st.integers(1, 50)
)
def test_talk_moves_towards_what_was_lived_and_never_past_it(
    before: float, well: int, badly: int, rate: float, weight: int
) -> None:
    talk = np.full((2, N_SLOTS), before)
    after = retell(talk, month(well + badly, well), rate, weight)[0, 3]
    if well + badly == 0:
        assert after == before
        return
    low, high = sorted((before, well / (well + badly)))
    assert low - 1e-12 <= after <= high + 1e-12


def severe(number: int) -> np.ndarray:
    lived = np.zeros((2, N_SLOTS), TALK)
    lived["severe"][0, 1] = number
    return lived


def test_a_village_finds_out_by_its_severely_ill() -> None:
    known, true = np.full((2, N_SLOTS), 0.6), np.full((2, N_SLOTS), 0.8)
    after = find_out(known, true, severe(100), 0.01, 1)
    assert after[0, 1] == pytest.approx(0.7)
    assert np.delete(after.ravel(), 1).tolist() == [0.6] * (2 * N_SLOTS - 1)
    # It finds out what a place can do no longer, too.
    assert find_out(true, known, severe(100), 0.01, 1)[0, 1] == pytest.approx(0.7)
    assert find_out(known, true, severe(2), 0.01, 50)[0, 1] == pytest.approx(0.7)


def test_visits_at_home_tell_too() -> None:
    known, true = np.full((2, N_SLOTS), 0.6), np.full((2, N_SLOTS), 0.8)
    home = np.zeros((2, N_SLOTS))
    home[0, 1] = 300.0
    assert find_out(known, true, severe(0), 0.01, 1, home)[0, 1] == pytest.approx(0.75)
    talk = np.full((2, N_SLOTS), 0.5)
    lived = month(used=10, went_well=10)
    home[0, 3] = 10.0
    assert retell(talk, lived, 0.1, 1, home)[0, 3] == pytest.approx(0.5 + 2 / 3 * 0.5)
    # Visits tell of what was lived through; where nothing was, there is nothing to tell.
    assert retell(talk, month(0, 0), 0.1, 1, home)[0, 3] == 0.5
