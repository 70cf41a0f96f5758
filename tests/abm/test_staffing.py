from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from abm.careers import promote, take_up
from abm.county import County
from abm.doctors_pay import yearly_pay
from abm.excerpt import excerpt
from abm.model import Model
from abm.policy import Policy
from abm.policy_staff import StaffRules
from abm.staffing import skill_of_places
from agents.doctor import Doctor
from agents.provider import PROVIDER, bed_days_for
from tests.science.runs import with_parameters

PolicyMaker = Callable[..., Policy]


@pytest.fixture(scope="module")
def town(typical: County) -> County:
    """6,000 people of four townships, whose hospitals keep several doctors."""
    return excerpt(typical, townships=4, villages_each=5, persons=6000)


@pytest.fixture(scope="module")
def lived(town: County, policy_of: PolicyMaker) -> Model:
    """Five years in which doctors come and go."""
    model = Model(town, policy_of(), rng=3, threads=1)
    for _ in range(60):
        model.step()
    return model


def doctors_of(model: Model) -> np.ndarray:
    return model.population(Doctor).rows


def check_roster(model: Model) -> None:
    """The roster holds everybody at work once, each at his workplace."""
    doctors, rows = doctors_of(model), model.providers
    assert sorted(model.roster) == np.flatnonzero(doctors["alive"] == 1).tolist()
    for p, row in enumerate(rows):
        here = model.roster[row["first_doctor"] : row["first_doctor"] + row["doctors"]]
        assert (doctors["workplace"][here] == p).all()
    assert rows["doctors"].min() >= 1
    assert rows["doctors"].sum() == (doctors["alive"] == 1).sum()


# -- coming and going -------------------------------------------------------------------------


def test_the_roster_holds_everybody_at_his_place(lived: Model) -> None:
    check_roster(lived)
    doctors = doctors_of(lived)
    assert ((doctors["exit"] > 0) == (doctors["alive"] == 0)).all()
    assert lived.population(Doctor).n_members == (doctors["alive"] == 1).sum()
    assert len(np.unique(doctors["key"])) == len(doctors)


def test_nobody_is_lost_or_made_at_a_years_end(lived: Model) -> None:
    years = lived.staff_years
    for before, after in itertools.pairwise(years):
        gone = before["moved_up"] + before["moved_out"] + before["resigned"] + before["retired"]
        come = before["came_up"] + before["hired"]
        assert (after["doctors"] == before["doctors"] - gone + come).all()
        assert before["moved_up"].sum() == before["came_up"].sum()
    assert sum(year["hired"].sum() for year in years) > 0
    assert sum(year["retired"].sum() for year in years) > 0


def test_no_doctor_outside_the_county_changes(lived: Model) -> None:
    outside = lived.providers["place"][doctors_of(lived)["provider"]] > 0
    assert (doctors_of(lived)["alive"][outside] == 1).all()


def test_pay_and_minutes_are_those_of_who_works_there(lived: Model) -> None:
    doctors, rows = doctors_of(lived), lived.providers
    alive = doctors[doctors["alive"] == 1]
    pay = np.bincount(alive["provider"], alive["base_pay_fen"].astype(float), len(rows))
    assert yearly_pay(lived).tolist() == pay.astype(int).tolist()
    time = alive["minutes_per_month"] * (1 - alive["side_share"])
    minutes = np.bincount(alive["workplace"], time, len(rows)) * lived.staffing.ours * rows["size"]
    assert rows["minutes_capacity"] == pytest.approx(minutes)


def test_held_doctors_stay_as_they_are(town: County, policy_of: PolicyMaker) -> None:
    model = Model(town, policy_of(), rng=3, threads=1, hold={"doctors"})
    before = doctors_of(model).copy()
    for _ in range(24):
        model.step()
    after = doctors_of(model)
    for name in ("provider", "title", "age_years", "skill", "alive", "base_pay_fen"):
        assert np.array_equal(before[name], after[name])


def test_stopped_moves_keep_township_doctors_at_the_base(
    town: County, policy_of: PolicyMaker
) -> None:
    parameters = dict(town.parameters)
    name = "career.outside_openings"
    parameters[name] = dataclasses.replace(parameters[name], value=0.5)
    pulled = dataclasses.replace(town, parameters=parameters)
    left = []
    for moves in ("free", "stopped"):
        model = Model(pulled, policy_of(staff={"moves_up": moves}), rng=3, threads=1)
        for _ in range(36):
            model.step()
        base = (model.providers["place"] == 0) & (model.providers["tier"] < 2)
        left.append(
            sum(y[c][base].sum() for y in model.staff_years for c in ("moved_up", "moved_out"))
        )
    assert left[0] > 0
    assert left[1] == 0


def test_a_free_title_goes_to_the_most_skilled_below(town: County, policy_of: PolicyMaker) -> None:
    parameters = dict(town.parameters)
    name = "career.promoted_share"
    parameters[name] = dataclasses.replace(parameters[name], value=1.0)
    model = Model(dataclasses.replace(town, parameters=parameters), policy_of(), threads=1)
    doctors = doctors_of(model)
    hospital = int(np.flatnonzero((model.providers["tier"] == 2) & model.staffing.in_county)[0])
    own = np.flatnonzero(doctors["provider"] == hospital)
    doctors["title"][own] = model.staffing.lowest[hospital]
    promote(model, np.zeros(len(model.providers)))
    risen = own[doctors["title"][own] > model.staffing.lowest[hospital]]
    stayed = np.setdiff1d(own, risen)
    assert len(risen) > 0
    assert doctors["skill"][risen].min() >= doctors["skill"][stayed].max()
    pay = model.staffing.pay_fen[hospital, doctors["title"][risen]]
    assert np.array_equal(doctors["base_pay_fen"][risen], pay)


# -- what places can do -----------------------------------------------------------------------


def test_quality_is_the_mean_skill_and_starts_at_the_table(
    town: County, policy_of: PolicyMaker
) -> None:
    model = Model(town, policy_of(), threads=1)
    assert model.aims["quality"] == pytest.approx(town.providers["quality"])
    assert model.aims["capability"] == pytest.approx(town.providers["capability"])
    doctors = doctors_of(model)
    hospital = int(np.flatnonzero((model.providers["tier"] == 2) & model.staffing.in_county)[0])
    doctors["skill"][doctors["provider"] == hospital] += 0.05
    mean, best = skill_of_places(model)
    assert mean[hospital] - model.staffing.skill[hospital] == pytest.approx(0.05)
    assert best[hospital] - model.staffing.best[hospital] == pytest.approx(0.05)


def test_the_best_are_one_in_four(lived: Model) -> None:
    mean, best = skill_of_places(lived)
    doctors, rows = doctors_of(lived), lived.providers
    for p in np.flatnonzero(lived.staffing.in_county):
        row = rows[p]
        here = lived.roster[row["first_doctor"] : row["first_doctor"] + row["doctors"]]
        skill = np.sort(doctors["skill"][here])[::-1]
        assert mean[p] == pytest.approx(skill.mean())
        assert best[p] == pytest.approx(skill[: -(-len(skill) // 4)].mean())


def test_bed_days_are_what_beds_and_nurses_allow() -> None:
    rows = np.zeros(3, PROVIDER)
    rows["nurse_minutes_per_visit"], rows["nurse_minutes_per_bed_day"] = 4.0, 100.0
    beds, minutes = np.array([300.0, 300.0, 300.0]), np.array([50_000.0, 30_000.0, 3_000.0])
    visits = np.array([1000.0, 1000.0, 1000.0])
    assert bed_days_for(beds, minutes, visits, rows).tolist() == [300.0, 260.0, 0.0]


def test_fewer_nurses_mean_fewer_admissions(town: County, policy_of: PolicyMaker) -> None:
    admitted = []
    for share in (1.0, 0.3):
        providers = town.providers.copy()
        providers["nurses"] *= share
        model = Model(dataclasses.replace(town, providers=providers), policy_of(), threads=1)
        here = (model.providers["place"] == 0)[model.tally_provider]
        for _ in range(12):
            model.step()
        admitted.append(sum(m["admissions"][here].sum() for m in model.tallies))
    assert admitted[1] < 0.8 * admitted[0]


# -- what a policy does -----------------------------------------------------------------------

POSTED = {"postings": [{"source": "county", "target": "township", "months": 3}]}


def test_the_posted_work_at_the_base_and_come_back(town: County, policy_of: PolicyMaker) -> None:
    model = Model(town, policy_of(staff=POSTED), policy_of(), rng=2, threads=1, hold={"doctors"})
    seen: set[int] = set()
    centres = (model.providers["place"] == 0) & (model.providers["tier"] == 1)
    before = int(model.providers["doctors"][centres].sum())
    for _ in range(7):
        model.step()
        check_roster(model)
        doctors = doctors_of(model)
        away = np.flatnonzero(doctors["workplace"] != doctors["provider"])
        seen |= set(away.tolist())
        assert (model.providers["tier"][doctors["provider"][away]] == 2).all()
        assert centres[doctors["workplace"][away]].all()
        assert model.providers["doctors"][centres].sum() == before + len(away)
    assert len(seen) > len(away) > 0
    assert model.ledger.flow_fen("posting allowances") == 7 * len(away) * 150_000
    model.set_policy(policy_of())
    model.step()
    doctors = doctors_of(model)
    assert (doctors["workplace"] == doctors["provider"]).all()


@pytest.mark.parametrize(
    ("rules", "purpose"),
    [
        ({"remote_reading": 0.5}, "tests read remotely"),
        ({"county_pay_share": 0.5}, "county pay at townships"),
        ({"home_visits_per_year": 2}, "visits at home"),
    ],
)
def test_what_a_policy_does_is_paid_for_and_no_fen_is_lost(
    town: County, policy_of: PolicyMaker, rules: dict[str, Any], purpose: str
) -> None:
    model = Model(town, policy_of(staff=rules), rng=2, threads=1)
    for _ in range(12):
        model.step()
    assert model.ledger.flow_fen(purpose) > 0
    assert int(model.ledger.balance_fen.sum()) == model.opening_fen
    assert model.ledger.flow_fen("equipment") > 0


def test_equipment_leaves_the_running_costs_that_pay_for_it(
    town: County, policy_of: PolicyMaker
) -> None:
    model = Model(town, policy_of(), threads=1)
    fixed = np.floor(town.providers["fixed_cost_yuan"] * 100 + 0.5)
    kept = model.providers["fixed_cost_fen"] + model.staffing.wear_fen
    assert kept.tolist() == fixed.tolist()


def test_remote_reading_lifts_the_base_towards_the_centre() -> None:
    rows = np.zeros(4, PROVIDER)
    rows["tier"], rows["place"] = [0, 1, 2, 1], [0, 0, 0, 3]
    treats = np.array([[0.5, 0.6, 0.9, 0.6], [0.5, 0.7, 0.9, 0.6], [0.5, 0.8, 0.7, 0.6]]).T
    share = np.array([1.0, 0.4, 1.0])
    lifted = StaffRules(remote_reading=0.5).read_remotely(treats, rows, share)
    # By half the tests that decide; nothing where the hospital can do less.
    assert lifted[:, 0].tolist() == [0.5, 0.75, 0.9, 0.6]
    assert lifted[1] == pytest.approx([0.75, 0.74, 0.8])
    assert StaffRules().read_remotely(treats, rows, share) is treats


def test_rules_out_of_bounds_are_refused() -> None:
    for wrong in ({"remote_reading": 1.5}, {"moves_up": "never"}, {"home_visits_per_year": -1}):
        with pytest.raises(ValidationError):
            StaffRules.model_validate(wrong)


def test_who_moves_works_and_is_paid_where_he_went(town: County, policy_of: PolicyMaker) -> None:
    model = Model(town, policy_of(), threads=1)
    doctors, rows = doctors_of(model), model.providers
    inside = model.staffing.in_county
    centre = int(np.flatnonzero(inside & (rows["tier"] == 1))[0])
    hospital = int(np.flatnonzero(inside & (rows["tier"] == 2))[0])
    mover = np.flatnonzero(doctors["provider"] == centre)[:1]
    doctors["arrears_fen"][mover] = 100
    take_up(model, mover, np.array([hospital]))
    doctor = doctors[mover[0]]
    assert (doctor["provider"], doctor["workplace"], doctor["arrears_fen"]) == (
        hospital,
        hospital,
        0,
    )
    assert doctor["base_pay_fen"] == model.staffing.pay_fen[hospital, doctor["title"]]
    assert doctor["minutes_per_month"] == model.staffing.minutes[hospital]


# -- hospitals outside ------------------------------------------------------------------------


def test_full_hospitals_outside_grow_and_those_in_the_county_do_not(
    town: County, policy_of: PolicyMaker
) -> None:
    sizes = []
    for load in (1.0, 0.75):
        model = Model(with_parameters(town, care__others_load=load), policy_of(), rng=3, threads=1)
        rows = model.providers
        outside = (rows["place"] > 0) & (rows["bed_days_room"] > 0)
        before = {n: rows[n].copy() for n in ("bed_days_room", "nurse_minutes", "minutes_capacity")}
        for _ in range(24):
            model.step()
        sizes.append(rows["size"][outside])
        assert (rows["size"][~outside] == 1.0).all()
        for name, start in before.items():
            grown = rows[name][outside] / start[outside]
            assert grown == pytest.approx(rows["size"][outside]), name
        years = np.array([year["size"][outside] for year in model.staff_years])
        assert (years[0] == 1.0).all()
        assert (years[1] <= 1.06 + 1e-9).all()
        assert (rows["others_bed_days"] == 0.0).all()
    assert (sizes[0] > 1.0).any()
    assert (sizes[0] >= sizes[1]).all()
    assert (sizes[0] > sizes[1]).any()


def test_where_others_have_all_nobody_of_ours_is_seen(town: County, policy_of: PolicyMaker) -> None:
    rows = town.providers.copy()
    city = (rows["place"] == 1) & (rows["tier"] == 3)
    rows["other_load_share"][city] = 1.0
    full = dataclasses.replace(town, providers=rows)
    model = Model(full, policy_of(), rng=3, threads=1)
    for _ in range(12):
        model.step()
    there = np.isin(model.tally_provider, np.flatnonzero(city))
    assert sum(month["admissions"][there].sum() for month in model.tallies) == 0
    for name in ("wait_days", "minutes_load", "bed_load", "size", "others_ask"):
        assert np.isfinite(model.providers[name]).all(), name
