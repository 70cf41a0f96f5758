"""The store: what is in it stays, what is not its own is refused, questions are answered."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.foundation.errors import InputError
from experiments.store import Store
from experiments.store_form import APPLICATION
from experiments.store_tables import ask, differences, export, tables
from experiments.sweep_places import Here
from experiments.sweep_report import draw, findings, write_report
from experiments.sweep_run import carry_out, start
from experiments.sweep_task import Outcome
from tests.experiments.sweeps import form, plan

OUTPUTS = ("a", "b")


def outcome(key: str, value: float = 1.0, error: str | None = None) -> Outcome:
    values = np.array([[value, np.nan], [2.0, -3.5]])
    return Outcome(key, (2025, 2026), values, 0.1, "here", error)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store(tmp_path / "运行 a.sweep", write=True)
    kept.keep_outputs(OUTPUTS)
    return kept


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "tiny.sweep"
    made = plan(replicates=3)
    with Store(path, write=True) as kept:
        start(made, kept)
        found = carry_out(made, kept, Here())
    assert (found.planned, found.done, found.failed) == (12, 12, 0)
    return path


def test_a_run_reads_back_as_it_was(store: Store) -> None:
    store.put(outcome("k"), OUTPUTS, "code")
    years, names, values = store.figures("k")
    assert (years, names) == ([2025, 2026], ["a", "b"])
    np.testing.assert_array_equal(values, outcome("k").values)
    assert store.state("k") == "done"
    assert store.state("other") is None


def test_nothing_is_doubled_and_nothing_overwritten(store: Store) -> None:
    store.put(outcome("k"), OUTPUTS, "code")
    store.put(outcome("k", 9.0), OUTPUTS, "code")
    np.testing.assert_array_equal(store.figures("k")[2], outcome("k").values)
    assert not store.claim("k")


def test_a_failed_run_is_a_row_and_is_run_again_only_when_asked(store: Store) -> None:
    store.plan("e", "E", {}, "code", [], [(1, 1, "k")])
    store.put(outcome("k", error="no luck"), OUTPUTS, "code")
    assert store.state("k") == "failed"
    assert store.errors("e") == [("no luck", 1)]
    assert not store.claim("k")
    store.forget_failed("e")
    assert store.claim("k")


def test_what_one_process_has_taken_on_another_does_not(store: Store) -> None:
    assert store.path is not None
    with Store(store.path, write=True) as other:
        with store.at_work():
            assert store.claim("k")
            assert not other.claim("k")
            assert not store.claim("k")
        assert other.claim("k")


def test_claims_of_a_process_that_is_no_more_end_at_once(store: Store) -> None:
    store.owner = store.owner.replace(f"/{store.owner.split('/')[1]}/", "/4000000/")
    assert store.claim("k")
    assert store.path is not None
    with Store(store.path, write=True) as other, other.at_work():
        assert other.claim("k")


def test_a_claim_of_another_machine_ends_when_it_is_old(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.owner = "elsewhere/1/1"
    monkeypatch.setattr("experiments.store.CLAIM_SECONDS", 60.0)
    assert store.claim("k")
    assert store.path is not None
    with Store(store.path, write=True) as other, other.at_work():
        assert not other.claim("k")
        later = time.time() + 61
        monkeypatch.setattr("time.time", lambda: later)
        assert other.claim("k")


# -- other files -----------------------------------------------------------------------


def test_a_store_of_another_form_is_refused(store: Store) -> None:
    assert store.path is not None
    store.close()
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version=99")
    for write in (False, True):
        with pytest.raises(InputError, match="is of form 99; allowed: form 1"):
            Store(store.path, write=write)


def test_other_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("notes\n" * 200, encoding="utf-8")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE x(y)")
    for path, message in ((text, "not a database"), (other, "is not a store of sweeps")):
        before = path.read_bytes()
        for write in (False, True):
            with pytest.raises(InputError, match=message):
                Store(path, write=write)
        assert path.read_bytes() == before
    with pytest.raises(InputError, match="there is no such store"):
        Store(tmp_path / "none.sweep")
    with pytest.raises(InputError, match="none"):
        Store(tmp_path / "none" / "x.sweep", write=True)
    assert APPLICATION > 0


# -- tables ----------------------------------------------------------------------------


def test_tables_have_a_row_a_run_and_a_row_a_year(finished: Path) -> None:
    with Store(finished) as kept:
        found = tables(kept)
    assert len(found["points"]) == 4
    assert len(found["runs"]) == 12
    assert set(found["runs"]["state"]) == {"done"}
    results = found["results"]
    assert len(results) == 12 * 2  # the year before the policy, and the year under it
    assert results["policy.payment.growth"].dropna().unique().tolist() == [-0.1, 0.0, 0.1]
    assert len(found["long"]) == results.filter(like=".").drop(
        columns="policy.payment.growth"
    ).size  # fmt: skip


def test_questions_are_answered_and_nothing_else_is_read(finished: Path, tmp_path: Path) -> None:
    with Store(finished) as kept:
        table = ask(
            kept,
            'SELECT label, median("use.visits_per_resident") AS visits FROM results '
            "WHERE year = 2026 GROUP BY label ORDER BY label",
        )
        assert len(table) == 4
        assert table["visits"].between(1, 20).all()
        for wrong in ("SELECT nope FROM results", "SELEKT", "SELECT * FROM kept"):
            with pytest.raises(InputError, match="query: "):
                ask(kept, wrong)
        secret = tmp_path / "secret.csv"
        secret.write_text("a\n1\n", encoding="utf-8")
        with pytest.raises(InputError, match="query: "):
            ask(kept, f"SELECT * FROM read_csv('{secret}')")


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_exports_hold_the_same_tables(finished: Path, tmp_path: Path, kind: str) -> None:
    with Store(finished) as kept:
        written = export(kept, kind, tmp_path)  # type: ignore[arg-type]
        wanted = tables(kept)["results"]
    if kind == "xlsx":
        assert [path.name for path in written] == ["results.xlsx"]
        read = pd.read_excel(written[0], sheet_name="results")
    else:
        (path,) = (path for path in written if path.stem == "results")
        read = pd.read_csv(path) if kind == "csv" else pd.read_parquet(path)
    pd.testing.assert_frame_equal(read, wanted, check_dtype=False)


def test_differences_are_paired_with_the_reference(finished: Path) -> None:
    with Store(finished) as kept:
        name = "use.visits_per_resident"
        found = differences(kept, "tiny", [name], "bundle: growth 0")
        results = tables(kept)["results"]
    under = results[results["year"] == 2026].set_index(["label", "seed"])[name]
    row = found[found["label"] == "bundle: growth 0.1"].iloc[0]
    gaps = under["bundle: growth 0.1"] - under["bundle: growth 0"]
    assert row["value"] == pytest.approx(gaps.mean())
    assert row["replicates"] == 3
    own = found[found["label"] == "bundle: growth 0"].iloc[0]
    assert (own["value"], own["sure"]) == (0, False)
    with pytest.raises(InputError, match="nowhere"), Store(finished) as kept:
        differences(kept, "tiny", [name], "nowhere")


def test_the_page_stands_alone(finished: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with Store(finished) as kept:
        write_report(kept, page)
        picture = draw(kept, "tiny")
    text = page.read_text(encoding="utf-8")
    assert form().question in text
    assert text.count("<tr>") == 1 + 4 * 2
    assert "data:image/png;base64," in text
    assert "http" not in text.replace("http-equiv", "")
    assert "src=" in text
    assert text.count("src=") == 1
    assert picture.startswith(b"\x89PNG")


def test_findings_tell_sure_differences_and_say_when_there_is_none() -> None:
    name = "use.visits_per_resident"
    rows = [
        {"label": "a", "indicator": name, "reference": 5.0, "level": 5.0, "value": 0.0,
         "low": 0.0, "high": 0.0, "sure": False, "replicates": 3},
        {"label": "b", "indicator": name, "reference": 5.0, "level": 4.0, "value": -1.0,
         "low": -1.5, "high": -0.5, "sure": True, "replicates": 3},
        {"label": "c", "indicator": name, "reference": 5.0, "level": 5.1, "value": 0.1,
         "low": -1.0, "high": 1.2, "sure": False, "replicates": 3},
    ]  # fmt: skip
    shown = form(shown=[name])
    line, how_sure = findings(pd.DataFrame(rows), shown)
    assert "surely 1.000 less (0.5000 to 1.500) at b." in line
    assert "at c" not in line
    assert "3 seeds" in how_sure
    line, _ = findings(pd.DataFrame([rows[0], rows[2]]), shown)
    assert line.startswith("No point surely differs from a in: ")
    same = {**rows[0], "label": "d"}
    line, _ = findings(pd.DataFrame([rows[0], same]), shown)
    assert line.startswith("The same to the last digit in every seed: ")


def test_many_points_are_drawn_as_a_cloud() -> None:
    made = plan(
        policies=["bundle"],
        replicates=1,
        design="sobol",
        points=44,
        outputs=["use.visits_per_resident"],
        vary=[{"name": "policy.payment.growth", "low": -0.1, "high": 0.1}],
    )
    with Store(None, write=True) as kept:
        start(made, kept)
        for point, task in made.tasks():
            years, values = (2025, 2026), np.full((2, 1), float(point.number))
            kept.put(Outcome(task.key, years, values, 0.1, "here"), made.outputs, made.code)
        assert draw(kept, "tiny").startswith(b"\x89PNG")
