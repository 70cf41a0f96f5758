"""Mesa's own batch_run runs the model, with the figures that a run of ours has."""

from __future__ import annotations

import pandas as pd
import pytest
from mesa.batchrunner import batch_run

from abm.excerpt import excerpt
from agents.foundation.errors import InputError
from calibration.county import County
from experiments import run
from experiments.mesa_batch import CountyModel

PERSONS = 400
VISITS, BALANCE = "use.primary_share_of_county_visits", "fund.cumulative_balance_million_yuan"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    found = batch_run(
        CountyModel,
        {
            "policy": ["fee_for_service", "bundle"],
            "persons": PERSONS,
            "weight": 1,
            "years": 1,
            "rng": [1, 2],
        },
        max_steps=1000,
        display_progress=False,
    )
    return pd.DataFrame(found)


def test_batch_run_makes_every_run_to_its_end(rows: pd.DataFrame) -> None:
    last = rows.groupby(["policy", "rng"]).last()
    assert len(last) == 4
    assert set(last["residents"] > 0) == {True}


def test_figures_are_those_of_a_run_of_our_own(rows: pd.DataFrame, typical: County) -> None:
    county = excerpt(typical, persons=PERSONS)
    for policy in ("fee_for_service", "bundle"):
        ours = run(county, policy, years=1, rng=2, weight=1, threads=1)
        theirs = rows[(rows["policy"] == policy) & (rows["rng"] == 2)].iloc[-1]
        for name in (VISITS, BALANCE):
            assert theirs[name] == ours.indicators.loc[name].iloc[-1]
        assert theirs["fund_balance_fen"] == ours.monthly["fund_balance_fen"].iloc[-1]


def test_dotted_names_can_be_varied() -> None:
    found = batch_run(
        CountyModel,
        {
            "policy.payment.growth": [-0.2, 0.2],
            "county.fund.income_per_head": 1300,
            "persons": PERSONS,
            "weight": 1,
            "years": 1,
        },
        max_steps=1000,
        display_progress=False,
    )
    last = pd.DataFrame(found).groupby("policy.payment.growth").last()
    assert last[BALANCE].nunique() == 2
    with pytest.raises(InputError, match="names nothing"):
        CountyModel(weather=1)
