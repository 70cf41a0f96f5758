"""How much faster a month is than in an ordinary Mesa model that gives the same results.

See :mod:`benchmarks.ordinary_model`. The ordinary model is timed on an excerpt of the
county, because a million such residents take a minute a month and gigabytes; what one of them
costs does not hang on how many there are.
"""

from __future__ import annotations

import gc

import numpy as np

from abm.excerpt import excerpt
from abm.model import Model
from agents.patient import PATIENT
from benchmarks.counties import (
    baseline_model,
    baseline_policy,
    visits_per_resident_year,
    whole_county,
)
from benchmarks.measure import Row, make_row, paired, processor_seconds_of
from benchmarks.month_speed import NS, month_at_full_size
from benchmarks.ordinary_model import OrdinaryModel

LEAST_RATIO = 200.0


def ordinary_mesa_rows(persons: int = 20_000, months: int = 4, full_size: bool = True) -> list[Row]:
    """Run both models side by side on an excerpt of the county, month by month.

    Times are the processor's, on one thread: the month of the whole county was measured at
    another moment, when other programs may have taken more or less of the machine.

    Parameters
    ----------
    persons
        People of the excerpt.
    months
        Months to time, after one that is not timed.
    full_size
        Compare also with a month of the whole county, which is measured for it unless it
        has been already.

    Returns
    -------
    list of Row
        Whether results are the same, nanoseconds a resident-month, visits, and ratios.
    """
    county = excerpt(whole_county(), townships=4, villages_each=8, persons=persons)
    ordinary = OrdinaryModel(county, baseline_policy(county))
    compiled = baseline_model(county)
    # The collector of garbage would look through all these objects again and again.
    gc.collect()
    gc.freeze()
    seconds = paired(ordinary.step, compiled.step, rounds=months, clock=processor_seconds_of)
    gc.unfreeze()
    same = same_results(ordinary.office, compiled)
    visits = visits_per_resident_year(compiled)
    to_ns = 1e9 / compiled.alive
    compiled.close()
    ordinary.office.close()
    name = f"Ordinary Mesa model, {persons:,} residents"
    rows = [
        make_row(f"{name}: same results", float(same), "1 = yes", low=1.0),
        make_row(f"{name}: month", seconds.first * to_ns, NS),
        make_row(f"{name}: visits", visits, "/resident/year"),
        make_row(f"Compiled model, {persons:,} residents: month", seconds.second * to_ns, NS),
        make_row(f"Compiled over ordinary, both with {persons:,}", seconds.ratio, "times"),
    ]
    if full_size:
        month = month_at_full_size()
        label = f"Compiled with {month.residents:,} over ordinary with {persons:,}"
        ratio = seconds.first * to_ns / month.processor_ns
        rows.append(make_row(label, ratio, "times", low=LEAST_RATIO))
    return rows


def same_results(one: Model, other: Model) -> bool:
    """Whether every resident, every account and every month's tally are equal.

    The queue keys in a provider's record are left out: two ways to say who was last served.
    """
    residents = one.residents, other.residents
    if len(residents[0]) != len(residents[1]):
        return False
    same = all(np.array_equal(residents[0][n], residents[1][n]) for n in PATIENT.names or ())
    same = same and np.array_equal(one.ledger.balance_fen, other.ledger.balance_fen)
    return same and all(
        np.array_equal(a, b)
        for a, b in zip(one.tallies + one.lives, other.tallies + other.lives, strict=True)
    )
