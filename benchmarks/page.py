"""``python -m benchmarks.page``: how fast the page answers, measured in a real browser."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.browser import Guarded, NoBrowserError, Server, browsing, page_command, serving
from benchmarks.measure import Row, make_row

VIEWS, RELEASES, PINGS = 5, 13, 40
ROUNDS = 3
"""Rounds of each measurement; the one with the lowest median is told, as the least disturbed."""
BROWSERS, TOGETHER_SECONDS = 8, 120.0
MOST_MIB = 4096.0
GROWTH = "#yg-payment-growth"
_MOVE = (
    "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input'));"
    " slider.dispatchEvent(new Event('change')); }"
)
_PINGED = (
    ("closer", "[data-test=provider]"),
    ("answer", ".yg-curve canvas"),
    ("flows", "[data-test=year]"),
    ("answer", ".yg-curve canvas"),
)
"""Tabs that are clicked in turn, and what each shows."""
_IN_SIGHT = "what => { const p = document.querySelector(what); return p && p.clientWidth > 0; }"
_DRAWN = (
    "part => { const p = document.querySelector('.yg-panels');"
    " return p && (p.dataset.stamp || '').includes(part); }"
)


def quantile(seconds: list[float], share: float) -> float:
    """A quantile of a few measurements: the value that so many do not exceed."""
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def told(percent: int) -> str:
    """How a growth of a budget stands in the stamp of drawn curves."""
    return f"%22%3A+{percent / 100:g}%7D"


def release(page: Any, percent: int, look_ms: int = 10) -> float:
    """Seconds from letting a lever go to both curves with their bands.

    Parameters
    ----------
    look_ms
        How often it is looked, which takes the browser's time too.
    """
    began = time.perf_counter()
    page.eval_on_selector(GROWTH, _MOVE, percent)
    page.wait_for_function(_DRAWN, arg=told(percent), polling=look_ms, timeout=120_000)
    return time.perf_counter() - began


def first_views(browser: Any, server: Server) -> list[float]:
    """Seconds from asking for the page to both curves."""
    found = []
    for _ in range(VIEWS):
        guarded = Guarded(browser)
        began = time.perf_counter()
        guarded.page.goto(server.address)
        guarded.page.wait_for_function(_DRAWN, arg="s=bundle", polling=10, timeout=120_000)
        found.append(time.perf_counter() - began)
        guarded.close()
    return found


def releases(browser: Any, server: Server, turn: int) -> list[float]:
    """Seconds of levers let go one after the other, each at a value that nobody asked before.

    Parameters
    ----------
    turn
        Which round, from 0: each has values of its own.
    """
    guarded = Guarded(browser)
    page = guarded.page
    page.goto(server.address)
    page.wait_for_selector(".yg-status[data-seeds='4']", timeout=120_000)
    found = []
    for n in range(RELEASES):
        found.append(release(page, 6 + turn * RELEASES + n))
        page.wait_for_selector(".yg-status[data-seeds='4']", timeout=120_000)
        page.wait_for_timeout(300)
    guarded.close()
    return found


def pings_while_full(browser: Any, server: Server) -> list[float]:
    """Seconds from a click on a tab to what is in it while the full county runs behind."""
    guarded = Guarded(browser)
    page = guarded.page
    page.goto(server.address)
    page.wait_for_selector(".yg-status[data-seeds='4']", timeout=120_000)
    page.click("[data-test=full]")
    page.wait_for_function(
        "() => { const b = document.querySelector('.yg-fullbox [role=progressbar]');"
        " return b && +b.ariaValueNow >= 1; }",
        timeout=120_000,
    )
    found = []
    for n in range(PINGS):
        tab, shows = _PINGED[n % len(_PINGED)]
        began = time.perf_counter()
        page.eval_on_selector(f"#yg-tab-{tab}", "tab => tab.click()")
        page.wait_for_function(_IN_SIGHT, arg=shows, polling=10, timeout=30_000)
        found.append(time.perf_counter() - began)
        page.wait_for_timeout(150)
    if page.locator("[data-test=cancel]").count():
        page.click("[data-test=cancel]")
    guarded.close()
    return found


def together(server: Server) -> tuple[list[str], list[float], float]:
    """Eight browsers move their levers for two minutes, each its own.

    Returns
    -------
    tuple
        What went wrong in any, seconds of all releases, and most memory of the server in MiB.
    """
    faults: list[str] = []
    seconds: list[float] = []
    until = time.monotonic() + TOGETHER_SECONDS
    threads = [
        threading.Thread(target=_one_of_many, args=(server, n, until, faults, seconds))
        for n in range(BROWSERS)
    ]
    for thread in threads:
        thread.start()
    most = 0.0
    while any(thread.is_alive() for thread in threads):
        most = max(most, server.memory_mib())
        time.sleep(2)
    return faults, seconds, most


def _one_of_many(
    server: Server, number: int, until: float, faults: list[str], seconds: list[float]
) -> None:
    try:
        with browsing() as browser:
            guarded = Guarded(browser)
            page = guarded.page
            page.goto(server.address)
            page.wait_for_selector(".yg-status[data-seeds='4']", timeout=120_000)
            turn = 0
            while time.monotonic() < until:
                # Values of its own, so that another's state would be seen.
                percent = -49 + 6 * number + turn % 6
                seconds.append(release(page, percent, 100))
                shown = page.input_value(GROWTH)
                if float(shown) != percent:
                    faults.append(f"browser {number} shows {shown}, not {percent}")
                turn += 1
                page.wait_for_timeout(2000)
            faults += guarded.faults
            guarded.close()
    except Exception as error:  # a thread's fault must be told, not lost
        faults.append(f"browser {number}: {type(error).__name__}: {error}")


def rows() -> list[Row]:
    """Measure everything; the rows of the benchmark."""
    with serving(page_command()) as server:
        with browsing() as browser:
            found = _seconds("page.first_view", first_views(browser, server), 5.0)
            moved = best("lever to curves", lambda turn: releases(browser, server, turn))
            found += _seconds("page.lever_to_curves", moved, 1.0)
            clicked = best("click while full runs", lambda _: pings_while_full(browser, server))
            found += _seconds("page.click_while_full_runs", clicked, 0.2)
        faults, seconds, most = together(server)
        found += _seconds("page.lever_to_curves_of_eight", seconds, None)
        for fault in faults:
            print(fault, file=sys.stderr)
        found.append(make_row("page.faults_of_eight", len(faults), "faults", high=0))
        found.append(make_row("page.most_memory_of_eight", most, "MiB", high=MOST_MIB))
    return found


def best(name: str, measure: Callable[[int], list[float]]) -> list[float]:
    """Measure in rounds, tell each with the machine's load, and take the quickest."""
    rounds = []
    for turn in range(ROUNDS):
        rounds.append(measure(turn))
        median, late = statistics.median(rounds[-1]), quantile(rounds[-1], 0.95)
        load = os.getloadavg()[0]
        print(f"{name}: {median:.3f} s, 95th {late:.3f} s, load {load:.1f}", file=sys.stderr)
    return min(rounds, key=statistics.median)


def _seconds(name: str, measured: list[float], most: float | None) -> list[Row]:
    median, late = statistics.median(measured), quantile(measured, 0.95)
    return [
        make_row(f"{name}.median", median, "s", high=most),
        make_row(f"{name}.95th_percentile", late, "s", high=most),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 if every limit is met, 1 if not, 2 where no browser is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list of rows")
    asked = parser.parse_args(arguments)
    try:
        found = rows()
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps(found, indent=1))
    else:
        _print(found)
    return 0 if all(row["ok"] is not False for row in found) else 1


def _print(found: list[Row]) -> None:
    table = Table(box=None)
    for column in ("name", "value", "high", "unit", "ok"):
        table.add_column(column)
    for row in found:
        high = "" if row["high"] is None else f"{row['high']:g}"
        table.add_row(row["name"], f"{row['value']:.3g}", high, row["unit"], str(row["ok"]))
    Console(width=120).print(table)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    sys.exit(main())
