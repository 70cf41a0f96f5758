"""Yearly tables: who went where, and the money of the year, reconciled to the fen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.county import CareKind, Place, Tier
from abm.indicator_care import ALL_COST, FUND_BILL
from abm.indicator_money import NOT_PAYMENT_WORDS
from abm.indicator_view import PREMIUMS, YearView

if TYPE_CHECKING:
    from abm.model import Model

OPENING, IN, OUT, CLOSING, MEMO = "opening", "in", "out", "closing", "memo"
"""What a line of an account is; opening, in and out add up to closing, memos stand beside."""
AID = "medical aid pays"
NOT_PAYERS = ("government", "staff", "suppliers", "bank")
"""Accounts whose money to a provider pays no bill, except for medical aid."""
Line = tuple[str, str, str, int]
"""Account, role, line, fen (what goes out is negative)."""


def flows_table(model: Model, year: int) -> pd.DataFrame:
    """Who was cared for where in a year.

    Returns
    -------
    DataFrame
        A row a village and provider that its people used: village, provider, tier, place,
        patients (episodes that ended with care there), went_well, admitted; in persons.
        People who live elsewhere stand under the village ``elsewhere``.

    Raises
    ------
    InputError
        If the model has not lived that year to its end.
    """
    YearView(model, year)
    flow, county = model.flows[year], model.county
    village, slot = np.nonzero((model.network.provider >= 0) & (flow["used"] > 0))
    provider = model.network.provider[village, slot]
    rows = model.providers[provider]
    names = [*county.village_names, "elsewhere"]
    return pd.DataFrame(
        {
            "village": [names[v] for v in village],
            "provider": [county.provider_names[p] for p in provider],
            "tier": [Tier(tier).name.lower() for tier in rows["tier"]],
            "place": [Place(place).name.lower() for place in rows["place"]],
            "patients": flow["used"][village, slot] * model.weight,
            "went_well": flow["went_well"][village, slot] * model.weight,
            "admitted": flow["admitted"][village, slot] * model.weight,
        }
    )


class YearFlows:
    """A year's transfers between groups of accounts."""

    def __init__(self, model: Model, year: int) -> None:
        self.view = YearView(model, year)
        self.ledger = model.ledger
        self.page = self.view.journal
        start = self.view.months.start
        earlier = model.ledger.journal()
        earlier = earlier[earlier["month"] < start]
        opened = np.zeros(len(self.ledger.names), np.int64)
        opened[self.ledger.account("fund")] = int(model.county.fund.balance_yuan * 100)
        cash = np.floor(model.county.providers["cash_yuan"] * 100 + 0.5)
        opened[self.ledger.provider] = cash.astype(np.int64)
        view = self.view
        self.opening = opened + view.net_fen(earlier, "target") - view.net_fen(earlier, "source")

    def mask(self, *accounts: int | np.ndarray) -> np.ndarray:
        """(account,) True for the accounts of a group."""
        chosen = np.zeros(len(self.ledger.names), bool)
        for account in accounts:
            chosen[account] = True
        return chosen

    def moved(self, source: np.ndarray, target: np.ndarray, *, net: bool = False) -> dict[str, int]:
        """Fen that moved from one group to another, by purpose; less what came back if net."""
        sums: dict[str, int] = {}
        page = self.page
        for sign, a, b in ((1, source, target), *([(-1, target, source)] if net else [])):
            part = page[a[page["source"]] & b[page["target"]]]
            for number in np.unique(part["purpose"]):
                amount = int(part["amount_fen"][part["purpose"] == number].sum())
                purpose = self.ledger.purposes[number]
                sums[purpose] = sums.get(purpose, 0) + sign * amount
        return sums

    def opening_fen(self, group: np.ndarray) -> int:
        """What a group held when the year began, from the start on."""
        return int(self.opening[group].sum())

    def closing_fen(self, group: np.ndarray) -> int:
        """What a group holds at the year's end, from today back."""
        return int(self.view.balance_fen(np.flatnonzero(group)).sum())

    def tally_fen(self, columns: str, where: np.ndarray | None = None) -> int:
        """Exact sum of tally columns."""
        return round(self.view.sum(columns, where))


def fund_lines(y: YearFlows) -> list[Line]:
    """Budget, care in the county by tier, outside by kind, other flows, balance.

    The fund and the consortia that it prepays stand together as those who pay for care.
    """
    name, view, ledger = "fund and consortia", y.view, y.ledger
    payers = y.mask(ledger.account("fund"), ledger.consortium)
    providers = y.mask(ledger.provider)
    lines: list[Line] = [(name, OPENING, "balance at the start", y.opening_fen(payers))]
    for purpose, fen in y.moved(~payers, payers).items():
        if purpose in PREMIUMS:
            lines.append((name, IN, purpose, fen))
    billed = 0
    for tier in (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY):
        fen = y.tally_fen(FUND_BILL, view.at(tier))
        billed += fen
        lines.append((name, OUT, f"care in the county, {tier.name.lower()}", -fen))
    for kind in CareKind:
        if kind == CareKind.IN_COUNTY:
            continue
        fen = y.tally_fen(FUND_BILL, view.kind == kind)
        billed += fen
        told = kind.name.lower().replace("_", " ")
        lines.append((name, OUT, f"care outside the county, {told}", -fen))
    services = {
        purpose: fen
        for purpose, fen in y.moved(payers, providers, net=True).items()
        if not any(word in purpose for word in NOT_PAYMENT_WORDS)
    }
    lines.append((name, IN, "billed and not paid in the year", billed - sum(services.values())))
    year = view.claims
    for line, fen in (
        ("below the bills by the rule", -int(year["by_rule_fen"].sum())),
        ("denied", int(year["denied_fen"].sum())),
        ("more owed than at the start", int((year["owed_fen"] - year["owed_before_fen"]).sum())),
    ):
        lines.append((name, MEMO, f"of what was not paid: {line}", fen))
    for purpose, fen in y.moved(payers, ~payers, net=True).items():
        if purpose not in services and purpose not in PREMIUMS:
            lines.append((name, OUT, purpose, -fen))
    lines.append((name, CLOSING, "balance at the end", y.closing_fen(payers)))
    fund, consortia = y.mask(ledger.account("fund")), y.mask(ledger.consortium)
    for purpose, fen in y.moved(fund, consortia, net=True).items():
        lines.append((name, MEMO, f"from fund to consortia: {purpose}", fen))
    lines.append((name, MEMO, "of the balance, with the fund", y.closing_fen(fund)))
    return lines


def plain_lines(y: YearFlows, name: str, account: str) -> list[Line]:
    """All that came into and left one common account, by purpose."""
    return group_lines(y, name, y.mask(y.ledger.account(account)))


def group_lines(y: YearFlows, name: str, group: np.ndarray) -> list[Line]:
    """All that came into and left a group of accounts, by purpose."""
    lines: list[Line] = [(name, OPENING, "balance at the start", y.opening_fen(group))]
    lines += [(name, IN, purpose, fen) for purpose, fen in y.moved(~group, group).items()]
    lines += [(name, OUT, purpose, -fen) for purpose, fen in y.moved(group, ~group).items()]
    return [*lines, (name, CLOSING, "balance at the end", y.closing_fen(group))]


def provider_lines(y: YearFlows, name: str, where: np.ndarray) -> list[Line]:
    """Billed, paid by whom, other receipts, costs, cash, of some rows of the tally."""
    ledger = y.ledger
    group = y.mask(ledger.provider[np.unique(y.view.model.tally_provider[where])])
    lines: list[Line] = [(name, OPENING, "cash at the start", y.opening_fen(group))]
    billed = y.tally_fen(ALL_COST, where)
    lines.append((name, IN, "billed", billed))
    payers = ~group & ~y.mask(*(ledger.account(who) for who in NOT_PAYERS), ledger.provider)
    government = y.mask(ledger.account("government"))
    paid = {
        purpose: fen
        for purpose, fen in y.moved(payers, group, net=True).items()
        if not any(word in purpose for word in NOT_PAYMENT_WORDS)
    }
    paid.update({p: fen for p, fen in y.moved(government, group).items() if p == AID})
    lines.append((name, OUT, "billed and not paid in the year", sum(paid.values()) - billed))
    for purpose, fen in y.moved(~group, group).items():
        if purpose not in paid:
            lines.append((name, IN, purpose, fen))
    for purpose, fen in y.moved(group, ~group).items():
        if purpose not in paid:
            lines.append((name, OUT, purpose, -fen))
    lines.append((name, CLOSING, "cash at the end", y.closing_fen(group)))
    lines += [(name, MEMO, f"of the billed: {purpose}", fen) for purpose, fen in paid.items()]
    return lines


def accounts_table(model: Model, year: int) -> pd.DataFrame:
    """The year's reconciliation: where every fen came from and went.

    For the fund: balance, budget, care in the county by tier, outside by kind,
    serious-illness premium and other flows, balance. For serious-illness cover the same.
    For providers, by level in the county and together outside: cash, billed, not paid,
    other receipts, costs, cash; memo lines say who paid the bills.

    Returns
    -------
    DataFrame
        account, role, line, amount_fen, amount_yuan. Opening, in and out lines of an account
        add up to its closing line.

    Raises
    ------
    InputError
        If the model has not lived that year to its end.
    """
    y = YearFlows(model, year)
    view = y.view
    lines = fund_lines(y) + plain_lines(y, "serious-illness cover", "serious_cover")
    for tier in (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY):
        lines += provider_lines(y, f"{tier.name.lower()} level", view.at(tier))
    lines += provider_lines(y, "providers outside the county", view.outside)
    table = pd.DataFrame(lines, columns=["account", "role", "line", "amount_fen"])
    table["amount_yuan"] = table["amount_fen"] / 100.0
    return table


def residuals_fen(table: pd.DataFrame) -> dict[str, int]:
    """Closing balance of each account less the sum of its lines; 0 where it closes.

    The lines start from the county's data and the tallies of care; the closing balance is
    the ledger's. They agree only if both recorded the same fen.
    """
    left: dict[str, int] = {}
    for name, part in table.groupby("account", sort=False):
        fen, role = part["amount_fen"], part["role"]
        closing = int(fen[role == CLOSING].sum())
        left[str(name)] = closing - int(fen[role.isin((OPENING, IN, OUT))].sum())
    return left


def residual_fen(model: Model, year: int) -> int:
    """Fen by which the year's reconciliation fails to close, over all accounts; 0 if it does."""
    return sum(abs(left) for left in residuals_fen(accounts_table(model, year)).values())
