"""Period life tables from deaths and person-years."""

from __future__ import annotations

import numpy as np

OPEN_AGE = 90
"""Age at which the last, open interval begins: above it a county has too few people."""
INFANT_LIVED = 0.1
"""Mean part of a year lived by those who die in their first year, at low infant mortality
(Preston, Heuveline and Guillot 2001, *Demography*, table 3.3)."""


def death_probabilities(deaths: np.ndarray, person_years: np.ndarray) -> np.ndarray:
    """Chance to die between one birthday and the next.

    q = m / (1 + (1 - a) m), with m = deaths / person-years and a the mean part of the year
    that the dying live: 0.1 in the first year of life, 0.5 later (Preston, Heuveline and
    Guillot 2001, chapter 3). An age at which nobody lived has no deaths.

    Parameters
    ----------
    deaths, person_years
        (age,) by single year of age.
    """
    lived = np.full(len(deaths), 0.5)
    lived[0] = INFANT_LIVED
    rate = np.divide(deaths, person_years, out=np.zeros(len(deaths)), where=person_years > 0)
    return np.minimum(rate / (1.0 + (1.0 - lived) * rate), 1.0)


def life_expectancy(
    deaths: np.ndarray, person_years: np.ndarray, open_age: int = OPEN_AGE
) -> float:
    """Years that a newborn lives at the death rates of one period.

    The sum over ages of the person-years of a life table; the open interval adds
    survivors / death rate. Where nobody died in the open interval, the rate of the five ages
    below it stands in.

    Parameters
    ----------
    deaths, person_years
        (age,) by single year of age, from 0; pool years or sexes by adding them.
    open_age
        First age of the open interval.

    Returns
    -------
    float
        Years at birth; not a number if nobody lived or nobody old died.
    """
    chance = death_probabilities(deaths[:open_age], person_years[:open_age])
    alive = np.concatenate([[1.0], np.cumprod(1.0 - chance)])
    dying = alive[:-1] * chance
    lived = np.full(open_age, 0.5)
    lived[0] = INFANT_LIVED
    years = float((alive[1:] + lived * dying).sum())
    died, exposed = deaths[open_age:].sum(), person_years[open_age:].sum()
    if died == 0:
        died = deaths[open_age - 5 :].sum()
        exposed = person_years[open_age - 5 :].sum()
    if died == 0 or exposed == 0:
        return float("nan")
    return years + float(alive[-1] * exposed / died)


def chance_to_die_between(
    deaths: np.ndarray, person_years: np.ndarray, low: int, high: int
) -> float:
    """Chance that someone of ``low`` years dies before ``high``, at the rates of one period."""
    chance = death_probabilities(deaths, person_years)
    return float(1.0 - np.prod(1.0 - chance[low:high]))
