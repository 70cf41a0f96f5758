"""A small model of rows and ordinary agents, and its twin of ordinary agents only."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from agents.foundation.records import RowAgent
from agents.foundation.sets import PopulationModel

PERSON = np.dtype(
    [
        ("unique_id", "i8"),
        ("spent_fen", "i8"),
        ("income_yuan", "f4"),
        ("age_months", "u2"),
        ("village", "i2"),
        ("stage", "u1", (3,)),
        ("seen", "i4", (2, 3)),
        ("alive", "u1"),
        ("insured", "?"),
    ],
    align=True,
)
BED = np.dtype([("ward", "i4"), ("days", "i4")])


class Person(RowAgent, dtype=PERSON):
    @property
    def age_years(self) -> float:
        return float(self.age_months / 12)

    @property
    def spent_yuan(self) -> float:
        return float(self.spent_fen / 100)

    @spent_yuan.setter
    def spent_yuan(self, yuan: float) -> None:
        self.spent_fen = round(yuan * 100)

    def step(self) -> None:
        self.age_months += 1


class Bed(RowAgent, dtype=BED):
    def step(self) -> None:
        self.days += 1


class Clerk(mesa.Agent):  # an ordinary agent
    def __init__(self, model: Any, village: int = 0) -> None:
        super().__init__(model)
        self.village = village
        self.steps_done = 0

    def step(self) -> None:
        self.steps_done += 1


class Twin(mesa.Agent):  # a person with ordinary attributes
    def __init__(self, model: Any, **values: Any) -> None:
        super().__init__(model)
        self.__dict__.update(values)

    @property
    def age_years(self) -> float:
        return float(self.age_months / 12)

    def step(self) -> None:
        self.age_months += 1


class Town(PopulationModel):
    def __init__(self, rng: int | None = 1) -> None:
        super().__init__(rng=rng)
        self.people = self.add_population(Person, 2)

    def step(self) -> None:
        self.agents.shuffle_do("step")


def grow(rows: list[dict[str, Any]]) -> tuple[Town, Any, list[Twin]]:
    """A town and a Mesa model with the same people: (town, plain model, twins)."""
    town = Town()
    for row in rows:
        Person(town, **row)
    plain = mesa.Model()
    return town, plain, [Twin(plain, **row) for row in rows]
