"""DRG: so much for each case, weight x rate, the rate fixed before the year.

按疾病诊断相关分组付费: the rate is what last year's cases would have cost the year's budget. It
does not float: what cases come to beyond the budget the fund bears, or a factor of correction
takes back at the year's end. Visits and care outside the county are paid as billed.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from abm.budgets import HISTORY_MEANS, LEVEL_MEANS, History, Level, growth_of
from abm.case_pay import (
    CaseRule,
    both_years,
    forecast_lines,
    not_yet_entered,
    others,
    share_of,
    state_of,
    summed,
    value_at_budget,
)
from abm.forecast import chance_above
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill
from abm.workings import Working, entered, to_the_fen
from agents.foundation.money import split_fen


class Drg(CaseRule, Scheme):
    """Admissions in the county are paid by weight at a rate that is known."""

    name: ClassVar[str] = "drg"
    rule: ClassVar[str] = (
        "each admission in the county is paid case weight x coefficient of the level or hospital x "
        "a rate fixed before the year, less what others paid of the bill; visits and care outside "
        "the county are paid as billed"
    )

    budgets: ClassVar[tuple[str, ...]] = ("drg_budget_fen",)

    level: Level = Field("last_year_spending", description=LEVEL_MEANS)
    growth: float = Field(0.0, ge=-0.5, le=0.5, description="budget's growth on that, per year")
    history: History = Field("paid", description=HISTORY_MEANS)
    coefficients_by: Literal["tier", "hospital"] = Field(
        "tier",
        description="coefficients of the level, or each provider's own: its cost of a weight last "
        "year over the county's",
    )
    overrun: Literal["fund", "correction"] = Field(
        "fund",
        description="who bears what cases come to beyond the budget: the fund, or providers by a "
        "factor of correction at the year's end",
    )

    def open_year(self, books: Books) -> None:
        """Fix the rate; without a year behind it admissions are paid as billed."""
        last, state = summed(books.last_lines, books), books.state
        own = self.coefficients(books.tier)
        if self.coefficients_by == "hospital":
            own = _own_cost(last, own)
        growth = growth_of(books, self.level, self.growth)
        budget = int(self._spent(books, last) * growth)
        rate = value_at_budget(self.points(last, own), others(last) - self.besides(last), budget)
        state["drg_coefficient"], state["drg_rate"] = own, np.array([rate])
        state["drg_budget_fen"] = np.array([budget], np.int64)
        state["drg_earned_fen"] = np.zeros(len(own), np.int64)

    def _spent(self, books: Books, last: np.ndarray) -> int:
        """Fen that the fund spent last year on cases in the county."""
        was_here = state_of(books, "drg_closed_weight") == int(last["case_weight"].sum())
        if self.history == "paid" and was_here:
            return state_of(books, "drg_closed_fen")
        return int(last["fund_inpatient_fen"].sum())

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay the cases of the year so far what is not yet paid of them; all else as billed."""
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        earned = billed
        if self._runs(books):
            month = summed(bill.lines, books)
            cases = not_yet_entered(
                self._owed(books, summed(books.year_lines, books)), state["drg_earned_fen"]
            )
            state["drg_earned_fen"] = state["drg_earned_fen"] + cases
            earned = billed - month["fund_inpatient_fen"] + cases
        books.settle(0, earned, billed)

    def close_year(self, books: Books) -> None:
        """Take back by one factor what cases came to beyond the budget, if so ruled."""
        state, year = books.state, summed(books.year_lines, books)
        earned, budget = state["drg_earned_fen"], int(state["drg_budget_fen"][0])
        final = earned
        if self.overrun == "correction" and int(earned.sum()) > budget:
            final = np.array(split_fen(budget, list(earned.astype(float))), np.int64)
            books.claims.adjust(0, final - earned)
        # By the year's weight it is known next year whether this rule was in force.
        weight = int(year["case_weight"].sum()) if self._runs(books) else -1
        state["drg_closed_weight"] = np.array([weight])
        state["drg_closed_fen"] = np.array([int(final.sum())])

    def brings(self, books: Books) -> np.recarray:
        """Weight counts at the rate; a yuan billed only where it moves a case past a mark.

        A yuan that others pay is taken off what the fund pays. Where an overrun is corrected,
        what a case brings shrinks with the factor as likely as it is.
        """
        brings = as_billed(books)
        if not self._runs(books):
            return brings
        rate, coefficient = float(books.state["drg_rate"][0]), books.state["drg_coefficient"]
        known = both_years(books)
        here = books.in_county & (known["case_weight"] > 0)
        gain = books.kept_share - self._corrected(books)
        points = self.points_of_weight(known, coefficient)
        worth = books.insured_in * points * rate / 100.0 * gain
        brings.weight_yuan = np.where(here, worth, 0.0)
        in_points, in_fen = self.slopes(known, coefficient)
        not_fund = books.insured_in - books.fund_share_in
        inpatient = 1.0 - books.insured_in + not_fund * (1.0 - gain)
        inpatient += books.insured_in * gain * (in_points * rate + in_fen)
        brings.inpatient = np.where(here, inpatient, brings.inpatient)
        more_points, more_fen = self.beyond_weight(known, coefficient)
        a_case = books.insured_in * gain * (more_points * rate + more_fen) / 100.0
        brings.admission_yuan = np.where(here, a_case, 0.0)
        return brings

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Points x the rate of the year, less what others paid; all else as billed."""
        if not self._runs(books):
            return super().explain(books, bill)
        month, state = summed(bill.lines, books), books.state
        name = ("rate of the year, for a point", "本年费率（每点）")
        lines = self.told(month, state["drg_coefficient"], float(state["drg_rate"][0]), name)
        rest = bill.fund_fen.sum(axis=1) - month["fund_inpatient_fen"]
        lines.append(entered("visits, and care outside, as billed", "门诊及县外按账单支付", rest))
        return [*lines, to_the_fen(lines, books.ruled_fen)]

    def explain_year(self, books: Books) -> list[Working]:
        """What a factor of correction takes back."""
        what, zh = "factor of correction: beyond the budget", "超总额校正"
        return [entered(what, zh, books.ruled_fen)]

    def _runs(self, books: Books) -> bool:
        return bool(books.state["drg_rate"][0] > 0.0)

    def _owed(self, books: Books, lines: np.ndarray) -> np.ndarray:
        """(provider,) what the fund pays for cases, before it is held at nil and rounded."""
        state = books.state
        points = self.points(lines, state["drg_coefficient"])
        return points * float(state["drg_rate"][0]) + self.besides(lines) - others(lines)

    def _corrected(self, books: Books) -> np.ndarray:
        """(provider,) part of one more fen of the cases' pay that a correction is felt to take."""
        nobody = np.zeros(len(books.in_county))
        if self.overrun == "fund":
            return nobody
        whole = np.maximum(self._owed(books, forecast_lines(books, books.month_of_year)), 0.0)
        coming = whole - books.state["drg_earned_fen"]
        budget, forecast = float(books.state["drg_budget_fen"][0]), float(whole.sum())
        if forecast <= 0.0:
            return nobody
        spread = float((books.spread * np.maximum(coming, 0.0)).sum())
        level, mean, sd = np.array([budget]), np.array([forecast]), np.array([spread])
        felt = books.foresight * float(chance_above(level, mean, sd)[0])
        kept = min(1.0, budget / forecast) * (1.0 - whole / forecast)
        return np.asarray(felt * (1.0 - kept))


def _own_cost(last: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """(provider,) each one's cost of a weight over the county's; the level's if it had no case."""
    weight, cost = last["case_weight"], last["inpatient_cost_fen"]
    county = cost.sum() / max(int(weight.sum()), 1)
    own = share_of(cost, weight) / max(county, 1e-9)
    return np.where((weight > 0) & (cost > 0), own, otherwise)
