"""Intensity, refusals and incomes by hand, from the counts of a month and doctors' own rows."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from abm.county import Tier
from abm.excerpt import excerpt
from abm.indicator_intensity import GRAVE, MILD, grave_less_mild, mean_of, refused_share
from abm.indicators import indicators_of_year
from abm.model import Model
from abm.world import LIFE
from agents.doctor import Doctor
from agents.patient import CRITICAL, MINOR, MODERATE, SEVERE
from calibration.county import County
from calibration.policies import load_policy


def view_of(**cells: Any) -> Any:
    """A year of one month in which so much was counted."""
    month = np.zeros(1, LIFE)
    for column, values in cells.items():
        for cell, value in values.items():
            month[column][0][cell] = value

    def life(column: str, part: tuple[int, ...] = ()) -> float:
        return float(month[column][0][part].sum() * 20)

    return SimpleNamespace(life=life)


def test_intensity_by_hand() -> None:
    y = view_of(
        treated={(0, MINOR): 4, (0, MODERATE): 1, (1, SEVERE): 2, (1, CRITICAL): 1},
        intensity={(0, MINOR): 4800, (0, MODERATE): 1100, (1, SEVERE): 1800, (1, CRITICAL): 990},
        departure={(0, MINOR): 800, (0, MODERATE): 100, (1, SEVERE): 200, (1, CRITICAL): 10},
    )
    assert mean_of(y, "intensity", (MINOR,), (0,)) == pytest.approx(1.2)
    assert mean_of(y, "intensity", GRAVE) == pytest.approx(2.79 / 3)
    assert grave_less_mild(y) == pytest.approx(0.07 - 0.18)
    assert math.isnan(mean_of(y, "intensity", (MINOR,), (1,)))
    assert math.isnan(grave_less_mild(y, (1,)))  # nobody moderate was in bed


def test_refusals_by_hand() -> None:
    y = view_of(seen={MINOR: 30, MODERATE: 10, CRITICAL: 5}, put_off={MODERATE: 4, CRITICAL: 1})
    assert refused_share(y, MILD) == pytest.approx(0.1)
    assert refused_share(y, GRAVE) == pytest.approx(0.2)


def test_incomes_are_those_of_the_doctors() -> None:
    county = excerpt(County.load("typical"), townships=2, villages_each=3, persons=1200)
    model = Model(county, load_policy("bundle"), load_policy("fee_for_service"), rng=2, threads=1)
    for _ in range(35):
        model.step()
    doctors = model.population(Doctor).rows.copy()
    before = doctors["income_fen"].copy()
    model.step()  # in December some leave after their pay is counted
    values = indicators_of_year(model, 2)
    rows = model.population(Doctor).rows[: len(doctors)]
    tier = model.providers["tier"][doctors["provider"]]
    here = (doctors["alive"] == 1) & model.books.in_county[doctors["provider"]]
    for level, name in ((Tier.TOWNSHIP, "township"), (Tier.COUNTY, "county")):
        which = here & (tier == level)
        mean = rows["income_fen"][which].sum() / 100 / which.sum()
        assert values[f"pay.income_{name}_yuan"] == pytest.approx(mean)
        bonus = rows["bonus_income_fen"][which].sum() / rows["income_fen"][which].sum()
        assert values[f"pay.bonus_share_{name}"] == pytest.approx(bonus)
        assert rows["income_fen"][which].sum() > before[which].sum()
    model.close()
