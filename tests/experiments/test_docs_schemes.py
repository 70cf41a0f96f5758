"""The tables of docs/SCHEMES.md: whole, made from these inputs, and by this program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calibration.directions import load_directions
from calibration.policies import load_policy, policy_names
from experiments import docs, docs_schemes
from experiments.docs_schemes import (
    DOCUMENT,
    EVIDENCE,
    FIRST,
    SEEDS,
    STORE,
    TABLES,
    empty_cells,
    evidence_table,
    inputs_mark,
    policy_cells,
    run_schemes,
    scheme_blocks,
    scheme_tables,
)
from experiments.schemes import GROUPS, SHOWN
from tests.experiments.side_by_side import found_of

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run: python -m experiments.docs --schemes"


def document() -> str:
    return (ROOT / DOCUMENT).read_text(encoding="utf-8")


def part(name: str) -> str:
    found = docs.block(document(), name)
    assert found, AGAIN
    return found


def rows_of(policy: str) -> list[list[str]]:
    """Cells of a policy's rows in the document, a row a group."""
    lines = [line for line in part(TABLES).splitlines() if line.startswith(f"| `{policy}` |")]
    return [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in lines]


@pytest.mark.parametrize("policy", policy_names())
def test_every_policy_has_a_row_in_every_table_and_is_explained(policy: str) -> None:
    rows = rows_of(policy)
    assert [len(row) for row in rows] == [len(group.indicators) for group in GROUPS], AGAIN
    words = re.sub(r"<!-- begin (.*?) -->.*?<!-- end \1 -->", "", document(), flags=re.DOTALL)
    assert f"`{policy}`" in words, f"{policy} is not explained in {DOCUMENT}"


def test_a_cell_without_a_figure_is_explained() -> None:
    text = part(TABLES)
    empty = [
        p for p in policy_names() if any("-" in cell.split() for row in rows_of(p) for cell in row)
    ]
    told = re.search(r"A dash: .*?\((.*?)\)", text)
    assert set(re.findall(r"`(\w+)`", told[1] if told else "")) == set(empty)


def test_every_direction_has_its_row_and_every_miss_is_told() -> None:
    text = part(EVIDENCE)
    for direction in load_directions():
        assert f"| {direction.what} | `{direction.policy}` less `{direction.reference}`" in text, (
            AGAIN
        )
    told = [int(n) for n in re.findall(r"(\d+) (?:agrees|not sure|a miss)", text.splitlines()[-1])]
    assert sum(told) == len(load_directions())
    assert text.count("**a miss**") == told[-1]


def test_the_tables_are_of_these_policies_and_this_county() -> None:
    """A preset, the county's data or a direction was changed since the tables were made."""
    assert f"Inputs `{inputs_mark()}`" in part(TABLES), AGAIN
    assert f"over {SEEDS} seeds" in part(TABLES), AGAIN


# -- how they are made --------------------------------------------------------------------------


def test_cells_hold_mean_half_width_and_a_star_where_sure() -> None:
    found = found_of({"fee_for_service": [1.0, 3.0], "dip": [2.0, 4.0]})
    # t of 95 % with one degree of freedom is 12.706; the deviation of 1 and 3 over root 2 is 1.
    assert policy_cells(found, "dip", GROUPS[0])[0] == "3.000 ± 13\\*"
    assert policy_cells(found, "fee_for_service", GROUPS[0])[0] == "2.000 ± 13"
    text = scheme_tables(found)
    assert text.count("| `dip` |") == len(GROUPS)
    assert f"Inputs `{inputs_mark()}`" in text
    assert "A dash" not in text


def test_a_figure_that_is_not_a_number_is_a_dash_and_told() -> None:
    found = found_of({"fee_for_service": [1.0, 2.0], "dip": [float("nan"), 2.0]})
    assert policy_cells(found, "dip", GROUPS[0])[0] == "-"
    assert "`dip`" in empty_cells(found)
    assert "`fee_for_service`" not in empty_cells(found)


def test_a_miss_stands_as_a_miss() -> None:
    found = found_of({"fee_for_service": [1.0, 2.0], "bundle": [2.0, 3.0]})
    text = evidence_table(found)
    assert "**a miss**" in text  # payment by head serves more
    assert text.splitlines()[-1].endswith(f"{text.count('**a miss**')} a miss.")


def test_a_stopped_run_fills_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = found_of({"fee_for_service": [1.0, 2.0], "dip": [2.0, 3.0]})
    object.__setattr__(found.comparison, "interrupted", True)
    monkeypatch.setattr(docs_schemes, "run_schemes", lambda *given: found)
    with pytest.raises(KeyboardInterrupt):
        scheme_blocks(tmp_path)
    assert (tmp_path / STORE).parent.is_dir()


@pytest.mark.slow
def test_rows_of_the_document_are_what_this_program_finds() -> None:
    """Another version of the model made the tables if two policies' rows do not come out again."""
    again = (FIRST, "sanming")
    found = run_schemes([load_policy(name) for name in again])
    assert len(SHOWN) == sum(len(group.indicators) for group in GROUPS)
    for policy in again:
        assert rows_of(policy) == [policy_cells(found, policy, group) for group in GROUPS], AGAIN
