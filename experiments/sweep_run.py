"""Carrying out a plan: what the store does not have yet is run, and kept as it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from agents.foundation.errors import InputError
from experiments.store import Store
from experiments.sweep_file import load_sweep, parse_sweep
from experiments.sweep_places import Cluster, Here, Place, Workers
from experiments.sweep_plan import Plan, make_plan
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
    with closing(place):
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


def sweep(
    experiment: str | Path | Mapping[str, Any],
    store: str | Path | None = None,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    told: Told | None = None,
) -> Store:
    """Run an experiment from Python; what the store has already is not run again.

    Parameters
    ----------
    experiment
        Name of a shipped experiment, a file, or the content of one.
    store
        File for the runs; in memory if absent.
    workers, cluster
        Processes of this machine, or address of a Dask scheduler; one process a processor if
        neither is given. In a script, more than one needs ``if __name__ == "__main__":``.
    told
        Called after each run with the runs that are there and the runs in all.

    Returns
    -------
    Store
        Open, for :func:`experiments.store_tables.tables` and the like.

    Raises
    ------
    InputError
        With every fault of the experiment, or if runs cannot be made or kept.
    """
    if isinstance(experiment, Mapping):
        form = parse_sweep(dict(experiment), Path())
    else:
        form, _ = load_sweep(experiment)
    place, plan = place_of(workers, cluster), make_plan(form)
    kept = Store(None if store is None else Path(store), write=True)
    try:
        start(plan, kept, resume=True)
        carry_out(plan, kept, place, told)
    except BaseException:
        kept.close()
        raise
    return kept


def default_store(name: str) -> Path:
    """Where runs go when nothing is said."""
    return Path(f"{name}.sweep")
