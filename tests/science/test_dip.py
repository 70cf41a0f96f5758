"""DIP against bills paid as they come, one bonus: shorter stays, cheaper cases, higher weights.

The bonus follows the employer's balance under both, so that what differs is what a yuan, a day and
a weight bring under the scheme.
"""

from __future__ import annotations

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from tests.conftest import make_policy
from tests.science.fuzzy import check_parts
from tests.science.runs import run, with_providers

pytestmark = pytest.mark.science

YEARS, WEIGHT, SEEDS = 3, 10, (1, 2, 3, 4, 5)
PAY = {"bonus_on": "balance", "bonus_share": 0.1}
Pairs = list[tuple[Model, Model]]


@pytest.fixture(scope="module")
def pairs(typical: County) -> Pairs:
    """Bills as they come, and DIP, by seed; its first year pays as billed."""
    # Rich hospitals, so that a month closes above zero and the balance counts under both.
    county = with_providers(typical, cash_yuan=lambda yuan: yuan + 1e9)
    schemes = ("fee_for_service", "dip")
    return [
        tuple(  # type: ignore[misc]
            run(county, YEARS, make_policy(scheme, pay=PAY), seed=seed, weight=WEIGHT)
            for scheme in schemes
        )
        for seed in SEEDS
    ]


def of(model: Model, *columns: str) -> np.ndarray:
    """(column,) sums of the county hospitals over the years after the first."""
    rows = model.providers
    where = ((rows["place"] == 0) & (rows["tier"] == 2))[model.tally_provider]
    months = model.tallies[12:]
    return np.array([sum(float(month[c][where].sum()) for month in months) for c in columns])


def log_ratios(pairs: Pairs, above: str, below: str) -> list[float]:
    """Of above over below, DIP against bills as they come, by seed."""
    found = []
    for billed, dip in pairs:
        (a, b), (c, d) = of(dip, above, below), of(billed, above, below)
        found.append(float(np.log((a / b) / (c / d))))
    return found


def test_stays_grow_shorter(pairs: Pairs) -> None:
    found = log_ratios(pairs, "bed_days", "admissions")
    check_parts("stay, log ratio", found, (-0.3, -0.005), [(0.0, 0.3)])


def test_cases_grow_cheaper(pairs: Pairs) -> None:
    found = log_ratios(pairs, "insured_inpatient_cost_fen", "insured_admissions")
    check_parts("cost a case, log ratio", found, (-0.4, -0.01), [(0.0, 0.4)])


def test_weights_tempt(pairs: Pairs) -> None:
    # Nothing is gained by a higher class where bills are paid as they come.
    assert all(of(billed, "upcoded")[0] == 0 for billed, _ in pairs)
    shares = [float(np.divide(*of(dip, "upcoded", "insured_admissions"))) for _, dip in pairs]
    check_parts("raised a class", shares, (0.02, 0.15), [(0.0, 0.005)])
