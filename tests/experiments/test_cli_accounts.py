"""``yigongti accounts`` as a user meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import abm.reconciliation
from experiments import cli

FAST = ("--years", "1", "--weight", "100")


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["yigongti", "accounts", *map(str, words)])
    code = cli.run_command_line()
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return code, told.out, told.err


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_rows_close_and_a_folder_keeps_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("typical", "--policy", "dip", *FAST, "--out", tmp_path / "kept", "--json")
    code, out, _ = call(monkeypatch, capsys, *words)
    assert code == 0
    rows: list[dict[str, Any]] = json.loads(out)
    checks = [row for row in rows if row["role"] == "check"]
    assert len({row["year"] for row in checks}) == 2
    assert all(row["ok"] and row["value"] == row["low"] == row["high"] == 0 for row in checks)
    lines = {(row["year"], row["account"], row["line"]): row["amount_fen"] for row in rows}
    last = max(row["year"] for row in rows)
    assert lines[last, "County General Hospital: claims", "denied"] < 0
    assert lines[last, "fund and consortia", "care in the county, county"] < 0
    kept = pd.read_csv(tmp_path / "kept" / "reconciliation.csv")
    assert len(kept) == len(rows)
    assert kept.loc[kept["role"] == "check", "amount_fen"].eq(0).all()


def test_an_account_that_does_not_close_is_told_and_exits_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(table: pd.DataFrame) -> dict[str, int]:
        return dict.fromkeys(map(str, table["account"]), 0) | {"village clinics": 3}

    monkeypatch.setattr(abm.reconciliation, "residuals_fen", wrong)
    code, out, _ = call(monkeypatch, capsys, "typical", *FAST)
    assert code == 1
    assert "do not close" in out
    assert "every account closes" not in out


def test_wrong_input_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = call(monkeypatch, capsys, "typical", "--policy", "dpi", *FAST)
    assert code == 2
    assert "do you mean dip?" in err
