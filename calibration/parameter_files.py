"""Behavioural parameters read from ``calibration/parameters/*.toml``.

Tables nest: ``[choice.travel_per_minute.minor]`` holds the parameter of that dotted name,
with its value, unit, source, quality (V read in an official table, D computed, P press,
M memory, A assumption) and prior range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from abm.county import Source
from agents.foundation.errors import InputError
from calibration.data_files import (
    DATA,
    Number,
    Quality,
    Strict,
    Text,
    check,
    read_toml,
    with_overrides,
)
from calibration.epidemiology import Fatality, fatality_by_age


class ParameterEntry(Strict):
    """One parameter as its table states it."""

    value: Number
    unit: Text
    source: Text
    quality: Quality
    low: Number
    high: Number

    @model_validator(mode="after")
    def _value_in_range(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"value {self.value:g} is outside low {self.low:g} to high {self.high:g}"
            )
        return self


def load_parameters(
    overrides: Mapping[str, float] | None = None, folder: Path | None = None
) -> Mapping[str, Source]:
    """Read all behavioural parameters.

    Parameters
    ----------
    overrides
        New values by dotted name, each inside the prior range of its parameter.
    folder
        Folder of the files; the project's own where not given.

    Returns
    -------
    mapping of str to Source
        Parameters by dotted name, in the order of their names.

    Raises
    ------
    InputError
        With every fault of every file: no files, unknown or missing keys, values outside
        their range, a name given twice; or of the overrides: unknown names and values
        outside the prior.
    """
    folder = folder or DATA / "parameters"
    found: dict[str, Source] = {}
    problems: list[str] = []
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        problems.append(f"{folder.name}/: no parameter files (*.toml)")
    for path in paths:
        shown = f"{folder.name}/{path.name}"
        try:
            content = read_toml(path)
        except InputError as error:
            problems += error.problems
            continue
        if content.pop("form", None) != 1:
            problems.append(f"{shown}: form: must be 1")
        for name, table in _entries("", content):
            _add(name, table, shown, found, problems)
    if problems:
        raise InputError(problems)
    return with_overrides(dict(sorted(found.items())), overrides)


def _add(name: str, table: Any, shown: str, found: dict[str, Source], problems: list[str]) -> None:
    if not isinstance(table, dict):
        problems.append(f"{shown}: {name}: must be a table with value, unit, source and so on")
        return
    try:
        entry = check(ParameterEntry, table, f"{shown}: {name}")
    except InputError as error:
        problems += error.problems
        return
    if name in found:
        problems.append(f"{shown}: {name}: given twice")
    found[name] = Source(**entry.model_dump())


def _entries(prefix: str, content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Tables at the ends of the nesting, with dotted names.

    A table all of whose members are tables only groups others.
    """
    for key, member in content.items():
        name = f"{prefix}{key}"
        groups = isinstance(member, dict) and member
        if groups and all(isinstance(inner, dict) for inner in member.values()):
            yield from _entries(f"{name}.", member)
        else:
            yield name, member


def fatality_from(parameters: Mapping[str, Source]) -> Fatality:
    """How fatality depends on treatment and age, from the parameters that say so."""
    return Fatality(
        well_treated_share=parameters["fatality.usual_right_share"].value,
        by_age=fatality_by_age(parameters["fatality.age_doubling_years"].value),
    )
