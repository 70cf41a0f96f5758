"""Pooling small providers where one agent stands for many people.

A clinic that sees few agents in a month would meet with a lumpy demand that no real
clinic has. So where agents weigh much, neighbouring villages of a township share one
clinic with the room of all of theirs. A township whose centre would see too few, an island
say, shares the centre of its nearest neighbour. A weight that leaves even a hospital too
few agents is refused.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from abm.county import County, Place, Tier
from agents.foundation.errors import InputError
from agents.foundation.slots import N_SLOTS

LEAST_AGENT_VISITS = 30.0
"""Fewest agent-visits a month that a provider should see."""
VISITS_A_HEAD = 0.55
"""Outpatient visits of a resident in a month, all providers together."""
_SHARE = {Tier.VILLAGE: 0.40, Tier.TOWNSHIP: 0.25, Tier.COUNTY: 0.30}
_SUMMED = ("beds", "nurses", "cash_yuan", "fixed_cost_yuan", "subsidy_yuan")


def visits_per_month(county: County) -> np.ndarray:
    """Rough visits a month of each provider, before any run: by people and usual shares.

    Returns
    -------
    numpy.ndarray
        (provider,); infinite for providers outside the county, which others use too.
    """
    rows = county.providers
    here = rows["place"] == Place.IN_COUNTY
    people = _people(county)
    by_township = np.bincount(county.villages["township"], people, len(county.township_names))
    served = np.full(len(rows), np.inf)
    for tier, column, count in (
        (Tier.VILLAGE, "village", people),
        (Tier.TOWNSHIP, "township", by_township),
    ):
        place = rows[column]
        local = np.flatnonzero(here & (rows["tier"] == tier) & (place >= 0))
        # Where several of a tier stand in one place they share its people.
        beside = np.bincount(place[local], minlength=len(count))
        served[local] = count[place[local]] / beside[place[local]]
    hospitals = np.flatnonzero(here & (rows["tier"] == Tier.COUNTY))
    served[hospitals] = people.sum() / max(1, len(hospitals))
    share = np.array([_SHARE.get(Tier(tier), 1.0) for tier in rows["tier"]])
    return served * share * VISITS_A_HEAD


def pool_clinics(county: County, weight: int) -> County:
    """Pool clinics, and centres of the smallest townships, until each sees enough agents.

    Parameters
    ----------
    county
        The county at full size.
    weight
        People that an agent stands for.

    Returns
    -------
    County
        The same county if no provider is too small; else one with fewer, larger villages.

    Raises
    ------
    InputError
        If the weight is below 1, or leaves a provider that cannot be pooled fewer
        agent-visits than LEAST_AGENT_VISITS.
    """
    if weight < 1:
        raise InputError(f"weight {weight}: an agent stands for 1 person or more")
    if weight == 1:
        return county
    _refuse(county, weight)
    pooled = county
    while True:
        small = _small_township(pooled, weight)
        if small is None:
            break
        pooled = _join_townships(pooled, small)
    pool = _pools(pooled, visits_per_month(pooled) / weight)
    if pool.max() + 1 == len(pooled.villages):
        return pooled
    return _merge(pooled, pool, _clinics_as_one(pooled, pool))


def _refuse(county: County, weight: int) -> None:
    """Refuse a weight at which a hospital, or the whole county, sees too few agents."""
    visits = visits_per_month(county)
    here = county.providers["place"] == Place.IN_COUNTY
    hospital = here & (county.providers["tier"] >= Tier.COUNTY)
    seen = {county.provider_names[p]: visits[p] for p in np.flatnonzero(hospital)}
    for tier, kind in ((Tier.VILLAGE, "clinics"), (Tier.TOWNSHIP, "township centres")):
        chosen = here & (county.providers["tier"] == tier) & np.isfinite(visits)
        if chosen.any():
            seen[f"all {kind} together"] = visits[chosen].sum()
    worst = min(seen, key=lambda name: seen[name], default=None)
    if worst is not None and seen[worst] / weight < LEAST_AGENT_VISITS:
        most = max(1, int(seen[worst] / LEAST_AGENT_VISITS))
        raise InputError(
            f"weight {weight}: {worst} would see {seen[worst] / weight:.0f} agent-visits a "
            f"month, at least {LEAST_AGENT_VISITS:.0f} are needed; allowed for this county: "
            f"1 to {most}"
        )


def _small_township(county: County, weight: int) -> int | None:
    """Township whose centre, or whose clinics together, see fewest agents, if too few."""
    rows = county.providers
    visits = visits_per_month(county) / weight
    n = len(county.township_names)
    least = np.full(n, np.inf)
    centre = np.flatnonzero(_is_centre(county))
    np.minimum.at(least, rows["township"][centre], visits[centre])
    clinic = _is_clinic(county)
    of = county.villages["township"][rows["village"][clinic]]
    together = np.bincount(of, visits[clinic], n)
    least[of] = np.minimum(least[of], together[of])
    smallest = int(np.argmin(least))
    enough = least[smallest] >= LEAST_AGENT_VISITS
    return None if enough or len(np.unique(county.villages["township"])) == 1 else smallest


def _join_townships(county: County, small: int) -> County:
    """Let a township and its nearest neighbour be one, with one centre for both."""
    people = _people(county)
    host = _nearest_township(county, people, small)
    rows = county.providers
    stands_for = np.arange(len(rows))
    centres = {
        t: np.flatnonzero(_is_centre(county) & (rows["township"] == t)) for t in (small, host)
    }
    if len(centres[host]) > 0:
        stands_for[centres[small]] = centres[host][0]
    number = np.arange(len(county.township_names))
    number[small] = host
    number -= number > small
    villages, providers = county.villages.copy(), rows.copy()
    villages["township"] = number[villages["township"]]
    there = rows["township"] >= 0
    providers["township"][there] = number[rows["township"][there]]
    names = county.township_names[:small] + county.township_names[small + 1 :]
    joined = dataclasses.replace(
        county, villages=villages, providers=providers, township_names=names
    )
    return _merge(joined, np.arange(len(villages)), stands_for)


def _nearest_township(county: County, people: np.ndarray, small: int) -> int:
    """Nearest township by where people live; of the same consortium, if there is one."""
    of = county.villages["township"]
    n = len(county.township_names)
    size = np.bincount(of, people, n)
    with np.errstate(invalid="ignore"):
        x, y = (np.bincount(of, people * county.villages[c], n) / size for c in ("x_km", "y_km"))
    far = np.hypot(x - x[small], y - y[small])
    far[(np.arange(n) == small) | (size == 0)] = np.inf
    group = np.full(n, -2)
    centre = np.flatnonzero(_is_centre(county))
    group[county.providers["township"][centre]] = county.providers["consortium"][centre]
    same = (group == group[small]) & np.isfinite(far)
    return int(np.argmin(np.where(same, far, np.inf) if same.any() else far))


def _people(county: County) -> np.ndarray:
    """(village,) people present."""
    present = county.population[county.population["elsewhere"] == 0]
    return np.bincount(present["village"], present["persons"], len(county.villages))


def _is_centre(county: County) -> np.ndarray:
    rows = county.providers
    here = rows["place"] == Place.IN_COUNTY
    return here & (rows["tier"] == Tier.TOWNSHIP) & (rows["township"] >= 0)


def _is_clinic(county: County) -> np.ndarray:
    rows = county.providers
    here = rows["place"] == Place.IN_COUNTY
    return here & (rows["tier"] == Tier.VILLAGE) & (rows["village"] >= 0)


def _pools(county: County, visits: np.ndarray) -> np.ndarray:
    """(village,) number of the pool that each village joins.

    Along its township's longer side, a pool takes in villages until their clinics see
    enough agents; what is left over at the end joins the last.
    """
    clinic = _is_clinic(county)
    load = np.bincount(county.providers["village"][clinic], visits[clinic], len(county.villages))
    pool = np.zeros(len(county.villages), np.int64)
    number = 0
    for township in np.unique(county.villages["township"]):
        members = _in_line(county, np.flatnonzero(county.villages["township"] == township))
        left = load[members].sum()
        seen = 0.0
        for v in members:
            pool[v] = number
            seen += load[v]
            left -= load[v]
            if seen >= LEAST_AGENT_VISITS and left >= LEAST_AGENT_VISITS:
                number, seen = number + 1, 0.0
        number += 1
    return pool


def _in_line(county: County, members: np.ndarray) -> np.ndarray:
    """Villages of a township in the order in which they lie along its longer side."""
    x, y = county.villages["x_km"][members], county.villages["y_km"][members]
    along, across = (x, y) if np.ptp(x) >= np.ptp(y) else (y, x)
    return members[np.lexsort((across, along))]


def _merge(county: County, pool: np.ndarray, stands_for: np.ndarray) -> County:
    """A county of pooled villages and providers: people-weighted means, summed room.

    Parameters
    ----------
    pool
        (village,) number of the village that each becomes part of.
    stands_for
        (provider,) provider that takes the place of each; most stand for themselves.
    """
    people = np.maximum(_people(county), 1e-9)
    size = np.bincount(pool, people)
    first = np.unique(pool, return_index=True)[1]
    villages = county.villages[first].copy()
    for name in ("income_yuan", "aided_share", "x_km", "y_km"):
        villages[name] = np.bincount(pool, people * county.villages[name]) / size
    keep = np.unique(stands_for)
    heir = np.searchsorted(keep, stands_for)
    staff = county.staff.copy()
    staff["provider"] = heir[staff["provider"]]
    return dataclasses.replace(
        county,
        villages=villages,
        village_names=tuple(county.village_names[v] for v in first),
        providers=_pooled_rows(county, keep, heir, pool, people),
        capability_gap=_pooled_gap(county, keep, heir, people),
        provider_names=tuple(county.provider_names[p] for p in keep),
        staff=staff,
        population=_pooled_population(county.population, pool),
        travel_minutes=_merged_travel(county, pool, people, keep, heir),
    )


def _pooled_population(cells: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """Cells of the pooled villages, in which alike people of all their villages are one cell.

    Agents are whole, so few large cells are closer to the county than many small ones.
    """
    moved = cells.copy()
    moved["village"] = pool[cells["village"]]
    alike = [name for name in cells.dtype.names or () if name != "persons"]
    kinds, kind = np.unique(moved[alike], return_inverse=True)
    pooled = np.zeros(len(kinds), cells.dtype)
    for name in alike:
        pooled[name] = kinds[name]
    np.add.at(pooled["persons"], kind.ravel(), cells["persons"])
    return pooled


def _clinics_as_one(county: County, pool: np.ndarray) -> np.ndarray:
    """(provider,) provider that takes the place of each: of a pool's clinics, the first."""
    stands_for = np.arange(len(county.providers))
    first_of: dict[int, int] = {}
    for p in np.flatnonzero(_is_clinic(county)):
        where = int(pool[county.providers["village"][p]])
        stands_for[p] = first_of.setdefault(where, int(p))
    return stands_for


def _pooled_rows(
    county: County, keep: np.ndarray, heir: np.ndarray, pool: np.ndarray, people: np.ndarray
) -> np.ndarray:
    """Rows of the providers that stay: room and money summed, all else a mean by people."""
    data = county.providers
    rows = data[keep].copy()
    part = _people_served(county, people)
    alone = np.bincount(heir) == 1
    for name in data.dtype.names or ():
        if name in _SUMMED:
            pooled: np.ndarray = np.bincount(heir, data[name].astype(float))
        elif data.dtype[name].kind == "f":
            pooled = np.bincount(heir, part * data[name]) / np.bincount(heir, part)
        else:
            continue
        rows[name] = np.where(alone, rows[name], pooled)
    there = rows["village"] >= 0
    rows["village"][there] = pool[rows["village"][there]]
    return rows


def _people_served(county: County, people: np.ndarray) -> np.ndarray:
    """(provider,) people of its village or township; 1 for any other."""
    rows, of = county.providers, county.villages["township"]
    by_township = np.bincount(of, people, len(county.township_names))
    by_place = np.where(_is_centre(county), by_township[rows["township"]], 1.0)
    return np.where(_is_clinic(county), people[rows["village"]], by_place)


def _pooled_gap(
    county: County, keep: np.ndarray, heir: np.ndarray, people: np.ndarray
) -> np.ndarray:
    """(provider, illness) gaps of the providers that stay: means by people."""
    part = _people_served(county, people)
    whole = np.zeros((len(keep), county.capability_gap.shape[1]))
    np.add.at(whole, heir, part[:, None] * county.capability_gap)
    alone = (np.bincount(heir) == 1)[:, None]
    pooled = whole / np.bincount(heir, part)[:, None]
    return np.where(alone, county.capability_gap[keep], pooled)


def _merged_travel(
    county: County, pool: np.ndarray, people: np.ndarray, keep: np.ndarray, heir: np.ndarray
) -> np.ndarray:
    """People-weighted mean minutes over the villages of a pool that reach a provider.

    A pool reaches its own clinic and whatever half of its people reach: the options that
    most use, and never more than the villages' own number of them.
    """
    pools = int(pool.max()) + 1
    # A clinic that took in several is reached once by each village, at its nearest.
    minutes = np.full((len(pool), len(keep)), np.inf)
    np.minimum.at(minutes.T, heir, county.travel_minutes.T)
    reach = np.isfinite(minutes)
    share, mean = np.zeros((pools, len(keep))), np.zeros((pools, len(keep)))
    np.add.at(share, pool, people[:, None] * reach)
    np.add.at(mean, pool, people[:, None] * np.where(reach, minutes, 0.0))
    mean = np.divide(mean, share, out=np.full_like(mean, np.inf), where=share > 0)
    share /= np.bincount(pool, people)[:, None]
    rows = county.providers[keep]
    own = np.full(len(keep), -1)
    local = (rows["tier"] == Tier.VILLAGE) & (rows["village"] >= 0)
    own[local] = pool[rows["village"][local]]
    is_own = own[None, :] == np.arange(pools)[:, None]
    kept = (share >= 0.5) | (is_own & (share > 0))
    rank = np.argsort(np.argsort(-share - 2.0 * is_own, axis=1, kind="stable"), axis=1)
    return np.where(kept & (rank < N_SLOTS), mean, np.inf)
