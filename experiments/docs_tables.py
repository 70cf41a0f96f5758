"""The tables of the documents, as Markdown, from what the program itself holds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from abm.county import Source
from abm.government import Government
from abm.pay import PayRule
from abm.payment import schemes
from abm.phases import PHASES
from abm.policy import Audit, BenefitChange, Benefits, CareAtBase, Change, Policy
from abm.policy_prices import Prices
from abm.policy_staff import Posting, StaffRules
from abm.rehab import Rehab
from abm.rule_part import ConditionName
from abm.settlement import Settlement
from abm.sharing_rules import (
    ConsortiumRules,
    Overspend,
    OverspendBand,
    Quality,
    Surplus,
    SurplusBand,
    Target,
)
from agents.conditions import CONDITIONS
from calibration.condition_files import load_conditions
from calibration.data_files import DATA
from calibration.demand import NEEDED_TARGETS
from calibration.parameter_files import load_parameters
from calibration.reading import allowed
from calibration.schema import COUNTY_FILE, CSV_FILES, OPTIONAL_FILES, CountyTable, FundTable
from experiments.policy_words import unit_of

POLICY_TABLES: Mapping[str, type[BaseModel]] = {
    "top of the file": Policy,
    "[settlement]": Settlement,
    "[pay]": PayRule,
    "[prices]": Prices,
    "[rehab]": Rehab,
    "[government]": Government,
    "[benefits]": Benefits,
    "[[benefits.change]]": BenefitChange,
    "[care_at_base]": CareAtBase,
    "[audit]": Audit,
    "[staff]": StaffRules,
    "[[staff.postings]]": Posting,
    "[surplus]": Surplus,
    "[[surplus.band]]": SurplusBand,
    "[overspend]": Overspend,
    "[[overspend.band]]": OverspendBand,
    "[[target]]": Target,
    "[quality]": Quality,
    "[consortium]": ConsortiumRules,
    "[[change]]": Change,
}
"""Tables of a policy file in the order of the document; ``[payment]`` is the scheme's."""


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; bars inside cells are escaped."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    for row in rows:
        cells = (" ".join(str(cell).split()).replace("|", "\\|") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plain_number(value: float | None) -> str:
    """Write a number as short as it can be read; a dash for none."""
    return "–" if value is None else f"{value:.6g}"


# -- the model -------------------------------------------------------------------------


def phases_table() -> str:
    """The phases of a month, from ``abm.phases.PHASES``."""
    rows = [
        (n, phase.name, phase.reads, phase.writes, phase.parallel)
        for n, phase in enumerate(PHASES, start=1)
    ]
    return markdown_table(("", "phase", "reads", "writes", "in parallel"), rows)


def conditions_table() -> str:
    """The chronic conditions, in the order of their columns."""
    rows = [(f"`{c.name}`", c.title, c.title_zh) for c in CONDITIONS]
    return markdown_table(("key", "condition", "中文"), rows)


def commands_table() -> str:
    """Every command of the command line with the first line of its help."""
    return markdown_table(("command", "what it does"), command_lines())


def command_lines() -> list[tuple[str, str]]:
    """Every command as it is typed, and the first line of its help."""
    import typer.main

    from experiments.cli_app import app

    found: list[tuple[str, str]] = []

    def walk(command: Any, words: str) -> None:
        inner = getattr(command, "commands", None)
        if inner:
            for name, member in inner.items():
                walk(member, f"{words} {name}")
            return
        told = (command.help or "").strip().splitlines()
        needed = [f"{p.name.upper()}" for p in command.params if p.param_type_name == "argument"]
        found.append((f"`{' '.join([words, *needed])}`", told[0] if told else ""))

    walk(typer.main.get_command(app), "yigongti")
    return found


# -- counties --------------------------------------------------------------------------


def county_tables() -> str:
    """Every file and column of a county folder, from its schema."""
    parts = [_form_table(f"{COUNTY_FILE}", CountyTable), _form_table("[fund]", FundTable)]
    parts += [_form_table(file, row) for file, row in (CSV_FILES | OPTIONAL_FILES).items()]
    return "\n\n".join(parts)


def _form_table(title: str, form: type[BaseModel]) -> str:
    name = f"`{COUNTY_FILE}`, table `[fund]`" if title == "[fund]" else f"`{title}`"
    about = " ".join((form.__doc__ or "").split())
    kind = "key" if title in {COUNTY_FILE, "[fund]"} else "column"
    rows = [
        (f"`{column}`", info.description or "", allowed(info))
        for column, info in form.model_fields.items()
    ]
    return f"### {name}\n\n{about}\n\n" + markdown_table((kind, "meaning", "allowed"), rows)


def needed_targets() -> str:
    """Figures that ``targets.csv`` must hold, because the identities need them."""
    return "\n".join(f"- `{name}`" for name in NEEDED_TARGETS)


# -- policies --------------------------------------------------------------------------


def policy_tables() -> str:
    """Every key of a policy file outside ``[payment]``, from its schema."""
    parts = []
    for title, model in POLICY_TABLES.items():
        about = "" if model is Policy else " ".join((model.__doc__ or "").split()) + "\n\n"
        heading = title if model is Policy else f"`{title}`"
        parts.append(f"### {heading}\n\n{about}{_keys_table(model)}")
    return "\n\n".join(parts)


def schemes_tables() -> str:
    """Every payment scheme with its rule and keys."""
    parts = []
    for name, scheme in schemes().items():
        keys = _keys_table(scheme) if scheme.model_fields else "No keys of its own."
        parts.append(f'### `[payment]` with `scheme = "{name}"`\n\nRule: {scheme.rule}.\n\n{keys}')
    return "\n\n".join(parts)


def _keys_table(model: type[BaseModel]) -> str:
    rows = [
        (f"`{key}`", info.description or "", unit_of(key), _range(info), _default(info))
        for key, info in model.model_fields.items()
    ]
    return markdown_table(("key", "meaning", "unit", "allowed", "if absent"), rows)


def _range(info: FieldInfo) -> str:
    kind = get_origin(info.annotation)
    inner = get_args(info.annotation)
    if kind is dict:
        return f"name = {allowed(FieldInfo.from_annotation(inner[1]))}"
    if kind is tuple:
        if inner[0] == ConditionName:
            return f"a list of {', '.join(condition.name for condition in CONDITIONS)}"
        if get_origin(inner[0]) is Literal:
            return f"a list of {', '.join(get_args(inner[0]))}"
        return "a list of texts" if inner[0] is str else "any number of tables"
    if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
        return "a table"
    if info.annotation is bool:
        return "true or false"
    return allowed(info).removesuffix(", or empty")


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is PydanticUndefined and info.default_factory is None:
        return "must be given"
    if value is None or value in ((), "") or value is PydanticUndefined:
        return "none"
    if isinstance(value, BaseModel):
        return "its defaults"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


# -- parameters ------------------------------------------------------------------------


def parameters_tables() -> str:
    """Every behavioural parameter, a table a block of names."""
    groups: dict[str, list[tuple[str, Source]]] = {}
    for name, source in load_parameters().items():
        groups.setdefault(name.partition(".")[0], []).append((name, source))
    return "\n\n".join(
        f"### `{group}.*`\n\n{_sources_table(rows)}" for group, rows in groups.items()
    )


def priors_tables() -> str:
    """Every number of every condition's file, a table a condition."""
    sources = load_conditions()[1]
    parts = []
    for condition in CONDITIONS:
        start = f"condition.{condition.name}."
        rows = [(n.removeprefix(start), s) for n, s in sources.items() if n.startswith(start)]
        title = f"### {condition.title} {condition.title_zh}: `{start}*`"
        parts.append(f"{title}\n\n{_sources_table(rows)}")
    return "\n\n".join(parts)


def _sources_table(rows: Sequence[tuple[str, Source]]) -> str:
    lines, before = [], ""
    for name, s in rows:
        told = "as above" if s.source == before else s.source
        before = s.source
        fixed = s.low is None or s.high is None
        spread = "fixed" if fixed else f"{plain_number(s.low)} to {plain_number(s.high)}"
        lines.append((f"`{name}`", plain_number(s.value), s.unit, spread, s.quality, told))
    return markdown_table(("name", "value", "unit", "prior range", "quality", "source"), lines)


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else plain_number(value)


def illness_tables() -> str:
    """Shapes of illness by age and cause, from ``calibration/illness.toml``."""
    content = tomllib.loads((DATA / "illness.toml").read_text(encoding="utf-8"))
    parts = []
    for name, table in content.items():
        if not isinstance(table, dict):
            continue
        told = f"Unit: {table['unit']}. Quality {table['quality']}. Source: {table['source']}."
        bands = table.get("bands")
        rows: list[Mapping[str, Any]]
        if bands is None:
            rows = [{"level": k, **v} for k, v in table.items() if isinstance(v, dict)]
            rows = rows or [{k: v for k, v in table.items() if isinstance(v, int | float)}]
        else:
            rows = bands
        keys = list(rows[0])
        numbers = [[_cell(row[key]) for key in keys] for row in rows]
        parts.append(f"### `{name}`\n\n{told}\n\n{markdown_table(keys, numbers)}")
    return "\n\n".join(parts)
