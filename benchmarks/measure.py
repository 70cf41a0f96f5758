"""Small tools to measure with: rows of results, paired timings, programs run apart.

Only the standard library is imported here, so that a program that measures its own memory
does not pay for libraries that it does not use.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypedDict

ROOT = Path(__file__).resolve().parents[1]
"""The checkout, from which ``python -m benchmarks...`` is run."""


Clock = Callable[[Callable[[], object]], float]
"""Calls a piece of work and gives the seconds that it takes."""


class Row(TypedDict):
    """One figure. ``low`` and ``high`` are limits; ``ok`` is None where there are none."""

    name: str
    value: float
    low: float | None
    high: float | None
    ok: bool | None
    unit: str


class BenchmarkError(Exception):
    """A program that was to be measured failed or cannot be run here."""


def make_row(
    name: str,
    value: float,
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Row:
    """Make a row of results, checked against the limits that are given.

    Parameters
    ----------
    name
        What was measured.
    value
        The figure, in ``unit``. Not-a-number passes no limit.
    unit
        Unit of the value and of the limits.
    low, high
        Least and greatest value that passes.
    """
    checked = low is not None or high is not None
    ok = not math.isnan(value)
    ok = ok and (low is None or value >= low) and (high is None or value <= high)
    return Row(name=name, value=value, low=low, high=high, ok=ok if checked else None, unit=unit)


def seconds_of(work: Callable[[], object]) -> float:
    """Wall-clock seconds that one call of ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds_of(work: Callable[[], object]) -> float:
    """Seconds that the processors work in this process for one call of ``work``.

    What other programs take of the machine does not enter, but for what they take of its
    caches and memory.
    """
    start = time.process_time()
    work()
    return time.process_time() - start


def timings(work: Callable[[], object], rounds: int = 7, warm_up: int = 1) -> list[float]:
    """Seconds of each of ``rounds`` calls, after ``warm_up`` calls that are not counted."""
    for _ in range(warm_up):
        work()
    return [seconds_of(work) for _ in range(rounds)]


@dataclass(frozen=True)
class Paired:
    """Seconds of two pieces of work, measured in alternation; pair ``i`` is round ``i``."""

    first_seconds: tuple[float, ...]
    second_seconds: tuple[float, ...]

    @property
    def first(self) -> float:
        """Median seconds of the first."""
        return median(self.first_seconds)

    @property
    def second(self) -> float:
        """Median seconds of the second."""
        return median(self.second_seconds)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Seconds of the first over seconds of the second, round by round."""
        pairs = zip(self.first_seconds, self.second_seconds, strict=True)
        return tuple(first / second for first, second in pairs)

    @property
    def ratio(self) -> float:
        """Median of the ratios: how many times longer the first takes."""
        return median(self.ratios)


def paired(
    first: Callable[[], object],
    second: Callable[[], object],
    rounds: int = 7,
    warm_up: int = 1,
    clock: Clock = seconds_of,
    between: Callable[[], object] = lambda: None,
) -> Paired:
    """Time two pieces of work in turn, so that a slow spell of the machine meets both.

    The order changes from round to round (first second, second first, ...): neither
    always finds the caches as the other left them.

    Parameters
    ----------
    first, second
        The pieces of work.
    rounds
        Number of pairs.
    warm_up
        Number of calls of each before timing.
    clock
        How one call is timed.
    between
        Done after each round, not timed.

    Raises
    ------
    ValueError
        If ``rounds`` is less than 1.
    """
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}; at least 1 is needed")
    for _ in range(warm_up):
        first()
        second()
    seconds: tuple[list[float], list[float]] = ([], [])
    works = (first, second)
    for index in range(rounds):
        for which in (0, 1) if index % 2 == 0 else (1, 0):
            seconds[which].append(clock(works[which]))
        between()
    return Paired(tuple(seconds[0]), tuple(seconds[1]))


def peak_bytes() -> int:
    """Most memory that this process has held at once, in bytes.

    The kernel's count for the program itself is preferred to ``getrusage``, whose count
    begins, on Linux, with the memory of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@dataclass(frozen=True)
class Finished:
    """A program that has ended."""

    exit_code: int
    seconds: float
    peak_bytes: int
    """Most memory that it, or one of the programs that it started, held at once."""
    output: str
    errors: str


_LAUNCHER = """
import json, resource, subprocess, sys, time
report, *command = sys.argv[1:]
start = time.perf_counter()
code = subprocess.call(command)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
with open(report, "w") as file:
    json.dump([code, seconds, peak if sys.platform == "darwin" else peak * 1024], file)
"""


def run_measured(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    timeout_seconds: float = 3600,
) -> Finished:
    """Run a program and measure its time and peak memory.

    It is started by a small launcher: a program counts, on Linux, at least as much memory
    as the one that starts it holds, and this one may hold a whole county.

    Parameters
    ----------
    command
        Program and arguments.
    cwd, env
        Folder and environment to run it in; the checkout and the present environment
        where not given.
    timeout_seconds
        After this time the program is stopped.

    Raises
    ------
    BenchmarkError
        If the program cannot be started or takes too long.
    """
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(report)]
        try:
            done = subprocess.run(
                [*launcher, *map(str, command)],
                cwd=cwd,
                env=env,
                capture_output=True,
                text=True,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{command[0]}: not done in {timeout_seconds:g} s") from None
        if not report.exists():
            raise BenchmarkError(f"{command[0]}: cannot be started\n{done.stderr.strip()}")
        code, seconds, peak = json.loads(report.read_text())
    return Finished(code, seconds, peak, done.stdout, done.stderr)


def run_apart(module: str, *arguments: str, timeout_seconds: float = 3600) -> dict[str, Any]:
    """Run ``python -m module`` in a process of its own and read the JSON it prints last.

    Raises
    ------
    BenchmarkError
        If the process fails or its last line is not JSON.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = run_measured(command, timeout_seconds=timeout_seconds)
    lines = done.output.strip().splitlines()
    if done.exit_code != 0 or not lines:
        tail = "\n".join(done.errors.strip().splitlines()[-5:])
        raise BenchmarkError(f"{module}: exit code {done.exit_code}\n{tail}")
    try:
        result: dict[str, Any] = json.loads(lines[-1])
    except json.JSONDecodeError:
        raise BenchmarkError(f"{module}: the last line is not JSON: {lines[-1][:80]}") from None
    return result
