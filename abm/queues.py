"""Allotting a provider's minutes and beds to those who queue, most urgent first.

Who is served is stated as one number for each provider: the queue key of the last person
served. Most of the queue is never sorted: what is asked is added up by urgency, the leading
bits of the keys, and only the people of the urgency at which room runs out are put in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from agents.foundation.compile import chunk_loop
from agents.foundation.exact import i64
from agents.provider import EVERYONE, last_served

URGENCY_BINS = 1024
_54 = np.uint64(54)


@chunk_loop
def add_by_urgency(
    provider: Any, key: Any, amount: Any, place: Any, seen_up_to: Any, asked: Any
) -> None:
    """Add up what is asked, by provider and urgency.

    Parameters
    ----------
    provider, key, amount
        (waiting,) columns of a queue.
    place
        (provider,) row in the table of a crowded provider, -1 of any other.
    seen_up_to
        (n,) only people up to this key count, by row in the table.
    asked
        (n, URGENCY_BINS) sums that are added to.
    """
    for i in range(provider.shape[0]):
        n = place[provider[i]]
        if n >= 0 and key[i] <= seen_up_to[n]:
            asked[n, i64(key[i] >> _54)] += amount[i]


@chunk_loop
def find_marginal(
    provider: Any,
    key: Any,
    amount: Any,
    place: Any,
    seen_up_to: Any,
    urgency: Any,
    found: Any,
    count: Any,
) -> None:
    """List those of the marginal urgency who ask for anything in ``found``; count them."""
    for i in range(provider.shape[0]):
        n = place[provider[i]]
        if n < 0 or amount[i] == 0 or i64(key[i] >> _54) != urgency[n]:
            continue
        if key[i] <= seen_up_to[n]:
            found[count[0]] = i
            count[0] += 1


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
    queues: list[np.ndarray],
    place: np.ndarray,
    seen_up_to: np.ndarray,
    room: np.ndarray,
    resource: str,
    run: Callable[..., Any],
    each: Callable[[Callable[[int], Any]], None],
) -> np.ndarray:
    """Queue key of the last person served at each crowded provider.

    Parameters
    ----------
    queues
        What each worker put into the tier's queue, arrays of WAITING.
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
    each
        Runs a piece of work for every queue, by its number.

    Returns
    -------
    numpy.ndarray
        (n,) unsigned keys; EVERYONE where room suffices.
    """
    columns = [(queue["provider"], queue["key"], queue[resource]) for queue in queues]
    asked = np.zeros((len(queues), len(room), URGENCY_BINS), np.int64)
    each(lambda q: run(add_by_urgency)(*columns[q], place, seen_up_to, asked[q]))
    urgency, left = marginal_bin(asked.sum(axis=0), room)
    found = [np.empty(len(queue), np.int64) for queue in queues]
    count = np.zeros(len(queues), np.int64)
    each(
        lambda q: run(find_marginal)(
            *columns[q], place, seen_up_to, urgency, found[q], count[q : q + 1]
        )
    )
    parts = [queue[f[:n]] for queue, f, n in zip(queues, found, count, strict=True)]
    marginal = np.concatenate(parts)
    rows = place[marginal["provider"]]
    marginal = marginal[np.argsort(rows, kind="stable")]
    ends = np.cumsum(np.bincount(rows, minlength=len(room)))
    answer = np.full(len(room), EVERYONE)
    for row in np.flatnonzero(urgency < URGENCY_BINS):
        here = marginal[ends[row - 1] if row else 0 : ends[row]]
        answer[row] = _last_of_urgency(here["key"], here[resource], urgency[row], left[row])
    return answer


def _last_of_urgency(keys: np.ndarray, amounts: np.ndarray, urgency: int, left: float) -> np.uint64:
    """Serve the people of one urgency in the order of their keys while what is left lasts."""
    if left <= 0.0:
        # Nobody of this urgency, everybody of a higher one.
        return (np.uint64(urgency) << _54) - np.uint64(1) if urgency > 0 else np.uint64(0)
    return last_served(keys, amounts, left)
