"""Whether one birth more in one of two runs leaves every other life's draws as they were.

Two models of one county and seed run side by side; in one of them a woman past childbearing
age has one child more in a chosen month. Then the other residents' rows are compared, each
with the row of the same key.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from abm.county import County
from abm.model import Model
from abm.phases import PHASES
from abm.policy import Policy

PAST_CHILDBEARING_MONTHS = 50 * 12


def rows_changed(without: np.ndarray, with_child: np.ndarray, child: int, mother: int) -> int:
    """Count residents, the child left out, whose rows differ in any column.

    Parameters
    ----------
    without, with_child
        Rows of PATIENT of the two runs.
    child, mother
        Keys; of the mother, the count of her children is left out.

    Returns
    -------
    int
        Residents who are in one run only, or who differ.
    """
    others = with_child[with_child["key"] != np.uint64(child)]
    shared, a, b = np.intersect1d(without["key"], others["key"], return_indices=True)
    missing = len(without) + len(others) - 2 * len(shared)
    left, right = without[a], others[b]
    right["births"][shared == np.uint64(mother)] -= 1
    differs = np.zeros(len(shared), bool)
    for name in without.dtype.names or ():
        unlike = left[name] != right[name]
        differs |= unlike.reshape(len(shared), -1).any(axis=1)
    return missing + int(differs.sum())


def bear_one_more(model: Model) -> tuple[int, int]:
    """Live a month with one birth more, through the model's own phases.

    Returns
    -------
    tuple of int
        Keys of the child and of its mother.
    """
    for phase in PHASES:
        phase.run(model)
        if phase.name == "care":
            mother = _mother(model)
            mothers, born = model.buffers.mothers, model.buffers.life["births"][:, 0]
            # Children follow in the order of their mothers' rows; hers stands among the first
            # rows, so that nearly all other children of the month move a row down.
            before = sum(int((m[:n] < mother).sum()) for m, n in zip(mothers, born, strict=True))
            child_row = len(model.residents) + before
            mothers[0, born[0]] = mother
            born[0] += 1
    rows = model.residents
    return int(rows["key"][child_row]), int(rows["key"][mother])


def _mother(model: Model) -> int:
    """A woman who will have no further child: hers would be another order of birth."""
    rows = model.residents
    old = rows["age_months"] >= PAST_CHILDBEARING_MONTHS
    return int(np.flatnonzero((rows["alive"] == 1) & (rows["sex"] == 0) & old)[0])


def as_it_stands(county: County, policy: Policy, months: int = 3, seed: int = 1) -> tuple[int, int]:
    """Compare through the month of the birth and all that people decide in the next.

    The county is as it stands, with queues, waits and the villages' talk. A newborn asks for
    nothing in its month of birth, so until the next month's care nothing of another's
    may differ: needs, deaths, births, arrivals, choices.

    Returns
    -------
    tuple of int
        Residents who differ, and residents compared.
    """
    pair = [Model(county, policy, rng=seed) for _ in range(2)]
    for model in pair:
        for _ in range(months):
            model.step()
    pair[0].step()
    child, mother = bear_one_more(pair[1])
    for model in pair:
        for phase in PHASES[:2]:
            phase.run(model)
    return _compared(pair, child, mother)


def uncoupled(county: County, policy: Policy, months: int = 12, seed: int = 1) -> tuple[int, int]:
    """Compare for ``months`` after the birth where no queue binds and villages do not talk.

    Then nothing but draws could tie one life to another, so every other row has to be the
    same, column by column, to the end.

    Returns
    -------
    tuple of int
        Residents who differ, and residents compared.
    """
    silent = dict(county.parameters)
    name = "learning.talk_rate"
    silent[name] = dataclasses.replace(silent[name], value=0.0)
    county = dataclasses.replace(county, parameters=silent)
    # Incomes tie doctors to all whom they treat: nobody moves here.
    pair = [Model(county, policy, rng=seed, hold={"doctors"}) for _ in range(2)]
    for model in pair:
        _open_wide(model)
    pair[0].step()
    child, mother = bear_one_more(pair[1])
    for model in pair:
        for _ in range(months):
            _open_wide(model)  # rooms are counted anew each January
            model.step()
    return _compared(pair, child, mother)


def _open_wide(model: Model) -> None:
    """Give every provider more room than anybody could ask for."""
    model.providers["minutes_capacity"] = np.inf
    model.providers["others_ask"] = 0.0
    for name in ("bed_days_capacity", "bed_days_room", "nurse_minutes"):
        room = model.providers[name]
        room[room > 0] = np.inf


def _compared(pair: list[Model], child: int, mother: int) -> tuple[int, int]:
    changed = rows_changed(pair[0].residents, pair[1].residents, child, mother)
    number = len(pair[0].residents)
    for model in pair:
        model.close()
    return changed, number
