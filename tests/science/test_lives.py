"""People are born, move and die as often as the county's tables say."""

from __future__ import annotations

import numpy as np
import pytest

from abm.county import County
from abm.indicator_life import life_expectancy
from abm.model import Model
from abm.survey import PRESENT
from tests.science.fuzzy import check_parts, check_ratio, check_share
from tests.science.runs import run, view

pytestmark = pytest.mark.science

YEARS = range(10)
NEAR = (0.93, 1.07)
FAR = [(0.4, 0.82), (1.22, 2.5)]


def mortality(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Deaths and person-years of all years, (sex, age)."""
    parts = [view(model, year).mortality for year in range(len(model.surveys))]
    return sum(p[0] for p in parts), sum(p[1] for p in parts)  # type: ignore[return-value]


def hazard(county: County) -> np.ndarray:
    """Yearly hazard of death of the county's life table, (sex, age)."""
    return np.asarray(-np.log1p(-np.minimum(county.deaths_per_year, 0.999)))


def check_deaths(county: County, models: list[Model], low: int, high: int) -> None:
    deaths, years = np.sum([mortality(model) for model in models], axis=0)
    ages = slice(low, high)
    expected = (years * hazard(county))[:, ages].sum()
    check_ratio(f"deaths {low} to {high}", int(deaths[:, ages].sum()), expected, NEAR, FAR)


@pytest.mark.parametrize("ages", [(0, 101), (40, 65), (65, 80), (80, 101)])
def test_deaths_are_those_of_the_life_table(
    typical: County, decade: Model, ages: tuple[int, int]
) -> None:
    # No table of deaths by all causes is in the model: background, conditions and needs
    # have to add up to it.
    check_deaths(typical, [decade], *ages)


@pytest.mark.slow
def test_deaths_of_the_young_too(typical: County) -> None:
    # Some 350 children die in ten years: four counties' worth can tell.
    models = [run(typical, 10, weight=1, seed=seed) for seed in range(1, 5)]
    for ages in ((0, 15), (15, 40)):
        check_deaths(typical, models, *ages)


@pytest.mark.parametrize("sex", [0, 1])
def test_men_and_women_each_die_by_their_own_table(
    typical: County, decade: Model, sex: int
) -> None:
    deaths, years = mortality(decade)
    expected = (years * hazard(typical))[sex].sum()
    swapped = (years[sex] * hazard(typical)[1 - sex]).sum() / expected
    bugs = [*FAR, swapped]
    check_ratio(f"sex {sex}", int(deaths[sex].sum()), expected, NEAR, bugs)


def test_life_expectancy_is_that_of_the_life_table(typical: County, decade: Model) -> None:
    _, years = mortality(decade)
    table = life_expectancy(*(np.array([years * hazard(typical), years]).sum(axis=1)))
    found = []
    for year in YEARS:
        deaths, lived = view(decade, year).mortality
        found.append(life_expectancy(deaths.sum(axis=0), lived.sum(axis=0)) - table)
    check_parts("life expectancy, years off", found, (-1.0, 1.0), [(-8.0, -2.0), (2.0, 8.0)])


def test_births_are_by_the_mothers_ages(typical: County, decade: Model) -> None:
    _, years = mortality(decade)
    expected = float((years[0] * typical.births_per_year).sum())
    births = sum(int(month["births"][0]) for month in decade.lives)
    check_ratio("births", births, expected, (0.97, 1.03), [(0.3, 0.9), (1.12, 3.0)])


def test_more_boys_than_girls_are_born(decade: Model) -> None:
    # Those below ten who were not there at the start and did not move in.
    rows = decade.residents
    born = np.concatenate(
        [np.flatnonzero((rows["age_months"] == 119 - m) & (rows["alive"] == 1)) for m in range(60)]
    )
    boys = int(rows["sex"][born].sum())
    check_share("boys", boys, len(born), (0.505, 0.53), [(0.3, 0.487), (0.56, 0.8)])


@pytest.mark.parametrize(
    ("column", "row", "there"), [("left_county", 0, 0), ("returned", 1, 1), ("moved_out", 2, None)]
)
def test_moves_are_by_the_table(typical: County, column: str, row: int, there: int | None) -> None:
    model = run(typical, 1)
    rows = model.residents
    # The people of the start, each at risk for the twelve months in which he reached his age.
    age = np.minimum((rows["age_months"] - 6) // 12, 100)
    rate = typical.migration_per_year[row][np.maximum(age, 0)]
    here = np.ones(len(rows), bool) if there is None else rows["elsewhere"] == there
    expected = float((rate * here).sum())
    found = sum(int(month[column][0]) for month in model.lives)
    check_ratio(column, found, expected, (0.9, 1.1), [(0.1, 0.7), (1.45, 9.0)])


def test_those_away_come_and_go_but_the_county_does_not_empty(decade: Model) -> None:
    present = [survey.people[PRESENT].sum() for survey in decade.surveys]
    assert 0.85 < present[-1] / present[0] < 1.05
