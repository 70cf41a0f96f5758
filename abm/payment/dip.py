"""DIP: points for admissions inside a total budget, with a floating point value.

区域点数法: a county's budget for admissions is divided by all points of the year. Points are
recorded case weight times a coefficient of the level. Visits and care outside the county are
paid as billed.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from abm.budgets import LEVEL_MEANS, Level, growth_of
from abm.case_pay import CaseRule, both_years, forecast_lines, others, summed, value_at_budget
from abm.forecast import chance_above, rest_of_year
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill
from abm.workings import Working, entered, to_the_fen
from agents.foundation.money import split_fen


class Dip(CaseRule, Scheme):
    """Admissions in the county share a budget by points."""

    name: ClassVar[str] = "dip"
    rule: ClassVar[str] = (
        "admissions in the county share a yearly budget by points (case weight x coefficient of "
        "the level); the fund pays the standard less what others paid; visits and care outside "
        "the county are paid as billed"
    )

    budgets: ClassVar[tuple[str, ...]] = ("dip_budget_fen",)

    level: Level = Field("last_year_spending", description=LEVEL_MEANS)
    growth: float = Field(0.05, ge=-0.5, le=0.5, description="budget's growth on that, per year")
    outpatient_budget: bool = Field(
        False, description="keep the fund's part of visits inside last year's, grown alike"
    )

    def open_year(self, books: Books) -> None:
        """Set the budgets and the value at which the year's points are paid in advance.

        Without a year behind it, admissions are paid as billed and teach weights and levels.
        """
        last = summed(books.last_lines, books)
        spent = int(last["fund_inpatient_fen"].sum())
        visits = int(last["fund_outpatient_fen"].sum())
        growth = growth_of(books, self.level, self.growth)
        value = self._value(int(spent * growth), last)
        state, n = books.state, len(books.in_county)
        state["dip_budget_fen"] = np.array([int(spent * growth), int(visits * growth)], np.int64)
        state["dip_advance_value"] = np.array([value])
        state["dip_earned_fen"] = np.zeros(n, np.int64)
        before = state.get("dip_expected_value", np.zeros(n))
        if value == 0.0 or not before.any():
            state["dip_expected_value"] = np.full(n, value)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay points in advance at last year's expected value; all else as billed."""
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        earned = billed
        if self._runs(books):
            month = summed(bill.lines, books)
            pay = self._standard(month, float(state["dip_advance_value"][0])) - others(month)
            points = np.floor(np.maximum(pay, 0.0) + 0.5).astype(np.int64)
            state["dip_earned_fen"] = state["dip_earned_fen"] + points
            earned = billed - month["fund_inpatient_fen"] + points
            signal = self._forecast_value(books, books.month_of_year + 1)
            expected = state["dip_expected_value"]
            state["dip_expected_value"] = expected + books.learning_rate * (signal - expected)
        books.settle(0, earned, billed)

    def close_year(self, books: Books) -> None:
        """Find the year's point value and settle what was advanced against it."""
        if not self._runs(books):
            return
        state, year = books.state, summed(books.year_lines, books)
        admissions, visits = state["dip_budget_fen"].tolist()
        value = self._value(admissions, year)
        state["dip_value"] = np.array([value])
        known = state.get("point_values", np.zeros((0, 2)))
        state["point_values"] = np.vstack([known, [books.month // 12, value / 100.0]])
        books.claims.adjust(0, self._final(year, value, admissions) - state["dip_earned_fen"])
        billed = year["fund_outpatient_fen"]
        if self.outpatient_budget and int(billed.sum()) > visits:
            books.claims.adjust(
                0, np.array(split_fen(visits, list(billed.astype(float))), np.int64) - billed
            )

    def _final(self, year: np.ndarray, value: float, budget_fen: int) -> np.ndarray:
        """(provider,) fen of the budget that each one's year is worth."""
        share = np.maximum(self._standard(year, value) - others(year), 0.0)
        if share.sum() <= 0:
            return np.zeros(len(share), np.int64)
        return np.array(split_fen(budget_fen, list(share)), np.int64)

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Points x value in advance, less what others paid; all else as billed."""
        if not self._runs(books):
            return super().explain(books, bill)
        month = summed(bill.lines, books)
        lines = self._lines(month, float(books.state["dip_advance_value"][0]), "in advance", "预付")
        rest = bill.fund_fen.sum(axis=1) - month["fund_inpatient_fen"]
        lines.append(entered("visits, and care outside, as billed", "门诊及县外按账单支付", rest))
        return [*lines, to_the_fen(lines, books.ruled_fen)]

    def explain_year(self, books: Books) -> list[Working]:
        """Points x the year's value, less what others paid and what was advanced."""
        if not self._runs(books):
            return super().explain_year(books)
        state, year = books.state, summed(books.year_lines, books)
        value, advanced = float(state["dip_value"][0]), state["dip_earned_fen"]
        final = self._final(year, value, int(state["dip_budget_fen"][0]))
        lines = self._lines(year, value, "of the year", "本年")
        lines.append(to_the_fen(lines, final))
        return [
            *lines,
            entered("less what was advanced for them", "减：已预付", -advanced),
            entered(
                "visits beyond their budget", "门诊超预算", books.ruled_fen - (final - advanced)
            ),
        ]

    def _lines(self, bills: np.ndarray, value: float, when: str, zh: str) -> list[Working]:
        """What cases are worth at a value of the point, and what others paid of them."""
        name = (f"value of a point {when}", f"{zh}点值")
        return self.told(bills, self.coefficients(bills["tier"]), value, name)

    def brings(self, books: Books) -> np.recarray:
        """Points count and a yuan billed only costs, but for the share of others' pay in it.

        A yuan that patients pay is taken off what the fund pays; own points make every
        point worth less, own ones too. Where bills move cases past a mark, they count.
        """
        brings = as_billed(books)
        if not self._runs(books):
            return brings
        state, year = books.state, summed(books.year_lines, books)
        last = summed(books.last_lines, books)
        points = self._points(year) + self._points(last)
        own = points / max(points.sum(), 1e-9)
        lost = 1.0 - books.kept_share
        known, coefficient = both_years(books), self.coefficients(books.tier)
        worth = state["dip_expected_value"] * (1.0 - own) - state["dip_advance_value"] * lost
        here = books.in_county & (self._points(last) + self._points(year) > 0)
        a_weight = books.insured_in * self.points_of_weight(known, coefficient) * worth / 100.0
        brings.weight_yuan = np.where(here, a_weight, 0.0)
        not_fund = books.insured_in - books.fund_share_in
        inpatient = 1.0 - books.insured_in + not_fund * (lost + own)
        # A dearer case passes the mark of an outlier, or another group of treatment.
        in_points, in_fen = self.slopes(known, coefficient)
        inpatient += books.insured_in * (in_points * worth + in_fen * (1.0 - own - lost))
        brings.inpatient = np.where(here, inpatient, brings.inpatient)
        points, fen = self.beyond_weight(known, coefficient)
        a_case = books.insured_in * (points * worth + fen * (1.0 - own - lost)) / 100.0
        brings.admission_yuan = np.where(here, a_case, 0.0)
        if self.outpatient_budget:
            brings.outpatient -= self._outpatient_loss(books, year)
        return brings

    # -- points and their value --------------------------------------------------------

    def _runs(self, books: Books) -> bool:
        return bool(books.state["dip_advance_value"][0] > 0.0)

    def _points(self, lines: np.ndarray) -> np.ndarray:
        """(provider,) points of what was recorded."""
        return self.points(lines, self.coefficients(lines["tier"]))

    def _standard(self, lines: np.ndarray, value: float) -> np.ndarray:
        """(provider,) fen that cases are worth by the rule, whoever pays them."""
        return np.asarray(self._points(lines) * value + self.besides(lines))

    def _value(self, budget_fen: float, lines: np.ndarray) -> float:
        """Fen a point at which the fund's part of all standards is the budget."""
        rest = others(lines) - self.besides(lines)
        return value_at_budget(self._points(lines), rest, budget_fen)

    def _forecast_value(self, books: Books, months_lived: int) -> float:
        """Point value that the year so far and last year's rest lead one to expect."""
        whole = forecast_lines(books, months_lived)
        return self._value(float(books.state["dip_budget_fen"][0]), whole)

    def _outpatient_loss(self, books: Books, year: np.ndarray) -> np.ndarray:
        """(provider,) what a yuan of visits loses if visits outrun their budget."""
        so_far, last = books.year_months.sum(axis=0), books.last_months.sum(axis=0)
        rest = rest_of_year(so_far, books.last_months, books.month_of_year)
        past = summed(books.last_lines, books)["fund_outpatient_fen"]
        coming = past * np.divide(rest, last, out=np.zeros(len(rest)), where=last > 0)
        mine = year["fund_outpatient_fen"] + coming
        forecast, budget = float(mine.sum()), float(books.state["dip_budget_fen"][1])
        if forecast <= 0.0:
            return np.zeros(len(rest))
        spread = float((books.spread * coming).sum())
        level, mean, sd = np.array([budget]), np.array([forecast]), np.array([spread])
        chance = float(chance_above(level, mean, sd)[0])
        paid = min(1.0, budget / forecast) * (1.0 - mine / forecast)
        return np.where(books.in_county, chance * books.fund_share_out * (1.0 - paid), 0.0)
