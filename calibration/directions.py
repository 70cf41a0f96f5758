"""Directions that studies report, which the model's differences are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from abm.indicators import INDICATORS
from agents.foundation.errors import InputError
from calibration.data_files import DATA, Quality, Strict, Text, check, read_toml
from calibration.policies import policy_names
from calibration.reading import nearest


class Direction(Strict):
    """One direction: under ``policy``, against ``reference``, the indicator rises or falls.

    Attributes
    ----------
    name
        Short name.
    policy, reference
        Names of shipped policies.
    indicator
        Name of the indicator, in the mean of the policy's years.
    sign
        ``"+"`` or ``"-"``.
    what, what_zh
        In words.
    source, quality
        Where it is reported, and how well that is known.
    """

    name: Text
    policy: Text
    reference: Text
    indicator: Text
    sign: Literal["+", "-"]
    what: Text
    what_zh: Text
    source: Text
    quality: Quality


class _File(Strict):
    direction: tuple[Direction, ...]


def load_directions(path: Path = DATA / "directions.toml") -> tuple[Direction, ...]:
    """Read the directions.

    Raises
    ------
    InputError
        With every fault: entry, what was wrong, what is allowed.
    """
    found = check(_File, read_toml(path), path.name).direction
    faults = []
    for place, one in enumerate(found, start=1):
        where = f"{path.name}: direction (entry {place})"
        for key, name, known in (
            ("policy", one.policy, policy_names()),
            ("reference", one.reference, policy_names()),
            ("indicator", one.indicator, list(INDICATORS)),
        ):
            if name not in known:
                allowed = ", ".join(known) if len(known) < 40 else "a name of `list indicators`"
                faults.append(
                    f'{where}, {key}: "{name}" is unknown{nearest(name, known)}; allowed: {allowed}'
                )
        if one.policy == one.reference:
            faults.append(f"{where}: policy and reference are the same; allowed: two policies")
    names = [one.name for one in found]
    faults += [f'{path.name}: name "{n}" stands twice' for n in {*names} if names.count(n) > 1]
    if faults:
        raise InputError(faults)
    return found
