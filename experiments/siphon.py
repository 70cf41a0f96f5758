"""Why care is sought outside the county: each cause held still in turn, and all together.

Every run of a seed shares the draws of the base run, so what a channel contributes is a
paired difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import tomli_w

from abm.county import CareKind, County
from abm.hold import CHANNELS, check_channels
from abm.indicator_care import FUND_BILL, share
from abm.indicator_siphon import KINDS
from abm.indicator_view import YearView, ratio
from abm.indicators import INDICATORS
from abm.model import Model
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.policies import load_policy
from experiments.comparison import MOST_REPLICATES, Progress
from experiments.interrupts import closed_after, heeded
from experiments.paired import difference, half_width
from experiments.runs import (
    SCENARIO_FILE,
    VERSIONS_FILE,
    check_numbers,
    months_of,
    starting_years,
    usual_weight,
    versions,
)

BASE, TOGETHER = "base", "all together"
PER_1000 = "admissions per 1,000 insured and year"
SHARE = "share of the fund's bill"


class Figure(NamedTuple):
    """A figure of a year: how much care is sought outside, and of what kind."""

    label: str
    label_zh: str
    unit: str
    of: Callable[[YearView], float]


def _admissions(*kinds: int) -> Callable[[YearView], float]:
    return lambda y: 1000.0 * ratio(y.sum("insured_admissions", np.isin(y.kind, kinds)), y.insured)


FIGURES = {
    "siphon": Figure(
        "the siphon: self-referred, and referred though the county could treat them",
        "虹吸：自行外出，以及本县能治而转出",
        PER_1000,
        INDICATORS["siphon.per_1000"].of,
    ),
    **{
        f"admissions_{name}": Figure(label, label_zh, PER_1000, _admissions(int(kind)))
        for kind, name, label, label_zh in KINDS
    },
    "admissions_unsent": Figure(
        "sent by nobody: self-referred and emergency",
        "未经转诊：自行外出和急诊",
        PER_1000,
        _admissions(CareKind.SELF_REFERRED, CareKind.EMERGENCY),
    ),
    "admissions_outside": Figure(
        "all outside the county",
        "县外合计",
        PER_1000,
        INDICATORS["admissions.outside_per_1000"].of,
    ),
    "fund_outside": Figure(
        "spent outside the county",
        "县外基金支出占比",
        SHARE,
        lambda y: share(y, FUND_BILL, y.outside),
    ),
}
"""By name: admissions outside the county by kind, and the fund's share spent there."""


@dataclass(frozen=True)
class Siphon:
    """What was found.

    Attributes
    ----------
    values
        A row a (hold, seed): each figure, the mean of the policy's years.
    table
        A row a (hold, name): value, low, high, difference against the base run with its
        interval, and whether the interval leaves nought out. Intervals are of 95 %.
    interrupted
        Whether it was stopped before all seeds were done; what was finished stands.
    """

    county: County
    policy: Policy
    years: int
    weight: int
    values: pd.DataFrame
    table: pd.DataFrame
    interrupted: bool

    @property
    def seeds(self) -> list[int]:
        """Seeds of the finished replicates."""
        return sorted(int(seed) for seed in self.values["seed"].unique())

    def write(self, folder: Path) -> None:
        """Write all files into a folder that is there."""
        for name, table in (("siphon", self.table), ("values", self.values)):
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
            table.to_parquet(folder / f"{name}.parquet", index=False)
        scenario: dict[str, Any] = {
            "form_version": 1,
            "county": self.county.name,
            "county_label": self.county.label,
            "county_digest": self.county.digest,
            "years": self.years,
            "seeds": self.seeds,
            "weight": self.weight,
            "interrupted": self.interrupted,
            "policy": self.policy.resolved(),
            "held": {name: channel.how for name, channel in CHANNELS.items()},
        }
        (folder / SCENARIO_FILE).write_text(tomli_w.dumps(scenario), encoding="utf-8")
        (folder / VERSIONS_FILE).write_text(json.dumps(versions(), indent=2) + "\n", "utf-8")


def siphon(
    county: County,
    policy: Policy | str | Path | None = None,
    *,
    years: int = 5,
    rng: int = 1,
    seeds: int = 5,
    hold: tuple[str, ...] = (),
    weight: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Siphon:
    """Run a county as it is, and with each channel of the siphon held still.

    Parameters
    ----------
    county
        For instance ``County.load("typical")``.
    policy
        In force from its starting month; the county's baseline if absent, from the start.
    years
        Whole years under the policy that are averaged.
    rng, seeds
        Seed of the first replicate, and how many.
    hold
        Channels to hold in turn, of :data:`abm.hold.CHANNELS`; all if empty. Where there are
        several, a run with all of them follows.
    weight, threads, progress
        As for :func:`experiments.comparison.compare`.

    Raises
    ------
    InputError
        If a policy cannot be read, or a number or channel cannot be used.
    KeyboardInterrupt
        If stopped before two seeds were finished.
    """
    _check(years, rng, seeds, threads, hold)
    base = load_policy(county.baseline_policy)
    chosen = base if policy is None else _policy(policy)
    weight = usual_weight(county) if weight is None else weight
    runs = held_sets(hold)
    months = months_of(chosen, years)
    most = months * len(runs) * seeds
    rows: list[dict[str, Any]] = []
    interrupted = False
    try:
        for n in range(seeds):
            finished: list[dict[str, Any]] = []
            for place, (name, held) in enumerate(runs.items()):
                before = months * (n * len(runs) + place)

                def told(month: int, n: int = n, name: str = name, before: int = before) -> None:
                    if progress is not None:
                        progress(f"seed {n + 1}, {name}", before + month, most)

                model = Model(
                    county, chosen, base, rng=rng + n, weight=weight, threads=threads, hold=held
                )
                figures = _figures(model, months, starting_years(chosen), told)
                finished.append({"hold": name, "seed": rng + n, **figures})
            rows += finished
    except KeyboardInterrupt:
        if len({row["seed"] for row in rows}) < 2:
            raise
        heeded()
        interrupted = True
    values = pd.DataFrame(rows)
    table = _table(values, list(runs))
    return Siphon(county, chosen, years, weight, values, table, interrupted)


def held_sets(hold: tuple[str, ...] = ()) -> dict[str, frozenset[str]]:
    """What is held in each run, by its name: nothing, each channel, and all of them."""
    channels = hold or tuple(CHANNELS)
    sets = {BASE: frozenset[str](), **{name: frozenset({name}) for name in channels}}
    if len(channels) > 1:
        sets[TOGETHER] = frozenset(channels)
    return sets


def _check(years: int, rng: int, seeds: int, threads: int | None, hold: tuple[str, ...]) -> None:
    faults = []
    try:
        check_numbers(years=years, rng=rng, threads=threads)
    except InputError as error:
        faults += error.problems
    if not 2 <= seeds <= MOST_REPLICATES:
        faults.append(f"seeds {seeds}: not allowed; allowed: 2 to {MOST_REPLICATES}")
    try:
        check_channels(hold)
    except InputError as error:
        faults += error.problems
    if faults:
        raise InputError(faults)


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else load_policy(given)


def _figures(
    model: Model, months: int, first_year: int, told: Callable[[int], None]
) -> dict[str, float]:
    """Let a model live, and average each figure over the policy's years."""
    with closed_after(model):
        for month in range(months):
            model.step()
            told(month + 1)
        views = [YearView(model, year) for year in range(first_year, months // 12)]
        return {
            name: float(np.mean([figure.of(view) for view in views]))
            for name, figure in FIGURES.items()
        }


def _table(values: pd.DataFrame, runs: list[str]) -> pd.DataFrame:
    rows = []
    for hold in runs:
        for name, figure in FIGURES.items():
            found, base = (
                values.loc[values["hold"] == run].sort_values("seed")[name].to_numpy(float)
                for run in (hold, BASE)
            )
            mean = float(found.mean())
            half = half_width(float(found.std(ddof=1)), len(found))
            gap = difference(base, found)
            rows.append(
                {
                    "hold": hold,
                    "name": name,
                    "value": mean,
                    "low": mean - half,
                    "high": mean + half,
                    "difference": gap.value,
                    "difference_low": gap.low,
                    "difference_high": gap.high,
                    "sure": gap.sure,
                    "unit": figure.unit,
                }
            )
    return pd.DataFrame(rows)
