"""Reading TOML data files: every fault named at once, with file, key and what is allowed."""

from __future__ import annotations

import math
import tomllib
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from abm.county import Source
from agents.foundation.errors import InputError

DATA = Path(__file__).parent
"""Folder of the data files that the project brings with it."""

Quality = Literal["V", "D", "P", "M", "A"]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.0, le=1.0)]
Hazard = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.0, le=12.0)]
Ratio = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0.0, le=20.0)]
Gap = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-0.5, le=0.5)]
Age = Annotated[int, Field(strict=True, ge=0, le=100)]
Text = Annotated[str, Field(min_length=3)]

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A table of a data file: no unknown key, not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Strict):
    """A table whose numbers share one source and one relative prior range."""

    source: Text
    quality: Quality
    low_factor: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] | None = None
    high_factor: Annotated[float, Field(strict=True, ge=1.0, le=20.0)] | None = None

    @model_validator(mode="after")
    def _range_has_two_ends(self) -> Self:
        if (self.low_factor is None) != (self.high_factor is None):
            raise ValueError("low_factor and high_factor come together or not at all")
        return self

    def sourced(self, value: float, unit: str, most: float = math.inf) -> Source:
        """Value with this table's source, and the prior range that its factors give.

        Parameters
        ----------
        value
            The number, in ``unit``.
        unit
            Unit of the number.
        most
            Greatest value that has a meaning; the range ends there.
        """
        if self.low_factor is None or self.high_factor is None:
            return Source(value, unit, self.source, self.quality)
        # Of a value below nought the greater factor gives the lower end.
        low, high = sorted((value * self.low_factor, min(value * self.high_factor, most)))
        return Source(value, unit, self.source, self.quality, low, max(value, high))


class Band(Strict):
    """A value for an age group, both ends included."""

    age_from: Age
    age_to: Age


def band_faults(bands: Sequence[Band]) -> list[str]:
    """Say where age groups do not cover 0 to 100 once each.

    Parameters
    ----------
    bands
        Age groups in the order of the file.
    """
    faults = []
    expected = 0
    for band in bands:
        if band.age_from != expected or band.age_to < band.age_from:
            faults.append(
                f"age group {band.age_from} to {band.age_to}: must start at {expected} "
                "and end no earlier; groups cover 0 to 100 without gap"
            )
        expected = band.age_to + 1
    if expected != 101:
        faults.append(f"age groups end at {expected - 1}; the last must end at 100")
    return faults


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    InputError
        If the file is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file in {path.parent.name}/") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: cannot be read as text ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: not valid TOML: {error}") from None


def check(model: type[Model], content: Mapping[str, Any], file: str) -> Model:
    """Validate the content of a file against its form.

    Parameters
    ----------
    model
        The form.
    content
        What was read.
    file
        Name to show in messages.

    Raises
    ------
    InputError
        With one message a fault: file, key, what was wrong, what is allowed.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(_messages(model, error, file)) from None


def _messages(model: type[BaseModel], error: ValidationError, file: str) -> list[str]:
    messages = []
    for fault in error.errors():
        where = _place(fault["loc"])
        if fault["type"] == "extra_forbidden":
            allowed = ", ".join(_keys_beside(model, fault["loc"]))
            messages.append(f"{file}: {where}: unknown key; allowed: {allowed}")
        elif fault["type"] == "missing":
            messages.append(f"{file}: {where}: key is missing")
        elif fault["type"] == "value_error":
            messages.append(f"{file}: {where}: {fault['ctx']['error']}")
        else:
            shown = repr(fault["input"])[:60]
            messages.append(f"{file}: {where}: {fault['msg']}, got {shown}")
    return messages


def _place(loc: Iterable[int | str]) -> str:
    """Key of a fault as a reader of the file finds it; entries of lists count from 1."""
    place = ""
    for part in loc:
        place += f" (entry {part + 1})" if isinstance(part, int) else f".{part}"
    return place.lstrip(".") or "whole table"


def _keys_beside(model: type[BaseModel], loc: Iterable[int | str]) -> list[str]:
    """Keys that the form allows in the table in which ``loc`` ends."""
    here: Any = model
    for part in list(loc)[:-1]:
        if isinstance(part, str) and isinstance(here, type) and issubclass(here, BaseModel):
            here = _table_in(here.model_fields[part].annotation)
    return sorted(here.model_fields) if here is not None else []


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """Find the form inside ``list[Form]``, ``dict[str, Form]`` or ``Form | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, tuple, dict, Union, types.UnionType, Annotated):
        for part in get_args(annotation):
            found = _table_in(part)
            if found is not None:
                return found
    return None


def with_overrides(
    values: Mapping[str, Source], overrides: Mapping[str, float] | None
) -> dict[str, Source]:
    """Replace values by a caller's, each inside the prior range written down for it.

    Parameters
    ----------
    values
        Values by dotted name.
    overrides
        New values by dotted name; names must be among ``values``.

    Returns
    -------
    dict of str to Source
        All values; a replaced one keeps its source's text and says that it was set.

    Raises
    ------
    InputError
        For unknown names, values that are not finite numbers, and values outside the range.
    """
    result = dict(values)
    problems = []
    for name, value in (overrides or {}).items():
        if name not in values:
            problems.append(f"{name}: unknown parameter{_nearest(name, values)}")
            continue
        known = values[name]
        if not _is_number(value):
            problems.append(f"{name}: {value!r} is not a finite number")
        elif known.low is None or known.high is None:
            problems.append(f"{name}: has no prior range, so it stays at {known.value:g}")
        elif not known.low <= value <= known.high:
            problems.append(
                f"{name}: {value:g} {known.unit} is outside its prior; "
                f"allowed: {known.low:g} to {known.high:g}"
            )
        else:
            result[name] = replace(known, value=float(value), source=f"set; {known.source}")
    if problems:
        raise InputError(problems)
    return result


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _nearest(name: str, values: Mapping[str, Source]) -> str:
    close = get_close_matches(name, list(values), n=3, cutoff=0.6)
    return f"; did you mean {', '.join(close)}?" if close else ""
