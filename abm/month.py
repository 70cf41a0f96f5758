"""The month's parallel halves: loops over rows that run the agents' functions.

Workers, one a thread, take the residents piece by piece. Each adds to buffers of its own,
which hold whole numbers and are added up afterwards; so neither the number of workers nor
who takes which piece changes a bit.
"""

from __future__ import annotations

from typing import Any

from abm.care import attend, benefit_spent, join_queue
from abm.outcome import go_without
from abm.world import QUANTILES, Out, World
from agents.foundation import draws
from agents.foundation.compile import chunk_loop, scalar
from agents.foundation.draws import month_stream, uniform
from agents.foundation.exact import i64
from agents.foundation.prefetch import prefetch
from agents.foundation.share import take
from agents.life import live_one_month
from agents.patient import NOWHERE, choose_provider, forget_last_year, need_class

AHEAD = 6
"""How many places ahead in a queue rows are fetched."""


@scalar
def count_visits(kind: int, world: World, stream: int) -> int:
    """Outpatient visits that this month's need takes, if it is treated without a bed."""
    quantile = int(uniform(stream, draws.VISITS) * QUANTILES)
    return world.course.visits[kind, quantile]


@scalar
def live_and_choose(patient: Any, row: int, world: World, out: Out, seed: int, month: int) -> None:
    """First half of a resident's month: live, then decide whether and where to seek care."""
    stream = month_stream(seed, patient.key, month)
    was_elsewhere = patient.elsewhere
    bears = live_one_month(patient, world.hazards, stream, month, out.life[0].onsets)
    if patient.alive == 0:
        if patient.exit == 1:
            out.life[0].deaths += 1
        else:
            out.life[0].moved_out += 1
        return
    if patient.elsewhere > was_elsewhere:
        out.life[0].left_county += 1
    elif patient.elsewhere < was_elsewhere:
        out.life[0].returned += 1
    out.life[0].person_months += 1
    if bears:
        out.mothers[out.life[0].births] = row
        out.life[0].births += 1
        out.life[0].births_present += 1 - patient.elsewhere
    if patient.severity == 0 and patient.routine == 0:
        return
    out.life[0].needs += 1
    kind = need_class(patient)
    spent = benefit_spent(patient, kind, world)
    patient.slot = choose_provider(
        patient, kind, world.options, world.tastes, spent, out.worth, stream
    )
    if patient.slot == NOWHERE:
        go_without(patient, world, out, stream, month)
        return
    patient.visits = count_visits(kind, world, stream)
    join_queue(patient, row, world, out, stream)


@chunk_loop
def live_chunk(
    rows: Any, taken: Any, piece: int, world: World, out: Out, seed: int, month: int
) -> None:
    """Let residents live the first half of their month, until none is left to take.

    Parameters
    ----------
    taken
        (1,) how many residents the workers have taken so far.
    piece
        How many a worker takes at once.
    """
    residents = rows.shape[0]
    start = take(taken, 0, piece)
    while start < residents:
        for row in range(start, min(start + piece, residents)):
            if rows[row].alive == 1:
                live_and_choose(rows[row], row, world, out, seed, month)
        start = take(taken, 0, piece)


@chunk_loop
def care_chunk(
    rows: Any,
    worker: int,
    queues: Any,
    lengths: Any,
    taken: Any,
    piece: int,
    tier: int,
    world: World,
    out: Out,
    month: int,
) -> None:
    """Let those in a tier's queues be attended to: first one's own, then what others have left.

    Parameters
    ----------
    queues, lengths
        (worker, tier, place) and (worker, tier), as every worker filled them.
    taken
        (worker,) how many places of each worker's queue have been taken so far.
    piece
        How many a worker takes at once.
    """
    workers = lengths.shape[0]
    for turn in range(workers):
        whose = (worker + turn) % workers
        length = lengths[whose, tier]
        start = take(taken, whose, piece)
        while start < length:
            for place in range(start, min(start + piece, length)):
                if place + AHEAD < length:
                    prefetch(rows, i64(queues[whose, tier, place + AHEAD].row))
                waiting = queues[whose, tier, place]
                attend(rows[waiting.row], waiting, tier, world, out, month)
            start = take(taken, whose, piece)


@chunk_loop
def new_year_chunk(rows: Any, start: int, stop: int) -> None:
    """Start a new insurance year for the residents from ``start`` to ``stop``."""
    for row in range(start, stop):
        forget_last_year(rows[row])
