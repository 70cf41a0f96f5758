"""How pay reaches doctors: by work, by scale, by health results; village doctors; directors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.county import County, Place, Tier
from abm.doctors_pay import standing, work_mean, worked_units, yearly_pay
from abm.health_results import answered_for, control_score, responsible
from abm.management import directed
from abm.model import Model
from abm.pay import PayRule, Standing
from abm.policy import Policy
from agents.doctor import Doctor
from agents.incentive import nothing

PolicyMaker = Callable[..., Policy]
POINTS = {
    "bonus_on": "balance",
    "bonus_share": 0.2,
    "shared_by": "work",
    "work_counted_in": "points",
    "points_per_visit": 1.0,
    "points_per_admission": 5.0,
    "points_per_bed_day": 2.0,
}


def lived(county: County, policy: Policy, months: int = 12) -> Model:
    model = Model(county, policy, threads=1)
    for _ in range(months):
        model.step()
    return model


def stands(**parts: Any) -> Standing:
    one = np.ones(1)
    usual = {
        "chance_of_balance": one,
        "paid_share": one,
        "performance_yuan_per_minute": 0 * one,
        "minutes_per_visit": 10 * one,
        "minutes_per_bed_day": 40 * one,
    }
    return Standing(**usual | {name: np.array([value]) for name, value in parts.items()})


def test_a_point_is_worth_the_pool_over_all_points() -> None:
    # Four doctors, a pool of 4,000 yuan a month for 2,000 points: 2 yuan each, of which a
    # point of his own takes a quarter from himself.
    rule = PayRule(**POINTS)
    felt = rule.brings(nothing(1), np.zeros(1), stands(doctors=4, unit_yuan=2.0 * 0.75))
    assert felt.visit_yuan[0] == pytest.approx(1.5)
    assert felt.admission_yuan[0] == pytest.approx(7.5)
    assert felt.bed_day_yuan[0] == pytest.approx(3.0)
    # What he adds to the pool comes to him by a quarter: 0.2 x 0.25 of a yuan left.
    employer = nothing(1)
    employer.outpatient = 1.0
    felt = rule.brings(employer, np.array([0.4]), stands(doctors=4, unit_yuan=0.0))
    assert felt.outpatient[0] == pytest.approx(0.2 * 0.25 * 0.6)


@given(
    mine=st.integers(1, 500),
    others=st.integers(1, 5_000),
    doctors=st.integers(2, 30),
    balance=st.integers(10**6, 10**8),
)
def test_sharing_by_points_is_felt_as_it_is_paid(
    mine: int, others: int, doctors: int, balance: int
) -> None:
    """The slope of a doctor's own part in his points, where all do as he does."""
    rule = PayRule(**POINTS)
    pool = float(rule.bonus_fen(np.zeros(1), np.array([balance]))[0]) / 100.0
    whole = mine * doctors

    def own(points: float) -> float:
        return pool * points / (points + whole - mine)

    slope = (own(mine + 1e-3) - own(mine - 1e-3)) / 2e-3
    unit = pool / whole * (1.0 - 1.0 / doctors)
    felt = rule.brings(nothing(1), np.zeros(1), stands(doctors=doctors, unit_yuan=unit))
    assert felt.visit_yuan[0] == pytest.approx(slope, rel=1e-5)


def test_incomes_by_points_add_up_and_follow_work(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = lived(tiny_county, policy_of(pay=POINTS | {"bonus_on": "revenue"}))
    doctors, rows = model.population(Doctor).rows, model.providers
    p = int(np.argmax(np.bincount(doctors["provider"]) * model.books.in_county))
    before = doctors["bonus_income_fen"].copy()
    model.step()
    ours = (doctors["provider"] == p) & (doctors["workplace"] == p) & (doctors["alive"] == 1)
    gained = doctors["bonus_income_fen"][ours]  # a new year: what the month brought
    work = worked_units(model)[ours]
    assert before[ours].sum() > 0
    assert gained.sum() > 0
    assert gained / gained.sum() == pytest.approx(work / work.sum(), abs=1e-3)
    by_hand = model.work["visits"] + model.work["admissions"] * (5.0 + 2.0 * rows["los_days"][p])
    assert work == pytest.approx(by_hand[ours])
    felt = standing(model)
    pool = rows["bonus_mean_fen"][p] / 100.0 / work_mean(model)[p]
    assert felt.unit_yuan is not None
    assert felt.unit_yuan[p] == pytest.approx(pool * (1.0 - 1.0 / rows["doctors"][p]))


def test_fixed_pay_and_a_part_by_work_under_contracts(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    fixed = {"bonus_on": "nothing"}
    models = [
        lived(tiny_county, policy_of(pay=fixed | {"performance_share": share}), 11)
        for share in (0.0, 1.0)
    ]
    doctors = [model.population(Doctor).rows for model in models]
    p = int(np.argmax(np.bincount(doctors[0]["provider"]) * models[0].books.in_county))
    ours = [(rows["provider"] == p) & (rows["alive"] == 1) for rows in doctors]
    whole = [rows["income_fen"][own].sum() for rows, own in zip(doctors, ours, strict=True)]
    assert whole[0] == pytest.approx(whole[1], rel=1e-4)
    spread = [rows["income_fen"][own].std() for rows, own in zip(doctors, ours, strict=True)]
    assert spread[1] != pytest.approx(spread[0], rel=0.01)
    felt = models[1].providers["brings_visit_yuan"]
    assert felt[p] > 0.0
    assert not models[0].providers["brings_visit_yuan"][models[0].books.in_county].any()


def test_village_doctors_live_off_three_sources(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    own = policy_of(
        pay={"village": "own_account"},
        government={"drug_subsidy_yuan_per_head": 10.0, "public_health_yuan_per_head": 20.0},
        prices={"general_fee_yuan_per_visit": 8.0},
    )
    first = lived(tiny_county, own, 1).providers
    model = lived(tiny_county, own)
    rows, doctors = model.providers, model.population(Doctor).rows
    clinics = (rows["tier"] == Tier.VILLAGE) & (rows["place"] == Place.IN_COUNTY)
    left_over = first["balance_mean_fen"][clinics]  # of the first month
    assert first["bonus_mean_fen"][clinics].tolist() == np.maximum(left_over, 0).tolist()
    assert left_over.max() > 0
    assert not yearly_pay(model)[clinics].any()
    assert yearly_pay(model)[~clinics].all()
    there = clinics[doctors["provider"]]
    assert not doctors["base_income_fen"][there].any()
    # What a clinic took in and did not use up is its doctors', once debts are paid.
    ledger = model.ledger
    page = ledger.journal()
    net = np.zeros(len(ledger.names), np.int64)
    for side, sign in (("target", 1), ("source", -1)):
        np.add.at(net, page[side], sign * page["amount_fen"])
    left = int(net[ledger.provider[clinics]].sum())
    income = int(doctors["income_fen"][there].sum())
    assert income > 0
    purposes = set(ledger.purposes)
    assert {"public-health money", "drug subsidy"} <= purposes
    assert ledger.flow_fen("drug subsidy") == 10 * 100 * _present(tiny_county)
    # A yuan of services brings them a yuan, as far as months close above zero.
    felt = standing(model)
    brought, _ = model.policy_now.pay.of_a_yuan(felt, len(rows))
    expected = felt.chance_of_balance * felt.paid_share
    assert brought[clinics] == pytest.approx(expected[clinics])
    assert left == int(model.ledger.balance_fen[ledger.provider[clinics]].sum()) - int(
        np.floor(model.county.providers["cash_yuan"] * 100 + 0.5)[clinics].sum()
    )


def _present(county: County) -> int:
    cells = county.population
    return int(cells["persons"][cells["elsewhere"] == 0].sum())


def test_pay_for_patients_managed_and_controlled(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    pay = {"bonus_on": "nothing", "yuan_per_managed": 30.0, "yuan_per_controlled": 70.0}
    model = lived(tiny_county, policy_of(pay=pay))
    rows, people = model.providers, model.residents
    here = (people["alive"] == 1) & (people["elsewhere"] == 0)
    known = people["managed"] == 1
    cared = here & known.any(axis=1)
    held = cared & ~(known & (people["controlled"] == 0)).any(axis=1)
    assert 0 < held.sum() < cared.sum()
    assert rows["managed_patients"].sum() == cared.sum()
    assert rows["controlled_patients"].sum() == held.sum()
    clinic = responsible(model)[people["village"][cared][0]]
    village = np.flatnonzero(responsible(model) == clinic)
    assert rows["managed_patients"][clinic] == np.isin(people["village"][cared], village).sum()
    due = model.ledger.flow_fen("bonus") + int(rows["bonus_arrears_fen"].sum())
    assert due == 3_000 * int(cared.sum()) + 7_000 * int(held.sum())
    model.step()
    felt = rows["brings_managed_yuan"][clinic]
    assert felt == pytest.approx(30.0 / 12.0 / rows["doctors"][clinic])
    share = held.sum() / cared.sum()
    assert rows["brings_held_yuan"][clinic] == pytest.approx(
        70.0 / 12.0 / rows["doctors"][clinic] * share
    )


def test_a_directors_salary_by_hand() -> None:
    rule = PayRule(director_yuan=200_000.0, director_on_balance=0.2, director_on_health=0.3)
    paid = rule.director_fen(np.array([1.0, 0.0]), np.array([1.0, 0.5]))
    # In full; and half of it, with half of what goes by control: 100,000 + 30,000.
    assert paid.tolist() == [20_000_000, 13_000_000]
    assert rule.director_weight == pytest.approx(0.6)
    assert PayRule().director_weight == 0.0
    assert PayRule(director_yuan=1.0).director_weight is None


def test_a_director_who_is_paid_for_health_has_the_bonus_go_by_it(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    pay = {"bonus_on": "balance", "bonus_share": 0.2, "director_yuan": 240_000.0}
    health = {"director_on_health": 0.5}
    by_place = lived(tiny_county, policy_of(pay=pay | {"director_yuan": 0.0}), 25)
    by_money = lived(tiny_county, policy_of(pay=pay | {"director_on_balance": 0.5}), 25)
    by_health = lived(tiny_county, policy_of(pay=pay | health), 25)
    weights = [m.providers["health_weight"] for m in (by_place, by_money, by_health)]
    hospital = directed(by_health)
    assert hospital.sum() >= 1
    assert not weights[0].any()
    assert not weights[1].any()
    assert (weights[2][hospital] == 0.2).all()  # two steps of a tenth
    assert not weights[2][~hospital].any()
    brought = [m.providers["brings_outpatient"][hospital] for m in (by_money, by_health)]
    assert (brought[1] < brought[0]).all()
    paid = by_health.ledger.flow_fen("directors' salaries")
    assert 0.5 * 24_000_000 * 2 * hospital.sum() <= paid <= 24_000_000 * 2 * hospital.sum()
    assert by_place.ledger.flow_fen("directors' salaries") == 0
    # Of the bonus that goes by health a place pays what its score says, and keeps the rest.
    score = control_score(by_health)[hospital]
    assert ((score > 0) & (score <= 1)).all()


def test_who_answers_for_whom(tiny_county: County, policy_of: PolicyMaker) -> None:
    pay = {"bonus_on": "nothing", "yuan_per_managed": 1.0}
    model = lived(tiny_county, policy_of(pay=pay))
    rows = model.providers
    found = answered_for(model, "managed_patients")
    inside = rows["place"] == Place.IN_COUNTY
    whole = rows["managed_patients"].sum()
    centres = inside & (rows["tier"] == Tier.TOWNSHIP)
    assert found[centres].sum() == whole
    hospital = inside & (rows["tier"] == Tier.COUNTY)
    assert (found[hospital] == whole).all()
