"""A check that the four packages which Python found are really those of this program.

Their names are plain words, so another distribution may own one of them: the
package ``openai-agents`` installs a top-level ``agents`` too. Mixed up, the
program would fail far from the cause, or run with half of each.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from agents.foundation.errors import InputError

PACKAGES = ("agents", "abm", "calibration", "experiments")
"""The import packages of the program, one a floor of the house."""

MARKER = "yigongti"
"""Word that the ``__init__.py`` of each package carries, unless it is empty."""

ADVICE = (
    "yigongti's packages agents, abm, calibration and experiments have to come from one place. "
    "Install yigongti in a virtual environment of its own, without openai-agents or any other "
    "distribution that has a package of these names, and run Python from a folder that has none."
)


def check_house() -> None:
    """Check that the four packages come from one place and are ours.

    The packages are looked up, not imported, so the check costs under a
    millisecond and can be the first thing that a command does.

    Raises
    ------
    InputError
        With one message for each package that is missing, comes from another place or
        has another distribution's ``__init__.py``, and one that says what to do.
    """
    home = Path(__file__).resolve().parents[2]
    faults = [fault for name in PACKAGES if (fault := _fault(name, home)) is not None]
    if faults:
        raise InputError([*faults, ADVICE])


def _fault(name: str, home: Path) -> str | None:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return f"package {name}: not found; expected in {home}"
    init = Path(spec.origin).resolve()
    if init != home / name / "__init__.py":
        return f"package {name}: found in {init.parent}; expected in {home}"
    # Two distributions installed over each other share a folder, and the last one
    # installed owns __init__.py. An empty one does nothing, whosever it is.
    text = init.read_text(encoding="utf-8", errors="replace").strip()
    if text and MARKER not in text:
        return f"package {name}: {init} belongs to another distribution"
    return None
