from __future__ import annotations

import math

import numpy as np
import pytest

from abm import tables
from abm.county import County
from agents.conditions import N_CAUSES, N_CONDITIONS
from agents.insurer import BASIS


def test_a_monthly_chance_compounds_to_the_yearly_hazard() -> None:
    yearly = np.array([0.0, 1e-6, 0.3, 5.0])
    assert (1 - tables.monthly(yearly)) ** 12 == pytest.approx(np.exp(-yearly), rel=1e-12)


def test_visits_of_an_episode_have_their_mean() -> None:
    mean = np.array([1.0, 1.4, 2.2])
    visits = tables.visits_by_quantile(mean)
    assert visits.min() == 1
    assert (np.diff(visits, axis=1) >= 0).all()
    # At most eight: a geometric distribution of mean 2.2 loses (1 - 1 / 2.2)^8 / (1 / 2.2).
    lost = (1 - 1 / 2.2) ** 8 * 2.2
    assert visits.mean(axis=1) == pytest.approx([1.0, 1.4, 2.2 - lost], abs=0.02)


def test_cover_is_the_countys_in_fen_and_basis_points(typical: County) -> None:
    cover = tables.cover(typical, typical.benefits)
    for limit in ("outpatient_cap", "chronic_cap", "ceiling"):
        resident = getattr(typical.fund, f"{limit}_yuan") * 100
        employee = typical.value(f"employee.{limit}_yuan") * 100
        assert getattr(cover, f"{limit}_fen").tolist() == [0, resident, employee]
        assert employee > resident
    assert cover.aid_bp.tolist() == [0, round(typical.fund.aid_ratio * BASIS), 0]
    assert cover.serious_bp.tolist() == [0, round(typical.fund.serious_ratio * BASIS), 0]
    deductible = typical.fund.serious_deductible_yuan * 100
    assert cover.serious_deductible_fen.tolist() == [0, deductible, 0]
    for (scheme, kind, tier), cell in np.ndenumerate(typical.benefits):
        row = cover.benefits[scheme, kind, tier]
        assert row.deductible_fen == round(cell["deductible_yuan"] * 100)
        assert row.inpatient_bp == round(cell["inpatient_ratio"] * BASIS)
        assert row.in_policy_bp == round(cell["in_policy_share"] * BASIS)


def test_hazards_hold_the_countys_chances(typical: County) -> None:
    given = tables.hazards(typical, typical.illness, np.zeros(N_CONDITIONS))
    c = typical.conditions
    for k in range(N_CONDITIONS):
        yearly = c.onset_per_year[k, 1, 70]
        assert given.onset[1, 70, k] == pytest.approx(1 - math.exp(-yearly / 12), rel=1e-12)
    deaths = 1 - math.exp(-typical.background_deaths_per_year[0, 80] / 12)
    assert given.death[0, 80] == pytest.approx(deaths, rel=1e-12)
    for table in (c.death_ratio, c.raises):
        neutral = table[:, 0] if table.ndim == 3 and table.shape[1] == 4 else table[:, :, 0]
        assert (neutral == 1.0).all()  # who has it not is not touched by it
    for name in ("death", "birth", "move", "onset", "progress", "complication", "routine"):
        chances = getattr(given, name)
        assert 0 <= chances.min() <= chances.max() < 1, name
    # Everything that can raise an onset together stays below the bound that is asked first.
    most = np.maximum(c.raises, 1.0).max(axis=2).prod(axis=0)
    assert (given.most_raised >= most * (1 - 1e-12)).all()
    deadliest = np.maximum(c.death_ratio, 1.0).reshape(N_CONDITIONS, -1).max(axis=1).prod()
    assert given.most_deadly >= deadliest * (1 - 1e-12)
    assert not c.onset_per_year[:, :, : given.first_onset_age].any()


def test_stage_three_is_the_last(typical: County) -> None:
    given = tables.hazards(typical, typical.illness, np.zeros(N_CONDITIONS))
    assert not given.progress[:, 0].any()
    assert not given.progress[:, 3].any()


def test_each_cause_has_a_fatality_and_a_price(typical: County) -> None:
    course = tables.course(typical, typical.illness)
    assert course.fatality.shape == (N_CAUSES + N_CONDITIONS, 2)
    assert course.price_ratio.shape == (N_CAUSES + N_CONDITIONS,)
    assert (course.fatality[:, 0] <= course.fatality[:, 1]).all()
    assert (course.fatality >= 0).all()
    assert (course.fatality <= 1).all()


def test_growing_incomes_let_money_count_less_each_year(typical: County) -> None:
    growth = 1.0 + typical.value("people.income_growth_per_year")
    references = [tables.tastes(typical, years).income_reference_yuan for years in (0, 1, 3)]
    assert references[0] == typical.value("choice.income_reference_yuan")
    assert references[1:] == pytest.approx([references[0] / growth, references[0] / growth**3])


def test_routine_visits_keep_the_mean_price_of_a_place(typical: County) -> None:
    ratio = typical.conditions.routine_price_ratio
    assert ratio.shape == (N_CONDITIONS,)
    assert ratio.min() < 1.0 < ratio.max()
    assert ratio[0] == ratio.min()  # hypertension is the cheapest to hold
