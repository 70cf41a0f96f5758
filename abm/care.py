"""Care: a patient meets a provider and a doctor, and somebody pays.

The functions here bring together what the agents decide for themselves: the patient's
choice, the provider's queue, the doctor's judgement, the insurer's rule. Each acts on
one patient and one encounter.
"""

from __future__ import annotations

from typing import Any

from abm.decision import hands_over, judge, stay_part, without_bed
from abm.outcome import go_without, is_treated_well, stay_ill, take_outcome, track_outcome
from abm.treatment import (
    REHAB_SEVERITY,
    intensity_of,
    note_intensity,
    note_seen,
    treat_in_bed,
    treat_outside_bed,
)
from abm.world import Out, World
from agents.conditions import N_CONDITIONS
from agents.deciding import ADMIT, PUT_OFF, SEND_DOWN, SEND_UP, TREAT, enrol_chance
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import happens, hash_draw, uniform
from agents.insurer import RESIDENT, care_kind
from agents.patient import (
    CRITICAL,
    CRITICAL_FROM,
    MODERATE_FROM,
    NOWHERE,
    ROUTINE,
    SEVERE,
    SEVERE_FROM,
    accepts_bed,
    choose_above,
    illness_of,
    need_class,
    option_place,
)
from agents.provider import queue_key, stay_days

TOWNSHIP_TIER = 1
CLINIC_SLOT, CENTRE_SLOT = 0, 1
STOCK_LANE = 3
"""Lane of the hash for one encounter; others are in abm.outcome, abm.treatment and abm.billing."""


@scalar
def benefit_spent(patient: Any, kind: int, world: World) -> int:
    """Whether the benefit that his need would draw on is used up, or serious cover begun."""
    if kind == ROUTINE:
        used = patient.year_chronic_fund_fen
    elif kind >= SEVERE:
        used = patient.year_pocket_fen
    else:
        used = patient.year_outpatient_fund_fen
    return 1 if used >= world.options.spent_from_fen[patient.scheme, kind] else 0


@scalar
def tally_row(patient: Any, provider: Any, world: World) -> int:
    """Row of the month's tally for this provider, this patient's consortium and kind of care."""
    group = world.options_group[patient.village]
    if provider.place == 0:
        return provider.tally_row + group
    emergency = patient.severity >= CRITICAL_FROM
    kind = care_kind(provider.place, patient.elsewhere, patient.referred, emergency)
    return provider.tally_row + group * 4 + kind - 1


@scalar
def is_for(patient: Any, provider: Any) -> bool:
    """Whether his need calls for a bed here: severe, and within what the place can treat."""
    if provider.bed_days_capacity <= 0.0 or patient.severity < SEVERE_FROM:
        return False
    return patient.severity / 1000.0 <= provider.treats[illness_of(patient)]


@scalar
def expected_stay(patient: Any, provider: Any, stream: int) -> int:
    """Bed-days that are kept for him at this provider; 0 if his need is not for this place."""
    if not is_for(patient, provider):
        return 0
    severity = patient.severity / 1000.0
    return stay_days(provider.los_days, severity, uniform(stream, draws.STAY), 1.0)


@scalar
def takes_bed(patient: Any, world: World, stream: int) -> bool:
    """Whether he would enter, were he advised a bed where he is; one answer a month."""
    kind = CRITICAL if patient.severity >= CRITICAL_FROM else SEVERE
    spent = benefit_spent(patient, kind, world)
    draw = uniform(stream, draws.ACCEPT)
    return accepts_bed(patient, kind, world.options, world.tastes, spent, draw)


@scalar
def join_queue(patient: Any, row: int, world: World, out: Out, stream: int) -> None:
    """Ask the chosen provider for minutes and bed-days, and stand in its tier's queue."""
    place = option_place(patient, world.options)
    p = world.options.provider[place, patient.slot]
    provider = world.providers[p]
    tier = world.options.tier[place, patient.slot]
    waiting = out.queue[tier, out.queue_length[tier]]
    out.queue_length[tier] += 1
    waiting.row = row
    waiting.provider = p
    waiting.stream = stream
    waiting.key = queue_key(patient.severity, stream)
    waiting.minutes = patient.visits * provider.minutes_per_visit
    days = expected_stay(patient, provider, stream)
    waiting.bed_days = days if days == 0 or takes_bed(patient, world, stream) else 0
    out.demand[p].minutes += waiting.minutes
    out.demand[p].bed_days += waiting.bed_days


@scalar
def go_up(
    patient: Any, row: int, tier: int, world: World, out: Out, stream: int, month: int, purpose: int
) -> None:
    """Decide once more, among higher providers; seen there in the same month."""
    kind = need_class(patient)
    spent = benefit_spent(patient, kind, world)
    draw = uniform(stream, purpose)
    patient.slot = choose_above(
        patient, kind, world.options, world.tastes, spent, tier, out.worth, draw
    )
    if patient.slot == NOWHERE:
        go_without(patient, world, out, stream, month)
    else:
        join_queue(patient, row, world, out, stream)


@scalar
def look_after_conditions(
    patient: Any, provider: Any, world: World, visits: int, lanes: int, stream: int
) -> None:
    """What any visit does for chronic disease: find it, enrol him, give him his drugs."""
    tier = provider.tier
    knows = False
    for k in range(N_CONDITIONS):
        if patient.stage[k] == 0:
            continue
        if patient.aware[k] == 0:
            chance = world.course.detect[k, tier] * visits
            if uniform(stream, draws.DETECT + k) < chance:
                patient.aware[k] = 1
        if patient.aware[k] == 1:
            knows = True
            if tier > TOWNSHIP_TIER or patient.managed[k] == 1:
                continue
            brings = provider.brings_managed_yuan + provider.brings_held_yuan
            chance = enrol_chance(world.course.manage[k], brings, world.judgement)
            if uniform(stream, draws.MANAGED + k) < chance:
                patient.managed[k] = 1
    if knows and happens(lanes, STOCK_LANE, provider.drugs_share, stream, draws.STOCK):
        patient.drug_months = world.course.drug_months


@scalar
def gets_bed(patient: Any, provider: Any, key: int, stream: int) -> bool:
    """Whether a bed is free for him: by urgency, or from what needs left over."""
    if is_for(patient, provider):
        return key <= provider.bed_up_to
    return uniform(stream, draws.PLACE) < provider.spare_bed_share


@scalar
def attend(patient: Any, waiting: Any, tier: int, world: World, out: Out, month: int) -> None:
    """One patient at one provider: turned away, or seen, and perhaps sent on or put off."""
    provider = world.providers[waiting.provider]
    row = tally_row(patient, provider, world)
    purpose = draws.CHOICE_AGAIN
    if waiting.key > provider.seen_up_to:
        out.tally[row].turned_away += 1
    else:
        done = see(patient, waiting, provider, row, tier, world, out, month)
        if done == SEND_UP:
            purpose = draws.CHOICE_REFERRED
            patient.referred = 1
            out.tally[row].referred_up += 1
        elif done == SEND_DOWN:
            out.tally[row].referred_down += 1
            go_down(patient)
            stay_ill(patient, world, waiting.stream)
            return
        elif done == PUT_OFF:
            out.tally[row].put_off += 1
            if patient.severity < SEVERE_FROM:
                # He comes back next month, unless it passes; the severe turn elsewhere at once.
                stay_ill(patient, world, waiting.stream)
                return
        else:
            return
    go_up(patient, waiting.row, tier, world, out, waiting.stream, month, purpose)


@scalar
def find_bed(
    patient: Any, provider: Any, key: int, row: int, world: World, out: Out, stream: int
) -> int:
    """What becomes of him whom the doctor would admit: a bed, or what is done without one."""
    if not gets_bed(patient, provider, key, stream):
        done = without_bed(patient, provider, SEVERE_FROM)
        if done == SEND_UP:
            out.tally[row].no_bed += 1
        return done
    if takes_bed(patient, world, stream):
        return ADMIT
    out.tally[row].declined += 1
    return TREAT


@scalar
def see(
    patient: Any,
    waiting: Any,
    provider: Any,
    row: int,
    tier: int,
    world: World,
    out: Out,
    month: int,
) -> int:
    """Let a doctor examine and treat him, send him on or put him off; what was done."""
    stream = waiting.stream
    lanes = hash_draw(stream, draws.CARE + tier)
    drawn = int(uniform(stream, draws.DOCTOR + tier) * provider.doctors)
    d = world.roster[provider.first_doctor + drawn]
    doctor = world.doctors[d]
    done = judge(patient, doctor, provider, world, uniform(stream, draws.DECIDE + tier))
    note_seen(patient, provider, done == PUT_OFF, out)
    if done == PUT_OFF:
        return done
    if done == ADMIT:
        done = find_bed(patient, provider, waiting.key, row, world, out, stream)
    kind, fund_fen = need_class(patient), out.tally[row].fund_inpatient_fen
    if done == ADMIT:
        intensity = intensity_of(patient, doctor, provider, True, world)
        stay = stay_part(patient, doctor, provider, world)
        over = hands_over(patient, doctor, provider, REHAB_SEVERITY, world, stream)
        treat_in_bed(patient, doctor, provider, d, row, intensity, stay, over, world, out, stream)
    else:
        # Who is sent on is examined once, as thoroughly as his need calls for, not treated.
        treated = done == TREAT
        intensity = intensity_of(patient, doctor, provider, False, world) if treated else 1.0
        visits = patient.visits if treated else 1
        stay, over = 1.0, False
        treat_outside_bed(
            patient, doctor, provider, d, row, visits, intensity, world, out, lanes, stream
        )
        if not treated:
            if done == SEND_UP:
                out.work[d].sent_up += 1
            else:
                out.work[d].sent_down += 1
            return done
    note_intensity(patient, provider, done == ADMIT, intensity, out)
    look_after_conditions(patient, provider, world, patient.visits, lanes, stream)
    well = is_treated_well(
        patient, doctor, provider, done == ADMIT, intensity, stay, world, lanes, stream
    )
    take_outcome(patient, provider, well, row, world, out, stream, month)
    if done == ADMIT and patient.scheme == RESIDENT:
        track_outcome(patient, row, kind, fund_fen, world, out)
    if over and patient.alive == 1:
        out.tally[row].referred_down += 1
        out.work[d].sent_down += 1
        leave_rehabilitation(patient)
    return done


@scalar
def go_down(patient: Any) -> None:
    """Be told to go to a lower place near home: next month he leans to it as by habit."""
    patient.habit = CENTRE_SLOT if patient.severity >= MODERATE_FROM else CLINIC_SLOT


@scalar
def leave_rehabilitation(patient: Any) -> None:
    """Be sent down after a stay, with the last part of it still to be done."""
    patient.severity = REHAB_SEVERITY
    patient.unresolved = 1
    go_down(patient)
