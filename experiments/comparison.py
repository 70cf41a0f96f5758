"""Comparing policies on one county: paired differences, and how sure they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from abm.county import County
from abm.indicators import INDICATORS
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.policies import load_policy
from experiments.defaults import USUAL_PRECISION, USUAL_REPLICATES, USUAL_YEARS
from experiments.folders import ResultFolder
from experiments.headline import HEADLINES, is_stock, scale_of
from experiments.interrupts import heeded
from experiments.paired import FEWEST_REPLICATES, difference, replicates_needed
from experiments.replicates import Replicates
from experiments.runs import (
    SCENARIO_FILE,
    VERSIONS_FILE,
    check_numbers,
    starting_years,
    usual_weight,
    versions,
)
from experiments.sweep_run import MOST_WORKERS

MOST_REPLICATES = 200

Progress = Callable[[str, int, int], None]
"""Called after each month: what is running, months done, months at most."""


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    policies
        The first is the reference; every difference is another policy minus it.
    paths
        A row a (policy, seed, year), a column an indicator.
    differences
        A row a policy, indicator and period (each year, then the whole period): reference,
        value, low, high, sure, deviation, saved, replicates, needed.
    met
        Whether every headline's interval is as narrow as was asked for.
    interrupted
        Whether it was stopped before it was done; what was finished stands.
    """

    county: County
    policies: tuple[Policy, ...]
    baseline: Policy
    years: int
    first_policy_year: int
    weight: int
    precision: float
    paths: pd.DataFrame
    differences: pd.DataFrame
    met: bool
    interrupted: bool

    @property
    def seeds(self) -> list[int]:
        """Seeds of the finished replicates."""
        return sorted(int(seed) for seed in self.paths["seed"].unique())

    @property
    def period(self) -> str:
        """The years over which policies are compared, as they stand in the tables."""
        return f"{self.first_policy_year}-{self.first_policy_year + self.years - 1}"

    def scenario(self) -> dict[str, Any]:
        """Everything that was run, defaults included, as nested dictionaries."""
        return {
            "form_version": 1,
            "county": self.county.name,
            "county_title": self.county.title,
            "county_label": self.county.label,
            "county_digest": self.county.digest,
            "years": self.years,
            "seeds": self.seeds,
            "weight": self.weight,
            "interrupted": self.interrupted,
            "baseline": self.baseline.resolved(),
            "policies": [policy.resolved() for policy in self.policies],
        }

    def save(self, folder: str | Path) -> Path:
        """Write tables, picture and scenario into a folder, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written or holds files that are not an earlier result's.
        """
        with ResultFolder(Path(folder)) as target:
            self.write(target.draft)
            target.keep()
        return Path(folder)

    def write(self, folder: Path) -> None:
        """Write all files into a folder that is there."""
        from experiments.picture import draw  # Matplotlib is slow to import

        for name, table in (("differences", self.differences), ("paths", self.paths)):
            table.to_parquet(folder / f"{name}.parquet", index=False)
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
        (folder / SCENARIO_FILE).write_text(tomli_w.dumps(self.scenario()), encoding="utf-8")
        (folder / VERSIONS_FILE).write_text(json.dumps(versions(), indent=2) + "\n", "utf-8")
        draw(self, folder / "comparison.png")


def compare(
    county: County,
    policies: Sequence[Policy | str | Path],
    *,
    baseline: Policy | str | Path | None = None,
    years: int = USUAL_YEARS,
    rng: int = 1,
    replicates: int = USUAL_REPLICATES,
    precision: float = USUAL_PRECISION,
    all_replicates: bool = False,
    weight: int | None = None,
    threads: int | None = None,
    workers: int = 1,
    store: Path | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run policies on one county under common random numbers and compare them.

    Each replicate runs every policy with the same seed, so that they share every draw they
    have in common. Replicates are added until the 95 % interval of every headline
    difference is narrower to each side than ``precision`` times the headline's level, or
    ``replicates`` are done.

    Parameters
    ----------
    county
        For instance ``County.load("pingyang")``.
    policies
        Two or more; the first is the reference. One alone is compared with the baseline.
    baseline
        In force before each policy starts; the county's own if absent.
    years
        Whole years compared, after the starting year under the baseline.
    rng
        Seed of the first replicate; the next takes the next number.
    replicates
        Most replicates.
    precision
        Half-width asked for, as a share of the level.
    all_replicates
        Whether to make all replicates, however precise the headlines are before.
    weight, threads, progress
        As for :func:`experiments.runs.run`; ``progress`` also gets what is running.
    workers
        Processes that make runs side by side, each on one thread; changes no result.
    store
        File in which every run is kept as it ends; what it has already is not run again.

    Returns
    -------
    Comparison
        If stopped by Ctrl-C, what was finished, provided that it is two replicates or more.

    Raises
    ------
    InputError
        If a policy cannot be read, or a number cannot be used.
    KeyboardInterrupt
        If stopped before two replicates were finished.
    """
    _check(years, rng, replicates, precision, threads, workers)
    base = _policy(baseline if baseline is not None else county.baseline_policy)
    chosen = _chosen(policies, base)
    lead = max(starting_years(policy) for policy in chosen)
    first_year = county.start_year + lead
    weight = usual_weight(county) if weight is None else weight
    finished: list[pd.DataFrame] = []
    table, met, interrupted = pd.DataFrame(), False, False
    runs = Replicates(
        county,
        chosen,
        base,
        years=years,
        lead=lead,
        weight=weight,
        first_seed=rng,
        most=replicates,
        threads=threads,
        workers=workers,
        store=store,
        told=progress,
    )
    try:
        for batch in runs.batches():
            # Judged after each replicate, so that the number of workers changes nothing.
            for path in batch:
                finished.append(path)
                if all_replicates:
                    continue
                table = _differences(pd.concat(finished), chosen, first_year, precision)
                met = len(finished) >= FEWEST_REPLICATES and _narrow_enough(table)
                if met:
                    break
            if met:
                break
    except KeyboardInterrupt:
        if len(finished) < 2:
            raise
        heeded()
        interrupted = True
    finally:
        runs.close()
    if all_replicates:
        table = _differences(pd.concat(finished), chosen, first_year, precision)
        met = len(finished) >= FEWEST_REPLICATES and _narrow_enough(table)
    return Comparison(
        county=county,
        policies=tuple(chosen),
        baseline=base,
        years=years,
        first_policy_year=first_year,
        weight=weight,
        precision=precision,
        paths=pd.concat(finished, ignore_index=True),
        differences=table,
        met=met,
        interrupted=interrupted,
    )


def compare_paths(
    county: County,
    policies: Sequence[Policy],
    paths: pd.DataFrame,
    *,
    baseline: Policy,
    years: int,
    weight: int,
    precision: float = USUAL_PRECISION,
) -> Comparison:
    """Compare policies whose runs are made already, as :func:`compare` does.

    Parameters
    ----------
    policies
        The first is the reference.
    paths
        A row a (policy, seed, year), a column an indicator; of every policy the same seeds.
    baseline, years, weight, precision
        With which the runs were made.
    """
    first_year = county.start_year + max(starting_years(policy) for policy in policies)
    table = _differences(paths, policies, first_year, precision)
    return Comparison(
        county=county,
        policies=tuple(policies),
        baseline=baseline,
        years=years,
        first_policy_year=first_year,
        weight=weight,
        precision=precision,
        paths=paths,
        differences=table,
        met=paths["seed"].nunique() >= FEWEST_REPLICATES and _narrow_enough(table),
        interrupted=False,
    )


def _check(
    years: int, rng: int, replicates: int, precision: float, threads: int | None, workers: int
) -> None:
    faults = []
    try:
        check_numbers(years=years, rng=rng, threads=threads)
    except InputError as error:
        faults += error.problems
    if not 2 <= replicates <= MOST_REPLICATES:
        faults.append(f"replicates {replicates}: not allowed; allowed: 2 to {MOST_REPLICATES}")
    if not 1 <= workers <= MOST_WORKERS:
        faults.append(f"workers {workers}: not allowed; allowed: 1 to {MOST_WORKERS}")
    if not 0 < precision <= 1:
        faults.append(f"precision {precision:g}: not allowed; allowed: above 0, at most 1")
    if faults:
        raise InputError(faults)


def _chosen(policies: Sequence[Policy | str | Path], baseline: Policy) -> list[Policy]:
    """Read the policies, all faults at once; one alone is set against the baseline."""
    faults: list[str] = []
    chosen: list[Policy] = []
    for given in policies:
        try:
            chosen.append(_policy(given))
        except InputError as error:
            faults += error.problems
    if faults:
        raise InputError(faults)
    if len(chosen) == 1:
        chosen.insert(0, baseline)
    names = [policy.name for policy in chosen]
    if len(set(names)) < len(names) or len(names) < 2:
        raise InputError(
            f"policies {', '.join(names) or '(none)'}: nothing to compare; allowed: two or more "
            "policies of different names"
        )
    return chosen


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else load_policy(given)


def _differences(
    paths: pd.DataFrame, policies: Sequence[Policy], first_year: int, precision: float
) -> pd.DataFrame:
    """A row a policy, indicator and period; the last period is all years together."""
    compared = paths[paths["year"] >= first_year].sort_values(["seed", "year"])
    of_policy = {p.name: compared[compared["policy"] == p.name] for p in policies}
    reference_paths = of_policy[policies[0].name]
    seeds = reference_paths["seed"].nunique()
    rows = []
    for indicator in [c for c in paths.columns if c not in ("policy", "seed", "year")]:
        aim = precision * scale_of(indicator, reference_paths)
        by_year = {
            name: part[indicator].to_numpy(float).reshape(seeds, -1)
            for name, part in of_policy.items()
        }
        reference = by_year[policies[0].name]
        for policy in policies[1:]:
            for period, ours, theirs in _periods(
                indicator, reference, by_year[policy.name], first_year
            ):
                row = {"policy": policy.name, "indicator": indicator, "period": period}
                rows.append({**row, **_difference_row(ours, theirs, aim)})
                rows[-1]["unit"] = INDICATORS[indicator].unit
    table = pd.DataFrame(rows)
    table["needed"] = table["needed"].astype("Int64")
    return table


def _difference_row(reference: np.ndarray, other: np.ndarray, aim: float) -> dict[str, Any]:
    found = difference(reference, other)
    return {
        "reference": float(np.mean(reference)),
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "sure": found.sure,
        "deviation": found.deviation,
        "saved": found.saved,
        "replicates": len(reference),
        "needed": replicates_needed(found.deviation, aim),
        "aim": aim,
    }


def _periods(
    indicator: str, reference: np.ndarray, other: np.ndarray, first: int
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Each year, then all together, with both policies' values over seeds; from (seed, year)."""
    count = reference.shape[1]
    years = [(str(first + y), reference[:, y], other[:, y]) for y in range(count)]
    if is_stock(indicator):
        whole = (reference[:, -1], other[:, -1])
    else:
        whole = (reference.mean(axis=1), other.mean(axis=1))
    return [*years, (f"{first}-{first + count - 1}", *whole)]


def over_the_years(paths: pd.DataFrame, policy: str, indicator: str, first_year: int) -> np.ndarray:
    """(seed,) a figure of a policy over its years, seeds in order: the mean, or a stock's last."""
    rows = paths[(paths["policy"] == policy) & (paths["year"] >= first_year)]
    table = rows.pivot(index="seed", columns="year", values=indicator).sort_index()
    values = table[sorted(table.columns)].to_numpy(float)
    return np.asarray(values[:, -1] if is_stock(indicator) else values.mean(axis=1))


def _narrow_enough(table: pd.DataFrame) -> bool:
    """Whether every headline's interval over the whole period is as narrow as was asked for."""
    names = [headline.name for headline in HEADLINES]
    whole = table[table["period"].str.contains("-") & table["indicator"].isin(names)]
    half = (whole["high"] - whole["low"]) / 2
    return bool((half <= whole["aim"]).all())
