"""The year's end in doctors' working lives: who retires, moves up, leaves, is hired, is promoted.

Posts are filled from the top downwards: hospitals outside the county first, then the county's own,
then its centres, so that a post that is left is open to those below in the same year. Draws
belong to a doctor's key, never to his row.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.county import Tier
from abm.management import enlarge_outside, fill_posts, indebted, run_management
from abm.staffing import INCOMES, OTHERS, STAFF_YEAR, draw_of_places, settle
from abm.supply import add_newcomers
from abm.surplus_use import train
from agents.career import (
    MOVED_OUT,
    RESIGNED,
    RETIRED,
    RETIRES,
    SEEKS,
    Career,
    look_back,
    own_income_fen,
    resigns,
    standing,
)
from agents.doctor import Doctor
from agents.foundation.compile import chunk_loop
from agents.foundation.draws import month_stream
from agents.foundation.exact import log

if TYPE_CHECKING:
    from abm.model import Model


def career_of(county: Any) -> Career:
    """What doctors weigh about their working lives, from ``career.*``."""
    return Career(*(county.value(f"career.{name}") for name in Career._fields))


@chunk_loop
def look_back_chunk(
    rows: Any,
    start: int,
    stop: int,
    pay_above_fen: Any,
    load: Any,
    around: Any,
    at_base: Any,
    career: Career,
    seed: int,
    month: int,
) -> None:
    """Let each doctor at work in the county, who has a pay above, end a year."""
    for d in range(start, stop):
        doctor = rows[d]
        if doctor.alive == 1 and pay_above_fen[d] > 0.0:
            stream = month_stream(seed, doctor.key, month)
            p = doctor.workplace
            look_back(doctor, pay_above_fen[d], load[p], around[p], at_base[d], career, stream)


@chunk_loop
def resign_chunk(
    rows: Any, start: int, stop: int, leaves: Any, career: Career, seed: int, month: int
) -> None:
    """Fill who of those who look for a place would leave without one."""
    for d in range(start, stop):
        doctor = rows[d]
        if doctor.alive == 1 and doctor.plans == SEEKS:
            stream = month_stream(seed, doctor.key, month)
            leaves[d] = 1 if resigns(doctor, career, stream) else 0


@chunk_loop
def standing_chunk(
    rows: Any, which: Any, pay_fen: Any, by_skill: float, stands: Any, seed: int, month: int
) -> None:
    """Fill how each applicant stands, and what he would gain, at the pay he is offered."""
    for n in range(which.shape[0]):
        doctor = rows[which[n]]
        gain = log(pay_fen[n] / own_income_fen(doctor))
        stream = month_stream(seed, doctor.key, month)
        stands[n, 0] = standing(doctor, gain, by_skill, stream)
        stands[n, 1] = gain


def end_year(model: Model) -> None:
    """Let doctors and managements end a year; nobody moves where doctors are held fixed."""
    record = staff_of_year(model)
    with model.replay.earned(model) if model.replay is not None else nullcontext():
        _end_year(model, record)
    for name in OTHERS:
        model.providers[name] = 0.0
    settle(model)
    model.staff_years.append(record)


def _end_year(model: Model, record: np.ndarray) -> None:
    if "doctors" not in model.hold:
        grow_older(model)
        _count(model, record, "seeking", _at_work(model, SEEKS))
        _count(model, record, "retired", _at_work(model, RETIRES))
        _leave(model, _at_work(model, RETIRES), RETIRED)
    train(model)
    run_management(model)
    enlarge_outside(model)
    if "doctors" not in model.hold:
        openings, below, promoted = draw_of_places(model)
        recruit_outside(model, record)
        for tier in (Tier.COUNTY, Tier.TOWNSHIP):
            move_up(model, int(tier), record, below)
        _resign(model, record)
        hired = fill_posts(model, openings)
        add_newcomers(model, hired)
        record["hired"] += hired
        promote(model, promoted)


def staff_of_year(model: Model) -> np.ndarray:
    """What each provider's staff was this year, (provider,) of STAFF_YEAR."""
    doctors, rows = model.population(Doctor).rows, model.providers
    provider = doctors["provider"]
    which = np.flatnonzero((doctors["alive"] == 1) & model.staffing.in_county[provider])
    here = {
        name: doctors[name][which] for name in ("side_share", "skill", "leave_chance", "age_years")
    }
    provider = provider[which]
    record = np.zeros(len(rows), STAFF_YEAR)
    for name, values in (
        ("doctors", np.ones(len(which))),
        ("licensed", model.staffing.licensed[doctors["title"][which]]),
        ("on_the_side", here["side_share"] > 0),
        ("side_share", here["side_share"]),
        ("skill", here["skill"]),
        ("leave_chance", here["leave_chance"]),
        ("age_years", here["age_years"]),
    ):
        record[name] = np.bincount(provider, values.astype(float), len(rows))
    for name in INCOMES:
        np.add.at(record[name], provider, doctors[name][which])
    # Of hospitals outside the county only the number stands, which does not change.
    record["doctors"] = np.where(model.staffing.in_county, record["doctors"], rows["doctors"])
    for name in ("capability", "quality", "equipment", "size", *OTHERS):
        record[name] = rows[name]
    option = model.network.provider
    used = option >= 0
    number = np.bincount(option[used], minlength=len(rows))
    known = np.bincount(option[used], model.known[used], len(rows))
    record["known_capability"] = known / np.maximum(number, 1)
    return record


def _at_work(model: Model, plans: int) -> np.ndarray:
    doctors = model.population(Doctor).rows
    return np.flatnonzero((doctors["alive"] == 1) & (doctors["plans"] == plans))


def _count(model: Model, record: np.ndarray, column: str, which: np.ndarray) -> None:
    provider = model.population(Doctor).rows["provider"][which]
    np.add.at(record[column], provider, 1)


def grow_older(model: Model) -> None:
    """Let every doctor of the county end his year; see :func:`agents.career.look_back`."""
    population, staffing = model.population(Doctor), model.staffing
    doctors = population.rows
    provider, title = doctors["provider"], doctors["title"]
    tier = model.providers["tier"][provider]
    licensed = staffing.licensed[title]
    above = np.minimum(tier + 1, Tier.CITY)
    pay = staffing.usual_pay_fen[above, title]
    pay = np.where(licensed, pay, model.county.value("career.other_work_yuan") * 100.0)
    pay = np.where(staffing.in_county[provider], pay * staffing.full_time[provider], 0.0)
    doctors["plans"][staffing.in_county[provider]] = 0
    model.engine.over_rows(
        look_back_chunk,
        population,
        pay,
        model.providers["workload"].copy(),
        model.skill_now[0],
        (~licensed).astype(np.int64),
        career_of(model.county),
        model.seed,
        model.month,
    )


def _leave(model: Model, which: np.ndarray, why: int) -> None:
    """Take doctors out of the county's providers."""
    population = model.population(Doctor)
    doctors = population.rows
    doctors["alive"][which] = 0
    doctors["plans"][which] = 0
    doctors["side_share"][which] = 0.0
    doctors["exit"][which] = why
    doctors["exit_month"][which] = model.month
    population.touch()


def _ranked(model: Model, which: np.ndarray, pay_fen: np.ndarray) -> np.ndarray:
    """Applicants who would gain, those who stand best first."""
    if len(which) == 0:
        return which
    stands = np.zeros((len(which), 2))
    run = model.engine.loop(standing_chunk)
    rows = model.engine.rows(model.population(Doctor))
    by_skill = model.county.value("career.chosen_by_skill")
    run(rows, which, pay_fen, by_skill, stands, model.seed, model.month)
    gains = stands[:, 1] > 0.0
    order = np.argsort(-stands[:, 0], kind="stable")
    return which[order][gains[order]]


def _applicants(model: Model, below: int) -> np.ndarray:
    """Rows of the licensed who look for a place and work below a level of the county."""
    doctors, staffing = model.population(Doctor).rows, model.staffing
    which = _at_work(model, SEEKS)
    tier = model.providers["tier"][doctors["provider"][which]]
    young = doctors["age_years"][which] < model.county.value("career.hired_below_years")
    fit = staffing.licensed[doctors["title"][which]] & (tier < below) & young
    if model.policy_now.staff.moves_up == "stopped":
        fit &= tier >= Tier.COUNTY
    return which[fit]


def recruit_outside(model: Model, record: np.ndarray) -> None:
    """Let hospitals outside the county take those who stand best; their need is given."""
    doctors, staffing = model.population(Doctor).rows, model.staffing
    alive = (doctors["alive"] == 1) & staffing.in_county[doctors["provider"]]
    licensed = int((alive & staffing.licensed[doctors["title"]]).sum())
    places = int(licensed * model.county.value("career.outside_openings") + 0.5)
    which = _applicants(model, int(Tier.CITY))
    place = doctors["provider"][which]
    pay = staffing.usual_pay_fen[Tier.CITY, doctors["title"][which]] * staffing.full_time[place]
    chosen = _ranked(model, which, pay)[:places]
    _count(model, record, "moved_out", chosen)
    _leave(model, chosen, MOVED_OUT)


def move_up(model: Model, tier: int, record: np.ndarray, luck: np.ndarray) -> None:
    """Fill part of a level's open posts with those from below who stand best."""
    doctors, rows, staffing = model.population(Doctor).rows, model.providers, model.staffing
    places = np.repeat(np.arange(len(rows)), from_below(model, tier, luck))
    if len(places) == 0:
        return
    which = _applicants(model, tier)
    title = doctors["title"][which]
    at = doctors["provider"][which]
    pay = staffing.usual_pay_fen[tier, title] * staffing.full_time[at]
    chosen = _ranked(model, which, pay)[: len(places)]
    # The best applicants go where care is best.
    places = places[np.argsort(-rows["quality"][places], kind="stable")][: len(chosen)]
    _count(model, record, "moved_up", chosen)
    np.add.at(record["came_up"], places, 1)
    take_up(model, chosen, places)


def from_below(model: Model, tier: int, luck: np.ndarray) -> np.ndarray:
    """(provider,) open posts of a level that are given to doctors from below this year."""
    rows, staffing = model.providers, model.staffing
    doctors = model.population(Doctor).rows
    count = np.bincount(doctors["provider"][doctors["alive"] == 1], minlength=len(rows))
    here = staffing.in_county & (rows["tier"] == tier) & ~indebted(model)
    free = np.where(here, np.maximum(0, rows["posts"] - count), 0)
    share = model.county.value("career.from_below_share")
    return np.floor(free * share + luck).astype(np.int64)


def take_up(model: Model, which: np.ndarray, places: np.ndarray) -> None:
    """Let doctors take up posts at other providers, with the nearest title there is."""
    doctors, staffing = model.population(Doctor).rows, model.staffing
    title = np.clip(doctors["title"][which], staffing.lowest[places], staffing.highest[places])
    doctors["title"][which] = title
    doctors["provider"][which] = doctors["workplace"][which] = places
    doctors["base_pay_fen"][which] = staffing.pay_fen[places, title]
    doctors["minutes_per_month"][which] = staffing.minutes[places]
    doctors["plans"][which] = 0
    doctors["side_share"][which] = 0.0
    # What he is owed by the place that he left is not a claim against the new one.
    doctors["arrears_fen"][which] = 0
    doctors["usual_income_fen"][which] = 0


def _resign(model: Model, record: np.ndarray) -> None:
    """Let some of those who found no place leave all the same."""
    population = model.population(Doctor)
    leaves = np.zeros(len(population), np.int64)
    career = career_of(model.county)
    model.engine.over_rows(resign_chunk, population, leaves, career, model.seed, model.month)
    chosen = np.flatnonzero(leaves == 1)
    _count(model, record, "resigned", chosen)
    _leave(model, chosen, RESIGNED)


def promote(model: Model, luck: np.ndarray) -> None:
    """Fill part of the open posts of each higher title with the most skilled one title below."""
    doctors, staffing = model.population(Doctor).rows, model.staffing
    here = np.flatnonzero((doctors["alive"] == 1) & staffing.in_county[doctors["provider"]])
    have = np.zeros(staffing.posts.shape, np.int64)
    np.add.at(have, (doctors["provider"][here], doctors["title"][here]), 1)
    short = (staffing.posts > have) & staffing.in_county[:, None]
    short[np.arange(len(short)), staffing.lowest] = False
    share = model.county.value("career.promoted_share")
    for p in np.flatnonzero(short.any(axis=1)):
        own = here[doctors["provider"][here] == p]
        for title in np.flatnonzero(staffing.posts[p] > 0)[:0:-1]:
            free = staffing.posts[p, title] - have[p, title]
            number = int(free * share + luck[p])
            below = own[doctors["title"][own] < title]
            if number <= 0 or len(below) == 0:
                continue
            highest = doctors["title"][below].max()
            best = below[doctors["title"][below] == highest]
            best = best[np.argsort(-doctors["skill"][best], kind="stable")][:number]
            doctors["title"][best] = title
            doctors["base_pay_fen"][best] = staffing.pay_fen[p, title]
            have[p, title] += len(best)
            have[p, highest] -= len(best)
