"""Digest of where a run stands: of columns in a canonical form, not of bytes in memory or files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from agents.doctor import Doctor
from agents.village import Village

if TYPE_CHECKING:
    from abm.model import Model

_WIDE = {"f": "<f8", "i": "<i8", "u": "<u8", "b": "<i8"}


def digest(model: Model) -> str:
    """Digest all that a run has come to: people, providers, doctors, villages, money, tallies.

    Two runs have one digest if and only if every column holds the same values. Neither the
    width of a column in memory nor padding nor the order of columns enters.

    Returns
    -------
    str
        Hexadecimal SHA-256.
    """
    told = hashlib.sha256()
    for name, values in _columns(model):
        told.update(f"{name} {values.shape}\n".encode())
        wide = np.ascontiguousarray(values, dtype=_WIDE[values.dtype.kind])
        told.update(wide.tobytes())
    return told.hexdigest()


def _columns(model: Model) -> Iterator[tuple[str, np.ndarray]]:
    yield "month", np.array([model.month, model.weight, model.seed])
    for name, rows in (
        ("resident", model.residents),
        ("provider", model.providers),
        ("doctor", model.population(Doctor).rows),
        ("village", model.population(Village).rows),
    ):
        yield from _fields(name, rows)
    yield "ledger", model.ledger.balance_fen
    yield "owed", model.books.claims.owed_fen
    for name, months in (("tally", model.tallies), ("life", model.lives)):
        for number, month in enumerate(months):
            yield from _fields(f"{name} {number}", month)


def _fields(name: str, rows: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for column in sorted(rows.dtype.names or ()):
        yield f"{name}.{column}", rows[column]
