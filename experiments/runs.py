"""One run of a county under a policy, and what it leaves."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from abm.checkpoint import resume
from abm.clinics import pool_clinics
from abm.county import County
from abm.digest import digest
from abm.indicator_tables import accounts_table, flows_table
from abm.indicators import indicators_table
from abm.model import Model
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.policies import load_policy
from experiments.defaults import USUAL_WEIGHT, USUAL_YEARS
from experiments.folders import ResultFolder
from experiments.interrupts import closed_after

LONGEST_RUN_YEARS = 50
SCENARIO_FILE = "scenario.toml"
VERSIONS_FILE = "versions.json"

Progress = Callable[[int, int], None]
"""Called after each month with the months lived and the months in all."""


@dataclass(frozen=True)
class Result:
    """What a run leaves.

    Attributes
    ----------
    indicators
        A row an indicator, a column a calendar year.
    monthly
        What Mesa's DataCollector kept, a row a month.
    flows
        Who was cared for where: a row a year, village and provider.
    accounts
        Reconciliation of each year: a row a year, account and line.
    journal
        Every transfer of money: month, source, target, purpose, amount_fen.
    first_policy_year
        First calendar year in which the policy is in force from January on.
    digest
        Digest of the run's canonical columns: same inputs and seed, same digest.
    """

    county: County
    policy: Policy
    baseline: Policy
    years: int
    seed: int
    weight: int
    first_policy_year: int
    indicators: pd.DataFrame
    monthly: pd.DataFrame
    flows: pd.DataFrame
    accounts: pd.DataFrame
    journal: pd.DataFrame
    versions: dict[str, str]
    digest: str

    @property
    def start(self) -> str:
        """When the policy comes into force: a year, or a year and month if that is not January."""
        year, month = divmod(self.policy.starts_month, 12)
        year += self.county.start_year
        return f"{year}-{month + 1:02d}" if month else str(year)

    def scenario(self) -> dict[str, Any]:
        """Everything that was run, defaults included, as nested dictionaries."""
        return {
            "form_version": 1,
            "county": self.county.name,
            "county_title": self.county.title,
            "county_label": self.county.label,
            "county_digest": self.county.digest,
            "years": self.years,
            "seed": self.seed,
            "weight": self.weight,
            "baseline": self.baseline.resolved(),
            "policy": self.policy.resolved(),
        }

    def save(self, folder: str | Path) -> Path:
        """Write the result into a folder, whole or not at all.

        The folder receives ``indicators``, ``monthly``, ``flows``, ``accounts`` and
        ``journal`` as Parquet tables, the resolved scenario, versions and digest.

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
        for name in ("indicators", "monthly", "flows", "accounts", "journal"):
            table: pd.DataFrame = getattr(self, name)
            table.rename(columns=str).to_parquet(folder / f"{name}.parquet")
        (folder / SCENARIO_FILE).write_text(tomli_w.dumps(self.scenario()), encoding="utf-8")
        told = {"digest": self.digest, "county_digest": self.county.digest, **self.versions}
        (folder / VERSIONS_FILE).write_text(
            json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def run(
    county: County,
    policy: Policy | str | Path,
    baseline: Policy | str | Path | None = None,
    *,
    years: int = USUAL_YEARS,
    rng: int = 1,
    weight: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a county: first under its baseline policy, then for some years under another.

    Parameters
    ----------
    county
        For instance ``County.load("pingyang")``.
    policy
        A policy, the name of a shipped one, or a file.
    baseline
        The policy in force for the first ``policy.starts_month`` months; the county's own
        if absent.
    years
        Whole years under the policy; the starting year under the baseline comes before.
    rng
        Seed of all draws.
    weight
        People that one resident agent stands for; see :func:`usual_weight` if absent.
    threads
        Threads that run the residents; one a processor if absent. Changes no result.
    progress
        Called after each month with months lived and months in all.

    Raises
    ------
    InputError
        If a policy cannot be read, or years, seed or weight cannot be used.
    """
    model = make_model(
        county, policy, baseline, years=years, rng=rng, weight=weight, threads=threads
    )
    with closed_after(model):
        live(model, months_of(model.policy, years), progress)
        return collect(model, years)


def make_model(
    county: County,
    policy: Policy | str | Path,
    baseline: Policy | str | Path | None = None,
    *,
    years: int = USUAL_YEARS,
    rng: int = 1,
    weight: int | None = None,
    threads: int | None = None,
) -> Model:
    """Check a run's inputs and set up its model; parameters as for :func:`run`.

    Raises
    ------
    InputError
        With every input that cannot be used.
    """
    check_numbers(years=years, rng=rng, threads=threads)
    return Model(
        county,
        _policy(policy),
        _policy(baseline if baseline is not None else county.baseline_policy),
        rng=rng,
        weight=usual_weight(county) if weight is None else weight,
        threads=threads,
    )


def resume_model(
    path: Path,
    county: County,
    policy: Policy | str | Path | None = None,
    baseline: Policy | str | Path | None = None,
    *,
    years: int = USUAL_YEARS,
    weight: int | None = None,
    threads: int | None = None,
) -> Model:
    """Read a run back from a checkpoint, to go on with it.

    Parameters
    ----------
    path
        File of the checkpoint.
    county, policy, baseline, weight
        What the run is expected to have; policies and weight are not compared if absent.
    years, threads
        As for :func:`run`; ``years`` counts from the start of the policy, not from here.

    Raises
    ------
    InputError
        If the file cannot be used, is of another run, or has lived longer than ``years``.
    """
    check_numbers(years=years, rng=0, threads=threads)
    model = resume(
        path,
        county,
        None if policy is None else _policy(policy),
        None if baseline is None else _policy(baseline),
        weight=weight,
        threads=threads,
    )
    if model.month > months_of(model.policy, years):
        lived = model.month
        model.close()
        raise InputError(
            f"{path}: has lived {lived} months, more than {years} years under its policy; "
            "allowed: more years"
        )
    return model


def check_numbers(*, years: int, rng: int, threads: int | None = None) -> None:
    """Refuse numbers with which nothing can be run.

    Raises
    ------
    InputError
        With one message a number.
    """
    faults = []
    if not 1 <= years <= LONGEST_RUN_YEARS:
        faults.append(f"years {years}: not allowed; allowed: 1 to {LONGEST_RUN_YEARS}")
    if not 0 <= rng < 2**31:
        faults.append(f"seed {rng}: not allowed; allowed: 0 to {2**31 - 1}")
    if threads is not None and not 1 <= threads <= 256:
        faults.append(f"threads {threads}: not allowed; allowed: 1 to 256")
    if faults:
        raise InputError(faults)


def usual_weight(county: County) -> int:
    """Largest weight up to ``USUAL_WEIGHT`` that leaves every provider enough agents."""
    for weight in range(USUAL_WEIGHT, 1, -1):
        try:
            pool_clinics(county, weight)
        except InputError:
            continue
        return weight
    return 1


def months_of(policy: Policy, years: int) -> int:
    """Months of a run: the starting years that the baseline enters, then ``years``."""
    return 12 * (starting_years(policy) + years)


def starting_years(policy: Policy) -> int:
    """Calendar years in which the baseline is in force at all."""
    return -(-policy.starts_month // 12)


def live(model: Model, months: int, progress: Progress | None = None) -> None:
    """Let a model live until a month."""
    while model.month < months:
        model.step()
        if progress is not None:
            progress(model.month, months)


def collect(model: Model, years: int) -> Result:
    """Gather what a model that has lived leaves."""
    return Result(
        county=model.source_county,
        policy=model.policy,
        baseline=model.baseline,
        years=years,
        seed=model.seed,
        weight=model.weight,
        first_policy_year=model.county.start_year + starting_years(model.policy),
        indicators=indicators_table(model),
        monthly=model.datacollector.get_model_vars_dataframe().rename_axis("month"),
        flows=_by_year(model, flows_table),
        accounts=_by_year(model, accounts_table),
        journal=model.ledger.table(),
        versions=versions(),
        digest=digest(model),
    )


def _by_year(model: Model, table_of: Callable[[Model, int], pd.DataFrame]) -> pd.DataFrame:
    parts = []
    for year in range(len(model.surveys)):
        part = table_of(model, year)
        part.insert(0, "year", model.county.start_year + year)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def versions() -> dict[str, str]:
    """Versions of the program and of what its results depend on."""
    found = {"python": platform.python_version()}
    for name in ("yigongti", "mesa", "numba", "numpy", "pandas"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else load_policy(given)
