"""What people fall ill with: causes of acute need, and chronic conditions by their columns.

A condition is declared here in one line and described by one data file,
``calibration/conditions/<name>.toml``: hazards by age and sex, stages, awareness,
management, control, and what it does to other hazards, to need and to death.
"""

from __future__ import annotations

from typing import NamedTuple

CAUSES = ("respiratory", "digestive", "musculoskeletal", "injury", "circulatory", "other")
N_CAUSES = len(CAUSES)
"""Causes of acute need; cause N_CAUSES + k is chronic condition k."""


class Condition(NamedTuple):
    """A chronic condition: its key in data files, and its names for readers."""

    name: str
    title: str
    title_zh: str


CONDITIONS: tuple[Condition, ...] = (
    Condition("hypertension", "Hypertension", "高血压"),
    Condition("diabetes", "Diabetes", "糖尿病"),
    Condition("copd", "Chronic obstructive pulmonary disease", "慢阻肺"),
    Condition("coronary", "Coronary heart disease", "冠心病"),
    Condition("stroke", "Stroke", "脑卒中"),
)

N_CONDITIONS = len(CONDITIONS)
ILLNESSES = (*CAUSES, *(condition.name for condition in CONDITIONS))
N_ILLNESSES = len(ILLNESSES)
"""Everything that a need can be of: ``patient.cause`` is a position here, or -1."""
