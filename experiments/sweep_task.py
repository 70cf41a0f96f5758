"""One run of a sweep, as it is sent to a worker, and what comes back."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import pickle
import platform
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from abm.county import County
from abm.excerpt import excerpt
from abm.indicators import INDICATORS, YearView
from abm.model import Model
from agents.foundation.compile import source_digest
from agents.foundation.errors import InputError
from calibration.county import County as FolderCounty
from calibration.policies import parse_policy
from experiments.interrupts import closed_after
from experiments.sweep_vary import Value, changed_county

COUNTIES_KEPT = 4
"""Counties that a worker keeps at hand."""
POLICIES_KEPT = 64
COLLECT_AFTER_SECONDS = 2.0
"""Seconds of runs after which a worker clears up, at the earliest."""
COLLECT_SHARE = 0.02
"""Most of its time that it spends on that: it takes longer the more modules are loaded."""
_HOUSE = ("agents", "abm", "calibration")
_WATCH_SECONDS = 1.0

Told = Callable[[int], None]
"""Called after each month with the months lived."""


class OtherProgramError(InputError):
    """A worker has another version of the program, or other data, than who sent the run."""


@cache
def code_version() -> str:
    """Digest of the sources that decide a result, with the versions that results depend on."""
    top = Path(__file__).resolve().parents[1]
    try:
        installed = version("yigongti")
    except PackageNotFoundError:
        installed = "source"
    told = hashlib.sha256(f"{installed} {source_digest()}".encode())
    for folder in _HOUSE:
        for path in sorted((top / folder).rglob("*.py")):
            told.update(path.relative_to(top).as_posix().encode())
            told.update(path.read_bytes())
    return told.hexdigest()[:16]


@dataclass(frozen=True)
class CountySource:
    """Where a worker finds a county, and what it must be."""

    place: str
    """Shipped name, folder, or file in which this program put it."""
    digest: str
    excerpt: tuple[int, int, int] | None = None
    """Townships, villages of each, persons."""

    def load(self) -> County:
        """Read the county.

        Raises
        ------
        OtherProgramError
            If it is not what it was where the run was planned.
        """
        county: County
        if self.place.endswith(".county"):
            county = pickle.loads(Path(self.place).read_bytes())
        else:
            county = FolderCounty.load(self.place)
        if self.excerpt is not None:
            townships, villages_each, persons = self.excerpt
            county = excerpt(county, townships, villages_each, persons)
        if county.digest != self.digest:
            raise OtherProgramError(
                f"county {self.place} is not the one that the sweep was planned with; "
                "allowed: the same data on every machine, unchanged while the sweep runs"
            )
        return county


@dataclass(frozen=True)
class Task:
    """Everything that one run depends on.

    Attributes
    ----------
    key
        Digest of all that the results depend on.
    changes
        What differs from the county, by name, in the order of the names.
    policy, baseline
        Every key, as JSON.
    months, weight, seed, threads
        As for a model; ``threads`` changes no result.
    outputs
        Names of the indicators that are kept.
    code
        Version of the program that is asked for.
    parent
        Process whose end ends the worker; 0 for none.
    """

    key: str
    county: CountySource
    changes: tuple[tuple[str, Value], ...]
    policy: str
    baseline: str
    months: int
    weight: int
    seed: int
    outputs: tuple[str, ...]
    code: str
    threads: int | None = 1
    parent: int = 0


def task_key(
    county: CountySource,
    changes: tuple[tuple[str, Value], ...],
    policy: str,
    baseline: str,
    months: int,
    weight: int,
    seed: int,
    outputs: tuple[str, ...],
    code: str,
) -> str:
    """Digest of all that a run's results depend on; names and titles for readers do not count."""
    parts = [
        county.digest,
        changes,
        without_prose(policy),
        without_prose(baseline),
        [months, weight, seed],
        outputs,
        code,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


@lru_cache(POLICIES_KEPT)
def without_prose(policy: str) -> dict[str, Any]:
    """A policy's keys, from JSON, without what only readers need."""
    table: dict[str, Any] = json.loads(policy)
    prose = ("title", "title_zh", "rule", "rule_zh", "source", "open", "to_come")
    return {key: value for key, value in table.items() if key not in prose}


@dataclass(frozen=True)
class Outcome:
    """What a run left: its figures, or why there are none.

    Attributes
    ----------
    years
        Calendar years.
    values
        (year, output) figures; not a number where there is nothing to divide by.
    seconds
        How long the run took, county and all.
    """

    key: str
    years: tuple[int, ...]
    values: np.ndarray
    seconds: float
    host: str
    error: str | None = None


def run_task(task: Task, told: Told | None = None) -> Outcome:
    """Run a task; a failure of the run is an outcome too.

    Raises
    ------
    OtherProgramError
        If this program or its data are not those that the task was planned with.
    """
    _settle(task)
    start = time.perf_counter()
    years: tuple[int, ...] = ()
    values, error = np.zeros((0, len(task.outputs))), None
    try:
        years, values = _figures(task, told)
    except OtherProgramError:
        raise
    except InputError as fault:
        error = "; ".join(fault.problems)
    except Exception as fault:
        error = f"{type(fault).__name__}: {fault}"
    seconds = time.perf_counter() - start
    _clear_up(seconds)
    return Outcome(task.key, years, values, seconds, platform.node(), error)


_run_since, _took = [0.0], [0.0]


def _clear_up(seconds: float) -> None:
    """Free what past runs left, now and then.

    A model and its parts hold each other, so only the collector frees them, and it comes late
    in a process of many lasting objects: a thousand small runs, or a few of a million people,
    would pile up.
    """
    _run_since[0] += seconds
    if _run_since[0] >= max(COLLECT_AFTER_SECONDS, _took[0] / COLLECT_SHARE):
        _run_since[0] = 0.0
        began = time.perf_counter()
        gc.collect()
        _took[0] = time.perf_counter() - began


def _figures(task: Task, told: Told | None) -> tuple[tuple[int, ...], np.ndarray]:
    county = county_of(task.county, task.changes)
    model = Model(
        county,
        _policy(task.policy),
        _policy(task.baseline),
        rng=task.seed,
        weight=task.weight,
        threads=task.threads,
    )
    with closed_after(model):
        while model.month < task.months:
            model.step()
            if told is not None:
                told(model.month)
        return figures_of(model, task.outputs)


def figures_of(model: Model, outputs: tuple[str, ...]) -> tuple[tuple[int, ...], np.ndarray]:
    """Calendar years that a model has lived, and (year, output) its indicators."""
    views = [YearView(model, year) for year in range(len(model.surveys))]
    rows = [[float(INDICATORS[name].of(view)) for name in outputs] for view in views]
    first = model.county.start_year
    years = tuple(first + year for year in range(len(views)))
    return years, np.array(rows, float).reshape(len(years), len(outputs))


@lru_cache(POLICIES_KEPT)
def _policy(table: str) -> Any:
    return parse_policy(json.loads(table))


# -- what a worker keeps ---------------------------------------------------------------

_Changes = tuple[tuple[str, Value], ...]
_COUNTIES: OrderedDict[tuple[CountySource, _Changes], County] = OrderedDict()
_LOCK = threading.Lock()


def keep_county(source: CountySource, changes: _Changes, county: County) -> None:
    """Keep a county at hand for the next runs; the oldest goes."""
    with _LOCK:
        _COUNTIES[source, changes] = county
        _COUNTIES.move_to_end((source, changes))
        while len(_COUNTIES) > COUNTIES_KEPT:
            _COUNTIES.popitem(last=False)


def county_of(source: CountySource, changes: _Changes) -> County:
    """The county of a run, from what is at hand if it can be."""
    with _LOCK:
        known = _COUNTIES.get((source, changes))
    if known is None:
        whole = county_of(source, ()) if changes else source.load()
        known = changed_county(whole, dict(changes))
    keep_county(source, changes, known)
    return known


_watched: set[int] = set()


def _settle(task: Task) -> None:
    """Refuse work for another program; in a worker, mind who sent it."""
    if task.code != code_version():
        raise OtherProgramError(
            f"worker on {platform.node()} has version {code_version()} of the program, the sweep "
            f"{task.code}; allowed: the same version on every machine"
        )
    mind(task.parent)


def mind(parent: int) -> None:
    """In a worker: leave Ctrl-C to the process that sent the work, and end with it."""
    if parent in {0, os.getpid()} or parent in _watched:
        return
    _watched.add(parent)
    if threading.current_thread() is threading.main_thread():
        # Ctrl-C reaches every process of a terminal; the parent alone answers it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()


def end_with(parent: int) -> None:
    """End this process when its parent has ended: nobody would take what it finds."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
