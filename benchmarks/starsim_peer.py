"""Starsim: three chronic diseases with births and deaths, by the month.

Starsim's own example of a chronic disease (``starsim.NCD``) three times, its births and its
deaths, with its common random numbers on as it comes. It has no stages, no diagnosis, no
care and no money; it is here for scale, not as a rival at the same task.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from importlib.util import find_spec
from statistics import median
from typing import Any

from benchmarks.measure import BenchmarkError, Row, make_row, peak_bytes, run_apart

DISEASES = 3
BIRTHS_PER_1000_YEARS = 7
DEATHS_PER_1000_YEARS = 8
"""Near the rural rates of China in the 2020s; they set how much of the work is births."""


def starsim_rows(people: int = 1_000_000, months: int = 24) -> list[Row]:
    """Measure Starsim in a process of its own.

    Parameters
    ----------
    people
        People at the start.
    months
        Steps; the first of them also sets up caches, so the median is taken.

    Returns
    -------
    list of Row
        Nanoseconds a person-step (median and best), bytes a person of peak memory above
        the imported library, and bytes a person in its state arrays.

    Raises
    ------
    BenchmarkError
        If Starsim is not installed, or fails.
    """
    if find_spec("starsim") is None:
        raise BenchmarkError("Starsim is not installed: make bench installs it")
    found = run_apart("benchmarks.starsim_peer", f"--people={people}", f"--months={months}")
    name = f"Starsim {found['version']}, {DISEASES} chronic diseases, {people:,} people"
    return [
        make_row(f"{name}: step, median", found["ns_median"], "ns/person-step"),
        make_row(f"{name}: step, best", found["ns_best"], "ns/person-step"),
        make_row(f"{name}: peak memory", found["peak_bytes_a_person"], "bytes/person"),
        make_row(f"{name}: state", found["state_bytes_a_person"], "bytes/person"),
    ]


def _simulation(starsim: Any, people: int, months: int) -> Any:
    return starsim.Sim(
        n_agents=people,
        dt=starsim.months(1),
        start=0,
        dur=starsim.months(months),
        diseases=[starsim.NCD(name=f"disease_{index}") for index in range(DISEASES)],
        demographics=[
            starsim.Births(birth_rate=starsim.peryear(BIRTHS_PER_1000_YEARS)),
            starsim.Deaths(death_rate=starsim.peryear(DEATHS_PER_1000_YEARS)),
        ],
        rand_seed=1,
        verbose=0,
    )


def _measure(people: int, months: int) -> dict[str, Any]:
    os.environ["STARSIM_INSTALL_FONTS"] = "0"
    import starsim

    # Compiles what Starsim compiles, so that neither time nor memory of it is counted.
    _simulation(starsim, min(people, 10_000), 6).run()
    before = peak_bytes()
    simulation = _simulation(starsim, people, months)
    simulation.init()
    seconds = []
    for _ in range(months):
        start = time.perf_counter()
        simulation.run_one_step()
        seconds.append(time.perf_counter() - start)
    alive = len(simulation.people)
    arrays = {id(state): state.raw for state in simulation.people._states.values()}
    arrays |= {
        id(state): state.raw
        for state in (simulation.people.uid, simulation.people.slot, simulation.people.parent)
    }
    state_bytes = sum(array.nbytes for array in arrays.values()) + simulation.people.auids.nbytes
    return {
        "version": starsim.__version__,
        "ns_median": median(seconds) * 1e9 / alive,
        "ns_best": min(seconds) * 1e9 / alive,
        "peak_bytes_a_person": (peak_bytes() - before) / people,
        "state_bytes_a_person": state_bytes / alive,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=24)
    options = parser.parse_args()
    print(json.dumps(_measure(options.people, options.months)))
