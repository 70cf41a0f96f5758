"""The command that takes an effect apart by channel."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.cli_tables import Row, notes, number, print_json, print_table, screen, signed
from experiments.cli_work import (
    Baseline,
    CountyName,
    Json,
    Language,
    OneOrTwoPolicies,
    Out,
    Processes,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
    with_reference,
)
from experiments.defaults import USUAL_WHY_REPLICATES, USUAL_YEARS

if TYPE_CHECKING:
    from experiments.why import Why
    from experiments.words import Lang


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("why")(why_command)


def why_command(
    county: CountyName,
    policy: OneOrTwoPolicies,
    baseline: Baseline = None,
    years: Years = USUAL_YEARS,
    seed: Seed = 1,
    replicates: Annotated[
        int, typer.Option(help="Seeds; each takes 33 runs, or with --quick seven.")
    ] = USUAL_WHY_REPLICATES,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Replay one channel at a time only, and show what that leaves."
        ),
    ] = False,
    indicator: Annotated[
        list[str] | None,
        typer.Option(
            help="Indicator to take apart; may be given several times. [default: the headlines]",
            show_default=False,
        ),
    ] = None,
    weight: Weight = None,
    threads: Threads = None,
    workers: Processes = 1,
    out: Out = None,
    every: Annotated[
        bool, typer.Option("--all", help="Print every indicator of the first table of a run.")
    ] = False,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Take a policy's effect apart: price, belief, capability, budget, pay, and what is left."""
    from calibration.county import County
    from experiments.cli import INTERRUPTED
    from experiments.folders import ResultFolder
    from experiments.headline import HEADLINES, SHOWN
    from experiments.why import why

    asked, reference = with_reference(policy)
    loaded = County.load(county)
    names = tuple(indicator or (SHOWN if every else (line.name for line in HEADLINES)))
    with ExitStack() as stack:
        target = stack.enter_context(ResultFolder(out)) if out else None
        say_compiling()
        with progress_bar() as told:
            found = why(
                loaded,
                asked,
                reference,
                baseline=baseline,
                years=years,
                rng=seed,
                replicates=replicates,
                quick=quick,
                names=names,
                weight=weight,
                threads=threads,
                workers=workers,
                progress=told,
            )
        if target is not None:
            found.write(target.draft)
            target.keep()
    if as_json:
        print_json([{str(k): v for k, v in row.items()} for row in found.table.to_dict("records")])
    else:
        _print(found, lang)
        if out is not None:
            screen().print(f"tables and scenario in {out}")
    if found.interrupted:
        notes().print(f"{len(found.seeds)} replicates were finished and are shown.")
        raise typer.Exit(INTERRUPTED)


def _print(found: Why, lang: Lang) -> None:
    from abm.indicators import INDICATORS
    from experiments.words import word

    console = screen()
    for name, part in found.table.groupby("name", sort=False):
        known = INDICATORS[str(name)]
        label = known.label_zh if lang == "zh" else known.label
        rows = [_row(line, lang) for line in part.to_dict("records")]
        reference = f"{found.reference.name} {number(float(part['reference'].iloc[0]))}"
        print_table(rows, list(rows[0]), f"{label} ({known.unit}); {reference}", console)
        console.print()
    county = found.county
    title, label = (county.title, county.label)
    if lang == "zh":
        title, label = county.title_zh, county.label_zh
    numbers = {
        "county": title,
        "years": found.period,
        "policy": found.policy.title_zh if lang == "zh" else found.policy.title,
        "reference": found.reference.title_zh if lang == "zh" else found.reference.title,
        "seeds": len(found.seeds),
        "weight": found.weight,
    }
    console.print(word("why stands on", lang).format(**numbers))
    console.print(word(f"why {found.method}", lang))
    _print_channels(lang)
    console.print(f"{title}：{label}" if lang == "zh" else f"{title}: {label}.")


def _row(line: dict[Any, Any], lang: Lang) -> Row:
    from experiments.why_shares import named
    from experiments.words import word

    low, high = signed(line["low"]), signed(line["high"])
    return {
        word("why part", lang): named(line["part"], line["method"], lang),
        word("why difference", lang): signed(line["value"]),
        word("why interval", lang): f"{low} {word('why to', lang)} {high}",
        word("why sure", lang): word("why yes" if line["sure"] else "why no", lang),
    }


def _print_channels(lang: Lang) -> None:
    from abm.replay import CHANNELS

    for channel in CHANNELS.values():
        told = (channel.title_zh, channel.how_zh) if lang == "zh" else (channel.title, channel.how)
        screen().print("  {}: {}".format(*told), markup=False, style="dim")
