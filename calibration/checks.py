"""Identities of a county: sums that must be possible before any run.

Each identity sets what the observed figures ask for against what the county's tables hold:
bed-days against beds, visits against doctors' minutes, cost against spending, benefits against
the fund, people against people, ways against villages. They are sums over means, so they do not
foresee a run; they refuse a county in which no run could come near its targets.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.county import CareKind, County, Place, Scheme, Tier
from agents.foundation.errors import InputError
from calibration.county import load_folder
from calibration.demand import NEEDED_TARGETS, Demand, demand_of, persons_by_scheme
from calibration.folder import read_folder
from calibration.reading import Problems

DAYS = 365.0


@dataclass(frozen=True)
class Identity:
    """One sum of a county and the bounds within which it is possible."""

    name: str
    value: float
    low: float
    high: float
    ok: bool
    unit: str
    explanation: str


@dataclass(frozen=True)
class FolderCheck:
    """What the check of a county folder found."""

    problems: list[str]
    """Faults of the files: the folder cannot be loaded, or an identity cannot be computed."""
    identities: list[Identity]
    """Sums, possible or not; empty if the folder cannot be loaded."""

    @property
    def ok(self) -> bool:
        """Whether the folder can be loaded and every sum is possible."""
        return not self.problems and all(identity.ok for identity in self.identities)


def check_folder(folder: Path) -> FolderCheck:
    """Check a county folder: every fault of its files, then the identities.

    Parameters
    ----------
    folder
        County folder.

    Returns
    -------
    FolderCheck
        Nothing is raised for faults of the folder's content.
    """
    if not folder.is_dir():
        return FolderCheck([f"{folder}: there is no such folder; allowed: a county folder"], [])
    try:
        county = load_folder(folder)
    except InputError as error:
        return FolderCheck(error.problems, [])
    known = {target.name for target in county.targets}
    problems = [
        f"targets.csv: lacks {name}, without which the identities cannot be computed; allowed: "
        "a row of that name, an assumption (quality A) where nothing was observed"
        for name in NEEDED_TARGETS
        if name not in known
    ]
    return FolderCheck(problems, [*_village_sums(folder), *identities(county)])


def _village_sums(folder: Path) -> list[Identity]:
    """Set the villages' people beside the townships' people: two files, one population."""
    read = read_folder(folder, Problems())
    villages: Counter[str] = Counter()
    townships: Counter[str] = Counter()
    for _, village in read.villages.rows:
        villages[village.township_id] += village.persons
    for _, band in read.population.rows:
        townships[band.township_id] += band.present_persons
    gaps = {
        name: abs(villages[name] - persons) / max(persons, 1) for name, persons in townships.items()
    }
    worst = max(gaps, key=lambda name: gaps[name])
    text = (
        f"largest in {worst}: {villages[worst]:,} people in villages.csv, "
        f"{townships[worst]:,} present in population.csv"
    )
    return [_identity("people.village_sums_gap", gaps[worst], 0.0, 0.25, "share", text)]


def identities(county: County) -> list[Identity]:
    """Compute the identities of a county.

    Those that rest on observed figures are left out if a figure is missing from the targets;
    ``check_folder`` then names the missing ones.
    """
    found = [*_people(county), *_ways(county)]
    known = {target.name for target in county.targets}
    if known.issuperset(NEEDED_TARGETS):
        demand = demand_of(county)
        found += [*_beds(county, demand), *_minutes(county, demand), *_money(county, demand)]
    return found


def _identity(
    name: str, value: float, low: float, high: float, unit: str, explanation: str
) -> Identity:
    value = float(value)
    return Identity(name, value, low, high, bool(low <= value <= high), unit, explanation)


def _people(county: County) -> list[Identity]:
    persons = persons_by_scheme(county)
    people = county.population
    present = people["persons"][people["elsewhere"] == 0].sum()
    old = people["persons"][(people["elsewhere"] == 0) & (people["age_from"] >= 60)].sum()
    insured = persons.resident + persons.elsewhere
    premiums = county.fund.personal_premium_per_head + county.fund.subsidy_per_head
    return [
        _identity(
            "people.present", present, 1.0, np.inf, "persons", "people who live in the county"
        ),
        _identity(
            "people.share_60_plus",
            old / max(present, 1),
            0.02,
            0.6,
            "share",
            f"{old:,} of {present:,} present people are in bands from 60 on",
        ),
        _identity(
            "people.elsewhere_share_of_insured",
            persons.elsewhere / max(insured, 1.0),
            0.0,
            0.6,
            "share",
            f"{persons.elsewhere:,.0f} of {insured:,.0f} insured by the residents' scheme "
            "live elsewhere",
        ),
        _identity(
            "people.uninsured_share",
            persons.uninsured / max(present, 1),
            0.0,
            0.2,
            "share",
            f"{persons.uninsured:,.0f} of {present:,} present people are in no scheme",
        ),
        _identity(
            "fund.premiums_share_of_income",
            premiums / max(county.fund.income_per_head, 1e-9),
            0.5,
            1.0,
            "share",
            f"premium and subsidy {premiums:,.2f} of {county.fund.income_per_head:,.2f} yuan "
            "a head",
        ),
    ]


def _ways(county: County) -> list[Identity]:
    providers, reach = county.providers, np.isfinite(county.travel_minutes)
    rows = np.arange(len(county.villages))
    here = providers["place"] != Place.ELSEWHERE
    own_clinic = providers["village"][None, :] == rows[:, None]
    centre = (providers["tier"] == Tier.TOWNSHIP) & here
    own_centre = centre & (providers["township"] == county.villages["township"][:, None])
    levels = {
        "own_clinic": own_clinic & (providers["tier"] == Tier.VILLAGE),
        "own_township_centre": own_centre,
        "county_hospital": (providers["tier"] == Tier.COUNTY) & here,
        "city_hospital": (providers["tier"] == Tier.CITY) & here,
        "provincial_hospital": (providers["tier"] == Tier.PROVINCE) & here,
    }
    found = []
    for name, of_level in levels.items():
        reached = (reach & of_level).any(axis=1)
        missing = [county.village_names[row] for row in np.flatnonzero(~reached)[:5]]
        text = f"{reached.sum()} of {len(rows)} villages have a way to one in travel.csv"
        if missing:
            text += f"; none from {', '.join(missing)}"
        found.append(_identity(f"ways.{name}", reached.mean(), 1.0, 1.0, "share", text))
    return found


def _beds(county: County, demand: Demand) -> list[Identity]:
    found = []
    for level, chosen in demand.levels.items():
        needed = demand.bed_days[level]
        if level == "village":
            continue
        own = county.providers["beds"] * (1.0 - county.providers["other_load_share"])
        free = float((own * chosen).sum()) * DAYS
        found.append(
            _identity(
                f"beds.{level}",
                needed / free if free > 0 else np.inf if needed > 0 else 0.0,
                0.0,
                1.0,
                "bed-days needed of those there are",
                f"{needed:,.0f} bed-days needed, {free:,.0f} in beds free of other load; needed "
                f"is {demand.admissions[level]:,.0f} admissions x {demand.los_days[level]:.2f} "
                "days",
            )
        )
    return found


def _minutes(county: County, demand: Demand) -> list[Identity]:
    found = []
    staff = county.staff
    other = county.providers["other_load_share"][staff["provider"]]
    minutes = staff["doctors"] * staff["minutes_per_month"] * 12.0 * (1.0 - other)
    a_bed_day = county.value("care.minutes_per_bed_day")
    groups = {"primary": ("village", "township"), "county": ("county",), "outside": ("outside",)}
    for group, levels in groups.items():
        chosen = np.any([demand.levels[level] for level in levels], axis=0)
        there = float(minutes[chosen[staff["provider"]]].sum())
        visits = demand.visits[group]
        bed_days = sum(demand.bed_days[level] for level in levels)
        a_visit = county.value(f"care.minutes_per_visit.{_tier_of(group)}")
        needed = visits * a_visit + bed_days * a_bed_day
        found.append(
            _identity(
                f"minutes.{group}",
                needed / there if there > 0 else np.inf,
                0.0,
                1.0,
                "minutes needed of those there are",
                f"{needed:,.0f} minutes needed, {there:,.0f} of doctors free of other load; "
                f"needed is {visits:,.0f} visits x {a_visit:g} + {bed_days:,.0f} bed-days x "
                f"{a_bed_day:g}",
            )
        )
    return found


def _tier_of(group: str) -> str:
    return {"primary": "township", "county": "county", "outside": "city"}[group]


def _money(county: County, demand: Demand) -> list[Identity]:
    aim = {target.name: target for target in county.targets}
    per_admission = aim["insurance.yuan_per_admission"]
    spending = aim["insurance.cost_per_insured_yuan"]
    prices = sum(demand.admission_share[k] * demand.admission_yuan[k] for k in demand.levels)
    parts = (
        demand.admissions_per_insured * per_admission.value,
        demand.visits_per_insured * aim["insurance.yuan_per_visit"].value,
        demand.chronic_per_insured * aim["insurance.yuan_per_chronic_visit"].value,
    )
    outlay = _outlay_per_insured(county, demand, parts)
    income = county.fund.income_per_head
    return [
        _identity(
            "money.yuan_per_admission",
            prices,
            0.8 * per_admission.value,
            1.2 * per_admission.value,
            "yuan",
            "price lists weighted by where people are admitted, within a fifth of the observed "
            f"{per_admission.value:,.0f}",
        ),
        _identity(
            "money.cost_per_insured_yuan",
            sum(parts),
            spending.low,
            spending.high,
            "yuan per insured person and year",
            f"admissions {parts[0]:,.2f} + visits {parts[1]:,.2f} + chronic list "
            f"{parts[2]:,.2f}, against observed spending {spending.value:,.2f}",
        ),
        _identity(
            "fund.outlay_share_of_income",
            outlay / income if income > 0 else np.inf,
            0.5,
            1.15,
            "share",
            f"benefit table on observed use: {outlay:,.2f} of {income:,.2f} yuan a head, "
            "serious-illness premium included; one year's loss of 15 % is taken as possible",
        ),
        _identity(
            "fund.outlay_share_of_cost",
            outlay / max(sum(parts), 1e-9),
            0.3,
            0.85,
            "share",
            f"{outlay:,.2f} paid of {sum(parts):,.2f} yuan of settled care a head",
        ),
    ]


def _outlay_per_insured(county: County, demand: Demand, parts: tuple[float, ...]) -> float:
    """Outlay of the fund by the benefit table at mean prices; caps are taken at the mean."""
    inpatient = general = chronic = 0.0
    for level in demand.levels:
        paid = [
            county.benefits[Scheme.RESIDENT, kind, tier] for kind, tier in _rules(county, level)
        ]
        price = demand.admission_yuan[level]
        covered = np.mean(
            [
                max(price * p["in_policy_share"] - p["deductible_yuan"], 0) * p["inpatient_ratio"]
                for p in paid
            ]
        )
        share = demand.settled_share[level]
        inpatient += demand.admission_share[level] * covered
        general += share * np.mean([p["outpatient_ratio"] * p["in_policy_share"] for p in paid])
        chronic += share * np.mean([p["chronic_ratio"] * p["in_policy_share"] for p in paid])
    fund = county.fund
    return float(
        demand.admissions_per_insured * inpatient
        + min(parts[1] * general, fund.outpatient_cap_yuan)
        + min(parts[2] * chronic, fund.chronic_cap_yuan)
        + fund.serious_illness_premium_per_head
    )


def _rules(county: County, level: str) -> list[tuple[CareKind, Tier]]:
    if level == "outside":
        kinds = (CareKind.REFERRED, CareKind.SELF_REFERRED)
        rules = [(kind, tier) for kind in kinds for tier in (Tier.CITY, Tier.PROVINCE)]
    elif level == "elsewhere":
        rules = [(CareKind.LIVES_ELSEWHERE, Tier.CITY)]
    else:
        rules = [(CareKind.IN_COUNTY, Tier[level.upper()])]
    return rules
