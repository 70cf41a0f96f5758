"""The baseline beside observed figures: how far the model is from what is known of a county."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from abm.county import County, Target
from abm.indicators import INDICATORS, indicators_table
from abm.model import Model
from agents.conditions import CONDITIONS
from agents.foundation.errors import InputError
from calibration.policies import load_policy

NOT_YET = "not yet produced"
DRIFT_YEARS = 10
DRIFT_LOW, DRIFT_HIGH = 0.75, 1.33
"""Bounds of a drift: last year over first. Nothing changes under the baseline but people's
ages, and ten years of ageing move the share of those who have a condition by up to a fifth."""
DRIFT_STEPS = ("aware", "treated", "controlled")
CHANGES = frozenset(
    {
        "insurance.out_of_area_share_growth_points",
        *(name for name in INDICATORS if name.startswith("growth.")),
    }
)
"""Indicators that are a change since the year before: their mean over all years counts."""

Row = dict[str, Any]
Progress = Callable[[int, int], None]
"""Called after each month with the months lived and the months in all, over all seeds."""


def targets_rows(
    county: County,
    years: int = 3,
    weight: int = 20,
    seeds: int | Sequence[int] = 1,
    *,
    last: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Run the county's baseline policy and hold it against the county's targets.

    Parameters
    ----------
    county
        The county; its ``targets`` are what it is held against.
    years
        Years to run. From ten years on, rows named ``*_drift_10y`` tell whether prevalence
        and cascade stay where they were.
    weight
        People that one resident agent stands for.
    seeds
        How many seeds, from 1, or the seeds themselves.
    last
        Value is the mean over this many last years.
    threads
        Threads that run the residents; changes no result.
    progress
        Told of each month.

    Returns
    -------
    list of dict
        A row a target: name, value (mean over seeds), low, high, ok, target, unit, quality,
        source, group, year, and the model's own spread: seeds, seeds_low, seeds_high. A
        target that the model cannot produce has a row with ``status`` and no value.

    Raises
    ------
    InputError
        If a number cannot be used, or the county's baseline policy cannot be read.
    """
    chosen = _seeds(seeds)
    _check(years, weight, last, chosen)
    months = 12 * years * len(chosen)
    tables = [
        _baseline(county, years, weight, seed, threads, progress, (12 * years * n, months))
        for n, seed in enumerate(chosen)
    ]
    rows = [_row(target, tables, last) for target in county.targets if _produced(target, years)]
    if years >= DRIFT_YEARS:
        rows += [_drift_row(name, tables) for name in drift_names()]
    rows += [_missing_row(target) for target in county.targets if not _produced(target, years)]
    return rows


def not_yet_produced(county: County, years: int = 3) -> list[str]:
    """Names of the county's targets that a baseline of some years gives no figure for."""
    return [target.name for target in county.targets if not _produced(target, years)]


def drift_names() -> list[str]:
    """Indicators whose drift is watched: prevalence of all ages, and the cascade."""
    names = []
    for condition in CONDITIONS:
        start = f"condition.{condition.name}."
        widest = [n for n in INDICATORS if n.startswith(f"{start}prevalence_") and _from_age(n)]
        if widest:
            names.append(min(widest, key=_from_age))
        names += [start + step for step in DRIFT_STEPS]
    return names


def _from_age(name: str) -> int:
    """First age of a prevalence without upper age; 0 for others."""
    ages = name.rpartition("prevalence_")[2]
    return int(ages.removesuffix("_plus")) if ages.endswith("_plus") else 0


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    return list(range(1, seeds + 1)) if isinstance(seeds, int) else [int(seed) for seed in seeds]


def _check(years: int, weight: int, last: int, seeds: Iterable[int]) -> None:
    problems = []
    if years < 1:
        problems.append(f"years {years}: not allowed; allowed: 1 or more")
    if weight < 1:
        problems.append(f"weight {weight}: not allowed; allowed: 1 or more")
    if not 1 <= last <= max(years, 1):
        problems.append(f"last {last}: not allowed; allowed: 1 to {max(years, 1)}")
    if not list(seeds):
        problems.append("seeds: none given; allowed: 1 or more")
    if problems:
        raise InputError(problems)


def _baseline(
    county: County,
    years: int,
    weight: int,
    seed: int,
    threads: int | None,
    progress: Progress | None,
    months: tuple[int, int],
) -> pd.DataFrame:
    """Indicators of a baseline run: a row an indicator, a column a calendar year."""
    policy = load_policy(county.baseline_policy)
    model = Model(county, policy, rng=seed, weight=weight, threads=threads)
    try:
        for month in range(12 * years):
            model.step()
            if progress is not None:
                progress(months[0] + month + 1, months[1])
        return indicators_table(model)
    finally:
        model.close()


def _produced(target: Target, years: int) -> bool:
    return target.name in INDICATORS and (target.name not in CHANGES or years > 1)


def _row(target: Target, tables: Sequence[pd.DataFrame], last: int) -> Row:
    """A target beside the mean over seeds of the last years."""
    found = []
    for table in tables:
        line = table.loc[target.name].to_numpy(dtype=float)
        found.append(float(np.nanmean(line[1:]) if target.name in CHANGES else line[-last:].mean()))
    bounds = (target.low, target.high)
    return {
        **_checked(target.name, found, bounds),
        "target": target.value,
        **_about(target),
    }


def _about(target: Target) -> Row:
    return {
        "unit": target.unit,
        "quality": target.quality,
        "source": target.source,
        "group": target.group,
        "year": target.year,
    }


def _checked(name: str, found: Sequence[float], bounds: tuple[float, float]) -> Row:
    """Name, mean over seeds, bounds, whether within, and the spread over seeds."""
    low, high = bounds
    value = float(np.mean(found))
    whole = math.isfinite(value)
    return {
        "name": name,
        "value": value if whole else None,
        "low": low,
        "high": high,
        "ok": whole and low <= value <= high,
        "seeds": len(found),
        "seeds_low": min(found) if whole else None,
        "seeds_high": max(found) if whole else None,
    }


def _drift_row(name: str, tables: Sequence[pd.DataFrame]) -> Row:
    """Last year of an indicator over the first."""
    found = []
    for table in tables:
        line = table.loc[name].to_numpy(dtype=float)
        before, after = line[0], line[DRIFT_YEARS - 1]
        found.append(float(after / before) if before else math.nan)
    return {
        **_checked(f"{name}_drift_10y", found, (DRIFT_LOW, DRIFT_HIGH)),
        "target": 1.0,
        "unit": f"year {DRIFT_YEARS} over year 1",
        "quality": "A",
        "source": "Assumption: without a change of policy only ageing moves it",
        "group": "drift",
        "year": "",
    }


def _missing_row(target: Target) -> Row:
    return {"name": target.name, "status": NOT_YET, "target": target.value, **_about(target)}
