"""Tables out of a store of runs: whole, by question, and as files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from agents.foundation.errors import InputError
from experiments.headline import is_stock
from experiments.paired import difference
from experiments.store import Store
from experiments.sweep_file import SweepFile

FileKind = Literal["parquet", "csv", "xlsx"]
MOST_SHEET_ROWS = 1_048_575
"""Rows of data that a sheet of a workbook can hold."""

TABLES: Mapping[str, str] = {
    "points": "a row a point: label, county, policy, what is varied",
    "runs": "a row a run: point, seed, done or failed, error, seconds",
    "results": "a row a run and year, a column an indicator",
    "long": "a row a run, year and indicator",
}
"""Tables that questions can be asked of, and what a row of each is."""


def tables(store: Store, experiment: str | None = None) -> dict[str, pd.DataFrame]:
    """Points, runs and results of a store, all as of one moment.

    Parameters
    ----------
    store
        The store; it may be written meanwhile.
    experiment
        Only this one's; all if absent.

    Returns
    -------
    dict
        ``points``, ``runs``, ``results``, ``long``: see :data:`TABLES`. Rows are in the order
        of experiment, point, seed and year, whatever the order in which runs ended.

    Raises
    ------
    InputError
        If there is no such experiment, or the store cannot be read.
    """
    known = [one["name"] for one in store.experiments()]
    if experiment is not None and experiment not in known:
        raise InputError(
            f'{store.name}: has no experiment "{experiment}"; allowed: {", ".join(known)}'
        )
    where, values = ("WHERE p.experiment = ?", (experiment,)) if experiment else ("", ())
    with store.snapshot() as db:
        points = pd.DataFrame(
            db.execute(
                "SELECT experiment, point, label, county, policy, factors FROM points p "
                f"{where} ORDER BY 1, 2",
                values,
            ).fetchall(),
            columns=["experiment", "point", "label", "county", "policy", "factors"],
        )
        runs = pd.DataFrame(
            db.execute(
                "SELECT p.experiment, p.point, p.seed, r.state, r.error, r.seconds, r.ended, "
                "r.host, p.key, r.run FROM plan p LEFT JOIN runs r ON r.key = p.key "
                f"{where} ORDER BY 1, 2, 3",
                values,
            ).fetchall(),
            columns=[
                "experiment", "point", "seed", "state", "error", "seconds", "ended", "host", "key",
                "run",
            ],
        )  # fmt: skip
        long = pd.DataFrame(
            db.execute(
                "SELECT p.experiment, p.point, p.seed, v.year, o.name, v.value FROM plan p "
                "JOIN runs r ON r.key = p.key JOIN results v ON v.run = r.run "
                f"JOIN outputs o ON o.output = v.output {where}",
                values,
            ).fetchall(),
            columns=["experiment", "point", "seed", "year", "indicator", "value"],
        ).astype({"value": float})
    points = _with_factors(points)
    runs["state"] = runs["state"].fillna("to do")
    return {
        "points": points,
        "runs": _beside(points, runs.drop(columns="run")),
        "results": _beside(points, _wide(long)),
        "long": _in_order(long),
    }


def _with_factors(points: pd.DataFrame) -> pd.DataFrame:
    factors = [json.loads(text) for text in points.pop("factors")]
    names = list(dict.fromkeys(name for one in factors for name in one))
    columns = {name: [one.get(name) for one in factors] for name in names}
    return pd.concat([points, pd.DataFrame(columns, index=points.index)], axis=1)


def _beside(points: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    return points.merge(table, on=["experiment", "point"], how="inner", validate="one_to_many")


def _in_order(long: pd.DataFrame) -> pd.DataFrame:
    order = ["experiment", "point", "seed", "year", "indicator"]
    return long.sort_values(order, ignore_index=True)


def _wide(long: pd.DataFrame) -> pd.DataFrame:
    keys = ["experiment", "point", "seed", "year"]
    if long.empty:
        return pd.DataFrame(columns=keys)
    names = list(dict.fromkeys(sorted(long["indicator"].unique())))
    wide = long.set_index([*keys, "indicator"])["value"].unstack("indicator")[names]
    wide.columns.name = None
    return wide.sort_index().reset_index()


def ask(store: Store, question: str, experiment: str | None = None) -> pd.DataFrame:
    """Answer a question in SQL over :data:`TABLES`, by DuckDB on a copy of the store.

    Raises
    ------
    InputError
        If the question cannot be answered: what DuckDB says of it.
    """
    import duckdb

    with duckdb.connect(":memory:") as db:
        for name, table in tables(store, experiment).items():
            db.register(name, table)
        # A question reads these tables and nothing else of the machine.
        db.execute("SET enable_external_access = false")
        db.execute("SET python_enable_replacements = false")
        try:
            asked = db.execute(question)
            return asked.df()
        except duckdb.Error as error:
            raise InputError(
                f"query: {str(error).strip()}; allowed: SQL over {', '.join(TABLES)}; names with "
                'dots stand in "double quotes"'
            ) from error


def export(store: Store, kind: FileKind, folder: Path, experiment: str | None = None) -> list[Path]:
    """Write points, runs and results as files into a folder that is there.

    Raises
    ------
    InputError
        If a table is too long for a workbook.
    """
    found = {name: table for name, table in tables(store, experiment).items() if name != "long"}
    if kind == "xlsx":
        return [_workbook(found, folder / "results.xlsx")]
    written = []
    for name, table in found.items():
        path = folder / f"{name}.{kind}"
        if kind == "csv":
            table.to_csv(path, index=False, encoding="utf-8")
        else:
            _one_kind_a_column(table).to_parquet(path, index=False)
        written.append(path)
    return written


def _one_kind_a_column(table: pd.DataFrame) -> pd.DataFrame:
    """Parquet keeps one kind a column: a factor of numbers and words becomes words."""
    mixed = {
        name: str
        for name in table.columns
        if table[name].dtype == object and len({type(v) for v in table[name].dropna()}) > 1
    }
    return table.astype(mixed)


def _workbook(found: Mapping[str, pd.DataFrame], path: Path) -> Path:
    for name, table in found.items():
        if len(table) > MOST_SHEET_ROWS:
            raise InputError(
                f"{name}: {len(table):,} rows; a workbook's sheet holds {MOST_SHEET_ROWS:,}; "
                "allowed: --to parquet or --to csv"
            )
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in found.items():
            table.to_excel(book, sheet_name=name, index=False)
    return path


def differences(
    store: Store, experiment: str, indicators: Sequence[str], reference: str | None = None
) -> pd.DataFrame:
    """What each point of an experiment differs by from the reference point, paired by seed.

    Parameters
    ----------
    store, experiment
        Where the runs are.
    indicators
        Of which.
    reference
        Label of the point to compare with; the first if absent.

    Returns
    -------
    pandas.DataFrame
        A row a point and indicator, over the years under the policy: label, reference (level
        there), level, value (difference), low, high, sure, replicates.

    Raises
    ------
    InputError
        If no point has that label.
    """
    content = about(store, experiment)["content"]
    found = tables(store, experiment)
    points, results = found["points"], found["results"]
    labels = points["label"].tolist()
    wanted = reference if reference is not None else labels[0]
    if wanted not in labels:
        raise InputError(f'{experiment}: no point has the label "{wanted}"')
    chosen = int(points["point"][labels.index(wanted)])
    paths = _period(results, indicators, int(content["lead_years"]))
    rows = []
    for point, label in zip(points["point"], labels, strict=True):
        seeds = sorted(paths.get(point, {}).keys() & paths.get(chosen, {}).keys())
        if not seeds:
            continue
        ours = np.array([paths[point][seed] for seed in seeds])
        theirs = np.array([paths[chosen][seed] for seed in seeds])
        for column, name in enumerate(indicators):
            gap = difference(theirs[:, column], ours[:, column])
            rows.append(
                {
                    "point": int(point),
                    "label": label,
                    "indicator": name,
                    "reference": float(theirs[:, column].mean()),
                    "level": float(ours[:, column].mean()),
                    "value": gap.value,
                    "low": gap.low,
                    "high": gap.high,
                    "sure": gap.sure,
                    "replicates": len(seeds),
                }
            )
    return pd.DataFrame(rows)


def _period(
    results: pd.DataFrame, indicators: Sequence[str], lead: int
) -> dict[int, dict[int, list[float]]]:
    """Figure of each run over the years under the policy, by point and seed."""
    paths: dict[int, dict[int, list[float]]] = {}
    groups: Any = results.groupby(["point", "seed"])
    for (point, seed), run in groups:
        years = run.sort_values("year").iloc[lead:]
        figures = [
            float(years[name].iloc[-1] if is_stock(name) else years[name].mean())
            for name in indicators
        ]
        paths.setdefault(int(point), {})[int(seed)] = figures
    return paths


def about(store: Store, experiment: str) -> dict[str, Any]:
    """Name, title, content, code and start of an experiment.

    Raises
    ------
    InputError
        If there is no such experiment.
    """
    for one in store.experiments():
        if one["name"] == experiment:
            return one
    raise InputError(f'{store.name}: has no experiment "{experiment}"')


def form_of(store: Store, experiment: str) -> SweepFile:
    """The experiment file that an experiment of a store was planned from."""
    content = about(store, experiment)["content"]
    own = {key: value for key, value in content.items() if key != "lead_years"}
    return SweepFile.model_validate_json(json.dumps(own))
