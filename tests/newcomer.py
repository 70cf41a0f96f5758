"""A copy of the program in which a newcomer follows a recipe of CONTRIBUTING.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import agents

ROOT = Path(agents.__file__).resolve().parents[1]
PARTS = ("agents", "abm", "calibration", "experiments", "counties", "policies")


def copy_program(to: Path) -> Path:
    """Copy the floors of the house and its data."""
    for part in PARTS:
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def add_line_after(path: Path, mark: str, line: str) -> None:
    """Add a line after the last one that holds a mark."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    last = max(number for number, text in enumerate(lines) if mark in text)
    lines.insert(last + 1, line)
    path.write_text("".join(lines), "utf-8")


def run_in(tree: Path, code: str, *, compiled: bool) -> Any:
    """Run Python in a copy, in a process and with a compile cache of its own.

    Returns
    -------
    object
        What it prints, read as JSON.
    """
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "YIGONGTI_CACHE": str(tree / "cache"),
        "NUMBA_DISABLE_JIT": "0" if compiled else "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
