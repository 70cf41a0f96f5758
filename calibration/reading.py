"""Reading the files of a county folder: every problem at once, each with its place."""

from __future__ import annotations

import csv
import difflib
import io
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from calibration.schema import Form

MAX_LIKE_PROBLEMS = 20
"""After so many problems of one column (or key) the rest is counted, not listed."""

F = TypeVar("F", bound=Form)


class Problems:
    """What is wrong with an input, in the order found.

    Problems that share a place (a file and a column) are listed up to ``MAX_LIKE_PROBLEMS``
    times and then counted, so that one wrong column does not bury the other faults.
    """

    def __init__(self) -> None:
        self._messages: list[str] = []
        self._counts: Counter[str] = Counter()

    def add(self, place: str, message: str) -> None:
        """Add a problem; ``place`` groups problems of one kind."""
        self._counts[place] += 1
        if self._counts[place] <= MAX_LIKE_PROBLEMS:
            self._messages.append(message)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def messages(self) -> list[str]:
        """List the problems, with a line for each place that had more than are listed."""
        more = [
            f"{place}: {count - MAX_LIKE_PROBLEMS} more problems of the same column"
            for place, count in self._counts.items()
            if count > MAX_LIKE_PROBLEMS
        ]
        return self._messages + more


@dataclass(frozen=True)
class Table(Generic[F]):
    """Rows of one CSV file that could be read, each with its row number in the file."""

    file: str
    rows: list[tuple[int, F]] = field(default_factory=list)
    complete: bool = True
    """False if some row or the whole file could not be read."""
    cells: list[dict[str, str]] = field(default_factory=list)
    """Cells of every row as text, of rows that could not be read too; empty cells left out."""
    readable: bool = True
    """False if the file or its header could not be read, so that there are no cells."""

    def keys(self, *columns: str) -> set[tuple[str | None, ...]]:
        """Collect what stands in the columns, in rows that could not be read too."""
        return {tuple(cells.get(column) for column in columns) for cells in self.cells}


def allowed(info: FieldInfo) -> str:
    """Say in words what a column or key may hold."""
    return _allowed(info.annotation, info.metadata)


def _allowed(annotation: Any, metadata: Sequence[Any]) -> str:
    if get_origin(annotation) is Literal:
        values = [str(value) for value in get_args(annotation)]
        return values[0] if len(values) == 1 else "one of " + ", ".join(values)
    if hasattr(annotation, "__metadata__"):
        return _allowed(get_args(annotation)[0], [*annotation.__metadata__, *metadata])
    options = get_args(annotation)
    if NoneType in options:
        inner = next(option for option in options if option is not NoneType)
        return f"{_allowed(inner, metadata)}, or empty"
    if annotation in (int, float):
        return ("a whole number" if annotation is int else "a number") + _bounds(metadata)
    if get_origin(annotation) is list:
        return "a list of " + _allowed(options[0], ())
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return "a table"
    return _text_allowed(metadata)


def _text_allowed(metadata: Sequence[Any]) -> str:
    for item in metadata:
        if getattr(item, "pattern", None):
            dot = " or ." if "." in item.pattern else ""
            most = getattr(item, "max_length", None)
            return (
                f"a lower-case letter, then lower-case letters, digits, _{dot}"
                f"{f' (at most {most})' if most else ''}"
            )
    return "text"


def _bounds(metadata: Sequence[Any]) -> str:
    found: dict[str, float] = {}
    for item in metadata:
        for part in item.metadata if isinstance(item, FieldInfo) else [item]:
            for key in ("ge", "gt", "le", "lt"):
                if getattr(part, key, None) is not None:
                    found[key] = getattr(part, key)
    if "ge" in found and "le" in found:
        return f" from {found['ge']:,.12g} to {found['le']:,.12g}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    parts = [f"{words[key]} {bound:,.12g}" for key, bound in found.items()]
    return (" " + " and ".join(parts)) if parts else ""


def nearest(name: str, known: Sequence[str]) -> str:
    """Suggest a known name: ``" (do you mean x?)"``, or nothing."""
    found = difflib.get_close_matches(name, known, n=1)
    return f" (do you mean {found[0]}?)" if found else ""


def read_text(path: Path, problems: Problems) -> str | None:
    """Read a UTF-8 text file, or report why it cannot be read."""
    name = path.name
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.add(name, f"{name}: the file is missing; a county folder needs it")
    except UnicodeDecodeError as error:
        problems.add(name, f"{name}: not UTF-8 text (byte {error.start}); save it as UTF-8")
    except OSError as error:
        problems.add(name, f"{name}: cannot be read: {error.strerror or error}")
    return None


def read_csv(path: Path, model: type[F], problems: Problems) -> Table[F]:
    """Read a CSV file into rows of ``model``.

    Parameters
    ----------
    path
        File with a header line; row numbers in messages count the header as row 1.
    model
        Description of a row.
    problems
        Takes every fault found.
    """
    name = path.name
    broken: Table[F] = Table(name, complete=False, readable=False)
    text = read_text(path, problems)
    if text is None:
        return broken
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, F]] = []
    texts: list[dict[str, str]] = []
    complete = True
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_fits(name, header, model, problems):
            return broken
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            named = zip(header, (cell.strip() for cell in cells), strict=False)
            texts.append({column: cell for column, cell in named if cell})
            fits = _cells_fit(name, reader.line_num, header, cells, problems)
            row = _read_row(name, reader.line_num, texts[-1], model, problems) if fits else None
            complete = complete and row is not None
            if row is not None:
                rows.append((reader.line_num, row))
    except csv.Error as error:
        problems.add(name, f"{name}, row {reader.line_num}: not a CSV row: {error}")
        complete = False
    return Table(name, rows, complete, texts)


def _header_fits(name: str, header: list[str], model: type[Form], problems: Problems) -> bool:
    known = list(model.model_fields)
    needed = [key for key, info in model.model_fields.items() if info.is_required()]
    missing = [key for key in needed if key not in header]
    if missing:
        problems.add(
            name,
            f"{name}, row 1: the header lacks {', '.join(missing)}; allowed: {', '.join(known)}",
        )
    unknown = [key for key in header if key not in known]
    for key in unknown:
        problems.add(
            name,
            f'{name}, row 1: unknown column "{key}"{nearest(key, known)}; '
            f"allowed: {', '.join(known)}",
        )
    twice = [key for key, count in Counter(header).items() if count > 1 and key in known]
    for key in twice:
        problems.add(name, f'{name}, row 1: column "{key}" stands twice; allowed: once')
    return not (missing or unknown or twice)


def _cells_fit(
    name: str, number: int, header: list[str], cells: list[str], problems: Problems
) -> bool:
    if len(cells) != len(header):
        problems.add(
            f"{name}, cells",
            f"{name}, row {number}: {len(cells)} cells; allowed: {len(header)}, as in the header",
        )
    return len(cells) == len(header)


def _read_row(
    name: str, number: int, values: dict[str, str], model: type[F], problems: Problems
) -> F | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            column = str(detail["loc"][0])
            what = _what(detail, values.get(column))
            problems.add(
                f"{name}, column {column}",
                f"{name}, row {number}, column {column}: {what}; "
                f"allowed: {allowed(model.model_fields[column])}",
            )
        return None


def _what(detail: ErrorDetails, given: object) -> str:
    if detail["type"] == "missing" or given is None:
        return "is empty"
    shown = str(given)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return f'"{shown}" is not allowed'


def read_toml(path: Path, problems: Problems) -> dict[str, Any] | None:
    """Read a TOML file into a dictionary, or report why it is none."""
    text = read_text(path, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also what tomllib raises; a number too long for int is one too
        problems.add(path.name, f"{path.name}: not TOML: {error}; allowed: key = value")
    except RecursionError:
        problems.add(path.name, f"{path.name}: nested too deeply; allowed: tables of values")
    return None


def check_form(name: str, data: Mapping[str, Any], model: type[F], problems: Problems) -> F | None:
    """Check what a TOML file holds; report every key that is missing, unknown or wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            key = ".".join(str(part) for part in detail["loc"])
            problems.add(f"{name}, key {key}", f"{name}, {_key_problem(detail, model)}")
        return None


def _key_problem(detail: ErrorDetails, model: type[Form]) -> str:
    owner: type[Form] = model
    info: FieldInfo | None = None
    for part in detail["loc"]:
        if isinstance(part, int):
            break
        info = owner.model_fields.get(part)
        if info is not None and isinstance(info.annotation, type):
            owner = info.annotation if issubclass(info.annotation, Form) else owner
    key = ".".join(str(part) for part in detail["loc"])
    if info is None:
        known = list(owner.model_fields)
        last = str(detail["loc"][-1])
        return f"unknown key {key}{nearest(last, known)}; allowed: {', '.join(known)}"
    what = "is missing" if detail["type"] == "missing" else _what(detail, detail["input"])
    return f"key {key}: {what}; allowed: {allowed(info)}"
