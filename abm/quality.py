"""How good a year's care was, as far as the insurance office measures it and pays by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.world import total
from agents.conditions import CONDITIONS

if TYPE_CHECKING:
    from abm.model import Model

_AWAY = ("turned_away", "put_off", "no_bed")


def scores(model: Model) -> np.ndarray:
    """(provider,) what the year's quality earns of a retention that comes back at all, 0 to 1.

    To be read in the year's last month, before its tally is put away. A provider that treated
    nobody, and a consortium without known patients, meet their goals.
    """
    books, quality = model.books, model.books.quality
    n = len(model.providers)
    items: list[np.ndarray] = []
    if quality.controlled_goal is not None:
        known, held = chronic_patients(model)
        share = np.divide(held, known, out=np.ones(len(known)), where=known > 0)
        books.state["known_chronic"], books.state["controlled_share"] = known, share
        whole = held.sum() / known.sum() if known.sum() > 0 else 1.0
        group = books.member_of
        own = np.where(group >= 0, share[np.maximum(group, 0)], whole)
        items.append(np.minimum(1.0, own / quality.controlled_goal))
    treated, well, away = _treated(model)
    if quality.well_treated_goal is not None:
        part = np.divide(well, treated, out=np.ones(n), where=treated > 0)
        items.append(np.minimum(1.0, part / quality.well_treated_goal))
    if quality.attended_goal is not None:
        came = treated + away
        part = np.divide(treated, came, out=np.ones(n), where=came > 0)
        items.append(np.minimum(1.0, part / quality.attended_goal))
    score = np.mean(items, axis=0) if items else np.ones(n)
    books.state["quality_score"] = score
    return np.asarray(np.minimum(1.0, score / quality.pass_mark))


def chronic_patients(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """(consortium,) known cases here whose control is measured, and those under control."""
    rows = model.residents
    here = rows[(rows["alive"] == 1) & (rows["elsewhere"] == 0)]
    group = model.network.group[here["village"]]
    known, held = np.zeros((2, model.groups))
    measured = model.books.quality.controlled_of
    for k, condition in enumerate(CONDITIONS):
        if condition.name in measured:
            aware = here["aware"][:, k] > 0
            known += np.bincount(group[aware], minlength=model.groups)
            both = aware & (here["controlled"][:, k] > 0)
            held += np.bincount(group[both], minlength=model.groups)
    return known * model.weight, held * model.weight


def _treated(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(provider,) agents treated this year, those whose care went well, those sent away."""
    n, option = len(model.providers), model.network.provider
    talk, year = total(model.buffers.talk), model.flows[-1] if model.month % 12 else None
    used, well = (
        talk[name] + (0 if year is None else year[name]) for name in ("used", "went_well")
    )
    there = option >= 0
    treated, went_well = (
        np.bincount(option[there], column[there].astype(float), n) for column in (used, well)
    )
    months = [*model.tallies[model.month - model.month % 12 :], model.tally]
    away = sum(model.by_provider(month[name]) for month in months for name in _AWAY)
    return treated, went_well, np.asarray(away, float)


def held_yuan(model: Model) -> np.ndarray:
    """(provider,) what one more patient under control brings its employer a month.

    The derivative of what comes back of last year's retention, and of what was held of last
    year's surplus, a member's part of it by what it billed: nil where the goal or the pass mark
    is met, and where nothing is known yet.
    """
    books, quality, rule = model.books, model.books.quality, model.books.settlement
    nil = np.zeros(len(model.providers))
    known = books.state.get("known_chronic")
    held = books.surplus.held_for_quality
    if quality.controlled_goal is None or rule.retention + held == 0.0 or known is None:
        return nil
    goals = (quality.controlled_goal, quality.well_treated_goal, quality.attended_goal)
    items = sum(goal is not None for goal in goals)
    group = np.maximum(books.member_of, 0)
    billed = np.where(books.member_of >= 0, books.last_months.sum(axis=0), 0.0)
    at_stake = billed * rule.approved_share * rule.retention * rule.retention_returned / 100.0
    if held > 0.0 and "surplus_fen" in books.state:
        left = np.maximum(books.state["surplus_fen"], 0) * (books.surplus.kept * held / 100.0)
        whole = np.maximum(np.bincount(group, billed, len(known)), 1.0)
        at_stake = at_stake + left[group] * billed / whole[group]
    if books.consortium.legal_persons == "one":
        whole = np.bincount(group, np.where(books.member_of >= 0, at_stake, 0.0), len(known))
        at_stake = whole[group]
    short = (books.state["quality_score"] < quality.pass_mark) & books.in_county
    short &= books.state["controlled_share"][group] < quality.controlled_goal
    short &= books.member_of >= 0
    each = at_stake / (
        quality.pass_mark * items * quality.controlled_goal * np.maximum(known[group], 1.0)
    )
    return np.where(short, each / 12.0, nil)
