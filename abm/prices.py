"""Price lists by service line: what a bill is made of, what it costs, what is left of a saving.

A county's table gives mean prices of a visit and an admission and what drugs and materials
cost of a yuan billed, without a markup. Here they are taken apart by line, so that a policy
can change the price of a line. Lines that bring a doctor more are used more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from abm.county import County, Place, Tier
from abm.policy_prices import Prices

LINES = ("drugs", "consumables", "tests", "consultation", "treatment", "bed")
DRUGS, CONSUMABLES, TESTS, *FEES = range(len(LINES))
SUPPLIES = slice(DRUGS, TESTS)
"""Lines that are bought and sold; the rest are services."""
SERVICES = slice(TESTS, len(LINES))
KINDS = ("visit", "admission")
"""Kinds of care, the first axis of every table here."""
NO_BED = ("visit", "bed")


def line_shares(county: County) -> np.ndarray:
    """(kind, provider, line) what the county's own bills are made of, as shares that add up to 1.

    Drugs and consumables together are what the table calls drugs and materials; how they
    and the services divide stands in ``prices.*``.
    """
    rows, value = county.providers, county.value
    shares = np.zeros((len(KINDS), len(rows), len(LINES)))
    supplies = rows["variable_cost_share"]
    at_base = rows["tier"] <= Tier.TOWNSHIP
    for kind, name in enumerate(KINDS):
        drugs = np.where(
            at_base,
            value(f"prices.drugs_of_supplies.base.{name}"),
            value(f"prices.drugs_of_supplies.hospital.{name}"),
        )
        shares[kind, :, DRUGS] = supplies * drugs
        shares[kind, :, CONSUMABLES] = supplies - shares[kind, :, DRUGS]
        parts = np.array(
            [
                0.0 if (name, line) == NO_BED else value(f"prices.service_parts.{name}.{line}")
                for line in LINES[SERVICES]
            ]
        )
        shares[kind, :, SERVICES] = (1.0 - supplies)[:, None] * parts / parts.sum()
    return shares


@dataclass(frozen=True)
class Mix:
    """What a yuan billed is made of in a month, arrays by (kind, provider).

    Attributes
    ----------
    index
        Price of care done as the need calls for, against the county's table.
    supplies_cost
        What drugs and consumables cost of a yuan billed.
    line_share
        (kind, provider, line) shares of a yuan billed.
    extra_share, pay_share
        What the fund adds to a yuan of its part of a bill: left or paid more for jointly
        bought drugs; of the money that cuts freed, for staff.
    """

    index: np.ndarray
    supplies_cost: np.ndarray
    line_share: np.ndarray
    extra_share: np.ndarray
    pay_share: np.ndarray


class PriceList:
    """Prices and costs of a unit of each line, one yuan's worth by the county's table.

    Parameters
    ----------
    county
        The county; only its own providers have their prices changed.
    rule
        The policy's ``[prices]``.
    before
        The list in force at the start: what cuts free is counted from it.

    Attributes
    ----------
    shares, price, cost
        (kind, provider, line): units in care of the usual mix, and what one sells and costs for.
    freed
        (kind, provider) yuan that cuts take off care of the usual mix, joint purchasing left out.
    """

    def __init__(self, county: County, rule: Prices, before: PriceList | None = None) -> None:
        self.rule = rule
        self.before = before
        self.shares = line_shares(county)
        here = county.providers["place"] == Place.IN_COUNTY
        self.here = here
        price, cost = (np.ones(self.shares.shape) for _ in range(2))
        cost[:, :, SERVICES] = 0.0
        drug, material = rule.drug_cost, 1.0 - rule.consumables_price_cut
        for line, paid, charged in (
            (DRUGS, drug, drug * (1.0 + rule.drug_markup)),
            (CONSUMABLES, material, material * (1.0 + rule.consumables_markup)),
            (TESTS, 0.0, 1.0 - rule.tests_price_cut),
        ):
            cost[:, here, line], price[:, here, line] = paid, charged
        self.cost, self.price = cost, price
        # What joint purchasing saves has a rule of its own.
        self.charged_alone = price.copy()
        self.charged_alone[:, here, DRUGS] /= 1.0 - rule.joint_saving
        self.freed = np.zeros(price.shape[:2])
        if before is not None:
            fallen = np.maximum(before.charged_alone - self.charged_alone, 0.0)
            fallen[:, :, FEES] = 0.0
            self.freed = (self.shares * fallen).sum(axis=2)
        fees = self.shares[:, :, FEES].sum(axis=2)
        raised = np.divide(
            rule.saved_to_fees * self.freed, fees, out=np.zeros(fees.shape), where=fees > 0
        )
        factor = np.where(here, 1.0 + rule.fees_raised + raised, 1.0)
        self.price[:, :, FEES] = factor[:, :, None]
        self.neutral = bool((self.price == 1.0).all() and (self.cost[:, :, SUPPLIES] == 1.0).all())

    @cached_property
    def supplies(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(kind, provider) usual share of drugs and consumables, their price, their cost."""
        return self._mean(SUPPLIES)

    @cached_property
    def services(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same of services."""
        return self._mean(SERVICES)

    def _mean(self, lines: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        units = self.shares[:, :, lines]
        whole = units.sum(axis=2)
        there = np.maximum(whole, 1e-12)
        price = (units * self.price[:, :, lines]).sum(axis=2) / there
        cost = (units * self.cost[:, :, lines]).sum(axis=2) / there
        return whole, price, cost

    def gap(self, brings: np.ndarray, per_cost: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """What a unit of supplies brings a doctor beyond a unit of services, (kind, provider).

        Parameters
        ----------
        brings
            (kind, provider) what a yuan billed brings him before supplies are paid for.
        per_cost
            (provider,) what a yuan of cost takes from him.
        extra
            (kind, provider) what he has of what the fund adds to a unit of supplies.
        """
        _, price, cost = self.supplies
        return np.asarray(brings * (price - self.services[1]) - per_cost * cost + extra)

    def mixed(self, shift: np.ndarray) -> Mix:
        """Make up a month's bills where supplies are more or less likely than usual.

        Parameters
        ----------
        shift
            (kind, provider) logits by which supplies are likelier than in the usual mix.
        """
        usual = self.supplies[0]
        share = _shifted(usual, shift)
        ratio = np.divide(share, usual, out=np.ones(share.shape), where=usual > 0)
        other = np.divide(1.0 - share, 1.0 - usual, out=np.ones(share.shape), where=usual < 1)
        units = self.shares.copy()
        units[:, :, SUPPLIES] *= ratio[:, :, None]
        units[:, :, SERVICES] *= other[:, :, None]
        billed, rule = units * self.price, self.rule
        # A list that changes nothing leaves every price as it is, to the last bit.
        index = np.ones(share.shape) if self.neutral else billed.sum(axis=2)
        cost = usual * ratio if self.neutral else (units * self.cost).sum(axis=2) / index
        paid = rule.saved_to_pay * self.freed
        return Mix(
            index, cost, billed / index[:, :, None], self._joint(units) / index, paid / index
        )

    def _joint(self, units: np.ndarray) -> np.ndarray:
        """(kind, provider) yuan that the fund leaves or adds for jointly bought drugs."""
        rule, drugs = self.rule, units[:, :, DRUGS] * self.here
        saved = self.charged_alone[:, :, DRUGS] - self.price[:, :, DRUGS]
        dear = self.charged_alone[:, :, DRUGS] * rule.joint_share * (1.0 - rule.joint_price_cut)
        return np.asarray(drugs * (rule.joint_saving_left * saved + rule.joint_paid_more * dear))


def _shifted(share: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Shares whose odds grow by ``exp(shift)``; the very shares where nothing shifts."""
    odds = share * np.exp(np.clip(shift, -30.0, 30.0))
    whole = odds + 1.0 - share
    return np.where(shift == 0.0, share, odds / whole)


def by_line_fen(billed: np.ndarray, line_share: np.ndarray) -> np.ndarray:
    """Bills by line, (kind, provider, line) whole fen that add up to the bills.

    Parameters
    ----------
    billed
        (kind, provider) fen.
    line_share
        (kind, provider, line) shares.
    """
    ends = np.floor(np.cumsum(line_share, axis=2) * billed[:, :, None] + 0.5).astype(np.int64)
    ends = np.minimum(ends, billed[:, :, None])
    ends[:, :, -1] = billed
    return np.diff(ends, axis=2, prepend=0)
