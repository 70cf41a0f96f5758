from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from abm.engine import Engine
from agents.foundation.compile import chunk_loop, interruptible


def where() -> threading.Thread:
    return threading.current_thread()


def test_the_main_thread_only_waits_for_a_loop() -> None:
    # Ctrl-C strikes in the main thread alone; inside a compiler it would kill the process.
    assert interruptible(where)() is not threading.main_thread()


def test_a_worker_runs_its_loops_itself() -> None:
    ran: list[threading.Thread] = []
    worker = threading.Thread(target=lambda: ran.append(interruptible(where)()))
    worker.start()
    worker.join()
    assert ran == [worker]


def test_what_a_loop_gives_or_raises_reaches_the_caller() -> None:
    assert interruptible(max)(2, 3) == 3
    with pytest.raises(ZeroDivisionError):
        interruptible(divmod)(1, 0)


@chunk_loop
def count_up(start: int, stop: int) -> int:
    total = 0
    for i in range(start, stop):
        total += i
    return total


def test_the_engine_runs_compiled_loops_so(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def seen(loop: Callable[..., Any]) -> Callable[..., Any]:
        made.append(loop)
        return loop

    monkeypatch.setattr("abm.engine.interruptible", seen)
    assert Engine(1, agent_by_agent=False).loop(count_up)(0, 5) == 10
    assert made == [count_up]
