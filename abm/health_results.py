"""Chronic patients managed and under control, by who looks after them: what pay can go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.county import Place, Tier

if TYPE_CHECKING:
    from abm.model import Model


def count_patients(model: Model) -> None:
    """Count, for every provider of the county, patients managed and those under control.

    A clinic, or the centre where a village has none, looks after its village's people; what
    centres and hospitals answer for besides is their township's and their consortium's. A
    patient is under control if every condition that he is managed for is.
    """
    rows, people = model.providers, model.residents
    here = (people["alive"] == 1) & (people["elsewhere"] == 0)
    known = people["managed"] == 1
    is_managed = here & known.any(axis=1)
    held = is_managed & ~(known & (people["controlled"] == 0)).any(axis=1)
    villages = len(model.network.provider)
    own = responsible(model)
    for column, which in (("managed_patients", is_managed), ("controlled_patients", held)):
        by_village = np.bincount(people["village"][which], minlength=villages)[: len(own)]
        count = np.zeros(len(rows))
        there = own >= 0
        np.add.at(count, own[there], by_village[there] * model.weight)
        rows[column] = count


def responsible(model: Model) -> np.ndarray:
    """(village,) provider that looks after its chronic patients: own clinic, else the centre."""
    clinic, centre = model.network.provider[:-1, 0], model.network.provider[:-1, 1]
    return np.where(clinic >= 0, clinic, centre)


def answered_for(model: Model, column: str) -> np.ndarray:
    """(provider,) patients of a column for whom a place's director answers.

    A centre's director answers for his township, a hospital's for its consortium, or for all
    who are in none.
    """
    rows = model.providers
    inside, base = rows["place"] == Place.IN_COUNTY, rows["tier"] <= Tier.TOWNSHIP
    found = rows[column].astype(float).copy()
    for area, ours, answers in (
        (rows["township"], inside & base, inside & (rows["tier"] == Tier.TOWNSHIP)),
        (rows["consortium"], inside, inside & (rows["tier"] == Tier.COUNTY)),
    ):
        whole = np.bincount(area[ours] + 1, rows[column][ours], int(area.max()) + 2)
        found[answers] = whole[area[answers] + 1]
    return found


def control_score(model: Model) -> np.ndarray:
    """(provider,) part of the goal of control that is reached where each answers, 0 to 1."""
    goal = model.policy_now.pay.control_goal
    patients, held = (answered_for(model, f"{of}_patients") for of in ("managed", "controlled"))
    share = np.divide(held, patients, out=np.zeros(len(held)), where=patients > 0)
    return np.minimum(share / goal, 1.0)


def controlled_share(model: Model) -> np.ndarray:
    """(provider,) chance that one more patient managed is under control, as in the county."""
    rows = model.providers
    whole = float(rows["managed_patients"].sum())
    share = float(rows["controlled_patients"].sum()) / whole if whole > 0 else 0.0
    return np.full(len(rows), share)
