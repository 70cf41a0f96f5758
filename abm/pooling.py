"""A consortium that is one legal person: common cash, and one purse for equipment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.county import Tier
from agents import management as decide
from agents.foundation.compile import plain
from agents.foundation.money import split_fen
from agents.management import Management

if TYPE_CHECKING:
    from abm.model import Model


def one_person(model: Model) -> range:
    """Consortia that are one legal person."""
    one = model.policy_now.consortium.legal_persons == "one"
    return range(model.groups if one else 0)


def pool_cash(model: Model, ours: np.ndarray, needed_fen: np.ndarray) -> np.ndarray:
    """Let members of one legal person cover each other's payments, as far as cash is spare.

    What a member has above its own payments and the usual buffer is spare. All passes through
    the consortium's account.

    Parameters
    ----------
    ours
        Rows of the county's providers.
    needed_fen
        (our provider,) what each has to pay this month, bonus left out.

    Returns
    -------
    numpy.ndarray
        (our provider,) fen that each has in hand then.
    """
    ledger, rows = model.ledger, model.providers
    months = model.county.value("money.cash_buffer_months")
    buffer = np.floor(rows["revenue_mean_fen"][ours] * months).astype(np.int64)
    for group in one_person(model):
        account = int(ledger.consortium[group])
        where = rows["consortium"][ours] == group
        cash = ledger.balance_fen[ledger.provider[ours]]
        short = np.where(where, np.maximum(needed_fen - np.maximum(cash, 0), 0), 0)
        spare = np.where(where, np.maximum(cash - needed_fen - buffer, 0), 0)
        amount = int(min(short.sum(), spare.sum()))
        if amount > 0:
            for weight, sign in ((spare, 1), (short, -1)):
                parts = sign * np.array(split_fen(amount, list(weight.astype(float))), np.int64)
                ledger.transfer(ledger.provider[ours], account, parts, "pooled cash")
    return np.asarray(ledger.balance_fen[ledger.provider[ours]])


def invest_as_one(
    model: Model,
    group: int,
    spent: np.ndarray,
    payers: np.ndarray,
    costs: np.ndarray,
    rules: Management,
) -> tuple[np.ndarray, np.ndarray]:
    """Let a consortium that is one legal person buy equipment from one purse.

    What wore out is replaced at every member, unless all together owe too much; what is spare
    of the common cash buys more where there is most to do: by what keeps a place's equipment
    as it was times its load.

    Parameters
    ----------
    spent, payers
        (provider,) fen that each would spend on its own.
    costs
        (provider,) a year's spending.

    Returns
    -------
    tuple
        (provider,) what is spent at each place, and (provider,) who pays it: by cash in hand.
    """
    rows, wears = model.providers, model.staffing.wear_fen
    ours = model.staffing.in_county & (rows["consortium"] == group)
    where = np.flatnonzero(ours & (rows["tier"] >= Tier.TOWNSHIP))
    cash, cost = int(rows["cash_fen"][ours].sum()), int(costs[ours].sum())
    spent, payers = spent.copy(), payers.copy()
    at_place = np.zeros(len(where), np.int64)
    if not plain(decide.is_indebted)(Common(cash), cost, rules):
        worn = wears[where] * np.minimum(1.0, rows["equipment"][where])
        spare = plain(decide.spare_fen)(Common(cash), cost, rules) * rules.expansion
        need = wears[where] * rows["workload"][where]
        room = plain(decide.room_for_equipment_fen)
        rooms = [room(float(rows["equipment"][p]), int(wears[p]), rules) for p in where]
        grown = np.minimum(spare * need / max(float(need.sum()), 1e-9), rooms)
        at_place = np.floor(worn + grown).astype(np.int64)
    spent[where] = at_place
    purse = np.maximum(model.ledger.balance_fen[model.ledger.provider[ours]], 0).astype(float)
    if purse.sum() > 0:
        payers[ours] = split_fen(int(at_place.sum()), list(purse))
    else:
        payers[ours] = spent[ours]
    return spent, payers


class Common(NamedTuple):
    """The common cash of a consortium that is one legal person."""

    cash_fen: int
