"""Managements' year: posts to fill, equipment to buy, the bonus, each within their cash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.county import Tier
from abm.doctors_pay import yearly_pay
from abm.health_results import control_score
from abm.pooling import invest_as_one, one_person
from abm.staffing import cash_fen
from abm.surplus_use import equip
from agents import management as decide
from agents.doctor import Doctor
from agents.foundation.compile import plain
from agents.foundation.money import to_fen
from agents.management import Management
from agents.provider import Provider

if TYPE_CHECKING:
    from abm.model import Model


def rules_of(county: Any) -> Management:
    """What managements go by, from ``management.*``."""
    return Management(*(county.value(f"management.{name}") for name in Management._fields))


def managed(model: Model) -> np.ndarray:
    """Rows of the providers that have a management: the county's centres and hospitals."""
    rows = model.providers
    return np.flatnonzero(model.staffing.in_county & (rows["tier"] >= Tier.TOWNSHIP))


def year_cost_fen(model: Model) -> np.ndarray:
    """(provider,) what a year costs each, at this year's volume."""
    rows = model.providers
    supplies = rows["revenue_mean_fen"] * 12.0 * rows["variable_cost_share"]
    return np.asarray(rows["fixed_cost_fen"] + yearly_pay(model) + supplies.astype(np.int64))


def run_management(model: Model) -> None:
    """Let each management decide posts, equipment and bonus by its cash; pay for equipment."""
    population, rules = model.population(Provider), rules_of(model.county)
    rows, ledger = model.providers, model.ledger
    rows["cash_fen"] = cash_fen(model)
    places = managed(model)
    costs, wears = year_cost_fen(model), model.staffing.wear_fen
    spent = np.zeros(len(rows), np.int64)
    most = model.policy_now.pay.bonus_factor_most
    wanted = wanted_health_weight(model)
    for p in places:
        provider = population.view(int(p))
        cost, wear = int(costs[p]), int(wears[p])
        if "doctors" not in model.hold:
            start = int(model.staffing.posts[p].sum())
            provider.posts = plain(decide.posts_wanted)(provider, start, cost, rules)
        spent[p] = plain(decide.investment_fen)(provider, wear, cost, rules)
        provider.bonus_factor = plain(decide.next_bonus_factor)(provider, cost, most, rules)
        provider.health_weight = plain(decide.next_health_weight)(
            float(provider.health_weight), float(wanted[p]), rules
        )
    payers = spent
    for group in one_person(model):
        spent, payers = invest_as_one(model, group, spent, payers, costs, rules)
    suppliers = ledger.account("suppliers")
    ledger.transfer(ledger.provider[places], suppliers, payers[places], "equipment")
    _renew(model, places, spent, rules)
    pay_directors(model)
    rows["cash_fen"] = cash_fen(model)


def _renew(model: Model, places: np.ndarray, spent: np.ndarray, rules: Management) -> None:
    """Let equipment wear and be bought: by places' own spending, then from surpluses set aside."""
    rows, wears = model.providers, model.staffing.wear_fen
    renewed = plain(decide.next_equipment)
    before = rows["equipment"].astype(float)
    after = before.copy()
    for p in places:
        after[p] = renewed(before[p], int(wears[p]), int(spent[p]), rules)
    given = equip(model, rules, after)
    for p in places:
        rows["equipment"][p] = renewed(before[p], int(wears[p]), int(spent[p] + given[p]), rules)


def enlarge_outside(model: Model) -> None:
    """Let hospitals outside the county grow where their beds were full.

    What people of other counties ask for grows with them: it is given as a part of their room.
    """
    rows, rules = model.providers, rules_of(model.county)
    months = (*model.tallies[-11:], model.tally)
    bed_days = sum(model.by_provider(month["bed_days"]) for month in months) * model.weight
    bed_days = bed_days + rows["others_bed_days"]
    beds = model.county.providers["beds"] * rows["size"]
    for p in np.flatnonzero(~model.staffing.in_county & (beds > 0)):
        used = float(bed_days[p] / (beds[p] * 365.0))
        size = plain(decide.next_size)(float(rows["size"][p]), used, rules)
        rows["bed_days_room"][p] *= size / rows["size"][p]
        rows["nurse_minutes"][p] *= size / rows["size"][p]
        rows["size"][p] = size


def directed(model: Model) -> np.ndarray:
    """(provider,) whether government pays its director by what the policy rules."""
    rule, rows = model.policy_now.pay, model.providers
    lowest = Tier[rule.director_of.upper()]
    ruled = model.staffing.in_county & (rows["tier"] >= lowest)
    return np.asarray(ruled & (rule.director_yuan > 0.0))


def wanted_health_weight(model: Model) -> np.ndarray:
    """(provider,) part of its bonus that a management would have paid by health results.

    A director whose own pay says nothing of it leaves things as they are; where the place pays
    its director, its money is all that counts.
    """
    weight, rows = model.policy_now.pay.director_weight, model.providers
    theirs = rows["health_weight"] if weight is None else np.full(len(rows), weight)
    return np.where(directed(model), theirs, 0.0)


def pay_directors(model: Model) -> None:
    """Let government pay the year's salaries of directors, by balance and control reached."""
    rows, ledger = model.providers, model.ledger
    ruled = directed(model)
    if ruled.any():
        black = (rows["balance_mean_fen"] >= 0.0).astype(float)
        salary = model.policy_now.pay.director_fen(black, control_score(model))
        whole = int(salary[ruled].sum())
        ledger.transfer(
            ledger.account("government"), ledger.account("staff"), whole, "directors' salaries"
        )


def indebted(model: Model) -> np.ndarray:
    """(provider,) whether each owes so much that it hires and buys no more."""
    months = model.county.value("management.debt_months")
    return np.asarray(cash_fen(model) < -months * year_cost_fen(model) / 12.0)


def fill_posts(model: Model, luck: np.ndarray) -> np.ndarray:
    """(provider,) newcomers that the county's providers find and hire; the hirers pay for it.

    Not every post finds somebody who wants it. A place whose last doctor left is always sent
    a new one.

    Parameters
    ----------
    luck
        (provider,) a draw each, that decides on the last post where a share of one is filled.
    """
    population, rows = model.population(Provider), model.providers
    doctors = model.population(Doctor).rows
    count = np.bincount(doctors["provider"][doctors["alive"] == 1], minlength=len(rows))
    here = np.flatnonzero(model.staffing.in_county & (count < rows["posts"]))
    rows["cash_fen"] = cash_fen(model)
    found = np.array([model.county.value(f"career.found_share.{t}") for t in _TIERS])
    costs, rules = year_cost_fen(model), rules_of(model.county)
    hired = np.zeros(len(rows), np.int64)
    for p in here:
        provider = population.view(int(p))
        free = plain(decide.openings)(provider, int(count[p]), int(costs[p]), rules)
        hired[p] = int(free * found[rows["tier"][p]] + luck[p])
        if count[p] == 0:
            hired[p] = max(1, hired[p])
    ledger, payers = model.ledger, managed(model)
    each = to_fen(model.county.value("management.hiring_yuan"))
    staff = ledger.account("staff")
    ledger.transfer(ledger.provider[payers], staff, hired[payers] * each, "hiring")
    rows["cash_fen"] = cash_fen(model)
    return hired


_TIERS = ("village", "township", "county")
