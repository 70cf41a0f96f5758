"""Whether people and money are conserved in a run, month by month, to one agent and one fen."""

from __future__ import annotations

import numpy as np

from abm.ledger import Ledger
from abm.model import Model
from agents.foundation.errors import InputError
from agents.patient import DIED, MOVED

RESIDENT, EMPLOYEE = 1, 2
_PAID_BY = (
    "fund_outpatient_fen",
    "fund_chronic_fen",
    "fund_inpatient_fen",
    "serious_fen",
    "aid_fen",
    "employee_fund_fen",
    "patient_fen",
)
_FUND = _PAID_BY[:3]
NOT_CARE = (
    "fiscal subsidy",
    "public-health money",
    "drug subsidy",
    "pay subsidy",
    "surplus split among members",
    "pooled cash",
    "tests read remotely",
    "loan taken",
)
"""Purposes of the transfers to providers that pay for no service."""
_CLAIMED = ("billed_fen", "by_rule_fen", "denied_fen", "paid_fen")

CHECKS = {
    "people": "agents alive against last month's + births + arrivals - deaths - moved away",
    "lives": "residents not alive, dead or moved exactly once, or with another's key",
    "fen": "fen by which the sum of all accounts differs from the start",
    "receipts": "fen by which a provider's bills, with what the scheme adds or takes, differ from "
    "what it received for services, what was denied and the change of what it is owed",
    "bills": "fen by which the parts that payers paid differ from the bills, and negative parts",
    "years": "fen by which the residents' years differ from the year's tallies",
}
"""What each check counts; every count has to be zero."""


class Watch:
    """Watches a model from month to month; every check holds the worst gap seen so far.

    Parameters
    ----------
    model
        A model between two months, at its start or resumed.

    Attributes
    ----------
    worst
        Worst gap by name of the check, see :data:`CHECKS`.
    """

    def __init__(self, model: Model) -> None:
        if model.month % 12 != 0:
            # The year's sums are compared with the year's tallies from its first month.
            raise InputError(f"conservation is watched from a year's start, not {model.month}")
        self.model = model
        self.first_month = model.month
        self.worst = dict.fromkeys(CHECKS, 0)
        self._before = self._people()
        self._owed = model.books.claims.owed_fen
        self._claimed = dict.fromkeys(_CLAIMED, np.zeros(len(model.providers), np.int64))
        self._journal_read = len(model.ledger.journal())

    def step(self) -> None:
        """Let the model live a month and look at it."""
        self.model.step()
        self.look()

    def look(self) -> None:
        """Compare the month that was just lived with the one before."""
        self._note("people", self._people_gap())
        self._note("lives", self._wrong_lives())
        self._before = self._people()
        ledger = self.model.ledger
        self._note("fen", abs(int(ledger.balance_fen.sum()) - self.model.opening_fen))
        self._note("receipts", self._receipts_gap())
        self._note("bills", self._bills_gap())
        self._note("years", self._years_gap())

    def _note(self, name: str, gap: int) -> None:
        self.worst[name] = max(self.worst[name], gap)

    def _people(self) -> dict[str, np.ndarray]:
        rows = self.model.residents
        return {name: rows[name].copy() for name in ("alive", "exit", "exit_month", "key")}

    def _people_gap(self) -> int:
        life = self.model.life[0]
        came = int(life["births"]) + int(life["arrived"])
        went = int(life["deaths"]) + int(life["moved_out"])
        before = int(self._before["alive"].sum())
        return abs(int(self.model.residents["alive"].sum()) - (before + came - went))

    def _wrong_lives(self) -> int:
        rows, life = self.model.residents, self.model.life[0]
        n = len(self._before["alive"])
        alive, why = rows["alive"], rows["exit"]
        wrong = int(((alive == 1) != (why == 0)).sum())
        wrong += int((~np.isin(alive, (0, 1)) | ~np.isin(why, (0, DIED, MOVED))).sum())
        gone = self._before["alive"] == 0
        for name in ("alive", "exit", "exit_month"):
            wrong += int((rows[name][:n] != self._before[name])[gone].sum())
        went = np.flatnonzero((self._before["alive"] == 1) & (alive[:n] == 0))
        wrong += int((rows["exit_month"][went] != self.model.month - 1).sum())
        wrong += abs(int((why[went] == DIED).sum()) - int(life["deaths"]))
        wrong += abs(int((why[went] == MOVED).sum()) - int(life["moved_out"]))
        wrong += int((rows["key"][:n] != self._before["key"]).sum())
        return wrong + len(rows) - len(np.unique(rows["key"]))

    def _receipts_gap(self) -> int:
        """Largest gap at one provider, of all that it was paid for the month's services."""
        model = self.model
        journal = model.ledger.journal()[self._journal_read :]
        self._journal_read += len(journal)
        received = care_receipts(model.ledger, journal)
        tally = model.tally
        billed = model.by_provider(tally["outpatient_cost_fen"] + tally["inpatient_cost_fen"])
        claims, month = model.books.claims, {}
        for name in _CLAIMED:
            so_far = claims.year[name].copy()
            new_year = (model.month - 1) % 12 == 0
            month[name] = so_far if new_year else so_far - self._claimed[name]
            self._claimed[name] = so_far
        owed, before = claims.owed_fen, self._owed
        if model.month == 1:
            before = claims.year["owed_before_fen"]  # what months before the start left owed
        change, self._owed = owed - before, owed
        closes = billed * model.weight + month["by_rule_fen"] - month["denied_fen"] - change
        asked = sum(model.by_provider(tally[name]) for name in _FUND) * model.weight
        gaps = (received - closes, claims.gap_fen(), month["billed_fen"] - asked)
        return max(int(np.abs(gap).max()) for gap in gaps)

    def _bills_gap(self) -> int:
        """Largest gap in one row of the month's tally, or sum of what is below zero."""
        tally = self.model.tally
        parts = sum(tally[name] for name in _PAID_BY)
        gap = parts - tally["outpatient_cost_fen"] - tally["inpatient_cost_fen"]
        below = -sum(int(np.minimum(tally[name], 0).sum()) for name in _PAID_BY)
        return int(np.abs(gap).max()) + below

    def _years_gap(self) -> int:
        rows, months = self.model.residents, self.model.tallies[_year(self.model.month - 1) :]
        year = {name: sum(int(month[name].sum()) for month in months) for name in _tallied(months)}
        fund = fund_of_year(rows)
        billed = year["outpatient_cost_fen"] + year["inpatient_cost_fen"]
        pairs = (
            (rows["year_cost_fen"].sum(dtype=np.int64), billed),
            (rows["year_paid_fen"].sum(dtype=np.int64), year["patient_fen"]),
            (fund[rows["scheme"] == RESIDENT].sum(), sum(year[name] for name in _FUND)),
            (fund[rows["scheme"] == EMPLOYEE].sum(), year["employee_fund_fen"]),
        )
        return max(abs(int(people) - tallied) for people, tallied in pairs)


def care_receipts(ledger: Ledger, journal: np.ndarray) -> np.ndarray:
    """What providers received for services in a part of the journal, (provider,) fen."""
    other = [number for number, name in enumerate(ledger.purposes) if name in NOT_CARE]
    journal = journal[~np.isin(journal["purpose"], other)]
    received = np.zeros(len(ledger.names), np.int64)
    np.add.at(received, journal["target"], journal["amount_fen"])
    return received[ledger.provider]


def fund_of_year(rows: np.ndarray) -> np.ndarray:
    """What a fund has paid for each resident this year, (n,) fen."""
    fund = np.zeros(len(rows), np.int64)
    for kind in ("outpatient", "chronic", "inpatient"):
        fund += rows[f"year_{kind}_fund_fen"]
    return fund


def _year(month: int) -> int:
    """First month of the insurance year of a month."""
    return month - month % 12


def _tallied(months: list[np.ndarray]) -> tuple[str, ...]:
    return tuple(months[0].dtype.names or ())
