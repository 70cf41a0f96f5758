"""Levers of the page, made from the schema of policy files: the same keys, bounds and defaults."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel

from abm.county import County, Place, Tier
from abm.payment import schemes
from abm.policy import Policy
from agents.conditions import CONDITIONS
from agents.foundation.errors import InputError
from calibration.policies import parse_policy
from experiments.page.lever import Lever, Value
from experiments.page.lever_lists import list_levers, place_of
from experiments.page.lever_words import words_for

GROUPS = ("payment", "surplus", "goals", "pay", "benefits", "base", "audit", "start")
"""Groups of levers, in the order of the page."""
_GROUP_OF_PART = {
    "payment": "payment",
    "settlement": "payment",
    "pay": "pay",
    "benefits": "benefits",
    "audit": "audit",
    "starts_month": "start",
    "surplus": "surplus",
    "overspend": "surplus",
    "quality": "goals",
}
_SURPLUS = ("surplus", "overspend", "growth", "risk", "reserve", "quality", "beyond")
TITLES = (
    "village_doctor", "assistant_physician", "physician", "attending", "associate_chief", "chief",
)  # fmt: skip
"""Titles of doctors in the shipped counties."""


class _Named(NamedTuple):
    """Rows of a table of named numbers, and whether a row of nought is left out."""

    rows: tuple[str, ...]
    absent_at_nought: bool


_NAMED = {
    "outreach_per_year": _Named(tuple(condition.name for condition in CONDITIONS), False),
    "scale_yuan": _Named(TITLES, True),
    "yuan_per_bed_day": _Named(("village", "township", "county"), True),
}
SCHEME = "payment.scheme"
_NEUTRAL = {
    "name": "none", "title": "-", "title_zh": "-", "rule": "-", "source": "-",
    "pay": {"bonus_on": "balance", "scale_yuan": {"physician": 100_000.0}},
}  # fmt: skip
"""A policy in which every choice may be taken, with the least besides what is absent."""


@cache
def levers() -> tuple[Lever, ...]:
    """Every lever, in the order of the groups and of the schema."""
    found = [_starts(), _scheme(), *_of_schemes()]
    for part, field in Policy.model_fields.items():
        model = field.annotation
        if part != "payment" and isinstance(model, type) and issubclass(model, BaseModel):
            found += _of_model(model, f"{part}.", f"{part}.", "")
    single = [lever for lever in found if place_of(lever.path) is None]
    free = [lever for lever in map(_moved_alone, single) if lever is not None]
    free += list_levers()
    return tuple(sorted(free, key=lambda lever: GROUPS.index(lever.group)))


def _moved_alone(lever: Lever) -> Lever | None:
    """The lever as far as it can be moved with all else as it is if absent; None if nowhere.

    Some keys are held by others: of two factors one may not pass the other.
    """
    if lever.kind == "switch" or lever.path in (SCHEME, "starts_month"):
        return lever
    scheme = lever.scheme or "fee_for_service"
    table = {**_NEUTRAL, "payment": {"scheme": scheme}}

    def allowed(value: Value) -> bool:
        try:
            parse_policy(with_value(table, lever, value))
        except InputError:
            return False
        return True

    if lever.kind == "choice":
        return replace(lever, choices=tuple(filter(allowed, lever.choices)))
    low, high = (_end(lever, end, allowed) for end in (lever.low, lever.high))
    if low is None or high is None or low >= high:
        return None
    step = lever.step if lever.kind == "whole" else _step(low, high)
    return replace(lever, low=low, high=high, step=step)


def _end(lever: Lever, end: float, allowed: Callable[[Value], bool]) -> float | None:
    """The end of a lever's range, or how far towards it others let the lever go."""
    if allowed(int(end) if lever.kind == "whole" else end):
        return end
    if lever.default is None or lever.kind == "whole":
        return None if lever.default is None else float(lever.default)
    reached = float(lever.default)
    for _ in range(20):
        middle = (reached + end) / 2.0
        reached, end = (middle, end) if allowed(middle) else (reached, middle)
    # To a thousandth; inside, where the last one falls short.
    near = round(reached, 3)
    return near if allowed(near) else float(lever.default)


def levers_of(scheme: str) -> tuple[Lever, ...]:
    """Levers that a policy with a payment scheme may have."""
    return tuple(lever for lever in levers() if lever.scheme in ("", scheme))


def levers_in(table: dict[str, Any]) -> tuple[Lever, ...]:
    """Levers of a policy as nested dictionaries: of the parts that it has."""
    found = levers_of(str(table["payment"]["scheme"]))
    return tuple(lever for lever in found if _has_part(table, lever.path))


def _has_part(table: dict[str, Any], path: str) -> bool:
    """Whether the part inside a part in which a value stands is there; others always are."""
    outer, *inner = path.split(".")[:-1] or [path]
    kept = place_of(path)
    if kept is not None:
        return kept.stands(table, path)
    if not inner or inner[-1] in _NAMED:
        return True
    found: Any = table.get(outer)
    for name in inner:
        found = found.get(name) if isinstance(found, dict) else None
    return isinstance(found, dict)


def lever(path: str, scheme: str) -> Lever | None:
    """The lever of a place in a policy file with a payment scheme."""
    return next((found for found in levers_of(scheme) if found.path == path), None)


def _starts() -> Lever:
    field = Policy.model_json_schema(mode="serialization")["properties"]["starts_month"]
    explains = str(field["description"])
    # Whole years: a policy that starts with the run has none before it to be compared with.
    step = 12.0
    return Lever("starts_month", "starts_month", "start", "whole", step, 36, step, (), 12, explains)


def _scheme() -> Lever:
    explains = "how providers are paid"
    return Lever(
        SCHEME, SCHEME, "payment", "choice", 0, 0, 0, tuple(schemes()), "fee_for_service", explains
    )


def _of_schemes() -> Iterator[Lever]:
    for name, scheme in schemes().items():
        yield from _of_model(scheme, "payment.", f"{name}.", name)


def _of_model(model: type[BaseModel], path: str, key: str, scheme: str) -> Iterator[Lever]:
    """Levers of a part of a policy: its single values, those of parts inside, known tables."""
    schema = model.model_json_schema()
    for name, field in schema["properties"].items():
        whole, words = path + name, key + name
        inner = model.model_fields[name].annotation
        part = _part_in(inner)
        if part is not None:
            yield from _of_model(part, f"{whole}.", f"{words}.", scheme)
        elif name in _NAMED:
            one = {**field["additionalProperties"], "description": field["description"]}
            for row in _NAMED[name].rows:
                inside = f"{words}.{row}"
                yield from _single(f"{whole}.{row}", inside, {**one, "default": 0.0}, scheme)
        else:
            yield from _single(whole, words, field, scheme)


def _part_in(annotation: Any) -> type[BaseModel] | None:
    """The part that a key holds, or may hold; None if it holds a value, or several parts."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    if get_origin(annotation) not in (Union, types.UnionType):
        return None
    found = [_part_in(one) for one in get_args(annotation)]
    return next((part for part in found if part is not None), None)


def _single(path: str, key: str, field: dict[str, Any], scheme: str) -> Iterator[Lever]:
    explains = str(field.get("description", ""))
    default = field.get("default")
    for option in field.get("anyOf", ()):
        if option.get("type") != "null":
            field = {**field, **option}
    group = _group(path)
    kinds: dict[str, Literal["number", "whole", "choice", "switch"]] = {
        "number": "number", "integer": "whole", "boolean": "switch", "string": "choice",
    }  # fmt: skip
    kind = kinds.get(str(field.get("type")))
    if "const" in field or kind is None or (kind == "choice" and "enum" not in field):
        return
    choices = tuple(field.get("enum", ()))
    low, high, step = 0.0, 0.0, 0.0
    if kind in ("number", "whole"):
        low, high = _bounds(key, field, default)
        step = 1.0 if kind == "whole" else _step(low, high)
        # A bound that may not be reached is passed by one step.
        low += step if "exclusiveMinimum" in field else 0.0
        high -= step if "exclusiveMaximum" in field else 0.0
    yield Lever(path, key, group, kind, low, high, step, choices, default, explains, scheme)


def _bounds(key: str, field: dict[str, Any], default: Any) -> tuple[float, float]:
    low = float(field.get("minimum", field.get("exclusiveMinimum", 0.0)))
    words = words_for(key)
    top = words.top if words is not None else None
    high = float(field.get("maximum", field.get("exclusiveMaximum", np.inf)))
    if top is not None:
        high = min(high, top)
    if not np.isfinite(high):
        high = 10.0 * float(default or 100.0)
    return low, high


def _step(low: float, high: float) -> float:
    """A hundredth of the range or so, as 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 100.0
    power = 10.0 ** np.floor(np.log10(rough))
    size = next(s for s in (1.0, 2.0, 5.0, 10.0) if rough <= s * power * (1 + 1e-9))
    return float(f"{size * power:.6g}")


def _group(path: str) -> str:
    part, _, name = path.partition(".")
    if part == "payment" and any(word in name for word in _SURPLUS):
        return "surplus"
    return _GROUP_OF_PART.get(part, "base")


# -- a policy's values -----------------------------------------------------------------


def value_in(table: dict[str, Any], lever: Lever) -> Value | None:
    """Value of a lever in a policy as nested dictionaries; None if the county's own holds."""
    kept = place_of(lever.path)
    if kept is not None:
        return kept.get(table, lever.path)
    inner: Any = table
    for name in lever.path.split("."):
        if not isinstance(inner, dict) or name not in inner:
            return lever.default
        inner = inner[name]
    value: Value = inner
    return value


def with_value(table: dict[str, Any], lever: Lever, value: Value) -> dict[str, Any]:
    """The policy with another value of a lever."""
    new = copy.deepcopy(table)
    if lever.path == SCHEME:
        new["payment"] = {"scheme": value}
    elif (kept := place_of(lever.path)) is not None:
        kept.put(new, lever.path, value)
    else:
        *outer, last = lever.path.split(".")
        inner = new
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = int(value) if lever.kind == "whole" else value
        if value == 0 and outer[-1] in _NAMED and _NAMED[outer[-1]].absent_at_nought:
            del inner[last]
    return new


def county_value(county: County, lever: Lever) -> float | None:
    """What a lever that a policy leaves alone is in the county."""
    name = lever.path.rpartition(".")[2]
    if lever.path.startswith("benefits.") and hasattr(county.fund, name):
        return float(getattr(county.fund, name))
    if name in ("drugs_share_village", "drugs_share_township"):
        tier = Tier.VILLAGE if name.endswith("village") else Tier.TOWNSHIP
        rows = county.providers
        here = (rows["place"] == Place.IN_COUNTY) & (rows["tier"] == tier)
        return float(rows["drugs_share"][here].mean()) if here.any() else None
    return None
