"""A doctor's working life: growing in skill, wishing to leave, working on the side, retiring.

Once a year a doctor looks back on his income, on pay that is owed to him and on his workload, and
compares them with what he could have one level up. He does not know the policy in force.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import uniform
from agents.foundation.exact import log, logistic, normal_quantile

STAYS, SEEKS, RETIRES = range(3)
"""What he means to do with the coming year."""
RETIRED, MOVED_OUT, RESIGNED = 1, 2, 3
"""Why a doctor left the county's providers."""
LEAST_SKILL, MOST_SKILL = 0.05, 0.99
ROOTED_FROM_YEARS = 30


class Career(NamedTuple):
    """What doctors weigh about their working lives; from the parameter files."""

    leave: float
    """Logits of wishing to leave, of a doctor of 30 who has nothing to gain and no cause."""
    income: float
    """Logits per unit of the logarithm of pay one level up over his own."""
    arrears: float
    """Logits per year's pay that is owed to him."""
    workload: float
    """Logits per unit of load above the usual one."""
    usual_load: float
    rooted_per_year: float
    """Logits by which each year of age beyond 30 binds him."""
    resign: float
    """Chance that one who is sure to wish to leave and found no place leaves all the same."""
    side_response: float
    """Share of his minutes that he works elsewhere, per share of income lost."""
    side_from: float
    """Share of income lost from which he does so."""
    side_most: float
    adapts_per_year: float
    """Share of the way that his idea of a usual income moves to this year's."""
    learns_per_year: float
    """Share of the gap to his colleagues' mean skill that he closes in a year."""
    retires_at: float
    retires_at_base: float
    """Age of retirement of village doctors."""


@scalar
def begin_career(
    doctor: Any, centre: float, spread: float, youngest: int, oldest: int, stream: int
) -> None:
    """Draw skill round the usual one of his place, and age evenly between two."""
    skill = centre + spread * normal_quantile(uniform(stream, draws.SKILL))
    doctor.skill = min(max(skill, LEAST_SKILL), MOST_SKILL)
    years = uniform(stream, draws.DOCTOR_AGE) * (oldest - youngest)
    doctor.age_years = youngest + int(years)


@scalar
def own_income_fen(doctor: Any) -> float:
    """Income of the year: what his employer paid him, and what his side job brought."""
    return max(1.0, doctor.income_fen + doctor.side_share * doctor.usual_income_fen)


@scalar
def leave_logit(doctor: Any, pay_above_fen: float, load: float, career: Career) -> float:
    """How strongly he wishes to leave, in logits.

    Parameters
    ----------
    pay_above_fen
        Usual pay a year of his title one level up, or of other work if he has no licence.
    load
        Demand over capacity of his workplace's minutes.
    """
    own_fen = own_income_fen(doctor)
    rooted = max(0, doctor.age_years - ROOTED_FROM_YEARS)
    return (
        career.leave
        + career.income * log(pay_above_fen / own_fen)
        + career.arrears * doctor.arrears_fen / own_fen
        + career.workload * (load - career.usual_load)
        - career.rooted_per_year * rooted
    )


@scalar
def side_share(doctor: Any, career: Career) -> float:
    """Share of his minutes that he works elsewhere to make up for lost income."""
    if doctor.usual_income_fen <= 0:
        return 0.0
    lost = 1.0 - doctor.income_fen / doctor.usual_income_fen
    missed = career.side_response * (lost - career.side_from)
    return min(max(missed, 0.0), career.side_most)


@scalar
def learn_from_colleagues(doctor: Any, around: float, career: Career) -> None:
    """Close part of the gap to the mean skill of his place; nobody unlearns."""
    gap = around - doctor.skill
    if gap > 0.0:
        doctor.skill += career.learns_per_year * gap


@scalar
def learn_in_training(doctor: Any, teachers: float, gain: float) -> None:
    """Take a course at a hospital and close part of the gap to its mean skill.

    Parameters
    ----------
    teachers
        Mean skill of the hospital that teaches.
    gain
        Part of the gap that a course closes.
    """
    gap = teachers - doctor.skill
    if gap > 0.0:
        doctor.skill += gain * gap


@scalar
def look_back(
    doctor: Any,
    pay_above_fen: float,
    load: float,
    around: float,
    at_base: int,
    career: Career,
    stream: int,
) -> None:
    """End a year of work: grow older and more skilled, and decide what to do with the next.

    Parameters
    ----------
    around
        Mean skill of his workplace.
    at_base
        1 for a doctor without a licence, who retires by the rule of village doctors.
    """
    doctor.age_years += 1
    doctor.leave_chance = logistic(leave_logit(doctor, pay_above_fen, load, career))
    retires = career.retires_at_base if at_base == 1 else career.retires_at
    if doctor.age_years >= retires:
        doctor.plans = RETIRES
    elif uniform(stream, draws.LEAVE) < doctor.leave_chance:
        doctor.plans = SEEKS
    else:
        doctor.plans = STAYS
    doctor.side_share = side_share(doctor, career)
    if doctor.usual_income_fen <= 0:
        doctor.usual_income_fen = doctor.income_fen
    else:
        change = doctor.income_fen - doctor.usual_income_fen
        doctor.usual_income_fen += int(career.adapts_per_year * change)
    learn_from_colleagues(doctor, around, career)


@scalar
def resigns(doctor: Any, career: Career, stream: int) -> bool:
    """Whether one who found no better place leaves all the same."""
    return uniform(stream, draws.RESIGN) < career.resign * doctor.leave_chance


@scalar
def standing(doctor: Any, gain: float, by_skill: float, stream: int) -> float:
    """How he stands among applicants: what he gains makes him press, skill makes him chosen.

    Parameters
    ----------
    gain
        Logarithm of the pay there over his own.
    by_skill
        Logits of being chosen per unit of skill.
    """
    luck = -log(-log(uniform(stream, draws.CHOSEN)))
    return by_skill * doctor.skill + gain + luck
