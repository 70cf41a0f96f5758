"""Capitation for chronic patients: so much a year for each patient kept managed.

慢病按人头付费: the place that answers for a managed patient gets a sum a month and pays his
routine visits out of it, wherever he makes them. All other care is paid as billed.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from abm.case_pay import share_of, sum_of
from abm.heads import OWN_CENTRE, OWN_CLINIC
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill
from abm.rule_part import ConditionName
from abm.workings import Working, counted, entered, standing
from agents.foundation.money import split_fen


class ChronicCapitation(Scheme):
    """Managed patients are paid by the head, and their routine visits out of that."""

    name: ClassVar[str] = "chronic_capitation"
    rule: ClassVar[str] = (
        "a sum a month for each patient managed for a condition of the list, to the place that "
        "answers for him; it covers his routine visits wherever he makes them; all else is paid "
        "as billed"
    )

    conditions: tuple[ConditionName, ...] = Field(
        ("hypertension", "diabetes"),
        min_length=1,
        description="conditions whose managed patients are paid so",
    )
    yuan_per_head: float = Field(
        0.0,
        ge=0,
        le=20_000,
        description="a year for each head; 0: what the fund paid last year for the visits of one, "
        "grown",
    )
    growth: float = Field(0.05, ge=-0.5, le=0.5, description="its growth on that, per year")
    for_control: float = Field(
        0.0, ge=0, le=1, description="share of it that is paid only for those under control"
    )
    answers: Literal["village", "township"] = Field(
        "township", description="who answers for a managed patient: his own clinic or centre"
    )

    @property
    def by_head(self) -> tuple[str, ...]:
        """Conditions whose managed patients are counted."""
        return self.conditions

    def open_year(self, books: Books) -> None:
        """Set what a head is worth a month; nil where nothing is known: all is paid as billed."""
        month_fen = self.yuan_per_head * 100.0 / 12.0
        if self.yuan_per_head == 0.0:
            months = int(books.last_heads["managed"][self._level].sum())
            spent = int(books.last_lines["managed_fund_fen"].sum())
            month_fen = spent * (1.0 + self.growth) / months if months > 0 else 0.0
        books.state["head_month_fen"] = np.array([month_fen])

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay heads and not their visits; visits elsewhere are taken off those who answer."""
        billed = bill.fund_fen.sum(axis=1)
        if not self._runs(books):
            books.settle(0, billed, billed)
            return
        own, elsewhere = self._visits(books, bill)
        worth = self._worth(books, books.heads[self._level])
        books.settle(0, billed + worth - own - elsewhere, billed)

    def _visits(self, books: Books, bill: MonthBill) -> tuple[np.ndarray, np.ndarray]:
        """Managed patients' visits that who answers pays, the fund's part of them.

        Returns
        -------
        tuple
            Of (provider,) whole fen: visits at the place itself, and elsewhere, shared by heads.
        """
        heads, visits = books.heads[self._level], bill.lines["managed_fund_fen"]
        own = np.where(heads["managed"] > 0, visits, 0)
        elsewhere = np.zeros(len(visits), np.int64)
        for group in range(len(books.insured)):
            managed = heads["managed"][:, group].astype(float)
            if managed.any():
                gone = int(visits[:, group].sum() - own[:, group].sum())
                elsewhere += np.array(split_fen(gone, list(managed)), np.int64)
        return own.sum(axis=1), elsewhere

    def close_year(self, books: Books) -> None:
        """Nothing is left to settle."""

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Heads x the sum, less the visits that it covers; all else as billed."""
        if not self._runs(books):
            return super().explain(books, bill)
        heads, month_fen = books.heads[self._level], float(books.state["head_month_fen"][0])
        managed, held = (heads[name].sum(axis=1) for name in ("managed", "held"))
        own, elsewhere = self._visits(books, bill)
        return [
            standing("sum a month for a head", "每人每月定额", np.full(len(own), month_fen)),
            counted("patients managed, by the month", "管理患者（人月）", managed, "people"),
            counted("of them under control", "其中控制达标", held, "people"),
            entered("heads x sum", "人头×定额", self._worth(books, heads)),
            entered("fund's part of the bills", "账单中基金应付部分", bill.fund_fen.sum(axis=1)),
            entered("less their routine visits here", "减：其在本机构的随诊", -own),
            entered("less their routine visits elsewhere", "减：其在他处的随诊", -elsewhere),
        ]

    def brings(self, books: Books) -> np.recarray:
        """A patient managed brings his sum less what his visits cost; his visits bring nothing.

        Among the routine visits of one who answers, those of managed patients bring only what
        patients pay.
        """
        brings = as_billed(books)
        if not self._runs(books):
            return brings
        lines = sum_of(books.year_lines, books.last_lines)
        heads = sum_of(books.year_heads, books.last_heads)[self._level]
        answers = heads["managed"] > 0
        kept = books.kept_share
        routine = lines["chronic_cost_fen"].sum(axis=1)
        covered = np.where(answers, lines["managed_fund_fen"], 0).sum(axis=1)
        brings.routine = -kept * share_of(covered, routine)
        months = heads["managed"].sum(axis=0)
        cost = share_of(lines["managed_fund_fen"].sum(axis=0), months)
        sum_fen = float(books.state["head_month_fen"][0])
        worth = sum_fen * (1.0 - self.for_control) - cost
        main = heads["managed"].argmax(axis=1)
        base = answers.any(axis=1)
        brings.managed_yuan = np.where(base, kept * worth[main] / 100.0, 0.0)
        held = kept * sum_fen * self.for_control / 100.0
        brings.held_yuan = np.where(base, held, 0.0)
        return brings

    @property
    def _level(self) -> int:
        return OWN_CLINIC if self.answers == "village" else OWN_CENTRE

    def _runs(self, books: Books) -> bool:
        return bool(books.state["head_month_fen"][0] > 0.0)

    def _worth(self, books: Books, heads: np.ndarray) -> np.ndarray:
        """(provider,) whole fen of a month's heads."""
        managed, held = (heads[name].sum(axis=1) for name in ("managed", "held"))
        paid = managed * (1.0 - self.for_control) + held * self.for_control
        fen = paid * float(books.state["head_month_fen"][0])
        return np.floor(fen + 0.5).astype(np.int64)
