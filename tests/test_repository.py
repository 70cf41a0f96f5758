"""Promises of the repository as a whole: what its files say of each other."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("agents", "abm", "calibration", "experiments")
PAGE = ROOT / "experiments" / "page"
"""What stands in it may import what the extra of that name brings."""
COME_ALONG = {
    "annotated_types": "pydantic", "llvmlite": "numba", "pydantic_core": "pydantic",
    "reacton": "solara",
}  # fmt: skip
"""Imported by name, but part of how the library on the right is used."""
ORDINARY_WORDS = {"typical"}
"""Names of counties that prose may use as a word; code may not."""


@cache
def repository_files() -> tuple[Path, ...]:
    """Files that are, or would be, under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def text_of(path: Path) -> str:
    """Text of a file; nothing for pictures and other binary files."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


@cache
def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    return table


@cache
def declared() -> dict[str, Requirement]:
    """Every dependency of the project and its extras, by canonical name."""
    lines = list(project()["dependencies"])
    for extra in project()["optional-dependencies"].values():
        lines += extra
    return {canonicalize_name(line.name): line for line in map(Requirement, lines)}


def locked() -> Iterator[Requirement]:
    for line in text_of(ROOT / "requirements.lock").splitlines():
        content = line.partition("#")[0].strip()
        if content:
            yield Requirement(content)


# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(
    r"(?<![\w./*~$}-])/" + r"(?:root|home|Users|work|opt|mnt|tmp)/[\w.]|[A-Z]:\\" + r"Users\\"
)
REGISTRY = re.compile(
    r"pypi\."
    + r"org|python"
    + r"hosted|--(?:extra-)?index"
    + r"-url|--find"
    + r"-links|simple"
    + r"/\s"
)


@pytest.mark.parametrize(("what", "pattern"), [("path", MACHINE_PATH), ("registry", REGISTRY)])
def test_no_file_names_a_machine_or_a_registry(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in repository_files()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if (match := pattern.search(line))
    ]
    assert not found, f"{what} of a machine in:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    ["see /" + "home/someone/data.csv", "'/" + "root/x'", "(/" + "tmp/a)", "path=/" + "work/main"],
)
def test_machine_paths_are_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize(
    "line",
    ["#!/usr/bin/env bash", "docs/home/page.md", "https://example.org/work/1", "${TMPDIR:-/tmp}/a"],
)
def test_other_paths_are_not(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def test_every_dependency_is_explained() -> None:
    text = text_of(ROOT / "docs" / "DEPENDENCIES.md")
    explained = re.findall(r"^\| `([^`]+)` \| \S", text, flags=re.MULTILINE)
    assert sorted(map(canonicalize_name, explained)) == sorted(declared())


def test_versions_agree() -> None:
    version = project()["version"]
    citation = text_of(ROOT / "CITATION.cff")
    cited = re.search(r"^version: (\S+)$", citation, flags=re.MULTILINE)
    cited_date = re.search(r'^date-released: "(\S+)"$', citation, flags=re.MULTILINE)
    changes = text_of(ROOT / "CHANGELOG.md")
    newest = re.search(r"^## \[(\d[^\]]*)\] - (\S+)$", changes, flags=re.MULTILINE)
    assert cited is not None
    assert cited_date is not None
    assert newest is not None
    assert (cited[1], cited_date[1]) == (version, newest[2])
    assert newest[1] == version


def test_lock_has_what_pyproject_asks_for() -> None:
    allowed = declared()
    pinned: dict[str, int] = {}
    for line in locked():
        pins = list(line.specifier)
        assert [pin.operator for pin in pins] == ["=="], f"{line}: not pinned"
        name = canonicalize_name(line.name)
        if name in allowed:
            assert allowed[name].specifier.contains(pins[0].version, prereleases=True), line
            pinned[name] = pinned.get(name, 0) + 1
    assert set(pinned) == set(allowed)


@pytest.mark.parametrize("version", ["3.11.7", "3.12.1", "3.13.0"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_lock_has_one_version_of_each_for_every_python(version: str, system: str) -> None:
    environment = {
        **{key: str(value) for key, value in default_environment().items()},
        "python_full_version": version,
        "python_version": version.rpartition(".")[0],
        "sys_platform": system,
    }
    names = [
        canonicalize_name(line.name)
        for line in locked()
        if line.marker is None or line.marker.evaluate(environment)
    ]
    assert len(names) == len(set(names))
    assert set(declared()) <= set(names)


def imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_what_the_program_imports_is_declared() -> None:
    needed = {canonicalize_name(Requirement(line).name) for line in project()["dependencies"]}
    page = {
        canonicalize_name(Requirement(line).name)
        for line in project()["optional-dependencies"]["page"]
    }
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in imported_names(path)
        if name not in sys.stdlib_module_names
        and name not in PACKAGES
        and canonicalize_name(COME_ALONG.get(name, name)) not in needed
        and not (PAGE in path.parents and canonicalize_name(COME_ALONG.get(name, name)) in page)
    }
    assert not missing


def titles(table: object) -> Iterator[str]:
    """Names for readers in a county's or policy's file, at its top and in its tables."""
    if isinstance(table, dict):
        for key, value in table.items():
            if key in {"title", "title_zh"} and isinstance(value, str):
                yield value
            else:
                yield from titles(value)


def names_of_policies_and_places() -> set[str]:
    policies = sorted((ROOT / "policies").glob("*.toml"))
    counties = sorted((ROOT / "counties").glob("*/county.toml"))
    assert policies, "no policy ships"
    assert counties, "no county ships"
    names = {path.stem for path in policies} | {path.parent.name for path in counties}
    for path in [*policies, *counties]:
        names |= set(titles(tomllib.loads(text_of(path))))
    return names


def code_words(text: str) -> str:
    """Identifiers and strings of a program, without comments and docstrings."""
    tree = ast.parse(text)
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    words = [
        value
        for node in ast.walk(tree)
        if id(node) not in prose
        for _, value in ast.iter_fields(node)
        if isinstance(value, str)
    ]
    return "\n".join(words)


def test_code_words_leave_out_prose() -> None:
    text = '"""A typical case."""\nx_typical = 1  # typical\ny = "typical"\n'
    assert code_words(text).split() == ["x_typical", "y", "typical"]


def test_agents_know_no_policy_and_no_place() -> None:
    found = []
    for name in sorted(names_of_policies_and_places()):
        spaced = re.escape(name).replace("_", "[_ -]")
        pattern = re.compile(rf"(?<![A-Za-z0-9]){spaced}(?![A-Za-z0-9])", flags=re.IGNORECASE)
        read = code_words if name.lower() in ORDINARY_WORDS else str
        found += [
            f"{path.relative_to(ROOT)}: {match.group()}"
            for path in (ROOT / "agents").rglob("*.py")
            if (match := pattern.search(read(text_of(path))))
        ]
    assert not found


def test_readme_and_ci_run_the_same_commands() -> None:
    readme = text_of(ROOT / "README.md")
    script = ROOT / ".ci" / "run"
    assert "make run" in readme
    assert "make test" in readme
    assert re.search(r"^make test$", text_of(script), flags=re.MULTILINE)
    assert os.access(script, os.X_OK)
