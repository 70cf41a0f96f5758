from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abm.queues import last_key, marginal_bin
from abm.world import WAITING
from agents.foundation.compile import plain
from agents.provider import EVERYONE

BITS = st.integers(0, 2**64 - 1)
# Few severities and few leading bits, so that people meet in one cell of the tables.
KEY = st.builds(
    lambda severity, tie, rest: ((999 - severity) << 54) | (tie << 42) | rest,
    st.sampled_from([999, 998, 640, 639, 0]),
    st.sampled_from([0, 1, 7, 4095]),
    st.integers(1, 2**42 - 1),
)
PERSON = st.tuples(st.integers(0, 3), KEY, st.integers(1, 40), st.integers(0, 9))
QUEUES = st.lists(
    st.lists(PERSON, max_size=25, unique_by=lambda person: person[1]), min_size=1, max_size=3
)


def queue_of(people: list[tuple[int, int, int, int]]) -> Any:
    queue = np.zeros(len(people), WAITING).view(np.recarray)
    for place, (provider, key, minutes, bed_days) in enumerate(people):
        queue[place].provider = provider
        queue[place].key = key
        queue[place].minutes = minutes
        queue[place].bed_days = bed_days
    return queue


def one_by_one(queues: int) -> Callable[[Callable[[int], Any]], None]:
    def each(work: Callable[[int], Any]) -> None:
        for number in range(queues):
            work(number)

    return each


def served_by_hand(
    people: list[tuple[int, int, int, int]], provider: int, room: float, column: int
) -> set[int]:
    used, served = 0, set()
    for person in sorted((p for p in people if p[0] == provider), key=lambda p: p[1]):
        if used >= room:
            break
        served.add(person[1])
        used += person[column]
    return served


@pytest.mark.parametrize(("resource", "column"), [("minutes", 2), ("bed_days", 3)])
@given(queues=QUEUES, rooms=st.lists(st.floats(0, 400), min_size=4, max_size=4))
@example(queues=[[(0, 5, 7, 1)], []], rooms=[0.0, 0.0, 0.0, 0.0])
# Room ends exactly with the last person of an urgency.
@example(queues=[[(0, 5, 7, 7)], [(0, (360 << 54) | 9, 5, 5)]], rooms=[7.0, 0.0, 0.0, 0.0])
def test_those_up_to_the_last_key_are_those_served_one_by_one(
    resource: str, column: int, queues: list[list[tuple[int, int, int, int]]], rooms: list[float]
) -> None:
    everybody = [person for people in queues for person in people]
    keys = [person[1] for person in everybody]
    asked = [sum(p[column] for p in everybody if p[0] == n) for n in range(4)]
    # As the engine does: only where more is asked than there is room.
    crowded = [n for n in range(4) if asked[n] > rooms[n]]
    if len(set(keys)) < len(keys) or not crowded:
        return
    place = np.full(4, -1)
    place[crowded] = np.arange(len(crowded))
    answer = last_key(
        [queue_of(people) for people in queues],
        place,
        np.full(len(crowded), EVERYONE),
        np.array([rooms[n] for n in crowded]),
        resource,
        plain,
        one_by_one(len(queues)),
    )
    for row, provider in enumerate(crowded):
        served = {p[1] for p in everybody if p[0] == provider and p[1] <= answer[row]}
        by_hand = served_by_hand(everybody, provider, rooms[provider], column)
        amounts = {p[1]: p[column] for p in everybody}
        # Who asks for nothing may stand on either side of the line.
        assert {k for k in served if amounts[k]} == {k for k in by_hand if amounts[k]}


def test_beds_are_for_those_who_are_seen() -> None:
    people = [(0, 10, 5, 4), (0, 20, 5, 4), (0, 30, 5, 4), (0, 40, 5, 4)]
    seen_up_to = np.array([20], np.uint64)
    answer = last_key(
        [queue_of(people)],
        np.array([0]),
        seen_up_to,
        np.array([6.0]),
        "bed_days",
        plain,
        one_by_one(1),
    )
    assert answer[0] >= 20
    answer = last_key(
        [queue_of(people)],
        np.array([0]),
        seen_up_to,
        np.array([3.0]),
        "bed_days",
        plain,
        one_by_one(1),
    )
    assert 10 <= answer[0] < 20


def test_the_marginal_bin_is_where_room_runs_out() -> None:
    bins, left = marginal_bin(np.array([[3, 4, 5], [1, 1, 1]]), np.array([8.0, 9.0]))
    assert bins.tolist() == [2, 3]
    assert left.tolist() == [1.0, 6.0]
