from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import provider
from agents.foundation.compile import plain
from agents.provider import (
    EVERYONE,
    PROVIDER,
    expected_wait_days,
    last_served,
    load_of_all,
    room_for_ours,
    worked_minutes,
)
from tests.agents.people import streams

queue_key = plain(provider.queue_key)
stay_days = plain(provider.stay_days)

BITS = st.integers(0, 2**64 - 1)
QUEUE = st.lists(
    st.tuples(st.integers(0, 999), BITS, st.integers(1, 60)),
    min_size=1,
    max_size=60,
    unique_by=(lambda person: queue_key(person[0], person[1])),
)


def served_by_hand(keys: list[int], amounts: list[int], capacity: float) -> set[int]:
    """Who is served: in order of keys until what there is is used up, the last one in full."""
    used, served = 0, set()
    for key, amount in sorted(zip(keys, amounts, strict=True)):
        if used >= capacity:
            break
        served.add(key)
        used += amount
    return served


@given(queue=QUEUE, capacity=st.one_of(st.integers(-5, 2000), st.floats(-5, 2000)))
def test_those_up_to_the_last_key_are_those_served_one_by_one(
    queue: list[tuple[int, int, int]], capacity: float
) -> None:
    keys = [queue_key(severity, stream) for severity, stream, _ in queue]
    amounts = [minutes for *_, minutes in queue]
    last = last_served(np.array(keys, np.uint64), np.array(amounts), capacity)
    found = {key for key in keys if key <= last}
    assert found == served_by_hand(keys, amounts, capacity)


def test_all_are_served_where_room_suffices_and_none_where_there_is_none() -> None:
    keys, amounts = np.array([5, 3, 9], np.uint64), np.array([10, 10, 10])
    assert last_served(keys, amounts, 30) == EVERYONE
    assert last_served(keys, amounts, 29) == 9
    assert last_served(keys, amounts, 20) == 5
    assert last_served(keys, amounts, 1) == 3
    assert last_served(keys, amounts, 0) == 0


@given(st.integers(0, 999), st.integers(0, 999), BITS, BITS)
def test_the_more_urgent_come_first_whatever_the_tie(a: int, b: int, x: int, y: int) -> None:
    if a > b:
        assert queue_key(a, x) < queue_key(b, y)
    assert 0 < queue_key(a, x) < EVERYONE


def test_ties_are_broken_by_hash() -> None:
    keys = [queue_key(500, stream) for stream in streams(2000)]
    assert len(set(keys)) == 2000
    rank = np.argsort(np.argsort(keys))
    # No trend along the rows: the correlation of 2,000 shuffled ranks has error 1 / sqrt(2000).
    assert abs(np.corrcoef(rank, np.arange(2000))[0, 1]) < 5 / np.sqrt(2000)


def test_a_stay_is_longer_for_the_severe_and_at_least_a_day() -> None:
    assert stay_days(8.0, 0.75, 0.5, 1.0) == 8  # the usual stay at usual severity and draw
    assert stay_days(8.0, 1.0, 0.5, 1.0) == 10
    assert stay_days(8.0, 1.0, 0.5, 0.7) == 7
    assert stay_days(8.0, 0.0, 0.0, 1.0) == 2
    assert stay_days(0.1, 0.0, 0.0, 1.0) == 1


@given(
    st.floats(0.1, 30),
    *(st.floats(0, 1) for _ in range(4)),
    st.floats(0.5, 1.6),
    st.floats(0.5, 1.6),
)
def test_stays_rise_with_severity_draw_and_the_doctors_part(
    los: float, a: float, b: float, x: float, y: float, s: float, t: float
) -> None:
    short = stay_days(los, min(a, b), min(x, y), min(s, t))
    assert short <= stay_days(los, max(a, b), max(x, y), max(s, t))


def test_idle_minutes_are_not_there_for_patients() -> None:
    rows = np.zeros(2, PROVIDER)
    rows["minutes_capacity"], rows["idle_share"] = [1000.0, 400.0], [0.0, 0.25]
    assert worked_minutes(rows).tolist() == [1000.0, 300.0]


def test_waits_follow_load_and_the_turned_away() -> None:
    load = np.array([0.0, 0.5, 0.9, 0.97, 5.0])
    wait = expected_wait_days(load, np.zeros(5))
    assert wait == pytest.approx([0.0, 0.1, 0.9, 0.1 * 0.97 / 0.03, 0.1 * 0.97 / 0.03])
    assert expected_wait_days(np.zeros(1), np.array([0.4])) == pytest.approx([6.0])


# -- people of other counties ----------------------------------------------------------


def shared(others_share: float, others_load: float) -> np.ndarray:
    """A place of which others have a part, for which they ask so much."""
    places = np.zeros(1, PROVIDER)
    places["whole_room"] = 1.0 / (1.0 - others_share)
    places["others_ask"] = others_share / (1.0 - others_share) * others_load
    return places


SHARES = st.floats(0.0, 0.95)
LOADS = st.floats(0.0, 1.2)
ASKED = st.floats(0.0, 1e5)


@given(share=SHARES, load=LOADS, asked=ASKED, room=st.floats(0.0, 1e5))
def test_whoever_is_short_is_short_by_the_same_part(
    share: float, load: float, asked: float, room: float
) -> None:
    place = shared(share, load)
    whole, others = room / (1.0 - share), share / (1.0 - share) * load * room
    (given,) = room_for_ours(np.array([asked]), np.array([room]), place)
    if asked + others <= whole:
        assert given == pytest.approx(whole - others)
        assert given >= asked * (1 - 1e-9)
    else:
        assert given == pytest.approx(whole * asked / (asked + others))
        assert given <= asked * (1 + 1e-9)
    if room > 1.0:
        (found,) = load_of_all(np.array([asked]), np.array([room]), place)
        assert found == pytest.approx((asked + others) / whole)


def test_what_ours_leave_free_at_a_full_hospital_goes_mostly_to_others() -> None:
    place, room = shared(0.8, 1.0), np.array([100.0])
    before, after = (
        float(room_for_ours(np.array([asked]), room, place)[0]) for asked in (150.0, 140.0)
    )
    # Of 500 in all others ask for 400: ten fewer of ours leave ours seven fewer beds.
    assert before == pytest.approx(500 * 150 / 550)
    assert before - after == pytest.approx(500 * 150 / 550 - 500 * 140 / 540)
    assert 5.0 < before - after < 10.0


def test_where_nobody_else_comes_all_is_ours() -> None:
    place = shared(0.0, 0.95)
    room = np.array([100.0])
    for asked in (0.0, 99.0, 250.0):
        assert room_for_ours(np.array([asked]), room, place) == [100.0]
    assert load_of_all(np.array([80.0]), room, place) == [0.8]
    no_end = np.array([np.inf])
    assert room_for_ours(np.array([80.0]), no_end, shared(0.8, 0.95)) == [np.inf]
