"""The model's own benchmarks run, and say what they mean, at small size."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from abm.excerpt import excerpt
from abm.month import live_and_choose
from benchmarks import month_speed, ordinary_mesa, ordinary_model, start_up
from benchmarks.__main__ import BENCHMARKS, beside_month, processor_name
from benchmarks.counties import (
    as_billed,
    baseline_model,
    resized,
    visits_per_resident_year,
    whole_county,
)
from benchmarks.measure import BenchmarkError, Row, make_row, run_apart
from benchmarks.ordinary_mesa import ordinary_mesa_rows, same_results
from benchmarks.ordinary_model import OrdinaryModel, Resident, ordinary
from benchmarks.scaling import scaling_rows, straight_line
from benchmarks.sweep_overhead import overhead_rows
from calibration.county import County

SMALL = 3_000


@pytest.fixture(scope="module")
def small() -> County:
    return excerpt(whole_county(), townships=2, villages_each=4, persons=SMALL)


@pytest.fixture
def small_benchmarks(monkeypatch: pytest.MonkeyPatch, small: County) -> None:
    for module in (month_speed, ordinary_mesa):
        monkeypatch.setattr(module, "whole_county", lambda: small)
    month_speed.month_at_full_size.cache_clear()


def value(rows: list[Row], part: str) -> float:
    (found,) = (row["value"] for row in rows if part in row["name"])
    return found


def test_every_group_has_a_name_of_its_own() -> None:
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)
    assert {"floor", "starsim", "month", "ordinary", "scaling", "start", "full-run"} <= set(names)


def test_an_ordinary_mesa_model_gives_the_same_results(small: County) -> None:
    # Fewer minutes and beds, so that queues are cut in both models; 13 months hold a survey,
    # a settlement and a new insurance year.
    staff, providers = small.staff.copy(), small.providers.copy()
    staff["minutes_per_month"] *= 0.3
    providers["beds"] = providers["beds"] * 0.5
    poor = dataclasses.replace(small, staff=staff, providers=providers)
    town, model = OrdinaryModel(poor, as_billed()), baseline_model(poor, policy=as_billed())
    for _ in range(13):
        town.step()
        model.step()
    assert sum(int(tally["turned_away"].sum()) for tally in model.tallies) > 100
    assert sum(int(tally["no_bed"].sum()) for tally in model.tallies) > 10
    assert same_results(town.office, model)
    town.residents.agents[7].income_yuan += 1
    assert not same_results(town.office, model)


def test_its_residents_are_ordinary_agents_run_uncompiled(small: County) -> None:
    town = OrdinaryModel(small, as_billed())
    assert len(town.agents_by_type[Resident]) == SMALL
    someone = town.residents.agents[0]
    assert {"age_months", "belief", "village"} <= set(vars(someone))
    assert type(someone.age_months) is int
    assert type(someone.belief) is list
    assert ordinary_model._live_and_choose.__code__ is live_and_choose.py_func.__code__  # type: ignore[attr-defined]
    town.step()
    assert town.steps == 1


def test_tables_keep_their_values_in_ordinary_python() -> None:
    grid = np.arange(6.0).reshape(2, 3)
    table = ordinary(grid)
    assert table[1, 2] == 5.0
    assert type(table[1, 2]) is float
    assert table.shape == (2, 3)
    assert ordinary(np.array([1, 2])) == [1, 2]
    records = ordinary(np.array([(1, [2, 3])], [("a", "i2"), ("b", "i1", (2,))]))
    assert (records[0].a, records[0].b) == (1, [2, 3])
    one = ordinary(np.zeros(1, [("chance", "f8", (2, 2)), ("age", "i8")])[0])
    assert (one.chance[1, 1], one.age) == (0.0, 0)


@pytest.mark.usefixtures("small_benchmarks")
def test_rows_of_month_and_ordinary_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(month_speed, "bytes_per_resident", lambda fewer, more: 100.0 + fewer)
    rows = month_speed.month_speed_rows(SMALL, months=12, memory_persons=(1, 2))
    assert value(rows, "same digest") == 1.0
    assert 5.0 < value(rows, "visits") < 8.0
    assert value(rows, "all that grows") == 101.0
    assert value(rows, "1 thread, best") <= value(rows, "1 thread, median")
    ordinary_rows = ordinary_mesa_rows(persons=1_000, months=1, full_size=SMALL)
    assert value(ordinary_rows, "same results") == 1.0
    assert 1.0 < value(ordinary_rows, "both 1,000") < value(ordinary_rows, "over compiled, 2,9")
    limited = [row["name"] for row in ordinary_rows if row["low"] == ordinary_mesa.LEAST_RATIO]
    assert len(limited) == 1


def test_a_resized_county_keeps_load_and_visits() -> None:
    county = whole_county()
    small, smaller = (resized(county, persons) for persons in (40_000, 20_000))
    assert smaller.population["persons"].sum() == 20_000
    visits = []
    for resized_county in (small, smaller):
        model = baseline_model(resized_county)
        for _ in range(4):
            model.step()
        visits.append(visits_per_resident_year(model))
        model.close()
    assert visits[0] == pytest.approx(visits[1], rel=0.05)


def test_scaling_tells_the_fixed_part_from_the_growing_one() -> None:
    residents = np.array([1e4, 1e5, 1e6])
    fixed, slope = straight_line(residents, 0.004 + 150e-9 * residents)
    assert fixed == pytest.approx(0.004)
    assert slope == pytest.approx(150e-9)
    rows = scaling_rows(sizes=(2_000, 6_000), months=2)
    assert len(rows) == 5
    assert [row["high"] for row in rows if row["high"]] == [1.25]


@pytest.mark.slow
def test_memory_of_a_model_is_measured_in_a_process_of_its_own() -> None:
    held = run_apart("benchmarks.month_speed", "--persons=5000")
    assert held["residents"] == pytest.approx(5_000, rel=0.05)
    assert held["bytes"] > 50e6


@pytest.mark.slow
def test_commands_are_measured_and_failures_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_up, "SHORT_COMMANDS", (("list", "counties"),))
    monkeypatch.setattr(start_up, "first_run_rows", list)
    rows = start_up.start_up_rows(rounds=1)
    assert [row["high"] for row in rows] == [start_up.MOST_START_SECONDS] * 2
    monkeypatch.setattr(start_up, "FULL_RUN", ("run", "no-such-county"))
    with pytest.raises(BenchmarkError, match="no-such-county: exit code 2"):
        start_up.full_run_rows()


@pytest.mark.usefixtures("small_benchmarks")
def test_peers_are_set_beside_our_month() -> None:
    month_ns = month_speed.month_at_full_size().median_ns
    peers = [make_row("peer", 2.0 * month_ns, "ns/person-step"), make_row("peer", 1.0, "bytes")]
    assert [row["value"] for row in beside_month(peers)] == pytest.approx([2 * month_ns, 1.0, 2.0])
    assert processor_name()


@pytest.mark.slow
def test_rows_of_a_sweep_s_cost() -> None:
    rows = overhead_rows(runs=40, long_runs=2, many=60, rounds=1)
    assert [row["unit"] for row in rows] == ["s/run"] + ["ms/run"] * 2 + ["share"] * 2 + ["MiB"] * 2
    assert [row["high"] for row in rows if row["high"] is not None] == [10.0, 4.0]
    assert [row["low"] for row in rows if row["low"] is not None] == [0.9, 0.9]
    assert 0 < value(rows, "spent in runs") < 1.01
    assert value(rows, "efficiency") > 0
    assert value(rows, "run of 150 people") > 0
    assert value(rows, "sweep, 20 runs") > 0
