"""Loops that run the foundation's scalar functions over arrays, compiled."""

from __future__ import annotations

from typing import Any

from agents.foundation.compile import chunk_loop
from agents.foundation.draws import (
    any_may_happen,
    child_key,
    happens,
    hash_draw,
    month_stream,
    third,
    uniform,
)
from agents.foundation.exact import exp, log, logistic, normal_quantile
from agents.foundation.money import to_fen


@chunk_loop
def exact_loop(x: Any, p: Any, out: Any) -> None:
    """Fill (6, n): exp(x), log(exp(x)), log(p), logistic(x), normal_quantile(p), to_fen(x)."""
    for i in range(x.shape[0]):
        out[0, i] = exp(x[i])
        out[1, i] = log(exp(x[i]))
        out[2, i] = log(p[i])
        out[3, i] = logistic(x[i])
        out[4, i] = normal_quantile(p[i])
        out[5, i] = to_fen(x[i])


@chunk_loop
def draw_loop(seeds: Any, keys: Any, months: Any, purposes: Any, bits: Any, unit: Any) -> None:
    """Fill bits (3, n) with stream, draw and a child's key, and unit (n,) with uniforms."""
    for i in range(keys.shape[0]):
        stream = month_stream(seeds[i], keys[i], months[i])
        bits[0, i] = stream
        bits[1, i] = hash_draw(stream, purposes[i])
        bits[2, i] = child_key(keys[i], purposes[i])
        unit[i] = uniform(stream, purposes[i])


@chunk_loop
def happens_loop(keys: Any, chances: Any, shared: int, lanes: Any, purposes: Any, out: Any) -> None:
    """Fill out (n, event): whether each event happens to each key, from one shared hash."""
    for i in range(keys.shape[0]):
        stream = month_stream(1, keys[i], 0)
        bits = hash_draw(stream, shared)
        for e in range(lanes.shape[0]):
            out[i, e] = happens(bits, lanes[e], chances[e], stream, purposes[e])


@chunk_loop
def lanes_loop(bits: Any, bounds: Any, parts: Any, out: Any) -> None:
    """Fill out (n,): whether any event may happen; and parts (n, 3) with the thirds of bits."""
    for i in range(bits.shape[0]):
        out[i] = 1 if any_may_happen(bits[i], bounds[i, 0], bounds[i, 1]) else 0
        for which in range(3):
            parts[i, which] = third(bits[i], which)
