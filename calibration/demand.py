"""What a county's observed figures ask of its providers in a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from abm.county import County, Place, Scheme, Tier

NEEDED_TARGETS = (
    "insurance.admissions_per_insured",
    "insurance.visits_per_insured",
    "insurance.chronic_visits_per_insured",
    "insurance.yuan_per_visit",
    "insurance.yuan_per_chronic_visit",
    "insurance.yuan_per_admission",
    "insurance.cost_per_insured_yuan",
    "admissions.township_share",
    "admissions.county_share",
    "admissions.outside_share",
    "use.visits_per_resident",
    "use.primary_share_of_county_visits",
    "use.outside_share_of_visits",
)
"""Observed figures without which the identities cannot be computed."""


@dataclass(frozen=True)
class Persons:
    """Expected number of people by insurance; ``elsewhere`` are in the residents' scheme."""

    resident: float
    employee: float
    uninsured: float
    elsewhere: float


@dataclass(frozen=True)
class Demand:
    """A year's use of care, by level: village, township, county, outside, elsewhere."""

    levels: dict[str, np.ndarray]
    """Which providers belong to a level, each of shape (provider,)."""
    admissions: dict[str, float]
    """Admissions a year of everybody, employees at the residents' rate."""
    los_days: dict[str, float]
    bed_days: dict[str, float]
    visits: dict[str, float]
    """Visits a year of present people: primary, county, outside."""
    admission_share: dict[str, float]
    """Share of the residents' scheme's admissions."""
    admission_yuan: dict[str, float]
    settled_share: dict[str, float]
    """Share of settled visits."""
    admissions_per_insured: float
    visits_per_insured: float
    chronic_per_insured: float


def persons_by_scheme(county: County) -> Persons:
    """Count the people by scheme; the shares by age are averaged over each band."""
    people = county.population
    by_age = np.zeros(county.scheme_share.shape[1])
    for row in people[people["elsewhere"] == 0]:
        width = row["age_to"] - row["age_from"] + 1
        by_age[row["age_from"] : row["age_to"] + 1] += row["persons"] / width
    scheme = county.scheme_share @ by_age
    return Persons(
        resident=float(scheme[Scheme.RESIDENT]),
        employee=float(scheme[Scheme.EMPLOYEE]),
        uninsured=float(scheme[Scheme.NONE]),
        elsewhere=float(people["persons"][people["elsewhere"] == 1].sum()),
    )


def demand_of(county: County) -> Demand:
    """Compute a year's use from the county's targets; they must hold ``NEEDED_TARGETS``."""
    aim = {target.name: target.value for target in county.targets}
    levels = _levels(county)
    persons = persons_by_scheme(county)
    insured = max(persons.resident + persons.elsewhere, 1.0)
    away = min(persons.elsewhere / insured, aim["admissions.outside_share"])
    share = {
        "village": 0.0,
        "township": aim["admissions.township_share"],
        "county": aim["admissions.county_share"],
        "outside": aim["admissions.outside_share"] - away,
        "elsewhere": away,
    }
    rate = aim["insurance.admissions_per_insured"]
    # Employees are admitted where present residents are: their share elsewhere is nil.
    at_home = 1.0 + persons.employee / max(persons.resident, 1.0)
    admissions = {
        level: rate * insured * part * (1.0 if level == "elsewhere" else at_home)
        for level, part in share.items()
    }
    los = {level: _mean(county, chosen, "los_days") for level, chosen in levels.items()}
    return Demand(
        levels=levels,
        admissions=admissions,
        los_days=los,
        bed_days={level: admissions[level] * los[level] for level in levels},
        visits=_visits(county, aim),
        admission_share=share,
        admission_yuan={
            level: _mean(county, chosen, "admission_price_yuan") for level, chosen in levels.items()
        },
        settled_share=_settled(county, levels, aim, persons),
        admissions_per_insured=rate,
        visits_per_insured=aim["insurance.visits_per_insured"],
        chronic_per_insured=aim["insurance.chronic_visits_per_insured"],
    )


def _levels(county: County) -> dict[str, np.ndarray]:
    tier, place = county.providers["tier"], county.providers["place"]
    away = place == Place.ELSEWHERE
    return {
        "village": (tier == Tier.VILLAGE) & ~away,
        "township": (tier == Tier.TOWNSHIP) & ~away,
        "county": (tier == Tier.COUNTY) & ~away,
        "outside": (tier >= Tier.CITY) & ~away,
        "elsewhere": (tier >= Tier.CITY) & away,
    }


def _mean(county: County, chosen: np.ndarray, column: str) -> float:
    """Mean of a column over the beds that are free for the county's people."""
    rows = county.providers[chosen]
    weights = rows["beds"] * (1.0 - rows["other_load_share"])
    return float(np.average(rows[column], weights=weights)) if weights.sum() > 0 else 0.0


def _visits(county: County, aim: dict[str, float]) -> dict[str, float]:
    people = county.population
    present = float(people["persons"][people["elsewhere"] == 0].sum())
    total = present * aim["use.visits_per_resident"]
    inside = total * (1.0 - aim["use.outside_share_of_visits"])
    primary = inside * aim["use.primary_share_of_county_visits"]
    return {"primary": primary, "county": inside - primary, "outside": total - inside}


def _settled(
    county: County, levels: dict[str, np.ndarray], aim: dict[str, float], persons: Persons
) -> dict[str, float]:
    """Where settled visits are made: visits by level times the share that is settled there."""
    visits = _visits(county, aim)
    settled = county.providers["settled_share"]
    doctors = np.bincount(county.staff["provider"], county.staff["doctors"], minlength=len(settled))
    rate = {
        level: float(np.average(settled[chosen], weights=doctors[chosen])) if chosen.any() else 0.0
        for level, chosen in levels.items()
    }
    base = {level: float(doctors[levels[level]].sum()) for level in ("village", "township")}
    primary = max(sum(base.values()), 1.0)
    made = {
        "village": visits["primary"] * base["village"] / primary * rate["village"],
        "township": visits["primary"] * base["township"] / primary * rate["township"],
        "county": visits["county"] * rate["county"],
        "outside": visits["outside"] * rate["outside"],
    }
    present = max(persons.resident + persons.employee + persons.uninsured, 1.0)
    made["elsewhere"] = persons.elsewhere / present * sum(made.values()) * rate["elsewhere"]
    total = sum(made.values())
    return {level: part / total if total > 0 else 0.0 for level, part in made.items()}
