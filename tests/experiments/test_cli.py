"""The command line as a user meets it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from agents.foundation import house
from calibration.places import counties_folder, policies_folder
from experiments.replicates import Replicates
from tests.experiments.conftest import Command, Outcome

ROOT = Path(__file__).resolve().parents[2]
FAST = ("--years", "1", "--weight", "100")


def process(*words: object, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


# -- real processes ------------------------------------------------------------------------


def test_a_process_lists_counties_at_once(tmp_path: Path) -> None:
    start = time.monotonic()
    running = process("list", "counties", "--json", cwd=tmp_path)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert {row["name"] for row in json.loads(out)} == {"typical", "pingyang"}
    assert time.monotonic() - start < 3
    assert err == ""


def test_a_process_refuses_wrong_input_with_code_2(tmp_path: Path) -> None:
    running = process("run", "typicl", cwd=tmp_path)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert out == ""
    assert "do you mean typical?" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("presses", [1, 3])
def test_ctrl_c_ends_a_run_with_130_and_nothing_half_written(tmp_path: Path, presses: int) -> None:
    place = tmp_path / "结 果"
    place.mkdir()
    running = process(
        "run", "typical", "--years", 50, "--weight", 20, "--out", place / "out", cwd=tmp_path
    )
    deadline = time.monotonic() + 60
    while not any(place.iterdir()):  # the draft: the run is about to start
        assert running.poll() is None, running.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.0)
    for _ in range(presses):
        running.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert [line for line in err.splitlines() if "compiling" not in line] == ["Stopped."]
    assert out == ""
    assert not list(place.iterdir())


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0])
def test_ctrl_c_while_it_compiles_ends_with_130_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setenv("YIGONGTI_CACHE", str(tmp_path / "compiled"))
    place = tmp_path / "place"
    place.mkdir()
    running = process("run", "typical", "--weight", 20, "--out", place / "out", cwd=tmp_path)
    assert running.stderr is not None
    first = running.stderr.readline()
    assert "compiling" in first
    time.sleep(seconds)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    assert err == "Stopped.\n"
    assert not list(place.iterdir())


def test_ctrl_c_while_it_starts_ends_cleanly_too(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(house, "check_house", interrupted)
    assert command("list", "counties") == Outcome(130, "", "Stopped.\n")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    running = process("parameters", cwd=tmp_path)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    err = running.stderr.read()
    running.wait(timeout=60)
    assert "Traceback" not in err
    assert running.returncode in (0, 1)
    running.stderr.close()


# -- what works ----------------------------------------------------------------------------


def test_version(command: Command) -> None:
    found = command("--version")
    assert found.code == 0
    assert re.fullmatch(r"yigongti( \d+\.\d+.*|, not installed.*)\n", found.out)


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("counties", "pingyang"),
        ("policies", "fee_for_service"),
        ("schemes", "bundle"),
        ("conditions", "stroke"),
        ("indicators", "use.visits_per_resident"),
        ("sweeps", "overspend_split"),
    ],
)
def test_lists(command: Command, what: str, name: str) -> None:
    rows = command("list", what, "--json").rows
    assert name in {row["name"] for row in rows}
    shown = command("list", what)
    assert shown.code == 0
    assert name in shown.out


def test_parameters_give_every_number_a_range_a_quality_and_a_source(command: Command) -> None:
    rows = command("parameters", "--county", "pingyang", "--json").rows
    numbers = [row for row in rows if row["value"] is not None]
    assert len(numbers) > 100
    for row in numbers:
        assert row["source"], row
        assert row["unit"], row
        assert row["quality"] in "VDPMA", row
        if row["low"] is None:  # nought by nature: a condition that begins in silence
            assert row["value"] == 0, row
        else:
            assert row["low"] <= row["value"] <= row["high"], row
    assert any(row["name"].startswith("providers.csv") for row in rows)
    assert "care.altruism_mean" in command("parameters").out


def test_run_prints_years_and_writes_everything(command: Command, tmp_path: Path) -> None:
    found = command("run", "typical", "--policy", "bundle", *FAST, "--out", "我的 结果")
    assert found.code == 0
    assert re.search(r"bundle is in force from \d{4}, dip before", found.out)
    assert "not a real county" in found.out
    folder = tmp_path / "我的 结果"
    assert {path.name for path in folder.iterdir()} >= {
        "indicators.parquet",
        "monthly.parquet",
        "flows.parquet",
        "accounts.parquet",
        "journal.parquet",
        "scenario.toml",
        "versions.json",
    }
    digest = re.search(r"digest ([0-9a-f]{64})", found.out)
    assert digest is not None
    assert json.loads((folder / "versions.json").read_text("utf-8"))["digest"] == digest[1]
    flows = pd.read_parquet(folder / "flows.parquet")
    assert {"year", "village", "provider"} <= set(flows.columns)
    assert [path.name for path in tmp_path.iterdir()] == ["我的 结果"]


def test_run_prints_json_rows_alone(command: Command) -> None:
    found = command("run", "typical", *FAST, "--json")
    assert {"name", "year", "value", "unit"} == set(found.rows[0])
    first, second = sorted({row["year"] for row in found.rows})
    assert second == first + 1


def test_a_run_goes_on_from_its_checkpoint_to_the_same_digest(
    command: Command, tmp_path: Path
) -> None:
    whole = command("run", "typical", "--policy", "bundle", "--years", 2, "--weight", 100)
    command("run", "typical", "--policy", "bundle", *FAST, "--save-to", "检查点 1.npz")
    went_on = command("run", "typical", "--resume", "检查点 1.npz", "--years", 2)
    assert went_on.code == 0
    assert went_on.out.splitlines()[-1] == whole.out.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["检查点 1.npz"]
    command("run", "typical", "--resume", "检查点 1.npz", "--years", 2, "--save-to", "2.npz")
    too_far = command("run", "typical", "--resume", "2.npz", "--years", 1)
    assert too_far.code == 2
    assert "has lived 36 months" in too_far.err
    other = command("run", "pingyang", "--resume", "2.npz", "--years", 3)
    assert other.code == 2
    assert "2.npz" in other.err


def test_compare_prints_differences_and_writes_a_picture(command: Command, tmp_path: Path) -> None:
    found = command(
        "compare", "typical", "--policy", "fee_for_service", "--policy", "pingyang",
        *FAST, "--replicates", 2, "--out", "c",
    )  # fmt: skip
    assert found.code == 0
    for word in ("95 % interval", "sure", "needed", "not a real county", "replicates"):
        assert word in found.out
    assert (tmp_path / "c" / "comparison.png").stat().st_size > 20_000
    again = command("compare", "typical", "--policy", "bundle", *FAST, "--replicates", 2, "--json")
    row = next(r for r in again.rows if r["name"] == "use.visits_per_resident")
    assert row["low"] <= row["value"] <= row["high"]
    assert isinstance(row["sure"], bool)


def test_a_stopped_comparison_says_so_and_keeps_what_is_finished(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, calls = Replicates._paths, []

    def paths(runs: Replicates, seed: int) -> pd.DataFrame:
        calls.append(seed)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return real(runs, seed)

    monkeypatch.setattr(Replicates, "_paths", paths)
    words = ("compare", "typical", "--policy", "bundle", *FAST, "--precision", 1e-9, "--out", "c")
    found = command(*words)
    assert found.code == 130
    assert "2 replicates were finished" in found.err
    assert (tmp_path / "c" / "differences.csv").is_file()
    calls[:] = [0, 0]
    shutil.rmtree(tmp_path / "c")
    nothing = command(*words)
    assert nothing.code == 130
    assert nothing.err == "Stopped.\n"
    assert not list(tmp_path.iterdir())


def test_county_check_reports_sums_or_every_problem(command: Command, tmp_path: Path) -> None:
    rows = command("county", "check", "typical", "--json").rows
    assert all(row["ok"] and row["low"] <= row["value"] for row in rows)
    folder = tmp_path / "我 县"
    shutil.copytree(counties_folder() / "typical", folder)
    (folder / "life_table.csv").write_text("age,male\n0,2\n", encoding="utf-8")
    (folder / "migration.csv").unlink()
    found = command("county", "check", folder)
    assert found.code == 2
    assert "life_table.csv" in found.err
    assert "migration.csv: the file is missing" in found.err


def test_county_template_is_a_folder_that_check_explains(command: Command) -> None:
    assert command("county", "template", "新 县").code == 0
    found = command("county", "check", "新 县")
    assert found.code == 2
    assert len(found.err.splitlines()) > 10
    again = command("county", "template", "新 县")
    assert again.code == 2
    assert "not an empty folder" in again.err


def test_policy_check_prints_every_value_or_every_fault(command: Command, tmp_path: Path) -> None:
    rows = command("policy", "check", "fee_for_service", "--json").rows
    assert {"name": "pay.bonus_share", "value": 0.08} in rows
    file = tmp_path / "我的 政策.toml"
    text = (policies_folder() / "bundle.toml").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert command("policy", "check", file).code == 0
    file.write_text(text.replace("growth = 0.05", "growth = 9\nx = 1"), encoding="utf-8")
    found = command("policy", "check", file)
    assert found.code == 2
    assert found.out == ""
    assert len(found.err.splitlines()) == 2
    assert "我的 政策.toml, key payment.growth" in found.err


def test_missed_checks_exit_with_1(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments import targets, verify

    row = {"name": "x", "value": 2.0, "low": 0.0, "high": 1.0, "ok": False, "group": "g"}
    for module, name in ((targets, "targets_rows"), (verify, "verify")):
        monkeypatch.setattr(module, name, lambda *_, **__: [row, {**row, "name": "y", "ok": True}])
    for name in ("targets", "verify"):
        found = command(name)
        assert found.code == 1
        assert "1 ok, 1 missed" in found.out
        as_json = command(name, "--json")
        assert as_json.code == 1
        assert [r["ok"] for r in as_json.rows] == [False, True]


# -- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "nowhere"), "allowed: pingyang, typical"),
        (("run", "typical", "--policy", "nope"), 'policy "nope" is unknown'),
        (("run", "typical", "--baseline", "nope"), 'policy "nope" is unknown'),
        (("run", "typical", "--years", "-3"), "years -3"),
        (("run", "typical", "--years", "0"), "years 0"),
        (("run", "typical", "--years", "x"), "years"),
        (("run", "typical", "--seed", "-1"), "seed -1"),
        (("run", "typical", "--weight", "0"), "weight 0"),
        (("run", "typical", "--weight", "100000"), "allowed for this county: 1 to"),
        (("run", "typical", "--threads", "0"), "threads 0"),
        (("run", "typical", "--resume", "no.npz"), "no.npz"),
        (("run", "typical", "--save-to", "no/way/x.npz"), "there is no folder"),
        (("run", "typical", "--out", "/proc/self/x"), "cannot be written"),
        (("compare", "typical", "--policy", "dip"), "nothing to compare"),
        (("compare", "typical", "--policy", "a", "--policy", "b"), 'policy "b" is unknown'),
        (("compare", "typical", "--policy", "bundle", "--replicates", "1"), "replicates 1"),
        (("compare", "typical", "--policy", "bundle", "--precision", "0"), "precision 0"),
        (("targets", "--county", "x"), 'county "x" is unknown'),
        (("targets", "--years", "-1"), "years -1"),
        (("verify", "--county", "x"), 'county "x" is unknown'),
        (("parameters", "--county", "x"), 'county "x" is unknown'),
        (("county", "check", "no folder"), "there is no such folder"),
        (("county", "template", "/proc/self/x"), "cannot be written"),
        (("policy", "check", "no file"), "is unknown"),
        (("list", "spoons"), "spoons"),
        (("dance",), "dance"),
    ],
)
def test_wrong_input_gets_code_2_and_says_what_is_allowed(
    command: Command, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    found = command(*words)
    assert found.code == 2
    assert told in found.err
    assert found.out == ""
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_files_is_refused_before_the_run(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    found = command("run", "typical", *FAST, "--out", "mine")
    assert found.code == 2
    assert "holds other files (notes.txt)" in found.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_full_disk_leaves_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from experiments.runs import Result

    def full(_self: Result, folder: Path) -> None:
        (folder / "indicators.parquet").write_bytes(b"half")
        raise OSError(28, "No space left on device", str(folder / "flows.parquet"))

    monkeypatch.setattr(Result, "write", full)
    found = command("run", "typical", *FAST, "--out", "out")
    assert found.code == 2
    assert "No space left on device" in found.err
    assert not list(tmp_path.iterdir())
