from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import experiments.verify
from abm import accounts
from abm.clinics import pool_clinics
from abm.county import County
from abm.model import Model
from abm.payment import schemes
from abm.policy import Policy
from agents.foundation.errors import InputError
from experiments.scale import ALLOWANCE, TITLES, Estimate, compare_weights, estimates
from experiments.verify import verify

PolicyMaker = Callable[..., Policy]


@pytest.fixture(scope="module")
def rows(tiny_county: County, policy_of: PolicyMaker) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    found = verify(tiny_county, [policy_of("bundle", name="ours")], quick=True, report=told.append)
    assert told == found
    return told


def test_every_check_is_made_and_holds(rows: list[dict[str, Any]]) -> None:
    assert [row for row in rows if not row["ok"]] == []
    names = [str(row["name"]) for row in rows]
    assert len(set(names)) == len(names)
    for policy in (*schemes(), "ours"):
        assert any(name.startswith(f"conserved: fen, {policy},") for name in names), policy
    for part in ("1, 2 and 4 threads", "agent by agent", "compilation off", "resume", "birth"):
        assert any(part in name for name in names), part


def test_rows_carry_what_tables_and_json_need(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert set(row) == {"name", "value", "low", "high", "ok", "detail"}
        assert row["ok"] is (row["low"] <= row["value"] <= row["high"])
        assert type(row["value"]) in (int, float)
        assert row["detail"]


def test_a_weight_that_the_county_cannot_bear_is_told(
    rows: list[dict[str, Any]], tiny_county: County
) -> None:
    refused = [row for row in rows if "refused, as it should be" in str(row["detail"])]
    assert [row["name"] for row in refused] == ["1:10", "1:50"]
    with pytest.raises(InputError):
        pool_clinics(tiny_county, 10)


def test_a_fault_of_the_engine_is_a_row_that_is_not_ok(
    tiny_county: County, policy_of: PolicyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Model.step

    def step_and_lose_a_fen(self: Model) -> None:
        step(self)
        self.ledger.balance_fen[3] -= 1

    monkeypatch.setattr(Model, "step", step_and_lose_a_fen)
    found = list(experiments.verify.conserved(tiny_county, policy_of(), policy_of(), 1, 2))
    assert [row["ok"] for row in found if "fen," in str(row["name"])] == [False]
    assert next(row["value"] for row in found if "fen," in str(row["name"])) == 2


# -- weights ------------------------------------------------------------------------------


def test_a_margin_is_the_noise_of_both_runs_and_the_allowance() -> None:
    whole = Estimate(0.01, math.sqrt(0.01), 40_000)
    noise = math.sqrt(0.01 / 40_000 + 0.01 / 4_000)
    assert whole.margin(4_000, 0.02) == pytest.approx(4 * noise + 0.0002)


def test_noise_is_what_seeds_differ_by(tiny_county: County, policy_of: PolicyMaker) -> None:
    # The spread that margins are made of, against the spread of 12 runs with other draws.
    runs = [estimates(tiny_county, policy_of(), 1, seed) for seed in range(12)]
    for name in ("births", "deaths", "visits", "admissions"):
        values = np.array([run[name].value for run in runs])
        stated = np.mean([run[name].spread / math.sqrt(run[name].agents) for run in runs])
        # A standard deviation of 12 values lies within 0.5 to 1.6 of the true one; people
        # here are alike from seed to seed, so runs may differ by less than stated, not more.
        assert values.std(ddof=1) < 1.6 * stated, name
        assert values.std(ddof=1) > 0.2 * stated, name


def test_weights_agree_on_the_typical_county(typical: County, policy_of: PolicyMaker) -> None:
    found = compare_weights(typical, policy_of(), (10, 50))
    assert len(found) == len(TITLES) == len(ALLOWANCE)
    assert [row["name"] for row in found if not row["ok"]] == []


def test_a_run_that_forgets_its_weight_is_seen(
    typical: County, policy_of: PolicyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = accounts.pay_bills

    def without_weight(model: Model) -> None:
        weight, model.weight = model.weight, 1
        original(model)
        model.weight = weight

    monkeypatch.setattr(accounts, "pay_bills", without_weight)
    found = compare_weights(typical, policy_of(), (5, 20))
    missed = [str(row["name"]) for row in found if not row["ok"]]
    assert missed == [f"1:20 against 1:5, {TITLES['cost']}"]
