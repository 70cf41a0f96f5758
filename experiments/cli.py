"""Entry point of the command line: runs a command and turns every failure into one message."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

WELL, CHECK_FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""


def main() -> None:
    """Run the command that the user typed, and exit with its code.

    0 all is well, 1 a check failed, 2 the input was wrong, 130 stopped by Ctrl-C. No
    failure that a user can cause shows a traceback.
    """
    sys.exit(_run())


def _run() -> int:
    # Imports are inside, so that Ctrl-C while they load ends cleanly too.
    try:
        _stop_once()
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a character gets its code, not an error.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        from agents.foundation.errors import InputError
        from agents.foundation.house import check_house
    except KeyboardInterrupt:
        return _stopped()
    try:
        check_house()
        from experiments.cli_app import app

        app(prog_name="yigongti")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else WELL
        return _stopped() if code == INTERRUPTED else code
    except KeyboardInterrupt:
        return _stopped()
    except InputError as error:
        return _refuse(error.problems)
    except BrokenPipeError:
        # Whoever read our output has gone, for instance ``head``: nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WELL
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _refuse([f"{place}{error.strerror or error}"])
    except MemoryError:
        return _refuse(["memory ran out; allowed: a larger --weight, or a smaller county"])
    return WELL


def _refuse(problems: list[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return WRONG_INPUT


def _stopped() -> int:
    print("Stopped.", file=sys.stderr)
    return INTERRUPTED


def _stop_once() -> None:
    """Let the first Ctrl-C stop the work and further ones not disturb the tidying up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    main()
