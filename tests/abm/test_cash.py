"""Who is paid first when money is short, what is borrowed, what is owed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.cash import Purse, loan_limit, month_of, run_providers
from abm.county import County
from abm.doctors_pay import standing, yearly_pay
from abm.government import Government
from abm.model import Model
from abm.policy import Policy
from agents.doctor import Doctor
from agents.provider import PROVIDER
from experiments.conservation import Watch

PolicyMaker = Callable[..., Policy]
FEN = st.integers(0, 10**9)
SCALE = {
    "village_doctor": 60_000.0,
    "assistant_physician": 80_000.0,
    "physician": 100_000.0,
    "attending": 140_000.0,
    "associate_chief": 190_000.0,
    "chief": 250_000.0,
}
"""Yuan a year by title: a launch paid 100,000 to 250,000; steps between assumed."""


def test_a_purse_by_hand() -> None:
    purse = Purse(np.array([100, 100, -50]), np.array([40, 0, 30]))
    assert purse.pay(np.array([120, 70, 10]), borrow=True).tolist() == [120, 70, 0]
    assert purse.pay(np.array([50, 50, 50]), borrow=False).tolist() == [0, 30, 0]
    assert purse.pay(np.array([50, 50, 50]), borrow=True).tolist() == [20, 0, 0]
    assert purse.cash.tolist() == [-40, 0, -50]
    assert purse.to_borrow().tolist() == [40, 0, 30]


@given(cash=FEN, room=FEN, dues=st.lists(FEN, min_size=1, max_size=5))
def test_a_purse_never_pays_more_than_there_is(cash: int, room: int, dues: list[int]) -> None:
    purse = Purse(np.array([cash]), np.array([room]))
    paid = [int(purse.pay(np.array([due]), borrow=True)[0]) for due in dues]
    assert sum(paid) == min(sum(dues), cash + room)
    assert purse.cash[0] == cash - sum(paid)
    assert purse.to_borrow()[0] == max(0, sum(paid) - cash)
    # Nobody later in the order is paid while somebody earlier is not paid in full.
    short = [due > got for due, got in zip(dues, paid, strict=True)]
    if any(short):
        assert sum(paid[short.index(True) + 1 :]) == 0


def test_twelve_months_are_a_year() -> None:
    yearly = np.array([1_000_001, 7, 0])
    months = np.sum([month_of(yearly, month) for month in range(12, 24)], axis=0)
    assert months.tolist() == yearly.tolist()


def lived(county: County, policy: Policy, months: int = 3) -> Model:
    model = Model(county, policy, threads=1)
    for _ in range(months):
        model.step()
    return model


def squeeze(model: Model, cash_fen: int, *, credit: bool = False) -> tuple[int, Any]:
    """A month of a hospital's payments with so much in hand, with all its credit or none."""
    hospital = int(np.argmax(model.providers["revenue_mean_fen"] * (model.books.in_county)))
    row = model.providers[hospital : hospital + 1]
    row["loan_fen"] = 0 if credit else loan_limit(model)[hospital]
    account = int(model.ledger.provider[hospital])
    there = int(model.ledger.balance_fen[account])
    model.ledger.transfer(account, model.ledger.account("households"), there - cash_fen, "a test")
    nil = np.zeros(len(model.providers), np.int64)
    for name in ("subsidy_fen", "payable_fen", "pay_arrears_fen", "bonus_arrears_fen"):
        row[name] = 0
    billed = np.zeros((2, len(nil)), np.int64)
    billed[:, hospital] = 4_000_000, 6_000_000
    model.books.counted_fen = nil
    for name in ("public_health_fen", "drug_subsidy_fen"):
        model.books.state[name] = nil
    run_providers(model, billed, nil)
    return hospital, row[0]


def test_supplies_come_first_then_pay_and_bonus_last(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = lived(tiny_county, policy_of())
    hospital, row = squeeze(model, cash_fen=1_000)
    pay = month_of(yearly_pay(model), model.month)[hospital]
    fixed = month_of(model.providers["fixed_cost_fen"], model.month)[hospital]
    supplies = int(10_000_000 * float(row["variable_cost_share"]) + 0.5)
    assert row["payable_fen"] == supplies + fixed - 1_000
    assert row["pay_arrears_fen"] == pay
    assert row["bonus_arrears_fen"] == 800_000  # 8 % of what was billed
    _, row = squeeze(model, cash_fen=supplies + int(fixed) + int(pay) // 2)
    assert row["payable_fen"] == 0
    assert row["pay_arrears_fen"] == pay - pay // 2
    assert row["bonus_arrears_fen"] == 800_000


def test_arrears_are_made_good_before_this_months_bills(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = lived(tiny_county, policy_of())
    hospital, _ = squeeze(model, cash_fen=0)
    row = model.providers[hospital : hospital + 1]
    owed = {name: int(row[name][0]) for name in ("payable_fen", "pay_arrears_fen")}
    account = model.ledger.provider[hospital]
    model.ledger.transfer(
        model.ledger.account("households"), account, 2 * owed["payable_fen"], "a test"
    )
    nil = np.zeros(len(model.providers), np.int64)
    run_providers(model, np.zeros((2, len(nil)), np.int64), nil)
    fixed = int(month_of(model.providers["fixed_cost_fen"], model.month)[hospital])
    assert model.ledger.flow_fen("suppliers' arrears") == owed["payable_fen"]
    left = owed["payable_fen"] - fixed
    assert left > 0
    paid = model.ledger.flow_fen("pay arrears")
    assert paid == min(left, owed["pay_arrears_fen"]) > 0


def test_a_loan_pays_supplies_and_base_pay_but_no_bonus(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = lived(tiny_county, policy_of())
    hospital, _ = squeeze(model, cash_fen=0, credit=True)
    row = model.providers[hospital]
    assert row["payable_fen"] == row["pay_arrears_fen"] == 0
    assert row["bonus_arrears_fen"] == 800_000
    assert model.ledger.balance_fen[model.ledger.provider[hospital]] == 0
    taken = model.ledger.flow_fen("loan taken")
    assert taken > 0
    doctors = model.population(Doctor).rows
    owed = doctors["arrears_fen"][doctors["provider"] == hospital]
    assert 800_000 - len(owed) <= owed.sum() <= 800_000


def test_unpaid_bonuses_are_felt_less(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = lived(tiny_county, policy_of())
    before = standing(model).paid_share.copy()
    hospital, _ = squeeze(model, cash_fen=0)
    after = standing(model).paid_share
    assert before[hospital] == 1.0
    assert after[hospital] == pytest.approx(5 / 6)
    rule = model.policy_now.pay
    felt = rule.brings(
        model.policy_now.payment.brings(model.books),
        model.providers["variable_cost_share"],
        standing(model),
    )
    assert felt.outpatient[hospital] == pytest.approx(0.08 * 5 / 6)


def test_a_loan_is_paid_back_from_what_is_left(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = lived(tiny_county, policy_of())
    _hospital, row = squeeze(model, cash_fen=10**12)
    assert row["loan_fen"] == 0
    assert model.ledger.flow_fen("loan repaid") > 0


def test_incomes_by_part_add_up_and_are_what_was_paid(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = lived(tiny_county, policy_of(), months=12)
    doctors = model.population(Doctor).rows
    parts = ("base_income_fen", "bonus_income_fen", "surplus_income_fen")
    whole = np.sum([doctors[name] for name in parts], axis=0)
    assert whole.tolist() == doctors["income_fen"].tolist()
    ledger, ours = model.ledger, model.books.in_county[doctors["provider"]]
    paid = sum(
        ledger.flow_fen(name) for name in ("base pay", "bonus", "pay arrears", "bonus arrears")
    )
    # Parts of a fen stay with the staff account: less than two a doctor and month.
    assert 0 <= paid - int(doctors["income_fen"][ours].sum()) <= 24 * len(doctors)


def test_one_scale_raises_base_pay_and_government_can_pay_for_it(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    pay: dict[str, Any] = {
        "bonus_on": "nothing",
        "scale": "one_scale",
        "scale_paid_by": "government",
    }
    pay |= {"scale_yuan": SCALE, "performance_share": 0.1}
    model = lived(tiny_county, policy_of(pay=pay), months=12)
    plain = lived(tiny_county, policy_of(pay={"bonus_on": "nothing"}), months=12)
    more = model.ledger.flow_fen("base pay") - plain.ledger.flow_fen("base pay")
    assert more > 0
    assert model.ledger.flow_fen("pay subsidy") == pytest.approx(more, rel=0.05)
    assert plain.ledger.flow_fen("pay subsidy") == 0


def test_public_health_money_by_hand() -> None:
    rows = np.zeros(4, PROVIDER)
    rows["tier"], rows["place"] = [0, 0, 1, 0], [0, 0, 0, 1]
    rows["subsidy_fen"] = [100, 300, 5, 100]
    rule = Government(public_health_yuan_per_head=94.0, public_health_village_share=0.4)
    # 94,000 yuan for 1,000 people: 37,600 to clinics by 1 : 3, 56,400 to the centre.
    assert rule.public_health_fen(1000, rows).tolist() == [940_000, 2_820_000, 5_640_000, 0]
    assert not Government().public_health_fen(1000, rows).any()


def test_a_hospital_that_is_not_paid_borrows_and_stops_its_bonus(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    """Same county, same seed: a cap at half of last year's bills against fee for service."""
    worse = policy_of("provider_cap", 12, payment={"growth": -0.6, "level": "last_year_billed"})
    models = [Model(tiny_county, policy, policy_of(), threads=1) for policy in (worse, policy_of())]
    debts, shares = [], []
    for model in models:
        watch = Watch(model)
        for _ in range(36):
            watch.step()
        assert set(watch.worst.values()) == {0}
        rows = model.providers[model.books.in_county & (model.providers["tier"] == 2)]
        debts.append(int((rows["loan_fen"] + rows["bonus_arrears_fen"]).sum()))
        shares.append(float(rows["bonus_paid_share"].mean()))
    assert debts[0] > 2 * debts[1]
    assert shares[0] < shares[1]
