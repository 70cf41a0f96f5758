"""Why a policy changes what it changes: its effect taken apart by channel.

Of each seed the reference leads and the policy follows, with every set of channels replayed from
the reference and the others its own (:mod:`abm.replay`). With all channels its own it is the
policy itself; what is left of its effect with none is not by these channels: the money itself,
what it buys, and direct rules.
"""

from __future__ import annotations

import json
import os
import pickle
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from abm.county import County
from abm.indicators import INDICATORS
from abm.policy import Policy
from abm.replay import CHANNELS
from agents.foundation.errors import InputError
from calibration.policies import load_policy
from experiments.comparison import MOST_REPLICATES, Progress
from experiments.defaults import USUAL_WHY_REPLICATES, USUAL_YEARS
from experiments.headline import SHOWN
from experiments.interrupts import heeded
from experiments.runs import (
    SCENARIO_FILE,
    VERSIONS_FILE,
    check_numbers,
    starting_years,
    usual_weight,
    versions,
)
from experiments.sweep_places import Workers, unheard
from experiments.sweep_run import MOST_WORKERS
from experiments.sweep_task import CountySource, keep_county, mind
from experiments.why_runs import (
    QUICK,
    SHAPLEY,
    WhyAsk,
    counted_from,
    idle_channels,
    live_apart,
    runs_of,
)
from experiments.why_shares import taken_apart


@dataclass(frozen=True)
class Why:
    """An effect taken apart.

    Attributes
    ----------
    method
        How it is shared out: QUICK or SHAPLEY.
    table
        As :func:`experiments.why_shares.taken_apart` makes it.
    seeds
        Of the finished replicates.
    interrupted
        Whether it was stopped before all replicates were done; what was finished stands.
    """

    county: County
    policy: Policy
    reference: Policy
    baseline: Policy
    years: int
    first_policy_year: int
    weight: int
    method: str
    table: pd.DataFrame
    seeds: list[int]
    interrupted: bool

    @property
    def period(self) -> str:
        """The policy's years, as comparisons write them."""
        return f"{self.first_policy_year}-{self.first_policy_year + self.years - 1}"

    def write(self, folder: Path) -> None:
        """Write all files into a folder that is there."""
        self.table.to_csv(folder / "why.csv", index=False, encoding="utf-8")
        self.table.to_parquet(folder / "why.parquet", index=False)
        scenario: dict[str, Any] = {
            "form_version": 1,
            "county": self.county.name,
            "county_label": self.county.label,
            "county_digest": self.county.digest,
            "years": self.years,
            "seeds": self.seeds,
            "weight": self.weight,
            "method": self.method,
            "interrupted": self.interrupted,
            "baseline": self.baseline.resolved(),
            "reference": self.reference.resolved(),
            "policy": self.policy.resolved(),
            "replayed": {name: channel.how for name, channel in CHANNELS.items()},
        }
        (folder / SCENARIO_FILE).write_text(tomli_w.dumps(scenario), encoding="utf-8")
        (folder / VERSIONS_FILE).write_text(json.dumps(versions(), indent=2) + "\n", "utf-8")


def why(
    county: County,
    policy: Policy | str | Path,
    reference: Policy | str | Path | None = None,
    *,
    baseline: Policy | str | Path | None = None,
    years: int = USUAL_YEARS,
    rng: int = 1,
    replicates: int = USUAL_WHY_REPLICATES,
    quick: bool = False,
    names: Sequence[str] = SHOWN,
    weight: int | None = None,
    threads: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Why:
    """Take the effect of a policy apart by the channels through which it acts.

    Parameters
    ----------
    policy, reference
        The effect of the first against the second, which is the baseline if absent.
    baseline
        In force before both; the county's own if absent.
    years, rng, weight, threads, workers, progress
        As for :func:`experiments.comparison.compare`.
    replicates
        Seeds.
    quick
        Whether to replay one channel at a time only: seven runs of a seed and not 33.
    names
        Indicators.

    Raises
    ------
    InputError
        If a policy cannot be read, or a number cannot be used.
    KeyboardInterrupt
        If stopped before two replicates were finished.
    """
    _check(years, rng, replicates, threads, workers, names)
    base = _policy(baseline if baseline is not None else county.baseline_policy)
    chosen, other = _policy(policy), base if reference is None else _policy(reference)
    lead_years = max(starting_years(chosen), starting_years(other))
    method = QUICK if quick else SHAPLEY
    own = runs_of(method, idle_channels(county, base, other, chosen))
    weight = usual_weight(county) if weight is None else weight
    with ExitStack() as stack:
        source = stack.enter_context(_lent(county, workers))
        asks = [
            WhyAsk(
                source, as_json(chosen), as_json(other), as_json(base),
                12 * (lead_years + years), weight, rng + n,
                threads if workers == 1 else 1, own, tuple(names),
            )
            for n in range(replicates)
        ]  # fmt: skip
        made = _here if workers == 1 else _apart(workers, stack)
        figures, interrupted = _gather(asks, made, progress)
    return Why(
        county=county,
        policy=chosen,
        reference=other,
        baseline=base,
        years=years,
        first_policy_year=county.start_year + lead_years,
        weight=weight,
        method=method,
        table=taken_apart(figures, own, names, lead_years, method),
        seeds=[ask.seed for ask in asks[: len(figures)]],
        interrupted=interrupted,
    )


Make = Callable[[Sequence[WhyAsk], Callable[[int], None]], Iterator[np.ndarray]]


def _gather(
    asks: Sequence[WhyAsk], make: Make, progress: Progress | None
) -> tuple[list[np.ndarray], bool]:
    """Figures of the seeds in their order, and whether Ctrl-C came before all were in."""
    most = sum(ask.runs_months for ask in asks)
    figures: list[np.ndarray] = []

    def told(months: int) -> None:
        if progress is not None:
            progress(f"replicate {len(figures) + 1}", months, most)

    try:
        for found in make(asks, told):
            figures.append(found)
    except KeyboardInterrupt:
        if len(figures) < 2:
            raise
        heeded()
        return figures, True
    return figures, False


def _here(asks: Sequence[WhyAsk], told: Callable[[int], None]) -> Iterator[np.ndarray]:
    before = 0
    for ask in asks:
        yield live_apart(ask, counted_from(before, told))
        before += ask.runs_months


def _apart(workers: int, stack: ExitStack) -> Make:
    """Make runs in processes of their own, a seed in each."""
    from joblib import Parallel, delayed, parallel_config

    stack.callback(Workers(workers).close)

    def make(asks: Sequence[WhyAsk], told: Callable[[int], None]) -> Iterator[np.ndarray]:
        with parallel_config(backend="loky", inner_max_num_threads=1):
            pool = Parallel(n_jobs=workers, return_as="generator", batch_size=1)
            with unheard():
                found = pool(delayed(_in_worker)(ask, os.getpid()) for ask in asks)
        try:
            for number, figures in enumerate(found, start=1):
                told(sum(ask.runs_months for ask in asks[:number]))
                yield figures
        finally:
            found.close()

    return make


def _in_worker(ask: WhyAsk, parent: int) -> np.ndarray:
    mind(parent)
    return live_apart(ask)


@contextmanager
def _lent(county: County, workers: int) -> Iterator[CountySource]:
    """Put a county, which may have no folder of its own, where the runs find it."""
    if workers == 1:
        source = CountySource("here", county.digest)
        keep_county(source, (), county)
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="yigongti-") as folder:
        path = Path(folder) / f"{county.digest[:16]}.county"
        path.write_bytes(pickle.dumps(county))
        source = CountySource(str(path), county.digest)
        keep_county(source, (), county)
        yield source


def as_json(policy: Policy) -> str:
    """Every key of a policy."""
    return json.dumps(policy.resolved(), sort_keys=True)


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else load_policy(given)


def _check(
    years: int,
    rng: int,
    replicates: int,
    threads: int | None,
    workers: int,
    names: Collection[str],
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
    faults += [
        f"indicator {name}: unknown; allowed: those of `yigongti list indicators`"
        for name in names
        if name not in INDICATORS
    ]
    if faults:
        raise InputError(faults)
