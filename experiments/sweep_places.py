"""Where the runs of a sweep are made: in this process, in workers of this machine, on Dask."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from agents.foundation.errors import InputError
from experiments.sweep_task import OtherProgramError, Outcome, Task, run_task

ALONE_ATTEMPTS = 2
"""How often a run that may have killed its worker is tried in a worker of its own."""
AHEAD = 3
"""Runs handed out for each worker, so that none waits for this process."""
CONNECT_SECONDS = 10.0


class Place(Protocol):
    """Something that runs tasks."""

    def stream(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Run tasks, taken one by one as they are needed; outcomes in the order of ending."""
        ...

    def close(self) -> None:
        """Let workers go."""
        ...


class Here:
    """One run after the other, in the process that asks.

    Parameters
    ----------
    threads
        Threads of each run; they change no result.
    told
        Called after each month of each run.
    """

    def __init__(
        self, threads: int | None = 1, told: Callable[[Task, int], None] | None = None
    ) -> None:
        self.threads, self.told = threads, told

    def stream(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Run tasks in their order."""
        for task in tasks:
            yield run_task(replace(task, threads=self.threads), self._month_of(task))

    def close(self) -> None:
        """Nothing to let go."""

    def _month_of(self, task: Task) -> Callable[[int], None] | None:
        told = self.told
        return None if told is None else lambda month: told(task, month)


class Feed:
    """Tasks on their way to workers: knows which are out."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self._first: deque[Task] = deque()
        self._lock = threading.Lock()
        self.out: dict[str, Task] = {}

    def __iter__(self) -> Iterator[Task]:
        return self

    def __next__(self) -> Task:
        with self._lock:
            task = self._first.popleft() if self._first else next(self._tasks)
            self.out[task.key] = task
            return task

    def back(self, key: str) -> None:
        """A task has come back."""
        with self._lock:
            self.out.pop(key, None)

    def take_lost(self, suspects: int) -> list[Task]:
        """Take back the first few, which were under way; the rest will be handed out again."""
        with self._lock:
            lost = list(self.out.values())
            self.out.clear()
            self._first.extendleft(reversed(lost[suspects:]))
            return lost[:suspects]


class Workers:
    """Processes of this machine, by joblib's loky; one thread each.

    A worker that is killed takes the runs of all with it. They are run again; those that
    were under way at the end and each alone, so that one that kills its worker every time
    is found and recorded as failed.

    Parameters
    ----------
    number
        How many, two or more.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def stream(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Run tasks; outcomes in the order of ending."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        feed = Feed(replace(task, parent=os.getpid()) for task in tasks)
        suspects: list[Task] = []
        while True:
            try:
                yield from self._parallel(feed, f"{AHEAD}*n_jobs")
                break
            except BrokenProcessPool:
                suspects += feed.take_lost(self.number)
        for task in suspects:
            yield self._alone(task)

    def close(self) -> None:
        """End the workers, which would wait for more for some minutes."""
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True, kill_workers=True)

    def _parallel(self, feed: Feed, ahead: str | int) -> Generator[Outcome, None, None]:
        from joblib import Parallel, delayed, parallel_config

        with parallel_config(backend="loky", inner_max_num_threads=1):
            workers = Parallel(
                n_jobs=self.number,
                return_as="generator_unordered",
                batch_size=1,
                pre_dispatch=ahead,
            )
            with unheard():
                outcomes = workers(delayed(run_task)(task) for task in feed)
        try:
            for outcome in outcomes:
                feed.back(outcome.key)
                yield outcome
        finally:
            outcomes.close()

    def _alone(self, task: Task) -> Outcome:
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for _ in range(ALONE_ATTEMPTS):
            try:
                (outcome,) = self._parallel(Feed([task]), 1)
                return outcome
            except BrokenProcessPool:
                continue
        return lost_outcome(
            task,
            f"its worker died {ALONE_ATTEMPTS} times while it ran alone: killed from outside, or "
            "memory ran out",
        )


def lost_outcome(task: Task, why: str) -> Outcome:
    """What is recorded of a run of which nothing came back."""
    return Outcome(task.key, (), np.zeros((0, len(task.outputs))), 0.0, "unknown", why)


@contextmanager
def unheard() -> Iterator[None]:
    """Hold Ctrl-C back while workers start, which inherit that; none is lost here."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Cluster:
    """A Dask cluster, by the address of its scheduler.

    Dask itself runs again elsewhere what a dead worker had.

    Parameters
    ----------
    address
        For instance ``tcp://10.0.0.1:8786``.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def stream(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Run tasks; outcomes in the order of ending.

        Raises
        ------
        InputError
            If no scheduler answers, or it goes away.
        """
        import distributed

        as_completed: Any = distributed.as_completed  # has no types
        client = self._connect()
        under_way: dict[Any, Task] = {}
        try:
            tasks = iter(tasks)
            ended = as_completed([], with_results=False, loop=client.loop)

            def hand_out() -> None:
                task = next(tasks, None)
                if task is not None:
                    future = client.submit(run_task, task, key=f"run-{task.key}", pure=False)
                    under_way[future] = task
                    ended.add(future)

            for _ in range(self._room(client)):
                hand_out()
            while under_way:
                future = next(ended)
                task = under_way.pop(future)
                yield self._outcome(future, task)
                for _ in range(max(1, self._room(client) - len(under_way))):
                    hand_out()
        finally:
            self._leave(client, list(under_way))

    def close(self) -> None:
        """Nothing to let go: workers belong to the cluster."""

    def _connect(self) -> Any:
        import distributed

        connect: Any = distributed.Client  # has no types
        # Its own words about lost connections come as tracebacks.
        for name in ("distributed", "distributed.client", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            return connect(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f"{self.address}: no Dask scheduler answers ({str(error).splitlines()[0]}); "
                "allowed: the address that `dask scheduler` prints, such as tcp://10.0.0.1:8786"
            ) from error

    def _room(self, client: Any) -> int:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        return AHEAD * max(1, sum(worker["nthreads"] for worker in workers))

    def _outcome(self, future: Any, task: Task) -> Outcome:
        from distributed import KilledWorker

        if future.status == "finished":
            outcome: Outcome = future.result()
            return outcome
        if future.status == "error":
            error = future.exception()
            if isinstance(error, OtherProgramError):
                raise error
            if isinstance(error, KilledWorker):
                return lost_outcome(task, f"its worker died again and again: {error}")
            return lost_outcome(task, f"{type(error).__name__}: {error}")
        raise InputError(
            f"{self.address}: the scheduler has gone; every run that was finished before is "
            "kept; start a scheduler and go on with --resume"
        )

    def _leave(self, client: Any, left: list[Any]) -> None:
        try:
            if client.status == "running" and left:
                client.cancel(left)
        finally:
            client.close(timeout=2)
