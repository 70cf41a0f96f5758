"""The runs from which an effect is taken apart: a reference that leads, followers beside it."""

from __future__ import annotations

import gc
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from abm.county import County
from abm.model import Model
from abm.policy import Policy
from abm.prices import PriceList
from abm.replay import CHANNELS, follow, lead, live_together
from calibration.policies import parse_policy
from experiments.interrupts import closed_after
from experiments.sweep_task import CountySource, county_of, figures_of

QUICK, SHAPLEY = "leave_one_out", "shapley"
"""Ways of sharing an effect out."""
MOST_AGENTS = 1_000_000
"""Residents of all models that live side by side in one process."""
MOST_FOLLOWERS = 6
"""Runs beside a leader at once: each takes some 30 MB beside its residents."""

Own = frozenset[str]
"""Channels in which a run perceives what is its own; the others are replayed."""
WHOLE: Own = frozenset(CHANNELS)


def sets_of(method: str) -> tuple[Own, ...]:
    """The sets of channels whose worth a way of sharing out needs."""
    if method == QUICK:
        return (WHOLE, *(WHOLE - {name} for name in CHANNELS))
    sizes = range(len(CHANNELS), -1, -1)
    return tuple(frozenset(c) for n in sizes for c in itertools.combinations(CHANNELS, n))


def runs_of(method: str, idle: Own = frozenset()) -> tuple[Own, ...]:
    """The runs from which all of them are known: an idle channel may as well be the run's own."""
    return tuple(dict.fromkeys(own | idle for own in sets_of(method)))


def idle_channels(county: County, baseline: Policy, *policies: Policy) -> Own:
    """Channels in which the runs of some policies perceive the same for certain.

    Prices that patients feel, where the policies cover them alike and none changes a list price:
    then nothing that happens in a run changes any of them. What other channels carry follows
    from what happens, and may differ in any run.
    """
    stages = [rules for policy in policies for _, rules in policy.stages()]
    before = PriceList(county, baseline.prices)
    alike = all(rules.benefits == stages[0].benefits for rules in (baseline, *stages))
    listed = all(PriceList(county, rules.prices, before).neutral for rules in stages)
    return frozenset({"price"}) if alike and before.neutral and listed else frozenset()


@dataclass(frozen=True)
class WhyAsk:
    """The runs of one seed that live side by side.

    Attributes
    ----------
    policy, reference, baseline
        Every key, as JSON.
    months, weight, seed, threads
        As for a model.
    own
        Of each follower, the channels that are its own.
    names
        Indicators that are kept.
    """

    county: CountySource
    policy: str
    reference: str
    baseline: str
    months: int
    weight: int
    seed: int
    threads: int | None
    own: tuple[Own, ...]
    names: tuple[str, ...]

    @property
    def runs_months(self) -> int:
        """Months that all its runs live together."""
        return self.months * sum(1 + len(part) for part in self.batches())

    def batches(self) -> list[tuple[Own, ...]]:
        """Followers that have room beside a leader at once."""
        people = int(county_of(self.county, ()).population["persons"].sum())
        room = max(1, min(MOST_FOLLOWERS, MOST_AGENTS * self.weight // max(people, 1) - 1))
        return [self.own[first : first + room] for first in range(0, len(self.own), room)]


def live_apart(ask: WhyAsk, told: Callable[[int], None] | None = None) -> np.ndarray:
    """Run a seed's reference and followers; for a process of its own too.

    Returns
    -------
    numpy.ndarray
        (run, year, indicator) figures: the reference first, then the followers as asked.

    Raises
    ------
    InputError
        If a run cannot be made.
    """
    tell = told or (lambda _: None)
    found: list[np.ndarray] = []
    lived = 0
    for part in ask.batches():
        figures = _live_batch(ask, part, counted_from(lived, tell))
        # Models and their parts hold each other: only the collector frees them.
        gc.collect()
        lived += ask.months * (1 + len(part))
        found += figures[1:] if found else figures
    return np.array(found)


def counted_from(before: int, told: Callable[[int], None]) -> Callable[[int], None]:
    """Tell what is counted here on top of what came before."""
    return lambda months: told(before + months)


def _live_batch(ask: WhyAsk, own: Sequence[Own], told: Callable[[int], None]) -> list[np.ndarray]:
    with ExitStack() as stack:
        first = stack.enter_context(_model(ask, ask.reference))
        leader, followers = lead(first), []
        for channels in own:
            model = stack.enter_context(_model(ask, ask.policy))
            if channels != WHOLE:
                follow(model, leader, WHOLE - channels)
            followers.append(model)
        live_together(first, followers, ask.months, told)
        return [figures_of(model, ask.names)[1] for model in (first, *followers)]


@contextmanager
def _model(ask: WhyAsk, policy: str) -> Iterator[Model]:
    model = Model(
        county_of(ask.county, ()),
        _policy_of(policy),
        _policy_of(ask.baseline),
        rng=ask.seed,
        weight=ask.weight,
        threads=ask.threads,
    )
    with closed_after(model):
        yield model


@lru_cache(16)
def _policy_of(table: str) -> Policy:
    return parse_policy(json.loads(table))
