"""A doctor: how much to do for a patient, whether to admit, whether to send him up.

The doctor weighs the patient's benefit, by his own altruism, against what the next yuan
billed brings him and the effort that it costs (Ellis and McGuire 1986). He does not know
which payment scheme is in force; he knows what it brings him.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.foundation.compile import scalar
from agents.foundation.exact import logistic
from agents.foundation.records import RowAgent

DOCTOR = np.dtype(
    [
        ("provider", "i8"),
        ("title", "i8"),
        ("altruism", "f8"),  # weight on the patient's benefit against own money
        ("minutes_per_month", "f8"),
        ("base_pay_fen", "i8"),  # a year
        ("minutes_used", "i8"),  # this month
        ("visits", "i8"),  # this month
        ("admissions", "i8"),  # this month
        ("billed_fen", "i8"),  # this month
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
    """What doctors weigh, apart from money; from the parameter files."""

    benefit_curvature: float
    """How fast the benefit falls away from the intensity that the need calls for."""
    effort: float
    """Effort of a further unit of intensity, in shares of its price."""
    refer_scale: float
    """Shortfall of capability, in severity, that makes referring one logit likelier."""
    admit_threshold: float
    """Severity from which a bed is called for."""
    admit_scale: float
    admit_money: float
    """Logits that a full yuan a yuan billed would add to admitting."""
    lowest_intensity: float
    highest_intensity: float


@scalar
def choose_intensity(altruism: float, brings_per_yuan: float, judgement: Judgement) -> float:
    """Intensity of treatment, relative to what the need calls for.

    The doctor maximises altruism x (-curvature / 2 x (q - 1)^2) + (brings - effort) x q,
    so q = 1 + (brings - effort) / (altruism x curvature).

    Parameters
    ----------
    brings_per_yuan
        Change of his own income for one more yuan billed.
    """
    gain = brings_per_yuan - judgement.effort
    best = 1.0 + gain / (altruism * judgement.benefit_curvature)
    return min(max(best, judgement.lowest_intensity), judgement.highest_intensity)


@scalar
def treatment_benefit(intensity: float, judgement: Judgement) -> float:
    """Share of the possible benefit that reaches the patient; more than enough adds nothing."""
    if intensity >= 1.0:
        return 1.0
    short = 1.0 - intensity
    return 1.0 - 0.5 * judgement.benefit_curvature * short * short


@scalar
def refer_chance(severity: float, capability: float, judgement: Judgement) -> float:
    """Chance that he sends a patient up, by how far the need exceeds what the place can do."""
    return logistic((severity - capability) / judgement.refer_scale)


@scalar
def admit_chance(
    severity: float, altruism: float, brings_per_yuan: float, judgement: Judgement
) -> float:
    """Chance that he admits a patient who could be admitted."""
    clinical = (severity - judgement.admit_threshold) / judgement.admit_scale
    return logistic(clinical + judgement.admit_money * brings_per_yuan / altruism)
