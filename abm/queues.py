"""Allotting a provider's minutes and beds to those who queue, most urgent first.

Who is served is stated as one number for each provider: the queue key of the last person
served. It is found without sorting the queue: what is asked is added up by the leading
bits of the keys, twice, and only the few people of the marginal cell are put in order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.foundation.compile import chunk_loop
from agents.foundation.exact import i64
from agents.provider import EVERYONE, last_served

URGENCY_BINS = 1024
TIE_BINS = 4096
_54, _42, _12 = np.uint64(54), np.uint64(42), np.uint64(12)
_TIE_MASK = np.uint64(TIE_BINS - 1)


@chunk_loop
def add_by_urgency(
    queue: Any, length: int, place: Any, seen_up_to: Any, minutes: Any, bed_days: Any
) -> None:
    """Add up what is asked, by provider and urgency.

    Parameters
    ----------
    place
        (provider,) row in the tables of a crowded provider, -1 of any other.
    seen_up_to
        (n,) only people up to this key count, by row in the tables.
    minutes, bed_days
        (n, URGENCY_BINS) sums that are added to.
    """
    for i in range(length):
        n = place[queue[i].provider]
        if n >= 0 and queue[i].key <= seen_up_to[n]:
            urgency = i64(queue[i].key >> _54)
            minutes[n, urgency] += queue[i].minutes
            bed_days[n, urgency] += queue[i].bed_days


@chunk_loop
def add_by_tie(
    queue: Any,
    length: int,
    place: Any,
    seen_up_to: Any,
    urgency: Any,
    minutes: Any,
    bed_days: Any,
) -> None:
    """Add up what those of the marginal urgency ask, by the leading bits of their tie."""
    for i in range(length):
        n = place[queue[i].provider]
        if n < 0 or queue[i].key > seen_up_to[n] or i64(queue[i].key >> _54) != urgency[n]:
            continue
        tie = i64((queue[i].key >> _42) & _TIE_MASK)
        minutes[n, tie] += queue[i].minutes
        bed_days[n, tie] += queue[i].bed_days


def marginal_bin(amounts: np.ndarray, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the bin in which room runs out, and the room left before that bin.

    Returns
    -------
    bins, left
        (n,) each; the number of bins where room suffices.
    """
    used = np.cumsum(amounts, axis=1)
    bins = (used <= room[:, None]).sum(axis=1)
    before = np.where(bins > 0, used[np.arange(len(used)), np.maximum(bins - 1, 0)], 0)
    return bins, room - before


def last_key(
    queues: list[Any],
    lengths: list[int],
    place: np.ndarray,
    seen_up_to: np.ndarray,
    room: np.ndarray,
    resource: str,
    run: Any,
) -> np.ndarray:
    """Queue key of the last person served at each crowded provider.

    Parameters
    ----------
    queues, lengths
        The tier's queue of each chunk, WAITING records, and how many stand in it.
    place
        (provider,) row of a crowded provider in the answer, -1 of any other.
    seen_up_to
        (n,) people beyond this key do not count.
    room
        (n,) what there is, for agents: minutes or bed-days.
    resource
        "minutes" or "bed_days".
    run
        How to run a chunk loop: compiled or plain.

    Returns
    -------
    numpy.ndarray
        (n,) unsigned keys; EVERYONE where room suffices.
    """
    n = len(room)
    which = 0 if resource == "minutes" else 1
    sums = [np.zeros((n, URGENCY_BINS), np.int64) for _ in range(2)]
    for queue, length in zip(queues, lengths, strict=True):
        run(add_by_urgency)(queue, length, place, seen_up_to, *sums)
    urgency, left = marginal_bin(sums[which], room)
    ties = [np.zeros((n, TIE_BINS), np.int64) for _ in range(2)]
    for queue, length in zip(queues, lengths, strict=True):
        run(add_by_tie)(queue, length, place, seen_up_to, urgency, *ties)
    tie, left = marginal_bin(ties[which], left)
    answer = np.full(n, EVERYONE)
    # Where room suffices the cell is one that no key has.
    cell = (urgency.astype(np.uint64) << _12) | np.minimum(tie, TIE_BINS - 1).astype(np.uint64)
    parts = []
    for queue, length in zip(queues, lengths, strict=True):
        found = np.zeros(length, np.int32)
        count = run(find_marginal)(queue, length, place, cell, found)
        parts.append(np.asarray(queue[found[:count]]))
    marginal = np.concatenate(parts)
    for row in np.flatnonzero(urgency < URGENCY_BINS):
        here = marginal[place[marginal["provider"]] == row]
        answer[row] = _last_in_cell(here["key"], here[resource], cell[row], left[row])
    return answer


@chunk_loop
def find_marginal(queue: Any, length: int, place: Any, cell: Any, found: Any) -> int:
    """List the people who stand in the marginal cell of their provider; how many they are."""
    count = 0
    for i in range(length):
        n = place[queue[i].provider]
        if n >= 0 and queue[i].key >> _42 == cell[n]:
            found[count] = i
            count += 1
    return count


def _last_in_cell(keys: np.ndarray, amounts: np.ndarray, cell: np.uint64, left: float) -> np.uint64:
    """Serve the people of one cell in the order of their keys while what is left lasts."""
    first = np.uint64(cell) << _42
    served = last_served(keys, amounts, left)
    if served == EVERYONE:
        return first | np.uint64((1 << 42) - 1)
    if served == 0:
        return first - np.uint64(1) if first > 0 else np.uint64(0)
    return served
