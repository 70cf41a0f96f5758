"""Outcome: whether care was right, and what a need does with care and without."""

from __future__ import annotations

from typing import Any

from abm.world import Out, World
from agents.doctor import reach_of, size_of, stay_benefit, treatment_benefit
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import happens, uniform
from agents.life import age_years, leave
from agents.patient import (
    CRITICAL,
    DIED,
    NOWHERE,
    SEVERE,
    SEVERE_FROM,
    illness_of,
    learn_from_care,
    need_class,
    option_place,
)

SUCCESS_LANE = 4
"""Lane of the hash for one encounter; others are in abm.care, abm.treatment and abm.billing."""


@scalar
def fatality(patient: Any, world: World, treated_well: bool) -> float:
    """Chance that this month's need kills him, by cause, severity and care.

    Rises with the cube of severity, so that almost all of it lies with critical needs.
    """
    if patient.severity < SEVERE_FROM or patient.cause < 0:
        return 0.0
    severity = patient.severity / 1000.0
    chance = world.course.fatality[patient.cause, 0 if treated_well else 1]
    chance *= world.course.fatality_by_age[age_years(patient)]
    return chance * severity * severity * severity


@scalar
def dies_of_need(patient: Any, world: World, treated_well: bool, stream: int) -> bool:
    """Whether this month's need kills him."""
    chance = fatality(patient, world, treated_well)
    return chance > 0.0 and uniform(stream, draws.FATAL) < chance


@scalar
def stay_ill(patient: Any, world: World, stream: int) -> None:
    """Carry a need that was not treated well into next month, unless it passes by itself."""
    passes = world.hazards.resolve[need_class(patient)]
    if patient.severity > 0 and uniform(stream, draws.RESOLVE) >= passes:
        patient.unresolved = 1


@scalar
def go_without(patient: Any, world: World, out: Out, stream: int, month: int) -> None:
    """Have a need and no care: it may kill, pass by itself, or stay."""
    patient.slot = NOWHERE
    if patient.severity == 0:
        return
    out.life[0].without_care += 1
    if dies_of_need(patient, world, False, stream):
        leave(patient, DIED, month)
        out.life[0].deaths += 1
    else:
        stay_ill(patient, world, stream)


@scalar
def is_treated_well(
    patient: Any,
    doctor: Any,
    provider: Any,
    bed: bool,
    intensity: float,
    stay: float,
    world: World,
    lanes: int,
    stream: int,
) -> bool:
    """Whether care was right: quality of place and doctor, reach of what was done, enough of it."""
    judgement, severity = world.judgement, patient.severity / 1000.0
    limit = provider.treats[illness_of(patient)]
    if not bed:
        limit = min(limit, judgement.outpatient_reach)
    chance = min(provider.quality * doctor.able, 1.0) * reach_of(severity, limit, judgement)
    chance *= treatment_benefit(intensity, size_of(severity), judgement)
    chance *= stay_benefit(stay, judgement)
    return happens(lanes, SUCCESS_LANE, chance, stream, draws.SUCCESS)


@scalar
def take_outcome(
    patient: Any,
    provider: Any,
    well: bool,
    row: int,
    world: World,
    out: Out,
    stream: int,
    month: int,
) -> None:
    """Live or die by the care that he had, and learn from it."""
    place = option_place(patient, world.options)
    slot = patient.slot
    out.talk[place, slot].used += 1
    if patient.severity >= SEVERE_FROM:
        out.talk[place, slot].severe += 1
    if well:
        out.talk[place, slot].went_well += 1
    else:
        out.tally[row].poor_outcomes += 1
    met = 1.0 if well else 0.0
    met = max(0.0, met - world.course.wait_penalty_per_day * provider.wait_days)
    learn_from_care(patient, slot, met, world.course.learning_rate)
    if dies_of_need(patient, world, well, stream):
        leave(patient, DIED, month)
        out.life[0].deaths += 1
        out.tally[row].deaths += 1
    elif not well:
        stay_ill(patient, world, stream)


@scalar
def track_outcome(
    patient: Any, row: int, kind: int, fund_before_fen: int, world: World, out: Out
) -> None:
    """Count what came of an admission that is paid by its outcome, and what the fund paid of it.

    Parameters
    ----------
    kind
        Class of the need with which he came.
    """
    if world.course.by_outcome[patient.cause] == 0:
        return
    tally = out.tally[row]
    lost = 1 if patient.alive == 0 or patient.unresolved == 1 else 0
    tally.tracked_fund_fen += tally.fund_inpatient_fen - fund_before_fen
    if kind == CRITICAL:
        tally.tracked_critical += 1
        tally.lost_critical += lost
    elif kind == SEVERE:
        tally.tracked_severe += 1
        tally.lost_severe += lost
    else:
        tally.tracked_moderate += 1
        tally.lost_moderate += lost
