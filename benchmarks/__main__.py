"""``python -m benchmarks``: measure, print a table or JSON, fail where a limit is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from agents.patient import PATIENT
from benchmarks.measure import BenchmarkError, Row, make_row
from benchmarks.memory_floor import memory_floor_rows
from benchmarks.month_speed import month_at_full_size, month_speed_rows
from benchmarks.ordinary_mesa import ordinary_mesa_rows
from benchmarks.scaling import scaling_rows
from benchmarks.starsim_peer import starsim_rows
from benchmarks.start_up import full_run_rows, start_up_rows
from benchmarks.sweep_overhead import overhead_rows


class Benchmark(NamedTuple):
    """A group of figures that are measured together."""

    name: str
    measure: Callable[[], list[Row]]


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("floor", lambda: beside_month(memory_floor_rows(PATIENT.itemsize))),
    Benchmark("month", month_speed_rows),
    Benchmark("starsim", lambda: beside_month(starsim_rows())),
    Benchmark("ordinary", ordinary_mesa_rows),
    Benchmark("scaling", scaling_rows),
    Benchmark("sweep", overhead_rows),
    Benchmark("start", start_up_rows),
    Benchmark("full-run", full_run_rows),
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


def beside_month(rows: list[Row]) -> list[Row]:
    """Add to each peer's nanoseconds how many months of this model they are."""
    month_ns = month_at_full_size().median_ns
    beside = [
        make_row(f"{row['name']}, over our month", row["value"] / month_ns, "times")
        for row in rows
        if row["unit"].startswith("ns/")
    ]
    return rows + beside


def print_table(rows: list[Row]) -> None:
    """Print rows for a reader, with the machine that they were measured on."""
    machine = f"{processor_name()}, {os.cpu_count()} processors"
    table = Table(title=f"Python {platform.python_version()}, {machine}")
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
        table.add_row(row["name"], _number(row["value"]), limits.strip(), mark, row["unit"])
    # A file or a pipe has no width of its own; names are long.
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def processor_name() -> str:
    """What the system calls its processor."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
