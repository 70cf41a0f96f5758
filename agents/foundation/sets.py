"""A Mesa model that holds populations of rows next to ordinary agents, and its set of all.

Works alike on Mesa 3.3 to 3.5. What differs between them is kept here and in
:mod:`agents.foundation.strongset`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from typing import Any, Self

import mesa

from agents.foundation.records import Population, RowAgent
from agents.foundation.rowset import RowGroupBy, RowSet
from agents.foundation.strongset import MemberSet, StrongSet

__all__ = ["PopulationModel", "RowGroupBy", "RowSet", "StrongSet", "UnionSet"]

_IDS_OF_A_POPULATION = 1 << 40
"""Distance between the numbers of populations that have no ``unique_id`` column."""


class UnionSet(MemberSet):
    """All agents of a model: the ordinary ones, then each population in order of adding.

    Cannot be changed in place. Selections of one population are row sets, others strong sets.

    Parameters
    ----------
    ordinary
        Mesa's own set of the model's ordinary agents.
    """

    def __init__(self, ordinary: Any) -> None:
        self.ordinary = ordinary
        self.random = ordinary.random
        self.row_sets: dict[type[mesa.Agent], RowSet] = {}

    @property
    def parts(self) -> list[Any]:
        """The sets that the union is made of."""
        return [self.ordinary, *self.row_sets.values()]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self.parts)

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, mesa.Agent) and agent in self._part_of(agent)

    def __repr__(self) -> str:
        return f"UnionSet({len(self)} agents)"

    def add(self, agent: mesa.Agent) -> None:
        """Take in an ordinary agent, as Mesa does on making one."""
        self._part_of(agent).add(agent)

    def discard(self, agent: mesa.Agent) -> None:
        """Let an agent go, if it is a member."""
        self._part_of(agent).discard(agent)

    def __getstate__(self) -> dict[str, Any]:
        return {"ordinary": self.ordinary, "row_sets": self.row_sets, "random": self.random}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _part_of(self, agent: mesa.Agent) -> Any:
        return self.row_sets.get(type(agent), self.ordinary)

    def _update(self, agents: Iterable[Any]) -> Self:
        raise TypeError("the model's own set cannot be changed in place; take a copy first")

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: int | float = math.inf,
        inplace: bool = False,
        agent_type: type[mesa.Agent] | None = None,
    ) -> Any:
        """Members that pass a filter, at most so many, of one class."""
        is_share = isinstance(at_most, float) and at_most <= 1.0
        if agent_type in self.row_sets and not inplace and not is_share:
            return self.row_sets[agent_type].select(filter_func, at_most)
        return super().select(filter_func, at_most, inplace, agent_type)

    def set(self, attr_name: str, value: Any) -> Self:
        """Give one attribute the same value in every member."""
        for part in self.parts:
            part.set(attr_name, value)
        return self

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Run a method or function for every member, by kernels where populations have them."""
        for part in self.parts:
            part.do(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """As :meth:`do`, in random order.

        Where a population has a kernel for the method, each part is shuffled by itself: the
        kernel runs all its rows at once.
        """
        if any(method in rows.population.kernels for rows in self.row_sets.values()):
            for part in self.parts:
                part.shuffle_do(method, *args, **kwargs)
            return self
        return super().shuffle_do(method, *args, **kwargs)


class PopulationModel(mesa.Model):
    """A Mesa model that can hold populations of rows next to ordinary agents.

    ``model.agents_by_type[Patient]`` is the :class:`RowSet` of a population,
    ``model.agents`` the :class:`UnionSet` of everybody.

    Parameters
    ----------
    rng
        Seed of Mesa's own generators, ``model.random`` and ``model.rng``.
    **kwargs
        Passed on to ``mesa.Model``.
    """

    def __init__(self, *, rng: int | None = None, **kwargs: Any) -> None:
        # Mesa 3.3 remembers only a seed= for reset_randomizer; later ones warn of it.
        name = "seed" if _mesa_version() < (3, 4) else "rng"
        super().__init__(**{name: rng}, **kwargs)
        self._populations: dict[type[RowAgent], Population] = {}
        self._all_agents = UnionSet(super().agents)

    def add_population(self, agent_class: type[RowAgent], capacity: int = 0) -> Population:
        """Make an empty population of a kind.

        Parameters
        ----------
        agent_class
            The kind, a :class:`RowAgent` with a row layout.
        capacity
            Rows to allocate at once.

        Raises
        ------
        ValueError
            If the model has one already.
        """
        if agent_class in self.agents_by_type:
            raise ValueError(f"the model already has agents of {agent_class.__name__}")
        first = (len(self._populations) + 1) * _IDS_OF_A_POPULATION
        population = Population(self, agent_class, capacity, first)
        rows = RowSet(population)
        self._populations[agent_class] = population
        self._all_agents.row_sets[agent_class] = rows
        self.agents_by_type[agent_class] = rows
        return population

    def population(self, agent_class: type[RowAgent]) -> Population:
        """The population of a kind.

        Raises
        ------
        LookupError
            If the model has none.
        """
        try:
            return self._populations[agent_class]
        except KeyError:
            held = ", ".join(kind.__name__ for kind in self._populations) or "none"
            raise LookupError(
                f"the model has no population of {agent_class.__name__} (it has {held}); "
                "call add_population first"
            ) from None

    def row_set(self, agent_class: type[RowAgent]) -> RowSet:
        """The set of all members of a kind: what ``agents_by_type`` gives, with its type."""
        self.population(agent_class)
        rows: RowSet = self.agents_by_type[agent_class]
        return rows

    @property
    def next_unique_id(self) -> int:
        """Number that the next agent will get; saved and set again by a resumed run."""
        if not _IDS_ON_AGENT:
            return int(self.agent_id_counter)
        following = next(mesa.Agent._ids[self])
        self.next_unique_id = following
        return int(following)

    @next_unique_id.setter
    def next_unique_id(self, number: int) -> None:
        if _IDS_ON_AGENT:
            mesa.Agent._ids[self] = count(number)
        else:
            self.agent_id_counter = number

    def take_ids(self, n: int) -> int:
        """Reserve `n` numbers in a row for agents and give the first."""
        first = self.next_unique_id
        self.next_unique_id = first + n
        return first

    def remove_all_agents(self) -> None:
        """Take every agent, in rows or ordinary, out of the model."""
        for population in self._populations.values():
            population.remove_all()
        super().remove_all_agents()

    def close(self) -> None:
        """Let the model be freed once nobody holds it. Call when done with it.

        Mesa 3.3 keeps every model that ever numbered an agent in a class-level dict.
        """
        if _IDS_ON_AGENT:
            mesa.Agent._ids.pop(self, None)


_IDS_ON_AGENT = hasattr(mesa.Agent, "_ids")


def _mesa_version() -> tuple[int, int]:
    major, minor = mesa.__version__.split(".")[:2]
    return int(major), int(minor)
