"""Acute illness by age and cause, as a plain type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Illness:
    """How often acute illness arises, of which cause, how severe.

    Ages run over single years 0 to 100, causes over ``agents.patient.CAUSES``.
    """

    acute_per_month: np.ndarray
    """(age,): chance of an acute episode in a month for one without chronic condition."""
    severe_share: np.ndarray
    """(age,): share of episodes that call for a bed."""
    cause_share: np.ndarray
    """(cause, age): cumulative share of causes."""
    price_ratio: np.ndarray
    """(cause,): price against the place's mean."""
    fatality_ratio: np.ndarray
    """(cause,): fatality against the mean."""
    capability_gap: np.ndarray
    """(cause, tier): severity of a cause up to which a level treats as well as any, less its
    capability in general."""
    read_share: np.ndarray
    """(cause,): share of needs in which a picture, an ECG or a laboratory value decides."""
    fatality_by_age: np.ndarray
    """(age,): fatality of a severe need against age 70."""
