"""What a sweep costs beyond its runs, beside Mesa's ``batch_run``: time, efficiency, memory.

The same model and the same design for all: 150 people, a point a value of the bundle's growth.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from mesa.batchrunner import batch_run

from benchmarks.measure import Row, make_row, paired, peak_bytes, run_apart
from experiments.mesa_batch import CountyModel
from experiments.store import Store
from experiments.sweep_file import parse_sweep
from experiments.sweep_places import Here, Workers
from experiments.sweep_plan import Plan, make_plan
from experiments.sweep_run import carry_out, start
from experiments.sweep_task import run_task

MOST_OVERHEAD_MS = 10.0
LEAST_EFFICIENCY = 0.9
MOST_GROWTH_MIB = 4.0
"""More memory with ten times the runs: what the store's cache and the plan may take."""
RUNS = 100
MANY_RUNS = 1_000
LONG_WEIGHT = 10
"""People an agent, on the whole county, for runs of a second: efficiency without start-up."""


def tiny_plan(runs: int) -> Plan:
    """So many runs of 150 people for two years."""
    return make_plan(
        parse_sweep(
            {
                "form_version": 1,
                "name": "overhead",
                "title": "Overhead",
                "question": "What does a sweep cost beyond its runs?",
                "counties": ["typical"],
                "policies": ["bundle"],
                "years": 1,
                "weight": 1,
                "replicates": runs // 10,
                "outputs": ["fund.*", "use.*"],
                "excerpt": {"townships": 2, "villages_each": 4, "persons": 150},
                "vary": [{"name": "policy.payment.growth", "low": -0.1, "high": 0.1, "steps": 10}],
            },
            Path(),
        )
    )


def longer_plan(runs: int) -> Plan:
    """So many runs of the whole county, of a second or so each."""
    tiny = tiny_plan(10)
    content = {k: v for k, v in tiny.content.items() if k != "excerpt"}
    plan = make_plan(
        parse_sweep({**content, "weight": LONG_WEIGHT, "replicates": max(1, runs // 10)}, Path())
    )
    return replace(plan, points=plan.points[: min(10, runs)])


def overhead_rows(
    runs: int = RUNS, long_runs: int = 40, many: int = MANY_RUNS, rounds: int = 3
) -> list[Row]:
    """Milliseconds a run beyond the run, efficiency on two workers, growth of memory."""
    return [
        *_time_rows(max(10, runs // 2), rounds),
        *_efficiency_rows(long_runs, rounds),
        *_memory_rows(runs, many),
    ]


def _time_rows(runs: int, rounds: int) -> list[Row]:
    """What a sweep takes beside its runs; and ``batch_run``, in turn with the bare runs.

    A sweep tells how long each run took, so what is left is known to a millisecond. Of
    ``batch_run`` only the difference of two long times is known, which may be below nought.
    """
    plan = tiny_plan(runs)
    tasks = [task for _, task in plan.tasks()]

    def bare() -> None:
        for task in tasks:
            run_task(task)

    batched = paired(bare, lambda: batch_rows(runs, 1), rounds)
    beyond = median(_beside_runs(plan) for _ in range(rounds))
    told = f"{len(tasks)} runs in one process, beyond the runs"
    return [
        make_row("run of 150 people, two years", batched.first / len(tasks), "s/run"),
        make_row(f"sweep, {told}", 1000 * beyond / len(tasks), "ms/run", high=MOST_OVERHEAD_MS),
        make_row(
            f"Mesa's batch_run, {told}",
            1000 * (batched.second - batched.first) / len(tasks),
            "ms/run",
        ),
    ]


def _beside_runs(plan: Plan) -> float:
    """Seconds that a sweep takes beside those that its runs took, from an empty store on."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with Store(Path(folder) / "overhead.sweep", write=True) as store:
            start(plan, store)
            carry_out(plan, store, Here())
            spent = store.pace(plan.name)[1]
        return time.perf_counter() - began - spent


def _efficiency_rows(runs: int, rounds: int) -> list[Row]:
    """Two workers against one process; and how much of their time they spend in runs."""
    plan = longer_plan(runs)
    tasks = [task for _, task in plan.tasks()]
    pair = Workers(2)
    busy: list[float] = []

    def alone() -> None:
        for task in tasks:
            run_task(task)

    def together() -> None:
        began = time.perf_counter()
        seconds = _through_store(plan, pair)
        busy.append(seconds / (2 * (time.perf_counter() - began)))

    # The first call starts the workers, which load program and county; it is not counted.
    found = paired(alone, together, rounds)
    pair.close()
    told = f"on runs of {found.first / len(tasks):.2g} s"
    return [
        make_row(
            f"sweep, efficiency of two workers {told}",
            found.first / (2 * found.second),
            "share",
            low=LEAST_EFFICIENCY,
        ),
        make_row(
            "sweep, share of two workers' time spent in runs",
            median(busy[1:]),
            "share",
            low=LEAST_EFFICIENCY,
        ),
    ]


def _memory_rows(few: int, many: int) -> list[Row]:
    rows = []
    for how, limit in (("sweep", MOST_GROWTH_MIB), ("batch_run", None)):
        peaks = [
            run_apart("benchmarks.sweep_overhead", f"--peak={how}", f"--runs={runs}")["bytes"]
            for runs in (few, many)
        ]
        rows.append(
            make_row(
                f"{how}: more memory with {many:,} runs than with {few:,}",
                (peaks[1] - peaks[0]) / 2**20,
                "MiB",
                high=limit,
            )
        )
    return rows


def _sweep(plan: Plan, place: Here) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _into(Path(folder), plan, place)


def _into(folder: Path, plan: Plan, place: Here) -> None:
    with Store(folder / "overhead.sweep", write=True) as store:
        start(plan, store)
        carry_out(plan, store, place)


def _through_store(plan: Plan, place: Workers) -> float:
    """Make a plan's runs by workers that live on; return the seconds spent in runs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "overhead.sweep", write=True) as store,
    ):
        start(plan, store)
        tasks = (task for _, task in plan.tasks() if store.claim(task.key))
        spent = 0.0
        for outcome in place.stream(tasks):
            store.put(outcome, plan.outputs, plan.code)
            spent += outcome.seconds
    return spent


def batch_rows(runs: int, processes: int) -> int:
    """The same design by Mesa's ``batch_run``; how many rows came back."""
    if processes > 1:
        multiprocessing.set_start_method("spawn", force=True)
    steps = [round(-0.1 + 0.2 * n / 9, 12) for n in range(10)]
    found = batch_run(
        CountyModel,
        {
            "policy": "bundle",
            "years": 1,
            "weight": 1,
            "persons": 150,
            "policy.payment.growth": steps,
            "rng": range(1, runs // 10 + 1),
        },
        number_processes=processes,
        max_steps=1000,
        data_collection_period=-1,
        display_progress=False,
    )
    return len(found)


def main(arguments: list[str]) -> None:
    """Make so many runs and print the most memory that the process took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", choices=["sweep", "batch_run"], required=True)
    parser.add_argument("--runs", type=int, required=True)
    options = parser.parse_args(arguments)
    if options.peak == "sweep":
        _sweep(tiny_plan(options.runs), Here())
    else:
        batch_rows(options.runs, 1)
    print(json.dumps({"bytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1:])
