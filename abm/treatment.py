"""Treatment: what is done, in bed or without one, what is written down and billed."""

from __future__ import annotations

from typing import Any

from abm.billing import benefit_row, bill_admission, bill_invented_visit, bill_visits, fund_part
from abm.cases import enter_admission, record_treatment
from abm.county import Place
from abm.decision import (
    admission_price_yuan,
    is_insured_routine,
    outcome_yuan,
    visit_price_yuan,
)
from abm.world import Out, World
from agents.deciding import outpatient_brings
from agents.doctor import choose_intensity, size_of
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import happens, uniform
from agents.foundation.money import to_fen
from agents.insurer import RESIDENT
from agents.patient import ROUTINE, SEVERE, SEVERE_FROM, illness_of, need_class, option_place
from agents.provider import stay_days
from agents.recording import inventing_yuan, lie_chance, next_class, splitting_yuan, upcoding_yuan

IN_COUNTY = int(Place.IN_COUNTY)
INVENT_LANE = 0
REHAB_SEVERITY = 450
"""Severity of the need for rehabilitation that is left after a stay, in thousandths."""


@scalar
def bill_noise(world: World, stream: int) -> float:
    """Spread of bills around their mean: lognormal with mean one, drawn by quantile."""
    quantiles = world.course.bill_noise.shape[0]
    return world.course.bill_noise[int(uniform(stream, draws.COST) * quantiles)]


@scalar
def intensity_of(patient: Any, doctor: Any, provider: Any, bed: bool, world: World) -> float:
    """How thoroughly he is treated, in bed or without one."""
    routine = is_insured_routine(patient)
    brings = provider.brings_inpatient if bed else outpatient_brings(provider, routine)
    size = size_of(patient.severity / 1000.0)
    judgement, altruism = world.judgement, doctor.altruism
    q = choose_intensity(altruism, brings, doctor.strain, size, judgement)
    if bed and q < 1.0:
        # Too little care costs him the pay for a good outcome as it costs the patient.
        paid = outcome_yuan(patient, doctor, provider, world)
        if paid > 0.0:
            bill = admission_price_yuan(patient, provider, world)
            altruism += paid / ((1.0 - judgement.stay_price_share) * bill)
            q = choose_intensity(altruism, brings, doctor.strain, size, judgement)
    return q


@scalar
def audit(row: int, fen: int, world: World, out: Out, stream: int, purpose: int) -> None:
    """Let a false record be found, or not; ``fen`` is what the fund pays for it."""
    if uniform(stream, purpose) < world.judgement.found_chance:
        out.tally[row].found_false += 1
        out.tally[row].false_fen += fen


@scalar
def admit(
    patient: Any,
    doctor: Any,
    provider: Any,
    row: int,
    intensity: float,
    stay: float,
    world: World,
    out: Out,
    stream: int,
) -> int:
    """Put him to bed, for as long and at the price that place and severity make; the bill.

    Parameters
    ----------
    stay
        Length of the stay, in times what the need calls for.
    """
    tally = out.tally[row]
    severity = patient.severity / 1000.0
    days = stay_days(provider.los_days, severity, uniform(stream, draws.STAY), stay)
    by_day = world.judgement.stay_price_share
    done = (1.0 - by_day) * intensity + by_day * stay
    price = admission_price_yuan(patient, provider, world)
    bill_fen = to_fen(price * done * bill_noise(world, stream))
    tally.admissions += 1
    tally.bed_days += days
    tally.minutes += int(days * provider.minutes_per_bed_day / doctor.able + 0.5)
    if patient.severity < SEVERE_FROM:
        tally.unneeded_admissions += 1
    patient.admitted = 1
    patient.year_admissions = min(patient.year_admissions + 1, 100)
    if patient.scheme != RESIDENT:
        bill_admission(patient, provider, row, bill_fen, world, out)
        return bill_fen
    tally.insured_bed_days += days
    if severity <= provider.county_treats[illness_of(patient)]:
        tally.treatable_here += 1
    out.life[0].insured_inpatient_cost_fen[patient.cause] += bill_fen
    weight = record_class(patient, doctor, provider, row, world, out, stream)
    mild = weight < world.course.case_weight[patient.cause, SEVERE]
    step = world.course.treatment_step
    half_fen, half_days = 0, 0
    if is_split(patient, doctor, provider, row, weight, world, out, stream):
        tally.admissions += 1
        half_fen, half_days = bill_fen // 2, days // 2
        record_treatment(tally, weight, intensity, done, by_day, step)
        enter_admission(patient, provider, row, weight, mild, half_fen, half_days, world, out)
    rest_fen, rest_days = bill_fen - half_fen, days - half_days
    record_treatment(tally, weight, intensity, done, by_day, step)
    enter_admission(patient, provider, row, weight, mild, rest_fen, rest_days, world, out)
    return bill_fen


@scalar
def fund_share_yuan(patient: Any, provider: Any, weight: int, world: World) -> float:
    """What the fund pays by the price list for an admission of some case weight, thousandths."""
    benefit = benefit_row(patient, provider, world)
    share = benefit.in_policy_bp / 10_000.0 * benefit.inpatient_bp / 10_000.0
    return provider.admission_price_yuan * weight / 1000.0 * share


@scalar
def record_class(
    patient: Any, doctor: Any, provider: Any, row: int, world: World, out: Out, stream: int
) -> int:
    """Write down the class of his need, or the next one up; the case weight that it makes."""
    kind = need_class(patient)
    weights = world.course.case_weight
    true, higher = weights[patient.cause, kind], weights[patient.cause, next_class(kind)]
    judgement = world.judgement
    gain = upcoding_yuan(provider, true / 1000.0, higher / 1000.0)
    chance = lie_chance(gain, doctor.honesty, judgement.lie_admission_yuan, judgement)
    if uniform(stream, draws.UPCODE) >= chance:
        return true
    out.tally[row].upcoded += 1
    fen = to_fen(fund_share_yuan(patient, provider, higher - true, world))
    audit(row, fen, world, out, stream, draws.AUDIT_CLASS)
    return higher


@scalar
def is_split(
    patient: Any,
    doctor: Any,
    provider: Any,
    row: int,
    weight: int,
    world: World,
    out: Out,
    stream: int,
) -> bool:
    """Whether his one stay is written down as two."""
    judgement = world.judgement
    benefit = benefit_row(patient, provider, world)
    twice_yuan = benefit.deductible_fen / 100.0 * benefit.inpatient_bp / 10_000.0
    gain = splitting_yuan(doctor, provider, weight / 1000.0, twice_yuan)
    chance = lie_chance(gain, doctor.honesty, judgement.lie_split_yuan, judgement)
    if uniform(stream, draws.SPLIT) >= chance:
        return False
    out.tally[row].split += 1
    fen = to_fen(fund_share_yuan(patient, provider, weight, world))
    audit(row, fen, world, out, stream, draws.AUDIT_SPLIT)
    return True


@scalar
def see_outpatient(
    patient: Any,
    doctor: Any,
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
    price = visit_price_yuan(patient, provider, world) * visits
    bill_fen = to_fen(price * intensity * bill_noise(world, stream))
    out.tally[row].visits += visits
    out.tally[row].minutes += visit_minutes(doctor, provider, visits)
    patient.year_visits = min(patient.year_visits + visits, 10_000)
    bill_visits(patient, provider, row, bill_fen, visits, routine, world, out, lanes, stream)
    return bill_fen


@scalar
def visit_minutes(doctor: Any, provider: Any, visits: int) -> int:
    """Minutes that visits take this doctor."""
    return int(visits * provider.minutes_per_visit / doctor.able + 0.5)


@scalar
def invent_visit(
    patient: Any,
    doctor: Any,
    provider: Any,
    row: int,
    world: World,
    out: Out,
    lanes: int,
    stream: int,
) -> int:
    """Perhaps write down, on his card, a visit that did not happen; what is billed for it.

    Only the fund's part is billed: the patient is not asked for his.
    """
    judgement = world.judgement
    price_fen = to_fen(provider.visit_price_yuan)
    fen = fund_part(patient, provider, price_fen, world)
    gain = inventing_yuan(provider, fen / 100.0)
    chance = lie_chance(gain, doctor.honesty, judgement.lie_visit_yuan, judgement)
    if fen == 0 or not happens(lanes, INVENT_LANE, chance, stream, draws.INVENT):
        return 0
    bill_invented_visit(patient, row, fen, out)
    audit(row, fen, world, out, stream, draws.AUDIT_VISIT)
    return fen


@scalar
def treat_in_bed(
    patient: Any,
    doctor: Any,
    provider: Any,
    d: int,
    row: int,
    intensity: float,
    stay: float,
    over: bool,
    world: World,
    out: Out,
    stream: int,
) -> None:
    """Treat him in bed.

    Parameters
    ----------
    stay
        Length of his stay, in times what his need calls for.
    over
        Whether a lower place does the last part of it.
    """
    judgement = world.judgement
    here = max(stay - judgement.rehab_share, judgement.shortest_stay) if over else stay
    bill_fen = admit(patient, doctor, provider, row, intensity, here, world, out, stream)
    out.work[d].admissions += 1
    out.work[d].billed_fen += bill_fen
    place = option_place(patient, world.options)
    out.talk[place, patient.slot].admitted += 1


@scalar
def treat_outside_bed(
    patient: Any,
    doctor: Any,
    provider: Any,
    d: int,
    row: int,
    visits: int,
    intensity: float,
    world: World,
    out: Out,
    lanes: int,
    stream: int,
) -> None:
    """Treat or only examine him without a bed."""
    bill_fen = see_outpatient(
        patient, doctor, provider, row, visits, intensity, world, out, lanes, stream
    )
    out.work[d].visits += visits
    out.work[d].minutes += visit_minutes(doctor, provider, visits)
    if patient.scheme == RESIDENT:
        bill_fen += invent_visit(patient, doctor, provider, row, world, out, lanes, stream)
    out.work[d].billed_fen += bill_fen


@scalar
def note_seen(patient: Any, provider: Any, put_off: bool, out: Out) -> None:
    """Count one who came to a doctor of the county, and whether he was put off."""
    if provider.place != IN_COUNTY:
        return
    kind = need_class(patient)
    out.life[0].seen[kind] += 1
    if put_off:
        out.life[0].put_off[kind] += 1


@scalar
def note_intensity(patient: Any, provider: Any, bed: bool, intensity: float, out: Out) -> None:
    """Count how thoroughly one was treated in the county, and how far from what he needs."""
    if provider.place != IN_COUNTY:
        return
    kind, where = need_class(patient), 1 if bed else 0
    life = out.life[0]
    thousandths = int(1000.0 * intensity + 0.5)
    life.treated[where][kind] += 1
    life.intensity[where][kind] += thousandths
    life.departure[where][kind] += abs(thousandths - 1000)
