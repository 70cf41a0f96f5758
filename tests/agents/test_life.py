from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents import life
from agents.conditions import N_CAUSES
from agents.foundation import draws
from agents.foundation.compile import plain
from agents.foundation.draws import LANES, pack_chances
from agents.hazards import MAX_AGE, Hazards, with_rare
from agents.patient import DIED, MOVED, NOWHERE
from tests.agents.people import AGES, K, hazards, one_hot, resident, streams
from tests.science.fuzzy import check_share

live_one_month = plain(life.live_one_month)
happens = plain(draws.happens)
uniform = plain(draws.uniform)
take_need = plain(life.take_need)
death_chance = plain(life.death_chance)
acute_chance = plain(life.acute_chance)
spread = plain(life.spread)

N = 2_400
CHANCE = 0.2
"""Tables of these tests are nil but for one cell of this chance: a wrong cell is seen at once."""
FIRST, SECOND = 0, 1


def no_onsets() -> np.ndarray:
    return np.zeros((K, AGES), np.int64)


def lived(n: int, given_hazards: Hazards, **columns: Any) -> list[Any]:
    """The same resident in n draws of one month."""
    found = []
    for stream in streams(n):
        who = resident(**{k: [*v] if isinstance(v, list) else v for k, v in columns.items()})
        live_one_month(who, given_hazards, stream, 7, no_onsets())
        found.append(who)
    return found


def check(people: list[Any], event: Callable[[Any], bool], chance: float) -> None:
    count = sum(event(who) for who in people)
    if chance in (0.0, 1.0):
        assert count == chance * len(people)
        return
    # Bugs: never, always, half or twice as often, or the complement.
    bugs = {chance / 2, min(2 * chance, 0.99), 1 - chance, 1e-9, 1 - 1e-9}
    check_share("event", count, len(people), chance, [b for b in bugs if abs(b - chance) > 0.05])


def at(shape: tuple[int, ...], where: tuple[Any, ...], value: float = CHANCE) -> np.ndarray:
    table = np.zeros(shape)
    table[where] = value
    return table


# -- ageing, death, moving, birth -------------------------------------------------------------


@pytest.mark.parametrize("sex", [0, 1])
@pytest.mark.parametrize("age", [0, 40, 99, MAX_AGE, 108])
def test_death_is_by_the_table_at_the_age_reached_this_month(sex: int, age: int) -> None:
    table = at((2, AGES), (sex, min(age, MAX_AGE)))
    people = lived(N // 4, hazards(death=table), sex=sex, age_months=age * 12)
    check(people, lambda who: who.exit == DIED, CHANCE)
    dead = next(who for who in people if who.exit == DIED)
    assert (dead.alive, dead.exit_month, dead.slot) == (0, 7, NOWHERE)
    check(lived(300, hazards(death=table), sex=1 - sex, age_months=age * 12), _gone, 0.0)


def _gone(who: Any) -> bool:
    return bool(who.alive == 0)


def test_the_birthday_month_counts_as_the_new_age() -> None:
    table = at((2, AGES), (0, 41))
    check(lived(N // 4, hazards(death=table), age_months=41 * 12 - 1), _gone, CHANCE)
    check(lived(300, hazards(death=table), age_months=41 * 12 - 2), _gone, 0.0)


def test_each_condition_multiplies_the_hazard_of_death_by_stage_and_control() -> None:
    ratio = np.ones((K, 4, 2))
    ratio[FIRST, 2, 1], ratio[SECOND, 3, 0], ratio[SECOND, 3, 1] = 1.5, 2.0, 99.0
    table = hazards(death=np.full((2, AGES), 0.1), death_ratio=ratio)
    stage, controlled = one_hot(FIRST, 2), one_hot(FIRST)
    assert death_chance(resident(stage=stage, controlled=controlled), table, 40, 1) == 0.1 * 1.5
    stage[SECOND] = 3
    who = resident(stage=stage, controlled=controlled)
    assert death_chance(who, table, 40, 2) == 0.1 * 1.5 * 2.0
    assert death_chance(resident(), table, 40, 0) == 0.1
    frozen = table._replace(progress=np.zeros((K, 4, 2)))
    check(lived(N, frozen, stage=stage, controlled=controlled), _gone, 0.3)


def test_moves_are_by_the_table_and_each_way() -> None:
    table = np.zeros((3, AGES))
    table[:, 40] = 0.2, 0.3, 0.1
    here = lived(N, hazards(move=table))
    check(here, lambda who: who.elsewhere == 1, 0.2)
    check(here, lambda who: who.exit == MOVED, 0.1)
    away = lived(N, hazards(move=table), elsewhere=1, habit=2)
    check(away, lambda who: who.elsewhere == 0 and who.alive == 1, 0.3)
    check(away, lambda who: who.exit == MOVED, 0.1)
    assert {who.habit for who in away if who.elsewhere == 0} == {NOWHERE}
    assert {who.habit for who in away if who.elsewhere == 1} == {2}
    check(lived(300, hazards(move=table), age_months=39 * 12), lambda w: w.elsewhere == 1, 0.0)


def test_the_dead_and_those_who_left_bear_no_children() -> None:
    for gone in ({"death": np.ones((2, AGES))}, {"move": at((3, AGES), (2, 28), 1.0)}):
        who = resident(age_months=28 * 12)
        table = hazards(birth=np.ones(AGES), **gone)
        assert not live_one_month(who, table, streams(1)[0], 7, no_onsets())
        assert who.alive == 0


def test_no_condition_begins_before_the_first_age() -> None:
    table = hazards(onset=np.ones((2, AGES, K)), first_onset_age=18)
    check(lived(5, table, age_months=18 * 12 - 2), lambda who: who.stage[0] > 0, 0.0)
    check(lived(5, table, age_months=18 * 12 - 1), lambda who: who.stage[0] > 0, 1.0)


def test_onsets_are_counted_once_by_condition_and_age_of_those_present() -> None:
    onsets = no_onsets()
    table = hazards(onset=at((2, AGES, K), (0, 45, SECOND), 1.0))
    here, away = (resident(age_months=45 * 12, elsewhere=place) for place in (0, 1))
    for who in (here, away):
        for stream in streams(3):  # whoever has it cannot get it again
            live_one_month(who, table, stream, 7, onsets)
    # A second condition of one who has another already.
    sick = resident(age_months=45 * 12, stage=one_hot(FIRST), elsewhere=0)
    live_one_month(sick, table, streams(1)[0], 7, onsets)
    assert (here.stage[SECOND], away.stage[SECOND], sick.stage[SECOND]) == (1, 1, 1)
    assert onsets[SECOND, 45] == onsets.sum() == 2


def test_births_are_by_the_mothers_age() -> None:
    table = hazards(birth=at((AGES,), (28,)))

    def born(n: int, sex: int, age: int) -> list[bool]:
        women = (resident(sex=sex, age_months=age * 12) for _ in range(n))
        months = zip(women, streams(n), strict=True)
        return [live_one_month(w, table, s, 7, no_onsets()) for w, s in months]

    check_share("births", sum(born(N, 0, 28)), N, CHANCE, (CHANCE / 2, CHANCE * 1.5, 1e-9))
    assert not any(born(300, 0, 29))
    assert not any(born(300, 1, 28))


# -- chronic conditions -----------------------------------------------------------------------


@pytest.mark.parametrize("k", range(K))
def test_conditions_begin_by_their_own_table(k: int) -> None:
    table = hazards(onset=at((2, AGES, K), (1, 40, k)))
    people = lived(N // 4, table, sex=1, aware=[1] * K, managed=[1] * K, controlled=[1] * K)
    check(people, lambda who: who.stage[k] == 1, CHANCE)
    ill = next(who for who in people if who.stage[k])
    assert ill.stage == one_hot(k)
    assert (ill.aware[k], ill.managed[k], ill.controlled[k]) == (0, 0, 0)
    assert ill.severity == 0  # silent
    check(lived(300, table, sex=0), lambda who: who.stage[k] == 1, 0.0)


@pytest.mark.parametrize(("controlled", "state"), [(0, 1), (1, 2)])
def test_one_condition_raises_anothers_onset_by_its_state(controlled: int, state: int) -> None:
    raises = np.ones((K, K, 3))
    raises[FIRST, K - 1, state] = 3.0
    raises[SECOND, K - 1, 1:] = 50.0  # which he has not
    table = hazards(
        onset=at((2, AGES, K), (0, 40, K - 1), 0.1),
        raises=raises,
        most_raised=raises.max(axis=(0, 2)) * 3.0,
    )
    has = {"stage": one_hot(FIRST), "controlled": one_hot(FIRST, controlled)}
    check(lived(N, table, **has), lambda who: who.stage[K - 1] == 1, 0.3)
    other = {"stage": one_hot(FIRST), "controlled": one_hot(FIRST, 1 - controlled)}
    check(lived(N, table, **other), lambda who: who.stage[K - 1] == 1, 0.1)
    check(lived(N, table), lambda who: who.stage[K - 1] == 1, 0.1)


def test_an_acute_onset_is_itself_a_need_of_its_severity() -> None:
    span = np.zeros((K, 2))
    span[SECOND] = 0.62, 0.9
    table = hazards(onset=at((2, AGES, K), (0, 40, SECOND), 1.0), onset_severity=span)
    people = lived(500, table)
    assert {who.cause for who in people} == {N_CAUSES + SECOND}
    depth = np.array([who.severity for who in people]) / 1000.0
    assert 0.62 <= depth.min() < 0.63
    assert 0.85 < depth.max() <= 0.9
    # Mean of low + (high - low) u^2 is low + (high - low) / 3; of variance 4/45 of the width^2.
    error = 0.28 * math.sqrt(4 / 45 / 500)
    assert depth.mean() == pytest.approx(0.62 + 0.28 / 3, abs=5 * error + 0.0005)


@pytest.mark.parametrize("controlled", [0, 1])
@pytest.mark.parametrize("stage", [1, 2])
def test_conditions_worsen_by_stage_and_control(stage: int, controlled: int) -> None:
    table = hazards(progress=at((K, 4, 2), (FIRST, stage, controlled)))
    has = {"stage": one_hot(FIRST, stage), "controlled": one_hot(FIRST, controlled)}
    check(lived(N // 4, table, **has), lambda who: who.stage[FIRST] == stage + 1, CHANCE)
    has["controlled"] = one_hot(FIRST, 1 - controlled)
    check(lived(300, table, **has), lambda who: who.stage[FIRST] == stage + 1, 0.0)


@pytest.mark.parametrize("controlled", [0, 1])
def test_conditions_break_out_by_stage_and_control(controlled: int) -> None:
    span = np.zeros((K, 2))
    span[SECOND] = 0.5, 0.8
    table = hazards(complication=at((K, 4, 2), (SECOND, 2, controlled)), complication_severity=span)
    has = {"stage": one_hot(SECOND, 2), "controlled": one_hot(SECOND, controlled)}
    people = lived(N // 4, table, **has)
    check(people, lambda who: who.cause == N_CAUSES + SECOND, CHANCE)
    assert {500 <= who.severity <= 800 for who in people if who.cause >= 0} == {True}
    has["controlled"] = one_hot(SECOND, 1 - controlled)
    check(lived(300, table, **has), lambda who: who.severity > 0, 0.0)


@pytest.mark.parametrize(("age", "old"), [(64, 0), (65, 1)])
def test_check_ups_find_by_age(age: int, old: int) -> None:
    table = hazards(screen=at((K, 2), (FIRST, old)))
    has = {"stage": one_hot(FIRST), "age_months": age * 12}
    check(lived(N // 4, table, **has), lambda who: who.aware[FIRST] == 1, CHANCE)
    has["age_months"] = (129 - age) * 12
    check(lived(300, table, **has), lambda who: who.aware[FIRST] == 1, 0.0)


def test_outreach_enrols_the_diagnosed_only() -> None:
    table = hazards(enrol=np.array(one_hot(FIRST)) * CHANCE)
    knows = {"stage": one_hot(FIRST), "aware": one_hot(FIRST)}
    check(lived(N // 4, table, **knows), lambda who: who.managed[FIRST] == 1, CHANCE)
    check(lived(300, table, stage=one_hot(FIRST)), lambda who: who.managed[FIRST] == 1, 0.0)


@pytest.mark.parametrize("managed", [0, 1])
def test_control_is_gained_by_the_treated_who_know(managed: int) -> None:
    table = hazards(gain_control=at((K, 2), (FIRST, managed)))
    has = {
        "stage": one_hot(FIRST),
        "aware": one_hot(FIRST),
        "managed": one_hot(FIRST, managed),
        "drug_months": 2,
    }

    def held(who: Any) -> bool:
        return bool(who.controlled[FIRST] == 1)

    check(lived(N // 4, table, **has), held, CHANCE)
    check(lived(300, table, **has | {"managed": one_hot(FIRST, 1 - managed)}), held, 0.0)
    check(lived(300, table, **has | {"drug_months": 1}), held, 0.0)  # the last is used up
    check(lived(300, table, **has | {"aware": [0] * K}), held, 0.0)


@pytest.mark.parametrize(("drug_months", "chance"), [(3, 0.15), (1, 0.45), (0, 0.45)])
def test_control_is_lost_faster_without_drugs(drug_months: int, chance: float) -> None:
    table = hazards(lose_control=at((K, 2), (FIRST, 1), 0.15), lose_without_drugs=3.0)
    has = {
        "stage": one_hot(FIRST),
        "aware": one_hot(FIRST),
        "managed": one_hot(FIRST),
        "controlled": one_hot(FIRST),
    }
    people = lived(N, table, **has, drug_months=drug_months)
    check(people, lambda who: who.controlled[FIRST] == 0, chance)
    assert {who.drug_months for who in people} == {max(0, drug_months - 1)}


@pytest.mark.parametrize("managed", [0, 1])
def test_routine_visits_fall_due_by_management(managed: int) -> None:
    table = hazards(routine=at((K, 2), (FIRST, managed)))
    has = {"stage": one_hot(FIRST), "aware": one_hot(FIRST), "managed": one_hot(FIRST, managed)}
    check(lived(N // 4, table, **has), lambda who: who.routine == 1, CHANCE)
    has["managed"] = one_hot(FIRST, 1 - managed)
    check(lived(300, table, **has), lambda who: who.routine == 1, 0.0)


def test_who_is_found_this_month_is_followed_from_the_next() -> None:
    table = hazards(screen=np.ones((K, 2)), routine=np.ones((K, 2)), gain_control=np.ones((K, 2)))
    who = lived(1, table, stage=one_hot(FIRST), drug_months=9)[0]
    assert (who.aware[FIRST], who.routine, who.controlled[FIRST]) == (1, 0, 0)


# -- acute need -------------------------------------------------------------------------------


def test_acute_need_is_by_age_and_raised_by_conditions() -> None:
    ratio = np.ones(K)
    ratio[SECOND] = 2.0
    table = hazards(acute=at((AGES,), (40,)), acute_ratio=ratio)
    check(lived(N, table), lambda who: who.severity > 0, CHANCE)
    check(lived(N, table, stage=one_hot(SECOND)), lambda who: who.severity > 0, 2 * CHANCE)
    assert acute_chance(resident(stage=one_hot(FIRST)), table, 40, 1) == CHANCE
    check(lived(300, table, age_months=0), lambda who: who.severity > 0, 0.0)


def test_causes_and_severities_are_by_their_shares() -> None:
    share = np.cumsum([0.3, 0.1, 0.2, 0.0, 0.3, 0.1])
    table = hazards(
        acute=np.ones(AGES),
        cause_share=np.tile(share, (AGES, 1)),
        severe_share=np.full(AGES, 0.25),
    )
    people = lived(N, table)
    for cause, chance in enumerate(np.diff(share, prepend=0)):
        found = sum(who.cause == cause for who in people)
        if chance < 1e-9:
            assert found == 0
        else:
            check_share(f"cause {cause}", found, N, chance, (chance * 0.6, chance * 1.5))
    check(people, lambda who: who.severity >= 600, 0.25)
    mild = np.array([who.severity for who in people if who.severity < 600])
    grave = np.array([who.severity for who in people if who.severity >= 600]) / 1000
    # Mild: uniform below 0.6. Grave: 0.6 + 0.4 u^2.
    assert mild.mean() == pytest.approx(300, abs=5 * 600 / math.sqrt(12 * len(mild)))
    error = 0.4 * math.sqrt(4 / 45 / len(grave))
    assert grave.mean() == pytest.approx(0.6 + 0.4 / 3, abs=5 * error + 0.0005)
    assert grave.max() <= 0.999


@example(999, 1.0, 3)  # already as severe as can be: the cause stays
@given(st.integers(0, 999), st.floats(0, 1), st.integers(0, 10))
def test_the_most_severe_need_of_a_month_counts(before: int, severity: float, cause: int) -> None:
    who = resident(severity=before, cause=99)
    take_need(who, cause, severity)
    new = min(max(1, int(severity * 1000)), 999)
    assert who.severity == max(before, new)
    assert who.cause == (cause if new > before else 99)


def test_an_unresolved_need_is_carried_over_and_a_resolved_one_is_not() -> None:
    still = lived(1, hazards(), severity=640, cause=2, unresolved=1, routine=1, referred=1)[0]
    assert (still.severity, still.cause, still.unresolved) == (640, 2, 0)
    assert (still.routine, still.referred, still.slot) == (0, 0, NOWHERE)
    over = lived(1, hazards(), severity=640, cause=2)[0]
    assert (over.severity, over.cause) == (0, -1)


@given(low=st.floats(0, 1), width=st.floats(0, 1), draw=st.floats(0, 1))
def test_severity_lies_between_its_bounds(low: float, width: float, draw: float) -> None:
    found = spread(low, low + width, draw)
    assert low <= found <= low + width + 1e-15


def test_with_no_hazards_nothing_ever_happens() -> None:
    who = resident(stage=[2] * K, aware=[1] * K, managed=[1] * K, controlled=[1] * K)
    before = dict(vars(who), stage=[*who.stage])
    for month, stream in enumerate(streams(600)):
        live_one_month(who, hazards(), stream, month, no_onsets())
    assert vars(who) == before | {"age_months": before["age_months"] + 600}


@pytest.mark.parametrize("sex", [0, 1])
@pytest.mark.parametrize("elsewhere", [0, 1])
@pytest.mark.parametrize("has", [{}, {"stage": one_hot(FIRST), "aware": one_hot(FIRST)}])
def test_the_question_to_all_rare_events_spares_work_and_changes_no_life(
    sex: int, elsewhere: int, has: dict[str, Any]
) -> None:
    rng = np.random.default_rng(9)
    ratio, raises = np.ones((K, 4, 2)), np.ones((K, K, 3))
    ratio[FIRST, 1:], raises[FIRST, :, 1:] = 4.0, 3.0
    asks = hazards(
        death=rng.random((2, AGES)) * 0.02,
        death_ratio=ratio,
        most_deadly=4.0,
        birth=rng.random(AGES) * 0.05,
        move=rng.random((3, AGES)) * 0.02,
        onset=rng.random((2, AGES, K)) * 0.02,
        raises=raises,
        most_raised=np.full(K, 3.0),
        acute=np.full(AGES, 0.2),
    )
    always = asks._replace(rare=np.broadcast_to(pack_chances(np.ones(LANES)), asks.rare.shape))
    once = {"sex": sex, "elsewhere": elsewhere} | has
    spared, asked = lived(1500, asks, **once), lived(1500, always, **once)
    assert [vars(who) for who in spared] == [vars(who) for who in asked]
    assert len({who.exit for who in spared}) == 3
    # Had it not been asked with the most that can raise a chance, lives would differ.
    low = with_rare(asks._replace(most_deadly=0.0, most_raised=np.zeros(K)))
    below = asks._replace(rare=low.rare)
    assert ([vars(w) for w in lived(1500, below, **once)] == [vars(w) for w in spared]) != bool(has)


# -- events that share a hash -----------------------------------------------------------------

BITS = st.integers(0, 2**64 - 1)


@given(lanes=BITS, stream=BITS, lane=st.integers(0, 4), step=st.integers(0, 4096))
def test_at_the_edges_of_the_first_bits_the_answer_is_exact(
    lanes: int, stream: int, lane: int, step: int
) -> None:
    # A chance of step / 4096 needs no finer draw: it is step of the 4,096 values.
    coarse = (lanes >> (12 * lane)) & 0xFFF
    assert happens(lanes, lane, step / 4096, stream, 9) == (coarse < step)


@given(
    lanes=BITS,
    stream=BITS,
    lane=st.integers(0, 4),
    coarse_is=st.booleans(),
    chance=st.floats(0, 1),
    purpose=st.integers(0, 400),
)
def test_an_event_happens_if_its_whole_draw_is_below_the_chance(
    lanes: int, stream: int, lane: int, coarse_is: bool, chance: float, purpose: int
) -> None:
    if coarse_is:  # put the first bits where only the fine draw decides
        lanes &= ~(0xFFF << (12 * lane))
        lanes |= min(int(chance * 4096), 4095) << (12 * lane)
    coarse = (lanes >> (12 * lane)) & 0xFFF
    whole = coarse + uniform(stream, purpose)
    assert happens(lanes, lane, chance, stream, purpose) == (whole < chance * 4096)


def test_every_first_bits_are_equally_likely_in_every_lane() -> None:
    n = 20_000
    bits = np.array(streams(n), dtype=np.uint64)
    for lane in range(draws.LANES):
        coarse = (bits >> np.uint64(12 * lane)) & np.uint64(0xFFF)
        counts = np.bincount((coarse >> np.uint64(6)).astype(int), minlength=64)
        statistic = ((counts - n / 64) ** 2 / (n / 64)).sum()
        assert abs(statistic - 63) / math.sqrt(2 * 63) < 6
