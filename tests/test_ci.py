"""CI sees to a browser, or says which package is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def stub(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def ask(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `.ci/browser` where only some commands are found."""
    environment = {name: value for name, value in os.environ.items() if "BROWSER" not in name}
    command = [str(shutil.which("bash")), str(ROOT / ".ci" / "browser")]
    told = {**environment, "PATH": str(folder), **more}
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)


def test_a_browser_that_is_there_is_enough(tmp_path: Path) -> None:
    stub(tmp_path, "google-chrome", "exit 7")
    assert ask(tmp_path).returncode == 0


def test_without_leave_to_install_it_names_the_package(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 1000")
    stub(tmp_path, "apt-get", "exit 9")
    found = ask(tmp_path)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "apt-get install chromium" in found.stderr


def test_a_browser_that_was_named_and_is_not_there_is_not_replaced(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 0")
    stub(tmp_path, "apt-get", "exit 9")
    found = ask(tmp_path, YIGONGTI_BROWSER="/nowhere/chromium")
    assert found.returncode == 1
    assert "/nowhere/chromium" in found.stderr


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="not Debian")
def test_root_on_debian_gets_it_installed(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 0")
    stub(tmp_path, "apt-get", 'echo "$@"')
    found = ask(tmp_path)
    assert found.returncode == 0
    wanted = ["update", "install -y --no-install-recommends chromium"]
    assert found.stdout.splitlines() == wanted
