"""A hospital that the insurance does not pay owes its doctors, loses them, then its patients.

The counter-case of the press: near a quarter of a year's revenue unpaid, loans, pay in arrears.
It comes out of the shipped ``hospital_cap``, and not out of the shipped ``bundle``.
"""

from __future__ import annotations

import numpy as np
import pytest

from abm.county import County
from abm.indicators import indicators_of_year
from abm.model import Model
from calibration.policies import load_policy
from tests.science.fuzzy import check_parts
from tests.science.runs import run

pytestmark = pytest.mark.science

YEARS, WEIGHT, SEEDS = 6, 20, (1, 2, 3, 4, 5)
RULES = ("hospital_cap", "bundle", "fee_for_service")
Runs = dict[str, list[Model]]


@pytest.fixture(scope="module")
def runs(typical: County) -> Runs:
    return {
        rule: [run(typical, YEARS, load_policy(rule), seed=s, weight=WEIGHT) for s in SEEDS]
        for rule in RULES
    }


def of(models: list[Model], name: str, *years: int) -> np.ndarray:
    """(seed,) mean of an indicator over some years."""
    chosen = years or (YEARS - 1,)
    return np.array([np.mean([indicators_of_year(m, y)[name] for y in chosen]) for m in models])


def test_near_a_quarter_of_revenue_stays_unpaid(runs: Runs) -> None:
    name = "claims.unpaid_share_of_revenue_county"
    share = of(runs["hospital_cap"], name, *range(1, YEARS))
    check_parts("unpaid share", share, (0.18, 0.32), [(0.0, 0.1), (0.4, 0.9)])
    assert (of(runs["bundle"], name, *range(1, YEARS)) < 0.05).all()


def test_pay_falls_into_arrears(runs: Runs) -> None:
    owed = of(runs["hospital_cap"], "pay.arrears_months_county")
    check_parts("months of pay owed", owed, (2.0, 20.0), [(0.0, 0.3)])
    assert (of(runs["bundle"], "pay.arrears_months_county") < 0.1).all()
    assert (of(runs["hospital_cap"], "providers.loans_million_yuan") > 30.0).all()
    # What the base is given buys equipment, so a hospital may be short of cash for a while.
    cap, fair = (of(runs[rule], "providers.loans_million_yuan") for rule in RULES[:2])
    assert (fair < 0.25 * cap).all()


def test_doctors_take_side_jobs_and_leave(runs: Runs) -> None:
    owing, fair = runs["hospital_cap"], runs["bundle"]
    doctors = [of(models, "staff.doctors_county") for models in (owing, fair)]
    jobs = [
        of(models, "staff.side_jobs_county") / n
        for models, n in zip((owing, fair), doctors, strict=True)
    ]
    check_parts("doctors with a side job, more", jobs[0] - jobs[1], (0.15, 0.9), [(-0.5, 0.05)])
    left = [
        sum(of(models, f"staff.{how}_county", 4, 5) for how in ("resigned", "moved_out"))
        for models in (owing, fair)
    ]
    check_parts("leave a year, log ratio", np.log(left[0] / left[1]), (0.1, 2.0), [(-2.0, 0.0)])
    check_parts("doctors, log ratio", np.log(doctors[0] / doctors[1]), (-1.0, -0.03), [(0.0, 1.0)])


def test_patients_follow_them(runs: Runs) -> None:
    name = "admissions.outside_share"
    more = of(runs["hospital_cap"], name, 5) - of(runs["fee_for_service"], name, 5)
    early = of(runs["hospital_cap"], name, 1) - of(runs["fee_for_service"], name, 1)
    check_parts("outside share, rise on fee for service", more - early, (0.008, 0.2), [(-0.2, 0.0)])
