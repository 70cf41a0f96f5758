"""The commands that run the model."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments import (
    cli_accounts,
    cli_groups,
    cli_insight,
    cli_look,
    cli_page,
    cli_pay,
    cli_schemes,
    cli_sweep,
    cli_why,
)
from experiments.cli_tables import Row, notes, number, print_json, print_table, screen, signed
from experiments.cli_work import (
    Baseline,
    CountyName,
    EveryIndicator,
    Json,
    Out,
    PolicyName,
    Processes,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
)
from experiments.defaults import USUAL_PRECISION, USUAL_REPLICATES, USUAL_YEARS

if TYPE_CHECKING:
    from experiments.comparison import Comparison
    from experiments.runs import Result

app = typer.Typer(
    name="yigongti",
    help="What would change if a county paid its medical consortium another way?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
cli_look.add_to(app)
cli_insight.add_to(app)
cli_why.add_to(app)
cli_groups.add_to(app)
cli_accounts.add_to(app)
cli_pay.add_to(app)
cli_schemes.add_to(app)
cli_sweep.add_to(app)
cli_page.add_to(app)


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as installed

        try:
            print(f"yigongti {installed('yigongti')}")
        except PackageNotFoundError:
            print("yigongti, not installed: run from its source")
        raise typer.Exit


@app.command("run")
def run_command(
    county: CountyName,
    policy: PolicyName = None,
    baseline: Baseline = None,
    years: Years = USUAL_YEARS,
    seed: Seed = 1,
    weight: Weight = None,
    threads: Threads = None,
    out: Out = None,
    save_to: Annotated[
        Path | None, typer.Option(help="File for a checkpoint at the end, to go on from later.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Checkpoint to go on from, instead of starting anew.")
    ] = None,
    every: EveryIndicator = False,
    as_json: Json = False,
) -> None:
    """Run a county for some years under a policy; print its indicators year by year."""
    from calibration.county import County
    from experiments.folders import ResultFolder, check_file
    from experiments.interrupts import closed_after
    from experiments.runs import collect, live, make_model, months_of, resume_model

    loaded = County.load(county)
    with ExitStack() as stack:
        target = stack.enter_context(ResultFolder(out)) if out else None
        if save_to is not None:
            check_file(save_to)
        say_compiling()
        if resume is not None:
            model = resume_model(
                resume, loaded, policy, baseline, years=years, weight=weight, threads=threads
            )
        else:
            model = make_model(
                loaded,
                policy or loaded.baseline_policy,
                baseline,
                years=years,
                rng=seed,
                weight=weight,
                threads=threads,
            )
        stack.enter_context(closed_after(model))
        with progress_bar() as told:
            live(model, months_of(model.policy, years), lambda m, n: told(model.policy.name, m, n))
        result = collect(model, years)
        if save_to is not None:
            from abm.checkpoint import save

            save(model, save_to)
        if target is not None:
            result.write(target.draft)
            target.keep()
    _print_run(result, out, every, as_json)


def _print_run(result: Result, out: Path | None, every: bool, as_json: bool) -> None:
    from abm.indicators import INDICATORS
    from experiments.headline import SHOWN

    table = result.indicators
    if as_json:
        print_json(
            [
                {"name": name, "year": year, "value": value, "unit": INDICATORS[str(name)].unit}
                for name, line in table.iterrows()
                for year, value in line.items()
            ]
        )
        return
    years = [str(year) for year in table.columns]
    rows: list[Row] = [
        {"indicator": name, **dict(zip(years, line, strict=True)), "unit": INDICATORS[name].unit}
        for name, line in zip(table.index, table.to_numpy().tolist(), strict=True)
        if every or name in SHOWN
    ]
    title = f"{result.county.title} under {result.policy.title}"
    print_table(rows, ["indicator", *years, "unit"], title)
    console = screen()
    rules = (
        f"{result.policy.name} is in force all the time"
        if result.policy.name == result.baseline.name
        else f"{result.policy.name} is in force from {result.start}, {result.baseline.name} before"
    )
    console.print(f"\n{rules}. One agent stands for {result.weight} people; seed {result.seed}.")
    console.print(f"{result.county.title}: {result.county.label}.")
    console.print(f"digest {result.digest}")
    if out is not None:
        console.print(f"tables in {out}")


@app.command("compare")
def compare_command(
    county: CountyName,
    policy: Annotated[
        list[str],
        typer.Option(
            help="Policy: name or TOML file. Give two or more; the first is the reference. One "
            "alone is compared with the county's baseline."
        ),
    ],
    baseline: Baseline = None,
    years: Years = USUAL_YEARS,
    seed: Seed = 1,
    replicates: Annotated[int, typer.Option(help="Most replicates.")] = USUAL_REPLICATES,
    precision: Annotated[
        float,
        typer.Option(
            help="Stop when the 95 % interval of every headline is within this share of its level."
        ),
    ] = USUAL_PRECISION,
    weight: Weight = None,
    threads: Threads = None,
    workers: Processes = 1,
    store: Annotated[
        Path | None,
        typer.Option(help="File to keep every run in; what it has already is not run again."),
    ] = None,
    out: Out = None,
    every: EveryIndicator = False,
    as_json: Json = False,
) -> None:
    """Compare policies: paired differences with 95 % intervals under common random numbers."""
    from calibration.county import County
    from experiments.cli import INTERRUPTED
    from experiments.comparison import compare
    from experiments.folders import ResultFolder

    loaded = County.load(county)
    with ExitStack() as stack:
        target = stack.enter_context(ResultFolder(out)) if out else None
        say_compiling()
        with progress_bar() as told:
            found = compare(
                loaded,
                policy,
                baseline=baseline,
                years=years,
                rng=seed,
                replicates=replicates,
                precision=precision,
                weight=weight,
                threads=threads,
                workers=workers,
                store=store,
                progress=told,
            )
        if target is not None:
            found.write(target.draft)
            target.keep()
    if as_json:
        table = found.differences.rename(columns={"indicator": "name", "period": "years"})
        print_json([{str(k): v for k, v in row.items()} for row in table.to_dict("records")])
    else:
        _print_comparison(found, out, every)
    if found.interrupted:
        notes().print(f"{len(found.seeds)} replicates were finished and are shown.")
        raise typer.Exit(INTERRUPTED)


def _print_comparison(found: Comparison, out: Path | None, every: bool) -> None:
    from experiments.headline import HEADLINES, SHOWN

    console = screen()
    headlines = [headline.name for headline in HEADLINES]
    for policy in found.policies[1:]:
        table = found.differences
        whole = table[(table["policy"] == policy.name) & (table["period"] == found.period)]
        rows: list[Row] = [
            {
                "": "*" if line["indicator"] in headlines else "",
                "indicator": line["indicator"],
                found.policies[0].name: line["reference"],
                "difference": signed(line["value"]),
                "95 % interval": f"{signed(line['low'])} to {signed(line['high'])}",
                "sure": bool(line["sure"]),
                "needed": line["needed"],
                "saved": f"{number(line['saved'])} x",
                "unit": line["unit"],
            }
            for line in whole.astype({"needed": object}).to_dict(orient="records")
            if every or line["indicator"] in SHOWN
        ]
        title = (
            f"{found.county.title}, {found.period}: {policy.title} less {found.policies[0].title}"
        )
        print_table(rows, list(rows[0]), title, console)
    _explain(found, out)


def _explain(found: Comparison, out: Path | None) -> None:
    console = screen()
    n = len(found.seeds)
    met = (
        f"the interval of every headline (*) is within {found.precision:.0%} of its level"
        if found.met
        else f"not every headline (*) has an interval within {found.precision:.0%} of its level; "
        "see needed"
    )
    console.print(
        f"\n{n} replicates, seeds {found.seeds[0]} to {found.seeds[-1]}: {met}. One agent stands "
        f"for {found.weight} people.\n"
        "sure: the interval leaves nought out. needed: replicates for an interval within "
        f"{found.precision:.0%}. saved: how many times as many\nreplicates would be needed with "
        "independent seeds instead of common random numbers.\n"
        f"{found.county.title}: {found.county.label}."
    )
    if out is not None:
        console.print(f"picture, tables and scenario in {out}")
