from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from abm import care, outcome
from abm.billing import SETTLED_LANE
from abm.care import STOCK_LANE
from abm.county import County
from abm.model import Model
from abm.options import tell_limits
from abm.outcome import SUCCESS_LANE
from abm.tables import lognormal_by_quantile
from abm.treatment import INVENT_LANE
from abm.world import LIFE
from agents import patient as p
from agents.conditions import N_CAUSES
from agents.foundation.compile import plain
from agents.foundation.draws import hash_draw
from agents.foundation.slots import N_SLOTS
from agents.patient import DIED, MINOR, N_CLASSES, NOWHERE, ROUTINE, SEVERE
from agents.provider import TALLY
from tests.agents.people import (
    AGES,
    K,
    hazards,
    judgement,
    one_hot,
    options,
    practitioner,
    resident,
    streams,
    tastes,
    workplace,
)
from tests.conftest import make_policy
from tests.science.fuzzy import check_share
from tests.science.runs import with_parameters

fatality = plain(outcome.fatality)
go_without = plain(outcome.go_without)
take_outcome = plain(outcome.take_outcome)
look_after = plain(care.look_after_conditions)
is_treated_well = plain(outcome.is_treated_well)
benefit_spent = plain(care.benefit_spent)
gets_bed = plain(care.gets_bed)
expected_stay = plain(care.expected_stay)
takes_bed = plain(care.takes_bed)
price_row = plain(p.price_row)
lanes_of = plain(hash_draw)

N = 2_000


def world_of(**course: Any) -> Any:
    by_age = np.ones(AGES)
    by_age[80] = 2.0
    whole = {
        "fatality": np.tile([0.1, 0.5], (N_CAUSES + K, 1)),
        "fatality_by_age": by_age,
        "detect": np.zeros((K, 5)),
        "manage": np.zeros(K),
        "learning_rate": 0.2,
        "wait_penalty_per_day": 0.01,
        "kept_bed_share": 0.1,
        "drug_months": 3,
    }
    cover = SimpleNamespace(
        outpatient_cap_fen=(0, 30_000, 40_000),
        chronic_cap_fen=(0, 60_000, 70_000),
        serious_deductible_fen=(0, 1_200_000, 1_300_000),
    )
    return SimpleNamespace(
        course=SimpleNamespace(**whole | course),
        cover=cover,
        hazards=hazards(resolve=np.full(N_CLASSES, 0.25)),
        judgement=judgement(),
        options=options(),
    )


place = workplace


def outs() -> Any:
    talk = np.empty((2, N_SLOTS), object)
    for place_and_slot in np.ndindex(talk.shape):
        talk[place_and_slot] = SimpleNamespace(used=0, went_well=0, severe=0)
    return SimpleNamespace(
        life=[SimpleNamespace(**dict.fromkeys(LIFE.names or (), 0))],
        tally=[SimpleNamespace(**dict.fromkeys(TALLY.names or (), 0))],
        talk=talk,
    )


# -- what a need does -------------------------------------------------------------------------


def test_needs_kill_by_the_cube_of_severity_by_age_and_by_treatment() -> None:
    world = world_of()
    for well, most in ((True, 0.1), (False, 0.5)):
        grave = resident(severity=900, cause=2)
        assert fatality(grave, world, well) == pytest.approx(most * 0.9**3, rel=1e-12)
        old = resident(severity=900, cause=2, age_months=80 * 12)
        assert fatality(old, world, well) == pytest.approx(2 * most * 0.9**3, rel=1e-12)
        assert fatality(resident(severity=599, cause=2), world, well) == 0.0
        assert fatality(resident(), world, well) == 0.0


def test_without_care_a_need_kills_passes_or_stays() -> None:
    world, out = world_of(), outs()
    people = []
    for stream in streams(N):
        who = resident(severity=900, cause=2, slot=4)
        go_without(who, world, out, stream, 11)
        people.append(who)
    chance = 0.5 * 0.9**3
    died = sum(who.exit == DIED for who in people)
    check_share("died", died, N, chance, (chance / 5, chance * 0.7, chance * 1.4))
    left = [who for who in people if who.alive]
    stays = sum(who.unresolved for who in left)
    check_share("stays", stays, len(left), 0.75, (0.25, 0.6, 0.9))
    assert {who.slot for who in people} == {NOWHERE}
    assert (out.life[0].without_care, out.life[0].deaths) == (N, died)


def test_a_routine_visit_missed_is_no_need_left() -> None:
    who, out = resident(routine=1), outs()
    go_without(who, world_of(), out, 5, 11)
    assert (who.unresolved, out.life[0].without_care) == (0, 0)


@pytest.mark.parametrize("well", [True, False])
def test_outcomes_teach_kill_and_leave_needs(well: bool) -> None:
    world, out = world_of(), outs()
    people = []
    for stream in streams(N):
        who = resident(severity=900, cause=2, slot=4, belief=[5000] * N_SLOTS)
        take_outcome(who, place(), well, 0, world, out, stream, 11)
        people.append(who)
    chance = (0.1 if well else 0.5) * 0.9**3
    died = sum(who.exit == DIED for who in people)
    check_share("died", died, N, chance, (chance * 0.5, chance * 1.9))
    stays = [who.unresolved for who in people if who.alive]
    if well:
        assert not any(stays)
    else:
        check_share("stays", sum(stays), len(stays), 0.75, (0.25, 0.6, 0.9))
    # A wait of five days takes 0.05 off what he met with; a fifth of the gap is learned.
    met = 0.95 if well else 0.0
    assert {who.belief[4] for who in people} == {round(5000 + 0.2 * (met * 10_000 - 5000))}
    assert {who.habit for who in people} == {4}
    assert (out.talk[0, 4].used, out.talk[0, 4].went_well) == (N, N if well else 0)
    assert (out.tally[0].poor_outcomes, out.tally[0].deaths) == (0 if well else N, died)


# -- what care does ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "bed", "intensity", "stay", "chance"),
    [
        (650, True, 1.0, 1.0, 0.8),
        (650, True, 1.6, 1.4, 0.8),  # more than enough adds nothing
        (500, False, 0.5, 1.0, 0.8 * (1 - 0.3 * 0.25)),
        (650, True, 1.0, 0.5, 0.8 * (1 - 0.5 * 0.25)),
        (900, True, 1.0, 1.0, 0.8 * math.exp(-4.0 * 0.2)),  # beyond what the place can do
        (790, False, 1.0, 1.0, 0.8 * math.exp(-4.0 * 0.2)),  # beyond what needs no bed
    ],
)
def test_care_is_right_by_quality_capability_and_enough_of_it(
    severity: int, bed: bool, intensity: float, stay: float, chance: float
) -> None:
    who, world = resident(severity=severity), world_of()
    n = 10_000 if intensity < 1 or severity > 700 else N
    found = sum(
        is_treated_well(
            who, practitioner(), place(), bed, intensity, stay, world, lanes_of(s, 320), s
        )
        for s in streams(n)
    )
    check_share("right", found, n, chance, (chance * 0.9, min(chance * 1.08, 0.99)))


def test_skill_makes_care_right() -> None:
    who, world = resident(severity=500), world_of()
    found = sum(
        is_treated_well(
            who, practitioner(able=0.75), place(), False, 1.0, 1.0, world, lanes_of(s, 320), s
        )
        for s in streams(N)
    )
    check_share("right", found, N, 0.6, (0.5, 0.8))


def after_visit(provider: Any, world: Any, visits: int = 1, **columns: Any) -> list[Any]:
    people = []
    for stream in streams(N):
        who = resident(**{k: [*v] if isinstance(v, list) else v for k, v in columns.items()})
        look_after(who, provider, world, visits, lanes_of(stream, 320), stream)
        people.append(who)
    return people


def test_visits_find_conditions_by_tier_and_number() -> None:
    detect = np.zeros((K, 5))
    detect[1, 2] = 0.1
    world = world_of(detect=detect)
    for tier, visits, chance in ((2, 1, 0.1), (2, 3, 0.3), (1, 3, 0.0)):
        people = after_visit(place(tier=tier), world, visits, stage=one_hot(1))
        found = sum(who.aware[1] for who in people)
        if chance:
            check_share("found", found, N, chance, (chance / 2, chance * 2))
        else:
            assert found == 0
    assert not any(who.aware[1] for who in after_visit(place(tier=2), world, 3))


@pytest.mark.parametrize(("tier", "chance"), [(0, 0.3), (1, 0.3), (2, 0.0), (3, 0.0)])
def test_primary_care_enrols_the_diagnosed(tier: int, chance: float) -> None:
    world = world_of(manage=np.full(K, 0.3))
    knows: dict[str, Any] = {"stage": one_hot(1), "aware": one_hot(1)}
    found = sum(who.managed[1] for who in after_visit(place(tier=tier), world, **knows))
    if chance:
        check_share("enrolled", found, N, chance, (0.2, 0.4))
    else:
        assert found == 0
    assert not any(w.managed[1] for w in after_visit(place(), world, stage=one_hot(1)))


def test_those_who_know_get_their_drugs_where_they_are_in_stock() -> None:
    knows: dict[str, Any] = {"stage": one_hot(1), "aware": one_hot(1)}
    people = after_visit(place(), world_of(), **knows)
    assert {who.drug_months for who in people} == {0, 3}
    check_share("drugs", sum(w.drug_months == 3 for w in people), N, 0.6, (0.5, 0.7))
    nobody = after_visit(place(drugs_share=1.0), world_of(), stage=one_hot(1))
    assert {who.drug_months for who in nobody} == {0}


# -- beds, referrals, benefits ----------------------------------------------------------------


def test_beds_are_kept_for_needs_that_the_place_can_treat() -> None:
    stream = streams(1)[0]
    assert expected_stay(resident(severity=650), place(), stream) > 0
    assert expected_stay(resident(severity=599), place(), stream) == 0
    assert expected_stay(resident(severity=750), place(), stream) == 0
    assert expected_stay(resident(severity=650), place(bed_days_capacity=0.0), stream) == 0
    assert gets_bed(resident(severity=650), place(), 50, stream)
    assert not gets_bed(resident(severity=650), place(), 51, stream)
    others = sum(gets_bed(resident(severity=450), place(), 10**9, s) for s in streams(N))
    check_share("left over", others, N, 0.3, (0.2, 0.4))


@pytest.mark.parametrize(("severity", "class_priced"), [(450, SEVERE), (700, SEVERE), (950, 3)])
def test_who_is_advised_a_bed_looks_at_the_price_of_a_stay(
    severity: int, class_priced: int
) -> None:
    world = world_of()
    world.tastes = tastes(bed=1.0, bed_price=-1.0)
    rows = [price_row(0, 1, 0, 0, kind) for kind in range(N_CLASSES)]
    world.options.felt_price[rows] = 60.0
    who = resident(severity=severity, slot=2, scheme=1)
    assert not any(takes_bed(who, world, s) for s in streams(N))
    world.options.felt_price[rows[class_priced]] = 0.0
    found = sum(takes_bed(who, world, s) for s in streams(N))
    check_share("enters", found, N, 1 / (1 + math.exp(-1.0)), (0.65, 0.8))


@pytest.mark.parametrize(("worth", "enter"), [(-60.0, False), (60.0, True)])
def test_who_declines_is_seen_as_an_outpatient_and_asks_for_no_bed(
    tiny_county: County, worth: float, enter: bool
) -> None:
    county = with_parameters(tiny_county, choice__bed=worth)
    model = Model(county, make_policy(), rng=3, weight=1, threads=1)
    for _ in range(3):
        model.step()
    tally = np.concatenate(model.tallies)
    model.close()
    advised = tally["admissions"].sum() + tally["declined"].sum()
    assert advised > 30
    assert tally["admissions"].sum() == (advised if enter else 0)
    assert (tally["bed_days"].sum() > 0) == enter
    asked = model.buffers.demand["bed_days"].sum()
    assert (asked > 0) == enter
    assert tally["visits"].sum() > 1_000


@pytest.mark.parametrize(
    ("kind", "scheme", "column", "limit", "at_limit"),
    [
        (ROUTINE, 1, "year_chronic_fund_fen", 60_000, 1),
        (MINOR, 1, "year_outpatient_fund_fen", 30_000, 1),
        (SEVERE, 1, "year_pocket_fen", 1_200_000, 0),
        (ROUTINE, 2, "year_chronic_fund_fen", 70_000, 1),
        (MINOR, 2, "year_outpatient_fund_fen", 40_000, 1),
        (SEVERE, 2, "year_pocket_fen", 1_300_000, 0),
    ],
)
def test_each_kind_of_need_draws_on_its_own_benefit_of_ones_scheme(
    kind: int, scheme: int, column: str, limit: int, at_limit: int
) -> None:
    world = world_of()
    tell_limits(world.options, world.cover)

    def resident_with(fen: int) -> Any:
        return resident(scheme=scheme, **{column: fen})

    assert benefit_spent(resident_with(limit - 1), kind, world) == 0
    assert benefit_spent(resident_with(limit), kind, world) == at_limit
    assert benefit_spent(resident_with(limit + 1), kind, world) == 1
    for other in (ROUTINE, MINOR, SEVERE):
        if other != kind:
            assert benefit_spent(resident_with(limit + 1), other, world) == 0


def test_bills_spread_about_their_mean() -> None:
    noise = lognormal_by_quantile(0.6)
    assert noise.mean() == pytest.approx(1.0, rel=1e-3)
    assert np.log(noise).std() == pytest.approx(0.6, rel=0.02)
    assert (np.diff(noise) > 0).all()


def test_what_is_drawn_in_one_encounter_is_drawn_apart() -> None:
    assert len({INVENT_LANE, SETTLED_LANE, STOCK_LANE, SUCCESS_LANE}) == 4
