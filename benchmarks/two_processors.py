"""What this machine's second processor is worth now, to work that shares nothing.

Processors of rented machines are often halves of one core, or lent to others for a while. What
two threads give a month can be judged only beside what they give a plain loop in the same minutes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np

from benchmarks.memory_floor import record_type

RECORDS = 400_000
"""Enough that they do not fit into the processor's caches."""
ROUNDS_OF_WORK = 60
"""Multiplications for each record: about as much work as a resident's half of a month."""


class PlainLoop:
    """A compiled loop over records: read a word, work on it, put it back.

    Parameters
    ----------
    row_bytes
        Size of a record.
    """

    def __init__(self, row_bytes: int) -> None:
        self._words = np.ones(RECORDS, record_type(row_bytes))["words"]
        self._pool = ThreadPoolExecutor(1)
        self.run(1)

    def run(self, threads: int) -> None:
        """Go once through all records on one thread or on two."""
        half = RECORDS // 2 if threads == 2 else RECORDS
        other = self._pool.submit(_work, self._words, half, RECORDS)
        if threads == 1:
            other.result()
        _work(self._words, 0, half)
        other.result()

    def close(self) -> None:
        """Let the second thread go."""
        self._pool.shutdown()


@numba.njit(nogil=True)
def _work(words: Any, start: int, stop: int) -> None:
    for i in range(start, stop):
        value = words[i, 0]
        for _ in range(ROUNDS_OF_WORK):
            value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        words[i, 0] = value
