from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import deciding, doctor
from agents.conditions import N_ILLNESSES
from agents.deciding import ADMIT, CLOSED, PUT_OFF, SEND_DOWN, SEND_UP, TREAT
from agents.foundation.compile import plain
from tests.agents.people import judgement, practitioner, workplace

choose_intensity = plain(doctor.choose_intensity)
choose_stay = plain(doctor.choose_stay)
choose_idling = plain(doctor.choose_idling)
choose_option = plain(deciding.choose_option)
treatment_benefit = plain(doctor.treatment_benefit)
treating_worth = plain(deciding.treating_worth)
admitting_worth = plain(deciding.admitting_worth)
sending_up_worth = plain(deciding.sending_up_worth)
sending_down_worth = plain(deciding.sending_down_worth)
putting_off_worth = plain(deciding.putting_off_worth)
handing_over_worth = plain(deciding.handing_over_worth)
enrol_chance = plain(deciding.enrol_chance)
minute_yuan = plain(doctor.minute_yuan)
plan_month = plain(doctor.plan_month)
reach_of = plain(doctor.reach_of)
size_of = plain(doctor.size_of)
stake_of = plain(doctor.stake_of)
stay_benefit = plain(doctor.stay_benefit)
intensity_worth = plain(deciding.intensity_worth)

FREE = judgement(
    lowest_intensity=-1e9,
    highest_intensity=1e9,
    shortest_stay=-1e9,
    longest_stay=1e9,
    most_idle=1e9,
)
WEIGHS = judgement()
ILL_WITH = 2
ALTRUISM = st.floats(0.2, 2.0)
MONEY = st.floats(-0.5, 0.5)
SEVERITY = st.floats(0, 1)
SIZE = st.floats(0.6, 2.0)
STRAIN = st.floats(1.0, 3.0)
YUAN = st.floats(-2_000, 2_000)
AROUND = np.array([-1e-3, 0.0, 1e-3])


# -- closed forms -----------------------------------------------------------------------------


@given(ALTRUISM, MONEY, STRAIN, SIZE)
def test_intensity_is_the_best_of_his_utility(
    altruism: float, brings: float, strain: float, size: float
) -> None:
    q = choose_intensity(altruism, brings, strain, size, FREE)
    grid = [intensity_worth(altruism, brings, strain, size, 1.0, q + d, FREE) for d in AROUND]
    assert np.argmax(grid) == 1


def test_intensity_by_hand() -> None:
    # Altruism 0.8, curvature 0.6, effort 0.02: a yuan that brings 0.08 gives 1 + 0.06 / 0.48.
    assert choose_intensity(0.8, 0.08, 1.0, 1.0, WEIGHS) == pytest.approx(1.125, rel=1e-12)
    assert choose_intensity(0.8, 0.02, 1.0, 1.0, WEIGHS) == 1.0
    assert choose_intensity(0.8, -0.04, 1.0, 1.0, WEIGHS) == pytest.approx(0.875, rel=1e-12)
    assert choose_intensity(0.2, 0.5, 1.0, 1.0, WEIGHS) == 1.8
    assert choose_intensity(0.2, -0.5, 1.0, 1.0, WEIGHS) == 0.5
    # Half as severe again: effort 0.045, curvature 0.9. Twice the strain: effort 0.04.
    assert choose_intensity(0.8, 0.08, 1.0, 1.5, WEIGHS) == pytest.approx(1 + 0.035 / 0.72)
    assert choose_intensity(0.8, 0.08, 2.0, 1.0, WEIGHS) == pytest.approx(1 + 0.04 / 0.48)


@given(ALTRUISM, ALTRUISM, MONEY, SIZE)
def test_altruism_pulls_intensity_towards_the_need(
    a: float, b: float, brings: float, size: float
) -> None:
    low, high = sorted((a, b))
    near = abs(choose_intensity(high, brings, 1.0, size, FREE) - 1)
    assert near <= abs(choose_intensity(low, brings, 1.0, size, FREE) - 1) + 1e-12


@given(ALTRUISM, MONEY, MONEY, SIZE)
def test_more_money_never_means_less_treatment(
    altruism: float, a: float, b: float, size: float
) -> None:
    few, many = (choose_intensity(altruism, m, 1.0, size, WEIGHS) for m in sorted((a, b)))
    assert WEIGHS.lowest_intensity <= few <= many <= WEIGHS.highest_intensity


@given(ALTRUISM, MONEY, STRAIN, STRAIN, SIZE)
def test_dearer_effort_never_means_more_treatment(
    altruism: float, brings: float, a: float, b: float, size: float
) -> None:
    rested, tired = (choose_intensity(altruism, brings, s, size, WEIGHS) for s in sorted((a, b)))
    assert tired <= rested


@given(ALTRUISM, MONEY, YUAN, st.floats(0, 100), st.floats(100, 20_000), st.floats(1, 30))
def test_the_stay_is_the_best_of_his_utility(
    altruism: float, brings: float, day: float, effort: float, bill: float, days: float
) -> None:
    x = choose_stay(altruism, brings, day, effort, bill, days, FREE)
    by_day = FREE.stay_price_share * bill

    def utility(x: float) -> float:
        lost = altruism * FREE.stay_curvature / 2 * (x - 1) ** 2 * by_day
        return (brings * by_day + (day - effort) * days) * x - lost

    step = 1e-3 * max(1.0, abs(x))
    assert utility(x) >= max(utility(x - step), utility(x + step))


def test_the_stay_by_hand() -> None:
    # By day 2,000 yuan: 0.08 brings 160, effort of 10 days at 12 costs 120: 1 + 40 / 1,600.
    assert choose_stay(0.8, 0.08, 0.0, 12.0, 5_000.0, 10.0, WEIGHS) == pytest.approx(1.025)
    # A case price: each yuan used costs 0.05. Then per bed-day 60 yuan.
    assert choose_stay(0.8, -0.05, 0.0, 12.0, 5_000.0, 10.0, WEIGHS) == pytest.approx(0.8625)
    assert choose_stay(0.8, 0.0, 60.0, 12.0, 5_000.0, 10.0, WEIGHS) == pytest.approx(1.3)
    assert choose_stay(0.2, 0.0, 500.0, 12.0, 5_000.0, 10.0, WEIGHS) == WEIGHS.longest_stay
    assert choose_stay(0.2, -0.5, 0.0, 12.0, 5_000.0, 10.0, WEIGHS) == WEIGHS.shortest_stay


@given(ALTRUISM, MONEY, st.floats(0, 3))
def test_idling_is_the_best_of_his_utility(altruism: float, brings: float, effort: float) -> None:
    idle = choose_idling(altruism, brings, effort, FREE)

    def utility(share: float) -> float:
        gain = effort - brings - altruism * FREE.minute_worth_yuan
        return gain * share - FREE.duty_yuan_per_minute / 2 * share * share

    assert idle >= 0
    assert utility(idle) >= max(utility(idle + 1e-3), utility(max(idle - 1e-3, 0.0)))


@given(ALTRUISM, ALTRUISM, MONEY, MONEY, st.floats(0, 3), st.floats(0, 3))
def test_idling_falls_with_altruism_and_money_and_rises_with_effort(
    a: float, b: float, m: float, n: float, e: float, f: float
) -> None:
    (low, high), (poor, rich), (light, hard) = sorted((a, b)), sorted((m, n)), sorted((e, f))
    assert choose_idling(low, m, e, WEIGHS) >= choose_idling(high, m, e, WEIGHS)
    assert choose_idling(a, poor, e, WEIGHS) >= choose_idling(a, rich, e, WEIGHS)
    assert choose_idling(a, m, light, WEIGHS) <= choose_idling(a, m, hard, WEIGHS)
    assert choose_idling(a, -9.0, 9.0, WEIGHS) == WEIGHS.most_idle


# -- benefits ---------------------------------------------------------------------------------


@given(st.floats(0, 2), st.floats(0, 2), SIZE)
def test_benefit_is_concave_and_full_at_what_the_need_calls_for(
    a: float, b: float, size: float
) -> None:
    middle = treatment_benefit((a + b) / 2, size, WEIGHS)
    ends = (treatment_benefit(a, size, WEIGHS) + treatment_benefit(b, size, WEIGHS)) / 2
    assert middle >= ends - 1e-12
    more = treatment_benefit(max(a, b), size, WEIGHS)
    assert treatment_benefit(a, size, WEIGHS) <= more + 1e-12
    assert treatment_benefit(1.0 + a, size, WEIGHS) == 1.0
    assert treatment_benefit(0.5, 1.0, WEIGHS) == pytest.approx(1 - 0.3 * 0.25, rel=1e-12)
    assert treatment_benefit(0.5, 2.0, WEIGHS) == pytest.approx(1 - 0.6 * 0.25, rel=1e-12)


def test_stakes_reach_and_short_stays_by_hand() -> None:
    assert stake_of(0.5, WEIGHS) == pytest.approx(60 + 40_000 / 8)
    assert stake_of(0.0, WEIGHS) == 60
    assert [size_of(s) for s in (0.0, 0.5, 0.8, 1.0)] == [0.6, 1.0, 1.6, 2.0]
    assert reach_of(0.7, 0.5, WEIGHS) == pytest.approx(math.exp(-4 * 0.2), rel=1e-12)
    assert reach_of(0.5, 0.7, WEIGHS) == 1.0
    assert stay_benefit(1.3, WEIGHS) == 1.0
    assert stay_benefit(0.5, WEIGHS) == pytest.approx(1 - 0.125)


# -- what the options are worth ---------------------------------------------------------------


def worths(severity: float, who: Any, where: Any, insured: bool = True) -> dict[int, float]:
    """Utility of every option at a township centre's prices."""
    bill, visits, stay, days, weight = 80.0, 2, 2_400.0, 6.0, 0.8
    return {
        PUT_OFF: putting_off_worth(who, severity, WEIGHS),
        SEND_DOWN: sending_down_worth(who, where, ILL_WITH, severity, bill, insured, WEIGHS),
        TREAT: treating_worth(
            who, where, ILL_WITH, severity, bill * visits, visits, insured, WEIGHS
        ),
        ADMIT: admitting_worth(who, where, ILL_WITH, severity, stay, days, weight, insured, WEIGHS),
        SEND_UP: sending_up_worth(who, where, ILL_WITH, severity, bill, insured, WEIGHS),
    }


@pytest.mark.parametrize(
    ("column", "option", "times"),
    [
        ("visit_yuan", TREAT, 2),
        ("admission_yuan", ADMIT, 1),
        ("weight_yuan", ADMIT, 0.8),
        ("bed_day_yuan", ADMIT, 6),
        ("up_yuan", SEND_UP, 1),
        ("down_yuan", SEND_DOWN, 1),
    ],
)
def test_each_thing_that_brings_money_makes_its_option_worth_so_much_more(
    column: str, option: int, times: float
) -> None:
    before = worths(0.5, practitioner(), workplace())
    after = worths(0.5, practitioner(), workplace(**{f"brings_{column}": 10.0}))
    gain = after[option] - before[option]
    if column == "bed_day_yuan":
        # He lengthens the stay a little on top.
        assert gain >= 10 * times * choose_stay(0.8, 0, 0, 12, 2_400, 6, WEIGHS) - 1e-9
    else:
        assert gain == pytest.approx(10 * times)
    others = {TREAT, ADMIT} - {option} if column != "visit_yuan" else {ADMIT, PUT_OFF}
    assert all(after[o] == before[o] for o in others)
    free = worths(0.5, practitioner(), workplace(**{f"brings_{column}": 10.0}), insured=False)
    assert free == worths(0.5, practitioner(), workplace(), insured=False)


@given(ALTRUISM, st.floats(0.1, 1.0), MONEY, STRAIN)
def test_treating_and_admitting_take_the_best_intensity_and_stay(
    altruism: float, severity: float, brings: float, strain: float
) -> None:
    # The utility of an option is that of its closed forms, not of some other intensity.
    who = practitioner(altruism=altruism, strain=strain)
    where = workplace(brings_outpatient=brings)
    found = treating_worth(who, where, ILL_WITH, severity, 100.0, 1, False, WEIGHS)
    size = size_of(severity)
    best = max(
        intensity_worth(altruism, brings, strain, size, 100.0, q, WEIGHS)
        for q in np.linspace(WEIGHS.lowest_intensity, WEIGHS.highest_intensity, 200)
    )
    rest = altruism * stake_of(severity, WEIGHS) * reach_of(severity, 0.59, WEIGHS) - 10 * 0.3
    assert best - 0.05 <= found - rest
    q = choose_intensity(altruism, brings, strain, size, WEIGHS)
    own = intensity_worth(altruism, brings, strain, size, 100.0, q, WEIGHS)
    assert found - rest == pytest.approx(own, abs=1e-6)


def test_skill_saves_minutes_and_strain_makes_them_dear() -> None:
    usual = worths(0.5, practitioner(), workplace())
    able = worths(0.5, practitioner(able=1.25), workplace())
    tired = worths(0.5, practitioner(effort_yuan=0.6), workplace())
    for option in (SEND_DOWN, TREAT, ADMIT, SEND_UP):
        assert able[option] > usual[option] > tired[option]
    assert able[PUT_OFF] == usual[PUT_OFF] == tired[PUT_OFF]


# -- the choice -------------------------------------------------------------------------------


WORTH = st.floats(-5_000, 5_000)


def pick(worth: Sequence[float], scale: float, draw: float) -> int:
    put_off, down, treat, admit, up = worth
    return int(choose_option(put_off, down, treat, admit, up, scale, draw))


@given(st.tuples(WORTH, WORTH, WORTH, WORTH, WORTH), st.floats(10, 2_000))
def test_options_are_chosen_by_logit(worth: tuple[float, ...], scale: float) -> None:
    n = 400
    found = np.bincount([pick(worth, scale, (i + 0.5) / n) for i in range(n)], minlength=5)
    odds = np.exp((np.array(worth) - max(worth)) / scale)
    assert np.abs(found / n - odds / odds.sum()).max() <= 1.01 / n


@given(WORTH, WORTH, st.floats(1e-9, 1 - 1e-9))
def test_what_is_not_open_is_never_chosen(treat: float, up: float, draw: float) -> None:
    chosen = choose_option(CLOSED, CLOSED, treat, CLOSED, up, 100.0, draw)
    assert chosen in (TREAT, SEND_UP)
    assert choose_option(CLOSED, CLOSED, treat, CLOSED, CLOSED, 100.0, draw) == TREAT


@given(WORTH, st.floats(0, 500), st.floats(1e-9, 1 - 1e-9))
def test_money_for_a_bed_makes_nobody_lose_one(treat: float, gain: float, draw: float) -> None:
    # One draw, options in one order: he who was admitted still is, and none passes over a bed.
    before = choose_option(-500.0, CLOSED, treat, 0.0, CLOSED, 100.0, draw)
    after = choose_option(-500.0, CLOSED, treat, gain, CLOSED, 100.0, draw)
    assert before <= after <= ADMIT


def chances(severity: float, who: Any, where: Any, n: int = 200) -> np.ndarray:
    """(option,) chances of what he does with an insured patient."""
    w = worths(severity, who, where)
    scale = WEIGHS.noise * stake_of(severity, WEIGHS)
    found = [pick([w[o] for o in range(5)], scale, (i + 0.5) / n) for i in range(n)]
    return np.bincount(found, minlength=5) / n


# From where a bed is clearly best for the patient, up to what the place can treat.
@given(st.floats(0.7, 0.93), ALTRUISM, ALTRUISM, st.floats(-1.0, -0.2))
def test_the_severe_are_refused_and_sent_away_where_a_case_costs_and_less_by_altruists(
    severity: float, a: float, b: float, loss: float
) -> None:
    low, high = sorted((a, b))
    away = []
    for altruism, brings in ((low, 0.08), (low, loss), (high, loss)):
        where = workplace(treats=0.95, brings_inpatient=brings, below_treats=-1.0)
        found = chances(severity, practitioner(altruism=altruism), where)
        away.append(found[PUT_OFF] + found[SEND_UP] + found[TREAT])
    assert away[1] >= away[0]
    assert away[2] <= away[1]


@given(st.floats(0.3, 0.95), st.floats(0.3, 0.95), SEVERITY)
def test_referral_falls_with_capability(a: float, b: float, severity: float) -> None:
    weak, strong = (workplace(above_treats=1.0) for _ in range(2))
    # Only what the place can do for this illness counts.
    weak.treats, strong.treats = np.ones((2, N_ILLNESSES))
    weak.treats[ILL_WITH], strong.treats[ILL_WITH] = sorted((a, b))
    who = practitioner()
    assert chances(severity, who, weak)[SEND_UP] >= chances(severity, who, strong)[SEND_UP]


@given(st.floats(0.3, 0.95), st.floats(0.3, 0.95), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_a_bed_is_worth_more_to_the_severe_and_where_it_brings_more(
    a: float, b: float, m: float, n: float
) -> None:
    mild, grave = sorted((a, b))
    poor, rich = sorted((m, n))

    def gap(severity: float, brings: float) -> float:
        where = workplace(treats=0.95, brings_inpatient=brings)
        found = worths(severity, practitioner(), where)
        return found[ADMIT] - found[TREAT]

    assert gap(a, poor) <= gap(a, rich) + 1e-9
    # Up to what the place can treat; effort for thoroughness is a few yuan.
    assert gap(mild, 0.02) <= gap(max(grave, mild), 0.02) + 120.0


def test_by_hand_who_is_admitted() -> None:
    where = workplace(treats=0.95, can_refer=0)
    found = [chances(s, practitioner(), where)[ADMIT] for s in (0.35, 0.5, 0.7, 0.9)]
    assert found[0] < found[1] < 0.1 < 0.9 < found[2]
    assert found[3] > 0.95


# -- management, rehabilitation, the month ----------------------------------------------------


def test_enrolment_follows_money_by_odds() -> None:
    assert enrol_chance(0.3, 0.0, WEIGHS) == 0.3
    odds = 3 / 7 * math.exp(12 * 5 / 100)
    assert enrol_chance(0.3, 5.0, WEIGHS) == pytest.approx(odds / (1 + odds))
    assert enrol_chance(0.3, -5.0, WEIGHS) < 0.3
    assert [enrol_chance(c, 50.0, WEIGHS) for c in (0.0, 1.0)] == [0.0, 1.0]


@given(YUAN, YUAN, MONEY, MONEY)
def test_stays_are_handed_over_where_it_pays(a: float, b: float, m: float, n: float) -> None:
    def worth(down: float, brings: float) -> float:
        where = workplace(brings_down_yuan=down, brings_inpatient=brings)
        return handing_over_worth(practitioner(), where, 0.8, 5_000.0, 9.0, True, WEIGHS)

    assert worth(min(a, b), m) <= worth(max(a, b), m)
    assert worth(a, min(m, n)) >= worth(a, max(m, n))


def test_a_minute_brings_the_better_of_visits_and_bed_care() -> None:
    where = workplace(brings_outpatient=0.08, brings_inpatient=0.08, bed_days_capacity=0.0)
    assert minute_yuan(where) == pytest.approx(0.08 * 80 / 10)
    where.brings_visit_yuan = 5.0
    assert minute_yuan(where) == pytest.approx((0.08 * 80 + 5) / 10)
    where.bed_days_capacity, where.brings_weight_yuan = 100.0, 3_000.0
    assert minute_yuan(where) == pytest.approx((0.08 * 2_400 + 3_000) / 7.5 / 40)


def test_load_and_missing_pay_make_work_dear_and_a_flat_salary_idles() -> None:
    who = practitioner(arrears_fen=30_000, base_pay_fen=60_000)
    plan_month(who, workplace(minutes_load=1.4, brings_outpatient=0.08), WEIGHS)
    assert who.strain == pytest.approx(1 + 0.5 * 0.4 + 1.0 * 0.5)
    assert who.effort_yuan == pytest.approx(0.3 * who.strain)
    assert who.workload == 1.4
    paid, flat = practitioner(), practitioner()
    plan_month(paid, workplace(brings_outpatient=0.08), WEIGHS)
    plan_month(flat, workplace(), WEIGHS)
    assert paid.idle_share == 0.0
    assert flat.idle_share == pytest.approx(0.3 - 0.8 * 0.2)
    crowded = practitioner()
    plan_month(crowded, workplace(minutes_load=40.0), WEIGHS)
    assert crowded.strain == pytest.approx(1.5)


def test_practitioners_have_all_that_doctors_have() -> None:
    assert set(vars(practitioner())) == set(doctor.DOCTOR.names or ())
    assert isinstance(practitioner(), SimpleNamespace)
