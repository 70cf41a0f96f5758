"""``python -m benchmarks``: measure, print a table or JSON, fail where a limit is missed."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from agents.patient import PATIENT
from benchmarks.measure import BenchmarkError, Row
from benchmarks.memory_floor import memory_floor_rows
from benchmarks.starsim_peer import starsim_rows


class Benchmark(NamedTuple):
    """A group of figures that are measured together."""

    name: str
    measure: Callable[[], list[Row]]


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("floor", lambda: memory_floor_rows(PATIENT.itemsize)),
    Benchmark("starsim", starsim_rows),
)
"""In the order in which they are run and printed."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks and print their rows.

    Parameters
    ----------
    arguments
        Command line; that of the process where not given.

    Returns
    -------
    int
        0 if all went well, 1 if a limit was missed or something could not be measured.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a list of rows as JSON")
    parser.add_argument(
        "--only",
        action="append",
        choices=[benchmark.name for benchmark in BENCHMARKS],
        help="run this group; may be given more than once",
    )
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    failed = False
    for benchmark in BENCHMARKS:
        if options.only and benchmark.name not in options.only:
            continue
        print(f"measuring: {benchmark.name}", file=sys.stderr)
        try:
            rows += benchmark.measure()
        except BenchmarkError as error:
            failed = True
            print(f"{benchmark.name}: {error}", file=sys.stderr)
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print_table(rows)
    return int(failed or any(row["ok"] is False for row in rows))


def print_table(rows: list[Row]) -> None:
    """Print rows for a reader, with the machine that they were measured on."""
    table = Table(title=f"Python {platform.python_version()} on {platform.machine()}")
    table.add_column("What")
    for column in ("Value", "Limits", ""):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("Unit", no_wrap=True)
    for row in rows:
        limits = "".join(
            f"{sign} {limit:g} "
            for sign, limit in (("≥", row["low"]), ("≤", row["high"]))
            if limit is not None
        )
        mark = {None: "", True: "ok", False: "MISSED"}[row["ok"]]
        table.add_row(row["name"], f"{row['value']:,.4g}", limits.strip(), mark, row["unit"])
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
