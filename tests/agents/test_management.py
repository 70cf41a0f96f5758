from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import management as m
from agents.foundation.compile import plain
from agents.management import Management

COST = 120_000_000
CASH = st.integers(-10 * COST, 10 * COST)
RULES = Management(
    busy_load=0.85,
    cushion_months=2.0,
    debt_months=3.0,
    growth_most=0.03,
    posts_most=1.2,
    depreciation=0.12,
    expansion=0.2,
    equipment_most=1.5,
    bonus_step=0.1,
    full_beds=0.9,
    enlarged_most=0.06,
)
WEAR = 1_000_000

next_size = plain(m.next_size)
openings = plain(m.openings)
posts_wanted = plain(m.posts_wanted)
investment = plain(m.investment_fen)
next_equipment = plain(m.next_equipment)
next_bonus_factor = plain(m.next_bonus_factor)


next_health_weight = plain(m.next_health_weight)


def place(**parts: Any) -> Any:
    whole = {"cash_fen": 0, "posts": 100, "workload": 0.5, "equipment": 1.0, "bonus_factor": 1.0}
    return SimpleNamespace(**whole | parts)


def test_who_owes_more_than_three_months_neither_hires_nor_buys() -> None:
    poor, deep = place(cash_fen=-COST // 4), place(cash_fen=-COST // 4 - 1)
    assert openings(poor, 90, COST, RULES) == 10
    assert openings(deep, 90, COST, RULES) == 0
    assert investment(poor, WEAR, COST, RULES) == WEAR
    assert investment(deep, WEAR, COST, RULES) == 0
    # But no place is left without any doctor.
    assert openings(deep, 0, COST, RULES) >= 1


def test_a_busy_place_with_money_to_spare_opens_posts_within_its_establishment() -> None:
    rich = {"cash_fen": COST, "workload": 0.9}
    assert posts_wanted(place(**rich), 100, COST, RULES) == 103
    assert posts_wanted(place(**rich, posts=119), 100, COST, RULES) == 120
    assert posts_wanted(place(**rich, posts=125), 100, COST, RULES) == 125
    assert posts_wanted(place(workload=0.9, cash_fen=COST // 6), 100, COST, RULES) == 100
    assert posts_wanted(place(cash_fen=COST), 100, COST, RULES) == 100


@given(CASH, st.floats(0.1, 1.6))
def test_equipment_wears_out_unless_it_is_replaced(cash: int, equipment: float) -> None:
    provider = place(cash_fen=cash, equipment=equipment)
    spent = investment(provider, WEAR, COST, RULES)
    after = next_equipment(equipment, WEAR, spent, RULES)
    indebted = cash < -COST / 4
    assert (
        after == pytest.approx(0.88 * equipment)
        if indebted
        else after >= 0.98 * min(equipment, 1.0)
    )
    assert after <= max(1.5, equipment) + 1e-6


def test_equipment_at_the_start_costs_its_wear_and_stays() -> None:
    spent = investment(place(), WEAR, COST, RULES)
    assert spent == WEAR
    assert next_equipment(1.0, WEAR, spent, RULES) == pytest.approx(1.0)
    assert next_equipment(1.0, 0, 0, RULES) == 1.0


@given(CASH, st.floats(1, 3), st.floats(0.4, 2.5))
def test_a_bonus_moves_within_the_policys_bounds(cash: int, most: float, factor: float) -> None:
    now = min(max(factor, 1 / most), most)
    after = next_bonus_factor(place(cash_fen=cash, bonus_factor=now), COST, most, RULES)
    assert 1 / most - 1e-12 <= after <= most + 1e-12
    if cash < -COST / 4:
        assert after <= now
    if most == 1.0:
        assert after == 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_health_comes_to_count_by_a_step_a_year(weight: float, wanted: float) -> None:
    after = next_health_weight(weight, wanted, RULES)
    assert abs(after - weight) <= RULES.bonus_step + 1e-12
    assert abs(wanted - after) == pytest.approx(max(0.0, abs(wanted - weight) - RULES.bonus_step))


def test_a_hospital_outside_adds_the_beds_that_its_patients_fill() -> None:
    assert next_size(1.0, 0.918, RULES) == pytest.approx(1.02)
    assert next_size(2.0, 0.918, RULES) == pytest.approx(2.04)


@given(st.floats(0.5, 5.0), st.floats(0.0, 1.2))
def test_a_hospital_outside_closes_no_bed_and_grows_only_so_fast(size: float, used: float) -> None:
    later = next_size(size, used, RULES)
    assert size <= later <= size * (1.06 + 1e-12)
    assert (later > size) == (size * (used / 0.9) > size)
