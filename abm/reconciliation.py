"""The year's reconciliation as an insurance office prints it: fund, consortia, each hospital.

For the fund: balance, income, care in the county by tier, outside by kind, other flows,
balance. For providers: what was billed to the fund, paid, denied, cut and owed; then cash by
line, loans and arrears. Every account ends with a check: the fen by which it fails to close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.county import Place, Tier
from abm.indicator_tables import (
    CLOSING,
    IN,
    MEMO,
    OPENING,
    OUT,
    Line,
    YearFlows,
    fund_lines,
    group_lines,
    plain_lines,
    provider_lines,
    residuals_fen,
)
from agents.provider import DEBTS

if TYPE_CHECKING:
    from abm.model import Model

CHECK = "check"
"""Role of the line that says by how many fen an account fails to close."""
_DEBTS = {
    "loan_fen": "loans at the end",
    "payable_fen": "owed to suppliers at the end",
    "pay_arrears_fen": "base pay owed to doctors at the end",
    "bonus_arrears_fen": "bonus owed to doctors at the end",
}


def claim_lines(y: YearFlows, name: str, chosen: np.ndarray) -> list[Line]:
    """Owed at the start, billed to the fund, by rule, denied, paid, owed at the end.

    Parameters
    ----------
    chosen
        (provider,) mask.
    """
    account = f"{name}: claims"
    year = y.view.claims[chosen]
    fen = {column: int(year[column].sum()) for column in year.dtype.names or ()}
    gained = int(np.maximum(year["by_rule_fen"], 0).sum())
    lines: list[Line] = [(account, OPENING, "owed by payers at the start", fen["owed_before_fen"])]
    lines += [
        (account, IN, "billed to the fund", fen["billed_fen"]),
        (account, IN, "paid above the bills by the rule", gained),
        (account, OUT, "below the bills by the rule: written off", fen["by_rule_fen"] - gained),
        (account, OUT, "denied", -fen["denied_fen"]),
        (account, OUT, "paid", -fen["paid_fen"]),
        (account, CLOSING, "owed by payers at the end", _owed_fen(y, chosen)),
    ]
    return lines


def _owed_fen(y: YearFlows, chosen: np.ndarray) -> int:
    """What is owed at the year's end, counted where it waits if that is today."""
    claims = y.view.model.books.claims
    last = y.view.year == len(claims.years) - 1 and y.view.model.month % 12 == 0
    owed = claims.owed_fen if last else y.view.claims["owed_fen"]
    return int(owed[chosen].sum())


def _units(model: Model) -> list[tuple[str, np.ndarray]]:
    """Each county hospital, all township centres, all village clinics, as masks."""
    rows = model.providers
    here = rows["place"] == Place.IN_COUNTY
    units: list[tuple[str, np.ndarray]] = []
    for p in np.flatnonzero(here & (rows["tier"] >= Tier.COUNTY)):
        units.append((model.county.provider_names[p], np.arange(len(rows)) == p))
    for tier, name in ((Tier.TOWNSHIP, "township centres"), (Tier.VILLAGE, "village clinics")):
        chosen = here & (rows["tier"] == tier)
        if chosen.any():
            units.append((name, chosen))
    return units


def reconciliation(model: Model, year: int) -> pd.DataFrame:
    """Every account of a year, each closed by a check.

    Returns
    -------
    DataFrame
        account, role, line, amount_fen, amount_yuan. Opening, in and out lines of an account
        add up to its closing line; its check line is the difference.

    Raises
    ------
    InputError
        If the model has not lived that year to its end.
    """
    y = YearFlows(model, year)
    lines = fund_lines(y) + plain_lines(y, "serious-illness cover", "serious_cover")
    for group, account in enumerate(model.ledger.consortium):
        lines += group_lines(y, f"consortium {group + 1}", y.mask(int(account)))
    for name, chosen in _units(model):
        lines += claim_lines(y, name, chosen)
        lines += provider_lines(y, name, chosen[model.tally_provider])
        for column in DEBTS:
            owed = int(y.view.claims[column][chosen].sum())
            lines.append((name, MEMO, _DEBTS[column], owed))
    table = pd.DataFrame(lines, columns=["account", "role", "line", "amount_fen"])
    left = residuals_fen(table)
    parts = []
    for account_name, part in table.groupby("account", sort=False):
        check = pd.DataFrame(
            [(account_name, CHECK, "closes", left[str(account_name)])],
            columns=["account", "role", "line", "amount_fen"],
        )
        parts += [part, check]
    whole = pd.concat(parts, ignore_index=True)
    whole["amount_yuan"] = whole["amount_fen"] / 100.0
    return whole
