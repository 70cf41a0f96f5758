"""Ctrl-C: never lost, never in the middle of tidying up, never waiting for a compiler."""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.model import Model

AGAIN_SECONDS = 0.02
ONE_PRESS_SECONDS = 1.0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold Ctrl-C off while files are put in place or taken away."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def closed_after(model: Model) -> Iterator[Model]:
    """Close a model at the end, unless Ctrl-C ends it.

    A thread of a stopped model may be compiling for half a minute, or wait for a compiler
    that was stopped half-way; closing would wait for it.
    """
    try:
        yield model
    except KeyboardInterrupt:
        raise
    except BaseException:
        model.close()
        raise
    model.close()


class Pressed(KeyboardInterrupt):
    """Ctrl-C on its way to whoever heeds it."""

    def __init__(self) -> None:
        super().__init__()
        _on_its_way[:] = [weakref.ref(self)]


_on_its_way: list[weakref.ref[Pressed]] = []


def heeded() -> None:
    """Say that Ctrl-C has been heeded by what goes on after it: it need not come again."""
    _on_its_way.clear()


def stop_at_ctrl_c() -> None:
    """Make Ctrl-C stop a program once, however often it is pressed and wherever it falls.

    Presses within a second of one that was heeded are not: they would disturb the tidying
    up. One that is dropped comes again: Python drops exceptions in callbacks, and compiled
    libraries drop them where they only try something out, without a word.
    """
    usual = sys.unraisablehook
    last = -math.inf

    def pressed(_number: int, _frame: FrameType | None) -> None:
        nonlocal last
        if time.monotonic() - last > ONE_PRESS_SECONDS:
            last = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
            raise Pressed

    def look_again(_number: int, _frame: FrameType | None) -> None:
        if _on_its_way:
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
            held_off = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            if _on_its_way[0]() is None and not held_off:
                raise Pressed

    def dropped(what: Any) -> None:
        if not issubclass(what.exc_type, KeyboardInterrupt):
            usual(what)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, pressed)
    signal.signal(signal.SIGALRM, look_again)
    sys.unraisablehook = dropped
