"""The month, phase by phase: what each reads, what it writes, what runs in parallel."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm import accounts, postings, quality, surplus_use
from abm.doctors_pay import standing
from abm.engine import MonthRun
from abm.month import new_year_chunk
from abm.options import tell_ability, weigh_common
from abm.people import bear_children, begin_chunk, count_arrivals, settle_arrivals
from abm.pricing import Incentive, set_prices
from abm.replay import Passed
from abm.supply import add_up_minutes, know_the_network, plan_months
from abm.survey import survey
from abm.world import N_TIERS, total
from agents.consortium import Consortium
from agents.doctor import Doctor
from agents.incentive import BRINGS, nothing
from agents.insurer import Insurer
from agents.provider import expected_wait_days, load_of_all, worked_minutes
from agents.village import Village, find_out, retell

if TYPE_CHECKING:
    from abm.model import Model


_YEARLY_INCOMES = ("income_fen", "base_income_fen", "bonus_income_fen", "surplus_income_fen")


def open_month(model: Model) -> None:
    """Bring rules into force, open the year, price the options, say what a yuan brings."""
    follow_timetable(model)
    postings.rotate(model)
    books = model.books
    books.month, books.month_of_year = model.month, model.month % 12
    model.ledger.month = model.month
    if books.month_of_year > 0:
        accounts.change_rules(model)
    books.follow(model.policy_now)
    if books.month_of_year == 0:
        accounts.open_insurance_year(model)
        if model.month > 0:
            model.engine.over_rows(new_year_chunk, model.patients)
            model.grow_incomes()
            for name in _YEARLY_INCOMES:
                model.population(Doctor).rows[name] = 0
    rows = model.providers
    surplus_use.buy_contacts(model)
    tell_what_work_brings(model)
    if model.replay is not None:
        model.replay.see(model)
    plan_work(model)
    tell_ability(model.options, rows, model.known)
    weighed = model.network, rows, model.talk, model.world.tastes
    weigh_common(model.options, *weighed)
    if model.watch is not None:
        model.watch.see_options(model.options, *weighed)


def tell_what_work_brings(model: Model) -> None:
    """Settle the month's mix and prices, and what one more of each brings who does it."""
    books, rows, policy = model.books, model.providers, model.policy_now
    felt = Incentive(policy.payment.brings(books), model.price_list, standing(model), policy.pay)
    if model.replay is not None:
        felt = model.replay.feel(model, felt)
    set_prices(model, felt)
    felt.employer.held_yuan += quality.held_yuan(model)
    referral = books.referral_yuan if books.surplus.to_referring > 0 else None
    passed = Passed(felt.employer, model.mix.supplies_cost, referral)
    if model.replay is not None:
        passed = model.replay.pass_on(model, passed)
    ours = felt.pay.brings(passed.employer, passed.supplies_cost, felt.standing)
    if passed.referral_yuan is not None:
        ours.down_yuan += passed.referral_yuan
        ours.up_yuan += np.where(surplus_use.inside(model), passed.referral_yuan, 0.0)
    # Hospitals outside the county pay their doctors by their own rules, whatever the county's.
    theirs = nothing(1)
    theirs.outpatient = theirs.inpatient = model.county.value("care.outside_brings_per_yuan")
    for name in BRINGS.names or ():
        rows[f"brings_{name}"] = np.where(books.in_county, ours[name], theirs[name])


def follow_timetable(model: Model) -> None:
    """Put the rules in force that the policy has for this month.

    Rules that were put in force by hand stay.
    """
    before = model.baseline
    for month, policy in model.stages:
        if model.month == month and model.policy_now is before:
            model.set_policy(policy)
            return
        before = policy


def plan_work(model: Model) -> None:
    """Let doctors feel load, pay and what work brings, and settle how much of it they do."""
    rows, doctors, world = model.providers, model.population(Doctor), model.world
    know_the_network(rows)
    with model.replay.owed(model) if model.replay is not None else nullcontext():
        model.engine.over_rows(plan_months, doctors, world.providers, world.judgement)
    minutes = np.zeros((2, len(rows)))
    model.engine.loop(add_up_minutes)(model.engine.rows(doctors), len(doctors), *minutes)
    rows["idle_share"] = minutes[1] / np.maximum(minutes[0], 1e-9)


def need_and_choice(model: Model) -> None:
    """Residents age, die, move, fall ill, and decide whether and where to seek care."""
    model.run_now = MonthRun(
        model.engine,
        model.patients,
        model.buffers,
        model.world,
        model.seed,
        model.month,
        model.weight,
        model.watch,
    )
    model.run_now.live()
    model.patients.touch()


def care(model: Model) -> None:
    """Providers work through their queues, tier by tier upwards."""
    for tier in range(N_TIERS):
        model.run_now.open_doors(tier)
        model.run_now.care(tier)
    model.patients.touch()


def births_and_arrivals(model: Model) -> None:
    """Add the newborn and those who move in."""
    buffers, run = model.buffers, model.engine.loop
    mothers = np.concatenate(
        [
            buffers.mothers[w, : int(buffers.life[w, 0]["births"])]
            for w in range(len(buffers.mothers))
        ]
    ).astype(np.int64)
    # Who was taken by which worker must not show in the order of the newborn.
    mothers.sort()
    patients = model.patients
    if len(mothers):
        first = patients.append(len(mothers))
        rows = model.engine.rows(patients)
        run(bear_children)(rows, mothers, first, model.seed, model.month)
        run(begin_chunk)(rows, first, len(patients), model.start_tables, model.seed, model.month)
    counts = np.zeros(len(model.arrivals.expected), np.int64)
    run(count_arrivals)(model.arrivals.expected, counts, model.seed, model.month)
    villages, slots = model.arrivals.places(counts)
    if len(villages):
        first = patients.append(len(villages))
        rows = model.engine.rows(patients)
        share = model.arrivals.age_share
        run(settle_arrivals)(rows, villages, slots, first, share, model.seed, model.month)
        run(begin_chunk)(rows, first, len(patients), model.start_tables, model.seed, model.month)
    model.arrived = len(villages)
    patients.touch()


def close_books(model: Model) -> None:
    """Add up the workers' counts; pay bills, staff and supplies; settle the year at its end."""
    buffers = model.buffers
    model.tally = total(buffers.tally)
    model.work = total(buffers.work)
    model.life = total(buffers.life)
    model.life["arrived"] = model.arrived
    life = model.life[0]
    model.alive += int(life["births"] + life["arrived"] - life["deaths"] - life["moved_out"])
    surplus_use.count_referrals(model)
    accounts.pay_bills(model)
    accounts.pay_fund_month(model)
    accounts.claw_back(model)
    accounts.run_month(model)
    if model.month % 12 == 11:
        accounts.settle_year(model)
    _show_accounts(model)


def _show_accounts(model: Model) -> None:
    ledger, books = model.ledger, model.books
    model.providers["cash_fen"] = ledger.balance_fen[ledger.provider]
    insurer = model.population(Insurer).rows
    insurer["balance_fen"] = ledger.balance_fen[books.fund]
    insurer["year_income_fen"] = model.year_income_fen
    lived = books.aside.get("year_fen", np.zeros(1, np.int64))
    insurer["year_outlay_fen"] = books.year_fen.sum() + lived.sum()
    consortia = model.population(Consortium).rows
    consortia["cash_fen"] = ledger.balance_fen[ledger.consortium]
    for column, key in (
        ("year_prepaid_fen", "prepaid_fen"),
        ("year_charged_fen", "charged_fen"),
        ("last_surplus_fen", "surplus_fen"),
    ):
        if key in books.state:
            consortia[column] = books.state[key]
    doctors = model.population(Doctor).rows
    doctors["visits"] = model.work["visits"]
    doctors["admissions"] = model.work["admissions"]
    doctors["minutes_used"] = model.work["minutes"] * model.weight
    doctors["billed_fen"] = model.work["billed_fen"] * model.weight


def learn(model: Model) -> None:
    """Villages retell what their people lived through; waits follow load; overruns carry over."""
    talk = total(model.buffers.talk)
    rate = model.county.value("learning.talk_rate")
    at_home = postings.told_at_home(model)
    model.talk = retell(model.talk, talk, rate, model.weight, at_home)
    rows, tally = model.providers, model.tally
    true = rows["capability"][np.maximum(model.network.provider, 0)]
    rate = model.county.value("learning.capability_rate")
    model.known = find_out(model.known, true, talk, rate, model.weight, at_home)
    villages = model.population(Village).rows
    villages["talk"], villages["known"] = model.talk[:-1], model.known[:-1]
    minutes = model.by_provider(tally["minutes"]) * model.weight
    bed_days = model.by_provider(tally["bed_days"]) * model.weight
    seen = model.by_provider(tally["visits"] + tally["admissions"])
    away = model.by_provider(tally["turned_away"])
    room = worked_minutes(rows)
    beds = rows["bed_days_capacity"]
    for resource, used, most in (("minutes", minutes, room), ("bed_days", bed_days, beds)):
        overrun = np.maximum(0.0, used - rows[f"{resource}_given"])
        rows[f"{resource}_backlog"] = overrun.clip(max=most)
    rows["minutes_load"] = load_of_all(minutes, room, rows)
    rows["bed_load"] = load_of_all(bed_days, beds, rows)
    _serve_others(rows, minutes, bed_days)
    rows["wait_days"] = expected_wait_days(rows["minutes_load"], away / np.maximum(seen + away, 1))


def _serve_others(rows: np.ndarray, minutes: np.ndarray, bed_days: np.ndarray) -> None:
    """Count what people of other counties got where they stand in one queue with ours.

    What their bed-days leave of their minutes goes to their visits.

    Parameters
    ----------
    minutes, bed_days
        (provider,) what this county's people had of a month.
    """
    shared = np.flatnonzero(rows["others_ask"] > 0)
    there = rows[shared]

    def theirs(ours: np.ndarray, room: np.ndarray) -> np.ndarray:
        left = np.maximum(room * there["whole_room"] - ours[shared], 0.0)
        return np.minimum(room * there["others_ask"], left)

    stays = theirs(bed_days, there["bed_days_capacity"])
    free = theirs(minutes, worked_minutes(there)) - stays * there["minutes_per_bed_day"]
    rows["others_bed_days"][shared] += stays
    rows["others_visits"][shared] += np.maximum(free, 0.0) / there["minutes_per_visit"]


def record(model: Model) -> None:
    """Keep the month's tallies; survey the people in the last month of a year."""
    model.tallies.append(model.tally)
    model.lives.append(model.life)
    talk = total(model.buffers.talk)
    if model.month % 12 == 0:
        model.flows.append(np.zeros_like(talk))
    for name in talk.dtype.names or ():
        model.flows[-1][name] += talk[name]
    if model.month % 12 == 11:
        model.surveys.append(survey(model))
    model.month += 1
    model.datacollector.collect(model)


class Phase(NamedTuple):
    """A phase of the month."""

    name: str
    run: Callable[[Model], None]
    reads: str
    writes: str
    parallel: str


PHASES = (
    Phase(
        "open",
        open_month,
        "policy, last month's waits and talk, the year's budgets",
        "options, what one more of each brings, doctors' effort and working time, premiums, "
        "the new insurance year",
        "no",
    ),
    Phase(
        "need and choice",
        need_and_choice,
        "hazards, options and providers as they stood at the month's start",
        "each resident's own row; demand and queues of his worker",
        "residents",
    ),
    Phase(
        "care",
        care,
        "demand, providers, doctors",
        "who is seen; each patient's own row; tallies and higher queues of his worker",
        "those in the queues, tier by tier upwards",
    ),
    Phase(
        "births and arrivals",
        births_and_arrivals,
        "mothers of the month, expected arrivals",
        "new rows",
        "no",
    ),
    Phase(
        "money",
        close_books,
        "tallies, scheme and pay rule in force",
        "ledger, books, doctors' and providers' accounts",
        "no",
    ),
    Phase(
        "learning",
        learn,
        "outcomes, loads, capability",
        "the village's talk, what it knows of places, waits, backlogs",
        "no",
    ),
    Phase(
        "staff",
        postings.staff_month,
        "loads, visits, incomes, arrears, cash",
        "capability, quality, nurses' room; at the year's end doctors, posts, equipment",
        "no",
    ),
    Phase("record", record, "everything", "history", "no"),
)
"""One month, in order."""
