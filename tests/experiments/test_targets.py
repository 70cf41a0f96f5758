"""Rows of targets: what is checked, how, and what is told of the rest."""

from __future__ import annotations

import dataclasses

import pytest

from abm.county import Target
from abm.excerpt import excerpt
from abm.indicators import indicators_of_year
from abm.model import Model
from agents.foundation.errors import InputError
from calibration.county import County
from calibration.policies import load_policy
from experiments.targets import (
    DRIFT_HIGH,
    DRIFT_LOW,
    NOT_YET,
    drift_names,
    not_yet_produced,
    targets_rows,
)

GROWTH = "insurance.out_of_area_share_growth_points"


def target(name: str, low: float, high: float) -> Target:
    return Target(name, (low + high) / 2, low, high, "unit", "2025", "somewhere", "V", "1.1")


@pytest.fixture(scope="module")
def county() -> County:
    whole = County.load("typical")
    targets = (
        target("use.visits_per_resident", 0.0, 100.0),
        target("use.admissions_per_resident", 5.0, 6.0),
        target(GROWTH, -100.0, 100.0),
        target("no.such_figure", 0.0, 1.0),
    )
    small = excerpt(whole, townships=1, villages_each=2, persons=700)
    return dataclasses.replace(small, targets=targets)


def values(county: County, seed: int, years: int) -> list[dict[str, float]]:
    model = Model(county, load_policy(county.baseline_policy), rng=seed, weight=1, threads=1)
    for _ in range(12 * years):
        model.step()
    told = [indicators_of_year(model, year) for year in range(years)]
    model.close()
    return told


def test_value_is_the_mean_over_seeds_of_the_last_year(county: County) -> None:
    rows = {row["name"]: row for row in targets_rows(county, 2, 1, 2, threads=1)}
    runs = [values(county, seed, 2) for seed in (1, 2)]
    found = [run[1]["use.visits_per_resident"] for run in runs]
    row = rows["use.visits_per_resident"]
    assert row["value"] == pytest.approx(sum(found) / 2)
    assert (row["seeds_low"], row["seeds_high"]) == (min(found), max(found))
    assert (row["low"], row["high"], row["target"]) == (0.0, 100.0, 50.0)
    assert row["ok"] is True
    assert rows["use.admissions_per_resident"]["ok"] is False
    grown = [run[1][GROWTH] for run in runs]
    assert rows[GROWTH]["value"] == pytest.approx(sum(grown) / 2)


def test_growth_is_the_mean_of_all_years_and_others_of_the_last(county: County) -> None:
    rows = {row["name"]: row for row in targets_rows(county, 3, 1, [7], last=2, threads=1)}
    run = values(county, 7, 3)
    visits = [year["use.visits_per_resident"] for year in run]
    assert rows["use.visits_per_resident"]["value"] == pytest.approx(sum(visits[1:]) / 2)
    share = [year["insurance.out_of_area_share_of_cost"] for year in run]
    assert rows[GROWTH]["value"] == pytest.approx(100 * (share[2] - share[0]) / 2)


def test_what_the_model_cannot_produce_is_told_and_not_checked(county: County) -> None:
    rows = targets_rows(county, 1, 1, 1, threads=1)
    silent = [row for row in rows if row.get("status") == NOT_YET]
    assert [row["name"] for row in silent] == [GROWTH, "no.such_figure"]
    assert all("ok" not in row and "value" not in row for row in silent)
    assert not_yet_produced(county, 1) == [GROWTH, "no.such_figure"]
    assert not_yet_produced(county, 2) == ["no.such_figure"]


def test_ten_years_add_drifts(county: County) -> None:
    rows = {row["name"]: row for row in targets_rows(county, 10, 1, [3], threads=1)}
    run = values(county, 3, 10)
    for name in drift_names():
        row = rows[f"{name}_drift_10y"]
        assert (row["low"], row["high"]) == (DRIFT_LOW, DRIFT_HIGH)
        if run[0][name] > 0:
            assert row["value"] == pytest.approx(run[9][name] / run[0][name])
            assert row["ok"] == (DRIFT_LOW <= row["value"] <= DRIFT_HIGH)
        else:
            assert (row["value"], row["ok"]) == (None, False)
    assert "condition.hypertension.prevalence_18_plus_drift_10y" in rows


def test_bad_numbers_are_all_named(county: County) -> None:
    with pytest.raises(InputError) as error:
        targets_rows(county, 0, 0, 0, last=9)
    assert len(error.value.problems) == 4


def test_progress_counts_every_month(county: County) -> None:
    seen: list[tuple[int, int]] = []
    targets_rows(
        county, 1, 1, 2, threads=1, progress=lambda done, whole: seen.append((done, whole))
    )
    assert seen == [(n + 1, 24) for n in range(24)]
