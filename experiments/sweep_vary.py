"""What a sweep may vary, by dotted name: a county's numbers, and keys of a policy.

===================================================  ==========================================
name                                                 what it is
===================================================  ==========================================
``county.parameters.NAME``                           a parameter, inside its prior range
``county.fund.KEY``                                  a value of the fund, ``county.toml``
``county.benefits.SCHEME.KIND.TIER.COLUMN``          a cell of the county's benefit table
``policy.KEY``                                       a key of the policy, such as ``payment.growth``
``policy.benefits.change.SCHEME.KIND.TIER.COLUMN``   a cell of the benefit table that the policy
                                                     sets from its start on; ``every`` tier too
===================================================  ==========================================

Names are checked against the schemas as they stand, so a new key of a policy needs nothing here.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from abm.county import CareKind, County, Scheme, Tier
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.behaviour import load_behaviour
from calibration.condition_files import load_conditions
from calibration.data_files import with_overrides
from calibration.parameter_files import load_parameters
from calibration.policies import parse_policy
from calibration.reading import Problems, check_form, nearest
from calibration.schema import BenefitRow, Form, FundTable

Value = bool | int | float | str
Changes = Mapping[str, Value]
"""New values by name, without ``county.`` or ``policy.``."""

COUNTY, POLICY = "county.", "policy."
CELL = "benefits.change."
EVERY_TIER = "every"
_CELL_PARTS = ("SCHEME", "KIND", "TIER", "COLUMN")

C = TypeVar("C", bound=County)


def split_names(values: Changes) -> tuple[dict[str, Value], dict[str, Value], list[str]]:
    """Part the values of a point into those of the county and those of the policy.

    Returns
    -------
    of_county, of_policy
        Values by name, without ``county.`` and ``policy.``.
    faults
        A message for each name that begins otherwise.
    """
    faults = [
        f'"{name}" names nothing that can be varied; allowed: county.parameters.NAME, '
        "county.fund.KEY, county.benefits.SCHEME.KIND.TIER.COLUMN or policy.KEY"
        for name in values
        if not name.startswith((COUNTY, POLICY))
    ]
    of_county = {n.removeprefix(COUNTY): v for n, v in values.items() if n.startswith(COUNTY)}
    of_policy = {n.removeprefix(POLICY): v for n, v in values.items() if n.startswith(POLICY)}
    return of_county, of_policy, faults


# -- policies --------------------------------------------------------------------------


def changed_policy(policy: Policy, changes: Changes) -> Policy:
    """A policy with some of its keys set otherwise.

    Parameters
    ----------
    policy
        The policy as it stands.
    changes
        New values by dotted key.

    Raises
    ------
    InputError
        With every key that the policy's schema does not have, and every value it forbids.
    """
    if not changes:
        return policy
    table, faults = copy.deepcopy(policy.resolved()), []
    for name, value in changes.items():
        try:
            _set(table, name, value)
        except InputError as error:
            faults += error.problems
    try:
        changed = parse_policy(table, f"policy {policy.name}")
    except InputError as error:
        faults += error.problems
    if faults:
        raise InputError(faults)
    return changed


def _set(table: dict[str, Any], name: str, value: Value) -> None:
    if name.startswith(CELL) and not name.removeprefix(CELL)[:1].isdigit():
        parts = name.removeprefix(CELL).split(".")
        if len(parts) != len(_CELL_PARTS):
            raise InputError(f"{POLICY}{name}: allowed: {POLICY}{CELL}{'.'.join(_CELL_PARTS)}")
        cell: dict[str, Value] = dict(zip(("scheme", "kind", "tier", "column"), parts, strict=True))
        if cell["tier"] == EVERY_TIER:
            del cell["tier"]
        table.setdefault("benefits", {}).setdefault("change", []).append({**cell, "value": value})
        return
    *way, last = name.split(".")
    place: Any = table
    for part in way:
        place = _step(place, part, name)
    if isinstance(place, list):
        _step(place, last, name)
        place[int(last)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise InputError(f"{POLICY}{name}: leads below a single value; allowed: a key of a policy")


def _step(place: Any, part: str, name: str) -> Any:
    if isinstance(place, dict):
        return place.setdefault(part, {})
    if isinstance(place, list) and part.isdigit() and int(part) < len(place):
        return place[int(part)]
    raise InputError(f'{POLICY}{name}: there is no "{part}"; allowed: a key of the policy')


# -- counties --------------------------------------------------------------------------


def county_changes(county: County, changes: Changes) -> dict[str, Value]:
    """Check changes of a county, and leave out those that change nothing.

    Raises
    ------
    InputError
        With every unknown name and every value that the county's form forbids.
    """
    return _work(county, changes, [])


def changed_county(county: C, changes: Changes) -> C:
    """A county with some of its numbers set otherwise; faults as for :func:`county_changes`."""
    steps: list[Callable[[C], C]] = []
    changes = _work(county, changes, steps)
    for step in steps:
        county = step(county)
    return county


def _work(county: County, changes: Changes, steps: list[Any]) -> dict[str, Value]:
    """Check changes, group by group; ``steps`` receives what carries them out."""
    kept: dict[str, Value] = {}
    faults: list[str] = []
    groups: Mapping[str, Callable[[County, Changes, list[Any]], dict[str, Value]]] = {
        "parameters": _parameters,
        "fund": _fund,
        "benefits": _benefits,
    }
    for group, check in groups.items():
        ours = {
            name.partition(".")[2]: value
            for name, value in changes.items()
            if name.partition(".")[0] == group
        }
        try:
            changed = check(county, ours, steps) if ours else {}
            kept |= {f"{group}.{name}": value for name, value in changed.items()}
        except InputError as error:
            faults += [f"county {county.name}, {problem}" for problem in error.problems]
    for name in changes:
        if name.partition(".")[0] not in groups:
            faults.append(
                f"{COUNTY}{name}: unknown{nearest(name.partition('.')[0], list(groups))}; "
                f"allowed: {', '.join(COUNTY + group for group in groups)}"
            )
    if faults:
        raise InputError(faults)
    return kept


def _parameters(county: County, changes: Changes, steps: list[Any]) -> dict[str, Value]:
    known = {**county.parameters, **county.condition_priors}
    # The check refuses what is no number.
    values: dict[str, Any] = dict(changes)
    with_overrides(known, values)
    kept = {name: value for name, value in changes.items() if value != known[name].value}
    if kept:
        steps.append(lambda c: _with_parameters(c, {n: float(v) for n, v in kept.items()}))
    return kept


def _with_parameters(county: C, values: Mapping[str, float]) -> C:
    shipped = {**load_parameters(), **load_conditions()[1]}
    own = {
        name: source.value
        for name, source in {**county.parameters, **county.condition_priors}.items()
        if source.value != shipped[name].value
    }
    behaviour = load_behaviour(county.deaths_per_year, own | dict(values))
    return dataclasses.replace(
        county,
        parameters=behaviour.parameters,
        conditions=behaviour.conditions,
        condition_priors=behaviour.condition_priors,
        illness=behaviour.illness,
        background_deaths_per_year=behaviour.background_deaths_per_year,
    )


def _fund(county: County, changes: Changes, steps: list[Any]) -> dict[str, Value]:
    before = dataclasses.asdict(county.fund)
    table = _checked("fund", {**before, **changes}, FundTable)
    after = {name: getattr(table, name) for name in changes}
    kept = {name: value for name, value in after.items() if value != before[name]}
    if kept:
        steps.append(lambda c: dataclasses.replace(c, fund=dataclasses.replace(c.fund, **kept)))
    return kept


def _benefits(county: County, changes: Changes, steps: list[Any]) -> dict[str, Value]:
    kept: dict[str, Value] = {}
    cells: list[tuple[tuple[int, int, int], str, float]] = []
    faults: list[str] = []
    for name, value in changes.items():
        try:
            where, column = _cell(name, value)
            before = float(county.benefits[column][where])
            if before != value:
                kept[name] = value
                cells.append((where, column, float(value)))
        except InputError as error:
            faults += error.problems
    if faults:
        raise InputError(faults)

    def apply(c: C) -> C:
        table = c.benefits.copy()
        for where, column, number in cells:
            table[column][where] = number
        return dataclasses.replace(c, benefits=table)

    if cells:
        steps.append(apply)
    return kept


def _cell(name: str, value: Value) -> tuple[tuple[int, int, int], str]:
    parts = name.split(".")
    if len(parts) != len(_CELL_PARTS):
        raise InputError(f"benefits.{name}: allowed: benefits.{'.'.join(_CELL_PARTS)}")
    scheme, kind, tier, column = parts
    columns = [c for c in BenefitRow.model_fields if c not in {"scheme", "kind", "tier"}]
    if column not in columns:
        raise InputError(
            f"benefits.{name}: unknown column{nearest(column, columns)}; "
            f"allowed: {', '.join(columns)}"
        )
    row = {"scheme": scheme, "kind": kind, "tier": tier, **dict.fromkeys(columns, 0.0)}
    _checked(f"benefits.{name}", {**row, column: value}, BenefitRow)
    where = Scheme[scheme.upper()], CareKind[kind.upper()], Tier[tier.upper()]
    return where, column


F = TypeVar("F", bound=Form)


def _checked(name: str, table: Mapping[str, Any], form: type[F]) -> F:
    problems = Problems()
    checked = check_form(name, table, form, problems)
    if checked is None:
        raise InputError(problems.messages())
    return checked


def default_label(values: Mapping[str, Value | None], names: Sequence[str]) -> str:
    """Name a point by its values, each under as few last words of its name as tell it apart."""
    told = []
    for name in names:
        value = values.get(name)
        if value is None:
            continue
        told.append(f"{short_name(name, names)} {_plain(value)}")
    return ", ".join(told) or "as it stands"


def short_name(name: str, names: Sequence[str]) -> str:
    """The fewest last words of a dotted name that no other of the names ends with."""
    words = name.split(".")
    for n in range(1, len(words) + 1):
        ending = ".".join(words[-n:])
        if sum(other == name or other.endswith(f".{ending}") for other in names) == 1:
            return ending
    return name


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
