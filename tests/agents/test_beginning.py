from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agents import beginning
from agents.beginning import Start
from agents.foundation.compile import plain
from agents.foundation.slots import N_SLOTS
from agents.patient import BELIEF_SCALE, NOWHERE
from tests.agents.people import AGES, K, resident, streams
from tests.science.fuzzy import check_share

begin = plain(beginning.begin)
N = 2_000


def start(**parts: Any) -> Start:
    shares = np.cumsum(np.tile([[0.1], [0.6], [0.3]], (1, AGES)), axis=0)
    nil = Start(
        prevalence=np.zeros((K, 2, AGES)),
        stage_share=np.tile(np.cumsum([0.5, 0.3, 0.2]), (K, 1)),
        aware=np.full(K, 0.6),
        managed=np.full(K, 0.4),
        controlled=np.full(K, 0.3),
        scheme_share=shares,
        village_income_yuan=np.array([20_000.0, 10_000.0]),
        income_sigma=0.5,
        aided_share=np.array([0.0, 0.25]),
        belief=np.tile(np.linspace(0.2, 0.9, N_SLOTS), (3, 1)),
        belief_spread=0.05,
        contract_share=0.2,
        contract_share_key_groups=0.7,
    )
    return nil._replace(**parts)


def begun(tables: Start, n: int = N, **columns: Any) -> list[Any]:
    found = []
    for stream in streams(n, salt=3):
        who = resident(**columns)
        begin(who, tables, stream)
        found.append(who)
    return found


def rate(name: str, people: list[Any], column: str, value: int, chance: float) -> None:
    count = sum(getattr(who, column) == value for who in people)
    check_share(name, count, len(people), chance, (chance * 0.6, chance * 1.5))


def test_schemes_are_by_their_shares_and_those_away_are_residents() -> None:
    people = begun(start())
    for scheme, chance in enumerate((0.1, 0.6, 0.3)):
        rate(f"scheme {scheme}", people, "scheme", scheme, chance)
    assert {who.scheme for who in begun(start(), 200, elsewhere=1)} == {1}


def test_conditions_are_by_age_and_sex_with_stage_and_cascade() -> None:
    prevalence = np.zeros((K, 2, AGES))
    prevalence[1, 1, 40] = 0.4
    people = begun(start(prevalence=prevalence), sex=1)
    ill = [who for who in people if who.stage[1] > 0]
    check_share("prevalence", len(ill), N, 0.4, (0.3, 0.5))
    for stage, chance in enumerate((0.5, 0.3, 0.2), start=1):
        count = sum(who.stage[1] == stage for who in ill)
        check_share(f"stage {stage}", count, len(ill), chance, (chance * 0.5, chance * 1.7))
    knows = [who for who in ill if who.aware[1]]
    check_share("aware", len(knows), len(ill), 0.6, (0.45, 0.75))
    check_share("managed", sum(who.managed[1] for who in knows), len(knows), 0.4, (0.2, 0.6))
    held = sum(who.controlled[1] for who in knows)
    check_share("controlled", held, len(knows), 0.3, (0.15, 0.45))
    assert not any(who.managed[1] or who.controlled[1] for who in ill if not who.aware[1])
    assert {who.drug_months for who in knows} == {2}
    assert not any(any(who.stage) for who in begun(start(prevalence=prevalence), 300, sex=0))
    grown = begun(start(prevalence=prevalence), 300, sex=1, age_months=41 * 12)
    assert not any(any(who.stage) for who in grown)


def test_contracts_are_more_frequent_in_the_key_groups() -> None:
    rate("others", begun(start(), age_months=64 * 12), "contract", 1, 0.2)
    rate("old", begun(start(), age_months=65 * 12), "contract", 1, 0.7)
    everywhere = start(prevalence=np.ones((K, 2, AGES)), aware=np.ones(K))
    rate("ill", begun(everywhere), "contract", 1, 0.7)
    assert {who.contract for who in begun(everywhere, 200, elsewhere=1)} == {0}


def test_income_is_lognormal_about_the_villages_mean() -> None:
    people = begun(start(), village=1)
    income = np.array([who.income_yuan for who in people])
    sigma = 0.5
    spread = math.sqrt(math.exp(sigma**2) - 1)
    assert income.mean() == pytest.approx(10_000, rel=5 * spread / math.sqrt(N))
    assert np.log(income).std() == pytest.approx(sigma, rel=5 / math.sqrt(2 * N))
    rate("aided", people, "aided", 1, 0.25)
    assert {who.aided for who in begun(start(), 200, village=0)} == {0}


def test_beliefs_spread_about_the_places_and_stay_chances() -> None:
    tables = start()
    tables.belief[1] = 0.01
    tables.belief[2] = 0.6
    people = begun(tables, 2000)
    held = np.array([who.belief for who in people]) / BELIEF_SCALE
    error = 0.05 / math.sqrt(2000)
    assert held.mean(axis=0) == pytest.approx(np.linspace(0.2, 0.9, N_SLOTS), abs=5 * error)
    assert held.std(axis=0)[:-1] == pytest.approx(0.05, rel=5 / math.sqrt(4000))
    low = np.array([who.belief for who in begun(tables, 300, village=1)])
    assert low.min() == 0
    away = np.array([who.belief for who in begun(tables, 300, elsewhere=1)]) / BELIEF_SCALE
    assert away.mean() == pytest.approx(0.6, abs=5 * 0.05 / math.sqrt(300 * N_SLOTS))


def test_nobody_begins_with_a_need_or_a_habit() -> None:
    who = begun(start(), 1)[0]
    assert (who.cause, who.slot, who.habit, who.severity) == (-1, NOWHERE, NOWHERE, 0)
