"""Runs and comparisons from Python."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.foundation.errors import InputError
from calibration.policies import load_policy, parse_policy
from experiments import County, Result, compare, run
from experiments.comparison import Comparison
from experiments.headline import HEADLINES, SHOWN, is_stock
from experiments.paired import difference
from experiments.runs import make_model, months_of, usual_weight

BALANCE = "fund.cumulative_balance_million_yuan"


@pytest.fixture(scope="module")
def county(tiny_county: County) -> County:
    return tiny_county


@pytest.fixture(scope="module")
def result(county: County) -> Result:
    return run(county, "bundle", years=2, weight=1)


def test_the_baseline_year_comes_first(result: Result, county: County) -> None:
    start = county.start_year
    assert [str(year) for year in result.indicators.columns] == [str(start + y) for y in range(3)]
    assert result.first_policy_year == start + 1
    assert len(result.monthly) == 36
    prepaid = result.journal[result.journal["purpose"] == "fund prepays bundle"]
    assert prepaid["month"].min() == 12
    paid = result.journal[result.journal["purpose"] == "fund pays services"]
    assert (paid["month"] < 12).any()


@pytest.mark.parametrize(("starts", "told"), [(0, "2025"), (12, "2026"), (18, "2026-07")])
def test_a_start_is_told_by_year_and_month(result: Result, starts: int, told: str) -> None:
    county = dataclasses.replace(result.county, start_year=2025)
    policy = result.policy.model_copy(update={"starts_month": starts})
    assert dataclasses.replace(result, county=county, policy=policy).start == told


def test_three_lines_lead_to_a_plot(result: Result) -> None:
    line = result.indicators.T[BALANCE]
    assert line.index.name is None or line.index.dtype.kind == "i"
    assert line.plot() is not None


def test_the_headlines_exist_and_are_finite(result: Result) -> None:
    for name in (*(headline.name for headline in HEADLINES), *SHOWN):
        assert name in result.indicators.index
    for headline in HEADLINES:
        assert np.isfinite(result.indicators.loc[headline.name]).all()
    assert is_stock(BALANCE)


def test_same_inputs_same_digest_on_any_number_of_threads(county: County, result: Result) -> None:
    again = run(county, "bundle", years=2, weight=1, threads=1)
    assert again.digest == result.digest
    pd.testing.assert_frame_equal(again.indicators, result.indicators)
    assert run(county, "bundle", years=1, weight=1, rng=2).digest != result.digest


def test_a_saved_result_reads_back(result: Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "结果 one")
    table = pd.read_parquet(folder / "indicators.parquet")
    np.testing.assert_array_equal(table.to_numpy(), result.indicators.to_numpy())
    journal = pd.read_parquet(folder / "journal.parquet")
    assert journal["amount_fen"].sum() == result.journal["amount_fen"].sum()
    scenario = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    assert parse_policy(scenario["policy"]) == result.policy
    assert parse_policy(scenario["baseline"]) == result.baseline
    assert scenario["county_label"] == result.county.label
    assert result.digest in (folder / "versions.json").read_text(encoding="utf-8")


def test_progress_is_told_every_month(county: County) -> None:
    told: list[tuple[int, int]] = []
    run(county, "fee_for_service", years=1, weight=1, progress=lambda m, n: told.append((m, n)))
    assert told == [(m, 24) for m in range(1, 25)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"years": 0}, "years 0"),
        ({"years": -3}, "years -3"),
        ({"years": 10**6}, "years 1000000"),
        ({"rng": -1}, "seed -1"),
        ({"threads": 0}, "threads 0"),
        ({"weight": 0}, "weight 0"),
        ({"weight": 10**6}, "allowed for this county"),
    ],
)
def test_impossible_numbers_are_refused(
    county: County, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(county, "bundle", **{"weight": 1, **wrong})


def test_the_usual_weight_is_one_that_the_county_takes() -> None:
    for name in ("typical", "pingyang"):
        whole = County.load(name)
        weight = usual_weight(whole)
        assert 1 < weight <= 20
        make_model(whole, "bundle", weight=weight).close()


@pytest.fixture(scope="module")
def found(county: County) -> Comparison:
    return compare(
        county, ["fee_for_service", "pingyang"], years=2, replicates=3, precision=1e-6, weight=1
    )


def test_differences_are_paired_by_seed(found: Comparison) -> None:
    assert found.seeds == [1, 2, 3]
    assert not found.met
    assert not found.interrupted
    years = found.paths["year"] >= found.first_policy_year
    means = found.paths[years].groupby(["policy", "seed"])["use.visits_per_resident"].mean()
    expected = difference(means["fee_for_service"].to_numpy(), means["pingyang"].to_numpy())
    table = found.differences
    chosen = (table["indicator"] == "use.visits_per_resident") & (table["period"] == found.period)
    (row,) = table[chosen].to_dict("records")
    assert (row["value"], row["low"], row["high"]) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert row["sure"] == expected.sure


def test_before_the_policy_starts_nothing_differs(found: Comparison) -> None:
    first = found.paths[found.paths["year"] < found.first_policy_year]
    for _, pair in first.groupby("seed"):
        values = pair.drop(columns=["policy", "seed", "year"]).to_numpy(float)
        np.testing.assert_array_equal(values[0], values[1])


def test_a_balance_is_compared_at_the_end_of_the_period(found: Comparison) -> None:
    table = found.differences.set_index(["indicator", "period"])["value"]
    last = str(found.first_policy_year + found.years - 1)
    assert table[BALANCE, found.period] == table[BALANCE, last]


def test_common_random_numbers_save_replicates(found: Comparison) -> None:
    whole = found.differences[found.differences["period"] == found.period]
    saved = whole.set_index("indicator")["saved"]
    assert saved["people.deaths_per_1000"] > 2
    assert saved["use.visits_per_resident"] > 2


def test_replicates_stop_when_intervals_are_narrow_enough(county: County) -> None:
    found = compare(county, ["bundle"], years=1, replicates=6, precision=1.0, weight=1)
    assert found.met
    assert found.seeds == [1, 2, 3]
    assert [policy.name for policy in found.policies] == ["dip", "bundle"]


def test_a_stopped_comparison_keeps_what_is_finished(county: County, tmp_path: Path) -> None:
    def stop(doing: str, _done: int, _most: int) -> None:
        if doing == "replicate 3, bundle":
            raise KeyboardInterrupt

    found = compare(
        county, ["bundle"], years=1, replicates=6, precision=1e-6, weight=1, progress=stop
    )
    assert found.interrupted
    assert found.seeds == [1, 2]
    folder = found.save(tmp_path / "stopped")
    assert tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))["interrupted"]


def test_a_comparison_stopped_early_gives_nothing(county: County) -> None:
    def stop(doing: str, _done: int, _most: int) -> None:
        if doing.startswith("replicate 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(county, ["bundle"], years=1, weight=1, progress=stop)


def test_a_saved_comparison_has_tables_and_a_picture(found: Comparison, tmp_path: Path) -> None:
    folder = found.save(tmp_path / "c")
    table = pd.read_csv(folder / "differences.csv")
    assert len(table) == len(found.differences)
    assert {"value", "low", "high", "sure", "saved", "needed"} <= set(table.columns)
    assert len(pd.read_parquet(folder / "paths.parquet")) == 3 * 2 * 3
    picture = (folder / "comparison.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


@pytest.mark.parametrize(
    ("policies", "options", "message"),
    [
        (["bundle", "bundle"], {}, "nothing to compare"),
        (["dip"], {}, "nothing to compare"),
        ([], {}, "nothing to compare"),
        (["nope", "neither"], {}, "nope.*\n.*neither"),
        (["bundle"], {"replicates": 1, "precision": 0, "years": -1}, "(?s)years.*repl.*precision"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    county: County, policies: list[str], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        compare(county, policies, weight=1, **options)


def test_a_run_lasts_its_starting_years_and_those_of_the_policy() -> None:
    later = load_policy("bundle").model_copy(update={"starts_month": 24})
    assert months_of(later, 3) == 60
    assert months_of(load_policy("bundle"), 3) == 48


def test_workers_and_a_store_change_no_comparison(county: County, tmp_path: Path) -> None:
    store = tmp_path / "kept.sweep"
    how: dict[str, Any] = {"years": 1, "precision": 0.2, "replicates": 8, "weight": 1}
    alone = compare(county, ["bundle"], **how)
    assert alone.met
    side_by_side = compare(county, ["bundle"], **how, workers=3, store=store)
    pd.testing.assert_frame_equal(alone.paths, side_by_side.paths, check_exact=True)
    pd.testing.assert_frame_equal(alone.differences, side_by_side.differences, check_exact=True)
    # What is in the store is not run again: no month is lived.
    told: list[str] = []
    again = compare(
        county, ["bundle"], **how, store=store, progress=lambda doing, *_: told.append(doing)
    )
    assert told == []
    pd.testing.assert_frame_equal(alone.paths, again.paths, check_exact=True)
    with pytest.raises(InputError, match="workers 0"):
        compare(county, ["bundle"], weight=1, workers=0)
