"""Groups of people, by age, income and distance, and what a year brought each."""

from __future__ import annotations

import numpy as np

from abm.county import County, Place, Tier
from abm.model import Model
from agents.conditions import CONDITIONS
from agents.patient import DIED

AGE_BANDS = ((0, 14), (15, 44), (45, 59), (60, 74), (75, 200))
INCOME_BANDS = 5
DISTANCE_BANDS = 3
GROUPS = len(AGE_BANDS) + INCOME_BANDS + DISTANCE_BANDS
"""Groups of people, in this order: by age, by fifth of income, by third of travel time."""

LOT = np.dtype(
    [
        ("persons", "i8"),
        ("paid_fen", "i8"),  # paid by themselves
        ("visits", "i8"),
        ("admissions", "i8"),
        ("hypertension", "i8"),  # persons who have it
        ("controlled", "i8"),  # of those
        ("deaths", "i8"),
    ]
)
"""What a year brought a group of people, in agents."""


def distance_bands(county: County) -> np.ndarray:
    """(village,) third to which a village belongs by travel time to the nearest county hospital."""
    minutes = hospital_minutes(county)
    order = np.argsort(np.argsort(minutes, kind="stable"), kind="stable")
    return np.asarray(order * DISTANCE_BANDS // max(1, len(minutes)))


def hospital_minutes(county: County) -> np.ndarray:
    """(village,) minutes to the nearest county hospital, one way."""
    rows = county.providers
    hospitals = (rows["place"] == Place.IN_COUNTY) & (rows["tier"] == Tier.COUNTY)
    return np.asarray(county.travel_minutes[:, hospitals].min(axis=1, initial=np.inf))


def lots_of(model: Model, distance: np.ndarray) -> np.ndarray:
    """(group,) of LOT: what the year that ends has brought people, by age, income and distance."""
    rows, month = model.residents, model.month - 1
    alive = rows["alive"] == 1
    died = (rows["exit"] == DIED) & (rows["exit_month"] > month - 12)
    counted = alive | died
    rows, alive, died = rows[counted], alive[counted], died[counted]
    age = rows["age_months"] // 12
    by_age = np.searchsorted([high for _, high in AGE_BANDS], age)
    income = rows["income_yuan"]
    cuts = np.quantile(income[alive], np.arange(1, INCOME_BANDS) / INCOME_BANDS)
    by_income = np.searchsorted(cuts, income, side="right")
    away = (rows["elsewhere"] == 1) | (rows["village"] >= len(distance))
    by_distance = distance[np.minimum(rows["village"], len(distance) - 1)]
    hypertension = [c.name for c in CONDITIONS].index("hypertension")
    has = alive & (rows["stage"][:, hypertension] > 0)
    columns = {
        "persons": alive,
        "paid_fen": rows["year_paid_fen"],
        "visits": rows["year_visits"],
        "admissions": rows["year_admissions"],
        "hypertension": has,
        "controlled": has & (rows["controlled"][:, hypertension] == 1),
        "deaths": died,
    }
    lots = np.zeros(GROUPS, LOT)
    first = 0
    everyone = np.ones(len(rows), bool)
    for number, group, chosen in (
        (len(AGE_BANDS), by_age, everyone),
        (INCOME_BANDS, by_income, everyone),
        (DISTANCE_BANDS, by_distance, ~away),
    ):
        for name, values in columns.items():
            sums = np.bincount(group[chosen], values[chosen].astype(float), minlength=number)
            lots[name][first : first + number] = sums.round().astype(np.int64)
        first += number
    return lots
