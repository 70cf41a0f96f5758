"""Life expectancy against life tables whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.indicator_life import chance_to_die_between, death_probabilities, life_expectancy
from calibration.county import County

WORKING_RATES = (
    ((0, 0), 4.0),
    ((1, 4), 0.45),
    ((5, 9), 0.22),
    ((10, 14), 0.25),
    ((15, 19), 0.35),
    ((20, 24), 0.45),
    ((25, 29), 0.55),
    ((30, 34), 0.75),
    ((35, 39), 1.05),
    ((40, 44), 1.6),
    ((45, 49), 2.4),
    ((50, 54), 3.8),
    ((55, 59), 5.6),
    ((60, 64), 9.2),
    ((65, 69), 14.8),
    ((70, 74), 26.0),
    ((75, 79), 45.0),
    ((80, 84), 78.0),
    ((85, 89), 128.0),
    ((90, 100), 215.0),
)
"""Deaths per 1000 and year; with its multiples the published e0 are 79.0, 77.5 and 75.9."""


def test_a_constant_rate_gives_its_inverse() -> None:
    for rate in (0.01, 0.02, 0.05):
        years = np.full(101, 1000.0)
        assert life_expectancy(rate * years, years) == pytest.approx(1 / rate, rel=1e-12)


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 79.0), (1.15, 77.5), (1.33, 75.9)])
def test_the_working_life_table(factor: float, expected: float) -> None:
    rates = np.zeros(101)
    for (low, high), per_1000 in WORKING_RATES:
        rates[low : high + 1] = factor * per_1000 / 1000
    assert life_expectancy(rates * 500, np.full(101, 500.0)) == pytest.approx(expected, abs=0.1)


def test_rates_give_back_the_probabilities_of_a_countys_table() -> None:
    for table in County.load("typical").deaths_per_year:
        chance = table.copy()
        chance[-1] = 1.0
        lived = np.full(len(chance), 0.5)
        lived[0] = 0.1
        alive = np.concatenate([[1.0], np.cumprod(1 - chance)])[:-1]
        person_years = alive * (1 - (1 - lived) * chance)
        deaths = alive * chance
        found = death_probabilities(deaths, person_years)
        np.testing.assert_allclose(found, chance, rtol=1e-12)
        # In a stationary population with one birth a year, e0 is all person-years lived.
        assert life_expectancy(deaths, person_years) == pytest.approx(person_years.sum())


def test_ages_without_people_and_no_old_deaths() -> None:
    deaths, years = np.zeros(101), np.zeros(101)
    assert math.isnan(life_expectancy(deaths, years))
    years[:90] = 10.0
    deaths[85:90] = 1.0
    assert life_expectancy(deaths, years) == pytest.approx(85 + 1 / 0.1, abs=0.5)


def test_chance_to_die_between_two_ages() -> None:
    years = np.full(101, 100.0)
    deaths = np.full(101, 1.0)
    q = 0.01 / 1.005
    assert chance_to_die_between(deaths, years, 30, 70) == pytest.approx(1 - (1 - q) ** 40)
