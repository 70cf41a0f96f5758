"""Runs that begin alike are begun once: the years under the baseline, then a copy for each policy.

A process keeps models that have lived up to the month in which policies start. A run is a copy
of such a model, made by the operating system (``fork``), that lives on under its policy; what it
finds is bit for bit that of a run from the start, which a test compares.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from abm.policy import Policy
from experiments.page.record import Ask, Keeper, Record, Told, begin, go_on, make_record, policy_of

T = TypeVar("T")
KEPT = 6
"""Beginnings that a process keeps: each is a small county."""
_kept: OrderedDict[Ask, Keeper] = OrderedDict()


def make_soon(ask: Ask, told: Told) -> Record:
    """Make a record as :func:`experiments.page.record.make_record` does, from a kept beginning.

    Raises
    ------
    InputError
        If the run cannot be made.
    """
    policy = policy_of(ask.policy)
    if not (can_copy() and begins_like_any(policy) and policy.starts_month < ask.months):
        return make_record(ask, told)
    keeper = _beginning(ask, policy.starts_month, told)

    def live_on() -> Record:
        keeper.model.expect(policy)
        return go_on(keeper, ask, told)

    return in_copy(live_on)


def can_copy() -> bool:
    """Whether this system copies a process without harm."""
    return sys.platform == "linux"


def begins_like_any(policy: Policy) -> bool:
    """Whether the months before a policy are those before any other that starts then.

    A scheme that pays by the head has visits told apart in the year before it.
    """
    return not any(rules.payment.by_head for _, rules in policy.stages())


def _beginning(ask: Ask, months: int, told: Told) -> Keeper:
    """A model that has lived the months before a policy starts."""
    key = Ask(ask.county, ask.baseline, ask.baseline, months, ask.weight, ask.seed, ask.hold)
    keeper = _kept.get(key)
    if keeper is None:
        keeper = begin(key)
        try:
            keeper.live(months, told)
        except BaseException:
            keeper.model.close()
            raise
        _kept[key] = keeper
        if len(_kept) > KEPT:
            _, oldest = _kept.popitem(last=False)
            oldest.model.close()
    _kept.move_to_end(key)
    return keeper


def in_copy(work: Callable[[], T]) -> T:
    """Do some work in a copy of this process; whatever it changes is gone with the copy.

    Raises
    ------
    RuntimeError
        If the copy ended without an outcome.
    """
    source, target = os.pipe()
    with warnings.catch_warnings():
        # Python warns of copying a process of several threads: the others of a worker only wait.
        warnings.simplefilter("ignore", DeprecationWarning)
        copy = os.fork()
    if copy == 0:
        _finish(work, target)
    os.close(target)
    with os.fdopen(source, "rb") as pipe:
        told = pipe.read()
    os.waitpid(copy, 0)
    if not told:
        raise RuntimeError("a copy of the process ended without an outcome")
    value, fault = pickle.loads(told)
    if fault is not None:
        raise fault
    found: T = value
    return found


def _finish(work: Callable[[], T], target: int) -> None:
    """In the copy: do the work, tell its outcome, end."""
    gc.disable()  # it ends before there is much to collect
    outcome: list[tuple[T | None, BaseException | None]] = []

    def do() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as fault:
            outcome.append((None, fault))

    try:
        # Not in what has become the main thread: loops would go over to another one by one.
        thread = threading.Thread(target=do)
        thread.start()
        thread.join()
        with os.fdopen(target, "wb") as pipe:
            pickle.dump(outcome[0], pipe, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)
