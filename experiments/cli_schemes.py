"""The command that puts all policies side by side."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.cli_tables import Row, notes, number, print_json, print_table, screen
from experiments.cli_work import (
    Baseline,
    CountyName,
    Json,
    Language,
    Out,
    Processes,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
)
from experiments.defaults import USUAL_SCHEMES_REPLICATES, USUAL_SCHEMES_YEARS

if TYPE_CHECKING:
    from experiments.schemes import Group, Schemes
    from experiments.words import Lang


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("schemes")(schemes_command)


def schemes_command(
    county: CountyName,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="Policy: name or TOML file. Give two or more; the first is the reference. "
            "[default: all that ship, the county's baseline first]",
            show_default=False,
        ),
    ] = None,
    baseline: Baseline = None,
    years: Years = USUAL_SCHEMES_YEARS,
    seed: Seed = 1,
    replicates: Annotated[
        int, typer.Option(help="Seeds that every policy is run with.")
    ] = USUAL_SCHEMES_REPLICATES,
    weight: Weight = None,
    threads: Threads = None,
    workers: Processes = 1,
    store: Annotated[
        Path | None,
        typer.Option(
            help="File in which every run is kept as it ends; what it has is not run again. "
            "[default: schemes_COUNTY.sweep]",
            show_default=False,
        ),
    ] = None,
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence", help="Hold the differences against directions that studies report."
        ),
    ] = False,
    out: Out = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Put all policies side by side from one start: money, conduct, care and health."""
    from calibration.county import County
    from experiments.cli import CHECK_FAILED, INTERRUPTED
    from experiments.folders import ResultFolder
    from experiments.schemes import default_store, schemes
    from experiments.words import word

    loaded = County.load(county)
    kept = store or default_store(loaded)
    with ExitStack() as stack:
        target = stack.enter_context(ResultFolder(out)) if out else None
        say_compiling()
        try:
            with progress_bar() as told:
                found = schemes(
                    loaded,
                    policy or (),
                    baseline=baseline,
                    years=years,
                    rng=seed,
                    replicates=replicates,
                    weight=weight,
                    threads=threads,
                    workers=workers,
                    store=kept,
                    progress=told,
                )
        except KeyboardInterrupt:
            _note_kept(kept, lang)
            raise
        if target is not None:
            found.write(target.draft)
            target.keep()
    table = found.evidence if evidence else found.table.rename(columns={"indicator": "name"})
    if as_json:
        print_json([{str(k): v for k, v in row.items()} for row in table.to_dict("records")])
    elif evidence:
        _print_evidence(found, lang)
    else:
        _print(found, lang)
    if out is not None and not as_json:
        screen().print(word("results in", lang).format(place=out), markup=False)
    if found.comparison.interrupted:
        notes().print(word("finished", lang).format(seeds=len(found.comparison.seeds)))
        _note_kept(kept, lang)
        raise typer.Exit(INTERRUPTED)
    if evidence and (found.evidence["verdict"] == "a miss").any():
        raise typer.Exit(CHECK_FAILED)


def _note_kept(store: Path, lang: Lang) -> None:
    from experiments.words import word

    notes().print(word("kept in", lang).format(place=store), markup=False)


def _print(found: Schemes, lang: Lang) -> None:
    from experiments.schemes import GROUPS, without_figure
    from experiments.words import word

    for group in GROUPS:
        _print_group(found, group, lang)
    for policy, names in without_figure(found.table).items():
        told = word("without figure", lang).format(policy=policy, names=", ".join(names))
        screen().print(told, markup=False)
    _print_foot(found, lang)


def _print_group(found: Schemes, group: Group, lang: Lang) -> None:
    """A table: a row a policy, a column an indicator; what each column is stands below."""
    from abm.indicators import INDICATORS
    from experiments.words import word

    console = screen()
    columns = [name.partition(".")[2].removesuffix("_million_yuan") for name in group.indicators]
    rows: list[Row] = []
    for policy in found.comparison.policies:
        own = found.table[found.table["policy"] == policy.name]
        of = {str(row["indicator"]): row for row in own.to_dict("records")}
        cells = (_cell(of[name]) for name in group.indicators)
        rows.append({word("policy", lang): policy.name, **dict(zip(columns, cells, strict=True))})
    title = group.title_zh if lang == "zh" else group.title
    print_table(rows, list(rows[0]), f"\n{title}", console)
    for name, column in zip(group.indicators, columns, strict=True):
        known = INDICATORS[name]
        label = known.label_zh if lang == "zh" else known.label
        console.print(f"  {column}: {label} ({known.unit})", markup=False, style="dim")


def _cell(row: dict[Any, Any]) -> str:
    """Mean with half its interval; starred if it surely differs from the reference."""
    half = (row["high"] - row["low"]) / 2
    if math.isnan(half):
        return "-"
    return f"{number(row['value'])} ± {number(half, 2)}{' *' if row['sure'] else ''}"


def _print_evidence(found: Schemes, lang: Lang) -> None:
    from experiments.words import word

    console = screen()
    names = [word(key, lang) for key in ("reported", "differs", "expected", "found", "verdict")]
    rows: list[Row] = [
        dict(
            zip(
                names,
                (
                    row["what_zh" if lang == "zh" else "what"],
                    f"{row['policy']} - {row['reference']}: {row['indicator']}",
                    row["expected"],
                    f"{number(row['value'])} ({number(row['interval_low'])} to "
                    f"{number(row['interval_high'])})",
                    word(row["verdict"], lang),
                ),
                strict=True,
            )
        )
        for row in found.evidence.to_dict("records")
    ]
    if not rows:
        console.print(word("no direction", lang))
        return
    print_table(rows, names, "", console)
    counts = found.evidence["verdict"].value_counts()
    told = (f"{counts.get(v, 0)} {word(v, lang)}" for v in ("agrees", "not sure", "a miss"))
    console.print(f"\n{', '.join(told)}")
    _print_foot(found, lang)


def _print_foot(found: Schemes, lang: Lang) -> None:
    from experiments.words import word

    compared = found.comparison
    county = compared.county
    title, label = county.title, county.label
    if lang == "zh":
        title, label = county.title_zh, county.label_zh
    console = screen()
    numbers = {
        "county": title,
        "years": compared.period,
        "seeds": len(compared.seeds),
        "weight": compared.weight,
        "baseline": compared.baseline.name,
    }
    console.print("\n" + word("runs side by side", lang).format(**numbers))
    console.print(word("side by side", lang))
    console.print(f"{title}：{label}" if lang == "zh" else f"{title}: {label}.")
