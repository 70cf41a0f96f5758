"""The life of one resident: ageing, death, moving, chronic conditions, acute need."""

from __future__ import annotations

from typing import Any

from agents.conditions import N_CAUSES, N_CONDITIONS
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import LANES, any_may_happen, happens, hash_draw, third, uniform
from agents.hazards import (
    ACUTE_LANE,
    BIRTH_LANE,
    DEATH_LANE,
    MAX_AGE,
    MOVE_LANE,
    ONSET_HASHES,
    Hazards,
    rare_row,
)
from agents.patient import DIED, MOVED, NOWHERE

PROGRESS_LANE, COMPLICATION_LANE, CONTROL_LANE, ROUTINE_LANE, FOUND_LANE = range(5)
"""Lanes of the hash for the course of one condition."""
OLD_AGE_YEARS = 65
"""Age from which the yearly public-health check-up is free."""


@scalar
def age_years(patient: Any) -> int:
    """Completed years, at most MAX_AGE: the row of every table by age."""
    return min(patient.age_months // 12, MAX_AGE)


@scalar
def leave(patient: Any, why: int, month: int) -> None:
    """Leave the county's people, by death or by moving for good; happens once."""
    patient.alive = 0
    patient.exit = why
    patient.exit_month = month
    patient.slot = NOWHERE


@scalar
def count_conditions(patient: Any) -> int:
    """Number of chronic conditions that he has."""
    number = 0
    for k in range(N_CONDITIONS):
        if patient.stage[k] > 0:
            number += 1
    return number


@scalar
def death_chance(patient: Any, hazards: Hazards, age: int, sick: int) -> float:
    """Chance to die this month of anything but an acute severe need."""
    chance = hazards.death[patient.sex, age]
    if sick > 0:
        for k in range(N_CONDITIONS):
            chance *= hazards.death_ratio[k, patient.stage[k], patient.controlled[k]]
    return chance


@scalar
def move_house(
    patient: Any, hazards: Hazards, age: int, lanes: int, stream: int, month: int
) -> None:
    """Go to live elsewhere, come back, or leave for good."""
    away = hazards.move[1, age] if patient.elsewhere == 1 else hazards.move[0, age]
    if not happens(lanes, MOVE_LANE, away + hazards.move[2, age], stream, draws.MOVE):
        return
    if happens(lanes, MOVE_LANE, away, stream, draws.MOVE):
        patient.elsewhere = 1 - patient.elsewhere
        patient.habit = NOWHERE
    else:
        leave(patient, MOVED, month)


@scalar
def gives_birth(patient: Any, hazards: Hazards, age: int, lanes: int, stream: int) -> bool:
    """Whether a woman has a child this month."""
    if patient.sex == 1:
        return False
    chance = hazards.birth[age]
    if chance == 0.0:
        return False
    return happens(lanes, BIRTH_LANE, chance, stream, draws.BIRTH)


@scalar
def take_need(patient: Any, cause: int, severity: float) -> None:
    """Let a need count if it is the most severe of the month."""
    thousandths = min(max(1, int(severity * 1000.0)), 999)
    if thousandths > patient.severity:
        patient.severity = thousandths
        patient.cause = cause


@scalar
def raised_risk(patient: Any, hazards: Hazards, target: int) -> float:
    """How much his other conditions raise the hazard of getting ``target``."""
    ratio = 1.0
    for source in range(N_CONDITIONS):
        if patient.stage[source] > 0:
            ratio *= hazards.raises[source, target, 1 + patient.controlled[source]]
    return ratio


@scalar
def spread(low: float, high: float, draw: float) -> float:
    """Severity between two bounds, lower ones more often."""
    return low + (high - low) * draw * draw


@scalar
def begin_condition(patient: Any, hazards: Hazards, k: int, stream: int, onsets: Any) -> None:
    """Get a condition, unnoticed unless its onset is itself an acute event.

    Parameters
    ----------
    onsets
        (k, age) onsets of people present, to which this one is added.
    """
    patient.stage[k] = 1
    if patient.elsewhere == 0:
        onsets[k][age_years(patient)] += 1
    patient.aware[k] = 0
    patient.managed[k] = 0
    patient.controlled[k] = 0
    if hazards.onset_severity[k, 1] > 0.0:
        low, high = hazards.onset_severity[k, 0], hazards.onset_severity[k, 1]
        draw = uniform(stream, draws.COMPLICATION + k)
        take_need(patient, N_CAUSES + k, spread(low, high, draw))


@scalar
def keep_control(patient: Any, hazards: Hazards, k: int, lanes: int, stream: int) -> None:
    """Gain control while treated, lose it with time and faster without drugs."""
    managed = patient.managed[k]
    if patient.controlled[k] == 1:
        lose = hazards.lose_control[k, managed]
        if patient.drug_months == 0:
            lose *= hazards.lose_without_drugs
        if happens(lanes, CONTROL_LANE, lose, stream, draws.CONTROL + k):
            patient.controlled[k] = 0
    elif patient.drug_months > 0:
        gain = hazards.gain_control[k, managed]
        if happens(lanes, CONTROL_LANE, gain, stream, draws.CONTROL + k):
            patient.controlled[k] = 1


@scalar
def be_found(patient: Any, hazards: Hazards, k: int, age: int, lanes: int, stream: int) -> None:
    """Be found by a check-up; once diagnosed, be offered management by outreach."""
    if patient.aware[k] == 0:
        old = 1 if age >= OLD_AGE_YEARS else 0
        if happens(lanes, FOUND_LANE, hazards.screen[k, old], stream, draws.SCREEN + k):
            patient.aware[k] = 1
    elif patient.managed[k] == 0 and happens(
        lanes, FOUND_LANE, hazards.enrol[k], stream, draws.ENROL + k
    ):
        patient.managed[k] = 1


@scalar
def live_with_condition(patient: Any, hazards: Hazards, k: int, age: int, stream: int) -> None:
    """A month with a condition: it may worsen, break out, be found, be held."""
    stage, controlled = patient.stage[k], patient.controlled[k]
    lanes = hash_draw(stream, draws.COURSE + k)
    worse = hazards.progress[k, stage, controlled]
    if happens(lanes, PROGRESS_LANE, worse, stream, draws.PROGRESS + k):
        patient.stage[k] = stage + 1
    breaks_out = hazards.complication[k, stage, controlled]
    if happens(lanes, COMPLICATION_LANE, breaks_out, stream, draws.ONSET + k):
        low, high = hazards.complication_severity[k, 0], hazards.complication_severity[k, 1]
        depth = uniform(stream, draws.COMPLICATION + k)
        take_need(patient, N_CAUSES + k, spread(low, high, depth))
    knew = patient.aware[k] == 1
    be_found(patient, hazards, k, age, lanes, stream)
    if knew:
        keep_control(patient, hazards, k, lanes, stream)
        routine = hazards.routine[k, patient.managed[k]]
        if happens(lanes, ROUTINE_LANE, routine, stream, draws.ROUTINE + k):
            patient.routine = k + 1


@scalar
def follow_conditions(patient: Any, hazards: Hazards, age: int, stream: int) -> None:
    """A month with the chronic conditions that he has."""
    for k in range(N_CONDITIONS):
        if patient.stage[k] > 0:
            live_with_condition(patient, hazards, k, age, stream)


@scalar
def get_conditions(
    patient: Any, hazards: Hazards, age: int, rare: int, stream: int, onsets: Any
) -> None:
    """Chronic conditions that he has not may begin, likelier with those that he has.

    Parameters
    ----------
    rare
        His row of ``hazards.rare``.
    """
    if age < hazards.first_onset_age:
        return
    for h in range(ONSET_HASHES):
        lanes = hash_draw(stream, draws.ONSETS + h)
        if not any_may_happen(lanes, hazards.rare[rare, 1 + h, 0], hazards.rare[rare, 1 + h, 1]):
            continue
        for k in range(h * LANES, min(h * LANES + LANES, N_CONDITIONS)):
            if patient.stage[k] == 0:
                chance = hazards.onset[patient.sex, age, k] * raised_risk(patient, hazards, k)
                if happens(lanes, k % LANES, chance, stream, draws.ONSET + k):
                    begin_condition(patient, hazards, k, stream, onsets)


@scalar
def acute_chance(patient: Any, hazards: Hazards, age: int, sick: int) -> float:
    """Chance of an acute illness this month, more with chronic conditions."""
    chance = hazards.acute[age]
    if sick > 0:
        for k in range(N_CONDITIONS):
            if patient.stage[k] > 0:
                chance *= hazards.acute_ratio[k]
    return chance


@scalar
def fall_ill(patient: Any, hazards: Hazards, age: int, stream: int) -> None:
    """Draw cause and severity of an acute illness."""
    bits = hash_draw(stream, draws.ILLNESS)
    point, depth = third(bits, 0), third(bits, 1)
    cause = 0
    for c in range(N_CAUSES - 1):
        if point >= hazards.cause_share[age, c]:
            cause = c + 1
    if third(bits, 2) < hazards.severe_share[age]:
        take_need(patient, cause, spread(0.6, 1.0, depth))
    else:
        take_need(patient, cause, 0.6 * depth)


@scalar
def open_month(patient: Any) -> int:
    """Clear last month's care; keep a need that it left unresolved.

    Returns
    -------
    int
        Severity of the need carried over, in thousandths.
    """
    left_over = patient.severity if patient.unresolved == 1 else 0
    patient.severity = left_over
    if left_over == 0:
        patient.cause = -1
    patient.unresolved = 0
    patient.routine = 0
    patient.slot = NOWHERE
    patient.referred = 0
    patient.admitted = 0
    patient.visits = 0
    if patient.drug_months > 0:
        patient.drug_months -= 1
    if patient.episode_months > 0:
        patient.episode_months -= 1
    patient.age_months += 1
    return left_over


@scalar
def survives(patient: Any, hazards: Hazards, age: int, sick: int, lanes: int, stream: int) -> bool:
    """Whether he lives through the month, apart from acute severe needs."""
    if sick > 0:
        # The same draw, asked with the most that conditions could multiply the hazard,
        # mostly spares working out how much they do.
        most = hazards.death[patient.sex, age] * hazards.most_deadly
        if not happens(lanes, DEATH_LANE, most, stream, draws.DEATH):
            return True
    chance = death_chance(patient, hazards, age, sick)
    return not happens(lanes, DEATH_LANE, chance, stream, draws.DEATH)


@scalar
def live_one_month(patient: Any, hazards: Hazards, stream: int, month: int, onsets: Any) -> bool:
    """Age, die, move, carry chronic disease, fall ill: what a month brings before care.

    Parameters
    ----------
    onsets
        (k, age) onsets of people present, to which his are added.

    Returns
    -------
    bool
        Whether she has a child this month.
    """
    open_month(patient)
    age = age_years(patient)
    sick = count_conditions(patient)
    lanes = stream  # no other draw reads the stream's own bits
    rare = rare_row(patient, age, sick)
    # Most months bring none of these: one question to all of them spares asking each.
    eventful = any_may_happen(lanes, hazards.rare[rare, 0, 0], hazards.rare[rare, 0, 1])
    if eventful:
        if not survives(patient, hazards, age, sick, lanes, stream):
            leave(patient, DIED, month)
            return False
        move_house(patient, hazards, age, lanes, stream, month)
        if patient.alive == 0:
            return False
    if sick > 0:
        follow_conditions(patient, hazards, age, stream)
    get_conditions(patient, hazards, age, rare, stream, onsets)
    chance = acute_chance(patient, hazards, age, sick)
    if happens(lanes, ACUTE_LANE, chance, stream, draws.ACUTE):
        fall_ill(patient, hazards, age, stream)
    return eventful and gives_birth(patient, hazards, age, lanes, stream)
