"""What every working command shares: progress, the word about compiling, and options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from experiments.cli_tables import notes

Json = Annotated[bool, typer.Option("--json", help="Print a JSON list of rows and nothing else.")]
Years = Annotated[int, typer.Option(help="Whole years under the policy.")]
Seed = Annotated[
    int, typer.Option(help="Seed of all draws; the first of several. A checkpoint keeps its own.")
]
Weight = Annotated[
    int | None,
    typer.Option(
        help="People that one resident agent stands for; 1 is full size. "
        "[default: 20, or less where providers are small]",
        show_default=False,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Threads; they change no result. [default: one a processor]", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder for all tables: a new or empty one, or that of an earlier result, which is "
        "then replaced."
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        help="Policy in force before the other starts: name or TOML file. [default: the county's]",
        show_default=False,
    ),
]
PolicyName = Annotated[
    str | None,
    typer.Option(
        help="Policy: name or TOML file. [default: the county's baseline]", show_default=False
    ),
]
OneOrTwoPolicies = Annotated[
    list[str],
    typer.Option(
        help="Policy: name or TOML file. Of two the first is the reference. One alone is held "
        "against the county's baseline."
    ),
]
ProviderName = Annotated[str | None, typer.Option(help="Provider: its row or name.")]
EveryIndicator = Annotated[bool, typer.Option("--all", help="Print every indicator.")]
Language = Annotated[Literal["en", "zh"], typer.Option("--lang", help="Language of the words.")]
Processes = Annotated[
    int, typer.Option(help="Processes that make runs side by side; they change no result.")
]
CountyName = Annotated[str, typer.Argument(help="Name of a shipped county, or a county folder.")]


def with_reference(policies: Sequence[str]) -> tuple[str, str | None]:
    """Take one or two policies as they are given: the one asked about, and its reference.

    Raises
    ------
    InputError
        If there are more.
    """
    from agents.foundation.errors import InputError

    if len(policies) > 2:
        raise InputError(f"{len(policies)} policies; allowed: one, or a reference and another")
    return policies[-1], policies[0] if len(policies) == 2 else None


def say_compiling() -> None:
    """Tell a first-time user why it takes a moment."""
    from agents.foundation.compile import cache_is_warm

    if not cache_is_warm():
        notes().print("compiling (first run, about half a minute)")


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show months done and time left on the terminal; nothing where nobody watches.

    Yields
    ------
    callable
        To be told what is running, months done and months in all.
    """
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
        TextColumn("months, left:"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)

        def told(doing: str, done: int, most: int) -> None:
            bar.update(task, description=doing, completed=done, total=most)

        yield told
