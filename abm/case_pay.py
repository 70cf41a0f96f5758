"""Paying admissions by the case or the day: what is shared by the schemes that do.

A standard is what cases are worth by the rule, whoever pays them; the fund pays it less what
others have paid of the bills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from abm.county import Tier
from abm.forecast import rest_of_year
from abm.payment.books import BILL
from abm.workings import Working, counted, entered, standing

if TYPE_CHECKING:
    from abm.payment.books import Books

WEIGHT_UNIT = 1000.0
MORE = 0.1
"""By how much bills are raised to see what cliffs do."""

_NUMBERS = tuple(BILL.names or ())
_SUMMED = np.dtype([*((name, "i8") for name in _NUMBERS), ("tier", "i8")])


def summed(lines: np.ndarray, books: Books) -> np.ndarray:
    """Bills summed over consortia, with each provider's level; nil outside the county."""
    n, columns = len(lines), len(_NUMBERS)
    whole = np.zeros(n, _SUMMED)
    flat = whole.view(np.int64).reshape(n, columns + 1)
    by_group = np.ascontiguousarray(lines).view(np.int64).reshape(n, -1, columns)
    flat[:, :columns] = by_group.sum(axis=1) * books.in_county[:, None]
    flat[:, columns] = books.tier
    return whole


def others(lines: np.ndarray) -> np.ndarray:
    """(provider,) fen of admissions' bills that the fund does not bear."""
    return np.asarray(lines["inpatient_cost_fen"] - lines["fund_inpatient_fen"])


def both_years(books: Books) -> np.ndarray:
    """(provider,) this year's bills so far and last year's together."""
    return summed(sum_of(books.year_lines, books.last_lines), books)


def sum_of(lines: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Add bills to bills."""
    whole = lines.copy()
    whole.view(np.int64)[...] += more.view(np.int64)
    return whole


def forecast_lines(books: Books, months_lived: int) -> np.ndarray:
    """(provider,) the whole year that the months so far and last year's rest lead one to expect."""
    so_far, last = books.year_months.sum(axis=0), books.last_months.sum(axis=0)
    rest = rest_of_year(so_far, books.last_months, months_lived)
    scale = np.divide(rest, last, out=np.zeros(len(rest)), where=last > 0)
    whole, past = summed(books.year_lines, books), summed(books.last_lines, books)
    flat = (len(scale), len(_NUMBERS) + 1)
    add = np.floor(past.view(np.int64).reshape(flat)[:, :-1] * scale[:, None])
    whole.view(np.int64).reshape(flat)[:, :-1] += add.astype(np.int64)
    return whole


def share_of(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole, nil where there is nothing."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def state_of(books: Books, name: str) -> int:
    """One whole number that was kept, -1 if none was."""
    return int(books.state[name][0]) if name in books.state else -1


def not_yet_entered(owed: np.ndarray, entered_fen: np.ndarray) -> np.ndarray:
    """(provider,) whole fen of what a year so far is owed, at least nil, beyond what was entered.

    Below zero where a month's bills of others took more than its cases are worth.
    """
    return np.floor(np.maximum(owed, 0.0) + 0.5).astype(np.int64) - entered_fen


def value_at_budget(points: np.ndarray, rest: np.ndarray, budget_fen: float) -> float:
    """Fen a point at which the fund's part of all standards is the budget; 0 without points.

    The fund's part, points x value - rest, is at least nil at each provider, so the sum is
    convex in the value: Newton's steps from above reach the root from one side in as many
    steps as there are kinks on the way.

    Parameters
    ----------
    points, rest
        (provider,) points, and what others paid less what is paid besides points.
    """
    if points.sum() <= 0.0:
        return 0.0
    value = max(0.0, (budget_fen + max(float(rest.sum()), 0.0)) / float(points.sum()))
    for _ in range(len(points)):
        pay = points * value - rest
        above = float(np.maximum(pay, 0.0).sum()) - budget_fen
        slope = float(points[pay > 0].sum())
        if above <= 0.5 or slope <= 0.0:
            break
        value = max(0.0, value - above / slope)
    return value


class CaseRule(BaseModel):
    """How admissions are turned into points: weight, level, primary groups, outliers, treatment."""

    coefficient_village: float = Field(
        0.5, ge=0, le=2, description="points of a weight of one at village clinics"
    )
    coefficient_township: float = Field(
        0.5, ge=0, le=2, description="points of a weight of one at township centres"
    )
    coefficient_county: float = Field(
        0.95, ge=0, le=2, description="points of a weight of one at county hospitals"
    )
    coefficient_same_price: float = Field(
        0.5, ge=0, le=2, description="the same at every level, for primary groups: mild cases"
    )
    outliers: bool = Field(
        True,
        description="pay cases far cheaper than their weight as billed, and add what far dearer "
        "ones cost above the mark",
    )
    by_treatment: bool = Field(
        False, description="group cases by what was done too, besides cause and severity"
    )

    def coefficients(self, tier: np.ndarray) -> np.ndarray:
        """(provider,) points of a case weight of one, of cases that are in no primary group."""
        county = self.coefficient_county
        table = np.array([self.coefficient_village, self.coefficient_township, county])
        return np.asarray(table[np.clip(tier, Tier.VILLAGE, Tier.COUNTY)])

    def points(self, lines: np.ndarray, coefficient: np.ndarray, more: bool = False) -> np.ndarray:
        """(provider,) points of what was recorded.

        Parameters
        ----------
        more
            As if every bill had been a tenth higher.
        """
        kind = "_more" if more and self.outliers else ""
        light = lines[f"light_weight{kind}"]
        full = lines["case_weight"] - light
        if self.outliers:
            full = full - lines[f"low_cost_weight{kind}"]
        points = (coefficient * full + self.coefficient_same_price * light) / WEIGHT_UNIT
        if self.by_treatment:
            treated = lines["treated_weight_more" if more else "treated_weight"]
            points = points * share_of(treated, lines["case_weight"])
        return np.asarray(points)

    def points_of_weight(self, lines: np.ndarray, coefficient: np.ndarray) -> np.ndarray:
        """(provider,) points of one more case weight, of a case of no primary group."""
        if not self.by_treatment:
            return coefficient
        weight = lines["case_weight"]
        done = np.divide(lines["treated_weight"], weight, out=np.ones(len(lines)), where=weight > 0)
        return np.asarray(coefficient * done)

    def besides(self, lines: np.ndarray, more: bool = False) -> np.ndarray:
        """(provider,) fen that outliers are paid besides points."""
        if not self.outliers:
            return np.zeros(len(lines))
        kind = "_more" if more else ""
        return np.asarray(lines[f"low_cost_fen{kind}"] + lines[f"high_cost_fen{kind}"], float)

    def told(
        self, bills: np.ndarray, coefficient: np.ndarray, value: float, name: tuple[str, str]
    ) -> list[Working]:
        """What cases are worth at a value of the point, and what others paid of them.

        Parameters
        ----------
        value, name
            Fen a point, and what it is called, English and Chinese.
        """
        points = self.points(bills, coefficient)
        lines = [
            counted("points of admissions", "住院点数", points, "points"),
            standing(*name, np.full(len(points), value)),
            entered("points x value", "点数×点值", np.floor(points * value + 0.5)),
        ]
        if self.outliers:
            for column, what, zh in (
                ("low_cost_fen", "cases far too cheap, as billed", "费用过低病例按账单"),
                ("high_cost_fen", "beyond the mark of very dear cases", "费用极高病例加付"),
            ):
                lines.append(entered(what, zh, bills[column]))
        return [
            *lines,
            entered("less what others paid of them", "减：其他支付方已付", -others(bills)),
        ]

    def beyond_weight(
        self, lines: np.ndarray, coefficient: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points, and fen besides, of a usual admission beyond its weight and its bill's slopes.

        Mild and cheap cases are worth less than their weight, and a slope holds for a change of
        a bill, not for all of it: with this a usual admission brings what it is paid, (provider,).
        """
        cost, admissions = lines["inpatient_cost_fen"], lines["admissions"]
        in_points, in_fen = self.slopes(lines, coefficient)
        a_weight = self.points_of_weight(lines, coefficient)
        points = self.points(lines, coefficient) - a_weight * lines["case_weight"] / WEIGHT_UNIT
        points = share_of(points - in_points * cost, admissions)
        return points, share_of(self.besides(lines) - in_fen * cost, admissions)

    def slopes(self, lines: np.ndarray, coefficient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points, and fen besides, that one more fen billed of an admission brings, (provider,).

        Marks of outliers and groups of treatment are cliffs: it is the finite difference over a
        tenth more billed of every case.
        """
        tenth = lines["inpatient_cost_fen"] * MORE
        points = self.points(lines, coefficient, True) - self.points(lines, coefficient)
        fen = self.besides(lines, True) - self.besides(lines)
        return share_of(points, tenth), share_of(fen, tenth)
