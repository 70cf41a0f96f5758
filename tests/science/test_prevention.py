"""Management now, control within months, fewer complications years later: prevention pays late."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from abm.policy import Policy
from abm.survey import CONTROLLED, HAS, MANAGED
from agents.conditions import N_CAUSES
from tests.science.fuzzy import check_mean, check_parts
from tests.science.runs import HYPERTENSION, STROKE, run

pytestmark = pytest.mark.science

YEARS = 12


class Complications:
    """Counts needs of a month that a complication of hypertension or a stroke brought."""

    def __init__(self) -> None:
        self.by_month: list[int] = []

    def __call__(self, model: Model) -> None:
        cause = model.residents["cause"]
        alive = model.residents["alive"] == 1
        hit = (cause == N_CAUSES + HYPERTENSION) | (cause == N_CAUSES + STROKE)
        self.by_month.append(int((hit & alive).sum()))


@pytest.fixture(scope="module")
def told(
    typical: County, policy_of: Callable[..., Policy]
) -> tuple[tuple[Model, Complications], tuple[Model, Complications]]:
    """Without and with outreach every month to all who know of their hypertension."""
    outreach = {"outreach_per_year": {"hypertension": 12.0}}
    runs = []
    for policy in (policy_of(), policy_of(care_at_base=outreach)):
        count = Complications()
        runs.append((run(typical, YEARS, policy, each_month=count, weight=1), count))
    return runs[0], runs[1]


Told = tuple[tuple[Model, Complications], tuple[Model, Complications]]


def shares(model: Model, row: int) -> np.ndarray:
    """Share of those with hypertension, by year."""
    tables = [survey.conditions[:, HYPERTENSION].sum(axis=(1, 2)) for survey in model.surveys]
    return np.array([table[row] / table[HAS] for table in tables])


def test_outreach_first_raises_management_then_control(told: Told) -> None:
    (usual, _), (after, _) = told
    managed = shares(after, MANAGED) - shares(usual, MANAGED)
    controlled = shares(after, CONTROLLED) - shares(usual, CONTROLLED)
    assert (managed > 0).all()
    assert (controlled > 0).all()
    # Management comes at once, control with the months of treatment that follow.
    assert managed[0] > 0.6 * managed[2]
    assert controlled[0] < 0.7 * controlled[2]
    check_parts("gain of control", controlled[2:], (0.02, 0.25), [(-0.25, 0.005), (0.4, 0.8)])


def test_then_complications_fall_and_later_more(told: Told) -> None:
    (_, usual), (_, after) = told
    saved = (np.array(usual.by_month) - np.array(after.by_month)).astype(float)
    whole = float(np.mean(usual.by_month))
    late = saved[48:] / whole
    check_parts("share of complications saved, later", late, (0.001, 0.02), [(-0.02, 0.0)])
    gap = late.mean() - saved[:12].mean() / whole
    parts = [late, saved[:12] / whole]
    error = float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts)))
    check_mean("later less first year", float(gap), error, (0.001, 0.02), [(-0.02, 0.0)], 24)


def test_outreach_is_paid_for(told: Told) -> None:
    (usual, _), (after, _) = told
    assert usual.ledger.flow_fen("outreach") == 0
    assert after.ledger.flow_fen("outreach") > 0
