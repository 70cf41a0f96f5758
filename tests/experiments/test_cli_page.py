"""The command that serves the page refuses what it cannot serve, in one line."""

from __future__ import annotations

import inspect
import socket

import pytest

from agents.foundation.errors import InputError
from experiments.cli_page import app_command
from experiments.page import server
from tests.experiments.conftest import Command


def test_an_unknown_county_is_refused(command: Command) -> None:
    outcome = command("app", "--county", "atlantis")
    assert outcome.code == 2
    assert "county atlantis: unknown; allowed: " in outcome.err


def test_without_the_extra_it_says_how_to_install_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    outcome = command("app")
    assert outcome.code == 2
    assert "solara" in outcome.err
    assert "[page]" in outcome.err


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"{port}.*allowed: a free port"):
            server.free_port("127.0.0.1", port)
    assert server.free_port("127.0.0.1", 0) > 0


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InputError, match="an address of this machine"):
        server.free_port("192.0.2.1", 0)


def test_it_listens_on_this_machine_only_unless_told_otherwise() -> None:
    usual = inspect.signature(app_command).parameters
    assert usual["host"].default == server.LOOPBACK == "127.0.0.1"
    assert usual["port"].default == server.USUAL_PORT


def test_nothing_is_sent_or_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "SOLARA_ASSETS_FONTAWESOME_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.environ", {})
    server.settle_environment()
    import os

    assert os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    assert os.environ["SOLARA_ASSETS_FONTAWESOME_ENABLED"] == "False"
