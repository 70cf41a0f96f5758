"""What a browser has chosen: county, years, up to four scenarios; and the link that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.county import county_names
from calibration.policies import load_policy, parse_policy, policy_names
from experiments.page.lever import Lever, Value
from experiments.page.levers import SCHEME, lever, value_in, with_value

MOST_SCENARIOS = 4
LETTERS = "ABCD"
TABS = ("answer", "map", "flows", "money", "people", "why", "closer")
YEARS = 3
LONGEST_YEARS = 10
START_PRESETS = ("bundle", "pingyang")
"""The first scenario of a new browser: the first of these that ships and is no baseline."""
PROSE = ("title", "title_zh", "rule", "rule_zh", "source", "open", "name")


@dataclass(frozen=True)
class Scenario:
    """A preset and what was changed in it.

    Attributes
    ----------
    preset
        Name of a shipped policy.
    changes
        Places in the policy's file and their new values, in the order of the places.
    """

    preset: str
    changes: tuple[tuple[str, Value], ...] = ()

    def table(self) -> dict[str, Any]:
        """The policy as nested dictionaries, every value in it."""
        table = _preset(self.preset)
        # The payment scheme first: other keys of payment belong to it.
        for path, value in sorted(self.changes, key=lambda change: change[0] != SCHEME):
            known = lever(path, scheme_of(table))
            if known is not None:
                table = with_value(table, known, value)
        return table

    def policy(self, letter: str) -> Policy:
        """The policy, with a name that no other scenario of the page has.

        Raises
        ------
        InputError
            If a value cannot be used.
        """
        table = self.table()
        if self.changes:
            table["title"] = f"{table['title']}, changed"
            table["title_zh"] = f"{table['title_zh']}（有改动）"
        table["name"] = f"scenario_{letter.lower()}"
        return parse_policy(table, f"scenario {letter}")

    def moved(self, moved: Lever, value: Value) -> Scenario:
        """The scenario with a lever at another value; back at the preset's, it is no change."""
        changes = dict(self.changes)
        changes.pop(moved.path, None)
        if moved.path == SCHEME:
            changes = {p: v for p, v in changes.items() if not p.startswith("payment.")}
        before = value_in(Scenario(self.preset, tuple(changes.items())).table(), moved)
        if before != value:
            changes[moved.path] = value
        return replace(self, changes=tuple(sorted(changes.items())))


def scheme_of(table: Mapping[str, Any]) -> str:
    """Name of the payment scheme of a policy as nested dictionaries."""
    return str(table["payment"]["scheme"])


@dataclass(frozen=True)
class Choice:
    """What is compared.

    Attributes
    ----------
    county
        Name of a shipped county.
    years
        Whole years compared.
    scenarios
        One to four.
    active
        Which of them the levers move.
    """

    county: str = "typical"
    years: int = YEARS
    scenarios: tuple[Scenario, ...] = field(default=(Scenario("bundle"),))
    active: int = 0

    @property
    def now(self) -> Scenario:
        """The scenario that the levers move."""
        return self.scenarios[self.active]

    @property
    def whole(self) -> Choice:
        """What is chosen, whichever scenario is looked at."""
        return replace(self, active=0)

    def like(self, before: Choice) -> bool:
        """Whether an answer to what was chosen before may stand until this one's is in."""
        same = (before.county, before.years) == (self.county, self.years)
        return same and len(before.scenarios) <= len(self.scenarios)

    def with_now(self, scenario: Scenario) -> Choice:
        """The choice with another scenario in the place of the active one."""
        scenarios = list(self.scenarios)
        scenarios[self.active] = scenario
        return replace(self, scenarios=tuple(scenarios))

    def added(self) -> Choice:
        """One more scenario, a copy of the active one, up to four."""
        if len(self.scenarios) >= MOST_SCENARIOS:
            return self
        return replace(self, scenarios=(*self.scenarios, self.now), active=len(self.scenarios))

    def without_now(self) -> Choice:
        """The choice without the active scenario; the last one stays."""
        if len(self.scenarios) == 1:
            return self
        left = tuple(s for i, s in enumerate(self.scenarios) if i != self.active)
        return replace(self, scenarios=left, active=max(0, self.active - 1))


def first_choice(county: str) -> Choice:
    """What a new browser is shown."""
    names = policy_names()
    baseline = _baseline(county)
    presets = [p for p in START_PRESETS if p in names and p != baseline] or names
    if county in names and county != baseline:
        presets = [county]
    return Choice(county=county, scenarios=(Scenario(presets[0]),))


@lru_cache(8)
def _baseline(county: str) -> str:
    from experiments.page.record import county_of

    return county_of(county).baseline_policy


# -- links -----------------------------------------------------------------------------


def to_link(choice: Choice, more: Mapping[str, str]) -> str:
    """The query of a link that restores a choice and more, such as the language."""
    items: list[tuple[str, str]] = [("county", choice.county), ("years", str(choice.years))]
    for scenario in choice.scenarios:
        changes = dict(scenario.changes)
        items.append(("s", scenario.preset + (f" {json.dumps(changes)}" if changes else "")))
    items.append(("active", str(choice.active)))
    return urlencode([*items, *more.items()])


def from_link(query: str) -> tuple[Choice, dict[str, str], list[str]]:
    """What a link asks for: the choice, the rest, and what of it cannot be used.

    A key that cannot be used is left at its usual value and told of, so that an old link
    still opens the page.
    """
    found = parse_qs(query)
    given = {key: values[-1] for key, values in found.items() if key != "s"}
    faults: list[str] = []
    county = given.pop("county", "typical")
    if county not in county_names():
        faults.append(f"county {county}: unknown; allowed: {', '.join(county_names())}")
        county = "typical"
    choice = first_choice(county)
    years = _whole(given.pop("years", str(choice.years)))
    if years is None or not 1 <= years <= LONGEST_YEARS:
        faults.append(f"years: not allowed; allowed: 1 to {LONGEST_YEARS}")
        years = choice.years
    scenarios = [s for text in found.get("s", [])[:MOST_SCENARIOS] for s in _read(text, faults)]
    choice = replace(choice, years=years, scenarios=tuple(scenarios) or choice.scenarios)
    active = _whole(given.pop("active", "0"))
    if active is not None and 0 <= active < len(choice.scenarios):
        choice = replace(choice, active=active)
    return choice, given, faults


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _read(text: str, faults: list[str]) -> list[Scenario]:
    """The scenario of a link, if it can be used."""
    preset, _, rest = text.partition(" ")
    if preset not in policy_names():
        faults.append(f"policy {preset}: unknown; allowed: {', '.join(policy_names())}")
        return []
    try:
        changes = json.loads(rest) if rest else {}
        plain = isinstance(changes, dict) and all(
            isinstance(value, int | float | bool | str) for value in changes.values()
        )
        if not plain:
            raise InputError("changes: not allowed; allowed: places and values")
        scenario = Scenario(preset, tuple(sorted(changes.items())))
        scenario.policy("A")
    except (json.JSONDecodeError, InputError, ValueError) as fault:
        faults.append(f"policy {preset}: {fault}")
        return [Scenario(preset)]
    return [scenario]


def _preset(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_preset_json(name))
    return table


@lru_cache(64)
def _preset_json(name: str) -> str:
    return json.dumps(load_policy(name).resolved())
