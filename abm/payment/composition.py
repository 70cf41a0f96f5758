"""Composition: each service line paid by its own rule, inside a bundle if so ruled.

复合式付费: managed chronic patients by the head, admissions by points or by case, long stays by
the bed-day, all else as billed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import ClassVar, Literal, cast

import numpy as np
from pydantic import Field, model_validator

from abm.claims import Claims
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill, fund_part
from abm.payment.bundle import Bundle
from abm.payment.chronic_capitation import ChronicCapitation
from abm.payment.dip import Dip
from abm.payment.drg import Drg
from abm.payment.fee_for_service import FeeForService
from abm.payment.per_diem import PerDiem
from abm.service_lines import (
    Cut,
    PassedClaims,
    PassedOn,
    long_stays,
    managed_visits,
    part_of,
    without_long_stays,
    without_managed_visits,
)
from abm.workings import Working, entered, told_of
from agents.incentive import BRINGS

_NAMES = {
    "rest": ("visits and admissions", "门诊和住院"),
    "managed_visits": ("managed patients", "管理患者"),
    "long_stays": ("long stays", "长期住院"),
}
"""What the parts are called, by the line that each sees."""

Line = Literal["heads", "points", "cases", "long_stays", "bundle"]


class Composition(Scheme):
    """Parts, each a scheme of its own that sees one service line."""

    name: ClassVar[str] = "composition"
    rule: ClassVar[str] = (
        "managed chronic patients by the head, admissions by points or by case, long stays by the "
        "bed-day, as the policy chooses; all else as billed; paid by the fund, or by consortia out "
        "of a bundle"
    )

    budgets: ClassVar[tuple[str, ...]] = (*Bundle.budgets, *Dip.budgets, *Drg.budgets)

    lines: tuple[Line, ...] = Field(
        ("heads", "points", "long_stays"),
        description="parts in force: `heads`, one of `points` and `cases`, `long_stays`, `bundle`",
    )
    heads: ChronicCapitation = Field(
        ChronicCapitation(), description="routine visits of managed patients: `chronic_capitation`"
    )
    points: Dip = Field(Dip(), description="admissions, and visits that are left: `dip`")
    cases: Drg = Field(Drg(), description="the same by `drg` instead")
    long_stays: PerDiem = Field(
        PerDiem(), description="stays beyond the first step, by `per_diem`, not by the case"
    )
    bundle: Bundle = Field(
        Bundle(), description="the `bundle` out of which consortia pay all of it"
    )

    @model_validator(mode="after")
    def _one_rule_for_admissions(self) -> Composition:
        if {"points", "cases"} <= set(self.lines) or len(set(self.lines)) < len(self.lines):
            raise ValueError("lines: allowed: each once, and points or cases, not both")
        return self

    @property
    def by_head(self) -> tuple[str, ...]:
        """Conditions whose managed patients are counted."""
        return self.heads.conditions if "heads" in self.lines else ()

    def open_year(self, books: Books) -> None:
        """Let each part set its year."""
        if "bundle" in self.lines:
            self.bundle.open_year(_as_charged(books))
        for scheme, cut, prefix in self._parts():
            scheme.open_year(part_of(books, cut, prefix))

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Let each part pay its line of the month's bills."""
        bundled = "bundle" in self.lines
        told: list[Working] = []
        if bundled:
            self.bundle.prepay(books, bill)
        for scheme, cut, prefix in self._parts():
            part = part_of(books, cut, prefix)
            line = MonthBill(cut(bill.lines))
            if bundled:
                part = self._passed_on(books, part, fund_part(line.lines))
            before = books.entered_fen
            scheme.pay_month(part, line)
            books.counted_fen = part.counted_fen
            if books.workings is not None:
                part.ruled_fen = books.entered_fen - before
                told += told_of(scheme.explain(part, line), *_NAMES[cut.__name__])
            if isinstance(part, PassedOn):
                books.state["charged_fen"] = part.charged_fen
        if bundled:
            self.bundle.count(books, bill)
        if books.workings is not None:
            books.workings.parts = told

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """What each part told, and how the bundle out of which it is paid stands."""
        assert books.workings is not None
        stands = self.bundle.standing(books) if "bundle" in self.lines else []
        return [*stands, *books.workings.parts]

    def explain_year(self, books: Books) -> list[Working]:
        """What each part told of its year's end, and what the bundle's settlement added."""
        assert books.workings is not None
        told = books.workings.parts
        parts = sum((line.value for line in told if line.counts), np.zeros_like(books.ruled_fen))
        return [
            *told,
            entered("added or taken at the year's end", "年终增减", books.ruled_fen - parts),
        ]

    def close_year(self, books: Books) -> None:
        """Let each part settle its line, then the bundle what all have been charged."""
        bundled = "bundle" in self.lines
        told: list[Working] = []
        for scheme, cut, prefix in self._parts():
            part = part_of(books, cut, prefix)
            if bundled:
                part = self._passed_on(books, part, fund_part(part.year_lines))
            before = books.entered_fen
            scheme.close_year(part)
            if books.workings is not None:
                part.ruled_fen = books.entered_fen - before
                told += told_of(scheme.explain_year(part), *_NAMES[cut.__name__])
            if isinstance(part, PassedOn):
                books.state["charged_fen"] = part.charged_fen
        if bundled:
            self._keep_spending(books)
            self.bundle.close_year(books)
        if books.workings is not None:
            books.workings.parts = told

    def _keep_spending(self, books: Books) -> None:
        """Keep what the year's care cost consortia: not what was billed where cases are paid."""
        before = _as_charged(books).last_year_fen
        billed = fund_part(books.year_lines)[self.bundle.covers(books)].sum(axis=0)
        spent = books.year_fen - billed + books.state["charged_fen"]
        books.state["composed_years_fen"] = np.stack([books.year_fen, spent, before])

    def brings(self, books: Books) -> np.recarray:
        """What each part brings above what it would as billed, added up."""
        brings = as_billed(books)
        for scheme, cut, prefix in self._parts():
            part = part_of(books, cut, prefix)
            more, plain = scheme.brings(part), as_billed(part)
            for name in BRINGS.names or ():
                brings[name] += more[name] - plain[name]
        return self.bundle.passed_on(books, brings) if "bundle" in self.lines else brings

    def _parts(self) -> Iterator[tuple[Scheme, Cut, str]]:
        """The schemes in force, the line that each sees, and what its state is kept under."""
        heads, long = "heads" in self.lines, "long_stays" in self.lines

        def rest(lines: np.ndarray) -> np.ndarray:
            left = without_managed_visits(lines) if heads else lines
            return without_long_stays(left) if long else left

        main: Scheme = FeeForService()
        if "points" in self.lines:
            main = self.points
        elif "cases" in self.lines:
            main = self.cases
        yield main, rest, ""
        if heads:
            yield self.heads, managed_visits, ""
        if long:
            yield self.long_stays, long_stays, "long_"

    def _passed_on(self, books: Books, part: Books, by_group: np.ndarray) -> PassedOn:
        """The part's books with consortia as payers, by whose people were treated.

        Parameters
        ----------
        by_group
            (provider, consortium) fund's part of the line's bills.
        """
        passed = PassedOn.__new__(PassedOn)
        passed.__dict__.update(part.__dict__)
        covered = self.bundle.covers(books)
        own = np.arange(by_group.shape[1]) == np.maximum(books.member_of, 0)[:, None]
        known = by_group.sum(axis=1) > 0
        weight = np.where(known[:, None], by_group, own).astype(float)
        shares = weight / weight.sum(axis=1)[:, None] * covered[:, None]
        passed.by_payer = np.column_stack([1.0 * ~covered, shares])
        passed.charged_fen = books.state["charged_fen"].copy()
        passed.claims = cast(Claims, PassedClaims(books.claims, passed))
        return passed


def _as_charged(books: Books) -> Books:
    """The books with the last two years' spending as consortia were charged, where that is known.

    It is known of a year at whose end this rule was in force: its bills are those kept with it.
    """
    kept = books.state.get("composed_years_fen")
    if kept is None or not np.array_equal(kept[0], books.last_year_fen):
        return books
    seen = copy.copy(books)
    _, seen.last_year_fen, seen.before_last_fen = kept
    return seen
