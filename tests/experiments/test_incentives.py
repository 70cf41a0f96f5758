"""The laboratory shows what theory and students showed, and would show if it did not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abm.county import County
from agents.incentive import BRINGS
from experiments.incentives import incentives_rows
from experiments.laboratory import Laboratory
from tests.science.runs import with_parameters


@pytest.fixture(scope="module")
def rows(typical: County) -> dict[str, Any]:
    return {row["name"]: row for row in incentives_rows(typical)}


@pytest.fixture(scope="module")
def lab(typical: County) -> Laboratory:
    return Laboratory(typical)


def test_it_shows_what_theory_says(rows: dict[str, Any]) -> None:
    checked = [row for row in rows.values() if row["ok"] is not None]
    assert len(checked) > 25
    assert [row["name"] for row in checked if not row["ok"]] == []


def test_names_are_given_once_and_arms_say_where_they_are_from(
    rows: dict[str, Any], lab: Laboratory, typical: County
) -> None:
    assert len(rows) == len(incentives_rows(typical))
    assert all(arm.source and arm.title for arm in lab.arms.values())
    assert all(set(arm.brings) <= set(BRINGS.names or ()) for arm in lab.arms.values())


@pytest.mark.parametrize(
    ("values", "missed"),
    [
        ({"care__intensity_curvature": 3.0}, "by_service.quantity"),
        ({"care__duty_yuan_per_minute": 50.0}, "flat_salary.idle"),
        ({"care__stay_curvature": 50.0}, "case_weights_less_revenue_bonus.stay"),
        ({"care__lie_admission_yuan": 9e5}, "case_weights_less_revenue_bonus.upcoded"),
    ],
)
def test_it_would_show_a_doctor_who_does_not_answer(
    typical: County, values: dict[str, float], missed: str
) -> None:
    found = {row["name"]: row for row in incentives_rows(with_parameters(typical, **values))}
    assert found[missed]["ok"] is False


def test_an_arm_that_brings_what_there_is_not_is_refused(lab: Laboratory) -> None:
    arm = lab.arms["mixed"]
    wrong = type(arm)("wrong", "-", "-", {"gold": 1.0})
    with pytest.raises(ValueError, match="gold"):
        lab.workplace(wrong)


def test_doctors_spread_as_in_the_county(lab: Laboratory) -> None:
    altruism = lab.altruists()
    assert altruism.mean() == pytest.approx(0.78, abs=0.01)
    assert altruism.std() == pytest.approx(0.25, abs=0.02)
    assert np.all((altruism >= 0.2) & (altruism <= 2.0))


def test_chances_of_options_sum_to_one_and_fees_and_need_decide(lab: Laboratory) -> None:
    done = lab.do(lab.arms["revenue_bonus"], 0.78, 0.7)
    assert sum(done.chances.values()) == pytest.approx(1.0)
    assert done.chances["admit"] > 0.9
    slight = lab.do(lab.arms["revenue_bonus"], 0.78, 0.25)
    assert slight.chances["admit"] == 0.0
