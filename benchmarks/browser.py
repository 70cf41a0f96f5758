"""The page in a real browser: its server in its own process, and a Chromium that is at hand."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
HERE = ("127.0.0.1", "localhost", "[::1]")
START_SECONDS = 300.0
_ADDRESS = re.compile(r"http://\S+:\d+/?")


class NoBrowserError(Exception):
    """No Chromium is installed on this machine."""


def browser_path() -> str:
    """Where a Chromium is installed.

    Raises
    ------
    NoBrowserError
        That says how to install one.
    """
    named = os.environ.get("YIGONGTI_BROWSER")
    for name in (named,) if named else BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise NoBrowserError(
        f"no browser: looked for {named or ', '.join(BROWSERS)}; allowed: an installed Chromium or "
        "Chrome (Debian and Ubuntu: apt install chromium), or YIGONGTI_BROWSER=its path"
    )


@dataclass
class Server:
    """A server of pages that runs by itself.

    Attributes
    ----------
    address
        Where browsers find it.
    told
        What it has written so far.
    """

    process: subprocess.Popen[str]
    address: str = ""
    told: list[str] = field(default_factory=list)

    def memory_mib(self) -> float:
        """Memory of it and all processes that it has started; what they share counts once."""
        return sum(_memory_kib(pid) for pid in _family(self.process.pid)) / 1024.0


@contextlib.contextmanager
def serving(command: Sequence[str]) -> Iterator[Server]:
    """Run a command that serves a page and tells its address; end it afterwards.

    Raises
    ------
    RuntimeError
        If it ends, or tells no address in time.
    """
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    server, heard = Server(process), threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            server.told.append(line)
            found = _ADDRESS.search(line)
            if found and not server.address:
                server.address = found.group().rstrip("/") + "/"
                heard.set()
        heard.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        heard.wait(START_SECONDS)
        if not server.address:
            raise RuntimeError("the page's server did not start:\n" + "".join(server.told))
        _wait_for(server.address)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(address: str) -> None:
    """Wait until somebody listens at an address, which some servers tell beforehand."""
    parts = urlsplit(address)
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def page_command(county: str = "typical") -> list[str]:
    """The command that serves the page on a free port."""
    return [sys.executable, "-m", "experiments.cli", "app", "--port", "0", "--county", county]


@contextlib.contextmanager
def browsing() -> Iterator[Any]:
    """A headless Chromium, driven by Playwright.

    Raises
    ------
    NoBrowserError
        If there is none.
    """
    path = browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Without a sandbox root cannot start it; it opens pages of this machine only.
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Guarded:
    """A page that keeps what went wrong: requests off the machine, errors of scripts.

    Parameters
    ----------
    browser
        Of :func:`browsing`.
    size
        Width and height in pixels.
    """

    def __init__(self, browser: Any, size: tuple[int, int] = (1440, 900)) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.context.route("**/*", self._let_through)
        self.page.on("websocket", lambda socket: self._look(socket.url))
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)

    def _let_through(self, route: Any) -> None:
        if self._look(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _look(self, url: str) -> bool:
        parts = urlsplit(url)
        here = parts.scheme in ("data", "blob") or parts.hostname in HERE
        if not here:
            self.faults.append(f"request off the machine: {url}")
        return here

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def close(self) -> None:
        """Close the page, and its cookies with it."""
        self.context.close()


def _family(pid: int) -> list[int]:
    """A process and all that it has started, as the system lists them."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            rest = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(rest[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def _memory_kib(pid: int) -> float:
    """Its proportional share of memory."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    return 0.0
