"""Travel times in a generated county, from distance, roads and crossings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import NormalDist

import numpy as np

from calibration.composite_people import Village
from calibration.composite_providers import Provider
from calibration.composite_spec import Spec

SURVEY = {
    "own clinic": ((10, 0.795), (20, 0.957), (30, 0.991)),
    "hospital": ((15, 0.061), (30, 0.260), (45, 0.694)),
}
"""Shares of rural people within so many minutes (four counties of Ningxia, December 2019)."""


EASY_WALK_MINUTES = 10.0
"""Way to the clinic of a village whose homes lie close together."""


def _distance(village: Village, provider: Provider) -> float:
    return float(np.hypot(village.x_km - provider.x_km, village.y_km - provider.y_km))


def _minutes(spec: Spec, village: Village, provider: Provider) -> float:
    away = _distance(village, provider)
    home = spec.townships[village.township]
    crossing = 0.0 if provider.township_id == home.id else home.crossing_minutes
    far = provider.hospital
    if far is not None and far.base_minutes is not None:
        return far.base_minutes + far.minutes_per_km * away + crossing
    roads = spec.roads
    return roads.start_minutes + 60.0 * roads.detour * away / roads.km_per_hour + crossing


def candidates(
    spec: Spec, village: Village, clinic: Provider, facilities: Sequence[Provider]
) -> list[Provider]:
    """Providers that a village's people choose among, its own clinic first."""
    home = spec.townships[village.township]
    centres = [p for p in facilities if p.tier == "township" and p.place == "in_county"]
    own = [p for p in centres if p.township_id == home.id]
    others = sorted(
        (p for p in centres if p.township_id != home.id), key=lambda p: _distance(village, p)
    )
    county = [p for p in facilities if p.tier == "county"]
    nearest = sorted(county[1:], key=lambda p: _minutes(spec, village, p))
    chosen = [county[0], *nearest[: spec.roads.county_hospitals - 1]]
    far = [p for p in facilities if p.tier in ("city", "province") and p.place != "elsewhere"]
    return [clinic, *own, *others[: spec.roads.other_townships], *chosen, *far]


def _normal_quantiles(count: int) -> list[float]:
    """Evenly spaced quantiles: a few hundred villages then show the shares intended."""
    normal = NormalDist()
    return [normal.inv_cdf((k + 0.5) / count) for k in range(count)]


def travel_rows(
    spec: Spec,
    villages: Sequence[Village],
    facilities: Sequence[Provider],
    draw: np.random.Generator,
) -> Iterable[Sequence[object]]:
    """Rows of ``travel.csv``, in whole minutes and at least one."""
    clinics = {p.village_id: p for p in facilities if p.tier == "village"}
    own = _clinic_minutes(spec, villages, draw)
    for village, clinic_minutes in zip(villages, own, strict=True):
        clinic = clinics[village.id]
        # Who walks long to the clinic lives in a scattered village, and walks to any road first.
        walk = max(clinic_minutes - EASY_WALK_MINUTES, 0.0)
        for provider in candidates(spec, village, clinic, facilities):
            minutes = clinic_minutes
            if provider is not clinic:
                minutes = _minutes(spec, village, provider) + walk
            yield village.id, provider.id, max(1, round(minutes))


def _clinic_minutes(
    spec: Spec, villages: Sequence[Village], draw: np.random.Generator
) -> list[float]:
    """Minutes to the own clinic: lognormal, longest in remote villages."""
    remote = []
    for village, noise in zip(villages, draw.standard_normal(len(villages)), strict=True):
        home = spec.townships[village.township]
        away = np.hypot(village.x_km - home.x_km, village.y_km - home.y_km)
        far = np.hypot(village.x_km, village.y_km)
        remote.append(float(np.log((away + 0.1) * (far + 5.0)) + 0.4 * noise))
    rank = np.argsort(np.argsort(remote, kind="stable"), kind="stable")
    steps = np.array(_normal_quantiles(len(villages)))[rank]
    return list(spec.roads.clinic_median_minutes * np.exp(spec.roads.clinic_spread * steps))


def closeness(
    villages: Sequence[Village], facilities: Sequence[Provider], ways: Iterable[Sequence[object]]
) -> list[str]:
    """Say how near the travel times come to the survey's shares."""
    tier = {provider.id: provider.tier for provider in facilities}
    nearest: dict[str, dict[str, float]] = {"own clinic": {}, "hospital": {}}
    for village, provider, minutes in ways:
        level = tier[str(provider)]
        kind = "own clinic" if level == "village" else "hospital"
        if level != "township":
            best = nearest[kind].get(str(village), np.inf)
            nearest[kind][str(village)] = min(best, float(str(minutes)))
    total = sum(village.persons for village in villages)
    lines = []
    for kind, bands in SURVEY.items():
        for limit, wanted in bands:
            near = sum(v.persons for v in villages if nearest[kind][v.id] <= limit) / total
            lines.append(f"{kind} within {limit} minutes: {near:.3f} (survey {wanted:.3f})")
    return lines
