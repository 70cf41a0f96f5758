"""Residents, hazards and tables for tests of one function on one resident.

Everything is nil until a test says otherwise, so that what a test sees is what it set.
"""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from agents.conditions import N_CONDITIONS
from agents.doctor import Judgement
from agents.foundation.compile import plain
from agents.foundation.draws import child_key, month_stream
from agents.foundation.slots import N_SLOTS
from agents.insurer import N_KINDS
from agents.life import MAX_AGE, Hazards, with_rare
from agents.patient import N_CAUSES, N_CLASSES, N_SCHEMES, NOWHERE, PATIENT, Options, Tastes

AGES = MAX_AGE + 1
K = N_CONDITIONS

_stream_of = plain(month_stream)
_key_of = plain(child_key)


def resident(**columns: Any) -> Any:
    """A healthy woman of 40 in village 0, with all columns of PATIENT."""
    whole: dict[str, Any] = {}
    for name in PATIENT.names or ():
        length = PATIENT[name].shape
        whole[name] = [0] * length[0] if length else 0
    whole |= {"age_months": 40 * 12, "alive": 1, "cause": -1, "slot": NOWHERE, "habit": NOWHERE}
    unknown = set(columns) - set(whole)
    assert not unknown, unknown
    return SimpleNamespace(**whole | columns)


@lru_cache
def streams(n: int, salt: int = 1) -> tuple[int, ...]:
    """Draws of n residents in one month."""
    return tuple(_stream_of(salt, _key_of(99, i), 0) for i in range(n))


def one_hot(k: int, value: int = 1) -> list[int]:
    """A column over the conditions that is nil but for one."""
    return [value if other == k else 0 for other in range(K)]


def hazards(**tables: Any) -> Hazards:
    """Nothing ever happens, but for the tables given."""
    severity = np.zeros((K, 2))
    nil = Hazards(
        death=np.zeros((2, AGES)),
        birth=np.zeros(AGES),
        move=np.zeros((3, AGES)),
        onset=np.zeros((2, AGES, K)),
        first_onset_age=0,
        raises=np.ones((K, K, 3)),
        most_raised=np.full(K, 1e3),
        progress=np.zeros((K, 4, 2)),
        death_ratio=np.ones((K, 4, 2)),
        most_deadly=1e3,
        complication=np.zeros((K, 4, 2)),
        complication_severity=severity,
        onset_severity=severity,
        acute=np.zeros(AGES),
        acute_ratio=np.ones(K),
        severe_share=np.zeros(AGES),
        cause_share=np.tile(np.linspace(1, N_CAUSES, N_CAUSES) / N_CAUSES, (AGES, 1)),
        routine=np.zeros((K, 2)),
        screen=np.zeros((K, 2)),
        enrol=np.zeros(K),
        gain_control=np.zeros((K, 2)),
        lose_control=np.zeros((K, 2)),
        lose_without_drugs=1.0,
        resolve=np.ones(N_CLASSES),
        rare=None,
    )
    return with_rare(nil._replace(**tables))


def tastes(**parts: Any) -> Tastes:
    """Indifferent between all places, half as likely to stay at home as to go to any one."""
    nil = np.zeros(N_CLASSES)
    none = Tastes(
        price=nil,
        felt_from_yuan=np.full(N_CLASSES, 20.0),
        travel_per_minute=nil,
        wait_per_day=0.0,
        belief=nil,
        fit=nil,
        drugs=0.0,
        self_care_odds=np.full(N_CLASSES, 0.5),
        habit_odds=1.0,
        contract_odds=1.0,
        referral_odds=1.0,
        talk_share=0.0,
        income_reference_yuan=20_000.0,
        income_slope=1.0,
        bed=0.0,
        bed_per_severity=0.0,
        bed_price=0.0,
    )
    return none._replace(**parts)


def options(**parts: Any) -> Options:
    """One village and life elsewhere, a provider in each slot, all alike and free."""
    prices = 2 * N_SCHEMES * 2 * 2 * N_CLASSES
    tiers = np.array([0, 1, 1, 2, 2, 3, 3, 4])
    return Options(
        provider=np.tile(np.arange(N_SLOTS), (2, 1)),
        tier=np.tile(tiers, (2, 1)),
        common=np.zeros((2, N_CLASSES, N_SLOTS)),
        felt_price=np.zeros((prices, N_SLOTS)),
    )._replace(**parts)


def judgement(**parts: Any) -> Judgement:
    """How doctors weigh, near the middle of the priors."""
    middle = Judgement(
        benefit_curvature=0.6,
        effort=0.02,
        refer_scale=0.05,
        admit_threshold=0.6,
        admit_scale=0.02,
        admit_money=5.0,
        lowest_intensity=0.5,
        highest_intensity=1.8,
    )
    return middle._replace(**parts)


def benefits(**columns: int) -> Any:
    """A benefit table with one benefit in all its cells."""
    cell = {
        "deductible_fen": 50_000,
        "inpatient_bp": 7_000,
        "outpatient_bp": 5_000,
        "chronic_bp": 6_000,
        "in_policy_bp": 9_000,
    }
    benefit = SimpleNamespace(**cell | columns)
    table = np.empty((3, N_KINDS, 5), object)
    table[...] = benefit
    return table
