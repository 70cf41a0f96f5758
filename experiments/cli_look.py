"""The commands that look at data, rules and checks without a run, or check the model."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from experiments.cli_tables import (
    Row,
    notes,
    print_json,
    print_table,
    screen,
    show,
    show_groups,
)
from experiments.cli_work import Json, Language, Weight, progress_bar, say_compiling
from experiments.words import word

CHECKED = ("name", "value", "low", "high", "ok")
CountyOption = Annotated[str, typer.Option(help="Name of a shipped county, or a county folder.")]

county_app = typer.Typer(help="County folders: check one, or begin one.", no_args_is_help=True)
policy_app = typer.Typer(help="Policy files.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("list")(list_command)
    app.command("parameters")(parameters_command)
    app.command("targets")(targets_command)
    app.command("verify")(verify_command)
    app.command("incentives")(incentives_command)
    app.add_typer(county_app, name="county")
    app.add_typer(policy_app, name="policy")


def list_command(
    what: Annotated[
        Literal["counties", "policies", "schemes", "conditions", "indicators", "sweeps"],
        typer.Argument(help="What to list."),
    ],
    as_json: Json = False,
) -> None:
    """List what there is."""
    rows = _LISTS[what]()
    if what == "policies" and not as_json:
        _print_policies(rows)
        return
    show(rows, [key for key in rows[0] if key != "title_zh"] if rows else [], as_json)


def _counties() -> list[Row]:
    from calibration.places import counties_folder

    return [
        _named(path, path.parent.name, ("title", "title_zh", "label"))
        for path in sorted(counties_folder().glob("*/county.toml"))
    ]


def _policies() -> list[Row]:
    from calibration.places import policies_folder

    found: list[Row] = []
    for path in sorted(policies_folder().glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = {key: list(table.get(key, ())) for key in ("open", "to_come")}
        keys = ("title", "title_zh", "rule", "rule_zh", "source")
        found.append({**_named(path, path.stem, keys), **lists})
    return found


def _print_policies(rows: Sequence[Row]) -> None:
    """Print each policy with its rule, its source, what that leaves open and what is to come."""
    console = screen()
    for row in rows:
        console.print(f"{row['name']}: {row['title']} {row['title_zh']}", style="bold")
        console.print(f"  rule: {row['rule']}", markup=False)
        if row["rule_zh"]:
            console.print(f"  规则：{row['rule_zh']}", markup=False)
        console.print(f"  source: {row['source']}", markup=False)
        for key in ("open", "to_come"):
            for line in row[key]:
                console.print(f"  {key.replace('_', ' ')}: {line}", markup=False)
        console.print()


def _named(path: Path, name: str, keys: Sequence[str]) -> Row:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {"name": name, **{key: str(table.get(key, "")) for key in keys}}


def _schemes() -> list[Row]:
    from abm.payment import schemes

    return [
        {"name": name, "rule": scheme.rule, "parameters": ", ".join(scheme.model_fields)}
        for name, scheme in schemes().items()
    ]


def _conditions() -> list[Row]:
    from agents.conditions import CONDITIONS

    return [condition._asdict() for condition in CONDITIONS]


def _indicators() -> list[Row]:
    from abm.indicators import INDICATORS

    return [
        {
            "name": i.name,
            "title": i.label,
            "title_zh": i.label_zh,
            "unit": i.unit,
            "panel": i.panel,
        }
        for i in INDICATORS.values()
    ]


def _sweeps() -> list[Row]:
    from calibration.places import sweeps_folder

    return [
        _named(path, path.stem, ("title", "title_zh", "question"))
        for path in sorted(sweeps_folder().glob("*.toml"))
    ]


_LISTS = {
    "counties": _counties,
    "policies": _policies,
    "schemes": _schemes,
    "conditions": _conditions,
    "indicators": _indicators,
    "sweeps": _sweeps,
}


def parameters_command(
    county: CountyOption = "typical",
    as_json: Json = False,
) -> None:
    """List every default number: value, unit, prior range, quality and source."""
    from calibration.county import County

    loaded = County.load(county)
    rows: list[Row] = [
        {
            "name": name,
            "value": source.value,
            "unit": source.unit,
            "low": source.low,
            "high": source.high,
            "quality": source.quality,
            "source": source.source,
        }
        for sources in (loaded.parameters, loaded.condition_priors)
        for name, source in sources.items()
    ]
    columns = list(rows[0])
    if as_json:
        print_json([*rows, *({**row, "value": None} for row in _columns(loaded))])
        return
    print_table(rows, columns, f"{loaded.title}: parameters")
    print_table(_columns(loaded), ["name", "quality", "source"], "\ncolumns of the county folder")
    print("\nquality: V read in an official table, D computed, P press, M memory, A assumption")


def _columns(county: Any) -> list[Row]:
    """Where each column of the county's folder comes from."""
    return [
        {
            "name": f"{row.file}: {row.column_or_key}",
            "unit": "",
            "low": None,
            "high": None,
            "quality": row.quality,
            "source": row.source,
        }
        for row in county.sources
    ]


def targets_command(
    county: CountyOption = "typical",
    years: Annotated[int, typer.Option(help="Years to run.")] = 3,
    weight: Weight = None,
    seeds: Annotated[int, typer.Option(help="How many seeds to average over.")] = 4,
    as_json: Json = False,
) -> None:
    """Hold the baseline against observed figures, one row a figure."""
    from calibration.county import County
    from experiments.runs import check_numbers, usual_weight
    from experiments.targets import targets_rows

    loaded = County.load(county)
    check_numbers(years=years, rng=seeds)
    say_compiling()
    weight = usual_weight(loaded) if weight is None else weight
    with progress_bar() as told:
        rows = targets_rows(
            loaded, years, weight, seeds, progress=lambda done, most: told("baseline", done, most)
        )
    _finish(rows, as_json, ("name", "value", "target", "low", "high", "ok", "unit"))


def verify_command(
    county: CountyOption = "typical",
    quick: Annotated[bool, typer.Option(help="Fewer months and people.")] = False,
    as_json: Json = False,
) -> None:
    """Check what must hold: conservation, same bits on threads, plain and resumed; scale."""
    from calibration.county import County
    from calibration.policies import load_policy, policy_names
    from experiments.verify import verify

    loaded = County.load(county)
    say_compiling()

    def told(row: Row) -> None:
        notes().print(f"{'ok    ' if row['ok'] else 'MISSED'} {row['name']}", markup=False)

    policies = [load_policy(name) for name in policy_names()]
    rows = verify(loaded, policies, quick=quick, report=None if as_json else told)
    _finish(rows, as_json, (*CHECKED, "detail"))


def incentives_command(
    county: CountyOption = "typical",
    every: Annotated[bool, typer.Option("--all", help="Print figures without bounds too.")] = False,
    as_json: Json = False,
) -> None:
    """The laboratory: what one doctor does under each pay rule, against theory."""
    from calibration.county import County
    from experiments.incentives import incentives_rows

    rows = incentives_rows(County.load(county))
    if not (every or as_json):
        rows = [row for row in rows if row["ok"] is not None]
    _finish(rows, as_json, (*CHECKED, "unit", "source"))


def _finish(rows: Sequence[Row], as_json: bool, columns: Sequence[str]) -> None:
    """Print checked rows by group with a count, and exit with 1 if one was missed."""
    from experiments.cli import CHECK_FAILED

    missed = [row for row in rows if row.get("ok") is False or row.get("ok") == 0]
    if as_json:
        print_json(rows)
    else:
        present = [column for column in columns if any(column in row for row in rows)]
        show_groups(rows, present)
        told = sum(bool(row.get("ok")) for row in rows)
        print(f"{told} ok, {len(missed)} missed")
    if missed:
        raise typer.Exit(CHECK_FAILED)


@county_app.command("check")
def county_check(
    folder: Annotated[str, typer.Argument(help="County folder, or name of a shipped county.")],
    as_json: Json = False,
) -> None:
    """Report every problem of a county folder, and the identities with their sums."""
    from dataclasses import asdict

    from calibration.checks import check_folder
    from calibration.county import county_names
    from calibration.places import counties_folder
    from experiments.cli import CHECK_FAILED, WRONG_INPUT

    place = counties_folder() / folder if folder in county_names() else Path(folder)
    found = check_folder(place)
    rows: list[Row] = [asdict(identity) for identity in found.identities]
    for problem in found.problems:
        notes().print(problem, markup=False)
    if found.problems:
        raise typer.Exit(WRONG_INPUT)
    show(rows, [*CHECKED, "unit", "explanation"], as_json, f"identities of {place.name}")
    if not found.ok:
        raise typer.Exit(CHECK_FAILED)


@county_app.command("template")
def county_template(
    folder: Annotated[Path, typer.Argument(help="Folder to make: a new or empty one.")],
) -> None:
    """Write an empty county folder with explanations."""
    from calibration.template import write_template

    write_template(folder)
    print(f"{folder}: an empty county folder; README.md in it explains every file")


@policy_app.command("check")
def policy_check(
    policy: Annotated[str, typer.Argument(help="TOML file, or name of a shipped policy.")],
    as_json: Json = False,
) -> None:
    """Check a policy file, and print every value of it with the defaults filled in."""
    from calibration.policies import load_policy

    loaded = load_policy(policy)
    rows: list[Row] = [
        {"name": name, "value": value} for name, value in _flat("", loaded.resolved())
    ]
    show(rows, ("name", "value"), as_json, f"{loaded.title}: in order")


@policy_app.command("diff")
def policy_diff_command(
    first: Annotated[str, typer.Argument(help="TOML file, or name of a shipped policy.")],
    second: Annotated[str, typer.Argument(help="The other one.")],
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell in words in which rules two policies differ."""
    from agents.foundation.errors import InputError
    from calibration.policies import load_policy
    from experiments.policy_diff import policy_diff

    found, faults = [], []
    for name in (first, second):
        try:
            found.append(load_policy(name))
        except InputError as error:
            faults += error.problems
    if faults:
        raise InputError(faults)
    rows = policy_diff(found[0], found[1], lang)
    if as_json:
        print_json(rows)
        return
    console = screen()
    for policy in found:
        title = policy.title_zh if lang == "zh" else policy.title
        console.print(f"{policy.name}: {title}", markup=False)
        rule = policy.rule_zh if lang == "zh" and policy.rule_zh else policy.rule
        console.print(f"    {rule}", markup=False)
    for about, members in groupby(rows, lambda row: row["about"]):
        console.print(f"\n{about}", style="bold", markup=False)
        for row in members:
            console.print(f"- {row['sentence']} ({row['key']})", markup=False)
    if not rows:
        console.print(f"\n{word('no rule differs', lang)}")


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [
            item
            for key, inner in value.items()
            for item in _flat(f"{prefix}.{key}" if prefix else key, inner)
        ]
    if isinstance(value, list):
        return [item for i, inner in enumerate(value) for item in _flat(f"{prefix}.{i}", inner)]
    return [(prefix, value)]
