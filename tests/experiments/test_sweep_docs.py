"""The document of sweeps, its notebook, and the command line around them."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from typer.testing import CliRunner

from experiments import docs, sweep
from experiments.cli_app import app
from experiments.docs_sweeps import DOCUMENT, PAGES, block_name, experiment_block, sweep_blocks
from experiments.store import Store
from experiments.store_tables import form_of, tables
from experiments.sweep_file import parse_sweep, sweep_names
from experiments.sweep_plan import make_plan
from tests.experiments.sweeps import ROOT, content, write


def document() -> str:
    return (ROOT / DOCUMENT).read_text(encoding="utf-8")


def test_the_file_in_the_document_can_be_run() -> None:
    (example,) = (part.split("```")[0] for part in document().split("```toml\n")[1:])
    assert len(make_plan(parse_sweep(tomllib.loads(example), ROOT))) == 3 * 3 * 8


@pytest.mark.parametrize("name", sweep_names())
def test_every_shipped_experiment_has_its_report(name: str) -> None:
    block = docs.block(document(), block_name(name))
    assert block, "run: python -m experiments.docs --sweeps"
    page = (ROOT / PAGES / f"{name}.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "Not finished" not in page


def test_a_block_says_what_was_found() -> None:
    shown = ["use.visits_per_resident", "admissions.outside_share"]
    with sweep(content(shown=shown, reference="bundle: growth 0"), workers=1) as store:
        block = experiment_block(store, form_of(store, "tiny"))
        results = tables(store)["results"]
    level = results[(results["label"] == "bundle: growth 0.1") & (results["year"] == 2026)]
    assert f"{level['use.visits_per_resident'].mean():.3f}" in block
    assert block.count("\n| ") == 3


@pytest.mark.slow
def test_reports_of_shipped_experiments_are_current(tmp_path: Path) -> None:
    for name, block in sweep_blocks(tmp_path)[DOCUMENT].items():
        assert docs.block(document(), name) == block.strip("\n"), (
            f"{name} is not current; run: python -m experiments.docs --sweeps"
        )


def test_the_notebook_goes_from_an_experiment_to_a_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MPLBACKEND", "agg")
    # Its own interpreter, whatever kernels a machine has installed under this name.
    kernels = tmp_path / "kernels" / "python3"
    kernels.mkdir(parents=True)
    told = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3", "language": "python"}  # fmt: skip
    (kernels / "kernel.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    read: Any = nbformat.read  # has no types
    notebook = read(ROOT / "docs" / "sweep_notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    assert (tmp_path / "growth.pdf").read_bytes().startswith(b"%PDF")
    with Store(tmp_path / "growth.sweep") as store:
        assert store.counts("growth")["done"] == 12


def test_a_sweep_from_python_goes_on_with_what_is_there(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    sweep(content(replicates=1), tmp_path / "a.sweep", workers=1).close()
    with sweep(
        content(), tmp_path / "a.sweep", workers=1, told=lambda n, most: told.append((n, most))
    ) as store:
        assert told == [(n, 8) for n in range(4, 9)]
        assert store.counts("tiny") == {"planned": 8, "done": 8, "failed": 0, "under_way": 0}


# -- commands --------------------------------------------------------------------------


def call(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, found.stdout


def test_a_dry_run_counts_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out = call("sweep", write(tmp_path), "--dry-run", "--json")
    rows = {row["name"]: row["value"] for row in json.loads(out)}
    assert code == 0
    assert (rows["runs"], rows["points"], rows["months of each"]) == (8, 4, 24)
    assert any("seconds" in name and value > 0 for name, value in rows.items())
    assert "Nothing was started" in call("sweep", tmp_path / "tiny.toml", "--dry-run")[1]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_commands_from_a_sweep_to_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out = call("sweep", write(tmp_path), "--workers", 1, "--json")
    assert code == 0
    assert {row["name"]: row["value"] for row in json.loads(out)}["runs done"] == 8
    (row,) = json.loads(call("status", "tiny.sweep", "--json")[1])
    assert (row["name"], row["done"], row["to_do"]) == ("tiny", 8, 0)
    question = "SELECT count(*) AS n FROM results"
    assert json.loads(call("results", "tiny.sweep", "--query", question, "--json")[1]) == [
        {"n": 16}
    ]
    assert "growth 0.1" in call("results", "tiny.sweep")[1]
    assert call("export", "tiny.sweep", "--to", "csv")[0] == 0
    assert len(pd.read_csv(tmp_path / "tiny_csv" / "results.csv")) == 16
    assert call("report", "tiny.sweep")[0] == 0
    assert (tmp_path / "tiny.html").stat().st_size > 10_000
