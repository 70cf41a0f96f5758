"""Keeps the tables in the documents equal to the program that they describe.

A table stands in a Markdown file between two marks, ``<!-- begin NAME -->`` and
``<!-- end NAME -->``; ``python -m experiments.docs`` fills each anew. The words around it are
written by hand. Tables that need runs are filled by ``python -m experiments.docs --runs``, those of
the shipped experiments by ``python -m experiments.docs --sweeps``, those of payment schemes by
``python -m experiments.docs --schemes``, which goes on where it was stopped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.foundation.errors import InputError
from experiments.docs_tables import (
    commands_table,
    conditions_table,
    county_tables,
    illness_tables,
    needed_targets,
    parameters_tables,
    phases_table,
    policy_tables,
    priors_tables,
    schemes_tables,
)

ROOT = Path(__file__).resolve().parents[1]

Maker = Callable[[], str]

BLOCKS: Mapping[str, Mapping[str, Maker]] = {
    "README.md": {"commands": commands_table},
    "docs/MODEL.md": {"phases": phases_table, "conditions": conditions_table},
    "docs/COUNTY_DATA.md": {"files": county_tables, "needed targets": needed_targets},
    "docs/POLICIES.md": {"keys": policy_tables, "schemes": schemes_tables},
    "docs/PARAMETERS.md": {
        "parameters": parameters_tables,
        "conditions": priors_tables,
        "illness": illness_tables,
    },
}
"""Tables that are made at once, by file and name."""

RUN_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "README.md": ("comparison",),
    "docs/HOW_SURE.md": ("targets", "missed targets"),
}
"""Tables that are made by running the model; see :mod:`experiments.docs_runs`."""
OPTIONS = ("--check", "--runs", "--sweeps", "--schemes")


def _mark(name: str) -> re.Pattern[str]:
    begin, end = (re.escape(f"<!-- {word} {name} -->") for word in ("begin", "end"))
    return re.compile(f"({begin}\n).*?({end})", flags=re.DOTALL)


def block(text: str, name: str) -> str | None:
    """Content of a marked table, or None if the text has no such marks."""
    found = _mark(name).search(text)
    if found is None:
        return None
    return text[found.end(1) : found.start(2)].strip("\n")


def fill(text: str, name: str, content: str) -> str:
    """Put content between the marks of a table.

    Raises
    ------
    InputError
        If the text does not have the marks exactly once.
    """
    filled, times = _mark(name).subn(lambda m: f"{m[1]}\n{content}\n\n{m[2]}", text)
    if times != 1:
        raise InputError(
            f'table "{name}": marked {times} times; allowed: once, by <!-- begin {name} --> and '
            f"<!-- end {name} -->"
        )
    return filled


def stale(root: Path = ROOT) -> list[str]:
    """Name the tables that are not what the program would write now, as "file: table".

    Raises
    ------
    InputError
        If a file is missing.
    """
    found = []
    for file, makers in BLOCKS.items():
        text = _read(root / file)
        found += [f"{file}: {name}" for name, make in makers.items() if block(text, name) != make()]
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path.name}: {error.strerror}; allowed: a checkout of the project with its documents"
        ) from error


def write(contents: Mapping[str, Mapping[str, str]], root: Path = ROOT) -> list[str]:
    """Fill tables in the files under a folder; return the files that changed.

    Raises
    ------
    InputError
        With every file that is missing and every table that is not marked.
    """
    problems: list[str] = []
    texts: dict[Path, str] = {}
    for file, tables in contents.items():
        try:
            text = _read(root / file)
            for name, content in tables.items():
                text = fill(text, name, content)
            texts[root / file] = text
        except InputError as error:
            problems += [f"{file}: {problem}" for problem in error.problems]
    if problems:
        raise InputError(problems)
    changed = [path for path, text in texts.items() if path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.write_text(texts[path], encoding="utf-8", newline="\n")
    return [str(path.relative_to(root)) for path in changed]


def _last_month(doing: str, months: int, most: int) -> None:
    """Say what is being run, once a twentieth of the way."""
    if months * 20 // most > (months - 1) * 20 // most:
        print(f"{100 * months // most} %: {doing}", flush=True)


def main(arguments: list[str]) -> int:
    """Fill the tables; with ``--check`` only name those that are stale; return an exit code."""
    unknown = [word for word in arguments if word not in OPTIONS]
    try:
        if unknown:
            raise InputError(f"{unknown[0]}: unknown; allowed: {', '.join(OPTIONS)}")
        if "--check" in arguments:
            found = stale()
            for name in found:
                print(f"{name}: not current; run python -m experiments.docs")
            return 1 if found else 0
        contents = {
            file: {name: make() for name, make in makers.items()} for file, makers in BLOCKS.items()
        }
        changed = write(contents)
        if "--runs" in arguments:
            from experiments.docs_runs import run_tables

            changed += write(run_tables(ROOT))
        if "--sweeps" in arguments:
            from experiments.docs_sweeps import sweep_blocks

            changed += write(sweep_blocks(ROOT, told=print))
        if "--schemes" in arguments:
            from experiments.docs_schemes import scheme_blocks

            changed += write(scheme_blocks(ROOT, told=_last_month))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; what was filled before is kept.", file=sys.stderr)
        return 130
    print("\n".join(changed) if changed else "all current")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
