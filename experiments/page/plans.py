"""From what a browser chose to the runs that it takes, and from runs to a comparison."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from abm.policy import Policy
from calibration.policies import load_policy
from experiments.comparison import Comparison, compare_paths
from experiments.defaults import USUAL_PRECISION
from experiments.page.record import TOLD, Ask, Record, county_of
from experiments.page.scenario import LETTERS, Choice
from experiments.page.sizes import Size
from experiments.runs import starting_years


def plan(choice: Choice, size: Size) -> tuple[tuple[Policy, ...], list[list[Ask]]]:
    """Policies of a choice, the baseline first, and the runs of each, a seed after the other.

    Raises
    ------
    InputError
        If a policy cannot be used.
    """
    county = county_of(choice.county)
    baseline = load_policy(county.baseline_policy)
    policies: list[Policy] = [baseline]
    for letter, scenario in zip(LETTERS, choice.scenarios, strict=False):
        policies.append(scenario.policy(letter))
    lead = max(starting_years(policy) for policy in policies)
    months = 12 * (lead + choice.years)
    told = [as_json(policy) for policy in policies]
    asks = [
        [
            Ask(choice.county, policy, told[0], months, size.weight, seed, whole=not size.quick)
            for seed in range(1, size.seeds + 1)
        ]
        for policy in told
    ]
    return tuple(policies), asks


def as_json(policy: Policy) -> str:
    """A policy's rules as a key: names and titles for readers do not count."""
    table: dict[str, Any] = policy.resolved()
    prose: dict[str, Any] = {"name": "rules", "open": []}
    prose |= dict.fromkeys(("title", "title_zh", "rule", "rule_zh", "source"), "")
    return json.dumps({**table, **prose}, sort_keys=True)


def compared(
    choice: Choice,
    policies: Sequence[Policy],
    records: Sequence[Sequence[Record]],
    indicators: Sequence[str] = TOLD,
) -> Comparison:
    """The comparison that `yigongti compare` would make of the same runs.

    Parameters
    ----------
    indicators
        Which, of those that the records have.
    """
    names = list(indicators)
    runs = [
        (policy.name, record)
        for policy, of_policy in zip(policies, records, strict=True)
        for record in of_policy
    ]
    paths = pd.DataFrame(np.vstack([r.figures(names) for _, r in runs]), columns=names)
    counts = [len(record.years) for _, record in runs]
    paths.insert(0, "policy", np.repeat([name for name, _ in runs], counts))
    paths.insert(1, "seed", np.repeat([record.ask.seed for _, record in runs], counts))
    paths.insert(2, "year", [year for _, record in runs for year in record.years])
    return compare_paths(
        county_of(choice.county),
        policies,
        paths,
        baseline=policies[0],
        years=choice.years,
        weight=records[0][0].ask.weight,
        precision=USUAL_PRECISION,
    )
