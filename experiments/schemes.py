"""All policies side by side, from one start: levels and differences with their intervals.

Every policy begins after the same years under the baseline, with the same draws, so that what
differs is the policy. The runs are those of a comparison; what a store has is not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from abm.county import County
from abm.indicators import INDICATORS
from abm.policy import Policy
from calibration.directions import Direction, load_directions
from calibration.policies import load_policy, policy_names
from experiments.comparison import Comparison, compare, over_the_years
from experiments.defaults import USUAL_SCHEMES_REPLICATES, USUAL_SCHEMES_YEARS
from experiments.paired import Difference, difference, half_width

Verdict = Literal["agrees", "not sure", "a miss"]


class Group(NamedTuple):
    """Indicators that answer one question."""

    title: str
    title_zh: str
    indicators: tuple[str, ...]


GROUPS = (
    Group(
        "fund",
        "医保基金",
        (
            "fund.cumulative_balance_million_yuan",
            "fund.outlay_million_yuan",
            "fund.outside_share_of_outlay",
        ),
    ),
    Group(
        "accounts of hospitals, township centres and consortia",
        "医院、乡镇卫生院和医共体账目",
        (
            "providers.surplus_county_million_yuan",
            "providers.surplus_township_million_yuan",
            "providers.cash_million_yuan",
            "providers.loans_million_yuan",
            "consortium.surplus_million_yuan",
        ),
    ),
    Group(
        "doctors' incomes",
        "医生收入",
        (
            "pay.income_village_yuan",
            "pay.income_township_yuan",
            "pay.income_county_yuan",
            "pay.bonus_share_county",
            "pay.arrears_months_county",
        ),
    ),
    Group(
        "intensity by severity",
        "各病情诊疗强度",
        (
            "intensity.visits_minor",
            "intensity.visits_moderate",
            "intensity.stays_moderate",
            "intensity.stays_severe",
            "intensity.stays_critical",
            "intensity.departure_grave_less_mild",
            "intensity.departure_stays_grave_less_mild",
        ),
    ),
    Group(
        "admissions, inside by level and outside",
        "住院：县内各级和县外",
        (
            "insurance.admissions_per_insured",
            "admissions.township_per_1000",
            "admissions.county_per_1000",
            "admissions.outside_per_1000",
            "cost.los_days_county",
            "cost.yuan_per_admission_county",
        ),
    ),
    Group(
        "people refused or put off, and records that are not so",
        "推诿和虚假记录",
        (
            "conduct.refused_share_mild",
            "conduct.refused_share_grave",
            "use.without_care_share",
            "conduct.upcoded_share",
            "conduct.split_share",
        ),
    ),
    Group(
        "patients' own payments",
        "患者自付",
        ("patients.own_yuan_per_person", "patients.own_share_of_cost"),
    ),
    Group(
        "control of disease, and deaths",
        "慢病控制和死亡",
        (
            "condition.hypertension.controlled",
            "condition.diabetes.controlled",
            "use.poor_outcome_share",
            "people.deaths_per_1000",
        ),
    ),
)
"""What policies are put side by side in."""
SHOWN = tuple(name for group in GROUPS for name in group.indicators)


@dataclass(frozen=True)
class Schemes:
    """Policies side by side.

    Attributes
    ----------
    comparison
        The runs, and every indicator year by year.
    table
        A row a policy and indicator of :data:`SHOWN`: value, low, high (mean over the policy's
        years and its 95 % interval over seeds), difference from the first policy with its
        interval, and whether that leaves nought out.
    evidence
        A row a direction that studies report, of those whose policies were run.
    """

    comparison: Comparison
    table: pd.DataFrame
    evidence: pd.DataFrame

    def write(self, folder: Path) -> None:
        """Write all tables and pictures into a folder that is there."""
        from experiments.sweep_report import draw_rows  # Matplotlib is slow to import

        self.comparison.write(folder)
        for name, table in (("schemes", self.table), ("evidence", self.evidence)):
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
            table.to_parquet(folder / f"{name}.parquet", index=False)
        gaps = self.table.rename(columns={"policy": "label"}).assign(
            value=self.table["difference"],
            low=self.table["difference_low"],
            high=self.table["difference_high"],
        )
        (folder / "schemes.png").write_bytes(draw_rows(gaps, SHOWN))


def schemes(
    county: County,
    policies: Sequence[Policy | str | Path] = (),
    *,
    baseline: Policy | str | Path | None = None,
    years: int = USUAL_SCHEMES_YEARS,
    rng: int = 1,
    replicates: int = USUAL_SCHEMES_REPLICATES,
    weight: int | None = None,
    threads: int | None = None,
    workers: int = 1,
    store: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Schemes:
    """Run policies from one start, all with the same seeds, and put them side by side.

    Parameters
    ----------
    policies
        The first is the reference of differences; every policy that ships if empty, the
        baseline first.
    replicates
        How many seeds each policy is run with; all are made.
    baseline, years, rng, weight, threads, workers, store, progress
        As for :func:`experiments.comparison.compare`.

    Raises
    ------
    InputError
        If a policy cannot be read, or a number cannot be used.
    KeyboardInterrupt
        If stopped before two replicates were finished.
    """
    found = compare(
        county,
        policies or every_policy(baseline if baseline is not None else county.baseline_policy),
        baseline=baseline,
        years=years,
        rng=rng,
        replicates=replicates,
        all_replicates=True,
        weight=weight,
        threads=threads,
        workers=workers,
        store=store,
        progress=progress,
    )
    return Schemes(found, side_by_side(found), against_evidence(found, load_directions()))


def every_policy(first: Policy | str | Path) -> list[Policy]:
    """Every policy that ships, the one in force before them first."""
    base = first if isinstance(first, Policy) else load_policy(first)
    return [base, *(load_policy(name) for name in policy_names() if name != base.name)]


def default_store(county: County) -> Path:
    """Where runs are kept when nothing is said."""
    return Path(f"schemes_{county.name}.sweep")


def side_by_side(found: Comparison) -> pd.DataFrame:
    """The table of :class:`Schemes`."""
    first = found.policies[0].name
    rows = []
    for policy in found.policies:
        for group in GROUPS:
            for name in group.indicators:
                values = _of(found, policy.name, name)
                half = half_width(float(values.std(ddof=1)), len(values))
                gap = difference(_of(found, first, name), values)
                mean = float(values.mean())
                rows.append(
                    {
                        "policy": policy.name,
                        "group": group.title,
                        "indicator": name,
                        "value": mean,
                        "low": mean - half,
                        "high": mean + half,
                        "difference": gap.value,
                        "difference_low": gap.low,
                        "difference_high": gap.high,
                        "sure": gap.sure,
                        "replicates": len(values),
                        "unit": INDICATORS[name].unit,
                    }
                )
    return pd.DataFrame(rows)


def without_figure(table: pd.DataFrame) -> dict[str, list[str]]:
    """Policies of a table of :class:`Schemes`, each with the indicators that have no figure.

    There was nothing to divide by in some year: no doctor paid, say, or no such case.
    """
    empty = table[table["value"].isna()]
    return {
        str(policy): [str(name) for name in part["indicator"]]
        for policy, part in empty.groupby("policy", sort=False)
    }


def _of(found: Comparison, policy: str, indicator: str) -> np.ndarray:
    return over_the_years(found.paths, policy, indicator, found.first_policy_year)


EVIDENCE = (
    "name",
    "what",
    "what_zh",
    "policy",
    "reference",
    "indicator",
    "expected",
    "level",
    "value",
    "interval_low",
    "interval_high",
    "low",
    "high",
    "verdict",
    "ok",
    "unit",
    "source",
    "quality",
)
"""Columns of the table of evidence."""


def against_evidence(found: Comparison, directions: Sequence[Direction]) -> pd.DataFrame:
    """Hold the differences against directions that studies report.

    Returns
    -------
    DataFrame
        A row a direction whose two policies were run: ``level`` is the figure under the
        reference, ``value`` the difference with its interval, ``low`` and ``high`` are the
        bounds that its sign sets, ``ok`` is None where the interval holds nought and nothing
        can be said.
    """
    run = {policy.name for policy in found.policies}
    rows: list[dict[str, Any]] = []
    for one in directions:
        if not {one.policy, one.reference} <= run:
            continue
        before, after = (_of(found, name, one.indicator) for name in (one.reference, one.policy))
        gap = difference(before, after)
        told = verdict(gap, one.sign)
        rows.append(
            {
                "name": one.name,
                "what": one.what,
                "what_zh": one.what_zh,
                "policy": one.policy,
                "reference": one.reference,
                "indicator": one.indicator,
                "expected": one.sign,
                "level": float(before.mean()),
                "value": gap.value,
                "interval_low": gap.low,
                "interval_high": gap.high,
                "low": 0.0 if one.sign == "+" else None,
                "high": 0.0 if one.sign == "-" else None,
                "verdict": told,
                "ok": {"agrees": True, "not sure": None, "a miss": False}[told],
                "unit": INDICATORS[one.indicator].unit,
                "source": one.source,
                "quality": one.quality,
            }
        )
    return pd.DataFrame(rows, columns=list(EVIDENCE))


def verdict(gap: Difference, sign: str) -> Verdict:
    """Whether a difference has a sign, surely has the other one, or does not tell."""
    if not gap.sure:
        return "not sure"
    return "agrees" if (gap.value > 0) == (sign == "+") else "a miss"
