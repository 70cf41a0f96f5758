"""The same county as an ordinary Mesa model: an object with attributes for each resident.

It is the other yardstick: what the same month costs in the way in which Mesa models are
usually written. The behaviour is not written again. It is the functions of ``agents`` and
``abm``, uncompiled, on ordinary objects; so results must be equal to the last resident.
Nothing here goes through this project's views or arrays while residents act: numbers are
Python's, tables are dictionaries and lists, queues are sorted lists. What is done for each
provider once a month (waits, bills, the ledger) stays as it is, in NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import mesa
import numpy as np

from abm.care import attend
from abm.county import County
from abm.engine import Engine, MonthRun
from abm.model import Model
from abm.month import live_and_choose
from abm.phases import PHASES
from abm.policy import Policy
from abm.world import N_TIERS, WAITING, Out, World
from agents.doctor import Doctor
from agents.foundation.compile import plain
from agents.foundation.slots import N_SLOTS
from agents.patient import PATIENT
from agents.provider import EVERYONE

_live_and_choose, _attend = plain(live_and_choose), plain(attend)
_EVERYONE = int(EVERYONE)


class Table(dict[Any, Any]):
    """A table of two or more dimensions, by tuples of positions."""

    def __init__(self, array: np.ndarray) -> None:
        super().__init__(zip(np.ndindex(array.shape), _items(array), strict=True))
        self.shape = array.shape


class Line(list[Any]):
    """A list that knows its length as an array does."""

    @property
    def shape(self) -> tuple[int]:
        """Number of items."""
        return (len(self),)


class Record:
    """An ordinary object with the fields of a record as its attributes."""

    def __init__(self, values: dict[str, Any]) -> None:
        vars(self).update(values)


class Queues(dict[tuple[int, int], Record]):
    """People who wait, by tier and number; a new number is a new person."""

    def __missing__(self, place: tuple[int, int]) -> Record:
        waiting = self[place] = Record(dict.fromkeys(WAITING.names or (), 0))
        return waiting


def _fields(rows: np.ndarray) -> Iterator[dict[str, Any]]:
    """Each record as a dictionary of Python's numbers, with lists for its sub-arrays."""
    names = rows.dtype.names or ()
    for values in zip(*(rows[name].tolist() for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _items(array: np.ndarray) -> list[Any]:
    if array.dtype.names:
        return [Record(values) for values in _fields(np.asarray(array).ravel())]
    return array.ravel().tolist()


def ordinary(value: Any) -> Any:
    """What a table of the model is in ordinary Python.

    Arrays of one dimension become lists, of more dimensions dictionaries by position;
    named tuples keep their names, and records become objects.
    """
    if isinstance(value, np.ndarray):
        return Table(value) if value.ndim > 1 else Line(_items(value))
    if isinstance(value, np.void):
        return Record({name: ordinary(value[name]) for name in value.dtype.names or ()})
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(ordinary(part) for part in value))
    return value.item() if isinstance(value, np.generic) else value


class Resident(mesa.Agent):
    """A resident as an ordinary Mesa agent."""

    def __init__(self, model: mesa.Model, row: int, values: dict[str, Any]) -> None:
        super().__init__(model)
        self.row = row
        for name, value in values.items():
            setattr(self, name, value)

    def step(self) -> None:
        """Live the first half of a month."""
        if self.alive == 1:
            town = self.model
            _live_and_choose(self, self.row, town.world, town.out, town.seed, town.month)
        else:
            self.remove()


class Residents:
    """Everybody who has ever lived here, by row; stands in for the model's own residents.

    Parameters
    ----------
    town
        The Mesa model that they are agents of.
    rows
        Residents at the start, (n,) of PATIENT.
    """

    def __init__(self, town: mesa.Model, rows: np.ndarray) -> None:
        self.town = town
        self.agents = [Resident(town, row, values) for row, values in enumerate(_fields(rows))]

    def __len__(self) -> int:
        return len(self.agents)

    def append(self, n: int) -> int:
        """Add ``n`` people of whom nothing is known yet; the row of the first."""
        first = len(self.agents)
        for row, values in enumerate(_fields(np.zeros(n, PATIENT)), first):
            self.agents.append(Resident(self.town, row, values | {"alive": 1}))
        return first

    def touch(self) -> None:
        """Nothing is remembered that could be out of date."""

    @property
    def rows(self) -> np.ndarray:
        """Copy of all as (n,) of PATIENT, to count and compare."""
        rows = np.zeros(len(self.agents), PATIENT)
        for name in PATIENT.names or ():
            rows[name] = [getattr(agent, name) for agent in self.agents]
        return rows


class _Engine(Engine):
    """Runs every loop uncompiled, over residents as they are."""

    def __init__(self) -> None:
        super().__init__(threads=1, agent_by_agent=True)

    def rows(self, population: Any) -> Any:
        return population.agents if isinstance(population, Residents) else super().rows(population)


class _Office(Model):
    """The county without its residents: providers, rules and money of the model as it is."""

    patients: Any

    def _count_insured(self) -> np.ndarray:
        if not isinstance(self.patients, Residents):
            return super()._count_insured()
        insured = [0] * self.groups
        group = self.network.group.tolist()
        for agent in self.patients.agents:
            if agent.alive == 1 and agent.scheme == 1:
                insured[group[agent.village]] += 1
        return np.array(insured) * self.weight

    def diagnosed_present(self) -> int:
        return sum(
            agent.alive == 1 and agent.elsewhere == 0 and max(agent.aware) > 0
            for agent in self.patients.agents
        )


class _Month(MonthRun):
    """Allots minutes and beds from sorted lists."""

    town: OrdinaryModel

    def _allot(self, tier: int, crowded: np.ndarray, room: np.ndarray, resource: str) -> np.ndarray:
        out = self.town.out
        lines: dict[int, list[tuple[int, int]]] = {p: [] for p in crowded.tolist()}
        for place in range(out.queue_length[tier]):
            waiting = out.queue[tier, place]
            line = lines.get(waiting.provider)
            if line is not None:
                line.append((waiting.key, getattr(waiting, resource)))
        seen_up_to = self.world.providers["seen_up_to"].tolist()
        keys = [
            _last_served([asked for asked in line if asked[0] <= seen_up_to[p]], left)
            for (p, line), left in zip(lines.items(), (room / self.weight).tolist(), strict=True)
        ]
        return np.array(keys, np.uint64)


def _last_served(line: list[tuple[int, int]], room: float) -> int:
    """Queue key of the last person served while room lasts."""
    if sum(amount for _, amount in line) <= room:
        return _EVERYONE
    last = 0
    for key, amount in sorted(line):
        if room <= 0:
            break
        last, room = key, room - amount
    return last


class OrdinaryModel(mesa.Model):
    """A county whose residents are ordinary Mesa agents.

    Parameters
    ----------
    county, policy
        As for :class:`abm.model.Model`.
    rng
        Seed of all draws; the same seed as another model's gives the same lives.
    """

    def __init__(self, county: County, policy: Policy, *, rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.office = _Office(county, policy, rng=rng, weight=1, threads=1)
        start = self.office.residents.copy()
        self.seed, self.month = self.office.seed, 0
        self.residents = Residents(self, start)
        office: Any = self.office
        office.patients = self.residents
        office.engine.close()
        office.engine = _Engine()
        office.start_tables = ordinary(office.start_tables)
        self.world: World = ordinary(office.world)
        self.out = self._empty_out()

    def step(self) -> None:
        """Live one month: the phases of the model, with ordinary residents in two of them."""
        ours = {"need and choice": self._live, "care": self._care}
        for phase in PHASES:
            ours[phase.name]() if phase.name in ours else phase.run(self.office)
        self.month = self.office.month

    def _empty_out(self) -> Out:
        buffers = self.office.buffers
        buffers.clear()
        return Out(
            tally=ordinary(buffers.tally[0]),
            demand=ordinary(buffers.demand[0]),
            talk=ordinary(buffers.talk[0]),
            work=ordinary(buffers.work[0]),
            life=ordinary(buffers.life[0]),
            queue=Queues(),
            queue_length=[0] * N_TIERS,
            mothers={},
            worth=Line([0.0] * N_SLOTS),
        )

    def _live(self) -> None:
        office: Any = self.office
        options = self.world.options
        self.world = self.world._replace(
            options=options._replace(
                common=Table(office.options.common), known=Table(office.options.known)
            ),
            roster=Line(office.roster.tolist()),
        )
        if self.month % 12 == 0:  # incomes grow
            self.world = self.world._replace(tastes=ordinary(office.world.tastes))
        _read(self.world.providers, office.providers)
        self._read_doctors(office.population(Doctor).rows)
        self.run_now = _Month(
            office.engine, office.patients, office.buffers, office.world, self.seed, self.month, 1
        )
        self.run_now.town = self
        _clear(self.out)
        self.agents.do("step")

    def _read_doctors(self, rows: np.ndarray) -> None:
        if len(rows) == len(self.world.doctors):
            _read(self.world.doctors, rows)
            return
        self.world = self.world._replace(doctors=ordinary(rows))
        self.out = self.out._replace(work=ordinary(self.office.buffers.work[0]))

    def _care(self) -> None:
        office, out, agents = self.office, self.out, self.residents.agents
        for tier in range(N_TIERS):
            _write(office.buffers.demand[0], out.demand)
            self.run_now.open_doors(tier)
            for provider, values in zip(self.world.providers, _opened(office), strict=True):
                provider.seen_up_to, provider.bed_up_to, provider.spare_bed_share = values
            for place in range(out.queue_length[tier]):
                waiting = out.queue[tier, place]
                _attend(agents[waiting.row], waiting, tier, self.world, out, self.month)
        buffers = office.buffers
        for rows, records in (
            (buffers.tally[0], out.tally),
            (buffers.work[0], out.work),
            (buffers.life[0], out.life),
            (buffers.talk[0].reshape(-1), list(out.talk.values())),
        ):
            _write(rows, records)
        births = out.life[0].births
        buffers.mothers[0, :births] = [out.mothers[n] for n in range(births)]


def _opened(office: Model) -> Iterator[tuple[Any, ...]]:
    rows = office.providers
    return zip(
        *(rows[name].tolist() for name in ("seen_up_to", "bed_up_to", "spare_bed_share")),
        strict=True,
    )


def _read(records: Sequence[Any], rows: np.ndarray) -> None:
    """Give records the values of an array of them."""
    for record, values in zip(records, _fields(rows), strict=True):
        vars(record).update(values)


def _clear(out: Out) -> None:
    """Forget the month; the objects stay."""
    for records in (out.tally, out.demand, out.work, out.life, out.talk.values()):
        for record in records:
            values = vars(record)
            values.update({name: _nothing(value) for name, value in values.items()})
    out.queue_length[:] = [0] * N_TIERS


def _nothing(value: Any) -> Any:
    return [_nothing(part) for part in value] if isinstance(value, list) else 0


def _write(rows: np.ndarray, records: Sequence[Any]) -> None:
    """Write the attributes of records into an array of them."""
    for name in rows.dtype.names or ():
        rows[name] = [getattr(record, name) for record in records]
