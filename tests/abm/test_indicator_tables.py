"""The reconciliation closes to the fen, and says so when it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from abm.excerpt import excerpt
from abm.indicator_tables import (
    CLOSING,
    MEMO,
    accounts_table,
    flows_table,
    residual_fen,
    residuals_fen,
)
from abm.model import Model
from agents.foundation.errors import InputError
from calibration.county import County
from calibration.policies import load_policy


@pytest.fixture(params=["fee_for_service", "bundle", "pingyang"], scope="module")
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    county = excerpt(County.load("typical"), townships=2, villages_each=3, persons=1200)
    policy = load_policy(request.param)
    made = Model(county, policy, load_policy("fee_for_service"), rng=3, weight=1, threads=1)
    for _ in range(36):
        made.step()
    yield made
    made.close()


@pytest.mark.parametrize("year", [0, 1, 2])
def test_every_account_closes_to_the_fen(model: Model, year: int) -> None:
    assert set(residuals_fen(accounts_table(model, year)).values()) == {0}
    assert residual_fen(model, year) == 0


def test_a_year_opens_with_what_the_last_one_closed(model: Model) -> None:
    first, second = accounts_table(model, 0), accounts_table(model, 1)
    closed = first[first["role"] == "closing"].set_index("account")["amount_fen"]
    opened = second[second["role"] == "opening"].set_index("account")["amount_fen"]
    assert closed.to_dict() == opened.to_dict()


def test_whatever_is_billed_is_paid_where_no_rule_cuts_it(model: Model) -> None:
    table = accounts_table(model, 2)
    assert set(table.loc[table["line"] == "billed and not paid in the year", "amount_fen"]) == {0}


def test_payers_of_a_level_pay_what_it_billed(model: Model) -> None:
    table = accounts_table(model, 2)
    for _, part in table[table["account"].str.contains("level|outside")].groupby("account"):
        billed = part.loc[part["line"] == "billed", "amount_fen"].sum()
        assert billed > 0
        assert part.loc[part["role"] == MEMO, "amount_fen"].sum() == billed


def test_accounts_hold_what_the_ledger_says(model: Model) -> None:
    table = accounts_table(model, 2)
    closing = table[table["role"] == CLOSING].set_index("account")["amount_fen"]
    ledger = model.ledger
    consortia = int(ledger.balance_fen[ledger.consortium].sum())
    fund = int(ledger.balance_fen[ledger.account("fund")])
    assert closing["fund and consortia"] == fund + consortia
    levels = ["village level", "township level", "county level", "providers outside the county"]
    assert closing[levels].sum() == ledger.balance_fen[ledger.provider].sum()


def test_money_from_nowhere_is_found() -> None:
    county = excerpt(County.load("typical"), townships=1, villages_each=2, persons=600)
    model = Model(county, load_policy("fee_for_service"), rng=1, threads=1)
    for _ in range(12):
        model.step()
    assert residual_fen(model, 0) == 0
    model.ledger.balance_fen[model.ledger.account("fund")] += 1
    assert residuals_fen(accounts_table(model, 0))["fund and consortia"] == 1
    assert residual_fen(model, 0) == 1
    model.close()


def test_a_bill_that_is_cut_shows_as_not_paid() -> None:
    county = excerpt(County.load("typical"), townships=1, villages_each=2, persons=600)
    model = Model(county, load_policy("fee_for_service"), rng=1, threads=1)
    for _ in range(12):
        model.step()
    hospital = model.county.provider_names.index("County General Hospital")
    account = int(model.ledger.provider[hospital])
    # The ledger's month is still the last one lived.
    model.ledger.transfer(account, model.ledger.account("fund"), 700, "fund pays services")
    table = accounts_table(model, 0).set_index(["account", "line"])["amount_fen"]
    assert table["county level", "billed and not paid in the year"] == -700
    assert table["fund and consortia", "billed and not paid in the year"] == 700
    assert residual_fen(model, 0) == 0
    model.close()


def test_flows_count_every_episode_once(model: Model) -> None:
    table = flows_table(model, 1)
    flow = model.flows[1]
    for column, name in (
        ("patients", "used"),
        ("went_well", "went_well"),
        ("admitted", "admitted"),
    ):
        assert table[column].sum() == flow[name].sum() * model.weight
    admissions = sum(int(month["admissions"].sum()) for month in model.tallies[12:24])
    assert table["admitted"].sum() == admissions
    assert not table.duplicated(["village", "provider"]).any()
    elsewhere = table[table["village"] == "elsewhere"]
    assert set(elsewhere["place"]) == {"elsewhere"}


def test_a_year_not_lived_is_refused(model: Model) -> None:
    for table in (accounts_table, flows_table):
        with pytest.raises(InputError, match="year 3"):
            table(model, 3)
