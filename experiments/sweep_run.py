"""Carrying out a plan: what the store does not have yet is run, and kept as it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from agents.foundation.errors import InputError
from experiments.store import Store
from experiments.sweep_places import Cluster, Here, Place, Workers
from experiments.sweep_plan import Plan
from experiments.sweep_task import Task

LOOK_AGAIN_SECONDS = 0.5
MOST_WORKERS = 1024

Told = Callable[[int, int], None]
"""Called after each run with the runs that are there and the runs in all."""


@dataclass(frozen=True)
class Done:
    """What a sweep has come to.

    Attributes
    ----------
    planned, done, failed
        Runs of the experiment.
    before
        Of these, how many the store had at the start.
    made
        How many were made here; the others came from another process meanwhile.
    seconds
        How long it took.
    """

    planned: int
    done: int
    failed: int
    before: int
    made: int
    seconds: float


def place_of(workers: int | None, cluster: str | None) -> Place:
    """Where to run: on a cluster, in so many processes, or one for each processor.

    Raises
    ------
    InputError
        If both are given, or the number cannot be used.
    """
    if cluster is not None and workers is not None:
        raise InputError("--workers and --cluster: both given; allowed: one of them")
    if cluster is not None:
        return Cluster(cluster)
    number = workers if workers is not None else (os.cpu_count() or 1)
    if not 1 <= number <= MOST_WORKERS:
        raise InputError(f"workers {number}: not allowed; allowed: 1 to {MOST_WORKERS}")
    return Here() if number == 1 else Workers(number)


def start(plan: Plan, store: Store, *, resume: bool = False, again: bool = False) -> int:
    """Write a plan into a store; return how many of its runs the store has already.

    Parameters
    ----------
    plan, store
        What is to be run, and where it goes.
    resume
        Whether to go on with an experiment that the store has.
    again
        Whether runs that failed are to be run again.

    Raises
    ------
    InputError
        If the store has the experiment and ``resume`` is not set.
    """
    known = {one["name"]: one for one in store.experiments()}
    if plan.name in known and not resume:
        counts = store.counts(plan.name)
        raise InputError(
            f"{store.name}: has experiment {plan.name} already ({counts['done']:,} of "
            f"{counts['planned']:,} runs done); allowed: --resume to go on, or another --store"
        )
    runs = [(point.number, task.seed, task.key) for point, task in plan.tasks()]
    store.plan(
        plan.name,
        plan.title,
        {**plan.content, "lead_years": plan.lead},
        plan.code,
        [point.row() for point in plan.points],
        runs,
    )
    store.keep_outputs(plan.outputs)
    if again:
        store.forget_failed(plan.name)
    counts = store.counts(plan.name)
    return counts["done"] + counts["failed"]


def carry_out(plan: Plan, store: Store, place: Place, told: Told | None = None) -> Done:
    """Run all of a plan that the store does not have, and keep each run as it ends.

    Raises
    ------
    InputError
        If the store can no longer be written or workers cannot be used; what was finished is
        kept.
    KeyboardInterrupt
        If stopped; the same holds.
    """
    began = time.perf_counter()
    counts = store.counts(plan.name)
    before = counts["done"] + counts["failed"]
    if told is not None:
        told(before, len(plan))
    made = 0
    for _ in finish(store, place, (task for _, task in plan.tasks()), plan):
        made += 1
        if told is not None:
            told(before + made, len(plan))
    counts = store.counts(plan.name)
    return Done(
        planned=counts["planned"],
        done=counts["done"],
        failed=counts["failed"],
        before=before,
        made=made,
        seconds=time.perf_counter() - began,
    )


def finish(store: Store, place: Place, tasks: Iterable[Task], plan: Plan) -> Iterator[str]:
    """Run what the store does not have; yield the key of each run that comes in."""
    elsewhere: list[Task] = []

    def ours(offered: Iterable[Task]) -> Iterator[Task]:
        for task in offered:
            if store.state(task.key) is not None:
                continue
            if store.claim(task.key):
                yield task
            elif store.state(task.key) is None:
                elsewhere.append(task)

    with store.at_work():
        waiting = tasks
        while True:
            next_ones = ours(waiting)
            first = next(next_ones, None)
            if first is not None:  # no worker is started for nothing
                with closing(place.stream(chain([first], next_ones))) as outcomes:
                    for outcome in outcomes:
                        store.put(outcome, plan.outputs, plan.code)
                        yield outcome.key
            if not elsewhere:
                return
            # Another sweep into this store has taken these on: see whether it has them done.
            time.sleep(LOOK_AGAIN_SECONDS)
            waiting, elsewhere = elsewhere, []


def default_store(name: str) -> Path:
    """Where runs go when nothing is said."""
    return Path(f"{name}.sweep")
