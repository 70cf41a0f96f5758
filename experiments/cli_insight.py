"""The commands that look inside: who decided what and why, and what draws patients out."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from experiments.cli_tables import Row, notes, number, print_json, print_table, screen, shown
from experiments.cli_work import (
    Baseline,
    CountyName,
    Json,
    Language,
    Out,
    PolicyName,
    ProviderName,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
)

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.explain import Explanation, Kind
    from experiments.siphon import Siphon
    from experiments.words import Lang

_TITLED = ("paid", "in", "out", "red", "doctor")
_REPEATED = ("insured_", "settled_", "chronic_", "minutes")
"""Columns of the tally that say once more, for a part of people, what stands beside them."""


class _BarePatient(TyperCommand):
    """A command in which ``--patient`` may stand without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given: list[str] = []
        for place, arg in enumerate(args):
            given.append(arg)
            if arg == "--patient" and (place + 1 == len(args) or args[place + 1][:2] == "--"):
                given.append("")
        return super().parse_args(ctx, given)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("explain", cls=_BarePatient)(explain_command)
    app.command("siphon")(siphon_command)


def explain_command(
    county: CountyName,
    policy: PolicyName = None,
    patient: Annotated[
        str | None,
        typer.Option(
            help="Resident: his row or key. Without a number, or without any of the three, one is "
            "found.",
        ),
    ] = None,
    doctor: Annotated[str | None, typer.Option(help="Doctor: his row.")] = None,
    provider: ProviderName = None,
    find: Annotated[
        Literal["severe", "chronic", "outside"],
        typer.Option(help="What the resident who is found should have."),
    ] = "severe",
    month: Annotated[
        int | None,
        typer.Option(
            help="Only this month, from 0. [default: all of a resident, else the last]",
            show_default=False,
        ),
    ] = None,
    most: Annotated[int, typer.Option(help="Patients told of a doctor or provider.")] = 8,
    baseline: Baseline = None,
    years: Years = 1,
    seed: Seed = 1,
    weight: Weight = None,
    threads: Threads = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell what a resident, doctor or provider met with, what was weighed, and who paid."""
    from agents.foundation.errors import InputError
    from calibration.county import County
    from experiments.cli import CHECK_FAILED
    from experiments.explain import explain

    whom: dict[Kind, str | None] = {"patient": patient, "doctor": doctor, "provider": provider}
    given = [(kind, value) for kind, value in whom.items() if value is not None]
    if len(given) > 1:
        raise InputError(
            f"{' and '.join(f'--{kind}' for kind, _ in given)}: too many; allowed: one of "
            "--patient, --doctor and --provider"
        )
    loaded = County.load(county)
    say_compiling()
    with progress_bar() as told:
        found = explain(
            loaded,
            policy,
            baseline,
            kind=given[0][0] if given else "patient",
            number=(given[0][1] or None) if given else None,
            find=find,
            years=years,
            rng=seed,
            weight=weight,
            threads=threads,
            month=month,
            most=most,
            lang=lang,
            progress=told,
        )
    if as_json:
        print_json(found.rows)
    else:
        _print_story(found, lang)
    if not found.proved:
        notes().print("a row that was told is not the row that the run wrote")
        raise typer.Exit(CHECK_FAILED)


def _print_story(found: Explanation, lang: Lang) -> None:
    from experiments.words import word

    console = screen()
    county, seed, weight = found.stands_on
    subject = {"subject": found.subject.name, "seed": seed, "weight": weight}
    console.print(word("stands on", lang).format(county=county, **subject))
    for month, rows in groupby(found.rows, lambda row: row["month"]):
        told = list(rows)
        console.print(f"\n{word('month', lang)} {month}", style="bold")
        by_step = groupby(told, lambda row: (row["step"], row.get("resident"), row.get("place")))
        for (step, resident, place), part in by_step:
            if step == "care":
                console.print(f"{word('resident', lang)} {resident}, {word('at', lang)} {place}")
            _print_step(list(part), lang, console)
        if month in found.more:
            console.print(f"{found.more[month]} {word('more', lang)}")
    console.print(word("proved" if found.proved else "unproved", lang))


def _print_step(rows: list[dict[str, Any]], lang: Lang, console: Console) -> None:
    """Print the rows of one step, those of a kind together."""
    from experiments.words import word

    for kind, group in groupby(rows, lambda row: row["kind"]):
        members = list(group)
        if kind == "need":
            for row in members:
                what = f"{row['what']}, {row['cause']}, {number(row['severity'])}"
                console.print(f"{word('need', lang)}: {what}")
        elif kind == "option":
            _print_options(members, lang, console)
        elif kind == "judged":
            for row in members:
                console.print(f"{' ' * row['depth']}{_judgement(row, lang)}")
        elif kind == "changed":
            changes = (
                f"{row['what']} {_short(row['before'])} > {_short(row['value'])}"
                for row in members
                if not row["column"].startswith("year_")
            )
            if told := "; ".join(changes):
                console.print(f"{word('changes', lang)}: {told}")
        else:
            what = ", ".join(
                f"{row['what']} {shown(row['value'])}"
                for row in members
                if not row.get("column", "").startswith(_REPEATED)
            )
            title = word(kind, lang) + ": " if kind in _TITLED else ""
            if what:
                console.print(f"{title}{what}")


def _print_options(rows: list[dict[str, Any]], lang: Lang, console: Console) -> None:
    from experiments.words import word

    parts = list(dict.fromkeys(name for row in rows for name in row["parts"]))
    parts = [name for name in parts if any(row["parts"].get(name) for row in rows)]
    names = {key: word(key, lang) for key in ("option", "worth", "chance", "chosen")}
    table: list[Row] = [
        {
            names["option"]: row["what"],
            **{name: row["parts"].get(name) for name in parts},
            names["worth"]: row["worth"],
            names["chance"]: row["chance"],
            names["chosen"]: "<--" if row["chosen"] else "",
        }
        for row in rows
    ]
    columns = [names["option"], *parts, names["worth"], names["chance"], names["chosen"]]
    print_table(table, columns, "", console)


def _judgement(row: dict[str, Any], lang: Lang) -> str:
    from experiments.words import argument_word

    because = {argument_word(name, lang): value for name, value in row["given"].items()}
    told = {**because, **row["parts"]}
    given = ", ".join(f"{name} {shown(value)}" for name, value in told.items())
    return f"{row['what']}: {shown(row['value'])}" + (f"  ({given})" if given else "")


def _short(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def siphon_command(
    county: CountyName,
    policy: PolicyName = None,
    years: Years = 5,
    seed: Seed = 1,
    seeds: Annotated[int, typer.Option(help="How many seeds, each run with every hold.")] = 5,
    hold: Annotated[
        list[str] | None,
        typer.Option(
            help="Channel to hold: belief, benefits, capability or doctors. Give several to hold "
            "each in turn and all together. [default: all]",
            show_default=False,
        ),
    ] = None,
    weight: Weight = None,
    threads: Threads = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Take the siphon apart: outside admissions by kind, with each cause held still in turn."""
    from calibration.county import County
    from experiments.cli import INTERRUPTED
    from experiments.folders import ResultFolder
    from experiments.siphon import siphon

    loaded = County.load(county)
    with ExitStack() as stack:
        target = stack.enter_context(ResultFolder(out)) if out else None
        say_compiling()
        with progress_bar() as told:
            found = siphon(
                loaded,
                policy,
                years=years,
                rng=seed,
                seeds=seeds,
                hold=tuple(dict.fromkeys(hold or ())),
                weight=weight,
                threads=threads,
                progress=told,
            )
        if target is not None:
            found.write(target.draft)
            target.keep()
    if as_json:
        print_json([{str(k): v for k, v in r.items()} for r in found.table.to_dict("records")])
    else:
        _print_siphon(found)
        if out is not None:
            screen().print(f"tables and scenario in {out}")
    if found.interrupted:
        notes().print(f"{len(found.seeds)} seeds were finished and are shown.")
        raise typer.Exit(INTERRUPTED)


def _print_siphon(found: Siphon) -> None:
    from abm.hold import CHANNELS
    from experiments.siphon import BASE, FIGURES

    console = screen()
    for hold, part in found.table.groupby("hold", sort=False):
        channel = CHANNELS.get(str(hold))
        title = f"{hold}: {channel.title} {channel.title_zh}" if channel else str(hold)
        rows: list[Row] = [
            {
                "name": f"{FIGURES[str(row['name'])].label} {FIGURES[str(row['name'])].label_zh}",
                "value": row["value"],
                "95 % interval": f"{number(row['low'])} to {number(row['high'])}",
                **({} if hold == BASE else _gap(row)),
                "unit": row["unit"],
            }
            for row in part.to_dict("records")
        ]
        print_table(rows, list(rows[0]), title, console)
        if channel:
            console.print(f"held: {channel.how}")
        console.print()
    console.print(
        f"{found.county.title} under {found.policy.title}, mean of {found.years} years; "
        f"{len(found.seeds)} seeds; one agent stands for {found.weight} people.\n"
        "difference: against the base run of the same seed. sure: its interval leaves nought out.\n"
        f"{found.county.title}: {found.county.label}."
    )


def _gap(row: dict[Any, Any]) -> dict[str, Any]:
    low, high = number(row["difference_low"]), number(row["difference_high"])
    return {
        "difference": number(row["difference"]),
        "its 95 % interval": f"{low} to {high}",
        "sure": bool(row["sure"]),
    }
