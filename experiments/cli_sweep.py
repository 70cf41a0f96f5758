"""The commands around experiments of many runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli_tables import Row, notes, print_json, print_table, screen, show
from experiments.cli_work import Json, say_compiling

if TYPE_CHECKING:
    from experiments.store import Store
    from experiments.store_tables import FileKind
    from experiments.sweep_plan import Plan
    from experiments.sweep_run import Done

StoreFile = Annotated[Path, typer.Argument(help="Store: a file that `sweep` has made.")]
Experiment = Annotated[
    str | None, typer.Option(help="Only this experiment of the store. [default: all]")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("sweep")(sweep_command)
    app.command("status")(status_command)
    app.command("results")(results_command)
    app.command("export")(export_command)
    app.command("report")(report_command)


def sweep_command(
    file: Annotated[str, typer.Argument(help="Experiment file, or name of a shipped one.")],
    store: Annotated[
        Path | None, typer.Option(help="File for the runs. [default: NAME.sweep]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes. [default: one a processor]")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, to run there instead.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an experiment that the store has.")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Run failed runs again.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file, tell runs and time, start nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run all runs of an experiment file; what is finished is never lost."""
    from experiments.cli import CHECK_FAILED, INTERRUPTED
    from experiments.store import Store
    from experiments.sweep_file import load_sweep
    from experiments.sweep_plan import make_plan
    from experiments.sweep_run import carry_out, default_store, place_of, start

    place = place_of(workers, cluster)
    form, _ = load_sweep(file)
    plan = make_plan(form)
    path = store or default_store(plan.name)
    if dry_run:
        _print_plan(plan, path, workers, as_json)
        return
    with Store(path, write=True) as kept:
        there = start(plan, kept, resume=resume or retry, again=retry)
        left = _time_left(plan, kept, len(plan) - there, workers)
        _note(f"{plan.name}: {len(plan):,} runs, {there:,} of them in {path}; left: {left}")
        say_compiling()
        try:
            with runs_bar(plan.name) as told:
                done = carry_out(plan, kept, place, told)
        except KeyboardInterrupt:
            counts = kept.counts(plan.name)
            _note(
                f"{counts['done'] + counts['failed']:,} of {counts['planned']:,} runs are in "
                f"{path}; go on with: yigongti sweep {file} --store {path} --resume"
            )
            raise typer.Exit(INTERRUPTED) from None
        _print_done(done, f"{plan.title}: {path}", as_json)
        for error, count in kept.errors(plan.name):
            _note(f"{count:,} failed: {error}")
    if done.failed:
        raise typer.Exit(CHECK_FAILED)


def _note(text: str) -> None:
    notes().print(text, markup=False)


def _print_done(done: Done, title: str, as_json: bool) -> None:
    rows: list[Row] = [
        {"name": "runs planned", "value": done.planned},
        {"name": "runs done", "value": done.done, "low": done.planned, "ok": not done.failed},
        {"name": "runs failed", "value": done.failed, "high": 0, "ok": not done.failed},
        {"name": "runs that the store had", "value": done.before},
        {"name": "runs made here", "value": done.made},
        {"name": "seconds", "value": done.seconds},
    ]
    show(rows, ["name", "value"], as_json, title)


def _print_plan(plan: Plan, path: Path, workers: int | None, as_json: bool) -> None:
    import os

    number = workers or os.cpu_count() or 1
    seconds = plan.usual_seconds() / number
    rows: list[Row] = [
        {"name": "points", "value": len(plan.points)},
        {"name": "seeds at each", "value": len(plan.seeds)},
        {"name": "runs", "value": len(plan)},
        {"name": "months of each", "value": plan.months},
        {"name": "indicators kept", "value": len(plan.outputs)},
        {"name": f"seconds on {number} processors, roughly", "value": seconds},
    ]
    if as_json:
        print_json(rows)
        return
    print_table(rows, ["name", "value"], plan.title)
    points: list[Row] = [
        {"point": p.number, "label": p.label, "one agent stands for": p.weight} for p in plan.points
    ]
    shown = points[:30]
    print_table(shown, list(points[0]), "\npoints")
    if len(shown) < len(points):
        print(f"... and {len(points) - len(shown):,} more")
    print(f"\nabout {_words(seconds)}; runs would go into {path}. Nothing was started.")


def _time_left(plan: Plan, store: Store, left: int, workers: int | None) -> str:
    import os

    number = workers or os.cpu_count() or 1
    mean, _ = store.pace(plan.name)
    each = mean if mean is not None else plan.usual_seconds() / max(1, len(plan))
    return f"about {_words(each * left / number)}"


def _words(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(1, math.ceil(seconds)):.0f} seconds"


@contextmanager
def runs_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show runs done and time left on the terminal; nothing where nobody watches."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = notes()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs, left:"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=None)

        def told(done: int, most: int) -> None:
            bar.update(task, completed=done, total=most)

        yield told


def status_command(store: StoreFile, as_json: Json = False) -> None:
    """Tell how far the experiments of a store are."""
    from experiments.store import Store

    rows: list[Row] = []
    with Store(store) as kept:
        for one in kept.experiments():
            counts = kept.counts(one["name"])
            mean, _ = kept.pace(one["name"])
            rows.append(
                {
                    "name": one["name"],
                    **counts,
                    "to_do": counts["planned"] - counts["done"] - counts["failed"],
                    "seconds_a_run": mean,
                    "started": one["started"],
                    "code": one["code"],
                }
            )
        errors = [(one["name"], kept.errors(one["name"])) for one in kept.experiments()]
    show(rows, list(rows[0]) if rows else ["name"], as_json, str(store))
    for name, found in errors:
        for error, count in found:
            _note(f"{name}: {count:,} failed: {error}")


def results_command(
    store: StoreFile,
    query: Annotated[
        str | None,
        typer.Option(
            help="SQL over the tables points, runs, results and long. [default: differences of "
            "the shown indicators from the reference point]"
        ),
    ] = None,
    experiment: Experiment = None,
    as_json: Json = False,
) -> None:
    """Answer a question about runs, while a sweep goes on too."""
    from experiments.store import Store
    from experiments.store_tables import ask

    with Store(store) as kept:
        if query is None:
            for name in [experiment] if experiment else [e["name"] for e in kept.experiments()]:
                _print_differences(kept, name, as_json)
            return
        table = ask(kept, query, experiment)
    rows: list[Row] = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    show(rows, [str(column) for column in table.columns], as_json)


def _print_differences(store: Store, name: str, as_json: bool) -> None:
    from experiments.store_tables import differences, form_of

    form = form_of(store, name)
    table = differences(store, name, form.shown_kept(), form.reference)
    rows: list[Row] = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    columns = ["label", "indicator", "level", "value", "low", "high", "sure", "replicates"]
    show(rows, columns, as_json, form.title)


def export_command(
    store: StoreFile,
    to: Annotated[str, typer.Option("--to", help="parquet, csv or xlsx.")] = "parquet",
    out: Annotated[
        Path | None, typer.Option(help="Folder: a new or empty one. [default: STORE_KIND]")
    ] = None,
    experiment: Experiment = None,
) -> None:
    """Write the points, runs and results of a store as files."""
    from typing import get_args

    from agents.foundation.errors import InputError
    from experiments.folders import ResultFolder
    from experiments.store import Store
    from experiments.store_tables import FileKind, export

    if to not in get_args(FileKind):
        raise InputError(f"--to {to}: not allowed; allowed: {', '.join(get_args(FileKind))}")
    kind: FileKind = to  # type: ignore[assignment]
    folder = out or store.with_name(f"{store.stem}_{to}")
    with Store(store) as kept, ResultFolder(folder) as target:
        written = export(kept, kind, target.draft, experiment)
        target.keep()
    screen().print(f"{', '.join(path.name for path in written)} in {folder}", markup=False)


def report_command(
    store: StoreFile,
    out: Annotated[
        Path | None, typer.Option(help="File for the page. [default: STORE.html]")
    ] = None,
    experiment: Experiment = None,
) -> None:
    """Write a page about the experiments of a store: question, picture, table, how sure."""
    from experiments.folders import check_file
    from experiments.store import Store
    from experiments.sweep_report import write_report

    path = out or store.with_suffix(".html")
    check_file(path)
    with Store(store) as kept:
        write_report(kept, path, experiment)
    screen().print(f"{path}: the page", markup=False)
