"""Ctrl-C is heeded once, is never lost, and leaves tidying up alone."""

from __future__ import annotations

import ctypes
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from abm.county import County
from abm.model import Model
from calibration.policies import load_policy
from experiments.interrupts import (
    AGAIN_SECONDS,
    closed_after,
    heeded,
    stop_at_ctrl_c,
    undisturbed,
)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    hook = sys.unraisablehook
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stop_at_ctrl_c()
    yield
    heeded()
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.unraisablehook = hook
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("ctrl_c")
def test_further_presses_are_not_heeded() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    heeded()
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("ctrl_c")
def test_one_that_falls_into_a_callback_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    class Swallows:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    comes_again(Swallows)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("ctrl_c")
def test_one_that_a_compiled_library_drops_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    class Asked:
        def __getattr__(self, _name: str) -> None:
            signal.raise_signal(signal.SIGINT)

    def ask() -> None:
        # As NumPy does where it looks whether something is an array.
        assert not ctypes.pythonapi.PyObject_HasAttrString(ctypes.py_object(Asked()), b"shape")

    comes_again(ask)
    assert capsys.readouterr().err == ""


def comes_again(drop: Callable[[], object]) -> None:
    start = time.monotonic()
    drop()
    with pytest.raises(KeyboardInterrupt):
        time.sleep(5)
    assert time.monotonic() - start < 3
    heeded()
    time.sleep(5 * AGAIN_SECONDS)


@pytest.mark.usefixtures("ctrl_c")
def test_one_on_its_way_does_not_come_again() -> None:
    def tidy_up() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            time.sleep(5 * AGAIN_SECONDS)
            tidied.append(True)

    tidied: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        tidy_up()
    heeded()
    assert tidied == [True]


@pytest.mark.usefixtures("ctrl_c")
def test_one_that_was_dropped_waits_until_tidying_up_is_done() -> None:
    class Asked:
        def __getattr__(self, _name: str) -> None:
            signal.raise_signal(signal.SIGINT)

    tidied: list[bool] = []
    assert not ctypes.pythonapi.PyObject_HasAttrString(ctypes.py_object(Asked()), b"shape")
    with pytest.raises(KeyboardInterrupt):
        tidy_and_wait(tidied)
    assert tidied == [True]


def tidy_and_wait(tidied: list[bool]) -> None:
    with undisturbed():
        time.sleep(5 * AGAIN_SECONDS)
        tidied.append(True)
    time.sleep(5)


@pytest.mark.usefixtures("ctrl_c")
def test_tidying_up_is_not_disturbed() -> None:
    with undisturbed():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_model_is_closed_unless_it_was_stopped(tiny_county: County) -> None:
    model = Model(tiny_county, load_policy("fee_for_service"), threads=2)
    closed: list[bool] = []
    model.close, really = lambda: closed.append(True), model.close  # type: ignore[method-assign]
    with closed_after(model):
        pass
    with pytest.raises(ValueError, match="x"), closed_after(model):
        raise ValueError("x")
    assert closed == [True, True]
    with pytest.raises(KeyboardInterrupt), closed_after(model):
        raise KeyboardInterrupt
    assert closed == [True, True]
    really()
