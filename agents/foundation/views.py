"""Agents as light views on the rows of one NumPy structured array.

A :class:`RowAgent` is a real ``mesa.Agent`` that stores nothing itself. It is made when
somebody asks for it, may vanish at any time, and equals every other view on the same row.

A view gives and takes Python scalars, so a scalar function written for one record runs on a
view in plain Python and, compiled by Numba, on the record itself. Values narrow only when
they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

import mesa
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from agents.foundation.records import Population
    from agents.foundation.rowset import RowSet
    from agents.foundation.sets import PopulationModel

ALIVE = "alive"
"""Name of the column that holds membership: any value but zero means a member."""
UNIQUE_ID = "unique_id"
"""Name of the column that holds Mesa's number of an agent, where a dtype has one."""

Index = npt.NDArray[np.int64]
"""Row numbers of a population, shape (n,)."""

_MESA_NAMES_A_DTYPE_MAY_TAKE = frozenset({UNIQUE_ID, "pos"})


class FieldView:
    """The values of a one-dimensional sub-array field in one row, read and written in place.

    Copying, deep-copying or pickling a field view gives a tuple of its values: a copy is a
    record of what stood there, not a second window on the row.

    Parameters
    ----------
    columns
        The population's columns.
    name
        Name of the field.
    row
        Row of the agent.
    """

    __slots__ = ("_columns", "_name", "_row")

    def __init__(self, columns: dict[str, np.ndarray], name: str, row: int) -> None:
        self._columns = columns
        self._name = name
        self._row = row

    def __len__(self) -> int:
        return self._columns[self._name].shape[1]

    def __getitem__(self, position: int) -> Any:
        return self._columns[self._name].item(self._row, position)

    def __setitem__(self, position: int, value: Any) -> None:
        self._columns[self._name][self._row, position] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self._columns[self._name][self._row].tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldView | list | tuple):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # mutable, as a list is

    def __repr__(self) -> str:
        return f"{self._name}={list(self)}"

    def __reduce__(self) -> tuple[type[tuple[Any, ...]], tuple[tuple[Any, ...]]]:
        return tuple, (tuple(self),)


class GridView(FieldView):
    """The values of a sub-array field of two or more dimensions in one row.

    Indexed with a full tuple of positions, ``doctor.visits[tier, kind]``; iterating gives
    nested lists, which are copies.
    """

    __slots__ = ()

    def __getitem__(self, position: tuple[int, ...]) -> Any:  # type: ignore[override]
        return self._columns[self._name].item(self._row, *position)

    def __setitem__(self, position: tuple[int, ...], value: Any) -> None:  # type: ignore[override]
        column = self._columns[self._name]
        if len(position) != column.ndim - 1:
            raise IndexError(f"{self._name} needs {column.ndim - 1} positions, got {position}")
        column[self._row, *position] = value


def _column_property(name: str, shape: tuple[int, ...]) -> property:
    """Make the attribute of a view that reads one column; views are written by __setattr__."""
    read: Callable[[Any], Any]
    if not shape:

        def read(self: RowAgent) -> Any:
            return self._population.columns[name].item(self._row)

    else:
        view = FieldView if len(shape) == 1 else GridView

        def read(self: RowAgent) -> Any:
            return view(self._population.columns, name, self._row)

    return property(read, doc=f"Column ``{name}`` of the agent's row.")


class Record:
    """One row of a structured array that holds no agents, read and written in Python scalars.

    Parameters
    ----------
    columns
        The array's columns by name.
    row
        Row number.
    """

    __slots__ = ("_columns", "_row")

    _columns: dict[str, np.ndarray]
    _row: int

    def __init__(self, columns: dict[str, np.ndarray], row: int) -> None:
        object.__setattr__(self, "_columns", columns)
        object.__setattr__(self, "_row", row)

    def __getattr__(self, name: str) -> Any:
        column = self._columns.get(name)
        if column is None:
            raise AttributeError(f"no column {name!r}; the columns are {', '.join(self._columns)}")
        if column.ndim == 1:
            return column.item(self._row)
        return (FieldView if column.ndim == 2 else GridView)(self._columns, name, self._row)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._columns:
            raise AttributeError(f"no column {name!r}; the columns are {', '.join(self._columns)}")
        self._columns[name][self._row] = value

    def __reduce__(self) -> tuple[type[Record], tuple[dict[str, np.ndarray], int]]:
        return Record, (self._columns, self._row)


class RowAgent(mesa.Agent):
    """An agent that is a view on one row of a population's array.

    Declare a kind with its row layout: ``class Patient(RowAgent, dtype=PATIENT)``. Each field
    becomes an attribute. Views hold no state of their own: an attribute that is not a column
    is refused, because it would vanish with the view. Two views are equal, and hash equally,
    when they look at the same row of the same population.

    Calling the class, ``Patient(model, age_months=12)``, appends a row; columns not named
    stay zero, except ``alive`` (1) and ``unique_id`` (the model's next number).

    Parameters
    ----------
    model
        A model with a population of this class.
    **values
        Value of each column of the new row.

    Raises
    ------
    AttributeError
        On reading or writing a name that is neither a column nor part of the class.
    """

    __slots__ = ("_population", "_row")

    dtype: ClassVar[np.dtype[Any]]
    """Layout of a row."""

    _population: Population
    _row: int

    def __init_subclass__(cls, dtype: npt.DTypeLike | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inherited = getattr(cls, "dtype", None)
        if dtype is not None:
            if inherited is not None:
                raise TypeError(f"{cls.__name__} inherits its row layout and cannot have another")
            layout: np.dtype[Any] = np.dtype(dtype)
            _check_layout(cls, layout)
            cls.dtype = layout
            for name in layout.names or ():
                setattr(cls, name, _column_property(name, layout[name].shape))
        elif inherited is not None:
            hidden = sorted(set(inherited.names) & set(vars(cls)))
            if hidden:
                raise TypeError(f"{cls.__name__} would hide its columns {', '.join(hidden)}")

    def __init__(self, model: PopulationModel, **values: Any) -> None:
        # Mesa's own __init__ would register the view with the model as an object to keep.
        population = model.population(type(self))
        object.__setattr__(self, "_population", population)
        object.__setattr__(self, "_row", population.append(1, **values))

    @classmethod
    def _view(cls, population: Population, row: int) -> Self:
        view = cls.__new__(cls)
        _SET_POPULATION(view, population)
        _SET_ROW(view, row)
        return view

    @classmethod
    def create_agents(cls, model: PopulationModel, n: int, *args: Any, **values: Any) -> RowSet:
        """Append `n` rows at once, without making an object for each.

        Parameters
        ----------
        model
            A model with a population of this class.
        n
            Number of agents.
        *args
            Must be empty: columns are named.
        **values
            One value for all, or one a row, for each column named.

        Returns
        -------
        RowSet
            The new agents.
        """
        if args:
            raise TypeError(f"{cls.__name__}.create_agents takes columns by name only")
        first = model.population(cls).append(n, **values)
        return model.row_set(cls).rows_at(np.arange(first, first + n))

    @classmethod
    def from_dataframe(cls, model: PopulationModel, df: Any, **values: Any) -> RowSet:
        """Append one row for each row of a pandas DataFrame whose columns are this kind's.

        Parameters
        ----------
        model
            A model with a population of this class.
        df
            The data frame.
        **values
            Further columns, one value for all.
        """
        return cls.create_agents(model, len(df), **{k: df[k].to_numpy() for k in df}, **values)

    @property
    def population(self) -> Population:
        """The population that owns the row."""
        return self._population

    @property
    def row(self) -> int:
        """Row number in the population's array."""
        return self._row

    @property
    def model(self) -> PopulationModel:
        """The model that the agent lives in."""
        return self._population.model

    @property
    def unique_id(self) -> int:
        """Number unique in the model: the column of that name, or one made from the row."""
        return self._population.first_unique_id + self._row

    @property
    def pos(self) -> Any:
        """Mesa's position in a grid; None, as rows are not placed in Mesa's spaces."""
        return None

    def remove(self) -> None:
        """Take the agent out of the model; its row stays, with ``alive`` at zero."""
        self._population.remove(self._row)

    def __setattr__(self, name: str, value: Any) -> None:
        population = self._population
        column = population.columns.get(name)
        if column is None:
            if not isinstance(getattr(type(self), name, None), property):
                raise AttributeError(_no_column(self, name))
            object.__setattr__(self, name, value)
            return
        column[self._row] = value
        if name == ALIVE:
            population.touch()

    def __getattr__(self, name: str) -> Any:
        if hasattr(type(self), name):
            # A derived property failed inside: let its own error through.
            return object.__getattribute__(self, name)
        raise AttributeError(_no_column(self, name))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, RowAgent)
            and other._row == self._row
            and other._population is self._population
        )

    def __hash__(self) -> int:
        return hash((id(self._population), self._row))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(unique_id={self.unique_id}, row={self._row})"

    def __copy__(self) -> Self:
        return self._view(self._population, self._row)

    def __reduce__(self) -> tuple[Callable[..., RowAgent], tuple[type[RowAgent], Population, int]]:
        return _rebuild_view, (type(self), self._population, self._row)


_SET_POPULATION = vars(RowAgent)["_population"].__set__
_SET_ROW = vars(RowAgent)["_row"].__set__


def _rebuild_view(cls: type[RowAgent], population: Population, row: int) -> RowAgent:
    return cls._view(population, row)


def _no_column(view: RowAgent, name: str) -> str:
    kind = type(view)
    return f"{kind.__name__} has no column {name!r}; it has {', '.join(kind.dtype.names or ())}"


def _check_layout(cls: type[RowAgent], layout: np.dtype[Any]) -> None:
    """Refuse a row layout whose names would collide with what an agent already has."""
    if layout.names is None:
        raise TypeError(f"{cls.__name__} needs a structured dtype, got {layout}")
    taken = [
        name
        for name in layout.names
        if name in vars(cls)
        or (hasattr(RowAgent, name) and name not in _MESA_NAMES_A_DTYPE_MAY_TAKE)
    ]
    if taken:
        raise TypeError(
            f"{cls.__name__}: columns {', '.join(taken)} already name something else on the class"
        )


def rows_of(agents: Iterable[RowAgent]) -> Index:
    """Row numbers of some views, shape (n,)."""
    return np.fromiter((agent.row for agent in agents), np.int64)
