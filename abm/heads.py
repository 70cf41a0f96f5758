"""Counts of the insured by which budgets are set: heads by age and sex, managed patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agents.conditions import N_CONDITIONS
from agents.foundation.compile import chunk_loop, scalar
from agents.insurer import RESIDENT

if TYPE_CHECKING:
    from abm.model import Model

HEADS = np.dtype([("managed", "i8"), ("held", "i8")])
"""Insured residents managed for a condition of the list, and of these those all under control."""
OWN_CLINIC, OWN_CENTRE = 0, 1
"""Levels by which managed patients are counted; also the slots of an own clinic and centre."""
AGE_BANDS_YEARS = (0, 5, 15, 25, 35, 45, 55, 65, 75)
"""Youngest age of each band in which costs are compared."""


@scalar
def count_head(patient: Any, by_head: Any, count: Any) -> None:
    """Count one resident, if he is insured, here, and managed for a condition of the list."""
    if patient.alive == 0 or patient.scheme != RESIDENT or patient.elsewhere == 1:
        return
    managed, held = 0, 1
    for k in range(N_CONDITIONS):
        if by_head[k] == 1 and patient.stage[k] > 0 and patient.managed[k] == 1:
            managed = 1
            if patient.controlled[k] == 0:
                held = 0
    count.managed += managed
    count.held += managed * held


@chunk_loop
def count_heads_chunk(rows: Any, start: int, stop: int, by_head: Any, counts: Any) -> None:
    """Count the managed among the residents from ``start`` to ``stop`` by village."""
    for row in range(start, stop):
        count_head(rows[row], by_head, counts[rows[row].village])


def count_managed(model: Model) -> np.ndarray:
    """Managed patients for whom each provider answers, as own clinic and as own centre.

    Where a village has no clinic, or no centre, the other answers; where it has neither, nobody.

    Returns
    -------
    numpy.ndarray
        (level, provider, consortium) of HEADS, in real people.
    """
    network, weight = model.network, model.weight
    counts = np.zeros(len(network.provider), HEADS).view(np.recarray)
    by_head = model.world.cover.by_head
    heads = np.zeros((2, len(model.providers), model.groups), HEADS)
    if not by_head.any():
        return heads
    run = model.engine.loop(count_heads_chunk)
    run(model.engine.rows(model.patients), 0, len(model.patients), by_head, counts)
    for level in (OWN_CLINIC, OWN_CENTRE):
        own = network.provider[:, level]
        base = np.where(own >= 0, own, network.provider[:, 1 - level])
        # The last row stands for life elsewhere, where nobody answers.
        known = np.flatnonzero(base[:-1] >= 0)
        where = base[known], network.group[known]
        for name in HEADS.names or ():
            np.add.at(heads[name][level], where, counts[name][known] * weight)
    return heads


def adjusted_heads(model: Model) -> np.ndarray:
    """(consortium,) insured people, each counted by what people of his age and sex cost.

    What they cost is what the fund paid in the year that ended, over the county; without a
    year behind it everybody counts the same. The sum is the number of the insured.
    """
    rows = model.residents
    insured = rows["scheme"] == RESIDENT
    band = np.searchsorted(AGE_BANDS_YEARS, rows["age_months"] // 12, side="right") - 1
    cell = band * 2 + rows["sex"]
    cells = 2 * len(AGE_BANDS_YEARS)
    spent = np.zeros(len(rows))
    for kind in ("outpatient", "chronic", "inpatient"):
        spent += rows[f"year_{kind}_fund_fen"]
    # Who died or left in the year cost as well; those who did so earlier have spent nothing.
    cost = np.bincount(cell[insured], spent[insured], cells)
    here = insured & (rows["alive"] == 1)
    heads = np.bincount(cell[here], minlength=cells).astype(float)
    each = np.divide(cost, heads, out=np.zeros(cells), where=heads > 0)
    group = model.network.group[rows["village"][here]]
    if cost.sum() <= 0.0:
        return np.bincount(group, minlength=model.groups) * float(model.weight)
    adjusted = np.bincount(group, each[cell[here]], model.groups)
    return np.asarray(adjusted * (heads.sum() * model.weight / adjusted.sum()))
