"""Pay by outcome: tiers, what is predicted, what one more good outcome brings, and who reacts."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm import decision, treatment
from abm.county import County
from abm.model import Model
from abm.policy import Policy
from abm.rehab import COLUMNS, Rehab, difference, well_yuan
from agents.conditions import N_CAUSES
from agents.doctor import choose_intensity, size_of
from agents.foundation.compile import plain
from agents.provider import needed_days
from experiments.conservation import Watch
from tests.abm.test_treatment import ill, world_of
from tests.agents.people import K, practitioner, workplace

PolicyMaker = Callable[..., Policy]
BOTH = {"conditions": ["coronary", "stroke"], "least_cases": 1}


def year(*rows: tuple[int, ...]) -> np.ndarray:
    return np.array(rows, np.int64)


def test_four_tiers_by_hand() -> None:
    rule = Rehab(conditions=("stroke",))
    found = rule.factor(np.array([-0.2, -0.05, -0.01, 0.0, 0.049, 0.05, 0.3]))
    assert found.tolist() == [0.9, 1.0, 1.0, 1.05, 1.05, 1.1, 1.1]


def test_actual_less_predicted_by_hand() -> None:
    # Last year the county lost 10 of 100 severe and 40 of 100 critical cases. A place with 50
    # and 50 is to lose 5 + 20 of them, a quarter; it loses 20.
    last = year((0, 100, 100, 0, 10, 40, 9))
    now = year((0, 50, 50, 0, 4, 16, 1_000), (0, 10, 0, 0, 2, 0, 500), (0, 0, 0, 0, 0, 0, 0))
    cases, found, error = difference(now, np.vstack([last, 0 * last, 0 * last]))
    assert cases.tolist() == [100, 10, 0]
    assert found == pytest.approx([0.05, -0.1, 0.0])
    assert error == pytest.approx([np.sqrt(0.25 * 0.75 / 100), np.sqrt(0.09 / 10), 0.0])
    # Without a year behind it the county's own mean is what was to expect.
    _, alone, _ = difference(now, 0 * now)
    assert float((alone * cases).sum()) == pytest.approx(0.0)


@given(
    found=st.floats(-0.3, 0.3),
    spread=st.floats(0.005, 0.1),
    factors=st.lists(st.floats(0, 3), min_size=4, max_size=4).map(sorted),
)
def test_the_factor_to_expect_is_the_mean_of_tiers(
    found: float, spread: float, factors: list[float]
) -> None:
    names = ("factor_far_below", "factor_below", "factor_above", "factor_far_above")
    rule = Rehab.model_validate(dict(zip(names, factors, strict=True)))
    edges = np.linspace(-1.0, 1.0, 8001)
    middle = 0.5 * (edges[1:] + edges[:-1])
    likely = 0.75 * (1.0 - middle * middle) * (edges[1] - edges[0])
    mean = float((rule.factor(found + middle * spread * 5.0**0.5) * likely).sum())
    told = rule.expected_factor(np.array([found]), np.array([spread]))[0]
    assert told == pytest.approx(mean, abs=2e-3)
    more = rule.expected_factor(np.array([found + 0.01]), np.array([spread]))[0]
    assert factors[0] - 1e-9 <= told <= more + 1e-9 <= factors[3] + 2e-9


def test_worse_is_not_paid_more() -> None:
    with pytest.raises(ValueError, match="none above that of a better tier"):
        Rehab(factor_far_below=1.2)
    with pytest.raises(ValueError, match="gout"):
        Rehab(conditions=("gout",))


# -- the doctor ---------------------------------------------------------------------------

STROKE = N_CAUSES + K - 1


def hurried(well: float) -> tuple[Any, Any, Any, Any]:
    """A stroke patient in bed where a yuan billed costs the doctor, and good outcomes pay."""
    world = world_of()
    world.course.by_outcome[STROKE] = 1
    place = workplace(
        brings_inpatient=-0.3, brings_well_yuan=well, quality=0.8, admission_price_yuan=6_000.0
    )
    return ill(720, cause=STROKE), practitioner(able=1.0), place, world


@pytest.mark.parametrize("well", [0.0, 400.0, 3_000.0])
def test_pay_for_a_good_outcome_counts_as_the_patients_benefit_does(well: float) -> None:
    """The closed forms are the best of the utility with that pay in it, found by search."""
    patient, doctor, place, world = hurried(well)
    weighs, size = world.judgement, plain(size_of)(0.72)
    bill = plain(decision.admission_price_yuan)(patient, place, world)
    by_day = weighs.stay_price_share * bill
    days = plain(needed_days)(place.los_days, 0.72)
    effort = place.minutes_per_bed_day * doctor.effort_yuan / doctor.able
    grid = np.linspace(0.3, 1.9, 160_001)
    short = np.where(grid < 1.0, (1.0 - grid) ** 2, 0.0)
    off = (grid - 1.0) ** 2
    gain = place.brings_inpatient - weighs.effort * doctor.strain * size * size
    lost = 0.5 * weighs.benefit_curvature * size
    worth = (bill - by_day) * (gain * grid - doctor.altruism * lost * off)
    worth -= 0.8 * well * lost * short
    q = plain(treatment.intensity_of)(patient, doctor, place, True, world)
    best = np.clip(grid[worth.argmax()], weighs.lowest_intensity, weighs.highest_intensity)
    assert q == pytest.approx(best, abs=2e-5)
    kept = 0.5 * weighs.stay_curvature
    stays = by_day * (place.brings_inpatient * grid - doctor.altruism * kept * off)
    stays += (place.brings_bed_day_yuan - effort) * days * grid - 0.8 * well * kept * short
    x = plain(decision.stay_part)(patient, doctor, place, world)
    best = np.clip(grid[stays.argmax()], weighs.shortest_stay, weighs.longest_stay)
    assert x == pytest.approx(best, abs=2e-5)


def test_others_are_treated_as_before() -> None:
    patient, doctor, place, world = hurried(3_000.0)
    weighs, size = world.judgement, plain(size_of)(0.72)
    usual = plain(choose_intensity)(doctor.altruism, -0.3, doctor.strain, size, weighs)
    intensity = plain(treatment.intensity_of)
    assert intensity(patient, doctor, place, True, world) > usual
    outside = plain(choose_intensity)(doctor.altruism, 0.0, doctor.strain, size, weighs)
    assert intensity(patient, doctor, place, False, world) == outside
    for other in (ill(720, cause=2), ill(720, cause=STROKE, scheme=2)):
        assert intensity(other, doctor, place, True, world) == pytest.approx(usual)


# -- in a county --------------------------------------------------------------------------


def test_a_year_is_settled_by_its_outcomes(tiny_county: County, policy_of: PolicyMaker) -> None:
    balance = {"bonus_on": "balance", "bonus_share": 0.3}
    # Whoever does better than was to expect is paid half as much again, others half.
    tiers = {"factor_far_below": 0.5, "factor_below": 0.5}
    tiers |= {"factor_above": 1.5, "factor_far_above": 1.5}
    ruled = policy_of(pay=balance, rehab=BOTH | tiers)
    model = Model(tiny_county, ruled, threads=1)
    watch = Watch(model)
    for month in range(28):
        watch.step()
        if month == 11:
            past = model.books.state["outcome_last"].copy()
            record = model.books.claims.years[0]["by_rule_fen"].copy()
            owed = model.books.claims.clearing_fen[0].copy()
    assert set(watch.worst.values()) == {0}
    cases, found, _ = difference(past, np.zeros_like(past))
    factor = np.where((cases > 0) & model.books.in_county, np.where(found >= 0, 1.5, 0.5), 1.0)
    expected = np.floor(past[:, -1] * (factor - 1.0) + 0.5)
    assert past[:, -1].sum() > 0
    assert record.tolist() == owed.tolist() == expected.astype(np.int64).tolist()
    assert past.shape[1] == len(COLUMNS)
    # What it brings is the difference that one more good outcome makes to the pay expected.
    brought = well_yuan(model)
    year_now = model.books.state["outcome_last"]
    number, there, error = difference(year_now, year_now)
    more = ruled.rehab.expected_factor(there + 1.0 / np.maximum(number, 1), error)
    gain = (more - ruled.rehab.expected_factor(there, error)) * year_now[:, -1] / 100.0
    ours = model.books.in_county & (number > 0)
    assert brought[ours] == pytest.approx(gain[ours])
    assert brought[ours].max() > 0.0
    assert not brought[~ours].any()


def test_without_the_rule_nothing_is_tracked(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = Model(tiny_county, policy_of(), threads=1)
    for _ in range(3):
        model.step()
    assert not any(month[name].any() for month in model.tallies for name in COLUMNS)
    assert SimpleNamespace(**model.books.state).line_fen.any()
