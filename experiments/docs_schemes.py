"""The tables of docs/SCHEMES.md: every scheme side by side, and what studies report of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.indicators import INDICATORS
from abm.policy import Policy
from calibration.county import County
from calibration.directions import load_directions
from experiments.cli_tables import number
from experiments.docs_tables import markdown_table
from experiments.schemes import (
    GROUPS,
    Group,
    Schemes,
    Verdict,
    every_policy,
    schemes,
    without_figure,
)
from experiments.sweep_run import MOST_WORKERS
from experiments.sweep_task import code_version, without_prose

DOCUMENT = "docs/SCHEMES.md"
TABLES, EVIDENCE = "schemes", "directions"
"""Names of the document's two marked parts."""
COUNTY, YEARS, SEEDS, WEIGHT, FIRST = "typical", 10, 8, 50, "fee_for_service"
"""What is run; the first policy is what all others are compared with."""
STORE = "results/docs_schemes.sweep"
"""Where runs are kept, so that a stopped command goes on."""
VERDICTS: tuple[Verdict, ...] = ("agrees", "not sure", "a miss")

Told = Callable[[str, int, int], None]


def scheme_blocks(root: Path, told: Told | None = None) -> dict[str, dict[str, str]]:
    """Run every shipped policy, or take the runs that ``root`` has; parts by file and name.

    Raises
    ------
    KeyboardInterrupt
        If stopped before all seeds were run; those that were are kept.
    """
    store = root / STORE
    store.parent.mkdir(parents=True, exist_ok=True)
    found = run_schemes(every_policy(FIRST), store, told)
    if found.comparison.interrupted:
        raise KeyboardInterrupt
    return {DOCUMENT: {TABLES: scheme_tables(found), EVIDENCE: evidence_table(found)}}


def run_schemes(
    policies: Sequence[Policy], store: Path | None = None, told: Told | None = None
) -> Schemes:
    """Run policies as the document's were run."""
    return schemes(
        County.load(COUNTY),
        policies,
        years=YEARS,
        replicates=SEEDS,
        weight=WEIGHT,
        workers=min(MOST_WORKERS, os.cpu_count() or 1),
        store=store,
        progress=told,
    )


def scheme_tables(found: Schemes) -> str:
    """A table a group of indicators, a row a policy; below, what was run."""
    parts = [_group_table(found, group) for group in GROUPS]
    compared = found.comparison
    first = compared.policies[0].name
    parts.append(
        f"Mean of the years {compared.period} ± half its 95 % interval over {len(compared.seeds)} "
        f"seeds; balances and cash at the end. \\* surely differs from `{first}`: the interval of "
        f"the difference, paired by seed, leaves nought out. {empty_cells(found)}"
        f"County `{compared.county.name}`, one agent for {compared.weight} people, after a year "
        f"under `{compared.baseline.name}`."
    )
    parts.append(f"Inputs `{inputs_mark()}`, program `{code_version()}`.")
    return "\n\n".join(parts)


def _group_table(found: Schemes, group: Group) -> str:
    labels = [f"{INDICATORS[name].label} ({INDICATORS[name].unit})" for name in group.indicators]
    rows = [
        (f"`{policy.name}`", *policy_cells(found, policy.name, group))
        for policy in found.comparison.policies
    ]
    heading = f"**{group.title[0].upper()}{group.title[1:]} {group.title_zh}**"
    return f"{heading}\n\n{markdown_table(('', *labels), rows)}"


def policy_cells(found: Schemes, policy: str, group: Group) -> list[str]:
    """The cells of a policy in a group's table."""
    table = found.table
    own = table[table["policy"] == policy].set_index("indicator")
    return [_cell(own.loc[name].to_dict()) for name in group.indicators]


def _cell(row: dict[Any, Any]) -> str:
    """Mean with half its interval; starred if it surely differs from the first policy."""
    half = (row["high"] - row["low"]) / 2
    star = r"\*" if row["sure"] else ""
    return "-" if np.isnan(half) else f"{number(row['value'])} ± {number(half, 2)}{star}"


def empty_cells(found: Schemes) -> str:
    """A sentence on cells without a figure, or nothing."""
    told = "; ".join(
        f"`{policy}`: {', '.join(INDICATORS[name].label for name in names)}"
        for policy, names in without_figure(found.table).items()
    )
    return f"A dash: there was nothing to count in some year ({told}). " if told else ""


def evidence_table(found: Schemes) -> str:
    """Each direction that a study reports, with the model's difference and a verdict."""
    rows = [
        (
            row["what"],
            f"`{row['policy']}` less `{row['reference']}`: {INDICATORS[row['indicator']].label}",
            row["expected"],
            f"{number(row['value'])} ({number(row['interval_low'])} to "
            f"{number(row['interval_high'])})",
            number(row["level"]),
            f"**{row['verdict']}**" if row["verdict"] == "a miss" else row["verdict"],
            row["source"],
        )
        for row in found.evidence.to_dict("records")
    ]
    counts = found.evidence["verdict"].value_counts()
    told = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in VERDICTS)
    header = (
        "reported",
        "difference",
        "sign",
        "model (95 % interval)",
        "from",
        "verdict",
        "source",
    )
    return f"{markdown_table(header, rows)}\n\n{told[0].upper()}{told[1:]}."


def inputs_mark() -> str:
    """Digest of the data that the tables come from: county, policies, directions, what is run."""
    told = [
        County.load(COUNTY).digest,
        *(
            json.dumps(without_prose(json.dumps(policy.resolved())), sort_keys=True)
            for policy in every_policy(FIRST)
        ),
        *(direction.model_dump_json() for direction in load_directions()),
        f"{YEARS} {SEEDS} {WEIGHT}",
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
