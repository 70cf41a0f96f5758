"""The documents' part on the shipped experiments: run each, write its page, say what it found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from abm.indicators import INDICATORS
from experiments.cli_tables import number
from experiments.docs_tables import markdown_table
from experiments.store import Store
from experiments.store_tables import differences
from experiments.sweep_file import SweepFile, load_sweep, sweep_names
from experiments.sweep_plan import make_plan
from experiments.sweep_report import findings, reference_label, write_report
from experiments.sweep_run import carry_out, place_of, start

DOCUMENT = "docs/SWEEPS.md"
PAGES = "docs/sweeps"


def sweep_blocks(
    root: Path, names: Sequence[str] | None = None, told: Callable[[str], None] | None = None
) -> dict[str, dict[str, str]]:
    """Run shipped experiments; write their pages under ``root``; their blocks by file and name."""
    blocks = {}
    (root / PAGES).mkdir(parents=True, exist_ok=True)
    for name in names or sweep_names():
        if told is not None:
            told(name)
        form, _ = load_sweep(name)
        with (
            tempfile.TemporaryDirectory() as folder,
            Store(Path(folder) / "docs.sweep", write=True) as store,
        ):
            plan = make_plan(form)
            start(plan, store)
            carry_out(plan, store, place_of(None, None))
            write_report(store, root / PAGES / f"{name}.html")
            blocks[block_name(name)] = experiment_block(store, form)
    return {DOCUMENT: blocks}


def block_name(experiment: str) -> str:
    """Name of an experiment's block in the document."""
    return f"sweep {experiment}"


def experiment_block(store: Store, form: SweepFile) -> str:
    """Question, what was found in words, and the table, as Markdown."""
    names = form.shown_kept()
    found = differences(store, form.name, names, form.reference)
    labels = list(dict.fromkeys(found["label"]))
    by_place = found.set_index(["label", "indicator"])
    rows = []
    for name in names:
        cells = []
        for label in labels:
            row = by_place.loc[(label, name)]
            mark = "*" if row["sure"] else ""
            cells.append(f"{number(float(row['level']))}{mark}")
        rows.append((f"{INDICATORS[name].label} ({INDICATORS[name].unit})", *cells))
    seeds = int(found["replicates"].max())
    told = (
        f"\\* surely differs from {reference_label(found, form)}: the 95 % interval of the "
        f"difference, paired by seed, leaves nought out ({seeds} seeds, {form.years} years, county "
        f"{', '.join(f'`{county}`' for county in form.counties)})."
    )
    return "\n\n".join(
        [
            f"{form.question} {form.question_zh}",
            " ".join(findings(found, form)),
            markdown_table(("", *labels), rows),
            told,
            f"[The page of this experiment](sweeps/{form.name}.html), "
            f"its file: `sweeps/{form.name}.toml`.",
        ]
    )
