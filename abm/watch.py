"""Looking on while residents and doctors decide, without touching what they do.

Right before the compiled loop of a half-month runs, the loop's own functions run once more,
uncompiled and telling every step, on a copy of each watched resident's row. Afterwards the
copy must equal, bit for bit, the row that the loop wrote: what was told is then proved to be
of the decision that was taken, not of one worked out anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.month import care_chunk, live_chunk
from abm.options import NOT_HERE, weigh_common
from abm.world import WAITING, Out
from agents.foundation.records import TableRows
from agents.foundation.trace import Call, Term, Tracer, Working

if TYPE_CHECKING:
    from abm.engine import MonthRun
    from agents.patient import Options

LIFE = -1
"""Tier of the step in which a resident lives and chooses."""
_DRAWS = ("uniform", "happens")
_NEVER_TOLD = ("queue", "queue_length", "mothers", "worth")


@dataclass
class Step:
    """Half a month of one resident, as told by the functions that ran it.

    Attributes
    ----------
    month, row
        When and who.
    tier, provider
        Where he was attended to; LIFE and -1 for the half in which he lives and chooses.
    call
        Everything that was called, and every sum with its terms.
    before, after
        His row, records of PATIENT.
    written
        What was added to each table of :class:`abm.world.Out`: place and columns.
    proved
        Whether the compiled loop wrote the same row.
    """

    month: int
    row: int
    tier: int
    provider: int
    call: Call
    before: np.ndarray
    after: np.ndarray
    written: dict[str, list[tuple[tuple[int, ...], dict[str, int]]]]
    proved: bool = False

    @property
    def doctors(self) -> list[int]:
        """Doctors who worked for him."""
        return [place[0] for place, _ in self.written.get("work", [])]


class Watch:
    """Watches residents, or those who stand in providers' queues.

    Parameters
    ----------
    keys
        Keys of residents.
    providers
        Rows of providers whose queues are watched.
    doctors
        Rows of doctors whose patients are watched.
    most
        Steps of one month and provider, or doctor, that are kept; of a longer queue those at
        even distances, from the most to the least urgent.
    months
        Months that are watched; all if absent.

    Attributes
    ----------
    steps
        What was seen, in order.
    in_queue
        How many stood in a watched queue, or came to a watched doctor: by month and row.
    """

    def __init__(
        self,
        *,
        keys: Collection[int] = (),
        providers: Collection[int] = (),
        doctors: Collection[int] = (),
        most: int = 20,
        months: Collection[int] | None = None,
    ) -> None:
        self._keys = np.array(sorted(keys), np.uint64)
        self._providers, self._doctors = tuple(providers), tuple(doctors)
        self._most, self._months = most, months
        self._tracer = Tracer(_listens)
        self._common: tuple[str, dict[str, np.ndarray]] = ("", {})
        self._open: list[tuple[Step, np.ndarray]] = []
        self.steps: list[Step] = []
        self.in_queue: dict[tuple[int, int], int] = {}

    @property
    def all_proved(self) -> bool:
        """Whether every step is proved to be what the run did."""
        return all(step.proved for step in self.steps)

    # -- what the month calls ----------------------------------------------------------

    def see_options(self, options: Options, *given: Any) -> None:
        """Learn from :func:`abm.options.weigh_common` what the common worth is made of."""
        copy = options._replace(common=np.zeros_like(options.common))
        told = self._tracer.run(weigh_common, copy, *given).calls[0]
        table = told.workings[-1].target
        parts = _parts(told.workings, options.common)
        self._common = (table, parts) if np.array_equal(copy.common, options.common) else ("", {})

    def before_life(self, run: MonthRun) -> None:
        """Let each watched resident live and choose, on a copy of his row."""
        if not self._watches(run.month):
            return
        rows = run.patients.rows
        for row in np.flatnonzero(np.isin(rows["key"], self._keys)).tolist():
            if rows["alive"][row] == 1:
                out, one = _fresh(run.outs[0]), _OneRow(rows, row)
                taken = np.array([row])
                given = taken, 1, run.world, out, run.seed, run.month
                call = self._tracer.run(live_chunk, one, *given)
                self._keep(run, row, LIFE, -1, call, one, out)

    def before_care(self, run: MonthRun, tier: int) -> None:
        """Attend to each watched resident in the queues of a tier, on a copy of his row."""
        if not self._watches(run.month):
            return
        for worker, place in self._chosen(run, tier):
            entry = run.queues[worker, tier, place]
            row = int(entry["row"])
            queues = np.zeros((1, tier + 1, 1), WAITING)
            queues[0, tier, 0] = entry
            lengths = np.zeros((1, tier + 1), np.int64)
            lengths[0, tier] = 1
            out, one = _fresh(run.outs[0]), _OneRow(run.patients.rows, row)
            given = queues.view(np.recarray), lengths, np.zeros(1, np.int64), 1, tier, run.world
            call = self._tracer.run(care_chunk, one, 0, *given, out, run.month)
            self._keep(run, row, tier, int(entry["provider"]), call, one, out)

    def after(self, run: MonthRun) -> None:
        """Compare what was told with what the loop wrote."""
        rows = run.patients.rows
        for step, copy in self._open:
            wrote = rows[step.row : step.row + 1]
            step.proved = all(
                np.array_equal(copy[name], wrote[name]) for name in wrote.dtype.names or ()
            )
        seen = [step for step, _ in self._open]
        self._open = []
        if self._doctors:
            seen = self._of_doctors(run.month, seen)
        self.steps += seen

    # -- inside ------------------------------------------------------------------------

    def _of_doctors(self, month: int, seen: list[Step]) -> list[Step]:
        """Of the people in their employers' queues those whom the watched doctors met."""
        kept: list[int] = []
        for doctor in self._doctors:
            his = [i for i, step in enumerate(seen) if doctor in step.doctors]
            if his:
                self.in_queue[month, doctor] = len(his)
                kept += [his[i] for i in _even(len(his), self._most)]
        return [seen[i] for i in sorted(set(kept))]

    def _watches(self, month: int) -> bool:
        return self._months is None or month in self._months

    def _chosen(self, run: MonthRun, tier: int) -> Iterator[tuple[int, int]]:
        """Places in a tier's queues whose people are watched: worker and place."""
        lengths = run.buffers.queue_length[:, tier]
        worker = np.repeat(np.arange(len(lengths)), lengths)
        place = np.concatenate([np.arange(length) for length in lengths])
        queue = run.buffers.queue[worker, tier, place]
        rows = run.patients.rows
        watched = np.isin(rows["key"][queue["row"]], self._keys)
        for p in self._providers:
            here = np.flatnonzero(queue["provider"] == p)
            if len(here):
                here = here[np.argsort(queue["key"][here], kind="stable")]
                self.in_queue[run.month, p] = len(here)
                watched[here[_even(len(here), self._most)]] = True
        for doctor in self._doctors:
            watched |= queue["provider"] == run.world.doctors["provider"][doctor]
        # In the order of the queue's keys: neither threads nor rows decide what comes first.
        found = np.flatnonzero(watched)
        for i in found[np.argsort(queue["key"][found], kind="stable")]:
            yield int(worker[i]), int(place[i])

    def _keep(
        self,
        run: MonthRun,
        row: int,
        tier: int,
        provider: int,
        call: Call,
        one: _OneRow,
        out: Out,
    ) -> None:
        before = run.patients.rows[row : row + 1].copy()
        step = Step(run.month, row, tier, provider, call, before, one.table, _written(out))
        if self._doctors and not set(self._doctors) & set(step.doctors):
            # A colleague's patient; what is told of a whole hospital would fill the memory.
            return
        self._expand(call)
        self._open.append((step, one.table))

    def _expand(self, call: Call) -> None:
        """Put the parts of the common worth in its place, wherever it was looked up."""
        table, parts = self._common
        for _, inner in call.walk():
            for i, working in enumerate(inner.inner):
                if not isinstance(working, Working):
                    continue
                terms: list[Term] = []
                for term in working.terms:
                    if parts and term.index is not None and term.text.startswith(f"{table}["):
                        terms += [
                            Term(term.sign, text, float(part[term.index]))
                            for text, part in parts.items()
                        ]
                    else:
                        terms.append(term)
                inner.inner[i] = replace(working, terms=tuple(terms))


class _OneRow:
    """A copy of one resident's row, where a loop expects all rows."""

    def __init__(self, rows: np.ndarray, row: int) -> None:
        self.table = np.zeros(1, rows.dtype)
        self.table[0] = rows[row]
        self.shape = (row + 1,)
        self._record = TableRows(self.table)[0]

    def __getitem__(self, row: int) -> Any:
        if row != self.shape[0] - 1:
            raise IndexError(f"only row {self.shape[0] - 1} is watched, not {row}")
        return self._record


def _listens(module: str, name: str) -> bool:
    return name in _DRAWS or not module.startswith("agents.foundation.")


def _fresh(out: Out) -> Out:
    return Out(*(np.zeros_like(table) for table in out))


def _even(n: int, most: int) -> np.ndarray:
    """At most ``most`` of n places, evenly spread, first and last among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def _written(out: Out) -> dict[str, list[tuple[tuple[int, ...], dict[str, int]]]]:
    """Everything in the tables of an Out that is not nought."""
    found: dict[str, list[tuple[tuple[int, ...], dict[str, int]]]] = {}
    for name, table in zip(out._fields, out, strict=True):
        columns = table.dtype.names
        if columns is None or name in _NEVER_TOLD:
            continue
        records: dict[tuple[int, ...], dict[str, int]] = {}
        for column in columns:
            for place in zip(*np.nonzero(table[column]), strict=True):
                where = tuple(int(i) for i in place)
                head, rest = where[: table.ndim], where[table.ndim :]
                key = column + "".join(f".{i}" for i in rest)
                records.setdefault(head, {})[key] = table[column][where].item()
        found[name] = sorted(records.items())
    return found


def _parts(workings: list[Working], common: np.ndarray) -> dict[str, np.ndarray]:
    """Terms that the common worth was added up from, by their source; {} if they do not add up."""
    parts: dict[str, np.ndarray] = {}
    for working in workings:
        if working.operator not in ("=", "+=") or not _fits(working.value, working, common):
            continue
        if len(working.terms) > 1 and working.terms[0].sign == "+" and working.operator == "=":
            parts = {
                term.text: np.broadcast_to(
                    -term.value if term.sign == "-" else term.value, common.shape
                )
                for term in working.terms
                if np.ndim(term.value) == common.ndim
            }
        elif working.operator == "+=" and working.index is not None:
            place = np.zeros(common.shape)
            place[working.index] = working.value
            parts[" * ".join(term.text for term in working.terms)] = place
    here = common > NOT_HERE
    whole = sum(parts.values(), np.zeros(common.shape))
    return parts if np.allclose(whole[here], common[here], rtol=0, atol=1e-9) else {}


def _fits(value: Any, working: Working, common: np.ndarray) -> bool:
    shape = np.shape(value)
    if working.operator == "+=":
        return working.index is not None
    return shape == common.shape
