"""Providers and doctors as rows, from the county's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.county import County, Place
from abm.staffing import N_TIERS, by_illness, compare_skill, nurse_rooms, wear_fen
from agents.career import begin_career
from agents.doctor import DOCTOR, Doctor, plan_month
from agents.foundation.compile import chunk_loop, plain
from agents.foundation.draws import ALTRUISM, HONESTY, child_key, month_stream, uniform
from agents.foundation.exact import normal_quantile
from agents.provider import EVERYONE, PROVIDER

if TYPE_CHECKING:
    from abm.model import Model

_DOCTOR_KEY: Any = np.uint64(0x5EED_0000_0000_0003)
_NEWCOMER_KEY: Any = np.uint64(0x5EED_0000_0000_0005)
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
    rows["size"] = 1.0
    rows["seen_up_to"] = EVERYONE
    rows["bed_up_to"] = EVERYONE
    rows["spare_bed_share"] = (data["beds"] > 0).astype(float)
    minutes = np.zeros(len(data))
    np.add.at(minutes, staff["provider"], staff["doctors"] * staff["minutes_per_month"])
    ours = 1.0 - data["other_load_share"]
    # Where others have all, nobody of this county is seen, and there is no queue to share.
    some = ours > 0
    rows["whole_room"] = np.divide(1.0, ours, out=np.ones(len(ours)), where=some)
    theirs = np.divide(data["other_load_share"], ours, out=np.zeros(len(ours)), where=some)
    rows["others_ask"] = theirs * county.value("care.others_load")
    rows["minutes_capacity"] = minutes * ours
    nurse_rooms(rows, county)
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
    rows["fixed_cost_fen"] -= wear_fen(county)
    for kind in ("visit", "admission"):
        rows[f"{kind}_supplies_cost"] = data["variable_cost_share"]
    rows["posts"] = doctors
    rows["equipment"] = rows["bonus_factor"] = 1.0
    rows["treats"] = by_illness(rows["capability"], county.capability_gap)
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
    rows["provider"] = rows["workplace"] = staff["provider"][which]
    key = plain(child_key)
    rows["key"] = [key(_DOCTOR_KEY, d) for d in range(len(rows))]
    rows["title"] = staff["title"][which]
    rows["minutes_per_month"] = staff["minutes_per_month"][which]
    rows["base_pay_fen"] = np.floor(staff["base_pay_yuan"][which] * 100 + 0.5)
    rows["alive"] = 1
    if len(np.unique(rows["provider"])) != len(county.providers):
        raise ValueError("staff.csv: every provider needs at least one doctor")
    return rows


def traits(county: County) -> list[float]:
    """Parameters ``care.*`` from which what doctors are like is drawn."""
    names = ("altruism_mean", "altruism_spread", "honesty_spread")
    return [county.value(f"care.{name}") for name in names]


@chunk_loop
def form_doctors(
    rows: np.ndarray,
    start: int,
    stop: int,
    mean: float,
    spread: float,
    honesty_spread: float,
    seed: int,
) -> None:
    """Draw what each doctor is like.

    Altruism is normal, held between 0.2 and 2; honesty goes with altruism, times an even draw
    round 1.
    """
    for d in range(start, stop):
        doctor = rows[d]
        stream = month_stream(seed, doctor.key, -1)
        drawn = mean + spread * normal_quantile(uniform(stream, ALTRUISM))
        doctor.altruism = min(max(drawn, 0.2), 2.0)
        doctor.honesty = doctor.altruism * (
            1.0 + honesty_spread * (2.0 * uniform(stream, HONESTY) - 1.0)
        )
        doctor.strain = 1.0


@chunk_loop
def plan_months(
    rows: np.ndarray, start: int, stop: int, providers: np.ndarray, judgement: Any
) -> None:
    """Let doctors feel load and pay, and settle how much they work this month."""
    for d in range(start, stop):
        plan_month(rows[d], providers[rows[d].workplace], judgement)


@chunk_loop
def add_up_minutes(rows: np.ndarray, doctors: int, whole: np.ndarray, idle: np.ndarray) -> None:
    """Add up each place's minutes of its doctors, and those that they do not work.

    One after another, so that the sums have one order.
    """
    for d in range(doctors):
        doctor = rows[d]
        if doctor.alive == 1:
            minutes = doctor.minutes_per_month * (1.0 - doctor.side_share)
            whole[doctor.workplace] += minutes
            idle[doctor.workplace] += doctor.idle_share * minutes


def know_the_network(rows: np.ndarray) -> None:
    """Enter what a doctor knows of the places above and below his own, and of the county's best.

    Above are higher levels where his patients can go, below lower ones of his consortium.
    """
    treats = np.ascontiguousarray(rows["treats"])
    tier, away = rows["tier"], (rows["place"] == Place.ELSEWHERE).astype(np.int64)
    nobody = np.zeros((2, 1, treats.shape[1]))
    above = _best(treats, away, tier, 2)[:, ::-1]
    above = np.maximum.accumulate(np.concatenate([nobody, above], axis=1), axis=1)
    rows["above_treats"] = above[:, ::-1][away, tier + 1]
    rows["county_treats"] = treats[rows["place"] == Place.IN_COUNTY].max(axis=0, initial=0.0)
    ours = rows["consortium"] + 1
    below = _best(treats, ours, tier, int(ours.max(initial=0)) + 1)
    below = np.concatenate([np.full_like(below[:, :1], -1.0), below], axis=1)
    below = np.maximum.accumulate(below, axis=1)[ours, tier]
    rows["below_treats"] = np.where((ours > 0)[:, None], below, -1.0)


def _best(treats: np.ndarray, group: np.ndarray, tier: np.ndarray, groups: int) -> np.ndarray:
    """(group, tier, illness) most that any place of a group and level can treat; -1: no place."""
    best = np.full((groups * N_TIERS, treats.shape[1]), -1.0)
    where = group * N_TIERS + tier
    order = np.argsort(where, kind="stable")
    present, first = np.unique(where[order], return_index=True)
    best[present] = np.maximum.reduceat(treats[order], first, axis=0)
    return best.reshape(groups, N_TIERS, -1)


@chunk_loop
def begin_careers(
    rows: Any,
    first: int,
    stop: int,
    centre: Any,
    youngest: Any,
    oldest: Any,
    spread: float,
    seed: int,
) -> None:
    """Draw each doctor's skill and age; arrays run from the row ``first``."""
    for d in range(first, stop):
        n = d - first
        stream = month_stream(seed, rows[d].key, -1)
        begin_career(rows[d], centre[n], spread, youngest[n], oldest[n], stream)


def begin_staff(model: Model) -> None:
    """Draw character, skill and age of the doctors of the start."""
    county, population = model.county, model.population(Doctor)
    doctors = population.rows
    model.engine.over_rows(form_doctors, population, *traits(county), model.seed)
    licensed = model.staffing.licensed[doctors["title"]]
    retires = [county.value(f"career.{name}") for name in ("retires_at", "retires_at_base")]
    oldest = np.where(licensed, *retires).astype(np.int64)
    first_title = np.flatnonzero(model.staffing.licensed)[0] if licensed.any() else 0
    risen = np.maximum(0, doctors["title"] - first_title)
    first, step = (county.value(f"career.{name}") for name in ("youngest_years", "years_per_title"))
    youngest = np.minimum(first + step * risen, oldest - 5).astype(np.int64)
    centre = model.providers["quality"][doctors["provider"]]
    run = model.engine.loop(begin_careers)
    rows = model.engine.rows(population)
    spread = county.value("career.skill_spread")
    run(rows, 0, len(rows), centre, youngest, oldest, spread, model.seed)
    compare_skill(model)


def add_newcomers(model: Model, hired: np.ndarray) -> None:
    """Let each provider's newcomers begin, with its lowest title and less than its usual skill."""
    county, population, staffing = model.county, model.population(Doctor), model.staffing
    places = np.repeat(np.arange(len(hired)), hired)
    if len(places) == 0:
        return
    before = np.repeat(model.providers["hired"], hired)
    number = before + np.arange(len(places)) - np.repeat(np.cumsum(hired) - hired, hired)
    key = plain(child_key)
    keys = [key(key(_NEWCOMER_KEY, int(p)), int(n)) for p, n in zip(places, number, strict=True)]
    title = staffing.lowest[places]
    first = population.append(
        len(places),
        key=np.array(keys, np.uint64),
        provider=places,
        workplace=places,
        title=title,
        base_pay_fen=staffing.pay_fen[places, title],
        minutes_per_month=staffing.minutes[places],
    )
    model.providers["hired"] += hired
    run = model.engine.loop
    rows = model.engine.rows(population)
    run(form_doctors)(rows, first, len(rows), *traits(county), model.seed)
    centre = staffing.quality[places] - county.value("career.entry_gap")
    young = np.full(len(places), int(county.value("career.youngest_years")))
    spread = county.value("career.skill_spread")
    run(begin_careers)(rows, first, len(rows), centre, young, young, spread, model.seed)
