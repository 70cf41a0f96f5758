"""Points in a budget: marks of outliers and groups of treatment in what one more brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abm.payment.dip import Dip
from abm.payment.drg import Drg
from abm.settlement import Settlement
from tests.abm.payment.year import (
    CENTRE,
    HOSPITAL,
    RULE_NAMES,
    RULES,
    USUAL,
    bill_more,
    books_of,
    change,
    difference,
    entered,
    live_year,
    month_of,
    of_provider,
)

OF_ADMISSIONS = (
    "case_weight",
    "inpatient_cost_fen",
    "fund_inpatient_fen",
    "light_weight",
    "low_cost_weight",
    "low_cost_fen",
    "high_cost_fen",
    "treated_weight",
)
"""Columns of a bill by which cases are paid; the number of them pays nothing."""


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize("where", [CENTRE, HOSPITAL])
@pytest.mark.parametrize(
    "keys", [{}, {"by_treatment": True}, {"outliers": False}], ids=["plain", "treatment", "all"]
)
def test_dearer_cases_bring_what_the_year_then_pays(
    keys: dict[str, Any], where: int, rule: Settlement
) -> None:
    scheme, base = Dip(growth=0.0, **keys), month_of()
    brings, fen = difference(scheme, rule, bill_more(base, where), of_provider(where))
    billed = int(base.lines["inpatient_cost_fen"][where, 0]) // 10
    assert brings.inpatient[where] == pytest.approx(fen / billed, abs=0.02)


def test_a_mark_makes_a_dearer_case_worth_something() -> None:
    # Without marks a yuan of the centre brings others' part of its own small share of points.
    with_marks, without = (
        difference(scheme, Settlement(), month_of(), of_provider(CENTRE))[0].inpatient[CENTRE]
        for scheme in (Dip(), Dip(outliers=False))
    )
    assert with_marks > without + 0.05


def test_treatment_moves_the_budget_to_those_who_do_more_by_hand() -> None:
    # Plain points a month: centre 1.4 x 0.5 + 0.5 x 0.5 = 0.95, hospital 10.5 + 0.5 = 11. By what
    # was done the hospital's count 13 / 12 of it, the centre's as they are; the fund's part of
    # both closes the budget.
    keys: dict[str, Any] = {"growth": 0.0, "coefficient_county": 1.0}
    values = []
    for by_treatment in (False, True):
        books, scheme = books_of(), Dip(by_treatment=by_treatment, **keys)
        live_year(scheme, books, [month_of()] * 12)
        live_year(scheme, books, [month_of()] * 12)
        values.append(float(books.state["dip_value"][0]))
        cases = entered(books)[:2] - np.array([50_000, 200_000]) * 12
        assert cases.sum() == 12 * 1_380_000
    points = 0.95 + 11, 0.95 + 11 * 13 / 12
    assert values == pytest.approx([(2_300_000 - 73_000) / each for each in points])


def test_a_weight_by_treatment_brings_what_the_year_then_pays() -> None:
    scheme = Dip(growth=0.0, by_treatment=True)
    more = change(month_of(), CENTRE, case_weight=200, treated_weight=200)
    brings, fen = difference(scheme, Settlement(), more, of_provider(CENTRE))
    assert brings.weight_yuan[CENTRE] * 20 == pytest.approx(fen, rel=0.03)


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize("where", [CENTRE, HOSPITAL])
@pytest.mark.parametrize(
    "scheme",
    [
        Dip(growth=0.0),
        Dip(growth=0.0, by_treatment=True),
        Dip(growth=0.0, outliers=False),
        Drg(),
        Drg(by_treatment=True, coefficients_by="hospital"),
    ],
    ids=["dip", "dip, treatment", "dip, all", "drg", "drg, hospital"],
)
def test_a_usual_admission_more_brings_what_the_year_then_pays(
    scheme: Dip | Drg, where: int, rule: Settlement
) -> None:
    # A hundredth more of every admission of the month, so that points keep their value.
    base = month_of()
    more = change(base, where, **{name: USUAL[name][where] // 100 for name in OF_ADMISSIONS})
    brings, fen = difference(scheme, rule, more, of_provider(where))
    cases = USUAL["admissions"][where] / 100
    found = cases * brings.admission_yuan[where]
    found += USUAL["case_weight"][where] / 100_000 * brings.weight_yuan[where]
    found += USUAL["inpatient_cost_fen"][where] / 10_000 * brings.inpatient[where]
    assert found == pytest.approx(fen / 100, rel=0.01)
