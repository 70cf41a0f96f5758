"""Where things stand on the map: villages as the county says, providers by travel times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import least_squares

from abm.clinics import pool_clinics
from abm.county import County, Place, Tier
from abm.network import Network, build_network
from experiments.page.record import county_of

EDGE = 1.28
"""How far out places outside the county stand, in times half its width and height."""
_ANGLES = (-0.1, 0.22, 0.78, 1.1, 0.5, 1.5)
"""In which directions they stand, in half turns: apart, so that names do not meet."""


@dataclass(frozen=True)
class Map:
    """The county as it is drawn.

    Attributes
    ----------
    county, network
        As the model runs them, small clinics pooled.
    villages, townships, providers
        (n, 2) places in km.
    ground
        (n, 2) every village, those too whose clinics are pooled.
    minutes
        (provider,) mean travel time of those who can reach it, one way.
    """

    county: County
    network: Network
    villages: np.ndarray
    townships: np.ndarray
    providers: np.ndarray
    minutes: np.ndarray
    ground: np.ndarray


@lru_cache(8)
def map_of(county_name: str, weight: int) -> Map:
    """The map of a county at a weight.

    Raises
    ------
    InputError
        If the weight is too large for the county.
    """
    source = county_of(county_name)
    county = pool_clinics(source, weight)
    network = build_network(county)
    villages, ground = (
        np.column_stack([c.villages["x_km"], c.villages["y_km"]]) for c in (county, source)
    )
    minutes = reach_minutes(network, len(county.providers))
    townships = np.array(
        [
            villages[county.villages["township"] == t].mean(axis=0)
            for t in range(len(county.township_names))
        ]
    )
    places = _providers(county, network, villages, minutes)
    return Map(county, network, villages, townships, places, minutes, ground)


def reach_minutes(network: Network, providers: int) -> np.ndarray:
    """(provider,) mean minutes of the villages that can reach each; NaN where none can."""
    villages = len(network.provider) - 1
    used = network.provider[:villages] >= 0
    provider = network.provider[:villages][used]
    sums = np.bincount(provider, network.minutes[:villages][used], minlength=providers)
    counts = np.bincount(provider, minlength=providers)
    return np.divide(sums, counts, out=np.full(providers, np.nan), where=counts > 0)


def _providers(
    county: County, network: Network, villages: np.ndarray, minutes: np.ndarray
) -> np.ndarray:
    """Each provider where the distances to villages fit the travel times best.

    Those outside stand as far out as a map of the county has room for: their minutes are told.
    """
    rows, centre = county.providers, (villages.min(axis=0) + villages.max(axis=0)) / 2.0
    half = np.maximum((villages.max(axis=0) - villages.min(axis=0)) / 2.0, 1.0)
    scale = _km_per_minute(county, network, villages)
    places = np.zeros((len(rows), 2))
    outside = 0
    for p in range(len(rows)):
        village, slot = np.nonzero(network.provider[:-1] == p)
        if rows["place"][p] == Place.IN_COUNTY and len(village):
            far = network.minutes[village, slot] * scale
            places[p] = _fit(villages[village], far, _home(county, villages, p))
            continue
        if rows["place"][p] == Place.ELSEWHERE:
            continue  # nowhere on a map of the county
        angle = np.pi * _ANGLES[outside % len(_ANGLES)]
        places[p] = centre + EDGE * half * np.array([np.cos(angle), np.sin(angle)])
        outside += 1
    return places


def _home(county: County, villages: np.ndarray, p: int) -> np.ndarray | None:
    """(n, 2) villages among which a provider must stand; None if it may stand anywhere."""
    rows = county.providers
    if rows["village"][p] >= 0:
        return villages[rows["village"][p]][None, :]
    if rows["township"][p] >= 0 and rows["tier"][p] < Tier.COUNTY:
        return np.asarray(villages[county.villages["township"] == rows["township"][p]])
    return None


def _km_per_minute(county: County, network: Network, villages: np.ndarray) -> float:
    """Beeline km a minute of travel, from villages to their township centres' mean place."""
    tier = network.tier[:-1]
    village, slot = np.nonzero(tier == Tier.COUNTY)
    if not len(village):
        return 0.5
    minutes = network.minutes[village, slot]
    provider = network.provider[village, slot]
    km = np.zeros(len(village))
    for p in np.unique(provider):
        mine = provider == p
        # The village that is nearest in time stands about where the hospital stands.
        here = villages[village[mine][np.argmin(minutes[mine])]]
        km[mine] = np.linalg.norm(villages[village[mine]] - here, axis=1)
    return float(np.median(km[minutes > 0] / minutes[minutes > 0])) or 0.5


def _fit(villages: np.ndarray, far: np.ndarray, home: np.ndarray | None) -> np.ndarray:
    """Where the distances to villages fit best, inside the home if there is one."""
    if home is not None and len(home) == 1:
        return np.asarray(home[0])
    start = np.average(villages, axis=0, weights=1.0 / (1.0 + far) ** 2)
    inside = villages if home is None else home
    low, high = inside.min(axis=0) - 0.1, inside.max(axis=0) + 0.1

    def misfit(place: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.linalg.norm(villages - place, axis=1) - far
        return found

    start = np.clip(start, low + 0.01, high - 0.01)
    found = least_squares(misfit, start, bounds=(low, high), loss="soft_l1", max_nfev=40)
    return np.asarray(found.x)
