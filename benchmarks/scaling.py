"""How the cost of a month grows with the number of residents."""

from __future__ import annotations

from statistics import median

import numpy as np

from benchmarks.counties import COUNTY, baseline_model, resized, whole_county
from benchmarks.measure import Row, make_row, timings
from benchmarks.month_speed import NS, WARM_UP_MONTHS

SIZES = (10_000, 50_000, 200_000, 1_000_000, 2_000_000)
MOST_GROWTH = 1.25
REFERENCE = 200_000
"""Size from which the part of a month that does not hang on residents is small."""


def scaling_rows(sizes: tuple[int, ...] = SIZES, months: int = 6) -> list[Row]:
    """Time the month of one county with more and more people, on one thread.

    Parameters
    ----------
    sizes
        Numbers of residents, growing; the largest is compared with the one nearest to
        ``REFERENCE``.
    months
        Months to time at each size, after two that are not timed. The sizes take turns, so
        that a slow spell of the machine meets all of them.

    Returns
    -------
    list of Row
        Nanoseconds a resident-month at each size; the largest size against the reference;
        and the two parts of a straight line through the seconds a month.
    """
    models = [baseline_model(resized(whole_county(), size)) for size in sizes]
    for model in models:
        timings(model.step, rounds=WARM_UP_MONTHS, warm_up=0)
    rounds = [[timings(model.step, 1, 0)[0] for model in models] for _ in range(months)]
    residents = np.array([model.alive for model in models], float)
    for model in models:
        model.close()
    seconds = np.array([median(times) for times in zip(*rounds, strict=True)])
    ns = seconds * 1e9 / residents
    reference = int(np.argmin(np.abs(np.array(sizes) - REFERENCE)))
    growth = median(
        times[-1] / times[reference] * residents[reference] / residents[-1] for times in rounds
    )
    fixed, slope = straight_line(residents, seconds)
    name = f"Month of {COUNTY}"
    return [
        *(
            make_row(f"{name}, {n:,.0f} residents", v, NS)
            for n, v in zip(residents, ns, strict=True)
        ),
        make_row(
            f"{name}: a resident of {residents[-1]:,.0f} over one of {residents[reference]:,.0f}",
            growth,
            "times",
            high=MOST_GROWTH,
        ),
        make_row(f"{name}: straight line, for each resident", slope * 1e9, NS),
        make_row(f"{name}: straight line, whatever their number", fixed * 1e3, "ms/month"),
    ]


def straight_line(residents: np.ndarray, seconds: np.ndarray) -> tuple[float, float]:
    """Fixed seconds, and seconds a resident, of the line that fits best in relative terms."""
    weights = 1.0 / seconds
    columns = np.column_stack([np.ones_like(residents), residents]) * weights[:, None]
    fixed, slope = np.linalg.lstsq(columns, seconds * weights, rcond=None)[0]
    return float(fixed), float(slope)
