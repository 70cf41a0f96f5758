"""How large the runs of an answer are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from experiments.page.record import county_of
from experiments.runs import usual_weight

QUICK_WEIGHT = 50
"""People an agent stands for in an answer at once, if the county allows it."""
QUICK_SEEDS = 4
FIRST_SEEDS = 2
"""Replicates after which a first answer is shown."""
FULL_SEEDS = 3


@dataclass(frozen=True)
class Size:
    """How large the runs of an answer are.

    Attributes
    ----------
    quick
        Whether it is a small county for an answer at once.
    weight
        People that an agent stands for.
    seeds
        How many replicates.
    """

    quick: bool
    weight: int
    seeds: int


@lru_cache(16)
def quick_size(county: str) -> Size:
    """Size of an answer at once."""
    return Size(True, max(QUICK_WEIGHT, usual_weight(county_of(county))), QUICK_SEEDS)


FULL_SIZE = Size(False, 1, FULL_SEEDS)
"""Everybody is an agent."""
