"""The model for Mesa's own ``batch_run``: a class whose every parameter is one plain value.

>>> from mesa.batchrunner import batch_run
>>> from experiments.mesa_batch import CountyModel
>>> rows = batch_run(
...     CountyModel,
...     {"policy": ["fee_for_service", "bundle"], "rng": range(1, 4), "weight": 50},
...     max_steps=1000,
... )

Besides the parameters below, any dotted name that a sweep can vary may be given, such as
``"policy.payment.growth": [0.0, 0.05]``. ``batch_run`` holds all rows in memory, cannot go on
after a break, and one failure loses all: for many runs there is ``yigongti sweep``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import mesa

from abm.county import County
from abm.excerpt import excerpt
from abm.indicators import INDICATORS, YearView
from abm.model import REPORTERS, Model
from agents.foundation.errors import InputError
from calibration.county import County as FolderCounty
from calibration.policies import load_policy
from experiments.headline import HEADLINES
from experiments.runs import months_of, usual_weight
from experiments.sweep_vary import Value, changed_county, changed_policy, split_names


class CountyModel(Model):
    """A county that lives its years and stops, made from plain values.

    Parameters
    ----------
    county, policy, baseline
        Names of shipped ones, or a folder and files.
    years
        Whole years under the policy, after those under the baseline.
    weight
        People that an agent stands for; the usual if absent.
    persons
        Size of an excerpt of the county; the whole if absent.
    rng
        Seed of all draws.
    seed
        The same, as Mesa before 3.5 names it.
    threads
        Threads of a run.
    changes
        Values by the dotted names of :mod:`experiments.sweep_vary`.

    Raises
    ------
    InputError
        With every value that cannot be used.
    """

    def __init__(
        self,
        *,
        county: str = "typical",
        policy: str = "bundle",
        baseline: str | None = None,
        years: int = 5,
        weight: int | None = None,
        persons: int | None = None,
        rng: int | None = None,
        seed: int | None = None,
        threads: int = 1,
        **changes: Value,
    ) -> None:
        of_county, of_policy, faults = split_names(changes)
        if faults:
            raise InputError(faults)
        place = changed_county(_county(county, persons), of_county)
        rule = changed_policy(load_policy(policy), of_policy)
        number = rng if rng is not None else seed
        super().__init__(
            place,
            rule,
            load_policy(baseline or place.baseline_policy),
            rng=1 if number is None else int(number),
            weight=usual_weight(place) if weight is None else int(weight),
            threads=threads,
        )
        self.last_month = months_of(rule, int(years))
        self.datacollector = mesa.DataCollector(
            model_reporters={**REPORTERS, **{h.name: _last_year(h.name) for h in HEADLINES}}
        )

    def step(self) -> None:
        """Live one month; after the last the model is no longer running."""
        super().step()
        if self.month >= self.last_month:
            self.running = False


@cache
def _county(name: str, persons: int | None) -> County:
    county = FolderCounty.load(name)
    return county if persons is None else excerpt(county, persons=persons)


def _last_year(name: str) -> Any:
    """What Mesa collects of an indicator: its value in the last year that is complete."""

    def of(model: Model) -> float | None:
        years = len(model.surveys)
        return float(INDICATORS[name].of(YearView(model, years - 1))) if years else None

    return of
