"""Doctors drift upwards and patients follow; what moves down is found out over years."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.indicators import indicators_of_year
from abm.model import Model
from abm.policy import Policy
from agents.career import MOVED_OUT
from agents.doctor import Doctor
from tests.science.fuzzy import check_parts, check_share
from tests.science.runs import in_county, run, with_parameters, with_providers

pytestmark = pytest.mark.science

YEARS, WEIGHT, SEEDS = 10, 50, (1, 2, 3)


def calm(county: County) -> County:
    """The county with hospitals that neither grow nor run out of money."""
    rich = with_providers(county, in_county(county, 1, 2), cash_yuan=lambda yuan: yuan + 2e9)
    return with_parameters(rich, management__growth_most=0.0, management__expansion=0.0)


@pytest.fixture(scope="module")
def drift(typical: County) -> list[tuple[Model, Model]]:
    """A strong pull from outside, with and without moves, by seed."""
    county = calm(with_parameters(typical, career__outside_openings=0.08))
    return [
        (
            run(county, YEARS, seed=seed, weight=WEIGHT),
            run(county, YEARS, seed=seed, weight=WEIGHT, hold={"doctors"}),
        )
        for seed in SEEDS
    ]


# -- doctors ----------------------------------------------------------------------------------


def staff(model: Model, column: str, *tiers: int) -> float:
    """Sum over the years of a column of the staff at the county's places of some levels."""
    here = (model.providers["place"] == 0) & np.isin(model.providers["tier"], tiers)
    return float(sum(year[column][here].sum() for year in model.staff_years))


def test_township_doctors_leave_as_often_as_surveyed(typical: County) -> None:
    # 8.1 % left township centres in 2005, retired ones included (Meng et al. 2009); 47 % of
    # those who left in 2012 went to a higher level (Yu et al. 2014).
    model = run(typical, YEARS, weight=WEIGHT)
    up = staff(model, "moved_up", 1) + staff(model, "moved_out", 1)
    left = up + staff(model, "resigned", 1) + staff(model, "retired", 1)
    of = int(staff(model, "doctors", 1))
    check_share("left", int(left), of, (0.055, 0.11), [(0.0, 0.035), (0.16, 0.5)])
    check_share("of these up", int(up), int(left), (0.3, 0.6), [(0.0, 0.15), (0.8, 1.0)])


def test_those_who_go_up_are_the_more_skilled(drift: list[tuple[Model, Model]]) -> None:
    gaps: list[float] = []
    for free, _ in drift:
        doctors = free.population(Doctor).rows
        # Those of the first year leave a place whose skill is still the county's table's.
        gone = doctors[(doctors["exit"] == MOVED_OUT) & (doctors["exit_month"] == 11)]
        gaps += list(gone["skill"] - free.staffing.quality[gone["provider"]])
    check_parts("skill above their place's", gaps, (0.01, 0.15), [(-0.15, 0.0)])


def test_where_they_stay_skill_stays_and_else_it_falls(drift: list[tuple[Model, Model]]) -> None:
    falls = []
    for free, held in drift:
        assert all(
            np.array_equal(y["skill"], held.staff_years[0]["skill"]) for y in held.staff_years
        )
        here = (free.providers["place"] == 0) & (free.providers["tier"] == 2)
        quality = [free.staff_years[y]["quality"][here] for y in (0, YEARS - 1)]
        falls += list(quality[0] - quality[1])
    check_parts("fall of county hospitals' quality", falls, (0.01, 0.12), [(-0.12, 0.0)])


def test_patients_follow_the_doctors_out(drift: list[tuple[Model, Model]]) -> None:
    gaps: list[float] = []
    for free, held in drift:
        shares = [
            np.mean([indicators_of_year(m, y)["admissions.outside_share"] for y in range(6, YEARS)])
            for m in (free, held)
        ]
        gaps.append(float(shares[0] - shares[1]))
    check_parts("outside admissions, more with moves", gaps, (0.004, 0.04), [(-0.04, 0.0)])


# -- an indebted hospital ---------------------------------------------------------------------


def first_hospital(model: Model) -> int:
    rows = model.providers
    return int(np.flatnonzero((rows["place"] == 0) & (rows["tier"] == 2))[0])


def test_a_hospital_in_debt_owes_pay_then_loses_doctors_and_patients(typical: County) -> None:
    county = calm(typical)
    where = np.flatnonzero(in_county(county, 2))[0]
    # Two years' revenue: beyond what banks lend, so that pay is owed from the first month.
    broke = with_providers(county, where, cash_yuan=-6e8)
    usual, owing = (run(c, 6, weight=WEIGHT) for c in (county, broke))
    hospital = first_hospital(usual)
    assert usual.providers["pay_arrears_fen"][hospital] == 0
    own = owing.population(Doctor).rows
    own = own[(own["provider"] == hospital) & (own["alive"] == 1)]
    assert own["arrears_fen"].mean() > own["base_pay_fen"].mean() / 2

    def sums(model: Model, *columns: str) -> int:
        return int(sum(y[c][hospital] for y in model.staff_years for c in columns))

    left = ("resigned", "moved_out")
    before = sums(usual, *left) / sums(usual, "doctors")
    check_share(
        "left, where pay is owed",
        sums(owing, *left),
        sums(owing, "doctors"),
        (1.7 * before, 8.0 * before),
        [(0.0, 1.2 * before)],
    )
    assert owing.providers["doctors"][hospital] < 0.75 * usual.providers["doctors"][hospital]
    logs = []
    for month in range(36, 72, 3):
        seen = [
            sum(t["admissions"][m.tally_provider == hospital].sum() for t in m.tallies[month:][:3])
            for m in (owing, usual)
        ]
        logs.append(np.log(seen[0] / seen[1]))
    check_parts("admissions, log ratio", logs, (-1.5, -0.03), [(0.0, 1.5)])


# -- capability that moves down ---------------------------------------------------------------


@pytest.fixture(scope="module")
def moved_down(typical: County, policy_of: Callable[..., Policy]) -> list[Model]:
    """As it was; with tests read remotely; the same with visits at home.

    Villages learn slowly, and centres have room for all who come.
    """
    staff = typical.staff.copy()
    staff["minutes_per_month"] *= 3
    roomy = with_providers(
        typical, in_county(typical, 1), beds=lambda n: 3 * n, nurses=lambda n: 3 * n
    )
    county = dataclasses.replace(
        with_parameters(roomy, learning__capability_rate=0.0006), staff=staff
    )
    reading = {"remote_reading": 0.8}
    return [
        run(county, 5, policy_of(staff=rules), weight=8, hold={"doctors"})
        for rules in ({}, reading, reading | {"home_visits_per_year": 6.0})
    ]


def severe_at_townships(model: Model, year: int) -> np.ndarray:
    """Share of the severely ill treated at centres, by township."""
    severe = model.flows[year]["severe"][:-1]
    at_centre = (severe * (model.network.tier[:-1] == 1)).sum(axis=1)
    township = model.county.villages["township"]
    return np.asarray(np.bincount(township, at_centre) / np.bincount(township, severe.sum(axis=1)))


def test_capability_at_townships_brings_patients_back_over_years(moved_down: list[Model]) -> None:
    before, read, _ = moved_down
    gains = [severe_at_townships(read, y) - severe_at_townships(before, y) for y in range(5)]
    check_parts("gain in year 5", gains[4], (0.02, 0.6), [(-0.6, 0.0)])
    check_parts("year 5 less year 1", gains[4] - gains[0], (0.01, 0.5), [(-0.5, 0.0)])


def test_visits_at_home_speed_it_up(moved_down: list[Model]) -> None:
    _, read, visited = moved_down
    centres = (read.providers["place"] == 0) & (read.providers["tier"] == 1)
    for year in range(5):
        alone, told = (m.staff_years[year][centres] for m in (read, visited))
        gap_alone, gap_told = (r["capability"] - r["known_capability"] for r in (alone, told))
        assert (gap_told < gap_alone).all()
        assert (gap_told > 0).all()
    more = [severe_at_townships(visited, y) - severe_at_townships(read, y) for y in range(5)]
    check_parts(
        "share more, mean of five years", np.mean(more, axis=0), (0.002, 0.3), [(-0.3, 0.0)]
    )
