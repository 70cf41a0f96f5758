"""From the rows of a county folder to the arrays of :class:`abm.county.County`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from abm.county import (
    BENEFIT,
    MAX_AGE,
    POPULATION,
    PROVIDERS,
    STAFF,
    VILLAGES,
    CareKind,
    ConditionTables,
    Fund,
    Place,
    Scheme,
    Target,
    Tier,
)
from abm.illness import Illness
from agents.conditions import ILLNESSES
from calibration.folder import CountyFolder
from calibration.schema import FundTable

SEXES = ("f", "m")


def index_of(names: Iterable[str]) -> dict[str, int]:
    """Number the names in order of first appearance."""
    numbers: dict[str, int] = {}
    for name in names:
        numbers.setdefault(name, len(numbers))
    return numbers


def spread(persons: Sequence[int], weights: np.ndarray) -> np.ndarray:
    """Spread counts over places in proportion to weights, each count exactly.

    What rounding took from a place is carried to the next count, so that small places do not
    lose people in every one of many small cells.

    Parameters
    ----------
    persons
        Counts to spread, shape (cells,).
    weights
        Positive weights, shape (places,).

    Returns
    -------
    numpy.ndarray
        int64, shape (cells, places); row sums equal ``persons``, nothing is negative.
    """
    share = weights / weights.sum()
    given = np.zeros((len(persons), len(weights)), dtype=np.int64)
    carry = np.zeros(len(weights))
    for cell, count in enumerate(persons):
        carry += share * count
        whole = np.maximum(np.floor(carry), 0.0).astype(np.int64)
        order = np.argsort(-(carry - whole), kind="stable")
        rest = count - int(whole.sum())
        if rest >= 0:
            whole[order[:rest]] += 1  # rest < places: the fractions sum to less than that
        else:
            _take_back(whole, order[::-1], -rest)
        given[cell] = whole
        carry -= whole
    return given


def _take_back(whole: np.ndarray, order: np.ndarray, surplus: int) -> None:
    while surplus > 0:
        for place in order:
            if surplus > 0 and whole[place] > 0:
                whole[place] -= 1
                surplus -= 1


def population(read: CountyFolder) -> np.ndarray:
    """People by village, sex, age band and whether they live elsewhere (POPULATION)."""
    villages: dict[str, list[int]] = {}
    for row, (_, village) in enumerate(read.villages.rows):
        villages.setdefault(village.township_id, []).append(row)
    persons = np.array([village.persons for _, village in read.villages.rows], dtype=np.float64)
    parts = []
    for township in index_of(people.township_id for _, people in read.population.rows):
        bands = [people for _, people in read.population.rows if people.township_id == township]
        here = np.array(villages[township])
        for elsewhere in (0, 1):
            counts = [(b.elsewhere_persons if elsewhere else b.present_persons) for b in bands]
            given = spread(counts, persons[here])
            cells = np.zeros(given.shape, dtype=POPULATION)
            cells["village"] = here[None, :]
            cells["sex"] = [[SEXES.index(band.sex)] for band in bands]
            cells["age_from"] = [[band.age_from] for band in bands]
            cells["age_to"] = [[band.age_to] for band in bands]
            cells["elsewhere"] = elsewhere
            cells["persons"] = given
            parts.append(cells.ravel())
    table = np.concatenate(parts)
    table = table[table["persons"] > 0]
    return np.sort(table, order=["village", "elsewhere", "sex", "age_from"], kind="stable")


def villages(read: CountyFolder) -> np.ndarray:
    """Villages in the order of their file (VILLAGES)."""
    township = index_of(row.township_id for _, row in read.townships.rows)
    return np.array(
        [
            (township[v.township_id], v.income_yuan, v.aided_share, v.x_km, v.y_km)
            for _, v in read.villages.rows
        ],
        dtype=VILLAGES,
    )


def providers(read: CountyFolder) -> np.ndarray:
    """Providers in the order of their file (PROVIDERS)."""
    rows = [row for _, row in read.providers.rows]
    index = {
        "township": index_of(row.township_id for _, row in read.townships.rows),
        "village": index_of(row.village_id for _, row in read.villages.rows),
        "consortium": index_of(row.consortium_id for row in rows if row.consortium_id),
    }
    table = np.zeros(len(rows), dtype=PROVIDERS)
    table["tier"] = [Tier[row.tier.upper()] for row in rows]
    table["place"] = [Place[row.place.upper()] for row in rows]
    for column, numbers in index.items():
        names = [getattr(row, f"{column}_id") for row in rows]
        table[column] = [-1 if name is None else numbers[name] for name in names]
    for column in PROVIDERS.names or ():
        if column not in ("tier", "place", *index):
            table[column] = [getattr(row, column) for row in rows]
    return table


def capability_gap(read: CountyFolder, illness: Illness, conditions: ConditionTables) -> np.ndarray:
    """What providers can treat of each illness beyond their capability, (provider, illness).

    As is usual of their level, but where the folder names a provider's own figure.
    """
    rows = [row for _, row in read.providers.rows]
    tiers = [Tier[row.tier.upper()] for row in rows]
    usual = np.vstack([illness.capability_gap, conditions.capability_gap])
    gap = np.ascontiguousarray(usual.T[tiers])
    number = index_of(row.provider_id for row in rows)
    for _, own in read.capability.rows:
        p = number[own.provider_id]
        gap[p, ILLNESSES.index(own.illness)] = own.capability - rows[p].capability
    return gap


def staff(read: CountyFolder, titles: Sequence[str]) -> np.ndarray:
    """Doctors by provider and title (STAFF), ordered by provider."""
    number = index_of(row.provider_id for _, row in read.providers.rows)
    table = np.array(
        [
            (
                number[s.provider_id],
                titles.index(s.title),
                s.doctors,
                s.minutes_per_month,
                s.base_pay_yuan,
            )
            for _, s in read.staff.rows
        ],
        dtype=STAFF,
    )
    return np.sort(table, order=["provider", "title"], kind="stable")


def travel_minutes(read: CountyFolder) -> np.ndarray:
    """Travel times (village, provider), infinite where no way is named."""
    village = index_of(row.village_id for _, row in read.villages.rows)
    provider = index_of(row.provider_id for _, row in read.providers.rows)
    minutes = np.full((len(village), len(provider)), np.inf)
    for _, way in read.travel.rows:
        minutes[village[way.village_id], provider[way.provider_id]] = way.minutes
    return minutes


def benefits(read: CountyFolder) -> np.ndarray:
    """Benefit table (scheme, kind, tier) of BENEFIT; zeros where no row is given."""
    table = np.zeros((len(Scheme), len(CareKind), len(Tier)), dtype=BENEFIT)
    for _, row in read.benefits.rows:
        place = (Scheme[row.scheme.upper()], CareKind[row.kind.upper()], Tier[row.tier.upper()])
        table[place] = tuple(getattr(row, column) for column in BENEFIT.names or ())
    return table


def fund(table: FundTable) -> Fund:
    """Return the fund's plain record."""
    return Fund(**table.model_dump())


def by_age(rows: Iterable[Any], column: str, scale: float = 1.0) -> np.ndarray:
    """Single years of age from bands; zero where no band lies. Shape (MAX_AGE + 1,)."""
    values = np.zeros(MAX_AGE + 1)
    for row in rows:
        values[row.age_from : row.age_to + 1] = getattr(row, column) * scale
    return values


def scheme_share(read: CountyFolder) -> np.ndarray:
    """Shares of present people in each scheme, shape (3, age); columns sum to 1."""
    rows = [row for _, row in read.schemes.rows]
    shares = np.zeros((len(Scheme), MAX_AGE + 1))
    shares[Scheme.RESIDENT] = by_age(rows, "resident_share")
    shares[Scheme.EMPLOYEE] = by_age(rows, "employee_share")
    shares[Scheme.NONE] = np.maximum(1.0 - shares.sum(axis=0), 0.0)
    return shares


def deaths_per_year(read: CountyFolder) -> np.ndarray:
    """Death probabilities, shape (sex, age)."""
    rows = [row for _, row in read.life_table.rows]
    return np.stack(
        [by_age((r for r in rows if r.sex == sex), "deaths_per_1000", 1e-3) for sex in SEXES]
    )


def births_per_year(read: CountyFolder) -> np.ndarray:
    """Births of a woman by age, shape (age,)."""
    return by_age((row for _, row in read.fertility.rows), "births_per_1000", 1e-3)


def migration_per_year(read: CountyFolder) -> np.ndarray:
    """Moves by kind and age, shape (4, age): leave, return, depart, arrive."""
    rows = [row for _, row in read.migration.rows]
    kinds = ("leave", "return", "depart", "arrive")
    return np.stack([by_age(rows, f"{kind}_per_1000", 1e-3) for kind in kinds])


def targets(read: CountyFolder) -> tuple[Target, ...]:
    """Observed figures in the order of their file."""
    return tuple(Target(**row.model_dump()) for _, row in read.targets.rows)
