"""Digest of what a run depends on in a county: of canonical columns, not of bytes of files."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from abm.county import County


def county_digest(county: County) -> str:
    """Digest what a run depends on.

    Names, labels, targets and sources do not enter: they change no result.

    Returns
    -------
    str
        Hexadecimal SHA-256.
    """
    told = hashlib.sha256()
    for name, value in _canonical(county):
        told.update(f"{name}\n".encode())
        told.update(value)
    return told.hexdigest()


def _canonical(county: County) -> Iterator[tuple[str, bytes]]:
    yield "start", f"{county.start_year} {county.baseline_policy}".encode()
    yield "titles", "\n".join(county.titles).encode()
    for name in ("population", "villages", "providers", "staff", "benefits"):
        table = getattr(county, name)
        for column in table.dtype.names:
            yield f"{name}.{column}", _column(table[column])
    for name in (
        "travel_minutes",
        "capability_gap",
        "scheme_share",
        "deaths_per_year",
        "births_per_year",
    ):
        yield name, _column(getattr(county, name))
    yield "migration_per_year", _column(county.migration_per_year)
    for fund_field in dataclasses.fields(county.fund):
        value = getattr(county.fund, fund_field.name)
        yield f"fund.{fund_field.name}", _column(np.asarray(value))
    for table_field in dataclasses.fields(county.conditions):
        table = getattr(county.conditions, table_field.name)
        yield f"conditions.{table_field.name}", _column(table)
    yield "background_deaths_per_year", _column(county.background_deaths_per_year)
    for illness_field in dataclasses.fields(county.illness):
        yield f"illness.{illness_field.name}", _column(getattr(county.illness, illness_field.name))
    for key in sorted(county.parameters):
        yield f"parameters.{key}", _column(np.asarray(county.parameters[key].value))


def _column(values: np.ndarray) -> bytes:
    kind = "<f8" if values.dtype.kind == "f" else "<i8"
    return str(values.shape).encode() + np.ascontiguousarray(values, dtype=kind).tobytes()
