from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.conditions import N_CONDITIONS
from agents.foundation import draws
from agents.foundation.compile import plain
from agents.foundation.slots import N_SLOTS
from tests.agents.foundation.kernel_loops import draw_loop, happens_loop, lanes_loop

MASK = 2**64 - 1
BITS = st.integers(0, MASK)
GOLDEN = 0x9E3779B97F4A7C15
STRICT = 6.0
"""Standard deviations of a statistic that no honest draw passes in these tests."""

mix = plain(draws.mix)
stream_of = plain(draws.month_stream)
hash_draw = plain(draws.hash_draw)
uniform = plain(draws.uniform)
child_key = plain(draws.child_key)
happens = plain(draws.happens)
any_may_happen = plain(draws.any_may_happen)
third = plain(draws.third)


def splitmix64(state: int, n: int) -> list[int]:
    """The published generator, written out again: state advanced by the golden gamma."""
    found = []
    for _ in range(n):
        state = (state + GOLDEN) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        found.append(z ^ (z >> 31))
    return found


def test_the_finaliser_is_the_published_one() -> None:
    # First outputs of splitmix64 from state 1234567, as published with the algorithm.
    assert splitmix64(1234567, 3) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]
    assert [hash_draw(1234567, purpose) for purpose in range(3)] == splitmix64(1234567, 3)


@given(BITS)
def test_the_finaliser_can_be_undone(z: int) -> None:
    def unshift(y: int, shift: int) -> int:
        x = y
        for _ in range(64 // shift + 1):
            x = y ^ (x >> shift)
        return x

    y = unshift(mix(z), 31) * pow(0x94D049BB133111EB, -1, 2**64) & MASK
    y = unshift(y, 27) * pow(0xBF58476D1CE4E5B9, -1, 2**64) & MASK
    assert unshift(y, 30) == z


@given(stream=BITS, purpose=st.integers(0, 400))
def test_uniform_draws_lie_strictly_between_0_and_1(stream: int, purpose: int) -> None:
    assert 0.0 < uniform(stream, purpose) < 1.0


def test_compiled_draws_are_the_bits_of_plain() -> None:
    rng = np.random.default_rng(4)
    n = 3000
    seeds = rng.integers(0, 2**63, n)
    keys = rng.integers(0, 2**64, n, dtype=np.uint64)
    keys[:3] = 0, 1, MASK
    months, purposes = rng.integers(-1, 600, n), rng.integers(0, 400, n)
    bits, unit = np.zeros((3, n), np.uint64), np.zeros(n)
    draw_loop(seeds, keys, months, purposes, bits, unit)
    for i in range(n):
        seed, key, month, purpose = (int(a[i]) for a in (seeds, keys, months, purposes))
        stream = stream_of(seed, key, month)
        assert int(bits[0, i]) == stream
        assert int(bits[1, i]) == hash_draw(stream, purpose)
        assert int(bits[2, i]) == child_key(key, purpose)
        assert unit[i] == uniform(stream, purpose)


# -- how the draws are spread ---------------------------------------------------------------


def drawn(seeds: Any, keys: Any, months: Any, purposes: Any) -> np.ndarray:
    """Uniform draws over broadcast seeds, keys, months and purposes, as one row."""
    parts = np.broadcast_arrays(seeds, keys, months, purposes)
    seed, key, month, purpose = (np.ascontiguousarray(part.ravel()) for part in parts)
    unit = np.zeros(len(seed))
    bits = np.zeros((3, len(seed)), np.uint64)
    draw_loop(seed, key.astype(np.uint64), month, purpose, bits, unit)
    return unit


N = 2**18
ALONG = {
    "keys": (7, np.arange(N), 3, 5),
    "months": (7, 99, np.arange(-1, N - 1), 5),
    "purposes": (7, 99, 3, np.arange(N)),
    "seeds": (np.arange(N), 99, 3, 5),
    "keys and purposes": (7, np.arange(N // 256)[:, None], 3, np.arange(256)),
    "keys far apart": (7, np.arange(N).astype(np.uint64) << np.uint64(40), 3, 5),
}


def chi_square(unit: np.ndarray, bins: int = 256) -> float:
    """How many standard deviations the chi-square of equal bins lies from its mean."""
    counts = np.bincount((unit * bins).astype(int), minlength=bins)
    expected = len(unit) / bins
    statistic = ((counts - expected) ** 2 / expected).sum()
    return float((statistic - (bins - 1)) / np.sqrt(2 * (bins - 1)))


def pair_chi_square(unit: np.ndarray) -> float:
    """The same of pairs of neighbours, in 16 x 16 cells: what one tells of the next."""
    cell = (unit * 16).astype(int)
    return chi_square((cell[:-1:2] * 16 + cell[1::2] + 0.5) / 256)


@pytest.mark.parametrize("along", ALONG)
def test_draws_are_uniform_and_neighbours_tell_nothing_of_each_other(along: str) -> None:
    unit = drawn(*ALONG[along])
    assert abs(chi_square(unit)) < STRICT
    assert abs(pair_chi_square(unit)) < STRICT
    assert abs(np.corrcoef(unit[:-1], unit[1:])[0, 1]) < STRICT / np.sqrt(N)


def test_the_tests_of_uniformity_see_a_hash_without_its_finaliser() -> None:
    # The bug: the state goes straight to the draw, a multiple of the golden gamma.
    states = np.arange(1, N + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    weak = (states >> np.uint64(11)).astype(float) / 2**53
    assert abs(chi_square(weak)) > STRICT or abs(pair_chi_square(weak)) > STRICT
    assert abs(np.corrcoef(weak[:-1], weak[1:])[0, 1]) > STRICT / np.sqrt(N)
    # And draws of one purpose used for two: every second one a copy.
    twice = np.repeat(drawn(7, np.arange(N // 2), 3, 5), 2)
    assert pair_chi_square(twice) > STRICT


def test_no_key_is_met_twice() -> None:
    n = 2**20
    bits = np.zeros((3, n), np.uint64)
    keys = np.full(n, 0x5EED_0000_0000_0001, np.uint64)
    zeros = np.zeros(n, np.int64)
    draw_loop(zeros, keys, zeros, np.arange(n), bits, np.zeros(n))
    assert len(np.unique(bits[2])) == n


# -- coarse draws that share a hash -----------------------------------------------------------


@given(lanes=BITS, stream=BITS, lane=st.integers(0, draws.LANES - 1), purpose=st.integers(0, 400))
def test_never_and_always(lanes: int, stream: int, lane: int, purpose: int) -> None:
    assert not happens(lanes, lane, 0.0, stream, purpose)
    assert happens(lanes, lane, 1.0, stream, purpose)


@given(
    lanes=BITS,
    stream=BITS,
    lane=st.integers(0, draws.LANES - 1),
    chances=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_what_happens_at_a_chance_happens_at_a_larger_one(
    lanes: int, stream: int, lane: int, chances: tuple[float, float]
) -> None:
    small, large = sorted(chances)
    if happens(lanes, lane, small, stream, 9):
        assert happens(lanes, lane, large, stream, 9)


CHANCES = np.array([0.5, 0.01, 1e-4, 3.3 / 4096, 0.9999])


def happened(lanes: np.ndarray, chances: np.ndarray, n: int = 2**20) -> np.ndarray:
    out = np.zeros((n, len(lanes)), np.int64)
    keys = np.arange(n).astype(np.uint64)
    happens_loop(keys, chances, 300, lanes, np.arange(50, 50 + len(lanes)), out)
    return out


def worst_correlation(events: np.ndarray) -> float:
    """Largest correlation between two events, in its standard deviations."""
    matrix = np.corrcoef(events.T) - np.eye(events.shape[1])
    return float(np.abs(matrix).max() * np.sqrt(len(events)))


def test_events_happen_as_often_as_their_chances_say() -> None:
    events = happened(np.arange(draws.LANES), CHANCES)
    spread = np.sqrt(CHANCES * (1 - CHANCES) / len(events))
    assert (np.abs(events.mean(axis=0) - CHANCES) < STRICT * spread).all()


def test_lanes_tell_nothing_of_each_other_and_one_shared_is_seen() -> None:
    chances = np.full(draws.LANES, 0.02)
    assert worst_correlation(happened(np.arange(draws.LANES), chances)) < STRICT
    assert worst_correlation(happened(np.array([0, 1, 2, 3, 3]), chances)) > STRICT


def test_compiled_events_are_those_of_plain() -> None:
    out = happened(np.arange(draws.LANES), CHANCES, 3000)
    for key in range(3000):
        stream = stream_of(1, key, 0)
        bits = hash_draw(stream, 300)
        for e, chance in enumerate(CHANCES.tolist()):
            assert out[key, e] == happens(bits, e, chance, stream, 50 + e)


EDGES = st.one_of(
    st.floats(0, 1),
    st.sampled_from([0.0, 1e-12, 1 / 4096, 1.0]),
    st.integers(0, 4096).map(lambda n: n / 4096),
)


@given(
    lanes=BITS,
    chances=st.lists(EDGES, min_size=draws.LANES, max_size=draws.LANES),
    close=st.integers(0, draws.LANES),
)
def test_one_question_to_all_lanes_is_one_to_each(
    lanes: int, chances: list[float], close: int
) -> None:
    if close < draws.LANES:  # put one lane just at its bound
        lanes &= ~(0xFFF << (12 * close))
        lanes |= min(int(chances[close] * 4096), 4095) << (12 * close)
    coarse = [(lanes >> (12 * lane)) & 0xFFF for lane in range(draws.LANES)]
    even, odd = draws.pack_chances(np.array(chances)).tolist()
    open_ = any(c < chance * 4096 for c, chance in zip(coarse, chances, strict=True))
    assert any_may_happen(lanes, even, odd) == open_


def test_compiled_questions_and_thirds_are_those_of_plain() -> None:
    rng = np.random.default_rng(5)
    n = 3000
    bits = rng.integers(0, 2**64, n, dtype=np.uint64)
    bounds = draws.pack_chances(rng.random((n, draws.LANES)) ** 4)
    out, parts = np.zeros(n, np.int64), np.zeros((n, 3))
    lanes_loop(bits, bounds, parts, out)
    assert 0.2 * n < out.sum() < 0.95 * n
    for i in range(n):
        assert out[i] == any_may_happen(int(bits[i]), *bounds[i].tolist())
        assert parts[i].tolist() == [third(int(bits[i]), which) for which in range(3)]


def test_thirds_are_uniform_and_tell_nothing_of_each_other() -> None:
    n = 2**18
    bits = np.random.default_rng(6).integers(0, 2**64, n, dtype=np.uint64)
    bits[:2] = 0, MASK
    parts = np.zeros((n, 3))
    lanes_loop(bits, np.zeros((n, 2), np.int64), parts, np.zeros(n, np.int64))
    assert 0.0 < parts.min() < 1e-6
    assert 1.0 - 1e-6 < parts.max() < 1.0
    for which in range(3):
        assert abs(chi_square(parts[:, which])) < STRICT
    assert worst_correlation(parts) < STRICT
    assert worst_correlation(parts[:, [0, 1, 1]]) > STRICT


# -- slots -------------------------------------------------------------------------------------


def test_no_two_reasons_to_draw_share_a_slot() -> None:
    text = Path(draws.__file__).read_text("utf-8")
    owner: dict[int, str] = {}
    assigned = re.findall(r"^([A-Z_]+) = (\d+)(?:  # \+ (.+))?$", text, re.MULTILINE)
    room = {"k": N_CONDITIONS, "slot": N_SLOTS, "tier": 5, "k // LANES": -(-N_CONDITIONS // 5)}
    assert len(assigned) > 40
    for name, slot, plus in assigned:
        if name in ("LANES", "_LANE_BITS"):
            continue
        for offset in range(room[plus] if plus else 1):
            holder = owner.setdefault(int(slot) + offset, name)
            assert holder == name, f"{holder} and {name} share slot {int(slot) + offset}"
    names = [name for name, _, _ in assigned]
    assert len(names) == len(set(names)), "a name is given two slots"
