"""The tab that takes a change apart, in a real browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from experiments.headline import HEADLINES
from experiments.page.panels import signed
from experiments.why_shares import PARTS

pytestmark = pytest.mark.page

CJK = re.compile(r"[\u4e00-\u9fff]")
BARS = ".yg-why[data-seeds='2']"


def told(page: Any) -> dict[str, list[str]]:
    """Change, interval and mark of each part, as they are read."""
    found: dict[str, list[str]] = page.eval_on_selector_all(
        ".yg-whytable tbody tr",
        "rows => Object.fromEntries(rows.map(r => [r.dataset.part, ['b', '.yg-interval',"
        " '.yg-mark'].map(s => r.querySelector(s).textContent.trim())]))",
    )
    return found


@pytest.fixture(scope="module")
def command() -> dict[tuple[str, str], dict[str, Any]]:
    """What the command line finds of the first scenario, by indicator and part."""
    words = [
        sys.executable, "-m", "experiments.cli", "why", "typical", "--policy", "bundle", "--quick",
        "--years", "1", "--weight", "50", "--replicates", "2", "--json",
    ]  # fmt: skip
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(words, cwd=root, capture_output=True, check=True, text=True)
    return {(row["name"], row["part"]): row for row in json.loads(done.stdout)}


def test_parts_at_once_are_those_of_the_command_and_shares_follow(
    opened: Any, command: dict[tuple[str, str], dict[str, Any]]
) -> None:
    page = opened("years=1&tab=why")
    page.wait_for_selector(BARS)
    assert page.get_attribute(".yg-why", "data-method") == "leave_one_out"
    assert "one channel replayed at a time, 2 runs" in page.inner_text(".yg-whystatus")
    assert "Shapley shares are on their way" in page.inner_text(".yg-whystatus")
    for headline in HEADLINES[:3]:
        page.select_option("[data-test=headline]", headline.name)
        page.wait_for_selector(f".yg-why h2 >> text={headline.title}")
        shown = told(page)
        assert tuple(shown) == PARTS
        for part, (change, interval, mark) in shown.items():
            row = command[headline.name, part]
            value, low, high = (row[key] * headline.factor for key in ("value", "low", "high"))
            assert change == signed(value), part
            assert interval == f"({signed(low)} – {signed(high)})", part
            assert ("● sure" in mark) == row["sure"], part
    page.wait_for_selector(".yg-why[data-method=shapley][data-done=true]", timeout=240_000)
    assert page.inner_text(".yg-whystatus").strip() == "Shapley shares, 4 runs."
    assert "Not by these channels" in page.inner_text(".yg-whytable")
    # What is known is not run again.
    page.click("#yg-tab-answer")
    page.wait_for_selector(".yg-panels")
    page.click("#yg-tab-why")
    page.wait_for_selector(".yg-why[data-method=shapley][data-done=true]", timeout=2_000)


def test_another_lever_ends_what_was_asked(opened: Any) -> None:
    page = opened("years=1&tab=why")
    page.wait_for_selector(BARS)
    before = told(page)
    page.eval_on_selector(
        "#yg-payment-growth",
        "s => { s.value = 14; s.dispatchEvent(new Event('input'));"
        " s.dispatchEvent(new Event('change')); }",
    )
    page.wait_for_selector(".yg-why", state="detached")
    page.wait_for_selector(BARS)
    after = told(page)
    assert after["total"] != before["total"]
    assert page.get_attribute(".yg-why", "data-method") == "leave_one_out"


@pytest.mark.parametrize(
    ("lang", "size"),
    [("en", (1440, 900)), ("zh", (1440, 900)), ("zh", (1024, 768)), ("en", (390, 844))],
)
def test_it_can_be_read_by_all(opened: Any, lang: str, size: tuple[int, int]) -> None:
    from axe_core_python.sync_playwright import Axe

    page = opened(f"years=1&lang={lang}&tab=why", size)
    page.wait_for_selector(BARS)
    words = page.inner_text(".yg-why")
    assert bool(CJK.search(words)) == (lang == "zh")
    if lang == "zh":
        assert re.search(r"[A-Za-z]{3,}", words) is None
    found = Axe().run(page)
    assert [(f["id"], f["nodes"][0]["html"][:160]) for f in found["violations"]] == []
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.yg-main *')]"
        ".filter(e => !e.closest('.yg-scroll, .yg-tabs'))"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.className || e.tagName)"
    )
    assert wide == []
