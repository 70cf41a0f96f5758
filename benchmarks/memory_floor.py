"""How fast this machine can read and write a resident's record, doing nothing with it.

No month can be faster than this, whatever its code: each record comes from memory and
goes back. What the month takes above this floor is its work.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numba
import numpy as np

from benchmarks.measure import Row, make_row, timings

WORD_BYTES = 8


def memory_floor_rows(
    row_bytes: int,
    people: int = 1_000_000,
    threads: tuple[int, ...] = (1, 2),
    rounds: int = 9,
) -> list[Row]:
    """Stream once through an array of records, reading and writing every word.

    Parameters
    ----------
    row_bytes
        Size of a record; whole words of 8 bytes are touched, the rest is skipped over.
    people
        Records; enough of them that they do not fit into the processor's caches.
    threads
        Numbers of threads to measure the compiled loop with.
    rounds
        Timed passes; the median is taken.

    Returns
    -------
    list of Row
        Nanoseconds a record: a compiled loop on each number of threads, and NumPy.

    Raises
    ------
    ValueError
        If a record is smaller than one word.
    """
    if row_bytes < WORD_BYTES:
        raise ValueError(f"row_bytes is {row_bytes}; at least {WORD_BYTES} is needed")
    records = np.zeros(people, dtype=record_type(row_bytes))
    name = f"Memory floor, {row_bytes} bytes a record, {people:,} records"
    rows = []
    for count in threads:
        with ThreadPoolExecutor(count) as pool:
            seconds = timings(_pass(records, count, pool), rounds)
        label = f"{name}: compiled, {count} thread{'s' if count > 1 else ''}"
        rows.append(make_row(label, median(seconds) * 1e9 / people, "ns/record"))
    words = records["words"]
    seconds = timings(lambda: np.add(words, 1, out=words), rounds)
    rows.append(make_row(f"{name}: NumPy", median(seconds) * 1e9 / people, "ns/record"))
    return rows


def record_type(row_bytes: int) -> np.dtype[np.void]:
    """Type of a record of ``row_bytes`` bytes, made of words and what is left over."""
    words, rest = divmod(row_bytes, WORD_BYTES)
    fields: list[tuple[Any, ...]] = [("words", "u8", (words,))]
    if rest:
        fields.append(("rest", "u1", (rest,)))
    return np.dtype(fields)


def _pass(records: np.ndarray, count: int, pool: ThreadPoolExecutor) -> Callable[[], object]:
    parts = np.array_split(records, count)
    if count == 1:
        return lambda: _touch(records)
    return lambda: list(pool.map(_touch, parts))


@numba.njit(nogil=True, error_model="numpy")
def _touch(records: Any) -> None:
    for index in range(records.size):
        words = records[index].words
        for word in range(words.size):
            words[word] += 1
