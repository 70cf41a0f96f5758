"""What a doctor writes down: the truth, or what brings more.

False records stand in his choices under every payment scheme. He weighs what one brings,
against the chance that it is found, its fine, and what lying costs his conscience.
"""

from __future__ import annotations

from typing import Any

from agents.doctor import Judgement
from agents.foundation.compile import scalar
from agents.foundation.exact import logistic

MODERATE, CRITICAL = 1, 3
"""Classes of need between which a record can be raised by one."""


@scalar
def lie_chance(gain_yuan: float, honesty: float, cost_yuan: float, judgement: Judgement) -> float:
    """Chance that he writes what is not true; he who gains nothing does not.

    Parameters
    ----------
    gain_yuan
        What it brings him, if it is not found.
    cost_yuan
        What it costs the conscience of a doctor of honesty one.
    """
    kept = gain_yuan * (1.0 - judgement.found_chance * (1.0 + judgement.fine_multiple))
    if kept <= 0.0:
        return 0.0
    return logistic((kept - honesty * cost_yuan) / (judgement.lie_scale * cost_yuan))


@scalar
def next_class(kind: int) -> int:
    """Class of need that an admission could be recorded as instead of its own."""
    return kind + 1 if MODERATE <= kind < CRITICAL else kind


@scalar
def upcoding_yuan(provider: Any, weight: float, higher: float) -> float:
    """What recording the next class up brings him."""
    return provider.brings_weight_yuan * (higher - weight)


@scalar
def splitting_yuan(doctor: Any, provider: Any, weight: float, patient_pays_yuan: float) -> float:
    """What recording one stay as two brings him, less what the patient pays twice.

    Parameters
    ----------
    patient_pays_yuan
        Second deductible.
    """
    brings = provider.brings_admission_yuan + provider.brings_weight_yuan * weight
    return brings - doctor.altruism * patient_pays_yuan


@scalar
def inventing_yuan(provider: Any, bill_yuan: float) -> float:
    """What recording a visit that did not happen brings him."""
    return provider.brings_visit_yuan + provider.brings_outpatient * bill_yuan
