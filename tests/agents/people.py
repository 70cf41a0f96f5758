"""Residents, hazards and tables for tests of one function on one resident.

Everything is nil until a test says otherwise, so that what a test sees is what it set.
"""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from agents.conditions import N_CAUSES, N_CONDITIONS, N_ILLNESSES
from agents.doctor import DOCTOR, Judgement
from agents.foundation.compile import plain
from agents.foundation.draws import child_key, month_stream
from agents.foundation.slots import N_SLOTS
from agents.hazards import MAX_AGE, Hazards, with_rare
from agents.insurer import N_KINDS
from agents.patient import N_CLASSES, N_SCHEMES, NOWHERE, PATIENT, Options, Tastes
from agents.provider import PROVIDER

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
        severity=np.array([0.2, 0.45, 0.72, 0.94, 0.0]),
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
        known=np.ones((2, N_ILLNESSES, N_SLOTS)),
        spent_from_fen=np.full((N_SCHEMES, N_CLASSES), 1 << 40),
    )._replace(**parts)


def judgement(**parts: Any) -> Judgement:
    """How doctors weigh, near the middle of the priors."""
    middle = Judgement(
        benefit_curvature=0.6,
        effort=0.02,
        lowest_intensity=0.5,
        highest_intensity=1.8,
        stay_curvature=1.0,
        stay_price_share=0.4,
        shortest_stay=0.5,
        longest_stay=1.6,
        stake_least_yuan=60.0,
        stake_yuan=40_000.0,
        noise=0.04,
        beyond_capability=4.0,
        outpatient_reach=0.59,
        bed_burden_yuan=800.0,
        travel_burden_yuan=150.0,
        transfer_loss=0.2,
        put_off_keeps=0.5,
        rehab_share=0.3,
        effort_yuan_per_minute=0.3,
        overload=0.5,
        unpaid=1.0,
        minute_worth_yuan=0.2,
        duty_yuan_per_minute=1.0,
        most_idle=0.4,
        manage_yuan=100.0,
        lie_visit_yuan=40.0,
        lie_admission_yuan=400.0,
        lie_split_yuan=900.0,
        lie_scale=0.08,
        found_chance=0.02,
        fine_multiple=1.0,
    )
    return middle._replace(**parts)


def practitioner(**columns: Any) -> Any:
    """A rested, paid doctor of usual skill, altruism 0.8, with all columns of DOCTOR."""
    whole: dict[str, Any] = dict.fromkeys(DOCTOR.names or (), 0)
    whole |= {"altruism": 0.8, "able": 1.0, "honesty": 0.8, "strain": 1.0, "effort_yuan": 0.3}
    unknown = set(columns) - set(whole)
    assert not unknown, unknown
    return SimpleNamespace(**whole | columns)


def workplace(**columns: Any) -> Any:
    """A township centre to which nothing that is done brings anything; columns of PROVIDER."""
    whole: dict[str, Any] = dict.fromkeys(PROVIDER.names or (), 0)
    whole |= {
        "tier": 1,
        "capability": 0.7,
        "treats": np.full(N_ILLNESSES, 0.7),
        "above_treats": np.full(N_ILLNESSES, 0.95),
        "below_treats": np.full(N_ILLNESSES, 0.5),
        "county_treats": np.full(N_ILLNESSES, 0.9),
        "can_refer": 1,
        "quality": 0.8,
        "visit_price_yuan": 80.0,
        "chronic_price_yuan": 280.0,
        "admission_price_yuan": 2_400.0,
        "los_days": 7.5,
        "drugs_share": 0.6,
        "wait_days": 5.0,
        "minutes_per_visit": 10,
        "minutes_per_bed_day": 40,
        "bed_days_capacity": 100.0,
        "bed_up_to": 50,
        "spare_bed_share": 0.3,
    }
    unknown = set(columns) - set(whole)
    assert not unknown, unknown
    for name in {"treats", "above_treats", "below_treats", "county_treats"} & set(columns):
        columns[name] = np.broadcast_to(columns[name], N_ILLNESSES)
    return SimpleNamespace(**whole | columns)


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
