"""Ctrl-C: never lost, never in the middle of tidying up, never waiting for a compiler."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.model import Model

AGAIN_SECONDS = 0.02


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


def raise_again_if_swallowed() -> None:
    """Let a Ctrl-C that fell into a callback, where Python drops exceptions, come again."""
    usual = sys.unraisablehook

    def hook(dropped: Any) -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        else:
            usual(dropped)

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, stop)
    sys.unraisablehook = hook
