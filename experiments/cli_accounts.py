"""The command that prints a county's yearly reconciliation."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from experiments.cli_tables import Row, print_json, print_table, screen
from experiments.cli_work import (
    Baseline,
    CountyName,
    Json,
    Out,
    PolicyName,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
)
from experiments.defaults import USUAL_YEARS

if TYPE_CHECKING:
    import pandas as pd

    from abm.model import Model


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("accounts")(accounts_command)


def accounts_command(
    county: CountyName,
    policy: PolicyName = None,
    baseline: Baseline = None,
    years: Years = USUAL_YEARS,
    seed: Seed = 1,
    weight: Weight = None,
    threads: Threads = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Run a county and reconcile every year to the fen: fund, consortia, hospitals, base."""
    from calibration.county import County
    from experiments.folders import ResultFolder
    from experiments.interrupts import closed_after
    from experiments.runs import collect, live, make_model, months_of

    loaded = County.load(county)
    with ExitStack() as stack:
        target = stack.enter_context(ResultFolder(out)) if out else None
        say_compiling()
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
        table = _all_years(model)
        if target is not None:
            collect(model, years).write(target.draft)
            table.to_csv(target.draft / "reconciliation.csv", index=False)
            target.keep()
    fails = int((table.loc[table["role"] == "check", "amount_fen"] != 0).sum())
    if as_json:
        print_json(_rows(table))
    else:
        _print(table, out, fails)
    if fails:
        raise typer.Exit(1)


def _all_years(model: Model) -> pd.DataFrame:
    """Reconciliations of all complete years, the calendar year in front."""
    import pandas as pd

    from abm.reconciliation import reconciliation

    parts = []
    for year in range(len(model.surveys)):
        part = reconciliation(model, year)
        part.insert(0, "year", model.county.start_year + year)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _rows(table: pd.DataFrame) -> list[Row]:
    """Lines as rows; a check carries what every checked row carries."""
    rows: list[Row] = []
    for line in table.to_dict("records"):
        row: dict[str, object] = {str(key): value for key, value in line.items()}
        if line["role"] == "check":
            fen = int(line["amount_fen"])
            name = f"{line['year']} {line['account']} closes"
            row.update(name=name, value=fen, low=0, high=0, ok=fen == 0)
        rows.append(row)
    return rows


def _print(table: pd.DataFrame, out: Path | None, fails: int) -> None:
    for (year, account), part in table.groupby(["year", "account"], sort=False):
        rows: list[Row] = [
            {
                "role": line["role"],
                "line": line["line"],
                "million yuan": line["amount_fen"] / 1e8,
                "fen": line["amount_fen"],
            }
            for line in part.to_dict("records")
        ]
        print_table(rows, ["role", "line", "million yuan", "fen"], f"\n{year}: {account}")
    console = screen()
    console.print("\nOpening, in and out lines add up to the closing line; memos stand beside.")
    console.print("every account closes to the fen" if not fails else f"{fails} do not close")
    if out is not None:
        console.print(f"tables in {out}")
