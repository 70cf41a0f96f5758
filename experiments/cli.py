"""Entry point of the command line: runs a command and turns every failure into one message."""

from __future__ import annotations

import os
import signal
import sys

WELL, CHECK_FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""


def main() -> None:
    """Run the command that the user typed, and exit with its code.

    0 all is well, 1 a check failed, 2 the input was wrong, 130 stopped by Ctrl-C. No
    failure that a user can cause shows a traceback.
    """
    code = run_command_line()
    if code == INTERRUPTED:
        # A thread may still be compiling; a usual exit would wait for it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run_command_line() -> int:
    """Run the command of ``sys.argv`` and return the exit code; see :func:`main`."""
    # Imports are inside, so that Ctrl-C while they load ends cleanly too.
    try:
        from experiments.interrupts import stop_at_ctrl_c

        stop_at_ctrl_c()
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a character gets its code, not an error.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        return _run()
    except KeyboardInterrupt:
        return _stopped()


def _run() -> int:
    from agents.foundation.errors import InputError
    from agents.foundation.house import check_house

    try:
        check_house()
        from experiments.cli_app import app

        app(prog_name="yigongti")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else WELL
        if code == INTERRUPTED:
            raise KeyboardInterrupt from None
        return code
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
    from experiments.interrupts import heeded

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    heeded()
    print("Stopped.", file=sys.stderr)
    return INTERRUPTED


if __name__ == "__main__":
    main()
