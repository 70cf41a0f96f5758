"""Doctors' pay: what it comes to, how a place's doctors share it, what it is worth to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.forecast import chance_above
from abm.health_results import answered_for, control_score, controlled_share, count_patients
from abm.pay import Standing
from agents.doctor import Doctor

if TYPE_CHECKING:
    from abm.model import Model

_WORK = ("visits", "bed_days")


class Chosen:
    """Columns of some rows of a table, copied one by one: rows are wide, few columns are read."""

    def __init__(self, rows: np.ndarray, where: np.ndarray) -> None:
        self._rows, self._where = rows, where

    def __getitem__(self, name: str) -> np.ndarray:
        return np.asarray(self._rows[name][self._where])


def yearly_pay(model: Model) -> np.ndarray:
    """(provider,) yearly pay of its doctors without bonus, by the pay rule in force."""
    rows, rule = model.providers, model.policy_now.pay
    place = model.population(Doctor).rows["provider"]
    # Whole fen far below 2^53: their sums are exact.
    whole = np.bincount(place, _pay_of_each(model, slice(None)), len(rows)).astype(np.int64)
    return np.where(rule.on_own_account(rows["tier"], rows["place"]), 0, whole)


def county_doctors(model: Model) -> np.ndarray:
    """Rows of the doctors whom the county's providers employ, or who work there."""
    doctors, here = model.population(Doctor).rows, model.staffing.in_county
    return np.flatnonzero(here[doctors["provider"]] | here[doctors["workplace"]])


def _pay_of_each(model: Model, who: np.ndarray | slice) -> np.ndarray:
    """Yearly pay of some doctors without bonus by contract or scale, nil if not at work."""
    doctors, rule = model.population(Doctor).rows, model.policy_now.pay
    contract, title = doctors["base_pay_fen"][who], doctors["title"][who]
    each = rule.yearly_pay_fen(contract, title, model.county.titles)
    return np.where(doctors["alive"][who] == 1, each, 0)


def contract_pay(model: Model) -> np.ndarray:
    """(provider,) yearly pay of its doctors by their contracts."""
    doctors = model.population(Doctor).rows
    whole = np.zeros(len(model.providers), np.int64)
    here = doctors["alive"] == 1
    np.add.at(whole, doctors["provider"], np.where(here, doctors["base_pay_fen"], 0))
    return whole


def bonus_due(
    model: Model, ours: np.ndarray, billed: np.ndarray, balance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a month's bonus comes to: by what each doctor did, and for all of a place alike.

    A place's management may have part of the bonus paid by health results: for all alike, as
    far as the goal of control is reached. At the year's end comes what is paid for patients
    managed and under control.

    Returns
    -------
    tuple
        Of two (our provider,) arrays in whole fen.
    """
    rows, rule = Chosen(model.providers, ours), model.policy_now.pay
    work = [model.by_provider(model.tally[name])[ours] * model.weight for name in _WORK]
    due = rule.bonus_fen(billed, balance, *work)
    due = np.floor(due * rows["bonus_factor"] * rule.level_factor(rows["tier"])).astype(np.int64)
    left = rule.on_own_account(rows["tier"], rows["place"])
    due = np.where(left, np.maximum(balance, 0), due)
    team = np.zeros_like(due)
    if rows["health_weight"].any():
        held_back = np.floor(due * rows["health_weight"]).astype(np.int64)
        team = np.floor(held_back * control_score(model)[ours]).astype(np.int64)
        due = due - held_back
    if model.month % 12 == 11 and rule.counts_health:
        count_patients(model)
        team = team + rule.health_fen(rows["managed_patients"], rows["controlled_patients"])
    return due, team


def standing(model: Model) -> Standing:
    """How the providers stand, as their doctors know it."""
    rows, rule = model.providers, model.policy_now.pay
    nil = np.zeros(len(rows))
    chance = chance_above(nil, rows["balance_mean_fen"], rows["balance_spread_fen"])
    weight = rows["health_weight"] if rows["health_weight"].any() else None
    others = 1.0 - 1.0 / np.maximum(rows["doctors"], 1)
    performance, unit = nil, None
    if rule.performance_share > 0.0:
        pool_yuan = yearly_pay(model) * (rule.performance_share / 1200.0)
        performance = _a_unit(pool_yuan * others, work_mean(model))
    if rule.shared_by == "work":
        pool_yuan = rows["bonus_mean_fen"] / 100.0 * (1.0 - rows["health_weight"])
        unit = _a_unit(pool_yuan * others, work_mean(model))
    return Standing(
        chance,
        rows["bonus_paid_share"].copy(),
        performance,
        rows["minutes_per_visit"],
        rows["minutes_per_bed_day"],
        factor=rows["bonus_factor"] * rule.level_factor(rows["tier"]),
        doctors=rows["doctors"],
        unit_yuan=unit,
        own_account=rule.on_own_account(rows["tier"], rows["place"]),
        health_weight=weight,
        health_score=None if weight is None else control_score(model),
        goal_yuan=None if weight is None else _goal_yuan(model),
        controlled_share=controlled_share(model) if rule.counts_health else None,
    )


def _a_unit(pool_yuan: np.ndarray, work: np.ndarray) -> np.ndarray:
    return np.divide(pool_yuan, work, out=np.zeros(len(work)), where=work > 0)


def work_mean(model: Model) -> np.ndarray:
    """(provider,) units of work of a month, over about a year: minutes or points, by the rule."""
    rows, rule = model.providers, model.policy_now.pay
    if rule.work_counted_in == "minutes":
        return np.asarray(rows["work_mean_minutes"])
    each = rule.units(rows["minutes_per_visit"], rows["minutes_per_bed_day"])
    names = ("visits_mean", "admissions_mean", "bed_days_mean")
    return np.asarray(sum(a * rows[name] for a, name in zip(each, names, strict=True)))


def _goal_yuan(model: Model) -> np.ndarray:
    """(provider,) what one more patient under control adds a year to a bonus paid by the goal."""
    rows, goal = model.providers, model.policy_now.pay.control_goal
    pool_yuan = 12.0 * rows["bonus_mean_fen"] / 100.0 * rows["health_weight"]
    patients = answered_for(model, "managed_patients") * goal
    each = _a_unit(pool_yuan, patients)
    return np.where(control_score(model) < 1.0, each, 0.0)


def share_pay(
    model: Model,
    ours: np.ndarray,
    base_fen: np.ndarray,
    bonus_fen: np.ndarray,
    team_share: np.ndarray,
) -> None:
    """Add the month's pay to each doctor's year, and show what he is owed.

    Base pay goes by contract or scale, its performance part by work done; a bonus by what he
    billed or worked, a team's part of it like base pay, and so a surplus. Parts of a fen stay
    with the staff account.

    Parameters
    ----------
    base_fen, bonus_fen
        (our provider,) what was paid.
    team_share
        (our provider,) part of the bonus that is for all of a place.
    """
    doctors, rows, rule = model.population(Doctor).rows, model.providers, model.policy_now.pay
    # A bonus comes from where he works, basic pay from who employs him.
    who, n = county_doctors(model), len(rows)
    p, works_at = doctors["provider"][who], doctors["workplace"][who]
    by_pay = _share_of(_pay_of_each(model, who), p, n)
    by_work = by_pay
    if rule.performance_share > 0.0:
        # In a month in which nobody had work it is shared like the rest.
        by_work = _share_of(worked_units(model)[who], p, n, by_pay)
    done = worked_units(model) if rule.shared_by == "work" else model.work["billed_fen"]
    by_own = _share_of(done[who], works_at, n)
    paid = {name: np.zeros(n) for name in ("base", "bonus", "team")}
    paid["base"][ours] = base_fen
    paid["team"][ours] = np.floor(bonus_fen * team_share)
    paid["bonus"][ours] = bonus_fen - paid["team"][ours]
    by_base = by_pay
    if rule.performance_share > 0.0:
        by_base = (1.0 - rule.performance_share) * by_pay + rule.performance_share * by_work
    surplus = model.books.staff_surplus_fen
    for name, amount in (
        ("base_income_fen", paid["base"][p] * by_base),
        ("bonus_income_fen", paid["bonus"][works_at] * by_own + paid["team"][p] * by_pay),
        ("surplus_income_fen", surplus[p] * by_pay),
    ):
        part = np.floor(amount).astype(np.int64)
        doctors[name][who] += part
        doctors["income_fen"][who] += part
    owed = rows["pay_arrears_fen"] + rows["bonus_arrears_fen"]
    doctors["arrears_fen"] = 0
    doctors["arrears_fen"][who] = np.floor(owed[p] * by_pay)
    model.books.staff_surplus_fen = np.zeros_like(surplus)


def worked_units(model: Model) -> np.ndarray:
    """(doctor,) units of work of the month, minutes or points, by the rule."""
    doctors, rows, rule, work = (
        model.population(Doctor).rows,
        model.providers,
        model.policy_now.pay,
        model.work,
    )
    p = doctors["workplace"]
    visit, admission, bed_day = rule.units(rows["minutes_per_visit"], rows["minutes_per_bed_day"])
    stay = rows["los_days"][p]
    if rule.work_counted_in == "minutes":
        on_wards = work["admissions"] * stay * rows["minutes_per_bed_day"][p]
        return np.asarray(work["minutes"] + on_wards)
    return np.asarray(work["visits"] * visit + work["admissions"] * (admission + stay * bed_day))


def _share_of(
    amount: np.ndarray, provider: np.ndarray, n: int, otherwise: np.ndarray | None = None
) -> np.ndarray:
    """(doctor,) each one's part of his provider's whole; where there is none, nil or as said."""
    whole = np.bincount(provider, amount, n)[provider]
    nothing = np.zeros(len(amount)) if otherwise is None else otherwise.copy()
    return np.divide(amount, whole, out=nothing, where=whole > 0)
