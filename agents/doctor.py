"""A doctor: what he does with a patient, how thoroughly, how hard he works.

One utility decides all of it, in yuan (Ellis and McGuire 1986):

    altruism x what the patient gains - effort + what it brings him himself

The doctor does not know which payment scheme is in force; he knows what one more visit,
admission, bed-day or yuan billed brings him. Options are chosen by logit over their
utilities; intensity, length of stay and idling are closed forms of the same utility.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.foundation.compile import scalar
from agents.foundation.exact import exp
from agents.foundation.records import RowAgent

DOCTOR = np.dtype(
    [
        ("key", "u8"),
        ("provider", "i8"),  # his employer
        ("workplace", "i8"),  # where he sees patients: his employer, or where he is posted
        ("title", "i8"),
        ("altruism", "f8"),  # weight on the patient's benefit against own money
        ("able", "f8"),  # his skill over that of his place's doctors, on right care and on minutes
        ("honesty", "f8"),  # how much a false record costs him, 1: as its usual cost
        ("workload", "f8"),  # his employer's demand over capacity, last month
        ("unpaid_share", "f8"),  # what he is owed over a year's base pay, at most 1
        ("strain", "f8"),  # times the effort of a rested, paid doctor
        ("effort_yuan", "f8"),  # what a minute of work costs him now
        ("idle_share", "f8"),  # share of his minutes that he does not work
        ("minutes_per_month", "f8"),
        ("base_pay_fen", "i8"),  # a year
        ("minutes_used", "i8"),  # this month
        ("visits", "i8"),  # this month
        ("admissions", "i8"),  # this month
        ("billed_fen", "i8"),  # this month
        ("skill", "f8"),  # chance that his care of a need within the place's reach is right
        ("age_years", "i8"),
        ("usual_income_fen", "i8"),  # a year; what he has come to reckon with, 0: not known yet
        ("side_share", "f8"),  # share of his minutes that he works elsewhere
        ("leave_chance", "f8"),  # chance that he looked for another place, at the last year's end
        ("plans", "i8"),  # STAYS, SEEKS or RETIRES, of agents.career, at the last year's end
        ("posted_until", "i8"),  # month in which his posting ends
        ("exit", "i8"),  # 0 still here, else why he left, of agents.career
        ("exit_month", "i8"),
        ("income_fen", "i8"),  # this year, of all parts below
        ("base_income_fen", "i8"),
        ("bonus_income_fen", "i8"),
        ("surplus_income_fen", "i8"),  # from a surplus that his consortium shares out
        ("arrears_fen", "i8"),  # pay and bonus that he is owed
        ("alive", "i8"),  # 1 while he works here
    ],
    align=True,
)


class Doctor(RowAgent, dtype=DOCTOR):
    """A doctor as a Mesa agent: a view on one row of the county's doctors."""


class Judgement(NamedTuple):
    """What doctors weigh, apart from money; from the parameter files and the policy's audit."""

    benefit_curvature: float
    """How fast the benefit falls away from the intensity that the need calls for."""
    effort: float
    """Effort of a further unit of intensity, in shares of its price."""
    lowest_intensity: float
    highest_intensity: float
    stay_curvature: float
    """The same for the length of stay."""
    stay_price_share: float
    """Part of an admission's price that goes with its days."""
    shortest_stay: float
    longest_stay: float
    """Bounds, in times what the need calls for."""
    stake_least_yuan: float
    stake_yuan: float
    """What right care of the slightest need, and of a need of severity one, is worth."""
    noise: float
    """Error of his judgement of what is best, in shares of the stake."""
    beyond_capability: float
    """How fast right care becomes rarer with severity beyond what a place can treat."""
    outpatient_reach: float
    """Severity that can be treated without a bed."""
    bed_burden_yuan: float
    travel_burden_yuan: float
    """What a stay in bed, and being sent to a higher place, cost a patient besides money."""
    transfer_loss: float
    """Share of the benefit that is lost where one place hands a patient to another."""
    put_off_keeps: float
    """Share of the benefit that is still to be had later, or elsewhere."""
    rehab_share: float
    """Part of a stay that a lower place could do as well."""
    effort_yuan_per_minute: float
    overload: float
    """Growth of effort with each unit of load above one."""
    unpaid: float
    """Growth of effort as pay fails to come."""
    minute_worth_yuan: float
    """What patients gain by a further minute of his time."""
    duty_yuan_per_minute: float
    """How fast shirking grows uneasy."""
    most_idle: float
    manage_yuan: float
    """Yuan a year that make offering management one logit likelier."""
    lie_visit_yuan: float
    lie_admission_yuan: float
    lie_split_yuan: float
    """What a false record costs the conscience of a doctor of honesty one."""
    lie_scale: float
    """Spread of that, in shares of it."""
    found_chance: float
    """Chance that a false record is examined and shows."""
    fine_multiple: float
    """Fine for it, in times what was gained, which is paid back besides."""


MOST_LOAD = 2.0
"""A load beyond which work cannot be felt to be heavier."""


# -- what is at stake ------------------------------------------------------------------------


@scalar
def size_of(severity: float) -> float:
    """How much a departure weighs and how much effort it takes, 1 at severity one half."""
    return min(max(2.0 * severity, 0.6), 2.0)


@scalar
def stake_of(severity: float, judgement: Judgement) -> float:
    """What right care is worth to the patient, in yuan: with the cube of severity, as deaths."""
    return judgement.stake_least_yuan + judgement.stake_yuan * severity * severity * severity


@scalar
def reach_of(severity: float, capability: float, judgement: Judgement) -> float:
    """Part of the chance of right care that is left beyond what a place can treat."""
    beyond = severity - capability
    return exp(-judgement.beyond_capability * beyond) if beyond > 0.0 else 1.0


# -- how thoroughly, how long ----------------------------------------------------------------


@scalar
def choose_intensity(
    altruism: float, brings_per_yuan: float, strain: float, size: float, judgement: Judgement
) -> float:
    """Intensity of treatment, relative to what the need calls for.

    The doctor maximises, a yuan of the price, altruism x (-curvature x size / 2 x (q - 1)^2)
    + (brings - effort x strain x size^2) x q, so
    q = 1 + (brings - effort x strain x size^2) / (altruism x curvature x size).
    More is lost by a departure, and a further unit takes more, the more severe the need.

    Parameters
    ----------
    brings_per_yuan
        Change of his own income for one more yuan billed.
    strain
        Times the effort of a rested, paid doctor.
    size
        Of the need, see :func:`size_of`.
    """
    gain = brings_per_yuan - judgement.effort * strain * size * size
    best = 1.0 + gain / (altruism * judgement.benefit_curvature * size)
    return min(max(best, judgement.lowest_intensity), judgement.highest_intensity)


@scalar
def treatment_benefit(intensity: float, size: float, judgement: Judgement) -> float:
    """Share of the possible benefit that reaches the patient; more than enough adds nothing."""
    if intensity >= 1.0:
        return 1.0
    short = 1.0 - intensity
    return max(0.0, 1.0 - 0.5 * judgement.benefit_curvature * size * short * short)


@scalar
def choose_stay(
    altruism: float,
    brings_per_yuan: float,
    day_yuan: float,
    effort_yuan: float,
    bill_yuan: float,
    days: float,
    judgement: Judgement,
) -> float:
    """Length of stay, relative to what the need calls for.

    The doctor maximises altruism x (-stay curvature / 2 x (x - 1)^2) x by day + (brings x
    by day + (day - effort) x days) x x, "by day" being the part of the bill that goes with
    the days; a closed form, like intensity.

    Parameters
    ----------
    day_yuan, effort_yuan
        What a bed-day brings him besides its bill, and costs him in effort.
    bill_yuan, days
        Expected bill and days of a stay as the need calls for.
    """
    by_day = judgement.stay_price_share * bill_yuan
    gain = brings_per_yuan * by_day + (day_yuan - effort_yuan) * days
    best = 1.0 + gain / max(altruism * judgement.stay_curvature * by_day, 1e-9)
    return min(max(best, judgement.shortest_stay), judgement.longest_stay)


@scalar
def stay_benefit(stay: float, judgement: Judgement) -> float:
    """Share of the benefit that is left after a stay shorter than the need calls for."""
    if stay >= 1.0:
        return 1.0
    short = 1.0 - stay
    return max(0.0, 1.0 - 0.5 * judgement.stay_curvature * short * short)


# -- how hard he works -----------------------------------------------------------------------


@scalar
def minute_yuan(provider: Any) -> float:
    """What a further minute of work brings him, by the better of visits and bed care."""
    visit = provider.brings_outpatient * provider.visit_price_yuan + provider.brings_visit_yuan
    best = visit / provider.minutes_per_visit
    if provider.bed_days_capacity > 0.0:
        stay = provider.brings_inpatient * provider.admission_price_yuan
        stay += provider.brings_admission_yuan + provider.brings_weight_yuan
        per_day = stay / provider.los_days + provider.brings_bed_day_yuan
        best = max(best, per_day / provider.minutes_per_bed_day)
    return best


@scalar
def choose_idling(
    altruism: float, brings_yuan: float, effort_yuan: float, judgement: Judgement
) -> float:
    """Share of his minutes that a doctor does not work.

    He maximises (effort - brings - altruism x worth of a minute) x share - duty / 2 x share^2.

    Parameters
    ----------
    brings_yuan, effort_yuan
        What a further minute of work brings and costs him.
    """
    gain = effort_yuan - brings_yuan - altruism * judgement.minute_worth_yuan
    return min(max(gain / judgement.duty_yuan_per_minute, 0.0), judgement.most_idle)


@scalar
def plan_month(doctor: Any, provider: Any, judgement: Judgement) -> None:
    """Feel load and pay, and settle how much of his time to work this month."""
    doctor.workload = provider.minutes_load
    load = min(doctor.workload, MOST_LOAD)
    doctor.unpaid_share = min(doctor.arrears_fen / max(doctor.base_pay_fen, 1), 1.0)
    strain = 1.0 + judgement.overload * max(0.0, load - 1.0)
    strain += judgement.unpaid * doctor.unpaid_share
    doctor.strain = strain
    doctor.effort_yuan = judgement.effort_yuan_per_minute * strain
    doctor.idle_share = choose_idling(
        doctor.altruism, minute_yuan(provider), doctor.effort_yuan, judgement
    )
