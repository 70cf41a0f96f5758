"""``yigongti schemes`` as a user meets it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments.cli_schemes
import experiments.schemes
import experiments.sweep_task
from abm.indicators import INDICATORS
from abm.model import Model
from calibration.county import County
from calibration.directions import Direction, load_directions
from calibration.policies import policy_names
from experiments.comparison import over_the_years
from experiments.headline import BALANCE
from experiments.paired import difference
from experiments.schemes import GROUPS, SHOWN, against_evidence, every_policy, verdict
from tests.experiments.conftest import Command, Outcome
from tests.experiments.side_by_side import found_of

POLICIES = ("--policy", "fee_for_service", "--policy", "dip")
FAST = ("--years", "1", "--replicates", "2", "--weight", "100", "--threads", "2")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that the tests share, so that each run is made once."""
    return tmp_path_factory.mktemp("schemes") / "runs.sweep"


def run(command: Command, kept: Path, *words: object) -> Outcome:
    return command("schemes", "typical", *POLICIES, *FAST, "--store", kept, *words)


def test_every_indicator_of_a_group_exists_and_stands_once() -> None:
    assert len(SHOWN) == len(set(SHOWN))
    assert set(SHOWN) <= set(INDICATORS)
    assert all(group.title_zh for group in GROUPS)


def test_every_policy_is_there_the_baseline_first() -> None:
    names = [policy.name for policy in every_policy("dip")]
    assert names[0] == "dip"
    assert sorted(names) == policy_names()


def test_rows_hold_levels_and_paired_differences(command: Command, kept: Path) -> None:
    found = run(command, kept, "--json")
    assert found.code == 0
    rows = {(row["policy"], row["name"]): row for row in found.rows}
    assert len(rows) == 2 * len(SHOWN)
    compared = command(
        "compare", "typical", *POLICIES, *FAST, "--store", kept, "--precision", "0.0001", "--json"
    ).rows
    whole = {row["name"]: row for row in compared if "-" in row["years"]}
    for name in SHOWN:
        ours, reference = rows["dip", name], rows["fee_for_service", name]
        if whole[name]["value"] is None:
            assert ours["difference"] is None
            continue
        assert reference["value"] == pytest.approx(whole[name]["reference"])
        assert ours["difference"] == pytest.approx(whole[name]["value"])
        assert ours["difference_low"] == pytest.approx(whole[name]["low"])
        assert ours["value"] - reference["value"] == pytest.approx(ours["difference"])
        assert reference["difference"] == 0
        assert ours["low"] <= ours["value"] <= ours["high"]
        assert ours["replicates"] == 2


def test_what_the_store_has_is_not_run_again(
    command: Command, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(command, kept, "--json").rows
    lived: list[int] = []

    def live(*given: Any, **named: Any) -> Model:
        lived.append(named["rng"])
        return Model(*given, **named)

    monkeypatch.setattr(experiments.sweep_task, "Model", live)
    assert run(command, kept, "--json").rows == first
    assert not lived
    command("schemes", "typical", *POLICIES, *FAST, "--store", kept, "--replicates", "3", "--json")
    assert lived == [3, 3]


def test_runs_go_into_a_file_of_their_own_and_a_stopped_run_says_how_to_go_on(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived: list[int] = []

    def live(*given: Any, **named: Any) -> Model:
        lived.append(named["rng"])
        if len(lived) == 2:
            raise KeyboardInterrupt
        return Model(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(experiments.sweep_task, "Model", live)
        stopped = command("schemes", "typical", *POLICIES, *FAST)
    assert stopped.code == 130
    assert "schemes_typical.sweep; the same command goes on" in stopped.err
    assert (tmp_path / "schemes_typical.sweep").is_file()
    monkeypatch.setattr(experiments.sweep_task, "Model", live)
    assert command("schemes", "typical", *POLICIES, *FAST).code == 0
    assert lived == [1, 1, 1, 2, 2]  # seed 1 under the first policy was kept


def test_tables_for_readers_in_two_languages(command: Command, kept: Path) -> None:
    english = run(command, kept).out
    for group in GROUPS:
        assert group.title in english
    assert "±" in english
    assert "2 seeds; one agent stands for 100 people" in english
    chinese = run(command, kept, "--lang", "zh").out
    for group in GROUPS:
        assert group.title_zh in chinese
    assert "2个种子" in chinese


def test_policies_of_which_no_study_tells_are_said_to_be_so(command: Command, kept: Path) -> None:
    words = ("schemes", "typical", "--policy", "dip", "--policy", "joint_purchasing", *FAST)
    found = command(*words, "--store", kept, "--evidence")
    assert found.code == 0
    assert "no direction that studies report is between these policies" in found.out
    assert "0 agrees" not in found.out


@pytest.mark.parametrize(("lang", "told"), [("en", "nothing to count"), ("zh", "无可计算")])
def test_a_figure_that_is_missing_is_told_in_words(
    lang: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = found_of({"fee_for_service": [1.0, 2.0], "hospital_cap": [float("nan"), 2.0]})
    experiments.cli_schemes._print(found, lang)
    out = capsys.readouterr().out
    (line,) = (line for line in out.splitlines() if told in line)
    assert "hospital_cap" in line
    assert "nan" not in out


def test_a_folder_keeps_tables_and_pictures(command: Command, kept: Path, tmp_path: Path) -> None:
    assert run(command, kept, "--out", tmp_path / "out").code == 0
    table = pd.read_csv(tmp_path / "out" / "schemes.csv")
    assert set(table["policy"]) == {"fee_for_service", "dip"}
    assert set(table["indicator"]) == set(SHOWN)
    evidence = pd.read_csv(tmp_path / "out" / "evidence.csv")
    assert set(evidence["reference"]) == {"fee_for_service"}
    for name in ("schemes.png", "comparison.png"):
        assert (tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out" / "scenario.toml").is_file()


def test_a_stock_counts_at_the_end_and_all_else_in_the_mean() -> None:
    rows = [
        {"policy": "a", "seed": seed, "year": year, BALANCE: year, "intensity.all": year - seed}
        for year in (2025, 2027, 2026)
        for seed in (2, 1)
    ]
    paths = pd.DataFrame(rows)
    assert over_the_years(paths, "a", BALANCE, 2026).tolist() == [2027, 2027]
    assert over_the_years(paths, "a", "intensity.all", 2026).tolist() == [2025.5, 2024.5]


# -- evidence ---------------------------------------------------------------------------------


def compared(**values: dict[str, list[float]]) -> Any:
    """A comparison of which each policy's figures are given, a list over seeds, for one year."""
    parts = [
        pd.DataFrame(figures).assign(policy=policy, seed=range(len(next(iter(figures.values())))))
        for policy, figures in values.items()
    ]
    paths = pd.concat(parts).assign(year=2026)
    policies = [SimpleNamespace(name=name) for name in values]
    return SimpleNamespace(paths=paths, policies=policies, first_policy_year=2026)


def reported(sign: str, indicator: str = "intensity.all") -> Direction:
    return load_directions()[0].model_copy(update={"sign": sign, "indicator": indicator})


def test_a_sign_agrees_is_missed_or_cannot_be_told() -> None:
    found = compared(
        fee_for_service={"intensity.all": [1.1, 1.2, 1.15]},
        bundle={"intensity.all": [1.0, 1.11, 1.04]},
    )
    for sign, told, ok in (("-", "agrees", True), ("+", "a miss", False)):
        (row,) = against_evidence(found, [reported(sign)]).to_dict("records")
        assert (row["verdict"], row["ok"]) == (told, ok)
        assert row["value"] == pytest.approx(-0.1)
        assert row["interval_low"] < -0.1 < row["interval_high"] < 0
    unsure = compared(
        fee_for_service={"intensity.all": [1.1, 1.2, 1.15]},
        bundle={"intensity.all": [1.0, 1.3, 1.1]},
    )
    (row,) = against_evidence(unsure, [reported("-")]).to_dict("records")
    assert (row["verdict"], row["ok"]) == ("not sure", None)


def test_no_difference_at_all_is_not_agreement() -> None:
    same = np.array([1.0, 2.0, 3.0])
    assert verdict(difference(same, same), "+") == "not sure"
    assert verdict(difference(same, same + np.nan), "+") == "not sure"


def test_directions_of_policies_that_were_not_run_are_left_out() -> None:
    found = compared(
        fee_for_service={"intensity.all": [1.0, 1.0]}, dip={"intensity.all": [1.0, 1.0]}
    )
    assert against_evidence(found, [reported("-")]).empty


def test_evidence_is_printed_and_a_miss_is_a_miss(
    command: Command, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    four = ("--evidence", "--replicates", 4)  # with two seeds hardly anything is sure
    asked = run(command, kept, *four, "--json")
    rows = {row["name"]: row for row in asked.rows}
    expected = {d.name for d in load_directions() if {d.policy, d.reference} <= {*POLICIES}}
    assert set(rows) == expected
    assert asked.code == int(any(row["ok"] is False for row in rows.values()))
    stays = rows["case_pay_shortens_stays"]
    assert (stays["low"], stays["high"]) == (None, 0)
    assert stays["source"]
    monkeypatch.setattr(
        experiments.schemes,
        "load_directions",
        lambda: tuple(
            d.model_copy(update={"sign": "+" if rows[d.name]["value"] < 0 else "-"})
            for d in load_directions()
            if d.name in expected
        ),
    )
    wrong = run(command, kept, *four)
    missed = sum(not row["interval_low"] <= 0 <= row["interval_high"] for row in rows.values())
    assert missed > 0
    assert wrong.code == 1
    assert f"{missed} a miss" in wrong.out
    chinese = run(command, kept, *four, "--lang", "zh").out
    assert "研究报告的方向" in chinese
    assert f"{missed} 不符" in chinese


def test_wrong_input_is_one_message(command: Command, kept: Path) -> None:
    unknown = command("schemes", "typical", "--policy", "dpi", *FAST, "--store", kept)
    assert (unknown.code, "do you mean dip?" in unknown.err) == (2, True)
    few = run(command, kept, "--replicates", "1")
    assert (few.code, "replicates 1: not allowed; allowed: 2 to 200" in few.err) == (2, True)
    long = command("schemes", "nowhere", *FAST)
    assert long.code == 2


def test_a_countys_own_store_is_named_by_it() -> None:
    assert experiments.schemes.default_store(County.load("pingyang")).name == (
        "schemes_pingyang.sweep"
    )
