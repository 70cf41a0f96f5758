"""A Mesa agent set that holds row numbers and answers from columns.

``model.agents_by_type[Patient]`` is a :class:`RowSet` of all members. Selections of it are
row sets over an array of row numbers. Neither makes an object for a row unless a function is
to be called with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any, Self

import mesa
import numpy as np
import numpy.typing as npt

from agents.foundation.records import ALIVE, Index, Population, RowAgent
from agents.foundation.strongset import GroupBy, MemberSet, limit_of
from agents.foundation.views import rows_of


def _widest(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Type in which sums of a numeric column neither wrap nor round, as in Python."""
    if dtype.kind == "f":
        return np.dtype(np.float64)
    unsigned = dtype.kind == "u" and dtype.itemsize == 8
    return dtype if unsigned else np.dtype(np.int64)


def _aggregate(column: np.ndarray, func: Callable[..., Any]) -> Any:
    """Apply one function to a column as if to the list of its values."""
    if func is len:
        return len(column)
    if column.ndim > 1 or column.dtype.kind not in "biuf":
        return func(column.tolist())
    wide = _widest(column.dtype)
    if func is sum:
        result = column.sum(dtype=wide)
    elif func in (min, max) and len(column):
        result = column.min() if func is min else column.max()
    elif str(getattr(func, "__module__", "")).partition(".")[0] == "numpy":
        result = func(column.astype(wide, copy=False))
    else:
        # Functions of Python's own expect its numbers: statistics.mean of an array truncates.
        result = func(column.tolist())
    return result.item() if isinstance(result, np.generic) else result


class RowSet(MemberSet):
    """Agents of one population, as row numbers.

    The set made without `index` is the population's own: always all members, in order of row.
    A set with an `index` is a selection: fixed in order, gaining nobody, and losing those who
    leave the population.

    Parameters
    ----------
    population
        Owner of the rows.
    index
        Rows selected, each once; None for all members at any time.
    random
        Generator for shuffling; the model's if not given.
    """

    def __init__(
        self, population: Population, index: Index | None = None, random: Random | None = None
    ) -> None:
        self.population = population
        self.random = population.model.random if random is None else random
        self._index = index
        self._mask: np.ndarray | None = None
        self._version = -1

    @property
    def index(self) -> Index:
        """Row numbers of the members, shape (n,). Not to be written to."""
        if self._index is None:
            return self.population.member_index()
        if self._version != self.population.version:
            self._choose(self.population.still_members(self._index))
        return self._index

    def _choose(self, index: Index) -> None:
        """Make `index`, rows that are members now, the selection."""
        self._index, self._mask, self._version = index, None, self.population.version

    def rows_at(self, index: npt.ArrayLike) -> RowSet:
        """A selection of the same population by row numbers; repeats count once.

        Raises
        ------
        IndexError
            If there is no such row; negative numbers are not counted from the end.
        """
        index = np.asarray(index, np.int64)
        if index.size and not 0 <= index.min() <= index.max() < len(self.population):
            raise IndexError(f"{self.population!r} has no rows {index.min()} to {index.max()}")
        first = np.sort(np.unique(index, return_index=True)[1])
        return self._selection(index[first])

    def _selection(self, index: Index) -> RowSet:
        return RowSet(self.population, index, self.random)

    def column(self, name: str) -> np.ndarray:
        """Values of a column for the members, as a copy; or of a derived property, as an array.

        Shape (n,), or (n, ...) for a sub-array field.
        """
        column = self.population.columns.get(name)
        if column is None:
            return np.array([getattr(agent, name) for agent in self])
        return column[self.index]

    def _values(self, name: str) -> np.ndarray:
        """Values of a column, to be read only: the column itself where everybody is asked."""
        column = self.population.columns[name]
        everybody = self._index is None and self.population.n_members == len(self.population)
        return column if everybody else column[self.index]

    # Members ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Iterator[Any]:
        return self._views(self.index)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, RowAgent) or agent.population is not self.population:
            return False
        if self._index is None:
            return self.population.is_member(agent.row)
        index = self.index
        if self._mask is None:
            self._mask = np.zeros(len(self.population), bool)
            self._mask[index] = True
        return bool(self._mask[agent.row])

    def __getitem__(self, item: int | slice) -> Any:
        if isinstance(item, slice):
            return list(self._views(self.index[item]))
        return self._view(int(self.index[item]))

    def __repr__(self) -> str:
        return f"RowSet({len(self)} of {self.population!r})"

    def add(self, agent: mesa.Agent) -> None:
        """Put a member of the population into a selection.

        Raises
        ------
        ValueError
            If the agent is not a member of this population.
        """
        if not isinstance(agent, RowAgent) or agent.population is not self.population:
            raise ValueError(f"{agent!r} is not of {self.population!r}")
        if not self.population.is_member(agent.row):
            raise ValueError(f"{agent!r} has left its population")
        if agent not in self:
            self._choose(np.append(self.index, agent.row))

    def discard(self, agent: mesa.Agent) -> None:
        """Take an agent out of a selection; out of the population's own set: of the model."""
        if not isinstance(agent, RowAgent) or agent not in self:
            return
        if self._index is None:
            self.population.remove(agent.row)
        else:
            self._choose(self.index[self.index != agent.row])

    def copy(self) -> RowSet:
        """A selection of the present members."""
        return self._selection(self.index)

    def _view(self, row: int) -> RowAgent:
        return self.population.agent_class._view(self.population, row)

    def _views(self, index: Index) -> Iterator[Any]:
        return map(self._view, index.tolist())

    def _update(self, agents: Iterable[Any]) -> Self:
        if self._index is None:
            raise TypeError("the model's own set cannot be changed in place; take a copy first")
        self._choose(agents if isinstance(agents, np.ndarray) else rows_of(agents))
        self._version = -1  # the filter may have removed some of them
        return self

    def _made(self, agents: Iterable[Any], inplace: bool = False) -> Any:
        if inplace:
            return self._update(agents)
        return self._selection(agents if isinstance(agents, np.ndarray) else rows_of(agents))

    def _from_iterable(self, agents: Iterable[Any]) -> Any:
        found = list(agents)
        if all(isinstance(a, RowAgent) and a.population is self.population for a in found):
            return self.rows_at(rows_of(found))
        return super()._from_iterable(found)

    def __getstate__(self) -> dict[str, Any]:
        index = None if self._index is None else self.index
        return {"population": self.population, "index": index, "random": self.random}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.population, self.random = state["population"], state["random"]
        self._index, self._mask, self._version = state["index"], None, -1

    # Subsets and orders -------------------------------------------------------------------

    def select(
        self,
        filter_func: Callable[[Any], bool] | npt.ArrayLike | None = None,
        at_most: int | float = math.inf,
        inplace: bool = False,
        agent_type: type[mesa.Agent] | None = None,
    ) -> RowSet:
        """Members that pass a filter, at most so many.

        Parameters
        ----------
        filter_func
            A function of a view, or booleans, one a member:
            ``patients.select(patients.column("age_months") > 720)``.
        at_most
            Number of members to keep, from the first; a float up to 1 is a share of all.
        inplace
            Change this selection rather than make one.
        agent_type
            Class that members must be of.
        """
        index = self.index
        limit = limit_of(at_most, len(index))
        if agent_type is not None and not issubclass(self.population.agent_class, agent_type):
            index = index[:0]
        elif callable(filter_func):
            passing = (row for row in index.tolist() if filter_func(self._view(row)))
            index = np.fromiter(islice(passing, limit), np.int64)
        elif filter_func is not None:
            mask = np.asarray(filter_func)
            if mask.dtype != bool or mask.shape != index.shape:
                raise ValueError(
                    f"a filter array needs {len(index)} booleans, one a member; "
                    f"got shape {mask.shape} of {mask.dtype}"
                )
            index = index[mask]
        return self._made(index[:limit].copy(), inplace)

    def shuffle(self, inplace: bool = False) -> RowSet:
        """Members in random order."""
        generator = np.random.default_rng(self.random.getrandbits(64))
        return self._made(generator.permutation(self.index), inplace)

    def sort(
        self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False
    ) -> RowSet:
        """Members in the order of an attribute or function; descending unless told; stable."""
        index = self.index
        if isinstance(key, str) and key in self.population.columns:
            values = self._values(key)
            if values.ndim > 1:
                raise TypeError(f"cannot sort by {key}, which has several values an agent")
            if ascending:
                order = np.argsort(values, kind="stable")
            else:
                # Reversed twice, so that equals keep their order when descending too.
                order = (len(values) - 1 - np.argsort(values[::-1], kind="stable"))[::-1]
        else:
            keys = self.get(key) if isinstance(key, str) else [key(agent) for agent in self]
            ranks = sorted(range(len(keys)), key=keys.__getitem__, reverse=not ascending)
            order = np.array(ranks, np.int64)
        return self._made(index[order], inplace)

    def groupby(self, by: Callable[[Any], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Members grouped by an attribute or function, as row sets or (``"list"``) lists.

        Groups come in the order in which their first members stand.
        """
        index = self.index
        if isinstance(by, str) and by in self.population.columns:
            parts = self._parts_by_column(by)
        else:
            key = by if callable(by) else lambda agent: getattr(agent, by)
            positions: dict[Any, list[int]] = {}
            for position, agent in enumerate(self):
                positions.setdefault(key(agent), []).append(position)
            parts = {name: np.array(found) for name, found in positions.items()}
        sets = {name: self._selection(index[found]) for name, found in parts.items()}
        if result_type == "agentset":
            return RowGroupBy(sets)
        return RowGroupBy({name: list(group) for name, group in sets.items()})

    def _parts_by_column(self, name: str) -> dict[Any, Index]:
        """Positions of the members that share each value of a column."""
        values = self._values(name)
        if values.ndim > 1:
            raise TypeError(f"cannot group by {name}, which has several values an agent")
        keys, first, inverse = np.unique(values, return_index=True, return_inverse=True)
        order = np.argsort(inverse, kind="stable")
        ends = np.cumsum(np.bincount(inverse, minlength=len(keys)))
        parts = np.split(order, ends[:-1])
        names = keys.tolist()
        return {names[k]: parts[k] for k in np.argsort(first).tolist()}

    # Values -------------------------------------------------------------------------------

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: str = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Values of one attribute, or a list of values of several, for each member.

        Columns give Python scalars, sub-array fields lists.
        """
        if isinstance(attr_names, str):
            if attr_names in self.population.columns and handle_missing in ("error", "default"):
                return self._values(attr_names).tolist()
            return super().get(attr_names, handle_missing, default_value)
        columns = [self.get(name, handle_missing, default_value) for name in attr_names]
        if not columns:
            return [[] for _ in range(len(self))]
        return [list(values) for values in zip(*columns, strict=True)]

    def set(self, attr_name: str, value: Any) -> Self:
        """Give one attribute a value in every member.

        Parameters
        ----------
        attr_name
            A column, or a derived property that can be set.
        value
            One value for all; for a column also an array with one value a member.
        """
        column = self.population.columns.get(attr_name)
        if column is None:
            super().set(attr_name, value)
            return self
        column[self.index] = value
        if attr_name == ALIVE:
            self.population.touch()
        return self

    def agg(self, attribute: str, func: Callable[..., Any] | Iterable[Callable[..., Any]]) -> Any:
        """One function, or a list of results of several, of the values of an attribute.

        ``sum``, ``min``, ``max``, ``len`` and NumPy's own functions run on the column, in
        64 bits; other functions get a list, as in Mesa.
        """
        if attribute not in self.population.columns:
            return super().agg(attribute, func)
        column = self._values(attribute)
        if callable(func):
            return _aggregate(column, func)
        return [_aggregate(column, each) for each in func]

    # Behaviour ----------------------------------------------------------------------------

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Run a method or function for every member: by the population's kernel, if it has one."""
        if not self._run_kernel(method, args, kwargs):
            self._call(self, method, args, kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """As :meth:`do`, in random order, which a kernel does not depend on."""
        if not self._run_kernel(method, args, kwargs):
            self._call(self.shuffle(), method, args, kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Results of a method or function for every member; kernels are not used."""
        return self._call(self, method, args, kwargs)

    def _run_kernel(
        self, method: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bool:
        kernel = self.population.kernels.get(method) if isinstance(method, str) else None
        if kernel is None:
            return False
        kernel(None if self._index is None else self.index, *args, **kwargs)
        self.population.touch()
        return True


class RowGroupBy(GroupBy):
    """Groups of rows whose aggregates come from columns."""

    def agg(self, attr_name: str, func: Callable[..., Any]) -> dict[Any, Any]:
        """One function of an attribute's values, for each group."""
        return {
            name: group.agg(attr_name, func)
            if isinstance(group, RowSet)
            else func([getattr(agent, attr_name) for agent in group])
            for name, group in self.groups.items()
        }
