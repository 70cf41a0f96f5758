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
    FULL_SIZE,
    as_billed,
    baseline_model,
    resized,
    visits_per_resident_year,
    whole_county,
)
from benchmarks.measure import Paired, Row, make_row, paired, processor_seconds_of
from benchmarks.month_speed import NS
from benchmarks.ordinary_model import OrdinaryModel

LEAST_RATIO = 200.0


def ordinary_mesa_rows(
    persons: int = 20_000, months: int = 4, full_size: int | None = None
) -> list[Row]:
    """Run both models side by side on an excerpt of the county, month by month.

    The ordinary model then goes on beside the compiled model of the whole county, in turn
    with it, so that a slow spell of the machine meets both. Times are the processor's, on
    one thread.

    Parameters
    ----------
    persons
        People of the excerpt.
    months
        Months to time, twice, after one that is not timed.
    full_size
        People of the whole county; FULL_SIZE if absent.

    Returns
    -------
    list of Row
        Whether results are the same, nanoseconds a resident-month, visits, and ratios.
    """
    whole = whole_county()
    county = excerpt(whole, townships=4, villages_each=8, persons=persons)
    ordinary = OrdinaryModel(county, as_billed())
    compiled = baseline_model(county, policy=as_billed())
    small = _in_turn(ordinary, compiled, months)
    same = same_results(ordinary.office, compiled)
    residents, visits = compiled.alive, visits_per_resident_year(compiled)
    compiled.close()
    large_county = resized(whole, FULL_SIZE if full_size is None else full_size)
    full = baseline_model(large_county, policy=as_billed())
    large = _in_turn(ordinary, full, months)
    ratio = large.ratio * full.alive / residents
    of, than = f"{persons:,} residents", f"{full.alive:,} residents"
    rows = [
        make_row(f"Ordinary Mesa model, {of}: same results", float(same), "1 = yes", low=1.0),
        make_row(f"Ordinary Mesa model, {of}: month", small.first * 1e9 / residents, NS),
        make_row(f"Ordinary Mesa model, {of}: visits", visits, "/resident/year"),
        make_row(f"Compiled model, {of}: month", small.second * 1e9 / residents, NS),
        make_row(f"Compiled model, {than}: month", large.second * 1e9 / full.alive, NS),
        make_row(f"Ordinary over compiled, both {of}", small.ratio, "times"),
        make_row(f"Ordinary, {of}, over compiled, {than}", ratio, "times", low=LEAST_RATIO),
    ]
    full.close()
    ordinary.office.close()
    return rows


def _in_turn(ordinary: OrdinaryModel, compiled: Model, months: int) -> Paired:
    # The collector of garbage would look through all the objects again and again.
    gc.collect()
    gc.freeze()
    seconds = paired(ordinary.step, compiled.step, rounds=months, clock=processor_seconds_of)
    gc.unfreeze()
    return seconds


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
