"""What a surplus buys in a county: equipment, courses, contacts, pay for those who refer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abm import quality, surplus_use
from abm.county import County, Tier
from abm.doctors_pay import yearly_pay
from abm.excerpt import excerpt
from abm.management import rules_of, run_management
from abm.model import Model
from abm.policy import Policy
from abm.pooling import invest_as_one, pool_cash
from abm.sharing_rules import Quality
from agents.doctor import Doctor
from agents.foundation.compile import plain
from agents.management import next_equipment, room_for_equipment_fen

PolicyMaker = Callable[..., Policy]


@pytest.fixture(scope="module")
def town(typical: County) -> County:
    return excerpt(typical, townships=2, villages_each=3, persons=900)


def start(county: County, policy: Policy, months: int = 1) -> Model:
    model = Model(county, policy, rng=3, threads=1)
    for _ in range(months):
        model.step()
    return model


def centres(model: Model) -> np.ndarray:
    return np.flatnonzero(model.staffing.in_county & (model.providers["tier"] == Tier.TOWNSHIP))


def hospitals(model: Model) -> np.ndarray:
    return np.flatnonzero(model.staffing.in_county & (model.providers["tier"] == Tier.COUNTY))


def set_aside(model: Model, name: str, where: Any, each_fen: int) -> None:
    """Give the consortium money and set it aside for places."""
    ledger = model.ledger
    amount = each_fen * len(np.atleast_1d(where))
    ledger.transfer(ledger.account("government"), int(ledger.consortium[0]), amount, "a test gives")
    model.books.earmarked[name][1, where] += each_fen


# -- equipment --------------------------------------------------------------------------------


def test_money_set_aside_buys_equipment_besides_what_a_place_buys_itself(
    town: County, policy_of: PolicyMaker
) -> None:
    usual, given = (start(town, policy_of()) for _ in range(2))
    where = centres(given)
    wear = given.staffing.wear_fen[where]
    set_aside(given, "equipment_fen", where[0], int(wear[0]) // 2)
    for model in (usual, given):
        run_management(model)
    more = given.providers["equipment"][where] - usual.providers["equipment"][where]
    rate = given.county.value("management.depreciation")
    # Half of a year's wear adds half of what wears out in a year.
    assert more.tolist() == pytest.approx([rate * (int(wear[0]) // 2) / wear[0], 0.0])
    assert given.ledger.flow_fen("surplus buys equipment") == int(wear[0]) // 2
    assert not given.books.earmarked["equipment_fen"].any()
    assert given.ledger.balance_fen[given.ledger.consortium[0]] == 0


def test_more_than_a_place_can_take_up_stays_set_aside(
    town: County, policy_of: PolicyMaker
) -> None:
    model = start(town, policy_of())
    where = hospitals(model)[0]
    set_aside(model, "equipment_fen", where, 10**13)
    run_management(model)
    most = model.county.value("management.equipment_most")
    assert model.providers["equipment"][where] == pytest.approx(most)
    left = int(model.books.earmarked["equipment_fen"].sum())
    assert 0 < left < 10**13
    assert left == 10**13 - model.ledger.flow_fen("surplus buys equipment")
    run_management(model)
    assert model.providers["equipment"][where] == pytest.approx(most)


def test_room_for_equipment_is_what_brings_a_place_to_the_most(typical: County) -> None:
    rules = rules_of(typical)
    room = plain(room_for_equipment_fen)(0.9, 1_000_000, rules)
    kept = 0.9 / (1.0 - rules.depreciation)
    bought = plain(next_equipment)(kept, 1_000_000, int(room), rules)
    assert bought == pytest.approx(rules.equipment_most, abs=1e-6)
    assert plain(room_for_equipment_fen)(2.0, 1_000_000, rules) == 0.0


# -- courses ----------------------------------------------------------------------------------


def test_a_course_closes_part_of_the_gap_of_the_least_skilled(
    town: County, policy_of: PolicyMaker
) -> None:
    model = start(town, policy_of())
    doctors, place = model.population(Doctor).rows, centres(model)[0]
    price = int(model.county.value("career.training_yuan") * 100)
    gain = model.county.value("career.training_gain")
    teachers = model.skill_now[0][hospitals(model)].max()
    own = np.flatnonzero((doctors["provider"] == place) & (doctors["alive"] == 1))
    least = own[np.argsort(doctors["skill"][own], kind="stable")][0]
    before = doctors["skill"].copy()
    set_aside(model, "training_fen", place, price + price // 2)
    surplus_use.train(model)
    after = before.copy()
    after[least] += gain * (teachers - before[least])
    assert doctors["skill"] == pytest.approx(after)
    assert after[least] > before[least]
    assert model.ledger.flow_fen("surplus pays training") == price
    assert model.books.earmarked["training_fen"].sum() == price // 2


def test_nobody_is_sent_to_learn_from_those_who_know_less(
    town: County, policy_of: PolicyMaker
) -> None:
    model = start(town, policy_of())
    doctors, place = model.population(Doctor).rows, centres(model)[0]
    doctors["skill"][doctors["provider"] == place] = 0.98
    set_aside(model, "training_fen", place, 10**9)
    surplus_use.train(model)
    assert model.ledger.flow_fen("surplus pays training") == 0


# -- contacts ---------------------------------------------------------------------------------


def test_contacts_are_bought_evenly_until_the_money_is_spent(
    town: County, policy_of: PolicyMaker
) -> None:
    rule = {"yuan_per_contact": 10.0, "contacts_with": ["hypertension"], "to_chronic": 0.3}
    model = start(town, policy_of(surplus=rule), 12)
    # 120 yuan for a year: one contact of 10 yuan a month.
    set_aside(model, "contacts_fen", centres(model)[0], 12_000)
    paid, managed = [], []
    for month in range(12, 25):
        known = int(surplus_use.diagnosed(model)[0])
        model.step()
        paid.append(model.ledger.flow_fen("surplus pays contacts", range(month, month + 1)))
        managed.append(model.contact_rates[0] * known)
    assert paid == [1_000] * 12 + [0]
    assert managed == pytest.approx([12.0] * 12 + [0.0])
    assert model.world.hazards.enrol[0] == 0.0


def test_nobody_is_contacted_more_often_than_once_a_month(
    town: County, policy_of: PolicyMaker
) -> None:
    model = start(town, policy_of(surplus={"to_chronic": 0.3}), 12)
    set_aside(model, "contacts_fen", centres(model)[0], 10**10)
    known = int(surplus_use.diagnosed(model)[:2].sum())
    model.step()
    assert model.contact_rates.tolist() == [12.0, 12.0, 0.0, 0.0, 0.0]
    assert model.ledger.flow_fen("surplus pays contacts") == known * 2_000


def test_contacts_add_to_the_policys_own(town: County, policy_of: PolicyMaker) -> None:
    outreach = {"outreach_per_year": {"hypertension": 2.0}}
    model = start(town, policy_of(care_at_base=outreach), 12)
    rates = np.array([4.0, 0.0, 0.0, 0.0, 0.0])
    model.set_contacts(rates)
    more = start(town, policy_of(care_at_base={"outreach_per_year": {"hypertension": 6.0}}))
    assert model.world.hazards.enrol[0] == more.world.hazards.enrol[0]


# -- referral ---------------------------------------------------------------------------------


def test_pay_for_referring_goes_by_whom_each_sent_up_or_down(
    town: County, policy_of: PolicyMaker
) -> None:
    rule = {"to_referring": 0.5}
    model = start(town, policy_of(surplus=rule), 11)
    doctors, books = model.population(Doctor).rows, model.books
    here = model.staffing.in_county[doctors["workplace"]]
    sent = doctors["referred"].copy()
    assert sent[here].sum() > 0
    assert not sent[~here].any()
    months = model.tallies
    inside, tier = model.staffing.in_county, model.providers["tier"]
    up, down, no_bed = (
        np.sum([model.by_provider(month[name]) for month in months], axis=0)
        for name in ("referred_up", "referred_down", "no_bed")
    )
    counted = np.bincount(doctors["workplace"], sent, len(inside))
    # Sent up from clinics and centres, and sent down from anywhere, those put off left out.
    assert (counted[inside] >= down[inside]).all()
    assert (counted <= np.where(inside, down + np.where(tier < 2, up + no_bed, 0), 0)).all()
    surplus_use.prepare_to_settle(model)
    assert books.referred.sum() == sent.sum()
    books.referral_pay_fen = 1_000 * books.referred
    before = doctors["surplus_income_fen"].copy()
    surplus_use.pay_referring(model)
    assert (doctors["surplus_income_fen"] - before == 1_000 * sent).all()
    # Ten yuan a patient were not expected; a part of them is, next year.
    some = books.referred > 0
    assert books.referral_yuan[some] == pytest.approx(10.0 * books.learning_rate)
    assert not doctors["referred"].any()
    expected = books.referral_yuan[some].copy()
    model.step()
    rows = model.providers
    assert (rows["brings_down_yuan"][some] == expected).all()
    assert (rows["brings_up_yuan"][some & (tier == 2)] == 0.0).all()
    assert (rows["brings_up_yuan"][some & (tier < 2)] > 0.0).all()


# -- one legal person -------------------------------------------------------------------------


def test_members_of_one_legal_person_cover_each_other_by_hand(
    town: County, policy_of: PolicyMaker
) -> None:
    model = start(town, policy_of(consortium={"legal_persons": "one"}))
    ledger, ours = model.ledger, np.flatnonzero(model.staffing.in_county)
    accounts = ledger.provider[ours]
    model.providers["revenue_mean_fen"] = 0.0
    ledger.transfer(accounts, ledger.account("bank"), ledger.balance_fen[accounts], "emptied")
    cash = np.zeros(len(ours), np.int64)
    cash[:3] = 1_000, 500, 200
    needed = np.zeros(len(ours), np.int64)
    needed[:4] = 100, 0, 500, 900
    ledger.transfer(ledger.account("bank"), accounts, cash, "filled")
    after = pool_cash(model, ours, needed)
    # Spare: 900 and 500; missing: 300 and 900, together 1,200 of 1,400.
    assert after[:4].tolist() == [1_000 - 771, 500 - 429, 500, 900]
    assert after.sum() == cash.sum()
    assert ledger.balance_fen[ledger.consortium[0]] == 0
    several = start(town, policy_of())
    untouched = several.ledger.balance_fen[several.ledger.provider[ours]]
    assert (pool_cash(several, ours, untouched + 10**6) == untouched).all()


def test_one_purse_invests_where_there_is_most_to_do(town: County, policy_of: PolicyMaker) -> None:
    model = start(town, policy_of(consortium={"legal_persons": "one"}))
    rows, rules = model.providers, rules_of(model.county)
    costs = np.zeros(len(rows), np.int64)
    ours = model.staffing.in_county & (rows["consortium"] == 0)
    rows["cash_fen"] = 0
    wear = model.staffing.wear_fen
    rows["cash_fen"][hospitals(model)[0]] = 5 * int(wear.sum())
    rows["workload"] = 1.0
    rows["workload"][centres(model)[0]] = 3.0
    nil = np.zeros(len(rows), np.int64)
    spent, payers = invest_as_one(model, 0, nil, nil, costs, rules)
    assert spent.sum() == payers.sum()
    grown = (spent - wear)[centres(model)] / np.maximum(wear[centres(model)], 1)
    assert grown[0] == pytest.approx(3.0 * grown[1], rel=1e-3)
    assert (spent[hospitals(model)] >= wear[hospitals(model)]).all()
    assert not payers[~ours].any()
    rows["cash_fen"][ours] = -(10**9)
    broke, _ = invest_as_one(model, 0, nil, nil, costs + 1_200, rules)
    assert not broke.any()
    assert yearly_pay(model).sum() > 0


# -- quality ----------------------------------------------------------------------------------


def test_a_score_is_the_mean_of_goals_met_by_hand(town: County, policy_of: PolicyMaker) -> None:
    model = start(town, policy_of(), 11)
    known, held = quality.chronic_patients(model)
    share = float(held[0] / known[0])
    assert 0.0 < share < 1.0
    model.books.quality = Quality(controlled_goal=min(1.0, 2 * share))
    ours = model.books.member_of >= 0
    assert quality.scores(model)[ours] == pytest.approx(0.5)
    model.books.quality = Quality(controlled_goal=min(1.0, 2 * share), pass_mark=0.5)
    assert quality.scores(model)[ours] == pytest.approx(1.0)
    model.books.quality = Quality(controlled_goal=2 * share, well_treated_goal=0.01)
    assert quality.scores(model)[ours] == pytest.approx(0.75)
    model.books.quality = Quality(attended_goal=1.0)
    sent_away = sum(
        model.by_provider(month["turned_away"] + month["put_off"]) for month in model.tallies
    )
    scores = quality.scores(model)
    assert (scores[sent_away > 0] < 1.0).all()
    model.books.quality = Quality()
    assert (quality.scores(model) == 1.0).all()


def test_what_comes_back_of_a_retention_follows_the_score(
    town: County, policy_of: PolicyMaker
) -> None:
    settlement = {"retention": 0.1, "retention_returned": 0.8, "clearing_month": 2}
    model = start(town, policy_of(settlement=settlement, quality={"controlled_goal": 1.0}), 12)
    books, score = model.books, model.books.score
    assert (score < 1.0).all()
    held = books.claims.withheld_fen[1, 0].copy()
    assert books.kept_share == pytest.approx(1.0 - 0.1 * (1.0 - 0.8 * score))
    model.step()
    before = books.claims.year["denied_fen"].copy()
    model.step()
    gone = books.claims.year["denied_fen"] - before
    assert gone.tolist() == (held - np.floor(held * (0.8 * score)).astype(np.int64)).tolist()


def test_one_more_patient_under_control_brings_what_the_score_then_returns(
    town: County, policy_of: PolicyMaker
) -> None:
    settlement = {"retention": 0.1, "retention_returned": 0.8}
    rule = {"controlled_goal": 0.9, "well_treated_goal": 0.01, "pass_mark": 0.95}
    model = start(town, policy_of(settlement=settlement, quality=rule), 12)
    felt = quality.held_yuan(model)
    books, ours = model.books, model.books.member_of >= 0
    kept_back = 0.1 * books.last_months.sum(axis=0)
    # One of the known more: a share of 1/known more of the goal, half of the score.
    step = 1.0 / books.state["known_chronic"][0] / 0.9 / 2.0 / 0.95
    assert felt[ours] == pytest.approx((kept_back * 0.8 * step / 100.0 / 12.0)[ours])
    assert felt[ours].max() > 0
    model.step()
    assert model.providers["brings_held_yuan"][hospitals(model)] == pytest.approx(0.0)
    one = policy_of(
        settlement=settlement,
        quality=rule,
        consortium={"legal_persons": "one"},
        pay={"bonus_on": "balance", "bonus_share": 0.5},
    )
    model = start(town, one, 13)
    assert model.providers["brings_held_yuan"][hospitals(model)].max() > 0
    books.state["controlled_share"] = np.array([0.95])
    model.books.state["controlled_share"] = np.array([0.95])
    assert not quality.held_yuan(model).any()


def test_control_also_brings_what_is_held_of_the_surplus(
    town: County, policy_of: PolicyMaker
) -> None:
    rules = {
        "surplus": {"kept": 0.8, "held_for_quality": 0.2},
        "quality": {"controlled_goal": 0.9},
        "payment": {"growth": 0.2},
    }
    model = start(town, policy_of("bundle", **rules), 24)
    books, ours = model.books, model.books.member_of >= 0
    left = float(books.state["surplus_fen"][0])
    assert left > 0
    part = np.where(ours, books.last_months.sum(axis=0), 0.0)
    step = 1.0 / books.state["known_chronic"][0] / 0.9
    wanted = left * 0.8 * 0.2 * part / part.sum() * step / 100.0 / 12.0
    assert quality.held_yuan(model)[ours] == pytest.approx(wanted[ours])
    assert wanted.max() > 0
