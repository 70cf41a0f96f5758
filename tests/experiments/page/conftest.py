"""A server of the page and a real browser, made once; a guarded page for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.browser import (
    Guarded,
    NoBrowserError,
    Server,
    browser_path,
    browsing,
    page_command,
    serving,
)

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    try:
        browser_path()
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving(page_command()) as found:
        yield found


@pytest.fixture
def opened(chromium: Any, server: Server) -> Iterator[Open]:
    """Open the page in a browser of its own; at the end nothing may have gone wrong in any."""
    guarded: list[Guarded] = []

    def open_page(query: str = "", size: tuple[int, int] = (1440, 900)) -> Any:
        one = Guarded(chromium, size)
        guarded.append(one)
        one.page.set_default_timeout(60_000)
        one.page.goto(server.address + (f"?{query}" if query else ""))
        one.page.wait_for_selector(".yg-status[data-seeds='4']")
        return one.page

    yield open_page
    for one in guarded:
        one.close()
    assert [fault for one in guarded for fault in one.faults] == []
