"""Runs of a county for tests of science, and how to change one thing about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from abm.county import County
from abm.indicators import YearView
from abm.model import Model
from abm.policy import Policy
from agents.conditions import CONDITIONS
from tests.conftest import make_policy

HYPERTENSION, DIABETES, COPD, CORONARY, STROKE = range(5)
Change = Callable[[Model], None]


def number_of(name: str) -> int:
    """Row of a condition in the tables."""
    return [condition.name for condition in CONDITIONS].index(name)


def run(
    county: County,
    years: int = 1,
    policy: Policy | None = None,
    baseline: Policy | None = None,
    *,
    seed: int = 1,
    weight: int = 5,
    change: Change | None = None,
    each_month: Change | None = None,
    hold: Collection[str] = (),
) -> Model:
    """Let a county live some years.

    Parameters
    ----------
    baseline
        Rules under which the county's tables hold; the policy's own if absent.
    change
        What is changed in the model before its first month.
    each_month
        What is changed before every month.
    """
    rules = policy or make_policy(), baseline
    model = Model(county, *rules, rng=seed, weight=weight, threads=2, hold=hold)
    if change is not None:
        change(model)
    for _ in range(12 * years):
        if each_month is not None:
            each_month(model)
        model.step()
    model.close()
    return model


def with_parameters(county: County, **values: float) -> County:
    """The county with other behavioural parameters; ``__`` stands for a dot."""
    parameters = dict(county.parameters)
    for name, value in values.items():
        key = name.replace("__", ".")
        parameters[key] = dataclasses.replace(parameters[key], value=value)
    return dataclasses.replace(county, parameters=parameters)


def with_conditions(county: County, **tables: np.ndarray) -> County:
    """The county with other tables of its chronic conditions."""
    changed = dataclasses.replace(county.conditions, **tables)
    return dataclasses.replace(county, conditions=changed)


def with_illness(county: County, **tables: np.ndarray) -> County:
    """The county with other tables of acute illness."""
    return dataclasses.replace(county, illness=dataclasses.replace(county.illness, **tables))


def with_providers(county: County, where: Any = slice(None), **columns: Any) -> County:
    """The county with other providers; a function of the old column, or a value."""
    rows = county.providers.copy()
    for name, value in columns.items():
        rows[name][where] = value(rows[name][where]) if callable(value) else value
    return dataclasses.replace(county, providers=rows)


def in_county(county: County, *tiers: int) -> np.ndarray:
    """(provider,) mask of the county's own providers, of some tiers or all."""
    rows = county.providers
    here = rows["place"] == 0
    return here & np.isin(rows["tier"], tiers) if tiers else here


def total(model: Model, column: str, where: np.ndarray | None = None, year: int = 0) -> int:
    """Sum of a column of the tally over a year, in agents; of some providers or all."""
    months = model.tallies[12 * year : 12 * year + 12]
    chosen = slice(None) if where is None else where[model.tally_provider]
    return int(sum(month[column][chosen].sum() for month in months))


def view(model: Model, year: int = 0) -> YearView:
    """A year of a model as indicators read it."""
    return YearView(model, year)


def by_township(
    model: Model, tiers: tuple[int, ...] = (0, 1, 2, 3, 4), year: int = 0
) -> np.ndarray:
    """Episodes of care that ended at providers of some tiers, by township of the patients."""
    used = model.flows[year]["used"][:-1]
    chosen = np.isin(model.network.tier[:-1], tiers) & (model.network.provider[:-1] >= 0)
    episodes = (used * chosen).sum(axis=1)
    township = model.county.villages["township"]
    sums = np.bincount(township, episodes)
    return np.asarray(sums[np.unique(township)])


def change_by_township(
    after: Model, before: Model, tiers: tuple[int, ...] = (0, 1, 2, 3, 4)
) -> np.ndarray:
    """Change of the logarithm of episodes between two runs of one seed, by township."""
    return np.asarray(np.log(by_township(after, tiers) / by_township(before, tiers)))
