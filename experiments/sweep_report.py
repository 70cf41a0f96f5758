"""A page about an experiment that anyone can open: question, picture, table, how sure."""

from __future__ import annotations

import base64
import html
import io
import math
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from abm.indicators import INDICATORS
from experiments.cli_tables import number
from experiments.curves import COLOURS
from experiments.headline import is_stock
from experiments.picture import chinese_font
from experiments.store import Store
from experiments.store_tables import about, differences, form_of, tables
from experiments.sweep_file import SweepFile

TITLE_LETTERS = 52
MOST_ROWS = 40
"""Points that a picture shows as rows; more are shown as a cloud over what is varied."""

_STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans SC", sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #1a1a1a; background: #fff; }
img { max-width: 100%; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { border-bottom: 1px solid #ddd; padding: 0.25rem 0.6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
td.sure { font-weight: 600; }
.small { color: #555; font-size: 0.85rem; }
"""


def write_report(store: Store, path: Path, experiment: str | None = None) -> None:
    """Write the page of one experiment, or of all in a store, into one file.

    The file needs nothing beside it and no network.

    Raises
    ------
    InputError
        If there is no such experiment.
    """
    names = [experiment] if experiment else [one["name"] for one in store.experiments()]
    parts = [_part(store, name) for name in names]
    title = html.escape("; ".join(about(store, name)["title"] for name in names))
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>\n{''.join(parts)}</body></html>\n"
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _part(store: Store, name: str) -> str:
    form, one, counts = form_of(store, name), about(store, name), store.counts(name)
    found = differences(store, name, form.shown_kept(), form.reference)
    told = [f"<h1>{html.escape(form.title)} {html.escape(form.title_zh)}</h1>"]
    told += [f"<p><strong>{html.escape(q)}</strong></p>" for q in (form.question, form.question_zh)]
    if counts["done"] < counts["planned"]:
        told.append(
            f"<p><strong>Not finished: {counts['done']:,} of {counts['planned']:,} runs are done, "
            f"{counts['failed']:,} failed.</strong></p>"
        )
    if found.empty:
        return "\n".join([*told, "<p>No runs yet.</p>"])
    picture = base64.b64encode(draw(store, name)).decode()
    told.append(f'<img alt="{html.escape(form.title)}" src="data:image/png;base64,{picture}">')
    told += [f"<p>{html.escape(line)}</p>" for line in findings(found, form)]
    told.append(_table(found))
    told.append(_small_print(form, one, found))
    return "\n".join(told)


def findings(found: pd.DataFrame, form: SweepFile) -> list[str]:
    """What was found, in sentences: what surely differs and where most, what does not, how sure."""
    reference = reference_label(found, form)
    lines, unsure, unmoved = [], [], []
    for name in form.shown_kept():
        rows = found[found["indicator"] == name]
        others = rows[rows["label"] != reference]
        sure = others[others["sure"].astype(bool)]
        known = INDICATORS[name]
        if not sure.empty:
            level = number(float(rows["reference"].iloc[0]))
            told = " and ".join(_moved(row) for row in _extremes(sure))
            lines.append(f"{known.label}: {level} {known.unit} at {reference}; surely {told}.")
        elif (others[["value", "low", "high"]] == 0).all(axis=None):
            unmoved.append(known.label)
        else:
            unsure.append(known.label)
    if unsure:
        lines.append(f"No point surely differs from {reference} in: {'; '.join(unsure)}.")
    if unmoved:
        lines.append(f"The same to the last digit in every seed: {'; '.join(unmoved)}.")
    seeds = int(found["replicates"].max())
    lines.append(
        f"How sure: intervals are 95 % over {seeds} seeds and hold chance only, not that a "
        "parameter, the data or a mechanism may be otherwise."
    )
    return lines


def _moved(row: dict[Any, Any]) -> str:
    way = "less" if row["value"] < 0 else "more"
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    return (
        f"{number(abs(float(row['value'])))} {way} ({number(low)} to {number(high)}) at "
        f"{row['label']}"
    )


def _extremes(sure: pd.DataFrame) -> list[dict[Any, Any]]:
    """The sure difference furthest down, and the one furthest up."""
    rows = sure.sort_values("value").to_dict("records")
    ends = [row for row in rows[:1] if row["value"] < 0]
    return ends + [row for row in rows[-1:] if row["value"] > 0]


def reference_label(found: pd.DataFrame, form: SweepFile) -> str:
    """Label of the point that the others are compared with."""
    return form.reference if form.reference is not None else str(found["label"].iloc[0])


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(float(value))


def _table(found: pd.DataFrame) -> str:
    rows = []
    for row in found.to_dict("records"):
        sure = ' class="sure"' if row["sure"] else ""
        cells = [
            html.escape(str(row["label"])),
            html.escape(INDICATORS[row["indicator"]].label),
            number(row["level"]),
            _signed(row["value"]),
            f"{_signed(row['low'])} to {_signed(row['high'])}",
            "yes" if row["sure"] else "no",
        ]
        rows.append("<tr>" + "".join(f"<td{sure}>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(
        f"<th>{c}</th>"
        for c in ("point", "indicator", "level", "difference", "95 % interval", "sure")
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _small_print(form: SweepFile, one: dict[str, Any], found: pd.DataFrame) -> str:
    stocks = [name for name in form.shown_kept() if is_stock(name)]
    at_end = f" {', '.join(INDICATORS[n].label for n in stocks)}: at their end." if stocks else ""
    return (
        '<p class="small">'
        f"Counties: {html.escape(', '.join(Path(c).name for c in form.counties))}. Policies: "
        f"{html.escape(', '.join(Path(p).name for p in form.policies))}. Means over {form.years} "
        f"years under the policy.{at_end} {int(found['replicates'].max())} seeds, the same at "
        "every point; intervals are Student's t of the paired differences. They do not hold that "
        "parameters, data or mechanisms may be otherwise, which is the larger part; of many "
        "indicators compared at once, one in twenty seems sure by chance. Differences are from "
        f"{html.escape(reference_label(found, form))}. Program {html.escape(one['code'])}, "
        f"{html.escape(one['started'][:10])}.</p>"
    )


# -- pictures --------------------------------------------------------------------------


def draw(store: Store, experiment: str) -> bytes:
    """Picture of an experiment as PNG: a row a point, or a cloud over what is varied."""
    form = form_of(store, experiment)
    found = differences(store, experiment, form.shown_kept(), form.reference)
    if found["label"].nunique() <= MOST_ROWS:
        return draw_rows(found, form.shown_kept())
    points = tables(store, experiment)["points"]
    return _as_png(lambda: _cloud_figure(found, points, form))


def draw_rows(found: pd.DataFrame, names: Sequence[str]) -> bytes:
    """Picture as PNG: a panel an indicator, a row a label, each difference with its interval.

    Parameters
    ----------
    found
        Columns label, indicator, value, low, high.
    names
        Indicators, in order.
    """
    return _as_png(lambda: _rows_figure(found, names))


def _as_png(make: Callable[[], Figure]) -> bytes:
    """Make a figure with a font that has Chinese, and give it as PNG."""
    font = chinese_font()
    with rc_context({"font.family": [font, "DejaVu Sans"] if font else ["DejaVu Sans"]}):
        target = io.BytesIO()
        make().savefig(target, format="png", dpi=110, metadata={"Software": "yigongti"})
        return target.getvalue()


def _rows_figure(found: pd.DataFrame, names: Sequence[str]) -> Figure:
    """A panel an indicator: each point's difference with its interval."""
    labels = list(dict.fromkeys(found["label"]))
    columns = min(3, len(names))
    lines = math.ceil(len(names) / columns)
    figure = Figure(figsize=(4.6 * columns, lines * (1.3 + 0.32 * len(labels))))
    FigureCanvasAgg(figure)
    panels = figure.subplots(lines, columns, squeeze=False, sharey=True)
    for panel, name in zip(panels.flat, names, strict=False):
        rows = found[found["indicator"] == name].set_index("label").loc[labels]
        places = range(len(labels))
        panel.axvline(0, color="#999999", linewidth=0.8)
        finite = rows[["low", "high"]].map(math.isfinite).all(axis=1)
        arms = [
            (rows["value"] - rows["low"]).where(finite, 0.0),
            (rows["high"] - rows["value"]).where(finite, 0.0),
        ]
        panel.errorbar(rows["value"], places, xerr=arms, fmt="o", color=COLOURS[2], capsize=3)
        panel.set_yticks(list(places), labels, fontsize=8)
        panel.set_title(_title(name), fontsize=9, loc="left")
        panel.tick_params(axis="x", labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    panels.flat[0].invert_yaxis()
    for panel in panels.flat[len(names) :]:
        panel.set_visible(False)
    figure.tight_layout()
    return figure


def _cloud_figure(found: pd.DataFrame, points: pd.DataFrame, form: SweepFile) -> Figure:
    """Rows of indicators over columns of what is varied: each point's level."""
    names = form.shown_kept()
    factors = [one.name for one in form.vary if one.name in points]
    figure = Figure(figsize=(3.2 * len(factors) + 0.6, 2.6 * len(names)))
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(names), len(factors), squeeze=False, sharey="row", sharex="col")
    for line, name in enumerate(names):
        rows = found[found["indicator"] == name].set_index("point")["level"]
        for column, factor in enumerate(factors):
            panel = panels[line, column]
            across = points.set_index("point")[factor].reindex(rows.index)
            panel.plot(across, rows, "o", markersize=3, color=COLOURS[2], alpha=0.6)
            panel.spines[["top", "right"]].set_visible(False)
            panel.tick_params(labelsize=8)
            if line == len(names) - 1:
                panel.set_xlabel(factor, fontsize=8)
        panels[line, 0].set_title(_title(name), fontsize=9, loc="left")
    figure.tight_layout()
    return figure


def _title(name: str) -> str:
    known = INDICATORS[name]
    return textwrap.fill(f"{known.label_zh} {known.label} ({known.unit})", TITLE_LETTERS)
