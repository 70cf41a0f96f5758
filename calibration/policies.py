"""Reading policies: a TOML file each, checked on reading, every fault at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import tomli_w
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

import abm.policy
from abm.payment import schemes
from agents.foundation.errors import InputError
from calibration.places import policies_folder
from calibration.reading import Problems, allowed, nearest, read_toml

_MOVED = {
    "surplus_kept": "surplus.kept",
    "surplus_to_staff": "surplus.to_staff",
    "surplus_to_primary": "surplus.to_primary",
    "overspend_borne": "overspend.borne",
}
"""Keys of a scheme that older files hold, and where they stand now."""
LARGEST_NUMBER = 1e9
"""No amount of a policy, in yuan a person or as a share, is larger."""


class Policy(abm.policy.Policy):
    """A policy that was read from a file."""

    @classmethod
    def load(cls, name_or_path: str | Path) -> Policy:
        """Read a shipped policy by name, or any policy by its file.

        Parameters
        ----------
        name_or_path
            Name of a shipped policy (``"bundle"``) or path of a TOML file.

        Raises
        ------
        InputError
            With every fault of the file: key, what, what is allowed; or with the known
            names if the name is unknown.
        """
        path = find_policy(name_or_path)
        problems = Problems()
        data = read_toml(path, problems)
        if data is None:
            raise InputError(problems.messages())
        return parse_policy(data, path.name)


def load_policy(name_or_path: str | Path) -> Policy:
    """Read a policy by name or file; see :meth:`Policy.load`."""
    return Policy.load(name_or_path)


def policy_names() -> list[str]:
    """List the names of the shipped policies."""
    return sorted(path.stem for path in policies_folder().glob("*.toml"))


def find_policy(name_or_path: str | Path) -> Path:
    """Find the file of a policy by the name of a shipped one or by path.

    Raises
    ------
    InputError
        If there is neither a shipped policy of that name nor such a file.
    """
    names, given = policy_names(), str(name_or_path)
    if given in names:
        return policies_folder() / f"{given}.toml"
    try:
        if Path(name_or_path).is_file():
            return Path(name_or_path)
        found = "is a folder" if Path(name_or_path).is_dir() else "is unknown"
    except (OSError, ValueError):  # a name too long, or with a NUL in it, is no file either
        found = "is unknown"
    raise InputError(
        f'policy "{given}" {found}{nearest(given, names)}; allowed: {", ".join(names)}, '
        "or a TOML file"
    )


def parse_policy(data: Mapping[str, Any], file: str = "policy") -> Policy:
    """Check the content of a policy file.

    Parameters
    ----------
    data
        The file as nested dictionaries.
    file
        Name of the file, for messages.

    Raises
    ------
    InputError
        With every fault: file, key, what, what is allowed.
    """
    first = {key: value for key, value in data.items() if key != "change"}
    policy, faults = _parse_rules(first)
    faults += _faulty_changes(first, data.get("change"), faults)
    if "change" in data and not faults and policy is not None:
        try:
            policy = Policy.model_validate({**first, "change": data["change"]})
        except ValidationError as error:
            faults = [_fault(Policy, detail, ()) for detail in error.errors()]
    if faults or policy is None:
        raise InputError([f"{file}, {fault}" for fault in dict.fromkeys(faults)])
    return policy


def _parse_rules(data: Mapping[str, Any]) -> tuple[Policy | None, list[str]]:
    """Check a policy without its timetable."""
    payment, faults = _parse_payment(data.get("payment"))
    # The scheme is checked by itself, so that its faults are named by their keys; any valid
    # scheme stands in for a faulty one while the rest is checked.
    whole = {**data, "payment": payment or schemes()["fee_for_service"]()}
    policy: Policy | None = None
    try:
        policy = Policy.model_validate(whole)
    except ValidationError as error:
        faults += [_fault(Policy, detail, ()) for detail in error.errors()]
    told = {fault.partition(":")[0] for fault in faults}
    return policy, faults + [odd for odd in _odd_numbers(data) if odd.partition(":")[0] not in told]


def _faulty_changes(first: Mapping[str, Any], changes: Any, known: list[str]) -> list[str]:
    """Every fault of a timetable, named by the change that brings it in."""
    if changes is None:
        return []
    if not isinstance(changes, list | tuple) or not all(isinstance(c, dict) for c in changes):
        return [f"key change: {_shown(changes)}; allowed: any number of tables"]
    faults: list[str] = []
    table, seen = dict(first), set(known)
    parts = abm.policy.parts_of_a_policy()
    before: int | None = None
    for number, change in enumerate(changes):
        here = f"key change.{number}."
        month = change.get("month")
        if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= 600:
            told = "is missing" if month is None else _shown(month)
            faults.append(f"{here}month: {told}; allowed: a whole number from 1 to 600")
        elif before is not None and month <= before:
            faults.append(f"{here}month: {_shown(month)}; allowed: after the one before, {before}")
        else:
            before = month
        for name in change:
            if name != "month" and name not in parts:
                near = nearest(str(name), list(parts))
                faults.append(f"{here}{name}: unknown{near}; allowed: month, {', '.join(parts)}")
        new = {name: keys for name, keys in change.items() if name in parts}
        table = abm.policy.with_parts(table, new)
        found = [fault for fault in _parse_rules(table)[1] if fault not in seen]
        seen.update(found)
        faults += [here + fault.removeprefix("key ") for fault in found]
    return faults


def to_toml(policy: abm.policy.Policy) -> str:
    """Write a policy out in full, defaults included; reading it back gives the same policy."""
    return tomli_w.dumps(policy.resolved())


def _parse_payment(table: Any) -> tuple[Any, list[str]]:
    known = schemes()
    names = ", ".join(known)
    if table is None:
        return None, [f"key payment: is missing; allowed: a table with scheme = one of {names}"]
    if not isinstance(table, dict):
        return None, [
            f"key payment: {_shown(table)}; allowed: a table with scheme = one of {names}"
        ]
    name = table.get("scheme")
    if not isinstance(name, str) or name not in known:
        what = "is missing" if name is None else _shown(name)
        near = nearest(name, list(known)) if isinstance(name, str) else ""
        return None, [f"key payment.scheme: {what}{near}; allowed: one of {names}"]
    try:
        own = {key: value for key, value in table.items() if key != "scheme"}
        return known[name].model_validate(own), []
    except ValidationError as error:
        return None, [_fault(known[name], detail, ("payment",)) for detail in error.errors()]


_OF_A_NAME = "[key]"
"""Added to a place in the file where the name itself is at fault, not what it is given."""


def _fault(model: type[BaseModel], detail: ErrorDetails, prefix: tuple[str, ...]) -> str:
    place = (str(part) for part in detail["loc"] if part != _OF_A_NAME)
    key = ".".join([*prefix, *place]) or "policy"
    owner, info = _field_at(model, detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = list(owner.model_fields)
        last = str(detail["loc"][-1])
        if prefix and last in _MOVED:
            return f"key {key}: stands elsewhere now; allowed: {_MOVED[last]}, under any scheme"
        near = nearest(last, known)
        scheme = ["scheme"] if prefix and owner is model else []
        return f"key {key}: unknown{near}; allowed: {', '.join(scheme + known)}"
    what = "is missing" if detail["type"] == "missing" else _shown(detail["input"])
    if detail["type"] == "value_error":  # a rule of the policy's own, which says what is allowed
        return f"key {key}: {detail['msg'].removeprefix('Value error, ')}"
    return f"key {key}: {what}; allowed: {_allowed(info, detail)}"


def _field_at(
    model: type[BaseModel], loc: tuple[int | str, ...]
) -> tuple[type[BaseModel], FieldInfo | None]:
    """Find the innermost table and key that a place in the file names."""
    owner = model
    info: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int):
            continue
        inner = _model_in(info.annotation) if info is not None else None
        if inner is not None:
            owner = inner
        elif info is not None:
            break  # a key of a free table: the table's own description holds
        info = owner.model_fields.get(part)
        if info is None:
            break
    return owner, info


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the table type inside an annotation such as ``tuple[Change, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None


def _allowed(info: FieldInfo | None, detail: ErrorDetails) -> str:
    if detail["type"] == "too_short":
        return f"at least {detail['ctx']['min_length']} in the list"
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    if info is None or str(info.annotation).startswith(("dict", "tuple")):
        return message.removeprefix("input should be ")
    if _model_in(info.annotation) is not None:
        return "a table"
    step = next((m.multiple_of for m in info.metadata if hasattr(m, "multiple_of")), None)
    return allowed(info) + (f", a multiple of {step:g}" if step else "")


def _shown(value: Any) -> str:
    text = str(value)
    return f'"{text if len(text) <= 60 else text[:57] + "..."}" is not allowed'


def _odd_numbers(data: Any) -> list[str]:
    """Name numbers that no policy can mean, whatever their key allows."""
    faults = []
    for key, value in _numbers("", data):
        if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
            faults.append(
                f'key {key}: "{value}" is not allowed; allowed: a number of at most '
                f"{LARGEST_NUMBER:,.0f}"
            )
    benefits = data.get("benefits")
    changes = benefits.get("change") if isinstance(benefits, dict) else None
    for place, change in enumerate(changes if isinstance(changes, list) else []):
        if not isinstance(change, dict) or change.get("column") == "deductible_yuan":
            continue
        for word, low in (("value", 0.0), ("add", -1.0)):
            number = change.get(word)
            if isinstance(number, int | float) and not low <= number <= 1:
                faults.append(
                    f'key benefits.change.{place}.{word}: "{number}" is not allowed for a '
                    f"share; allowed: a number from {low:g} to 1"
                )
    return faults


def _numbers(key: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers(f"{key}.{name}" if key else str(name), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _numbers(f"{key}.{place}", inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, value
