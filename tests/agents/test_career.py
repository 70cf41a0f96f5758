from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import career
from agents.career import RETIRES, SEEKS, STAYS, Career
from agents.foundation.compile import plain
from agents.foundation.draws import month_stream
from tests.science.fuzzy import check_mean, check_share

leave_logit = plain(career.leave_logit)
side_share = plain(career.side_share)
look_back = plain(career.look_back)
resigns = plain(career.resigns)
standing = plain(career.standing)
begin_career = plain(career.begin_career)
stream_of = plain(month_stream)

YEAR_FEN = st.integers(1_000_000, 50_000_000)
LOAD = st.floats(0, 2)


def weighs(**parts: float) -> Career:
    whole = {
        "leave": -0.9,
        "income": 1.5,
        "arrears": 5.0,
        "workload": 1.5,
        "usual_load": 0.7,
        "rooted_per_year": 0.04,
        "resign": 0.12,
        "side_response": 0.8,
        "side_from": 0.1,
        "side_most": 0.25,
        "adapts_per_year": 0.3,
        "learns_per_year": 0.1,
        "retires_at": 60.0,
        "retires_at_base": 65.0,
    }
    return Career(**whole | parts)


def who(**parts: Any) -> Any:
    whole = {
        "income_fen": 6_000_000,
        "usual_income_fen": 6_000_000,
        "arrears_fen": 0,
        "age_years": 40,
        "skill": 0.55,
        "side_share": 0.0,
        "plans": STAYS,
        "leave_chance": 0.0,
    }
    return SimpleNamespace(**whole | parts)


def test_the_wish_to_leave_by_hand() -> None:
    # Own pay as above, usual load, nothing owed, 40 years: ten years of roots.
    assert leave_logit(who(), 6_000_000, 0.7, weighs()) == pytest.approx(-1.3)
    owed = who(arrears_fen=3_000_000)
    assert leave_logit(owed, 6_000_000, 0.7, weighs()) == pytest.approx(-1.3 + 2.5)
    assert leave_logit(who(), 6_000_000, 1.1, weighs()) == pytest.approx(-1.3 + 0.6)
    assert leave_logit(who(age_years=25), 6_000_000, 0.7, weighs()) == pytest.approx(-0.9)


@given(YEAR_FEN, YEAR_FEN, YEAR_FEN, LOAD)
def test_more_pay_elsewhere_never_makes_him_stay(own: int, a: int, b: int, load: float) -> None:
    low, high = sorted((a, b))
    doctor = who(income_fen=own)
    less, more = (leave_logit(doctor, pay, load, weighs()) for pay in (low, high))
    assert less <= more + 1e-9


@given(YEAR_FEN, YEAR_FEN)
def test_a_side_job_makes_up_for_lost_income_only(income: int, usual: int) -> None:
    share = side_share(who(income_fen=income, usual_income_fen=usual), weighs())
    assert 0.0 <= share <= 0.25
    assert (share > 0.0) == (income < 0.9 * usual and 0.9 - income / usual > 1e-9)
    assert side_share(who(income_fen=income, usual_income_fen=0), weighs()) == 0.0


def test_a_year_ends_with_age_plans_and_what_was_learnt() -> None:
    doctor = who(age_years=59)
    look_back(doctor, 6e6, 0.7, 0.65, 0, weighs(), 7)
    assert (doctor.age_years, doctor.plans) == (60, RETIRES)
    assert doctor.skill == pytest.approx(0.56)
    at_base = who(age_years=59)
    look_back(at_base, 6e6, 0.7, 0.45, 1, weighs(), 7)
    assert at_base.plans != RETIRES
    assert at_base.skill == 0.55
    poorer = who(income_fen=4_000_000)
    look_back(poorer, 6e6, 0.7, 0.5, 0, weighs(), 7)
    assert poorer.usual_income_fen == 5_400_000
    assert poorer.side_share == pytest.approx(0.8 * (1 / 3 - 0.1))


def test_he_looks_for_a_place_as_often_as_his_wish_says() -> None:
    doctors = [who() for _ in range(4000)]
    for n, doctor in enumerate(doctors):
        look_back(doctor, 9e6, 0.9, 0.5, 0, weighs(), stream_of(1, n, 0))
    chance = doctors[0].leave_chance
    assert 0.2 < chance < 0.5
    seeking = sum(doctor.plans == SEEKS for doctor in doctors)
    check_share("seeking", seeking, len(doctors), chance, [chance * 0.8, chance * 1.25])


def test_those_surest_to_leave_resign_most() -> None:
    for chance in (0.3, 0.9):
        doctor = who(leave_chance=chance)
        left = sum(resigns(doctor, weighs(resign=0.5), stream_of(2, n, 0)) for n in range(4000))
        check_share("resign", left, 4000, 0.5 * chance, [0.5, 0.5 * chance * 0.7, 0.03])


def test_skill_makes_him_chosen() -> None:
    better = 0
    for n in range(2000):
        one, other = (stream_of(3, key, 0) for key in (2 * n, 2 * n + 1))
        better += standing(who(skill=0.65), 0.2, 12.0, one) > standing(who(), 0.2, 12.0, other)
    # The difference of two Gumbel draws is logistic: 1.2 logits.
    check_share("chosen", better, 2000, 0.7685, [0.5, 0.62, 0.9])


def test_he_begins_round_the_skill_of_his_place_at_an_age_between_two() -> None:
    doctors = [who() for _ in range(2000)]
    for n, doctor in enumerate(doctors):
        begin_career(doctor, 0.6, 0.08, 30, 60, stream_of(4, n, -1))
    ages = [doctor.age_years for doctor in doctors]
    assert (min(ages), max(ages)) == (30, 59)
    skills = [doctor.skill for doctor in doctors]
    mean = sum(skills) / len(skills)
    check_mean("skill", mean, 0.08 / len(skills) ** 0.5, 0.6, [0.55, 0.65])
