"""What a doctor does with a patient: what each option is worth to him, and his choice.

One utility, in yuan: altruism x what the patient gains - effort + what it brings the doctor.
How thoroughly and how long he would treat are closed forms of it, in ``agents.doctor``.
``illness`` is what the need is of: a position in ``agents.conditions.ILLNESSES``.
"""

from __future__ import annotations

from typing import Any

from agents.doctor import Judgement, choose_intensity, choose_stay, reach_of, size_of, stake_of
from agents.foundation.compile import scalar
from agents.foundation.exact import exp

OPTIONS = ("put_off", "send_down", "treat", "admit", "send_up")
PUT_OFF, SEND_DOWN, TREAT, ADMIT, SEND_UP = range(5)
CLOSED = -1.0e18
"""Utility of an option that is not open."""


@scalar
def intensity_worth(
    altruism: float,
    brings: float,
    strain: float,
    size: float,
    bill_yuan: float,
    intensity: float,
    judgement: Judgement,
) -> float:
    """What a bill of some intensity brings him, less effort and what departing from need costs."""
    gain = (brings - judgement.effort * strain * size * size) * intensity
    off = intensity - 1.0
    return bill_yuan * (gain - 0.5 * altruism * judgement.benefit_curvature * size * off * off)


@scalar
def treating_worth(
    doctor: Any,
    provider: Any,
    illness: int,
    severity: float,
    bill_yuan: float,
    visits: int,
    insured: bool,
    judgement: Judgement,
) -> float:
    """Utility of treating him without a bed, in yuan."""
    size = size_of(severity)
    brings = provider.brings_outpatient
    q = choose_intensity(doctor.altruism, brings, doctor.strain, size, judgement)
    worth = intensity_worth(doctor.altruism, brings, doctor.strain, size, bill_yuan, q, judgement)
    reach = reach_of(severity, min(provider.treats[illness], judgement.outpatient_reach), judgement)
    worth += doctor.altruism * stake_of(severity, judgement) * reach
    if insured:
        worth += provider.brings_visit_yuan * visits
    minutes = visits * provider.minutes_per_visit / doctor.able
    return worth - minutes * doctor.effort_yuan


@scalar
def admitting_worth(
    doctor: Any,
    provider: Any,
    illness: int,
    severity: float,
    bill_yuan: float,
    days: float,
    weight: float,
    insured: bool,
    judgement: Judgement,
) -> float:
    """Utility of a bed for him, in yuan.

    Parameters
    ----------
    bill_yuan, days
        Expected, for a stay as the need calls for.
    weight
        Case weight that would be recorded truly.
    """
    size, altruism = size_of(severity), doctor.altruism
    brings = provider.brings_inpatient
    day_yuan = provider.brings_bed_day_yuan if insured else 0.0
    effort = provider.minutes_per_bed_day * doctor.effort_yuan / doctor.able
    stay = choose_stay(altruism, brings, day_yuan, effort, bill_yuan, days, judgement)
    q = choose_intensity(altruism, brings, doctor.strain, size, judgement)
    by_day = judgement.stay_price_share * bill_yuan
    worth = intensity_worth(altruism, brings, doctor.strain, size, bill_yuan - by_day, q, judgement)
    off = stay - 1.0
    worth += by_day * (brings * stay - 0.5 * altruism * judgement.stay_curvature * off * off)
    worth += (day_yuan - effort) * days * stay
    reach = reach_of(severity, provider.treats[illness], judgement)
    gain = stake_of(severity, judgement) * reach - judgement.bed_burden_yuan
    if insured:
        worth += provider.brings_admission_yuan + provider.brings_weight_yuan * weight
    return worth + altruism * gain


@scalar
def examining_worth(doctor: Any, provider: Any, bill_yuan: float, insured: bool) -> float:
    """What one visit brings him in which he only finds out what the patient has."""
    worth = provider.brings_outpatient * bill_yuan
    if insured:
        worth += provider.brings_visit_yuan
    return worth - provider.minutes_per_visit * doctor.effort_yuan / doctor.able


@scalar
def sending_up_worth(
    doctor: Any,
    provider: Any,
    illness: int,
    severity: float,
    bill_yuan: float,
    insured: bool,
    judgement: Judgement,
) -> float:
    """Utility of examining him and sending him to a higher place, in yuan."""
    reach = reach_of(severity, provider.above_treats[illness], judgement) - judgement.transfer_loss
    gain = stake_of(severity, judgement) * reach - judgement.travel_burden_yuan
    own = examining_worth(doctor, provider, bill_yuan, insured)
    if insured:
        own += provider.brings_up_yuan
    return own + doctor.altruism * gain


@scalar
def sending_down_worth(
    doctor: Any,
    provider: Any,
    illness: int,
    severity: float,
    bill_yuan: float,
    insured: bool,
    judgement: Judgement,
) -> float:
    """Utility of examining him and sending him to a lower place of his network, in yuan."""
    reach = reach_of(severity, provider.below_treats[illness], judgement) - judgement.transfer_loss
    own = examining_worth(doctor, provider, bill_yuan, insured)
    if insured:
        own += provider.brings_down_yuan
    return own + doctor.altruism * stake_of(severity, judgement) * reach


@scalar
def putting_off_worth(doctor: Any, severity: float, judgement: Judgement) -> float:
    """Utility of not treating him now: neither money nor effort, and what he still may get."""
    return doctor.altruism * judgement.put_off_keeps * stake_of(severity, judgement)


@scalar
def handing_over_worth(
    doctor: Any,
    provider: Any,
    severity: float,
    bill_yuan: float,
    days: float,
    insured: bool,
    judgement: Judgement,
) -> float:
    """Utility of letting a lower place do the last part of a stay, against keeping him.

    Parameters
    ----------
    bill_yuan, days
        Of the whole stay.
    """
    part = judgement.rehab_share
    effort = provider.minutes_per_bed_day * doctor.effort_yuan / doctor.able
    worth = effort * days - provider.brings_inpatient * judgement.stay_price_share * bill_yuan
    lost = doctor.altruism * judgement.transfer_loss * stake_of(severity, judgement)
    worth = part * (worth - lost)
    if insured:
        worth += provider.brings_down_yuan - part * days * provider.brings_bed_day_yuan
    return worth


@scalar
def odds_of(worth: float, best: float, scale: float) -> float:
    """Odds of an option against the best one, 0 if it is not open."""
    return exp((worth - best) / scale) if worth > CLOSED else 0.0


@scalar
def choose_option(
    put_off: float,
    down: float,
    treat: float,
    admit: float,
    up: float,
    scale: float,
    draw: float,
) -> int:
    """Choose among the options by logit over their utilities, with one draw.

    Options stand in the order of OPTIONS, so that money moves the draw's bounds between
    neighbours and two schemes with one draw differ only where it crosses one.

    Parameters
    ----------
    put_off, down, treat, admit, up
        Utilities in yuan; CLOSED where there is no such option. Treating is always open.
    scale
        Yuan a logit.
    """
    best = max(put_off, down, treat, admit, up)
    off = odds_of(put_off, best, scale)
    to_down = off + odds_of(down, best, scale)
    to_treat = to_down + odds_of(treat, best, scale)
    to_admit = to_treat + odds_of(admit, best, scale)
    point = draw * (to_admit + odds_of(up, best, scale))
    chosen = 1 if point >= off else 0
    chosen += 1 if point >= to_down else 0
    chosen += 1 if point >= to_treat else 0
    chosen += 1 if point >= to_admit else 0
    return chosen


@scalar
def enrol_chance(chance: float, managed_yuan: float, judgement: Judgement) -> float:
    """Chance that he takes a patient into management, by what that brings him in a year.

    Parameters
    ----------
    chance
        Without money.
    managed_yuan
        Per patient kept managed and under control, a month.
    """
    if managed_yuan == 0.0 or chance <= 0.0 or chance >= 1.0:
        return chance
    odds = chance / (1.0 - chance) * exp(12.0 * managed_yuan / judgement.manage_yuan)
    return odds / (1.0 + odds)
