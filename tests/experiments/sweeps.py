"""A tiny experiment, and the program run on it in processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from agents.foundation.errors import InputError
from experiments.store import Store
from experiments.store_tables import tables
from experiments.sweep_file import SweepFile, parse_sweep
from experiments.sweep_plan import Plan, make_plan

ROOT = Path(__file__).resolve().parents[2]
UNTIL_SECONDS = 90.0


def content(**changes: Any) -> dict[str, Any]:
    """An experiment on 150 people: two policies, four points, two seeds."""
    return {
        "form_version": 1,
        "name": "tiny",
        "title": "A tiny experiment",
        "question": "What does the growth of the bundle do?",
        "counties": ["typical"],
        "policies": ["fee_for_service", "bundle"],
        "years": 1,
        "weight": 1,
        "replicates": 2,
        "outputs": ["fund.*", "use.visits_per_resident", "admissions.outside_share"],
        "excerpt": {"townships": 1, "villages_each": 1, "persons": 150},
        "vary": [
            {
                "name": "policy.payment.growth",
                "values": [-0.1, 0.0, 0.1],
                "policies": ["bundle"],
            }
        ],
        **changes,
    }


def form(**changes: Any) -> SweepFile:
    return parse_sweep(content(**changes), ROOT)


def plan(**changes: Any) -> Plan:
    return make_plan(form(**changes))


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "tiny.toml"
    path.write_text(tomli_w.dumps(content(**changes)), encoding="utf-8")
    return path


def faults(**changes: Any) -> str:
    try:
        plan(**changes)
    except InputError as error:
        return "\n".join(error.problems)
    raise AssertionError("nothing was refused")


def figures(path: Path) -> dict[str, pd.DataFrame]:
    """What must be the same however the runs were made: all but times and machines."""
    with Store(path) as store:
        found = tables(store)
    found["runs"] = found["runs"].drop(columns=["seconds", "ended", "host"])
    return found


def assert_same(one: Path, other: Path) -> None:
    left, right = figures(one), figures(other)
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name], check_exact=True)
    assert len(left["results"]) > 0


def process(*words: object, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


def sweep(file: Path, store: Path, *words: object, **options: Any) -> subprocess.Popen[str]:
    return process(
        "experiments.cli", "sweep", file, "--store", store, *words, cwd=file.parent, **options
    )


def until(what: Callable[[], bool], running: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + UNTIL_SECONDS
    while not what():
        if running is not None and running.poll() is not None:
            raise AssertionError(f"ended with {running.returncode}: {running.communicate()}")
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.05)


def done(path: Path) -> int:
    """Runs that a store has, while it is written."""
    if not path.exists():
        return 0
    try:
        with Store(path) as store:
            known = store.experiments()
            return store.counts(known[0]["name"])["done"] if known else 0
    except InputError:
        return 0


def children(parent: int) -> list[int]:
    """Processes that a process has started, and those that they have started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            child = int(stat.parent.name)
            found += [child, *children(child)]
    return found


def workers(parent: int) -> list[int]:
    """The worker processes of a sweep that runs on this machine."""
    return [child for child in children(parent) if "loky" in _command(child)
            and "resource_tracker" not in _command(child)]  # fmt: skip


def _command(process_id: int) -> str:
    try:
        return (Path("/proc") / str(process_id) / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def kill(process_id: int) -> None:
    os.kill(process_id, signal.SIGKILL)
