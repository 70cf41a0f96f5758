"""What a doctor decides for the patient before him, from prices, need and what each brings.

Puts the numbers of one encounter before the doctor; how he weighs them stands in
``agents.deciding``.
"""

from __future__ import annotations

from typing import Any

from abm.grouper import LISTED_SEVERITY
from abm.world import World
from agents.deciding import (
    CLOSED,
    SEND_UP,
    TREAT,
    admitting_worth,
    choose_option,
    handing_over_worth,
    putting_off_worth,
    sending_down_worth,
    sending_up_worth,
    treating_worth,
)
from agents.doctor import choose_stay, stake_of
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import uniform
from agents.foundation.exact import logistic
from agents.insurer import RESIDENT
from agents.patient import MODERATE_FROM, ROUTINE, illness_of, need_class
from agents.provider import needed_days


@scalar
def visit_price_yuan(patient: Any, provider: Any, world: World) -> float:
    """Price of one visit for his need, done as the need calls for."""
    if need_class(patient) == ROUTINE:
        ratio = world.course.routine_price_ratio[patient.routine - 1]
        return provider.chronic_price_yuan * ratio
    return provider.visit_price_yuan * world.course.price_ratio[patient.cause]


@scalar
def admission_price_yuan(patient: Any, provider: Any, world: World) -> float:
    """Price of an admission for his need, done as the need calls for."""
    course = world.course
    price = provider.admission_price_yuan * course.price_ratio[patient.cause]
    severity = patient.severity / 1000.0
    return price * (1.0 + course.severity_price_slope * (severity - LISTED_SEVERITY))


@scalar
def true_weight(patient: Any, world: World) -> float:
    """Case weight of an admission for his need, recorded as it is."""
    return world.course.case_weight[patient.cause, need_class(patient)] / 1000.0


@scalar
def judge(patient: Any, doctor: Any, provider: Any, world: World, draw: float) -> int:
    """What the doctor decides: one of :data:`agents.deciding.OPTIONS`.

    Up is open where somebody stands above and he is ill, down where a lower place of the
    network can treat his need, a bed where there are beds and the need is not slight.
    """
    judgement = world.judgement
    illness, severity = illness_of(patient), patient.severity / 1000.0
    insured = patient.scheme == RESIDENT
    price = visit_price_yuan(patient, provider, world)
    put_off = putting_off_worth(doctor, severity, judgement)
    visits = patient.visits
    treat = treating_worth(
        doctor, provider, illness, severity, price * visits, visits, insured, judgement
    )
    down = admit = up = CLOSED
    if patient.severity > 0:
        if provider.can_refer == 1:
            up = sending_up_worth(doctor, provider, illness, severity, price, insured, judgement)
        if can_go_down(patient, provider, severity):
            down = sending_down_worth(
                doctor, provider, illness, severity, price, insured, judgement
            )
    if patient.severity >= MODERATE_FROM and provider.bed_days_capacity > 0.0:
        admit = admitting_worth(
            doctor,
            provider,
            illness,
            severity,
            admission_price_yuan(patient, provider, world),
            needed_days(provider.los_days, severity),
            true_weight(patient, world),
            insured,
            judgement,
        )
    scale = judgement.noise * stake_of(severity, judgement)
    return choose_option(put_off, down, treat, admit, up, scale, draw)


@scalar
def can_go_down(patient: Any, provider: Any, severity: float) -> bool:
    """Whether a lower place of the provider's network, near his home, can treat him."""
    return patient.elsewhere == 0 and severity <= provider.below_treats[illness_of(patient)]


@scalar
def without_bed(patient: Any, provider: Any, severe_from: int) -> int:
    """What becomes of him whom the doctor would admit, if there is no bed for him."""
    return SEND_UP if provider.can_refer == 1 and patient.severity >= severe_from else TREAT


@scalar
def stay_part(patient: Any, doctor: Any, provider: Any, world: World) -> float:
    """Length of his stay, in times what his need calls for."""
    severity = patient.severity / 1000.0
    return choose_stay(
        doctor.altruism,
        provider.brings_inpatient,
        provider.brings_bed_day_yuan if patient.scheme == RESIDENT else 0.0,
        provider.minutes_per_bed_day * doctor.effort_yuan / doctor.able,
        admission_price_yuan(patient, provider, world),
        needed_days(provider.los_days, severity),
        world.judgement,
    )


@scalar
def hands_over(
    patient: Any, doctor: Any, provider: Any, rehab_severity: int, world: World, stream: int
) -> bool:
    """Whether the last part of his stay is left to a lower place of the network."""
    if not can_go_down(patient, provider, rehab_severity / 1000.0):
        return False
    judgement = world.judgement
    severity = patient.severity / 1000.0
    worth = handing_over_worth(
        doctor,
        provider,
        severity,
        admission_price_yuan(patient, provider, world),
        needed_days(provider.los_days, severity),
        patient.scheme == RESIDENT,
        judgement,
    )
    scale = judgement.noise * judgement.rehab_share * stake_of(severity, judgement)
    return uniform(stream, draws.HAND_OVER) < logistic(worth / scale)
