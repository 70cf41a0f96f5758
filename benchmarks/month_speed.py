"""What a month costs at a million residents: time on one thread and on two, and memory."""

from __future__ import annotations

import argparse
import gc
import json
from functools import cache
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from abm.digest import digest
from abm.model import Model
from abm.survey import survey
from abm.world import WAITING
from agents.patient import PATIENT
from benchmarks.counties import (
    COUNTY,
    FULL_SIZE,
    baseline_model,
    resized,
    visits_per_resident_year,
    whole_county,
)
from benchmarks.measure import (
    BenchmarkError,
    Paired,
    Row,
    make_row,
    paired,
    processor_seconds_of,
    run_apart,
)
from benchmarks.two_processors import PlainLoop

MOST_NS = 150.0
LEAST_SPEED_UP = 1.7
MOST_BYTES = 200.0
WARM_UP_MONTHS = 2
NS = "ns/resident-month"


class Month(NamedTuple):
    """The cost of a month, on one thread."""

    residents: int
    median_ns: float
    best_ns: float
    processor_ns: float
    """Median of the time that the processor worked for it; other programs do not enter."""
    year_ns: float
    """Mean over the months measured, which hold a December with its survey if they are a year."""
    speed_up: float
    """Of two threads, median over pairs of months."""
    best_speed_up: float
    """Best month of one thread over best month of two."""
    machine_speed_up: float
    """What two threads give a plain loop that shares nothing, median of the same rounds."""
    same: bool
    """Whether both came to the same digest."""
    visits_per_year: float
    queue_bytes: float
    """Room that the queues have taken, a resident."""


@cache
def month_at_full_size(persons: int | None = None, months: int = 12) -> Month:
    """Live the same months on one thread and on two, in turn.

    Parameters
    ----------
    persons
        People of the county, FULL_SIZE if absent.
    months
        Months to time, after two that are not timed.
    """
    county = resized(whole_county(), FULL_SIZE if persons is None else persons)
    one, two = (baseline_model(county, threads=threads) for threads in (1, 2))
    for model in (one, two):
        for _ in range(WARM_UP_MONTHS):
            model.step()
        # What December alone runs is loaded now; a survey changes nothing.
        survey(model)
    worked: list[float] = []

    def step_one() -> None:
        worked.append(processor_seconds_of(one.step))

    loop = PlainLoop(PATIENT.itemsize)
    plain: list[Paired] = []

    def rest() -> None:
        plain.append(paired(lambda: loop.run(1), lambda: loop.run(2), rounds=2, warm_up=0))

    seconds = paired(step_one, two.step, rounds=months, warm_up=0, between=rest)
    machine = median([ratio for pair in plain for ratio in pair.ratios])
    loop.close()
    found = _summary(one, seconds, worked, machine, digest(one) == digest(two))
    one.close()
    two.close()
    return found


def _summary(
    model: Model, seconds: Paired, worked: list[float], machine: float, same: bool
) -> Month:
    to_ns = 1e9 / model.alive
    waiting = int(model.buffers.queue_length.sum())
    return Month(
        residents=model.alive,
        median_ns=seconds.first * to_ns,
        best_ns=min(seconds.first_seconds) * to_ns,
        processor_ns=median(worked) * to_ns,
        year_ns=mean(seconds.first_seconds) * to_ns,
        speed_up=seconds.ratio,
        best_speed_up=min(seconds.first_seconds) / min(seconds.second_seconds),
        machine_speed_up=machine,
        same=same,
        visits_per_year=visits_per_resident_year(model, WARM_UP_MONTHS),
        queue_bytes=waiting * WAITING.itemsize / model.alive,
    )


def month_speed_rows(
    persons: int | None = None,
    months: int = 12,
    memory_persons: tuple[int, int] = (200_000, 1_000_000),
) -> list[Row]:
    """Measure the month as it stands: whole steps, with care, money, learning and records.

    Parameters
    ----------
    persons, months
        As for :func:`month_at_full_size`.
    memory_persons
        Two sizes of county; what a resident takes is the growth of memory between them.

    Returns
    -------
    list of Row
        Nanoseconds a resident-month (median, best, processor time, mean), visits, speed-up on
        two threads, bytes a resident.
    """
    month = month_at_full_size(persons, months)
    name = f"Month of {COUNTY}, {month.residents:,} residents"
    per_resident = "bytes/resident"
    # Two whole processors make a plain loop twice as fast; of less, as large a part is asked.
    least = LEAST_SPEED_UP * min(1.0, month.machine_speed_up / 2.0)
    return [
        make_row(f"{name}: 1 thread, median", month.median_ns, NS, high=MOST_NS),
        make_row(f"{name}: 1 thread, best", month.best_ns, NS),
        make_row(f"{name}: 1 thread, processor time, median", month.processor_ns, NS),
        make_row(f"{name}: 1 thread, mean of {months} months", month.year_ns, NS),
        make_row(f"{name}: visits", month.visits_per_year, "/resident/year"),
        make_row("Plain loop beside it: 2 threads faster, median", month.machine_speed_up, "times"),
        make_row(f"{name}: 2 threads faster, median", month.speed_up, "times", low=least),
        make_row(f"{name}: 2 threads faster, best", month.best_speed_up, "times"),
        make_row(f"{name}: same digest on 1 and 2 threads", float(month.same), "1 = yes", low=1.0),
        make_row(f"{name}: a resident's record", PATIENT.itemsize, per_resident),
        make_row(f"{name}: his share of the queues", month.queue_bytes, per_resident),
        make_row(
            f"{name}: all that grows with residents, {memory_persons[0]:,} to "
            f"{memory_persons[1]:,}",
            bytes_per_resident(*memory_persons),
            per_resident,
            high=MOST_BYTES,
        ),
    ]


def bytes_per_resident(fewer: int, more: int) -> float:
    """Bytes of memory that one resident more takes in a model that has lived some months.

    Two processes hold the same county with fewer and with more people; records, spare room,
    queues and whatever else grows are all in the difference.
    """
    held = [run_apart("benchmarks.month_speed", f"--persons={n}") for n in (fewer, more)]
    return (held[1]["bytes"] - held[0]["bytes"]) / (held[1]["residents"] - held[0]["residents"])


def _held(persons: int) -> dict[str, Any]:
    model = baseline_model(resized(whole_county(), persons))
    for _ in range(WARM_UP_MONTHS + 1):
        model.step()
    gc.collect()
    return {"residents": model.alive, "bytes": _resident_set_bytes()}


def _resident_set_bytes() -> int:
    """Bytes of memory that this process holds now."""
    for line in (
        Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    ):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise BenchmarkError("this system does not tell how much memory a process holds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, required=True)
    print(json.dumps(_held(parser.parse_args().persons)))
