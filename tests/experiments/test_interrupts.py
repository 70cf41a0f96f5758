"""Ctrl-C is heeded once, is never lost, and leaves tidying up alone."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator

import pytest

from abm.county import County
from abm.model import Model
from calibration.policies import load_policy
from experiments.interrupts import closed_after, stop_at_ctrl_c, undisturbed


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    hook = sys.unraisablehook
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stop_at_ctrl_c()
    yield
    sys.unraisablehook = hook
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("ctrl_c")
def test_further_presses_are_not_heeded() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("ctrl_c")
def test_one_that_falls_into_a_callback_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    class Swallows:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    def wait() -> None:
        Swallows()
        time.sleep(5)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        wait()
    assert time.monotonic() - start < 3
    assert capsys.readouterr().err == ""


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
