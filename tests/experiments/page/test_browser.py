"""Every story of the page in a real browser, with nothing fetched from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from experiments.cli_tables import number
from experiments.headline import HEADLINES
from experiments.page.panels import signed
from experiments.page.scenario import TABS

pytestmark = pytest.mark.page

CJK = re.compile(r"[\u4e00-\u9fff]")
GROWTH = "#yg-payment-growth"
IN_SIGHT = {
    "answer": ".yg-curve canvas >> nth=7",
    "map": ".yg-county[data-ready=patients] canvas >> nth=1",
    "flows": ".yg-flow >> nth=1 >> canvas",
    "money": "tr.check",
    "people": ".yg-section",
    "why": ".yg-why[data-seeds]",
    "closer": "[data-test=provider]",
}
"""What each tab shows when it is whole."""
STICKS_OUT = (
    "() => [...document.querySelectorAll('.yg *')]"
    ".filter(e => !e.closest('.yg-scroll, .yg-tabs, .yg-map, .yg-skip'))"
    ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    ".map(e => e.className || e.tagName)"
)


def changes(page: Any) -> list[list[str]]:
    """Change and interval of the active scenario's panels, as they are read."""
    found = page.eval_on_selector_all(
        ".yg-panel",
        "panels => panels.map(p => [p.querySelector('.yg-value').textContent,"
        " p.querySelector('.yg-interval').textContent])",
    )
    assert len(found) == len(HEADLINES)
    return [list(map(str, row)) for row in found]


def move(page: Any, selector: str, value: float) -> None:
    """Put a slider at a value and let it go."""
    page.eval_on_selector(
        selector,
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input'));"
        " slider.dispatchEvent(new Event('change')); }",
        value,
    )


def drawn(page: Any, part: str) -> None:
    """Wait until the curves are those of a choice, all runs in."""
    page.wait_for_function(
        "part => { const p = document.querySelector('.yg-panels');"
        " return p && (p.dataset.stamp || '').includes(part) && p.dataset.stamp.includes('|4|'); }",
        arg=part,
    )


def test_opens_on_a_county_that_is_run_already(opened: Any, server: Any) -> None:
    began = time.perf_counter()
    page = opened()
    page.wait_for_selector(".yg-curve canvas >> nth=7")
    assert page.locator(".yg-curve[data-curves='2'][data-bands='2']").count() == len(HEADLINES)
    assert time.perf_counter() - began < 20
    assert "Quick answer: 4 runs" in page.inner_text(".yg-badge")


def test_both_languages_from_one_switch(opened: Any) -> None:
    page = opened()
    english = page.inner_text(".yg")
    assert not CJK.search(english.replace("中文", ""))
    page.click("[data-test=lang]")
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    page.wait_for_function("document.querySelector('.yg-panel h2').textContent.includes('基金')")
    for tab in TABS:
        page.click(f"#yg-tab-{tab}")
        page.wait_for_selector(IN_SIGHT.get(tab, ".yg-shown"))
        left = [
            line
            for line in page.inner_text(".yg").splitlines()
            # Proper names of the county's data, and short names of presets, stay as they are.
            if len(re.findall(r"[A-Za-z]{3,}", line)) > 2 and not CJK.search(line)
        ]
        names = ("clinic", "centre", "Hospital", "English")
        assert [line for line in left if not any(name in line for name in names)] == [], tab


def test_lever_answers_and_equals_the_command_line(opened: Any, tmp_path: Path) -> None:
    page = opened()
    before = changes(page)
    move(page, GROWTH, 1)
    drawn(page, "0.01")
    shown = changes(page)
    assert shown != before
    with page.expect_download() as download:
        page.click("text=Scenario file")
    scenario = tmp_path / "scenario.toml"
    download.value.save_as(scenario)
    command = [
        sys.executable, "-m", "experiments.cli", "compare", "typical", "--policy", str(scenario),
        "--years", "3", "--weight", "50", "--replicates", "4", "--precision", "1e-9", "--json",
    ]  # fmt: skip
    root = Path(__file__).resolve().parents[3]
    told = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    rows = {row["name"]: row for row in json.loads(told.stdout) if "-" in row["years"]}
    for headline, (change, interval) in zip(HEADLINES, shown, strict=True):
        row = rows[headline.name]
        value, low, high = (row[key] * headline.factor for key in ("value", "low", "high"))
        assert change == signed(value), headline.name
        assert interval == f"{signed(low)} – {signed(high)}", headline.name
    reference = page.inner_text(".yg-panel >> nth=0 >> .yg-reference b")
    assert reference == number(rows[HEADLINES[0].name]["reference"])


def test_undo_redo_reset_and_back(opened: Any) -> None:
    page = opened()
    first = changes(page)
    move(page, GROWTH, 12)
    drawn(page, "0.12")
    moved = changes(page)
    page.click("[data-test=undo]")
    drawn(page, "s=bundle&active")
    assert changes(page) == first
    page.click("[data-test=redo]")
    drawn(page, "0.12")
    assert changes(page) == moved
    page.click(".yg-lever.changed .yg-back")
    drawn(page, "s=bundle&active")
    page.select_option("[data-test=preset]", "fee_for_service")
    drawn(page, "s=fee_for_service")
    page.click("[data-test=reset]")
    drawn(page, "s=bundle&active")
    assert changes(page) == first


def test_four_scenarios_and_a_link_that_restores_them(opened: Any) -> None:
    page = opened()
    for letter in "BCD":
        page.click("[data-test=add]")
        page.wait_for_selector(f"[data-test=scenario-{letter}]")
    assert page.locator("[data-test=add]").count() == 0
    page.select_option("[data-test=preset]", "fee_for_service")
    page.click("[data-test=scenario-C]")
    page.wait_for_selector("[data-test=scenario-C][aria-pressed=true]")
    move(page, GROWTH, 9)
    drawn(page, "0.09")
    page.click("[data-test=link]")
    link = page.input_value("[data-test=linkbox]")
    rows = page.locator(".yg-panel >> nth=0 >> .yg-change")
    page.wait_for_function(
        "document.querySelectorAll('.yg-panel')[0].querySelectorAll('.yg-change').length === 4"
    )
    seen = rows.all_inner_texts()
    other = opened(link.partition("?")[2])
    other.wait_for_function(
        "document.querySelectorAll('.yg-panel')[0].querySelectorAll('.yg-change').length === 4"
    )
    assert other.locator(".yg-panel >> nth=0 >> .yg-change").all_inner_texts() == seen
    assert other.input_value(GROWTH) == "9"


def test_a_link_that_cannot_be_used_says_so(opened: Any) -> None:
    page = opened("county=atlantis&s=magic&years=99")
    told = page.inner_text(".yg-fault")
    assert "atlantis" in told
    assert "magic" in told


def test_map_plays_pauses_steps_and_rewinds(opened: Any) -> None:
    page = opened("tab=map")
    county = page.locator(".yg-county")
    page.wait_for_selector(IN_SIGHT["map"])
    start = int(county.get_attribute("data-month"))
    page.select_option(".yg-player select", "4")
    page.click(".yg-player button >> nth=0")
    page.wait_for_function(f"+document.querySelector('.yg-county').dataset.month >= {start + 3}")
    page.click(".yg-player button >> nth=0")
    paused = int(county.get_attribute("data-month"))
    page.wait_for_timeout(600)
    assert int(county.get_attribute("data-month")) == paused
    page.click(".yg-player button >> nth=1")
    assert int(county.get_attribute("data-month")) == paused + 1
    page.click(".yg-player button >> nth=2")
    assert int(county.get_attribute("data-month")) == 0
    for mode in ("money", "receipts", "doctors"):
        page.check(f"input[value={mode}]")
        page.wait_for_selector(f".yg-county[data-ready={mode}]")
        alts = page.eval_on_selector_all(".yg-map", "maps => maps.map(m => m.ariaLabel)")
        assert len(alts) == 2
        assert all(len(alt) > 60 for alt in alts)


def test_click_on_the_map_looks_closer(opened: Any) -> None:
    page = opened("tab=map")
    page.wait_for_selector(IN_SIGHT["map"])
    x, y = page.evaluate(
        """async () => {
          const place = document.querySelectorAll('.yg-map')[1];
          const box = place.getBoundingClientRect();
          const chart = (await window.yigongtiCharts).getInstanceByDom(place);
          const series = chart.getOption().series, marks = series[series.length - 1].data;
          const hospital = marks.find((mark) => mark.symbol === 'rect');
          const [x, y] = chart.convertToPixel({ seriesIndex: series.length - 1 }, hospital.value);
          return [box.left + x, box.top + y];
        }"""
    )
    page.mouse.click(x, y)
    page.wait_for_selector("#yg-tab-closer[aria-selected=true]")
    page.wait_for_selector(".yg-story")
    assert page.locator(".yg-table").count() >= 2


def test_flows_before_and_after_and_the_siphon(opened: Any) -> None:
    page = opened("tab=flows")
    page.wait_for_selector(".yg-flow >> nth=1 >> canvas")
    assert page.locator(".yg-flow canvas").count() == 2
    page.select_option("[data-test=year]", "2026")
    page.wait_for_timeout(300)
    rows = page.locator(".yg-siphonrow")
    assert rows.count() == 5
    assert page.locator(".yg-siphonrow.narrow").inner_text().startswith("the siphon")


def test_every_account_closes(opened: Any) -> None:
    page = opened("tab=money")
    page.wait_for_selector(".yg-table tr.check")
    accounts = page.locator("[data-test=account] option").count()
    assert accounts >= 8
    for number_of in range(accounts):
        page.select_option("[data-test=account]", index=number_of)
        name = page.locator("[data-test=account] option").nth(number_of).inner_text()
        page.wait_for_selector(f".yg-table caption >> text={name}")
        assert page.locator("tr.check td >> text=closes to the fen").count() == 2, name


def test_who_gains_and_who_loses(opened: Any) -> None:
    page = opened("tab=people")
    page.wait_for_selector(".yg-section")
    assert page.locator(".yg-section").count() == 3
    assert page.locator(".yg-table tbody tr:not(.yg-section)").count() == 13
    assert page.locator("td.good, td.bad").count() > 0


def test_from_a_warning_to_a_provider_a_doctor_and_a_patient(opened: Any) -> None:
    page = opened()
    page.click(".yg-warning .yg-link >> nth=0")
    page.wait_for_selector(".yg-story")
    assert "Proved" in page.inner_text(".yg-story")
    page.click(".yg-table .yg-link >> nth=0")
    page.wait_for_selector(".yg-story h2 >> text=/^doctor \\d+/")
    page.click(".yg-stepname .yg-link >> nth=0")
    page.wait_for_selector(".yg-story h2 >> text=/^resident \\d+/")
    assert page.locator(".yg-monthblock").count() > 3
    page.select_option("[data-test=find]", "outside")
    page.wait_for_selector(".yg-monthblock[open] tr.chosen")


def test_full_county_in_the_background_with_progress_and_cancel(opened: Any) -> None:
    page = opened()
    page.click("[data-test=full]")
    page.wait_for_function(
        "() => { const b = document.querySelector('.yg-fullbox [role=progressbar]');"
        " return b && +b.ariaValueNow >= 2; }",
        timeout=120_000,
    )
    # Meanwhile the page answers, as quickly as ever, and says that it is the quick answer.
    move(page, GROWTH, 15)
    page.wait_for_selector("[data-test=undo]:not([disabled])", timeout=5_000)
    page.wait_for_selector("[data-test=full]")
    page.click("[data-test=full]")
    page.click("[data-test=cancel]")
    page.wait_for_selector("[data-test=full]")
    assert page.get_attribute(".yg-status", "data-quick") == "true"


@pytest.mark.slow
def test_full_county_arrives_and_is_told_apart(opened: Any) -> None:
    page = opened()
    quick = changes(page)
    page.click("[data-test=full]")
    page.wait_for_selector(".yg-status[data-quick=false][data-seeds='3']", timeout=400_000)
    assert "everybody is an agent" in page.inner_text(".yg-badge")
    page.wait_for_function(
        "() => document.querySelector('.yg-panels').dataset.stamp.includes('|1|3|')"
    )
    assert changes(page) != quick
    page.click("[data-test=full]")
    page.wait_for_selector(".yg-status[data-quick=true]")
    drawn(page, "s=bundle")
    assert changes(page) == quick


def test_keyboard_alone_suffices(opened: Any) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "yg-skip"

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    tab_to(GROWTH)
    page.keyboard.press("ArrowRight")
    drawn(page, "0.06")
    tab_to("#yg-tab-answer")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#yg-tab-map[aria-selected=true]")
    assert page.evaluate("document.activeElement.id") == "yg-tab-map"
    # The tab is marked at once, and what it shows comes from the server.
    page.wait_for_selector(IN_SIGHT["map"])
    tab_to(".yg-player button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".yg-county[data-playing=true]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".yg-county[data-playing=false]")
    tab_to("[data-test=mapped]")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#yg-tab-closer[aria-selected=true]")
    page.wait_for_selector(".yg-story")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_every_tab_is_accessible_and_nothing_sticks_out(
    opened: Any, size: tuple[int, int], lang: str
) -> None:
    from axe_core_python.sync_playwright import Axe

    page = opened(f"lang={lang}", size)
    page.eval_on_selector_all(".yg-group", "groups => groups.forEach(g => { g.open = true; })")
    told: list[str] = []
    for tab in TABS:
        page.click(f"#yg-tab-{tab}")
        page.wait_for_selector(IN_SIGHT.get(tab, ".yg-shown"))
        # With the levers once: they are the same beside every tab.
        found = Axe().run(page, None if tab == "answer" else ".yg-main")
        told += [
            f"{tab}: {fault['id']} ({fault['impact']}): {fault['help']}: {node['html'][:160]}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]
        assert len(found["passes"]) > 10
        told += [f"{tab}: sticks out: {name}" for name in page.evaluate(STICKS_OUT)]
    assert told == []


def test_each_browser_has_a_state_of_its_own(opened: Any) -> None:
    first, second = opened(), opened("lang=zh")
    before = changes(second)
    move(first, GROWTH, 20)
    drawn(first, "0.2")
    second.wait_for_timeout(1000)
    assert second.input_value(GROWTH) == "5"
    assert changes(second) == before
    assert second.evaluate("document.documentElement.lang") == "zh-CN"
    assert first.evaluate("document.documentElement.lang") == "en"


def test_tables_and_picture_can_be_taken_home(opened: Any, tmp_path: Path) -> None:
    page = opened()
    for name, label in (("tables.zip", "Tables"), ("comparison.png", "Picture")):
        with page.expect_download() as download:
            page.click(f".yg-downloads >> text={label}")
        download.value.save_as(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "tables.zip") as tables:
        assert set(tables.namelist()) == {"differences.csv", "paths.csv", "scenario.toml"}
    assert (tmp_path / "comparison.png").read_bytes()[:4] == b"\x89PNG"
