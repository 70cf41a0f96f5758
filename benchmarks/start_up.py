"""How long a user waits for the command, the first time and later, and how much memory it takes."""

from __future__ import annotations

import os
import sys
import tempfile
from statistics import median

from benchmarks.counties import COUNTY
from benchmarks.measure import BenchmarkError, Finished, Row, make_row, run_measured

MOST_FIRST_SECONDS = 40.0
MOST_START_SECONDS = 3.0
MOST_GIGABYTES = 1.5
COMPILING = "compiling"
"""Word by which the command says why its first run takes a moment."""
FIRST_RUN = ("run", "typical", "--years", "1", "--weight", "50", "--threads", "1")
FULL_RUN = ("run", COUNTY, "--years", "1", "--weight", "1")
SHORT_COMMANDS = (("--version",), ("list", "counties"))
ONE_MONTH = """
from calibration.county import County
from experiments.runs import make_model
county = County.load("typical")
model = make_model(county, county.baseline_policy, weight=20, threads=1)
model.step()
model.close()
"""


def start_up_rows(rounds: int = 5) -> list[Row]:
    """Measure the command as a user meets it, in processes of its own.

    Parameters
    ----------
    rounds
        How often each short command is started; the median counts.

    Returns
    -------
    list of Row
        Seconds of a first run, whose compiled code is not in the cache, and of the same run
        again; whether the first says that it compiles; seconds of short commands and of a
        program that reads a county and lives one month.

    Raises
    ------
    BenchmarkError
        If a command fails.
    """
    rows = first_run_rows()
    for words in SHORT_COMMANDS:
        seconds = median(_yigongti(*words).seconds for _ in range(rounds))
        name = f"Warm start: yigongti {' '.join(words)}"
        rows.append(make_row(name, seconds, "s", high=MOST_START_SECONDS))
    seconds = median(_run(sys.executable, "-c", ONE_MONTH).seconds for _ in range(rounds))
    name = "Warm start: read a county, live one month at weight 20"
    return [*rows, make_row(name, seconds, "s", high=MOST_START_SECONDS)]


def first_run_rows() -> list[Row]:
    """Run a small county twice with a cache of its own: nothing compiled, all compiled."""
    name = f"yigongti {' '.join(FIRST_RUN)}"
    with tempfile.TemporaryDirectory() as cache:
        first, again = (_yigongti(*FIRST_RUN, cache=cache) for _ in range(2))
    said = COMPILING in first.errors and COMPILING not in again.errors
    return [
        make_row(f"First run: {name}", first.seconds, "s", high=MOST_FIRST_SECONDS),
        make_row("First run: says that it compiles", float(said), "1 = yes", low=1.0),
        make_row(f"Second run: {name}", again.seconds, "s"),
    ]


def full_run_rows() -> list[Row]:
    """Peak memory and time of a year at full size, tables and all."""
    done = _yigongti(*FULL_RUN)
    name = f"yigongti {' '.join(FULL_RUN)}"
    return [
        make_row(f"{name}: peak memory", done.peak_bytes / 1e9, "GB", high=MOST_GIGABYTES),
        make_row(f"{name}: in all", done.seconds, "s"),
    ]


def _yigongti(*words: str, cache: str | None = None) -> Finished:
    return _run(sys.executable, "-m", "experiments.cli", *words, cache=cache)


def _run(*command: str, cache: str | None = None) -> Finished:
    environment = dict(os.environ)
    if cache is not None:
        environment["YIGONGTI_CACHE"] = cache
    done = run_measured(command, env=environment)
    if done.exit_code != 0:
        said = done.errors.strip().splitlines() or ["it said nothing"]
        raise BenchmarkError(
            f"{' '.join(command[1:])[:80]}: exit code {done.exit_code}: {said[-1]}"
        )
    return done
