"""What every agent set of this project can do, and a set that keeps its agents.

Mesa's own ``AgentSet`` holds its agents weakly. A view on a row is held by nobody else, so it
would vanish from such a set at once. The sets here either hold row numbers or hold their
agents strongly, and pass over those that have left the model since.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any, Self

import mesa

try:  # Mesa 3.5 has an abstract agent set
    from mesa.agentset import AbstractAgentSet as AgentSetBase
    from mesa.agentset import GroupBy
except ImportError:  # before it, the weak one is the only class there is
    from mesa.agent import AgentSet as AgentSetBase
    from mesa.agent import GroupBy

from agents.foundation.views import RowAgent

__all__ = ["AgentSetBase", "GroupBy", "MemberSet", "StrongSet", "is_live", "limit_of"]


def is_live(agent: mesa.Agent) -> bool:
    """Whether an agent, view or ordinary, is still in its model."""
    if isinstance(agent, RowAgent):
        return agent.population.is_member(agent.row)
    return agent in agent.model.agents


def limit_of(at_most: int | float, n: int) -> int | None:
    """Mesa's `at_most` as a number of agents: a float up to 1 is a share of `n`, rounded down."""
    if at_most == math.inf:
        return None
    if isinstance(at_most, float) and at_most <= 1.0:
        at_most = int(n * at_most)
    return max(0, math.ceil(at_most))


def caller_of(method: str | Callable[..., Any]) -> Callable[..., Any]:
    """A function of an agent that calls its method of that name, or the function itself."""
    if callable(method):
        return method
    return lambda agent, *args, **kwargs: getattr(agent, method)(*args, **kwargs)


def key_of(by: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of an agent that reads the attribute of that name, or the function itself."""
    return by if callable(by) else operator.attrgetter(by)


class MemberSet(AgentSetBase):
    """An agent set whose answers need only iteration and membership.

    Methods take and give what those of Mesa's ``AgentSet`` do. Selections of it are
    :class:`StrongSet`. Subclasses give ``__iter__``, ``__len__``, ``__contains__``, ``add``,
    ``discard``, ``_update`` and ``random``.
    """

    random: Random

    def to_list(self) -> list[Any]:
        """All members."""
        return list(self)

    def __getitem__(self, item: int | slice) -> Any:
        return self.to_list()[item]

    def remove(self, agent: mesa.Agent) -> None:
        """Take an agent out; KeyError if it is not a member."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def _made(self, agents: Iterable[Any], inplace: bool = False) -> Any:
        return self._update(agents) if inplace else StrongSet(agents, self.random)

    def _from_iterable(self, agents: Iterable[Any]) -> StrongSet:
        # The operators & | - ^ of collections.abc.Set make their results with this.
        return StrongSet(agents, self.random)

    def copy(self) -> Any:
        """The present members as a set of their own."""
        return self._made(list(self))

    def __copy__(self) -> Any:
        return self.copy()

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: int | float = math.inf,
        inplace: bool = False,
        agent_type: type[mesa.Agent] | None = None,
    ) -> Any:
        """Members that pass a filter, at most so many, of one class."""
        chosen = (
            agent
            for agent in self
            if (agent_type is None or isinstance(agent, agent_type))
            and (filter_func is None or filter_func(agent))
        )
        return self._made(list(islice(chosen, limit_of(at_most, len(self)))), inplace)

    def shuffle(self, inplace: bool = False) -> Any:
        """Members in random order."""
        agents = self.to_list()
        self.random.shuffle(agents)
        return self._made(agents, inplace)

    def sort(
        self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False
    ) -> Any:
        """Members in the order of an attribute or function; descending unless told."""
        return self._made(sorted(self, key=key_of(key), reverse=not ascending), inplace)

    def groupby(self, by: Callable[[Any], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Members grouped by an attribute or function, as sets or (``"list"``) lists."""
        key = key_of(by)
        groups: dict[Any, list[Any]] = {}
        for agent in self:
            groups.setdefault(key(agent), []).append(agent)
        if result_type != "agentset":
            return GroupBy(groups)
        return GroupBy({name: self._made(agents) for name, agents in groups.items()})

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: str = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Values of one attribute, or a list of values of several, for each member."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is {handle_missing!r}, must be 'error' or 'default'")
        default = (default_value,) if handle_missing == "default" else ()
        if isinstance(attr_names, str):
            return [getattr(agent, attr_names, *default) for agent in self]
        return [[getattr(agent, name, *default) for name in attr_names] for agent in self]

    def set(self, attr_name: str, value: Any) -> Self:
        """Give one attribute the same value in every member."""
        for agent in self:
            setattr(agent, attr_name, value)
        return self

    def agg(self, attribute: str, func: Callable[..., Any] | Iterable[Callable[..., Any]]) -> Any:
        """One function, or a list of results of several, of the list of an attribute's values."""
        values = self.get(attribute)
        return func(values) if callable(func) else [each(values) for each in func]

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method or function for every member still in the model when its turn comes."""
        self._call(self.to_list(), method, args, kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """As :meth:`do`, in random order."""
        agents = self.to_list()
        self.random.shuffle(agents)
        self._call(agents, method, args, kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As :meth:`do`, giving the results."""
        return self._call(self.to_list(), method, args, kwargs)

    @staticmethod
    def _call(
        agents: Iterable[Any],
        method: str | Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> list[Any]:
        call = caller_of(method)
        return [call(agent, *args, **kwargs) for agent in agents if is_live(agent)]


class StrongSet(MemberSet):
    """A selection of agents of any kinds, in order, kept alive by the set.

    Parameters
    ----------
    agents
        The members; repeats count once.
    random
        Generator for shuffling; that of the first agent's model if not given.

    Raises
    ------
    ValueError
        If there is neither an agent nor a generator.
    """

    def __init__(self, agents: Iterable[Any], random: Random | None = None) -> None:
        self._kept: dict[Any, None] = dict.fromkeys(agents)
        if random is None:
            if not self._kept:
                raise ValueError("an empty set of agents needs a random generator")
            random = next(iter(self._kept)).model.random
        self.random = random

    def __iter__(self) -> Iterator[Any]:
        return (agent for agent in list(self._kept) if is_live(agent))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, mesa.Agent) and agent in self._kept and is_live(agent)

    def add(self, agent: mesa.Agent) -> None:
        """Put an agent in."""
        self._kept[agent] = None

    def discard(self, agent: mesa.Agent) -> None:
        """Take an agent out, if it is in."""
        self._kept.pop(agent, None)

    def __repr__(self) -> str:
        return f"StrongSet({len(self)} agents)"

    def _update(self, agents: Iterable[Any]) -> Self:
        self._kept = dict.fromkeys(agents)
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {"agents": list(self), "random": self.random}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.random = state["random"]
        self._update(state["agents"])
