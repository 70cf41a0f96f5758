"""Where the data that comes with the program lies: in a checkout, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

from agents.foundation.errors import InputError

_PACKAGE = Path(__file__).resolve().parent


def _shipped(kind: str) -> Path:
    for folder in (_PACKAGE / "_data" / kind, _PACKAGE.parent / kind):
        if folder.is_dir():
            return folder
    raise InputError(
        f"the folder of shipped {kind} is missing from this installation; install the program again"
    )


def counties_folder() -> Path:
    """Return the folder that holds one folder for each shipped county.

    Raises
    ------
    InputError
        If the installation holds no such folder.
    """
    return _shipped("counties")


def policies_folder() -> Path:
    """Return the folder that holds one TOML file for each shipped policy.

    Raises
    ------
    InputError
        If the installation holds no such folder.
    """
    return _shipped("policies")


def sweeps_folder() -> Path:
    """Return the folder that holds one TOML file for each shipped experiment.

    Raises
    ------
    InputError
        If the installation holds no such folder.
    """
    return _shipped("sweeps")
