"""The month's prices: the mix of a bill, list prices after a policy, what the fund adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.county import Place, Tier
from abm.pay import PayRule, Standing
from abm.payment import MonthBill
from abm.prices import KINDS, Mix, PriceList, by_line_fen
from abm.rehab import well_yuan
from agents.foundation.money import to_fen

if TYPE_CHECKING:
    from abm.model import Model
    from abm.policy import Policy

_PRICES = (("visit_price_yuan", 0), ("chronic_price_yuan", 0), ("admission_price_yuan", 1))
"""Columns of list prices, and which kind of care each is of."""
_BROUGHT = ("outpatient", "inpatient")


class Incentive(NamedTuple):
    """What care brings an employer, and the rules by which it reaches his doctors."""

    employer: np.recarray
    """(provider,) of BRINGS under the payment scheme."""
    prices: PriceList
    standing: Standing
    pay: PayRule


def price_list(model: Model, policy: Policy) -> PriceList:
    """The price list under a policy; what it frees is counted from the baseline's."""
    before = PriceList(model.county, model.baseline.prices)
    if policy is model.baseline:
        return before
    return PriceList(model.county, policy.prices, before)


def set_prices(model: Model, incentive: Incentive) -> None:
    """Settle the month's mix and list prices, and add what the fund pays beside bills.

    The county's table holds for the rules of the baseline: the mix is that of the table
    there, and elsewhere moves with what supplies bring a doctor beyond services, against what
    they would bring him under the baseline.

    Parameters
    ----------
    incentive
        As doctors feel it; to what care brings employers is added.
    """
    mix = model.price_list.mixed(_shift(model, incentive))
    model.mix = mix
    rows, table = model.providers, model.county.providers
    moved = False
    for name, kind in _PRICES:
        price = table[name] * mix.index[kind]
        moved |= not np.array_equal(price, rows[name])
        rows[name] = price
    for kind, name in enumerate(KINDS):
        rows[f"{name}_supplies_cost"] = mix.supplies_cost[kind]
    rows["variable_cost_share"] = _over_kinds(model, mix.supplies_cost)
    if moved:
        model.price_options()
    _add(model, incentive.employer, mix)


def _shift(model: Model, incentive: Incentive) -> np.ndarray:
    """(kind, provider) logits by which supplies are likelier than under the baseline's rules."""
    employer, ruled, standing, pay = incentive
    n = len(employer)
    if pay is model.baseline.pay and ruled.before is None:
        return np.zeros((len(KINDS), n))
    gaps = []
    for prices, rule in ((ruled, pay), (ruled.before or ruled, model.baseline.pay)):
        of_balance, of_revenue = rule.of_a_yuan(standing, n)
        brings = np.stack([of_balance * employer[name] + of_revenue for name in _BROUGHT])
        usual, plain = prices.supplies[0], prices.mixed(np.zeros(brings.shape))
        added = _fund_shares(model) * plain.extra_share * plain.index
        extra = np.divide(added, usual, out=np.zeros(usual.shape), where=usual > 0)
        gaps.append(prices.gap(brings, of_balance, of_balance * extra))
    value = model.county.value
    most = value("prices.mix_most")
    shift = np.clip((gaps[0] - gaps[1]) / value("prices.mix_yuan"), -most, most)
    return np.where(model.books.in_county, shift, 0.0)


def _fund_shares(model: Model) -> np.ndarray:
    """(kind, provider) share of bills that the residents' fund bears."""
    return np.stack([model.books.fund_share_out, model.books.fund_share_in])


def _over_kinds(model: Model, cost: np.ndarray) -> np.ndarray:
    """(provider,) cost of supplies of a yuan billed, visits and admissions as of late."""
    recent = model.books.recent
    whole = recent["outpatient"] + recent["inpatient"]
    wards = np.divide(recent["inpatient"], whole, out=np.zeros(len(whole)), where=whole > 0)
    return np.asarray(cost[0] + wards * (cost[1] - cost[0]))


def _add(model: Model, employer: np.recarray, mix: Mix) -> None:
    """Add to what one more of each brings an employer what the fund pays beside its bill."""
    books, rule = model.books, model.policy_now.prices
    kept = books.kept_share
    for kind, name in enumerate(_BROUGHT):
        employer[name] += kept * _fund_shares(model)[kind] * mix.extra_share[kind]
    fee = np.where(_at_base(model), rule.general_fee_yuan_per_visit, 0.0)
    employer["visit_yuan"] += kept * fee * model.providers["settled_share"]
    employer["well_yuan"] += well_yuan(model)


def _at_base(model: Model) -> np.ndarray:
    rows = model.providers
    return (rows["place"] == Place.IN_COUNTY) & (rows["tier"] <= Tier.TOWNSHIP)


def _by_kind(bill: MonthBill) -> np.ndarray:
    """(kind, provider) fund's part of a month's bills."""
    names = ("fund_outpatient_fen", "fund_inpatient_fen")
    return np.stack([bill.lines[name].sum(axis=1) for name in names])


def beside_bills_fen(model: Model, bill: MonthBill) -> tuple[np.ndarray, np.ndarray]:
    """What a month's services earn of the fund beside their bills, and what of it is for staff.

    Returns
    -------
    tuple
        Of two (provider,) arrays in whole fen; the second is part of the first.
    """
    mix, fund = model.mix, _by_kind(bill)
    for_staff = np.floor((fund * mix.pay_share).sum(axis=0) + 0.5).astype(np.int64)
    drugs = np.floor((fund * mix.extra_share).sum(axis=0) + 0.5).astype(np.int64)
    fee = to_fen(model.policy_now.prices.general_fee_yuan_per_visit)
    visits = np.where(_at_base(model), bill.lines["visits"].sum(axis=1), 0)
    return drugs + fee * visits + for_staff, for_staff


def keep_lines(model: Model, billed_fen: np.ndarray) -> None:
    """Keep what was billed by line in ``books.state``: (year, kind, provider, line) whole fen.

    Parameters
    ----------
    billed_fen
        (kind, provider).
    """
    lines = by_line_fen(billed_fen, model.mix.line_share)
    known = model.books.state.get("line_fen", np.zeros((0, *lines.shape), np.int64))
    if model.month % 12 == 0:
        known = np.concatenate([known, np.zeros((1, *lines.shape), np.int64)])
    known[-1] += lines
    model.books.state["line_fen"] = known
