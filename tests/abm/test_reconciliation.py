"""The printed reconciliation closes to the fen, and its check says so when it does not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from abm.excerpt import excerpt
from abm.indicators import INDICATORS, YearView
from abm.model import Model
from abm.reconciliation import reconciliation
from calibration.county import County
from calibration.policies import load_policy

POLICIES = ["dip", "hospital_cap", "bundle"]


@pytest.fixture(params=POLICIES, scope="module")
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    county = excerpt(County.load("typical"), townships=2, villages_each=3, persons=1200)
    policy = load_policy(request.param)
    made = Model(county, policy, load_policy("fee_for_service"), rng=3, weight=1, threads=1)
    for _ in range(36):
        made.step()
    yield made
    made.close()


@pytest.mark.parametrize("year", [0, 1, 2])
def test_every_account_closes_and_says_so(model: Model, year: int) -> None:
    table = reconciliation(model, year)
    checks = table[table["role"] == "check"]
    assert set(checks["line"]) == {"closes"}
    assert (checks["amount_fen"] == 0).all()
    assert set(checks["account"]) == set(table["account"])
    names = [*table["account"].unique()]
    assert "fund and consortia" in names
    assert "consortium 1" in names
    assert "County General Hospital: claims" in names
    assert "township centres" in names


def test_claims_go_on_from_year_to_year(model: Model) -> None:
    years = [reconciliation(model, year).set_index(["account", "line"]) for year in (1, 2)]
    for name in ("County General Hospital", "township centres", "village clinics"):
        account = f"{name}: claims"
        closed = years[0]["amount_fen"][account, "owed by payers at the end"]
        assert years[1]["amount_fen"][account, "owed by payers at the start"] == closed


def test_units_hold_all_that_the_county_was_paid(model: Model) -> None:
    table = reconciliation(model, 2)
    paid = -table.loc[table["line"] == "paid", "amount_fen"].sum()
    assert paid == model.books.claims.years[2]["paid_fen"][model.books.in_county].sum()


def test_a_forgotten_fen_is_found(model: Model) -> None:
    claims = model.books.claims
    hospital = model.county.provider_names.index("County General Hospital")
    claims.due_fen[0, 0, hospital] += 7
    try:
        table = reconciliation(model, 2).set_index(["account", "line"])["amount_fen"]
        assert table["County General Hospital: claims", "closes"] == 7
        assert table["County General Hospital", "closes"] == 0
    finally:
        claims.due_fen[0, 0, hospital] -= 7


def test_indicators_of_claims_by_hand(model: Model) -> None:
    view = YearView(model, 2)
    rows, year = model.providers, model.books.claims.years[2]
    hospitals = (rows["tier"] == 2) & (rows["place"] == 0)
    cut = np.maximum(-year["by_rule_fen"], 0) + year["denied_fen"]
    unpaid = (cut + np.maximum(year["owed_fen"], 0))[hospitals].sum()
    billed = sum(
        int(month["outpatient_cost_fen"][where].sum() + month["inpatient_cost_fen"][where].sum())
        for month in model.tallies[24:36]
        for where in [hospitals[model.tally_provider]]
    )
    share = INDICATORS["claims.unpaid_share_of_revenue_county"].of(view)
    assert share == pytest.approx(unpaid / billed)
    points = INDICATORS["claims.point_value_yuan"].of(view)
    assert np.isnan(points) == (model.policy.payment.name != "dip")
    used = INDICATORS["claims.budget_used"].of(view)
    if model.policy.name == "hospital_cap":
        assert used > 1.0
        assert share > 0.05
    loans = INDICATORS["providers.loans_million_yuan"].of(view)
    assert loans == pytest.approx(rows["loan_fen"][rows["place"] == 0].sum() / 1e8)
