"""The tools of the benchmarks measure what they say."""

from __future__ import annotations

import math
import sys
import time

import numpy as np
import pytest

from benchmarks.measure import (
    BenchmarkError,
    make_row,
    paired,
    peak_bytes,
    run_apart,
    run_measured,
)
from benchmarks.memory_floor import memory_floor_rows, record_type
from benchmarks.two_processors import PlainLoop

MIB = 2**20


@pytest.mark.parametrize(
    ("value", "low", "high", "ok"),
    [
        (5.0, None, None, None),
        (5.0, 5.0, None, True),
        (5.0, 5.1, None, False),
        (5.0, None, 5.0, True),
        (5.0, None, 4.9, False),
        (5.0, 1.0, 9.0, True),
        (math.nan, 1.0, None, False),
    ],
)
def test_rows_are_checked_against_their_limits(
    value: float, low: float | None, high: float | None, ok: bool | None
) -> None:
    assert make_row("x", value, "s", low=low, high=high)["ok"] is ok


def test_pairs_alternate_and_give_the_ratio() -> None:
    calls = []

    def slow() -> None:
        calls.append("slow")
        time.sleep(0.04)

    def fast() -> None:
        calls.append("fast")
        time.sleep(0.01)

    found = paired(slow, fast, rounds=4, warm_up=0)
    assert calls == ["slow", "fast", "fast", "slow", "slow", "fast", "fast", "slow"]
    assert 2.0 < found.ratio < 5.0
    assert found.first > found.second


def test_memory_of_a_program_is_its_own_and_not_of_who_starts_it() -> None:
    ballast = bytearray(300 * MIB)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert peak_bytes() > 300 * MIB
    code = "block = bytearray(100 << 20); block[::4096] = b'x' * len(block[::4096])"
    done = run_measured([sys.executable, "-c", code])
    assert done.exit_code == 0
    assert 100 * MIB < done.peak_bytes < 200 * MIB


def test_failure_of_a_program_is_told() -> None:
    done = run_measured([sys.executable, "-c", "import sys; sys.exit('no luck')"])
    assert (done.exit_code, done.errors.strip()) == (1, "no luck")
    with pytest.raises(BenchmarkError, match="no_such_module"):
        run_apart("benchmarks.no_such_module")
    with pytest.raises(BenchmarkError, match="cannot be started"):
        run_measured(["./no-such-program"])


@pytest.mark.parametrize("row_bytes", [8, 100, 112, 200])
def test_floor_touches_records_of_the_size_asked_for(row_bytes: int) -> None:
    assert record_type(row_bytes).itemsize == row_bytes
    rows = memory_floor_rows(row_bytes, people=1_000, rounds=1)
    assert [row["unit"] for row in rows] == ["ns/record"] * 3
    assert all(row["value"] > 0 for row in rows)


def test_a_record_smaller_than_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="row_bytes is 4"):
        memory_floor_rows(4)


def test_what_is_done_between_rounds_is_not_timed() -> None:
    order: list[str] = []
    found = paired(
        lambda: order.append("first"),
        lambda: order.append("second"),
        rounds=2,
        warm_up=0,
        clock=lambda work: (work(), 1.0)[1],
        between=lambda: order.append("between"),
    )
    assert order == ["first", "second", "between", "second", "first", "between"]
    assert found.ratio == 1.0


def test_a_plain_loop_does_the_same_on_two_threads() -> None:
    loops = [PlainLoop(120) for _ in range(2)]
    for threads, loop in enumerate(loops, start=1):
        loop.run(threads)
        loop.close()
    assert np.array_equal(loops[0]._words, loops[1]._words)
    assert (loops[0]._words[:, 0] != 1).all()
    assert (loops[0]._words[:, 1] == 1).all()
