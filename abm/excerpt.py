"""A small county cut out of a large one: a few villages whose providers shrink with their people.

For answers at once, and for checks that run agent by agent: what a county teaches about
queues, prices and money, an excerpt of a thousand people teaches too, with more noise.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from abm.county import County, Place
from agents.foundation.errors import InputError

C = TypeVar("C", bound=County)

_SCALED = ("nurses", "cash_yuan", "fixed_cost_yuan", "subsidy_yuan")


def excerpt(county: C, townships: int = 2, villages_each: int = 4, persons: int = 1500) -> C:
    """Cut out a county's first townships, some villages of each, and thin their people.

    A provider keeps the part of its doctors, beds and money that its people keep of all who
    could reach it, so that load and waits stay near those of the whole county.

    Parameters
    ----------
    county
        The whole county.
    townships
        How many of its townships stay, at most.
    villages_each
        How many villages of each stay, at most.
    persons
        How many people the excerpt has in all.

    Returns
    -------
    County
        Of the same type, with a label that says what it is.

    Raises
    ------
    InputError
        If the county has not so many people, or a number is below one.
    """
    _check(county, townships, villages_each, persons)
    of = county.villages["township"]
    ours = np.unique(of)[:townships]
    kept = np.concatenate([np.flatnonzero(of == t)[:villages_each] for t in ours])
    village = _renumber(kept, len(of))
    township = _renumber(ours, len(county.township_names))
    population = _thinned(county.population[village[county.population["village"]] >= 0], persons)
    population["village"] = village[population["village"]]
    keep = _providers_kept(county, kept, village, township)
    staff, providers = _shrunk(county, keep, kept, population, village, township)
    villages = county.villages[kept]
    villages["township"] = township[villages["township"]]
    share = persons / county.population["persons"].sum()
    return dataclasses.replace(
        county,
        label=f"Excerpt of {persons} people. {county.label}",
        label_zh=f"节选{persons}人。{county.label_zh}",
        population=population,
        villages=villages,
        village_names=tuple(county.village_names[v] for v in kept),
        township_names=tuple(county.township_names[t] for t in ours),
        providers=providers,
        provider_names=tuple(county.provider_names[p] for p in keep),
        staff=staff,
        capability_gap=county.capability_gap[keep],
        travel_minutes=np.ascontiguousarray(county.travel_minutes[np.ix_(kept, keep)]),
        fund=dataclasses.replace(county.fund, balance_yuan=county.fund.balance_yuan * share),
    )


def _check(county: County, townships: int, villages_each: int, persons: int) -> None:
    people = int(county.population["persons"].sum())
    problems = [
        f"excerpt: {name} {value}; allowed: {allowed}"
        for name, value, high, allowed in (
            ("townships", townships, np.inf, "1 or more"),
            ("villages of each township", villages_each, np.inf, "1 or more"),
            ("persons", persons, people, f"1 to {people}, the county's people"),
        )
        if not 1 <= value <= high
    ]
    if problems:
        raise InputError(problems)


def _renumber(kept: np.ndarray, n: int) -> np.ndarray:
    """(n,) new number of each old one; -1 for those that go."""
    new = np.full(n, -1)
    new[kept] = np.arange(len(kept))
    return new


def _thinned(cells: np.ndarray, persons: int) -> np.ndarray:
    """Cells of the population that hold ``persons`` in all, each to within one person."""
    ends = np.cumsum(cells["persons"])
    thin = cells.copy()
    shares = np.floor(ends * (persons / ends[-1]) + 0.5).astype(np.int64)
    thin["persons"] = np.diff(shares, prepend=0)
    return thin[thin["persons"] > 0]


def _providers_kept(
    county: County, kept: np.ndarray, village: np.ndarray, township: np.ndarray
) -> np.ndarray:
    rows = county.providers
    reached = np.isfinite(county.travel_minutes[kept]).any(axis=0)
    lost = (rows["village"] >= 0) & (village[rows["village"]] < 0)
    lost |= (rows["township"] >= 0) & (township[rows["township"]] < 0)
    return np.flatnonzero((reached & ~lost) | (rows["place"] == Place.ELSEWHERE))


def _shrunk(
    county: County,
    keep: np.ndarray,
    kept: np.ndarray,
    population: np.ndarray,
    village: np.ndarray,
    township: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Staff and providers that stay, shrunk as their people are."""
    n = len(county.villages)
    before = np.bincount(county.population["village"], county.population["persons"], n)
    after = np.zeros(n)
    after[kept] = np.bincount(population["village"], population["persons"], len(kept))
    reach = np.isfinite(county.travel_minutes)
    share = np.full(len(county.providers), after.sum() / before.sum())
    whole = before @ reach
    share[whole > 0] = (after @ reach)[whole > 0] / whole[whole > 0]
    new = _renumber(keep, len(county.providers))
    staff = county.staff[new[county.staff["provider"]] >= 0]
    exact = staff["doctors"] * share[staff["provider"]]
    staff["doctors"] = np.maximum(1, np.floor(exact + 0.5))
    for name in ("minutes_per_month", "base_pay_yuan"):
        staff[name] *= exact / staff["doctors"]
    staff["provider"] = new[staff["provider"]]
    rows = county.providers[keep]
    for name in _SCALED:
        rows[name] *= share[keep]
    rows["beds"] = np.ceil(rows["beds"] * share[keep])
    for name, number in (("village", village), ("township", township)):
        rows[name] = np.where(rows[name] >= 0, number[rows[name]], -1)
    there = rows["consortium"] >= 0
    rows["consortium"][there] = np.unique(rows["consortium"][there], return_inverse=True)[1]
    return staff, rows
