"""Levers come from the policy's schema; scenarios and links lose nothing."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment import schemes
from agents.foundation.errors import InputError
from calibration.policies import load_policy, parse_policy, policy_names, to_toml
from experiments.page.lever import Lever
from experiments.page.levers import (
    GROUPS,
    SCHEME,
    _has_part,
    levers,
    levers_in,
    levers_of,
    value_in,
    with_value,
)
from experiments.page.scenario import (
    Choice,
    Scenario,
    first_choice,
    from_link,
    scheme_of,
    to_link,
)


def table_with(lever: Lever) -> dict[str, Any]:
    """A policy that has a lever."""
    table: dict[str, Any] = load_policy("bundle").resolved()
    # One surplus cannot be given away twice.
    for part in (table["payment"], table.get("surplus", {})):
        part |= {key: 0.0 for key in part if key.removeprefix("surplus_").startswith("to_")}
    if lever.scheme not in ("", "bundle"):
        table["payment"] = {"scheme": lever.scheme}
    part, *inside = lever.path.split(".")
    inside = inside or [""]
    if inside[0] == "band":
        # The bands below it, and itself unless it is its mark that is moved.
        share = "kept" if part == "surplus" else "borne"
        count = int(inside[1]) - (inside[2] == "above")
        table[part]["band"] = [{"above": 0.01 * (n + 1), share: 0.5} for n in range(count)]
    if inside[-1] == "mark":
        cut = next(one for one in levers() if one.path == lever.path.replace(".mark", ".cut"))
        table = with_value(table, cut, 0.01)
    if lever.path == "pay.scale":
        table["pay"] |= {"bonus_on": "balance", "scale_yuan": {"chief": 200_000.0}}
    if part == "rehab":
        table["rehab"] = {}
    return table


def ends(lever: Lever) -> list[Any]:
    if lever.kind == "choice":
        return list(lever.choices)
    if lever.kind == "switch":
        return [True, False]
    values = [lever.low, lever.high]
    return [int(v) for v in values] if lever.kind == "whole" else values


def cases() -> list[Any]:
    return [pytest.param(lever, id=lever.key) for lever in levers()]


@pytest.mark.parametrize("lever", cases())
def test_the_ends_of_every_lever_are_allowed(lever: Lever) -> None:
    for value in ends(lever):
        moved = with_value(table_with(lever), lever, value)
        policy = parse_policy(moved)
        assert value_in(policy.resolved(), lever) == value


@pytest.mark.parametrize("lever", [p for p in cases() if p.values[0].kind in ("number", "whole")])
def test_a_lever_has_some_hundred_steps_and_reads_what_it_shows(lever: Lever) -> None:
    assert lever.low < lever.high
    assert 1 <= (lever.high - lever.low) / lever.step <= 101
    assert lever.read(lever.high * lever.factor) == pytest.approx(lever.high)


def moved(table: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    lever = next(lever for lever in levers() if lever.path == path)
    assert path in {one.path for one in levers_in(table)}
    return with_value(table, lever, value)


def test_bands_are_built_and_taken_down_mark_by_mark() -> None:
    table: dict[str, Any] = load_policy("bundle").resolved()
    table["overspend"] = {"borne": 0.5}
    shown = {lever.path for lever in levers_in(table)}
    assert "overspend.band.1.above" in shown
    assert not {"overspend.band.1.borne", "overspend.band.2.above"} & shown
    table = moved(table, "overspend.band.1.above", 0.05)
    table = moved(table, "overspend.band.1.borne", 0.8)
    table = moved(table, "overspend.band.2.above", 0.1)
    bands = parse_policy(table).overspend.band
    assert [(band.above, band.borne) for band in bands] == [(0.05, 0.8), (0.1, 0.0)]
    with pytest.raises(InputError, match="each mark above the one before"):
        parse_policy(moved(table, "overspend.band.2.above", 0.04))
    table = moved(moved(table, "overspend.band.2.above", 0.0), "overspend.band.1.above", 0.0)
    assert parse_policy(table).overspend.band == ()


def test_a_target_is_set_by_its_cut_and_then_has_a_mark() -> None:
    table: dict[str, Any] = load_policy("bundle").resolved()
    table["target"] = []
    assert "target.visits_outside.mark" not in {lever.path for lever in levers_in(table)}
    table = moved(table, "target.visits_outside.cut", 0.02)
    table = moved(table, "target.visits_outside.mark", -0.1)
    (target,) = parse_policy(table).target
    assert (target.indicator, target.at_most, target.of) == ("visits_outside", -0.1, "change")
    assert target.cut == 0.02
    assert parse_policy(moved(table, "target.visits_outside.cut", 0.0)).target == ()


def test_causes_of_an_overspend_come_together() -> None:
    table: dict[str, Any] = load_policy("bundle").resolved()
    table["overspend"] = {"borne": 0.3}
    overspend = parse_policy(moved(table, "overspend.uncontrollable_borne", 0.1)).overspend
    assert overspend.by_cause
    assert (overspend.uncontrollable_borne, overspend.mismanagement_borne) == (0.1, 0.3)


def test_service_lines_are_switched_one_by_one() -> None:
    table: dict[str, Any] = {
        **load_policy("bundle").resolved(),
        "payment": {"scheme": "composition"},
    }
    table = moved(moved(table, "payment.lines.heads", False), "payment.lines.bundle", True)
    table = moved(table, "payment.lines.admissions", "cases")
    payment = parse_policy(table).resolved()["payment"]
    assert payment["lines"] == ["cases", "long_stays", "bundle"]


def test_a_row_of_nought_of_a_scale_is_no_row() -> None:
    table: dict[str, Any] = load_policy("sanming").resolved()
    table = moved(table, "pay.scale_yuan.chief", 0)
    assert "chief" not in table["pay"]["scale_yuan"]
    assert moved(table, "pay.scale_yuan.chief", 260_000)["pay"]["scale_yuan"]["chief"] == 260_000


def test_what_is_no_value_is_refused() -> None:
    for lever in levers():
        with pytest.raises((ValueError, TypeError)):
            lever.read([] if lever.kind == "number" else "no such thing")


def test_every_scheme_and_group_has_levers() -> None:
    for name in schemes():
        found = levers_of(name)
        paths = [lever.path for lever in found]
        assert len(paths) == len(set(paths))
        single = {
            key
            for key, field in schemes()[name].model_json_schema()["properties"].items()
            if {"type", "enum"} & set(field) and field.get("type") not in ("array", "object")
        }
        # Of two keys that hold each other only what can be moved alone is a lever.
        assert {f"payment.{key}" for key in single} <= set(paths)
        assert {lever.group for lever in found} >= set(GROUPS) - {"surplus"}


@pytest.mark.parametrize("preset", policy_names())
def test_a_preset_shows_the_levers_of_the_parts_that_it_has(preset: str) -> None:
    table = Scenario(preset).table()
    found = levers_in(table)
    assert {lever.group for lever in found} >= {"payment", "pay", "benefits", "base", "start"}
    assert set(found) <= set(levers_of(scheme_of(table)))
    for lever in found:
        value_in(table, lever)
    without = {**table, "payment": {"scheme": "bundle"}}
    inner = dataclasses.replace(found[0], path="payment.part.key")
    assert not _has_part(without, inner.path)
    assert _has_part({**without, "payment": {"scheme": "bundle", "part": {}}}, inner.path)


def test_another_scheme_takes_its_own_keys_only() -> None:
    scenario = Scenario("bundle")
    growth = next(lever for lever in levers_of("bundle") if lever.path == "payment.growth")
    scheme = next(lever for lever in levers() if lever.path == SCHEME)
    moved = scenario.moved(growth, 0.01).moved(scheme, "fee_for_service")
    assert moved.changes == ((SCHEME, "fee_for_service"),)
    assert scheme_of(moved.policy("A").resolved()) == "fee_for_service"
    assert moved.moved(scheme, "bundle").changes == ()


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    made = []
    for _ in range(draw(st.integers(1, 4))):
        scenario = Scenario(draw(st.sampled_from(policy_names())))
        for _ in range(draw(st.integers(0, 4))):
            lever = draw(st.sampled_from(levers_of(scheme_of(scenario.table()))))
            moved = scenario.moved(lever, draw(st.sampled_from(ends(lever))))
            try:
                moved.policy("A")
            except InputError:
                continue  # two levers that exclude each other: the page refuses the second
            scenario = moved
        made.append(scenario)
    active = draw(st.integers(0, len(made) - 1))
    return Choice(draw(st.sampled_from(["typical", "pingyang"])), 3, tuple(made), active)


@settings(max_examples=40)
@given(choices())
def test_a_link_restores_every_choice(choice: Choice) -> None:
    again, more, faults = from_link(to_link(choice, {"lang": "zh"}))
    assert (again, more, faults) == (choice, {"lang": "zh"}, [])


@settings(max_examples=25)
@given(choices())
def test_a_scenario_file_is_the_scenario(choice: Choice) -> None:
    import tomllib

    policy = choice.now.policy("B")
    assert parse_policy(tomllib.loads(to_toml(policy))).resolved() == policy.resolved()


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=20))
def test_no_link_breaks_the_page(text: str, years: str) -> None:
    query = urlencode([("s", text), ("s", f"bundle {text}"), ("years", years), ("county", text)])
    choice, _, _ = from_link(query)
    for scenario in choice.scenarios:
        scenario.policy("A")
    from_link(text)


def test_a_link_says_what_it_could_not_use() -> None:
    query = urlencode(
        [("county", "atlantis"), ("years", "99"), ("s", 'bundle {"payment.growth": 7}')]
    )
    choice, _, faults = from_link(query)
    assert choice == first_choice("typical")
    assert len(faults) == 3
    assert all("allowed" in fault for fault in faults)
