"""A month of what a policy does with staff: postings, reading, visits at home; their cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.careers import end_year
from abm.county import Place, Tier
from abm.policy_staff import Posting
from abm.staffing import home_visits, reach, settle, visitors
from agents.doctor import Doctor
from agents.foundation.compile import chunk_loop
from agents.foundation.draws import POSTED, month_stream, uniform
from agents.foundation.money import to_fen
from agents.provider import bed_days_for

if TYPE_CHECKING:
    from abm.model import Model


@chunk_loop
def draw_doctors(rows: Any, which: Any, drawn: Any, seed: int, month: int) -> None:
    """Fill one uniform draw of each of some doctors."""
    for n in range(which.shape[0]):
        drawn[n] = uniform(month_stream(seed, rows[which[n]].key, month), POSTED)


def rotate(model: Model) -> None:
    """Call back whose posting ends and send others, by the policy in force."""
    doctors = model.population(Doctor).rows
    postings = model.policy_now.staff.postings
    away = (doctors["alive"] == 1) & (doctors["workplace"] != doctors["provider"])
    back = away & (doctors["posted_until"] <= model.month) if postings else away
    doctors["workplace"][back] = doctors["provider"][back]
    sent = sum(_send(model, posting) for posting in postings)
    if back.any() or sent:
        settle(model)


def _send(model: Model, posting: Posting) -> int:
    """Send as many as are missing at the places of a level; how many went."""
    population, rows = model.population(Doctor), model.providers
    doctors, tier = population.rows, model.providers["tier"]
    here = rows["place"] == Place.IN_COUNTY
    targets = np.flatnonzero(here & (tier == Tier[posting.target.upper()]))
    source = Tier[posting.source.upper()]
    place = Place.IN_CITY if source == Tier.CITY else Place.IN_COUNTY
    work, own = doctors["workplace"], doctors["provider"]
    away = (doctors["alive"] == 1) & (work != own) & (tier[own] == source)
    there = np.bincount(work[away], minlength=len(rows))[targets]
    wanted = np.repeat(targets, np.maximum(0, posting.doctors_per_place - there))
    free = (doctors["alive"] == 1) & (work == own) & (tier[own] == source)
    free &= rows["place"][own] == place
    which = np.flatnonzero(free & model.staffing.licensed[doctors["title"]])
    drawn = np.zeros(len(which))
    run = model.engine.loop(draw_doctors)
    run(model.engine.rows(population), which, drawn, model.seed, model.month)
    # Nowhere do more than half go.
    chosen = which[np.argsort(drawn, kind="stable")][: min(len(wanted), len(which) // 2)]
    doctors["workplace"][chosen] = wanted[: len(chosen)]
    doctors["posted_until"][chosen] = model.month + posting.months
    return len(chosen)


def told_at_home(model: Model) -> np.ndarray:
    """(village + 1, slot) stories that visits at home tell this month of clinic and centre."""
    told = np.zeros(model.known.shape)
    told[:, :2] = model.home_visits[:, None] * model.county.value("learning.home_visit_stories")
    return told


def staff_month(model: Model) -> None:
    """Pay for postings, readings and visits at home; let places learn; end the year in its time."""
    rows, tally = model.providers, model.tally
    load = rows["minutes_load"]
    rows["workload"] += (load - rows["workload"]) / min(12.0, model.month + 1.0)
    visits = model.by_provider(tally["visits"]) * model.weight
    rows["bed_days_capacity"] = bed_days_for(
        rows["bed_days_room"], rows["nurse_minutes"], visits, rows
    )
    pay_for_staffing(model, visits)
    reach(model)
    if model.month % 12 == 11:
        model.home_visits = home_visits(model)
        end_year(model)
    rows["cash_fen"] = model.ledger.balance_fen[model.ledger.provider]


def pay_for_staffing(model: Model, visits: np.ndarray) -> None:
    """Pay allowances, county pay at townships, tests read remotely, and visits at home."""
    rules, ledger, rows = model.policy_now.staff, model.ledger, model.providers
    doctors = model.population(Doctor).rows
    government, staff = ledger.account("government"), ledger.account("staff")
    extra = np.zeros(len(doctors), np.int64)
    for posting in rules.postings:
        source = Tier[posting.source.upper()]
        away = (doctors["alive"] == 1) & (doctors["workplace"] != doctors["provider"])
        away &= rows["tier"][doctors["provider"]] == source
        extra[away] = to_fen(posting.yuan_per_month)
    ledger.transfer(government, staff, int(extra.sum()), "posting allowances")
    topped = top_up_fen(model)
    ledger.transfer(government, staff, int(topped.sum()), "county pay at townships")
    doctors["income_fen"] += extra + topped
    here = model.staffing.in_county
    base = np.flatnonzero(here & (rows["tier"] == Tier.TOWNSHIP))
    centres = np.flatnonzero(here & (rows["tier"] == Tier.COUNTY))
    if rules.remote_reading > 0 and len(centres):
        each = rules.remote_reading * rules.yuan_per_reading * 100.0
        cost = np.floor(visits[base] * each + 0.5).astype(np.int64)
        centre = centres[np.argmax(rows["capability"][centres])]
        ledger.transfer(ledger.provider[base], ledger.provider[centre], cost, "tests read remotely")
    if rules.home_visits_per_year > 0:
        cost = np.floor(visitors(model) * rules.yuan_per_home_visit * 100.0 + 0.5).astype(np.int64)
        ledger.transfer(ledger.provider, ledger.account("suppliers"), cost, "visits at home")


def top_up_fen(model: Model) -> np.ndarray:
    """(doctor,) what a month of county pay adds for doctors of township centres."""
    share, staffing = model.policy_now.staff.county_pay_share, model.staffing
    doctors, rows = model.population(Doctor).rows, model.providers
    if share == 0.0:
        return np.zeros(len(doctors), np.int64)
    own = doctors["provider"]
    at_base = (doctors["alive"] == 1) & staffing.in_county[own]
    at_base &= rows["tier"][own] == Tier.TOWNSHIP
    base_share = model.county.value("career.base_pay_share")
    county = staffing.usual_pay_fen[Tier.COUNTY, doctors["title"]] * base_share
    gap = county * staffing.full_time[own] - doctors["base_pay_fen"]
    return np.where(at_base, np.maximum(gap, 0.0) * share / 12.0, 0.0).astype(np.int64)
