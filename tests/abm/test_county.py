"""A county as a plain type: a digest that is its content's, and no number that nobody reads."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import abm
from abm.county import ConditionTables, County
from abm.illness import Illness

TOLD = {"name", "title", "title_zh", "label", "label_zh"}
"""What readers are told, and what the model is held against: no result depends on it."""
NO_INPUT = TOLD | {"village_names", "township_names", "provider_names", "targets"}
NO_INPUT |= {"condition_priors", "sources"}
FIELDS = [field.name for field in dataclasses.fields(County) if field.name not in NO_INPUT]


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, np.ndarray):
        other = value.copy()
        column = other[other.dtype.names[0]] if other.dtype.names else other
        column.reshape(-1)[0] += 1
        return other
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, tuple):
        return (*value, "more")
    if isinstance(value, dict):
        first = next(iter(value))
        return value | {first: changed(value[first])}
    name = "value" if hasattr(value, "value") else dataclasses.fields(value)[0].name
    return dataclasses.replace(value, **{name: changed(getattr(value, name))})


@pytest.mark.parametrize("name", FIELDS)
def test_a_county_made_from_another_has_the_digest_of_its_own_content(
    typical: County, name: str
) -> None:
    before = typical.digest
    other = dataclasses.replace(typical, **{name: changed(getattr(typical, name))})
    assert other.digest != before
    back = dataclasses.replace(other, **{name: getattr(typical, name)})
    assert back.digest == before == typical.digest


def test_what_readers_are_told_changes_no_digest(typical: County) -> None:
    told: dict[str, Any] = dict.fromkeys(TOLD, "another")
    other = dataclasses.replace(typical, **told | {"targets": ()})
    assert other.digest == typical.digest


@pytest.mark.parametrize("tables", [Illness, ConditionTables])
def test_every_table_of_a_county_is_read_by_the_model_or_its_fit(tables: type) -> None:
    root = Path(abm.__file__).parent.parent
    source = "\n".join(
        path.read_text("utf-8")
        for floor in ("abm", "calibration")
        for path in (root / floor).glob("*.py")
    )
    for field in dataclasses.fields(tables):
        assert re.search(rf"\b(illness|conditions|c)\.{field.name}\b", source), field.name
