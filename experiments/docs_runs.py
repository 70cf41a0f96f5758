"""The tables and the picture of the documents that come out of running the model."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from abm.indicators import INDICATORS
from calibration.county import County
from experiments.cli_tables import number, signed
from experiments.comparison import Comparison, compare
from experiments.docs_tables import markdown_table
from experiments.headline import HEADLINES
from experiments.runs import usual_weight
from experiments.targets import targets_rows

COUNTY, POLICIES = "pingyang", ("dip", "pingyang")
"""What ``make run`` compares."""
TARGETS_COUNTY, TARGETS_YEARS, TARGETS_SEEDS = "typical", 3, 4
"""What ``yigongti targets`` runs when nothing else is said."""
PICTURE = "docs/images/comparison.png"


def run_tables(root: Path) -> dict[str, dict[str, str]]:
    """Run what the documents show; write the picture under ``root``; tables by file and name."""
    found = compare(County.load(COUNTY), POLICIES)
    picture = root / PICTURE
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        found.write(Path(folder))
        picture.write_bytes((Path(folder) / "comparison.png").read_bytes())
    county = County.load(TARGETS_COUNTY)
    rows = targets_rows(county, TARGETS_YEARS, usual_weight(county), TARGETS_SEEDS)
    return {
        "README.md": {"comparison": comparison_table(found)},
        "docs/HOW_SURE.md": {"targets": targets_table(rows), "missed targets": missed_table(rows)},
    }


def comparison_table(found: Comparison) -> str:
    """The headlines of a comparison of two policies."""
    table = found.differences
    whole = {
        str(line["indicator"]): line
        for line in table[table["period"] == found.period].to_dict(orient="records")
    }
    rows = []
    for headline in HEADLINES:
        line = whole[headline.name]
        reference, value, low, high = (
            float(line[key]) * headline.factor for key in ("reference", "value", "low", "high")
        )
        rows.append(
            (
                f"{headline.title_zh} {headline.title}",
                headline.unit,
                number(reference),
                signed(value),
                f"{signed(low)} to {signed(high)}",
                "yes" if line["sure"] else "no",
            )
        )
    reference_name, other = (policy.name for policy in found.policies)
    header = (
        "",
        "unit",
        f"`{reference_name}`",
        f"`{other}` less `{reference_name}`",
        "95 % interval",
        "sure",
    )
    told = (
        f"County `{found.county.name}`, {found.period}, {len(found.seeds)} replicates, one agent "
        f"for {found.weight} people."
    )
    return f"{markdown_table(header, rows)}\n\n{told}"


def targets_table(rows: Sequence[dict[str, Any]]) -> str:
    """How many figures of each block of targets the baseline meets."""
    lines: list[tuple[str, int, int, int]] = []
    for group in dict.fromkeys(str(row["group"]) for row in rows):
        members = [row for row in rows if row["group"] == group]
        produced = [row for row in members if "ok" in row]
        met = sum(bool(row["ok"]) for row in produced)
        lines.append((group, met, len(produced) - met, len(members) - len(produced)))
    met, missed, later = (sum(counts) for counts in list(zip(*lines, strict=True))[1:])
    lines.append(("all", met, missed, later))
    return markdown_table(("block", "met", "missed", "not yet produced"), lines)


def missed_table(rows: Sequence[dict[str, Any]]) -> str:
    """The figures that the baseline misses, model beside target."""
    missed = [row for row in rows if row.get("ok") is False]
    if not missed:
        return "None."
    lines = [
        (
            f"`{row['name']}`",
            INDICATORS[row["name"]].label if row["name"] in INDICATORS else "",
            number(row["value"]) if row["value"] is not None else "–",
            number(row["target"]),
            f"{number(row['low'])} to {number(row['high'])}",
            row["quality"],
        )
        for row in missed
    ]
    header = ("name", "figure", "model", "observed", "agrees from – to", "quality")
    return markdown_table(header, lines)
