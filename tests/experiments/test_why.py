"""Sharing an effect out by channel: the arithmetic, the runs behind it, and the command."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.county import County
from abm.policy import Policy
from abm.replay import CHANNELS
from agents.foundation.errors import InputError
from experiments import cli, why_runs
from experiments.comparison import compare
from experiments.sweep_task import CountySource, keep_county
from experiments.why import as_json, why
from experiments.why_runs import (
    QUICK,
    SHAPLEY,
    WHOLE,
    Own,
    WhyAsk,
    idle_channels,
    live_apart,
    runs_of,
    sets_of,
)
from experiments.why_shares import PARTS, REST, TOTAL, leave_one_out, shapley, taken_apart

PolicyMaker = Callable[..., Policy]
NAMES = ("insurance.admissions_per_insured", "fund.cumulative_balance_million_yuan")
FAST = ("--years", "1", "--weight", "200", "--replicates", "2")


# -- the arithmetic --------------------------------------------------------------------


def game(worth: Callable[[Own], float]) -> dict[Own, np.ndarray]:
    """A worth of each set of channels, with two seeds of which the second has twice of all."""
    return {own: np.array([worth(own), 2.0 * worth(own)]) for own in sets_of(SHAPLEY)}


def test_channels_that_add_up_have_what_each_adds() -> None:
    adds = dict(zip(CHANNELS, (3.0, -1.0, 0.0, 10.0, 0.5), strict=True))
    worth = game(lambda own: 100.0 + sum(adds[name] for name in own))
    reference = np.array([90.0, 180.0])
    for method in (shapley, leave_one_out):
        parts = method(reference, worth)
        assert tuple(parts) == PARTS
        for name, value in adds.items():
            assert parts[name] == pytest.approx([value, 2 * value])
        assert parts[REST] == pytest.approx([10.0, 20.0])
        assert parts[TOTAL] == pytest.approx([22.5, 45.0])


def test_what_channels_do_only_together_is_shared_evenly() -> None:
    # Nothing happens unless budget and pay both change: each has a half of it.
    worth = game(lambda own: 6.0 if {"budget", "pay"} <= own else 0.0)
    shares = shapley(np.zeros(2), worth)
    assert shares["budget"] == pytest.approx([3.0, 6.0])
    assert shares["pay"] == pytest.approx([3.0, 6.0])
    assert shares["price"] == pytest.approx([0.0, 0.0])
    # Leaving one out counts it twice, which the remainder shows.
    parts = leave_one_out(np.zeros(2), worth)
    assert parts["budget"] == pytest.approx([6.0, 12.0])
    assert parts[REST] == pytest.approx([-6.0, -12.0])


@pytest.mark.parametrize("method", [shapley, leave_one_out])
def test_parts_add_up_to_the_effect_of_each_seed(method: Any) -> None:
    rng = np.random.default_rng(7)
    worth = {own: rng.normal(size=5) for own in sets_of(SHAPLEY)}
    reference = rng.normal(size=5)
    parts = method(reference, worth)
    total = parts.pop(TOTAL)
    assert np.array_equal(total, worth[WHOLE] - reference)
    assert sum(parts.values()) == pytest.approx(total, abs=1e-14)


def test_an_idle_channel_saves_runs_and_has_no_part() -> None:
    assert [len(runs_of(method)) for method in (QUICK, SHAPLEY)] == [6, 32]
    idle = frozenset({"price"})
    assert [len(runs_of(method, idle)) for method in (QUICK, SHAPLEY)] == [5, 16]
    own = runs_of(SHAPLEY, idle)
    figures = np.random.default_rng(1).normal(size=(3, 17, 2, 2))
    table = taken_apart(list(figures), own, NAMES, 1, SHAPLEY)
    price = table[table["part"] == "price"]
    assert (price[["value", "low", "high"]] == 0.0).all(axis=None)
    assert not price["sure"].any()
    whole = table.pivot(index="name", columns="part", values="value")
    shared = whole.drop(columns=TOTAL).sum(axis=1)
    assert shared.to_numpy() == pytest.approx(whole[TOTAL].to_numpy())


def test_prices_are_idle_only_where_no_rule_moves_them(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    base, bundle = policy_of(), policy_of("bundle", pay={"bonus_on": "balance"})
    assert idle_channels(tiny_county, base, base, bundle) == {"price"}
    cover = {"change": [{"kind": "in_county", "column": "inpatient_ratio", "add": 0.1}]}
    markup = {"drug_markup": 0.15}
    for moved in (
        policy_of(benefits=cover),
        policy_of(prices=markup),
        policy_of(change=[{"month": 5, "benefits": cover}]),
        policy_of(change=[{"month": 5, "prices": markup}]),
    ):
        assert idle_channels(tiny_county, base, base, moved) == frozenset()
    assert idle_channels(tiny_county, policy_of(prices=markup), bundle, bundle) == frozenset()


# -- the runs --------------------------------------------------------------------------


def ask_of(county: County, policy: Policy, own: tuple[Own, ...], months: int = 24) -> WhyAsk:
    source = CountySource("here", county.digest)
    keep_county(source, (), county)
    base = as_json(Policy.model_validate(policy.model_dump() | {"payment": {"scheme": "dip"}}))
    return WhyAsk(source, as_json(policy), base, base, months, 1, 1, 1, own, NAMES)


def test_an_idle_channel_changes_no_bit(tiny_county: County, policy_of: PolicyMaker) -> None:
    policy = policy_of("bundle", 3)
    for others in ((), ("belief", "pay"), ("capability", "budget")):
        pair = frozenset(others), frozenset({"price", *others})
        figures = live_apart(ask_of(tiny_county, policy, pair))
        assert np.array_equal(figures[1], figures[2])
        assert not np.array_equal(figures[0], figures[1])


def test_followers_in_batches_are_the_same_runs(
    tiny_county: County, policy_of: PolicyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ask_of(tiny_county, policy_of("bundle", 3), sets_of(QUICK)[:4], 12)
    told: list[int] = []
    at_once = live_apart(ask, told.append)
    assert told[-1] == ask.runs_months == 12 * 5
    monkeypatch.setattr(why_runs, "MOST_FOLLOWERS", 3)
    told.clear()
    assert np.array_equal(live_apart(ask, told.append), at_once)
    assert told == list(range(1, ask.runs_months + 1))
    assert ask.runs_months == 12 * 6


def test_all_of_it_is_what_compare_finds(tiny_county: County) -> None:
    rules: dict[str, Any] = {"years": 1, "replicates": 2, "weight": 1, "threads": 1}
    found = why(tiny_county, "bundle", quick=True, names=NAMES, **rules)
    compared = compare(tiny_county, ["bundle"], all_replicates=True, **rules).differences
    for name in NAMES:
        whole = (found.table["name"] == name) & (found.table["part"] == TOTAL)
        here = (compared["indicator"] == name) & (compared["period"] == found.period)
        (ours,) = found.table[whole].to_dict("records")
        (theirs,) = compared[here].to_dict("records")
        for key in ("reference", "value", "low", "high", "sure"):
            assert ours[key] == pytest.approx(theirs[key]), key
    assert found.seeds == [1, 2]
    assert set(found.table["part"]) == set(PARTS)


def test_stopped_midway_shows_what_was_finished(tiny_county: County) -> None:
    def stop_in(replicate: int) -> Callable[[str, int, int], None]:
        def progress(doing: str, done: int, most: int) -> None:
            assert 0 < done <= most
            if doing == f"replicate {replicate}":
                raise KeyboardInterrupt

        return progress

    rules: dict[str, Any] = {"years": 1, "replicates": 4, "quick": True, "weight": 1}
    found = why(tiny_county, "bundle", names=NAMES, progress=stop_in(3), **rules)
    assert found.interrupted
    assert found.seeds == [1, 2]
    assert (found.table["replicates"] == 2).all()
    with pytest.raises(KeyboardInterrupt):
        why(tiny_county, "bundle", names=NAMES, progress=stop_in(2), **rules)


@pytest.mark.slow
def test_processes_change_no_bit(tiny_county: County) -> None:
    told: list[int] = []
    rules: dict[str, Any] = {"years": 1, "replicates": 3, "quick": True, "weight": 1}
    one, two = (
        why(
            tiny_county,
            "bundle",
            names=NAMES,
            workers=workers,
            progress=lambda _, done, most: told.append(most - done),
            **rules,
        ).table
        for workers in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert told[-1] == 0


def test_numbers_that_cannot_be_used_are_all_told(tiny_county: County) -> None:
    with pytest.raises(InputError) as told:
        why(tiny_county, "bundle", years=0, replicates=1, workers=0, names=("use.visitz",))
    assert [line.split(":")[0] for line in told.value.problems] == [
        "years 0",
        "replicates 1",
        "workers 0",
        "indicator use.visitz",
    ]


# -- the command -----------------------------------------------------------------------


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["yigongti", "why", *map(str, words)])
    code = cli.run_command_line()
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return code, told.out, told.err


def test_the_command_prints_what_python_finds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    words = ("typical", "--policy", "bundle", "--quick", *FAST, "--indicator", NAMES[0])
    code, out, _ = call(monkeypatch, capsys, *words, "--out", kept, "--json")
    assert code == 0
    rows = json.loads(out)
    assert [row["part"] for row in rows] == list(PARTS)
    table = pd.read_csv(kept / "why.csv")
    assert table["value"].to_numpy() == pytest.approx([row["value"] for row in rows])
    assert rows[0]["value"] == pytest.approx(sum(row["value"] for row in rows[1:]))
    assert 'method = "leave_one_out"' in (kept / "scenario.toml").read_text()
    code, out, _ = call(monkeypatch, capsys, *words, "--lang", "zh")
    assert code == 0
    assert "余数" in out
    assert "逐一回放" in out
    assert "remainder" not in out


@pytest.mark.parametrize(
    ("words", "why_not"),
    [
        (("--policy", "bundel"), "do you mean bundle?"),
        (("--policy", "a", "--policy", "b", "--policy", "c"), "3 policies; allowed: one, or a"),
        (("--policy", "bundle", "--indicator", "use"), "indicator use: unknown; allowed"),
    ],
)
def test_wrong_input_is_one_message(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    why_not: str,
) -> None:
    code, out, err = call(monkeypatch, capsys, "typical", *words)
    assert code == 2
    assert why_not in err
    assert out == ""
