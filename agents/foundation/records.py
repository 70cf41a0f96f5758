"""A kind of agent as one NumPy structured array: one record an agent, one column an attribute.

A :class:`Population` owns the array. Its agents are the views of
:mod:`agents.foundation.views`, made on demand.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from agents.foundation.views import ALIVE, UNIQUE_ID, FieldView, GridView, Index, Record, RowAgent

if TYPE_CHECKING:
    from agents.foundation.sets import PopulationModel

__all__ = [
    "ALIVE",
    "UNIQUE_ID",
    "FieldView",
    "GridView",
    "Index",
    "Population",
    "Record",
    "RowAgent",
    "Rows",
    "TableRows",
]

_GROWTH = 1.25


class Population:
    """All agents of one kind: the owner of their array.

    Rows are only ever added at the end, so a row number stays good for the whole run. Adding
    rows may move the array: fetch :attr:`rows` again after :meth:`append`.

    Parameters
    ----------
    model
        The model that the agents live in.
    agent_class
        Their class, with a row layout.
    capacity
        Rows to allocate at the start; more are allocated by a quarter when needed.
    first_unique_id
        Number of row 0, for kinds without a ``unique_id`` column.

    Attributes
    ----------
    columns
        Live columns by name, each of shape (n,) or (n, ...); a dict that is updated in place
        when rows are added.
    kernels
        Method name to a function(index or None, *args) that runs the method for those rows,
        or for all rows, at once. Agent sets call it instead of stepping views. A kernel must
        give what the method gives in any order, and must itself pass over rows not alive.
    version
        Counts changes that may have changed membership.
    """

    def __init__(
        self,
        model: PopulationModel,
        agent_class: type[RowAgent],
        capacity: int = 0,
        first_unique_id: int = 0,
    ) -> None:
        if getattr(agent_class, "dtype", None) is None:
            raise TypeError(f"{agent_class.__name__} has no row layout; declare it with dtype=")
        self.model = model
        self.agent_class = agent_class
        self.first_unique_id = first_unique_id
        self.columns: dict[str, np.ndarray] = {}
        self.kernels: dict[str, Callable[..., Any]] = {}
        self.version = 0
        self._resize(np.zeros(capacity, agent_class.dtype), 0)

    def _resize(self, buffer: np.ndarray, n: int) -> None:
        self._buffer = buffer
        self._rows = buffer[:n]
        for name in buffer.dtype.names or ():
            self.columns[name] = self._rows[name]
        self.touch()

    @property
    def rows(self) -> np.ndarray:
        """Every row so far, members or not: a structured array, shape (n,), not a copy."""
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        name = self.agent_class.__name__
        return f"Population({name}, {len(self)} rows, {self.n_members} members)"

    def append(self, n: int, **values: Any) -> int:
        """Add `n` rows.

        Parameters
        ----------
        n
            Number of rows.
        **values
            For each column named: one value for all, or an array with one a row. Columns not
            named are zero, except ``alive`` (1) and ``unique_id`` (the model's next numbers).

        Returns
        -------
        int
            Number of the first new row.

        Raises
        ------
        ValueError
            If a name is no column, or `n` is negative. Nothing is added then.
        """
        layout = self._buffer.dtype
        unknown = sorted(set(values) - set(layout.names or ()))
        if unknown or n < 0:
            raise ValueError(
                f"cannot append {n} rows of {self.agent_class.__name__}"
                + (f": no columns {', '.join(unknown)}" if unknown else "")
            )
        block = np.zeros(n, layout)
        if ALIVE in self.columns:
            block[ALIVE] = 1
        for name, value in values.items():
            block[name] = value
        if UNIQUE_ID in self.columns and UNIQUE_ID not in values:
            block[UNIQUE_ID] = np.arange(n) + self.model.take_ids(n)
        first = len(self)
        buffer = self._buffer
        if first + n > len(buffer):
            buffer = np.zeros(max(first + n, int(_GROWTH * len(buffer))), layout)
            buffer[:first] = self._rows
        buffer[first : first + n] = block
        self._resize(buffer, first + n)
        return first

    def view(self, row: SupportsIndex) -> RowAgent:
        """The agent of one row, member or not.

        Raises
        ------
        IndexError
            If there is no such row; negative numbers are not counted from the end.
        """
        row = operator.index(row)
        if not 0 <= row < len(self._rows):
            raise IndexError(f"{self.agent_class.__name__} has {len(self)} rows, no row {row}")
        return self.agent_class._view(self, row)

    def plain_rows(self) -> Rows:
        """The rows as views, for running a compiled function's loop in plain Python."""
        return Rows(self)

    def touch(self) -> None:
        """Say that the ``alive`` column may have changed (a kernel ran, or rows were written)."""
        self.version += 1
        self._members: Index | None = None

    def member_index(self) -> Index:
        """Rows of all members, ascending; shape (n_members,). Not to be written to."""
        if self._members is None:
            if ALIVE in self.columns:
                self._members = np.flatnonzero(self.columns[ALIVE])
            else:
                self._members = np.arange(len(self))
        return self._members

    @property
    def n_members(self) -> int:
        """Number of members."""
        return len(self.member_index())

    def is_member(self, row: int) -> bool:
        """Whether a row exists and is a member."""
        if not 0 <= row < len(self):
            return False
        return ALIVE not in self.columns or bool(self.columns[ALIVE][row])

    def still_members(self, index: Index) -> Index:
        """Those of `index` that are members now, in the order given."""
        index = index[index < len(self)]
        return index[self.columns[ALIVE][index] != 0] if ALIVE in self.columns else index

    def remove(self, row: int) -> None:
        """Take one row out of membership; the row itself stays.

        Raises
        ------
        TypeError
            If the layout has no ``alive`` column.
        """
        if ALIVE not in self.columns:
            name = self.agent_class.__name__
            raise TypeError(f"{name} cannot be removed: its rows have no column {ALIVE!r}")
        self.columns[ALIVE][row] = 0
        self.touch()

    def remove_all(self) -> None:
        """Take every member out; kinds without an ``alive`` column lose their rows."""
        if ALIVE in self.columns:
            self.columns[ALIVE][:] = 0
            self.touch()
        else:
            self._resize(self._buffer, 0)

    def state(self) -> np.ndarray:
        """A copy of all rows, to be saved."""
        return _copied(self._rows)

    def restore(self, state: np.ndarray) -> None:
        """Replace all rows by what :meth:`state` gave. Views and selections are to be made anew.

        Raises
        ------
        ValueError
            If the rows have another layout.
        """
        if state.dtype != self._buffer.dtype or state.ndim != 1:
            raise ValueError(
                f"saved rows do not fit {self.agent_class.__name__}: "
                f"they are {state.dtype}, expected {self._buffer.dtype}"
            )
        self._resize(_copied(state), len(state))

    def __getstate__(self) -> dict[str, Any]:
        kept = ("model", "agent_class", "first_unique_id", "kernels")
        return {name: getattr(self, name) for name in kept} | {"rows": self.state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        rows = state.pop("rows")
        self.__dict__.update(state, columns={}, version=0)
        self._resize(rows, len(rows))


def _copied(rows: np.ndarray) -> np.ndarray:
    # ndarray.copy leaves the padding between aligned columns as it finds it: equal rows would
    # then differ as bytes.
    copy = np.zeros(len(rows), rows.dtype)
    copy[:] = rows
    return copy


class Rows(Sequence[RowAgent]):
    """The rows of a population as a sequence of views, members or not.

    Stands in for the structured array in a loop written for Numba: ``len(rows)``,
    ``rows.shape[0]`` and ``rows[i].column`` mean the same.
    """

    __slots__ = ("_population",)

    def __init__(self, population: Population) -> None:
        self._population = population

    @property
    def shape(self) -> tuple[int]:
        """Number of rows, as an array would give it."""
        return (len(self._population),)

    def __len__(self) -> int:
        return len(self._population)

    def __getitem__(self, row: SupportsIndex) -> RowAgent:  # type: ignore[override]  # no slices
        return self._population.view(row)


class TableRows(Sequence[Record]):
    """A structured array that holds no agents as a sequence of records, for plain Python.

    NumPy's own rows give their fields by key only, and as NumPy scalars; Numba's by attribute.

    Parameters
    ----------
    table
        A structured array, shape (n,). Records read and write it in place.
    """

    __slots__ = ("_columns", "_n")

    def __init__(self, table: np.ndarray) -> None:
        if table.dtype.names is None or table.ndim != 1:
            raise TypeError(f"needs a structured array of one dimension, got {table.dtype}")
        self._columns = {name: table[name] for name in table.dtype.names}
        self._n = len(table)

    @property
    def shape(self) -> tuple[int]:
        """Number of rows, as an array would give it."""
        return (self._n,)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, row: SupportsIndex) -> Record:  # type: ignore[override]  # no slices
        row = operator.index(row)
        if not 0 <= row < self._n:
            raise IndexError(f"the table has {self._n} rows, no row {row}")
        return Record(self._columns, row)
