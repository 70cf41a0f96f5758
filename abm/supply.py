"""Providers and doctors as rows, from the county's data."""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.county import County, Place
from agents.doctor import DOCTOR
from agents.foundation.compile import chunk_loop
from agents.foundation.draws import ALTRUISM, child_key, month_stream, uniform
from agents.foundation.exact import normal_quantile
from agents.provider import DAYS_PER_MONTH, EVERYONE, PROVIDER

_DOCTOR_KEY: Any = np.uint64(0x5EED_0000_0000_0003)
KINDS_OUTSIDE = 4
_COPIED = (
    "tier",
    "place",
    "consortium",
    "village",
    "township",
    "capability",
    "quality",
    "visit_price_yuan",
    "chronic_price_yuan",
    "admission_price_yuan",
    "los_days",
    "drugs_share",
    "settled_share",
    "variable_cost_share",
)


def provider_rows(county: County, groups: int) -> np.ndarray:
    """Rows of the providers as they stand before the first month.

    Parameters
    ----------
    groups
        Number of consortia, at least 1: each provider has tally rows for each.

    Returns
    -------
    numpy.ndarray
        (provider,) of PROVIDER.
    """
    data, staff = county.providers, county.staff
    rows = np.zeros(len(data), PROVIDER)
    for name in _COPIED:
        rows[name] = data[name]
    rows["alive"] = 1
    rows["bonus_paid_share"] = 1.0
    rows["seen_up_to"] = EVERYONE
    rows["bed_up_to"] = EVERYONE
    rows["spare_bed_share"] = (data["beds"] > 0).astype(float)
    minutes = np.zeros(len(data))
    np.add.at(minutes, staff["provider"], staff["doctors"] * staff["minutes_per_month"])
    ours = 1.0 - data["other_load_share"]
    rows["minutes_capacity"] = minutes * ours
    usable = county.value("care.usable_bed_share")
    rows["bed_days_capacity"] = data["beds"] * DAYS_PER_MONTH * ours * usable
    doctors = np.zeros(len(data), np.int64)
    np.add.at(doctors, staff["provider"], staff["doctors"])
    rows["doctors"] = doctors
    rows["first_doctor"] = np.cumsum(doctors) - doctors
    tiers = ("village", "township", "county", "city", "province")
    per_visit = np.array([county.value(f"care.minutes_per_visit.{tier}") for tier in tiers])
    rows["minutes_per_visit"] = per_visit[data["tier"]]
    rows["minutes_per_bed_day"] = int(county.value("care.minutes_per_bed_day"))
    highest = {
        place: data["tier"][data["place"] == place].max(initial=0) for place in (Place.ELSEWHERE,)
    }
    top = data["tier"][data["place"] != Place.ELSEWHERE].max(initial=0)
    elsewhere = data["place"] == Place.ELSEWHERE
    rows["can_refer"] = np.where(
        elsewhere, data["tier"] < highest[Place.ELSEWHERE], data["tier"] < top
    )
    kinds = np.where(data["place"] == Place.IN_COUNTY, 1, KINDS_OUTSIDE) * groups
    rows["tally_row"] = np.cumsum(kinds) - kinds
    for name in ("fixed_cost", "subsidy", "cash"):
        rows[f"{name}_fen"] = np.floor(data[f"{name}_yuan"] * 100 + 0.5)
    return rows


def tally_labels(rows: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Provider, consortium and kind of care of each row of the month's tally."""
    provider, group, kind = [], [], []
    for p, row in enumerate(rows):
        kinds = (0,) if row["place"] == Place.IN_COUNTY else (1, 2, 3, 4)
        for g in range(groups):
            for k in kinds:
                provider.append(p)
                group.append(g)
                kind.append(k)
    return np.array(provider), np.array(group), np.array(kind)


def doctor_rows(county: County) -> np.ndarray:
    """Rows of the doctors, grouped by provider; altruism is drawn by :func:`form_doctors`.

    Raises
    ------
    ValueError
        If a provider has no doctor.
    """
    staff = county.staff[np.argsort(county.staff["provider"], kind="stable")]
    rows = np.zeros(int(staff["doctors"].sum()), DOCTOR)
    which = np.repeat(np.arange(len(staff)), staff["doctors"])
    rows["provider"] = staff["provider"][which]
    rows["title"] = staff["title"][which]
    rows["minutes_per_month"] = staff["minutes_per_month"][which]
    rows["base_pay_fen"] = np.floor(staff["base_pay_yuan"][which] * 100 + 0.5)
    rows["alive"] = 1
    if len(np.unique(rows["provider"])) != len(county.providers):
        raise ValueError("staff.csv: every provider needs at least one doctor")
    return rows


@chunk_loop
def form_doctors(
    rows: np.ndarray, start: int, stop: int, mean: float, spread: float, seed: int
) -> None:
    """Draw each doctor's altruism: normal, held between 0.2 and 2."""
    for d in range(start, stop):
        stream = month_stream(seed, child_key(_DOCTOR_KEY, d), -1)
        drawn = mean + spread * normal_quantile(uniform(stream, ALTRUISM))
        rows[d].altruism = min(max(drawn, 0.2), 2.0)
