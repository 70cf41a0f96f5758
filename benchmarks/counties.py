"""The counties that the model is measured on: a real one, and the same one at other sizes."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np

from abm.model import Model
from abm.policy import Policy
from calibration.county import County
from calibration.policies import load_policy

COUNTY = "pingyang"
"""About a million residents; brought to FULL_SIZE where size counts."""
FULL_SIZE = 1_000_000
_OF_PROVIDERS = ("beds", "cash_yuan", "fixed_cost_yuan", "subsidy_yuan")
_OF_STAFF = ("minutes_per_month", "base_pay_yuan")


@cache
def whole_county() -> County:
    """The county at its own size."""
    return County.load(COUNTY)


def resized(county: County, persons: int) -> County:
    """The same villages and providers with more or fewer people, minutes, beds and money.

    Load, waits and visits a resident stay what they were; so do the parts of a month that
    do not depend on the number of residents.

    Parameters
    ----------
    county
        The county at its own size.
    persons
        How many people it is to have.
    """
    population, staff = county.population.copy(), county.staff.copy()
    ends = np.cumsum(population["persons"])
    factor = persons / ends[-1]
    population["persons"] = np.diff(np.floor(ends * factor + 0.5), prepend=0)
    for name in _OF_STAFF:
        staff[name] *= factor
    providers = county.providers.copy()
    for name in _OF_PROVIDERS:
        providers[name] = providers[name] * factor
    return dataclasses.replace(
        county,
        population=population[population["persons"] > 0],
        staff=staff,
        providers=providers,
        fund=dataclasses.replace(county.fund, balance_yuan=county.fund.balance_yuan * factor),
    )


def baseline_model(
    county: County, *, threads: int = 1, seed: int = 1, policy: Policy | None = None
) -> Model:
    """A model of a county at weight 1 under a policy, or the one that is in force there."""
    if policy is None:
        policy = baseline_policy(county)
    return Model(county, policy, rng=seed, weight=1, threads=threads)


def as_billed() -> Policy:
    """The policy that the ordinary model knows: bills are paid as they come."""
    return _policy("fee_for_service")


@cache
def _policy(name: str) -> Policy:
    return load_policy(name)


def baseline_policy(county: County) -> Policy:
    """The policy that is in force in a county."""
    return _policy(county.baseline_policy)


def visits_per_resident_year(model: Model, first_month: int = 0) -> float:
    """Outpatient visits a resident a year that a model has had since a month."""
    visits = sum(int(tally["visits"].sum()) for tally in model.tallies[first_month:])
    lived = sum(int(life["person_months"][0]) for life in model.lives[first_month:])
    return 12.0 * visits / lived
