"""Policies side by side whose figures a test chooses."""

from __future__ import annotations

from typing import Any

import pandas as pd

from abm.indicators import INDICATORS
from calibration.county import County
from calibration.directions import load_directions
from calibration.policies import load_policy
from experiments.comparison import Comparison
from experiments.schemes import Schemes, against_evidence, side_by_side


def found_of(figures: dict[str, list[float]]) -> Schemes:
    """Policies side by side of which every indicator has the same figures, one a seed."""
    paths = pd.concat(
        pd.DataFrame(dict.fromkeys(INDICATORS, values)).assign(
            policy=policy, seed=range(len(values)), year=2026
        )
        for policy, values in figures.items()
    )
    compared: Any = Comparison.__new__(Comparison)
    policies = tuple(load_policy(name) for name in figures)
    for name, value in (
        ("policies", policies), ("paths", paths), ("first_policy_year", 2026), ("years", 1),
        ("county", County.load("typical")), ("weight", 50),
        ("baseline", policies[0]), ("interrupted", False),
    ):  # fmt: skip
        object.__setattr__(compared, name, value)
    return Schemes(compared, side_by_side(compared), against_evidence(compared, load_directions()))
