"""What the documents promise: that their tables are current and what they tell to type works."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import typer.main
from pydantic import BaseModel

import experiments
import experiments.docs_runs
from abm.phases import PHASES
from agents.foundation.errors import InputError
from agents.patient import PATIENT
from calibration.county import County
from calibration.policies import load_policy, parse_policy
from calibration.schema import CSV_FILES, CountyTable, FundTable
from experiments import docs
from experiments.cli_app import app
from experiments.docs_tables import POLICY_TABLES, markdown_table, policy_tables, schemes_tables
from experiments.runs import Result

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "policies/README.md"])
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_blocks(text: str, language: str = "") -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, flags=re.DOTALL | re.MULTILINE)


# -- tables made from the program ------------------------------------------------------


def test_every_table_is_current() -> None:
    assert not docs.stale(), "run: python -m experiments.docs"


def test_every_table_that_needs_runs_is_filled() -> None:
    for file, names in docs.RUN_BLOCKS.items():
        for name in names:
            assert docs.block(text_of(file), name), f"{file}: {name}"


def test_the_month_in_the_document_is_the_month_of_the_program() -> None:
    lines = re.findall(r"^\| (\d+) \| ([^|]+) \|", text_of("docs/MODEL.md"), flags=re.MULTILINE)
    assert [name.strip() for _, name in lines] == [phase.name for phase in PHASES]


def test_every_column_of_a_patient_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", text_of("docs/MODEL.md").partition("## 3.")[0]))
    assert not set(PATIENT.names or ()) - described


def test_every_column_and_key_of_a_county_is_described() -> None:
    text = text_of("docs/COUNTY_DATA.md")
    forms: list[type[BaseModel]] = [CountyTable, FundTable, *CSV_FILES.values()]
    for form in forms:
        for column, info in form.model_fields.items():
            assert f"| `{column}` | {info.description} |" in text


def test_every_key_of_a_policy_has_a_meaning() -> None:
    for line in f"{policy_tables()}\n{schemes_tables()}".splitlines():
        key = re.match(r"\| `(\w+)` \| (.*?) \|", line)
        assert key is None or key[2], f"{key[1]} has no meaning"
    assert len(POLICY_TABLES) == 11


def test_a_table_is_put_between_its_marks_and_nowhere_else() -> None:
    before = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n"
    after = docs.fill(before, "x", r"new \1")
    assert docs.block(after, "x") == r"new \1"
    assert after.startswith("a\n")
    assert after.endswith("\nb\n")
    assert docs.fill(after, "x", r"new \1") == after


@pytest.mark.parametrize("text", ["nothing", "<!-- begin x -->\n<!-- end x -->\n" * 2])
def test_a_table_without_its_marks_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="allowed: once"):
        docs.fill(text, "x", "new")


def test_a_bar_in_a_cell_does_not_break_the_table() -> None:
    assert markdown_table(["a"], [["x | y"]]).splitlines()[-1] == "| x \\| y |"


def test_outside_a_checkout_one_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"README\.md: .*allowed: a checkout"):
        docs.stale(tmp_path)


def test_check_names_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, makers in docs.BLOCKS.items():
        place = tmp_path / file
        place.parent.mkdir(exist_ok=True)
        marks = (f"<!-- begin {name} -->\nold\n<!-- end {name} -->\n" for name in makers)
        place.write_text("".join(marks), encoding="utf-8")
    found = docs.stale(tmp_path)
    assert "docs/MODEL.md: phases" in found
    monkeypatch.setattr(docs, "stale", lambda: found)
    assert docs.main(["--check"]) == 1
    assert "docs/MODEL.md: phases" in capsys.readouterr().out
    assert docs.main(["--chek"]) == 2
    assert "allowed: --check" in capsys.readouterr().err


# -- what is told to type --------------------------------------------------------------


def python_of_readme() -> str:
    blocks = code_blocks(text_of("README.md"), "python")
    assert len(blocks) == 1
    return blocks[0]


def test_three_lines_of_python_give_a_plot(tiny_county: County) -> None:
    mpl.use("Agg")
    plt.close("all")
    first, *middle, last = python_of_readme().strip().splitlines()
    assert len(middle) == 1
    names: dict[str, Any] = {}
    exec(first, names)
    real_run = names["run"]
    assert (names["County"], real_run) == (County, experiments.run)

    class SmallCounty:
        @staticmethod
        def load(name: str) -> County:
            assert (ROOT / "counties" / name).is_dir()
            return tiny_county

    def small_run(county: County, policy: str, years: int) -> Result:
        assert years > 1
        result: Result = real_run(county, policy, years=1, weight=1)
        return result

    names |= {"County": SmallCounty, "run": small_run}
    exec(middle[0], names)
    axes = eval(last, names)
    assert len(axes.get_lines()[0].get_ydata()) == 2


def commands() -> Iterator[tuple[str, str]]:
    """Every command of the program that a document names, with the document."""
    for path, name in zip(DOCUMENTS, IDS, strict=True):
        text = path.read_text(encoding="utf-8")
        spans = re.findall(r"`((?:\.venv/bin/)?yigongti [^`]*)`", text)
        for part in code_blocks(text, r"\w*"):
            spans += re.findall(r"^ *((?:\.venv/bin/)?yigongti .*)$", part, flags=re.MULTILINE)
        for span in spans:
            yield name, " ".join(span.split())


@pytest.mark.parametrize(("document", "line"), sorted(set(commands())))
def test_commands_in_documents_exist(document: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts}
    unknown = [word for word in words if word.startswith("--") and word not in {*options, "--help"}]
    assert not unknown, f"{document}: {line}"
    assert not (hasattr(command, "commands") and words and words[0][0] not in "-<"), line


def test_shipped_names_in_commands_exist() -> None:
    for document, line in commands():
        words = shlex.split(line, comments=True)
        for option, word in pairwise(words):
            known = word.endswith(".toml") or not word.islower() or word == "my_county"
            if option == "--policy" and not known:
                assert load_policy(word).name == word, f"{document}: {line}"
            if option == "--county" and not known:
                assert (ROOT / "counties" / word).is_dir(), f"{document}: {line}"


def test_make_targets_in_documents_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", text_of("Makefile"), flags=re.MULTILINE))
    for path, name in zip(DOCUMENTS, IDS, strict=True):
        text = path.read_text(encoding="utf-8")
        told = re.findall(r"^make ([a-z-]+)", "\n".join(code_blocks(text)), flags=re.MULTILINE)
        told += re.findall(r"`make ([a-z-]+)`", text)
        assert not set(told) - targets, name


def test_the_smallest_policy_of_the_page_is_a_policy() -> None:
    (example,) = code_blocks(text_of("docs/POLICIES.md"), "toml")
    assert parse_policy(tomllib.loads(example)).payment.name == "bundle"


# -- links -----------------------------------------------------------------------------


def anchor(title: str) -> str:
    """Anchor that a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    text = re.sub(r"^ *```.*?^ *```$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, part = link.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), f"{path.name}: {link}"
        assert not part or part in anchors(place), f"{path.name}: {link}"


# -- tables that need runs -------------------------------------------------------------


@pytest.mark.slow
def test_tables_that_need_runs_are_current(tmp_path: Path) -> None:
    made = experiments.docs_runs.run_tables(tmp_path)
    assert {file: tuple(tables) for file, tables in made.items()} == dict(docs.RUN_BLOCKS)
    for file, tables in made.items():
        for name, content in tables.items():
            assert docs.block(text_of(file), name) == content, (
                f"{file}: {name} is not current; run: python -m experiments.docs --runs"
            )
    assert (tmp_path / experiments.docs_runs.PICTURE).stat().st_size > 10_000
