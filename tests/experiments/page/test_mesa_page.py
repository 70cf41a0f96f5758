"""Mesa's own page with our model: play, step, reset."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.browser import Guarded, Server, serving
from experiments.page.server import LOOPBACK, free_port

pytestmark = pytest.mark.page


@pytest.fixture
def mesa_server() -> Iterator[Server]:
    command = [
        sys.executable, "-c",
        "from experiments.page.server import settle_environment; settle_environment();"
        "import sys; from solara.__main__ import main;"
        "sys.argv = ['solara', 'run', 'examples/mesa_page.py', '--host', '127.0.0.1',"
        f" '--port', '{free_port(LOOPBACK, 0)}', '--no-open', '--production']; main()",
    ]  # fmt: skip
    with serving(command) as found:
        yield found


def test_play_step_and_reset(chromium: Any, mesa_server: Server) -> None:
    guarded = Guarded(chromium)
    page = guarded.page
    page.set_default_timeout(120_000)
    page.goto(mesa_server.address)

    def steps() -> int:
        return int(page.inner_text("text=/Step: *\\d+/").rpartition(":")[2])

    page.wait_for_selector("text=/Step: *0/")
    page.click("button:has-text('Step')")
    page.wait_for_selector("text=/Step: *1/")
    page.click("button:has-text('▶')")
    page.wait_for_selector("text=/Step: *[3-9]/")
    page.click("button:has-text('❚❚')")
    page.click("button:has-text('Reset')")
    page.wait_for_selector("text=/Step: *0/")
    assert steps() == 0
    assert page.locator("img, canvas, svg").count() > 0
    guarded.close()
    assert guarded.faults == []
