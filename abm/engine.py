"""Running the month's loops: compiled, by workers on threads, or plain on views."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.month import care_chunk, live_chunk
from abm.queues import last_key
from abm.world import Buffers, Out, World, apart, total
from agents.foundation.compile import COMPILATION_OFF, interruptible, plain
from agents.foundation.records import Population
from agents.provider import EVERYONE, load_of_all, room_for_ours, worked_minutes

if TYPE_CHECKING:
    from abm.watch import Watch

PIECES_A_WORKER = 16
"""At least so many pieces of work for each, so that all are done at about the same time."""
ROWS_A_PIECE, PLACES_A_PIECE = 2048, 256
"""Residents, and places in a queue, that a worker takes at once, at most."""


class Engine:
    """Runs loops over the rows of a population.

    Parameters
    ----------
    threads
        How many run at once; None for one a processor.
    agent_by_agent
        Run everything in plain Python on the agents' views.
    """

    def __init__(self, threads: int | None, agent_by_agent: bool) -> None:
        self.agent_by_agent = agent_by_agent or COMPILATION_OFF
        self.threads = 1 if self.agent_by_agent else (threads or os.cpu_count() or 1)
        # The thread that asks is a worker too.
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def rows(self, population: Population) -> Any:
        """The rows as loops want them: records, or views of them."""
        return population.plain_rows() if self.agent_by_agent else population.rows

    def loop(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A chunk loop, compiled or plain."""
        return plain(function) if self.agent_by_agent else interruptible(function)

    def each(self, work: Callable[[int], Any]) -> None:
        """Run ``work`` for every worker, all at once.

        Raises
        ------
        RuntimeError
            If the threads are gone: their part of the work would be left undone.
        """
        if self.threads > 1 and self._pool is None:
            raise RuntimeError("the model is closed")
        others = [self._pool.submit(work, w) for w in range(1, self.threads)] if self._pool else []
        work(0)
        for other in others:
            other.result()

    def piece(self, work: int, most: int) -> int:
        """How much of some work a worker takes at once."""
        return min(most, max(1, work // (PIECES_A_WORKER * self.threads)))

    def over_rows(self, function: Callable[..., Any], population: Population, *args: Any) -> None:
        """Run a chunk loop ``function(rows, start, stop, *args)`` over all rows."""
        rows, n, run = self.rows(population), len(population), self.loop(function)
        workers = self.threads
        self.each(lambda w: run(rows, n * w // workers, n * (w + 1) // workers, *args))

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


class MonthRun:
    """One month's parallel halves over the residents.

    Parameters
    ----------
    engine, patients, buffers
        Who runs, over whom, into what.
    world
        What is read; its providers' records are written between tiers.
    seed, month
        Of the draws.
    weight
        People that a resident stands for.
    watch
        Who looks on, before and after each loop.
    """

    def __init__(
        self,
        engine: Engine,
        patients: Population,
        buffers: Buffers,
        world: World,
        seed: int,
        month: int,
        weight: int,
        watch: Watch | None = None,
    ) -> None:
        self.engine, self.patients, self.buffers, self.world = engine, patients, buffers, world
        self.seed, self.month, self.weight, self.watch = seed, month, weight, watch
        buffers.grow(len(patients))
        buffers.clear()
        self.outs: list[Out] = buffers.outs()
        self.queues = buffers.queue.view(np.recarray)
        self.rows = engine.rows(patients)

    def live(self) -> None:
        """Let everybody live and choose."""
        run, taken = self.engine.loop(live_chunk), self._none_taken()
        piece = self.engine.piece(len(self.patients), ROWS_A_PIECE)
        if self.watch is not None:
            self.watch.before_life(self)
        self.engine.each(
            lambda w: run(self.rows, taken, piece, self.world, self.outs[w], self.seed, self.month)
        )
        if self.watch is not None:
            self.watch.after(self)

    def _none_taken(self) -> np.ndarray:
        return apart(self.engine.threads, 1, np.dtype(np.int64))[:, 0]

    def open_doors(self, tier: int) -> None:
        """Let each provider of a tier allot its minutes and bed-days by urgency."""
        # As a plain table: fields of a record array are looked up slowly.
        providers = self.world.providers.view(np.ndarray)
        here = providers["tier"] == tier
        demand = total(self.buffers.demand)
        minutes_room = worked_minutes(providers) - providers["minutes_backlog"]
        bed_days_room = providers["bed_days_capacity"] - providers["bed_days_backlog"]
        providers["seen_up_to"][here] = EVERYONE
        providers["bed_up_to"][here] = EVERYONE
        needed = demand["bed_days"] * self.weight
        free = 1.0 - load_of_all(needed, bed_days_room, providers)
        # Among hundreds of beds one is empty on most days unless nearly all are taken.
        spare = np.clip(free / self.world.course.kept_bed_share, 0.0, 1.0)
        spare = np.where(providers["bed_days_capacity"] > 0, spare, 0.0)
        providers["spare_bed_share"][here] = spare[here]
        for resource, ours, cut in (
            ("minutes", minutes_room, "seen_up_to"),
            ("bed_days", bed_days_room, "bed_up_to"),
        ):
            asked = demand[resource] * self.weight
            room = room_for_ours(asked, ours, providers)
            providers[f"{resource}_given"][here] = room[here]
            crowded = np.flatnonzero(here & (asked > room) & (asked > 0))
            if len(crowded):
                providers[cut][crowded] = self._allot(tier, crowded, room[crowded], resource)

    def _allot(self, tier: int, crowded: np.ndarray, room: np.ndarray, resource: str) -> np.ndarray:
        """Queue keys of the last people served at the crowded providers of a tier."""
        place = np.full(len(self.world.providers), -1)
        place[crowded] = np.arange(len(crowded))
        lengths = self.buffers.queue_length[:, tier]
        return last_key(
            [queue[tier, :n] for queue, n in zip(self.buffers.queue, lengths, strict=True)],
            place,
            self.world.providers["seen_up_to"][crowded],
            room / self.weight,
            resource,
            self.engine.loop,
            self.engine.each,
        )

    def care(self, tier: int) -> None:
        """Attend to those in the queues of a tier."""
        run, taken = self.engine.loop(care_chunk), self._none_taken()
        rows, lengths, world = self.rows, self.buffers.queue_length, self.world
        piece = self.engine.piece(int(lengths[:, tier].sum()), PLACES_A_PIECE)
        given = self.queues, lengths, taken, piece, tier, world
        if self.watch is not None:
            self.watch.before_care(self, tier)
        self.engine.each(lambda w: run(rows, w, *given, self.outs[w], self.month))
        if self.watch is not None:
            self.watch.after(self)
