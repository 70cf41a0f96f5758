"""Care: a patient meets a provider and a doctor, and somebody pays.

The functions here bring together what the agents decide for themselves: the patient's
choice, the provider's queue, the doctor's judgement, the insurer's rule. Each acts on
one patient and one encounter.
"""

from __future__ import annotations

from typing import Any

from abm.billing import bill_admission, bill_visits
from abm.grouper import LISTED_SEVERITY
from abm.world import Out, World
from agents.conditions import N_CONDITIONS
from agents.doctor import admit_chance, choose_intensity, refer_chance, treatment_benefit
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import happens, hash_draw, uniform
from agents.foundation.exact import exp
from agents.foundation.money import to_fen
from agents.insurer import RESIDENT, care_kind
from agents.life import age_years, leave
from agents.patient import (
    CRITICAL,
    CRITICAL_FROM,
    DIED,
    MODERATE_FROM,
    NOWHERE,
    ROUTINE,
    SEVERE,
    SEVERE_FROM,
    accepts_bed,
    choose_above,
    learn_from_care,
    need_class,
    option_place,
)
from agents.provider import queue_key, stay_days

TOWNSHIP_TIER = 1
REFER_LANE, ADMIT_LANE, _, STOCK_LANE, SUCCESS_LANE = range(5)
"""Lanes of the hash for one encounter; the third is SETTLED_LANE, of abm.billing."""


@scalar
def benefit_spent(patient: Any, kind: int, world: World) -> int:
    """Whether the benefit that his need would draw on is used up, or serious cover begun."""
    cover, scheme = world.cover, patient.scheme
    if kind == ROUTINE:
        return 1 if patient.year_chronic_fund_fen >= cover.chronic_cap_fen[scheme] else 0
    if kind >= SEVERE:
        return 1 if patient.year_pocket_fen > cover.serious_deductible_fen[scheme] else 0
    return 1 if patient.year_outpatient_fund_fen >= cover.outpatient_cap_fen[scheme] else 0


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
    return patient.severity / 1000.0 <= provider.capability


@scalar
def expected_stay(patient: Any, provider: Any, stream: int) -> int:
    """Bed-days that are kept for him at this provider; 0 if his need is not for this place."""
    if not is_for(patient, provider):
        return 0
    return stay_days(provider.los_days, patient.severity / 1000.0, uniform(stream, draws.STAY))


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
            at_base = tier <= TOWNSHIP_TIER and patient.managed[k] == 0
            if at_base and uniform(stream, draws.MANAGED + k) < world.course.manage[k]:
                patient.managed[k] = 1
    if knows and happens(lanes, STOCK_LANE, provider.drugs_share, stream, draws.STOCK):
        patient.drug_months = world.course.drug_months


@scalar
def is_treated_well(
    patient: Any, provider: Any, intensity: float, world: World, lanes: int, stream: int
) -> bool:
    """Whether care was right: quality and reach of the place, enough of it, a bed if needed."""
    chance = provider.quality * treatment_benefit(intensity, world.judgement)
    beyond = patient.severity / 1000.0 - provider.capability
    if beyond > 0.0:
        chance *= exp(-world.course.beyond_capability * beyond)
    if patient.severity >= SEVERE_FROM and patient.admitted == 0:
        chance *= world.course.without_bed
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
def bill_noise(world: World, stream: int) -> float:
    """Spread of bills around their mean: lognormal with mean one, drawn by quantile."""
    quantiles = world.course.bill_noise.shape[0]
    return world.course.bill_noise[int(uniform(stream, draws.COST) * quantiles)]


@scalar
def gets_bed(patient: Any, provider: Any, key: int, stream: int) -> bool:
    """Whether a bed is free for him: by urgency, or from what needs left over."""
    if is_for(patient, provider):
        return key <= provider.bed_up_to
    return uniform(stream, draws.PLACE) < provider.spare_bed_share


@scalar
def admit(
    patient: Any, provider: Any, row: int, intensity: float, world: World, out: Out, stream: int
) -> int:
    """Put him to bed, for as long and at the price that place and severity make; the bill."""
    severity = patient.severity / 1000.0
    days = stay_days(provider.los_days, severity, uniform(stream, draws.STAY))
    course = world.course
    price = provider.admission_price_yuan * course.price_ratio[patient.cause]
    price *= 1.0 + course.severity_price_slope * (severity - LISTED_SEVERITY)
    bill_fen = to_fen(price * intensity * bill_noise(world, stream))
    out.tally[row].admissions += 1
    out.tally[row].bed_days += days
    out.tally[row].minutes += days * provider.minutes_per_bed_day
    if patient.severity < SEVERE_FROM:
        out.tally[row].unneeded_admissions += 1
    patient.admitted = 1
    patient.year_admissions = min(patient.year_admissions + 1, 100)
    if patient.scheme == RESIDENT:
        out.life[0].insured_inpatient_cost_fen[patient.cause] += bill_fen
        out.tally[row].insured_bed_days += days
        out.tally[row].case_weight += course.case_weight[patient.cause, need_class(patient)]
    bill_admission(patient, provider, row, bill_fen, world, out)
    return bill_fen


@scalar
def see_outpatient(
    patient: Any,
    provider: Any,
    row: int,
    visits: int,
    intensity: float,
    world: World,
    out: Out,
    lanes: int,
    stream: int,
) -> int:
    """See him as an outpatient, once or several times; the bill."""
    routine = need_class(patient) == ROUTINE
    price = provider.chronic_price_yuan if routine else provider.visit_price_yuan
    if not routine:
        price *= world.course.price_ratio[patient.cause]
    bill_fen = to_fen(price * visits * intensity * bill_noise(world, stream))
    out.tally[row].visits += visits
    out.tally[row].minutes += visits * provider.minutes_per_visit
    patient.year_visits = min(patient.year_visits + visits, 10_000)
    bill_visits(patient, provider, row, bill_fen, visits, routine, world, out, lanes, stream)
    return bill_fen


@scalar
def wants_bed(
    patient: Any, doctor: Any, provider: Any, world: World, lanes: int, stream: int
) -> bool:
    """Whether the doctor would admit him, had he a bed."""
    if patient.severity < MODERATE_FROM or provider.bed_days_capacity <= 0.0:
        return False
    severity = patient.severity / 1000.0
    gain = provider.brings_inpatient
    chance = admit_chance(severity, doctor.altruism, gain, world.judgement)
    return happens(lanes, ADMIT_LANE, chance, stream, draws.ADMIT)


@scalar
def attend(patient: Any, waiting: Any, tier: int, world: World, out: Out, month: int) -> None:
    """One patient at one provider: turned away, or seen and perhaps sent up."""
    provider = world.providers[waiting.provider]
    row = tally_row(patient, provider, world)
    purpose = draws.CHOICE_AGAIN
    if waiting.key > provider.seen_up_to:
        out.tally[row].turned_away += 1
    elif see(patient, waiting, provider, row, tier, world, out, month):
        purpose = draws.CHOICE_REFERRED
        patient.referred = 1
        out.tally[row].referred_up += 1
    else:
        return
    go_up(patient, waiting.row, tier, world, out, waiting.stream, month, purpose)


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
) -> bool:
    """Let a doctor examine and treat him, or send him up; whether he was sent up."""
    stream = waiting.stream
    lanes = hash_draw(stream, draws.CARE + tier)
    d = provider.first_doctor + int(uniform(stream, draws.DOCTOR + tier) * provider.doctors)
    doctor = world.doctors[d]
    up = sends_up(patient, provider, world, lanes, stream)
    bed = False
    if not up and wants_bed(patient, doctor, provider, world, lanes, stream):
        bed = gets_bed(patient, provider, waiting.key, stream)
        if not bed and provider.can_refer == 1 and patient.severity >= SEVERE_FROM:
            up = True
            out.tally[row].no_bed += 1
        elif bed and not takes_bed(patient, world, stream):
            bed = False
            out.tally[row].declined += 1
    # Who is sent up is examined once, as thoroughly as his need calls for, and not treated.
    intensity = 1.0
    if not up:
        gain = provider.brings_inpatient if bed else provider.brings_outpatient
        intensity = choose_intensity(doctor.altruism, gain, world.judgement)
    treat(patient, provider, d, row, up, bed, intensity, world, out, lanes, stream)
    if not up:
        look_after_conditions(patient, provider, world, patient.visits, lanes, stream)
        well = is_treated_well(patient, provider, intensity, world, lanes, stream)
        take_outcome(patient, provider, well, row, world, out, stream, month)
    return up


@scalar
def sends_up(patient: Any, provider: Any, world: World, lanes: int, stream: int) -> bool:
    """Whether the doctor finds that his need is beyond the place."""
    if patient.severity == 0 or provider.can_refer == 0:
        return False
    severity = patient.severity / 1000.0
    chance = refer_chance(severity, provider.capability, world.judgement)
    return happens(lanes, REFER_LANE, chance, stream, draws.REFER)


@scalar
def treat(
    patient: Any,
    provider: Any,
    d: int,
    row: int,
    up: bool,
    bed: bool,
    intensity: float,
    world: World,
    out: Out,
    lanes: int,
    stream: int,
) -> None:
    """Do and bill what was decided, in bed or as an outpatient."""
    if bed:
        bill_fen = admit(patient, provider, row, intensity, world, out, stream)
        out.work[d].admissions += 1
        place = option_place(patient, world.options)
        out.talk[place, patient.slot].admitted += 1
    else:
        visits = 1 if up else patient.visits
        bill_fen = see_outpatient(
            patient, provider, row, visits, intensity, world, out, lanes, stream
        )
        out.work[d].visits += visits
        out.work[d].minutes += visits * provider.minutes_per_visit
    out.work[d].billed_fen += bill_fen
