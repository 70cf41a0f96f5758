"""Printing tables: for people with rich, for programs as a JSON list of rows."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

PLAIN_WIDTH = 160
"""Width of tables where nobody watches: output into a file or a pipe."""


def screen() -> Console:
    """Where tables go."""
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)


def notes() -> Console:
    """Where progress and remarks go: never into the table."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(rows: Sequence[Row]) -> None:
    """Print rows as one JSON list, and nothing else, to standard output."""
    plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
    print(json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False))


def print_table(
    rows: Sequence[Row], columns: Sequence[str], title: str = "", console: Console | None = None
) -> None:
    """Print some columns of rows as a table."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    for column in columns:
        texts = any(isinstance(row.get(column), str) for row in rows)
        table.add_column(column, justify="left" if texts else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(row.get(column))) for column in columns))
    (console or screen()).print(table)


def show(
    rows: Sequence[Row],
    columns: Sequence[str],
    as_json: bool,
    title: str = "",
) -> None:
    """Print rows, for a program or for a reader."""
    if as_json:
        print_json(rows)
    else:
        print_table(rows, columns, title)


def show_groups(rows: Sequence[Row], columns: Sequence[str], key: str = "group") -> None:
    """Print a table a group, each under its name, in the order of first appearance."""
    console = screen()
    for group in dict.fromkeys(str(row.get(key) or "") for row in rows):
        members = [row for row in rows if str(row.get(key) or "") == group]
        # Figures are grouped by the section of the evidence that they come from, or by words.
        title = f"evidence, section {group}" if group[:1].isdigit() else group
        print_table(members, columns, title, console)
        console.print()


def shown(value: Any) -> str:
    """Write a value for a reader: numbers to four figures, yes and no, nothing as a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return number(value)
    return str(value)


def number(value: float, figures: int = 4) -> str:
    """Write a number to so many figures, and to no fewer than the whole."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    size = abs(value)
    if size >= 10 ** (figures - 1) or value == 0:
        return f"{value:,.0f}"
    if size < 1e-4:
        return f"{value:.1e}"
    return f"{value:.{max(0, figures - 1 - math.floor(math.log10(size)))}f}"


def signed(value: float) -> str:
    """Write a difference, with its sign."""
    return ("+" if value > 0 else "") + number(value)


def _plain(value: Any) -> Any:
    """Make a value fit for JSON: infinite and missing numbers become null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return None if value != value else str(value)
