"""The command line as a fixture, for the tests of all commands."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from experiments import cli


class Outcome(NamedTuple):
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        found = json.loads(self.out)
        assert isinstance(found, list)
        assert all(isinstance(row, dict) for row in found)
        return found


Command = Callable[..., Outcome]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Command]:
    """The command line in this process, in an empty folder: what main() does but exit."""
    monkeypatch.chdir(tmp_path)
    before = sys.unraisablehook, signal.getsignal(signal.SIGINT)

    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["yigongti", *map(str, words)])
        code = cli.run_command_line()
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return Outcome(code, told.out, told.err)

    yield call
    sys.unraisablehook = before[0]
    signal.signal(signal.SIGINT, before[1])
