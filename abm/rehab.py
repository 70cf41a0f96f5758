"""Pay by outcome: a factor on the fund's part by what came of patients, against what was to expect.

The part ``[rehab]`` of a policy. It holds for admissions of the residents' scheme for some
conditions; an outcome is good if the patient lives and his need did not stay with him.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from abm.forecast import chance_above
from abm.rule_part import ConditionName, RulePart
from abm.workings import entered
from agents.conditions import CONDITIONS, N_CAUSES

if TYPE_CHECKING:
    from abm.model import Model

CLASSES = ("moderate", "severe", "critical")
COLUMNS = (
    *(f"tracked_{kind}" for kind in CLASSES),
    *(f"lost_{kind}" for kind in CLASSES),
    "tracked_fund_fen",
)
"""Columns of the tally that the rule goes by; cases, bad outcomes, the fund's part."""
Factor = Annotated[float, Field(ge=0, le=3)]


class Rehab(RulePart):
    """A factor in four tiers on the fund's part, by actual less predicted good outcomes.

    What is predicted for a place are last year's outcomes of the whole county in patients as
    ill as its own. Settled at the year's end, paid or taken at the clearing.
    """

    conditions: tuple[ConditionName, ...] = Field(
        (), description="conditions whose admissions are paid so; none: no such rule"
    )
    margin: float = Field(
        0.05,
        gt=0,
        le=0.5,
        description="difference in the share of good outcomes from which the outer tiers begin",
    )
    factor_far_below: Factor = Field(0.9, description="factor where it is worse by the margin")
    factor_below: Factor = Field(1.0, description="factor where it is worse by less")
    factor_above: Factor = Field(1.05, description="factor where it is as predicted or better")
    factor_far_above: Factor = Field(1.1, description="factor where it is better by the margin")
    least_cases: int = Field(
        20, ge=1, le=10_000, description="cases a year under which a place has a factor of 1"
    )

    @model_validator(mode="after")
    def _better_is_paid_more(self) -> Rehab:
        if list(self.factors) != sorted(self.factors):
            raise ValueError("factors: allowed: none above that of a better tier")
        return self

    @property
    def factors(self) -> tuple[float, float, float, float]:
        """Of the four tiers, worst first."""
        return (
            self.factor_far_below,
            self.factor_below,
            self.factor_above,
            self.factor_far_above,
        )

    @property
    def bounds(self) -> tuple[float, float, float]:
        """Differences at which the next tier begins."""
        return -self.margin, 0.0, self.margin

    def factor(self, difference: np.ndarray) -> np.ndarray:
        """(provider,) factor of the tier into which a difference falls."""
        tier = np.searchsorted(np.array(self.bounds), difference, side="right")
        return np.asarray(np.array(self.factors)[tier])

    def expected_factor(self, difference: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """(provider,) factor to expect where a year's difference is known with an error only."""
        factors = self.factors
        found = np.full(len(difference), factors[0])
        for bound, step in zip(self.bounds, np.diff(factors), strict=True):
            found = found + step * chance_above(np.full(len(difference), bound), difference, spread)
        return found

    def by_cause(self) -> np.ndarray:
        """(cause,) 1 where an admission's pay goes by its outcome."""
        ruled = [int(condition.name in self.conditions) for condition in CONDITIONS]
        return np.array([0] * N_CAUSES + ruled)


def keep_outcomes(model: Model) -> None:
    """Add the month to the year's record, (provider, column) in ``books.state``."""
    if not model.policy_now.rehab.conditions:
        return
    month = np.stack([model.by_provider(model.tally[name]) for name in COLUMNS], axis=1)
    state = model.books.state
    state["outcome_year"] = state.get("outcome_year", np.zeros_like(month)) + month * model.weight


def difference(year: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What came of a year's patients, against what was to expect.

    Parameters
    ----------
    year, last
        (provider, column) of this year, and of the year that predicts it; a class without
        cases then is predicted by this year's.

    Returns
    -------
    tuple
        Of (provider,) arrays: cases, share of good outcomes less that predicted, standard
        error of that share.
    """
    n = len(CLASSES)
    cases, lost = year[:, :n], year[:, n : 2 * n]
    past_cases, past_lost = last[:, :n].sum(axis=0), last[:, n : 2 * n].sum(axis=0)
    known = past_cases > 0
    whole = np.where(known, past_cases, cases.sum(axis=0))
    bad = np.where(known, past_lost, lost.sum(axis=0))
    rate = np.divide(bad, whole, out=np.zeros(n), where=whole > 0)
    number = cases.sum(axis=1)
    there = np.maximum(number, 1)
    predicted, actual = cases @ rate / there, lost.sum(axis=1) / there
    error = np.sqrt(np.maximum(predicted * (1.0 - predicted), 0.0) / there)
    return number, predicted - actual, error


def settle_outcomes(model: Model) -> None:
    """Enter what the year's outcomes add or take, and make the year last year's."""
    rule, books = model.policy_now.rehab, model.books
    year = books.state.get("outcome_year")
    if not rule.conditions or year is None:
        return
    last = books.state.get("outcome_last", np.zeros_like(year))
    cases, found, _ = difference(year, last)
    ruled = books.in_county & (cases >= rule.least_cases)
    factor = np.where(ruled, rule.factor(found), 1.0)
    amount = np.floor(year[:, -1] * (factor - 1.0) + 0.5).astype(np.int64)
    books.claims.adjust(0, amount)
    if books.workings is not None:
        books.workings.year.append(entered("factor on outcomes", "按结局系数加减", amount))
    books.state["outcome_last"], books.state["outcome_year"] = year, np.zeros_like(year)


def well_yuan(model: Model) -> np.ndarray:
    """(provider,) what one more good outcome brings an employer, in yuan.

    The finite difference of the settlement that is to be expected, over a year like the last
    whole one, or like this one so far.
    """
    rule, books, n = model.policy_now.rehab, model.books, len(model.providers)
    nil = np.zeros((n, len(COLUMNS)), np.int64)
    last = books.state.get("outcome_last", nil)
    year = last if last.any() else books.state.get("outcome_year", nil)
    if not rule.conditions or not year.any():
        return np.zeros(n)
    cases, found, error = difference(year, last)
    one = 1.0 / np.maximum(cases, 1)
    more = rule.expected_factor(found + one, error) - rule.expected_factor(found, error)
    ruled = books.in_county & (cases >= rule.least_cases)
    return np.where(ruled, year[:, -1] / 100.0 * more, 0.0)
