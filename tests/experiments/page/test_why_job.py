"""What the page asks to take a change apart, and that its figures are the command line's."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.replay import CHANNELS
from experiments.headline import HEADLINES
from experiments.page import why_job
from experiments.page.desk import Desk
from experiments.page.scenario import Choice, Scenario
from experiments.page.sizes import Size
from experiments.page.why_job import NAMES, WhyAnswer, WhyQuestion, asks_of, make_apart
from experiments.page.why_rows import bars, status_of
from experiments.why import why
from experiments.why_runs import QUICK, SHAPLEY, WhyAsk
from experiments.why_shares import PARTS, REST, TOTAL

CHOICE = Choice("typical", 1, (Scenario("per_diem"), Scenario("bundle")), active=1)


@dataclass
class Task:
    """A job that is done, or never will be."""

    future: Future[Any]
    months: int
    lived: int = 0
    left: int = 0

    def join(self) -> None:
        self.left -= 1

    def leave(self) -> None:
        self.left += 1


@dataclass
class Office:
    """A pool that works at once, in this process."""

    make: Callable[[WhyAsk], np.ndarray | None]
    asks: list[WhyAsk] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)

    def submit(self, _: Any, ask: WhyAsk, months: int) -> Task:
        future: Future[Any] = Future()
        found = self.make(ask)
        if found is not None:
            future.set_result(found)
        self.asks.append(ask)
        self.tasks.append(Task(future, months))
        return self.tasks[-1]


class Offices(Desk):
    """A desk with such pools."""

    def __init__(self, make: Callable[[WhyAsk], np.ndarray | None]) -> None:
        super().__init__(1)
        self.quick: Any = Office(make)
        self.background: Any = Office(make)


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20.0
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def drawn(ask: WhyAsk) -> np.ndarray:
    """Figures out of the air, of the right shape."""
    rng = np.random.default_rng(ask.seed)
    return rng.normal(size=(1 + len(ask.own), ask.months // 12, len(ask.names)))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why_job, "quick_size", lambda _: Size(True, 200, 4))


def test_parts_at_once_come_first_then_shares() -> None:
    desk, heard = Offices(drawn), list[WhyAnswer]()
    WhyQuestion(desk, CHOICE, heard.append).run()
    told = [(answer.method, answer.seeds, answer.done) for answer in heard]
    assert told == [
        (QUICK, 2, False),
        (SHAPLEY, 3, False),
        (SHAPLEY, 4, False),
        (SHAPLEY, 4, True),
    ]
    assert [len(desk.quick.asks), len(desk.background.asks)] == [2, 4]
    for answer in heard:
        assert answer.table is not None
        assert list(answer.table["name"].unique()) == list(NAMES)
        assert set(answer.table["part"]) == set(PARTS)


def test_nothing_is_told_after_it_is_asked_no_longer() -> None:
    before = threading.active_count()
    desk, heard = Offices(lambda _: None), list[WhyAnswer]()
    question = WhyQuestion(desk, CHOICE, heard.append).begin()
    wait_until(lambda: len(heard) > 0)
    question.stop()
    told = len(heard)
    for task in desk.quick.tasks:
        assert task.left == 0
        task.future.set_result(drawn(desk.quick.asks[0]))
    wait_until(lambda: threading.active_count() == before)
    assert len(heard) == told
    assert all(answer.table is None for answer in heard)


def test_a_fault_is_told_and_not_waited_for() -> None:
    def broken(_: WhyAsk) -> np.ndarray:
        raise OSError("no memory")

    heard: list[WhyAnswer] = []
    WhyQuestion(Offices(broken), CHOICE, heard.append).run()
    assert [(answer.fault, answer.done) for answer in heard] == [("OSError: no memory", True)]


def test_the_figures_are_those_of_the_command(typical: Any) -> None:
    asks, lead_years = asks_of(CHOICE, QUICK, 2)
    assert lead_years == 1
    desk = Offices(lambda ask: make_apart(ask, lambda _: None))
    question = WhyQuestion(desk, CHOICE, lambda _: None)
    answer = question._take_apart(WhyAnswer(), QUICK, 2)
    assert answer.table is not None
    rules: dict[str, Any] = {"years": 1, "weight": 200, "replicates": 2, "threads": 1}
    found = why(typical, "bundle", quick=True, names=NAMES, **rules)
    pd.testing.assert_frame_equal(answer.table, found.table)
    assert (answer.table["value"] != 0.0).any()
    rows = bars(answer.table, HEADLINES[0], QUICK, "en")
    ours = found.table[found.table["name"] == HEADLINES[0].name]
    for row, (_, line) in zip(rows, ours.iterrows(), strict=True):
        shown = float(row["change"].replace("\N{MINUS SIGN}", "-").replace(",", ""))
        assert shown == pytest.approx(line["value"] * HEADLINES[0].factor, rel=1e-3)
        assert row["sure"] == line["sure"]
    assert asks[0].own == desk.quick.asks[0].own


def table_of(values: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "name": HEADLINES[0].name,
                "part": part,
                "value": value,
                "low": low,
                "high": high,
                "sure": bool(low > 0 or high < 0),
            }
            for part, (value, low, high) in values.items()
        ]
    )


def test_bars_stand_where_their_values_are() -> None:
    nil = (0.0, 0.0, 0.0)
    values = {
        TOTAL: (10.0, 5.0, 15.0),
        **dict.fromkeys(CHANNELS, nil),
        REST: (-5.0, -math.inf, 2.0),
    }
    values["pay"] = (5.0, -1.0, 11.0)
    rows = {r["part"]: r for r in bars(table_of(values), HEADLINES[0], SHAPLEY, "en")}
    assert [(r["left"], r["width"]) for r in (rows[TOTAL], rows["pay"])] == [
        (50.0, 31.25),
        (50.0, 15.62),
    ]
    assert rows[REST]["left"] + rows[REST]["width"] == pytest.approx(50.0)
    assert rows[REST]["from"] == 0.0
    assert [rows[p]["cut"] for p in (TOTAL, "pay", REST)] == [False, False, True]
    assert [rows[p]["mark"] for p in (TOTAL, "price", "pay")] == ["sure", "none", "not sure"]
    assert rows["price"]["width"] == 0.0
    assert rows[TOTAL]["change"] == "+10.00"


def test_it_is_said_which_parts_are_shown() -> None:
    table = table_of({TOTAL: (1.0, 0.0, 2.0)})
    coming = WhyAnswer(table, QUICK, 2, 0.4)
    assert status_of(coming, "en").endswith("2 runs. Shapley shares are on their way: 40 %")
    assert status_of(WhyAnswer(table, SHAPLEY, 4, 1.0, True), "en") == "Shapley shares, 4 runs."
    assert "OSError" in status_of(WhyAnswer(table, QUICK, 2, 0.4, True, "OSError: x"), "en")
