"""Processes that make runs behind the page: with progress, and stopped when nobody waits."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
SLOTS = 64
"""Runs whose progress can be told at once; of others it is not."""
_UNWATCHED = -1


class StoppedError(Exception):
    """Nobody waits for the run any more."""


@dataclass
class Job:
    """A run under way.

    Attributes
    ----------
    future
        Its outcome, or why there is none.
    months
        How many it lives in all.
    """

    future: Future[Any]
    months: int
    _pool: Pool
    _slot: int = _UNWATCHED
    _waiting: int = 0
    _left: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lived(self) -> int:
        """Months that it has lived so far."""
        return self.months if self.future.done() else self._pool.lived(self._slot)

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._left

    def join(self) -> None:
        """One more waits for it."""
        with self._lock:
            self._waiting += 1

    def leave(self) -> None:
        """One waits no longer; the run is stopped if he was the last."""
        with self._lock:
            self._waiting -= 1
            last = self._waiting == 0
            self._left = self._left or last
        if last and not self.future.done():
            self._pool.stop(self._slot, self.future)
            self.future.cancel()


class Pool:
    """Processes of this machine that run one thing after the other.

    Parameters
    ----------
    processes
        How many.
    nice
        By how much they stand back behind others on the machine.
    """

    def __init__(self, processes: int, nice: int = 0) -> None:
        self.processes, self._nice = processes, nice
        self._context = multiprocessing.get_context("spawn")
        self._lived = self._context.Array("l", SLOTS, lock=False)
        self._stop = self._context.Array("b", SLOTS, lock=False)
        self._free = list(range(SLOTS))
        self._runs: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._executors: list[ProcessPoolExecutor | None] = [None] * processes
        self._queued = [0] * processes
        self._closed = False

    def submit(
        self,
        make: Callable[[Any, Callable[[int], None]], T],
        ask: Any,
        months: int,
        lane: int | None = None,
    ) -> Job:
        """Let a process call ``make(ask, told)``; in the place of a dead one comes a new one.

        Parameters
        ----------
        lane
            Things of one lane go to the same process; without one, to that with the least to do.

        Raises
        ------
        RuntimeError
            If the pool is closed.
        """
        with self._lock:
            place = min(range(self.processes), key=self._queued.__getitem__)
            place = place if lane is None else lane % self.processes
            slot = self._free.pop() if self._free else _UNWATCHED
            if slot != _UNWATCHED:
                self._lived[slot] = self._stop[slot] = 0
            try:
                future = self._running(place).submit(_work, make, ask, slot)
            except BrokenExecutor:
                self._executors[place] = None
                future = self._running(place).submit(_work, make, ask, slot)
            self._runs[slot] = future
            self._queued[place] += 1
        future.add_done_callback(lambda _: self._ended(slot, place))
        return Job(future, months, self, slot)

    def lived(self, slot: int) -> int:
        """Months that the run of a slot has lived."""
        return 0 if slot == _UNWATCHED else int(self._lived[slot])

    def stop(self, slot: int, run: Future[Any]) -> None:
        """Ask a run to stop after its month, if its slot has not gone to another since."""
        with self._lock:
            if slot != _UNWATCHED and self._runs.get(slot) is run:
                self._stop[slot] = 1

    def close(self) -> None:
        """End the processes, and what they are doing."""
        with self._lock:
            self._closed = True
            executors = [one for one in self._executors if one is not None]
            self._executors = [None] * self.processes
        for slot in range(SLOTS):
            self._stop[slot] = 1
        for executor in executors:
            executor.shutdown(wait=False, cancel_futures=True)

    def _running(self, place: int) -> ProcessPoolExecutor:
        if self._closed:
            raise RuntimeError("the pool is closed")
        executor = self._executors[place]
        if executor is None:
            executor = self._executors[place] = ProcessPoolExecutor(
                1,
                mp_context=self._context,
                initializer=_begin,
                initargs=(self._lived, self._stop, self._nice, os.getpid()),
            )
        return executor

    def _ended(self, slot: int, place: int) -> None:
        with self._lock:
            self._queued[place] -= 1
            self._runs.pop(slot, None)
            if slot != _UNWATCHED:
                self._free.append(slot)


_shared: dict[str, Any] = {}


def _begin(lived: Any, stop: Any, nice: int, parent: int) -> None:
    """Settle a new process: it stands back, and ends with its parent."""
    import signal

    from experiments.sweep_task import end_with

    _shared["lived"], _shared["stop"] = lived, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(nice)
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()


def _work(make: Callable[[Any, Callable[[int], None]], T], ask: Any, slot: int) -> T:
    maker = os.getpid()

    def told(month: int) -> None:
        if os.getpid() != maker and os.getppid() != maker:
            os._exit(1)  # a copy of a process that has died: nobody waits for it
        if slot == _UNWATCHED:
            return
        _shared["lived"][slot] = month
        if _shared["stop"][slot]:
            raise StoppedError

    # Compiled loops go over to a thread of their own, one by one, unless one runs them already.
    return _runner().submit(make, ask, told).result()


@cache
def _runner() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)
