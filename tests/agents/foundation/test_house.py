"""A package of the same name from elsewhere is found out, and named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.foundation.house import ADVICE, PACKAGES, check_house

ROOT = Path(__file__).resolve().parents[3]

CHECK = """
import sys
sys.path[:0] = sys.argv[1:]
from agents.foundation.errors import InputError
from agents.foundation.house import check_house
try:
    check_house()
except InputError as error:
    print(*error.problems, sep="\\n")
"""


def problems_with(*paths: Path) -> list[str]:
    command = [sys.executable, "-I", "-c", CHECK, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Build a copy of the house, with just what the check needs."""
    place = tmp_path / "医共体 copy"
    for name in PACKAGES:
        (place / name).mkdir(parents=True)
        (place / name / "__init__.py").write_text('"""Part of yigongti."""\n')
    shutil.copytree(ROOT / "agents" / "foundation", place / "agents" / "foundation")
    return place


def foreign(tmp_path: Path, name: str) -> Path:
    place = tmp_path / "foreign"
    (place / name).mkdir(parents=True)
    (place / name / "__init__.py").write_text("VERSION = 1\n")
    return place


def test_this_house_is_in_order() -> None:
    check_house()


def test_a_copy_in_a_folder_of_any_name_is_in_order(house: Path) -> None:
    assert problems_with(house) == []


@pytest.mark.parametrize("name", ["abm", "calibration", "experiments"])
def test_a_floor_from_elsewhere_is_named(house: Path, tmp_path: Path, name: str) -> None:
    other = foreign(tmp_path, name)
    first, advice = problems_with(other, house)
    assert first.startswith(f"package {name}: found in {other / name}")
    assert advice == ADVICE


def test_another_distribution_installed_over_ours_is_named(house: Path) -> None:
    (house / "agents" / "__init__.py").write_text("VERSION = 1\n")
    (house / "abm" / "__init__.py").write_text("")
    first, _ = problems_with(house)
    assert first.startswith("package agents: ")
    assert first.endswith("belongs to another distribution")


def test_every_missing_floor_is_named(house: Path) -> None:
    shutil.rmtree(house / "abm")
    shutil.rmtree(house / "experiments")
    assert [line.partition(":")[0] for line in problems_with(house)[:2]] == [
        "package abm",
        "package experiments",
    ]
