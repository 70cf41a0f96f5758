"""Sharing an effect out by channel: the arithmetic on figures that runs have given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from abm.indicators import INDICATORS
from abm.replay import CHANNELS
from experiments.headline import is_stock
from experiments.paired import difference
from experiments.why_runs import QUICK, SHAPLEY, WHOLE, Own, sets_of
from experiments.words import Lang, word

TOTAL, REST = "total", "rest"
PARTS = (TOTAL, *CHANNELS, REST)
"""Rows of an effect taken apart: all of it, each channel's part, and what is left."""


def leave_one_out(reference: np.ndarray, worth: Mapping[Own, np.ndarray]) -> dict[str, np.ndarray]:
    """What an effect loses when one channel alone is replayed; the rest is what that leaves.

    Parameters
    ----------
    reference
        (seed,) a figure under the reference.
    worth
        (seed,) the same under the policy, by the channels that are its own.

    Returns
    -------
    dict
        By name of the part, (seed,).
    """
    parts = {name: worth[WHOLE] - worth[WHOLE - {name}] for name in CHANNELS}
    total = worth[WHOLE] - reference
    return {TOTAL: total, **parts, REST: total - sum(parts.values())}


def shapley(reference: np.ndarray, worth: Mapping[Own, np.ndarray]) -> dict[str, np.ndarray]:
    """Each channel's mean contribution over all orders in which channels become the policy's own.

    Shares add up to what the channels do together; the rest is what the policy does with every
    channel replayed (Shapley 1953). Parameters and return as for :func:`leave_one_out`.
    """
    n = len(CHANNELS)
    parts = {name: np.zeros_like(reference) for name in CHANNELS}
    for name in CHANNELS:
        others = [other for other in CHANNELS if other != name]
        for size in range(n):
            chance = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for chosen in itertools.combinations(others, size):
                before = frozenset(chosen)
                parts[name] = parts[name] + chance * (worth[before | {name}] - worth[before])
    rest = worth[frozenset()] - reference
    return {TOTAL: worth[WHOLE] - reference, **parts, REST: rest}


_SHARED = {QUICK: leave_one_out, SHAPLEY: shapley}


def taken_apart(
    figures: Sequence[np.ndarray],
    own: Sequence[Own],
    names: Sequence[str],
    lead_years: int,
    method: str,
) -> pd.DataFrame:
    """Share out the effect on every indicator, with intervals over the seeds.

    Parameters
    ----------
    figures
        A seed each, (run, year, indicator) as :func:`experiments.why_runs.live_apart` gives them.
    own, names
        With which they were asked for: what is in all of ``own`` is idle.
    lead_years
        Years before the policy, which do not count.
    method
        QUICK or SHAPLEY.

    Returns
    -------
    pandas.DataFrame
        A row an (indicator, part): reference, value, low, high, sure, deviation, replicates,
        unit, and the method.
    """
    whole = np.array(figures)[:, :, lead_years:, :]
    rows: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        years = whole[:, :, :, place]
        values = years[:, :, -1] if is_stock(name) else years.mean(axis=2)
        worth = _worth(values[:, 1:], own, method)
        for part, gaps in _SHARED[method](values[:, 0], worth).items():
            found = difference(np.zeros_like(gaps), gaps)
            rows.append(
                {
                    "name": name,
                    "method": method,
                    "part": part,
                    "reference": float(values[:, 0].mean()),
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "sure": found.sure,
                    "deviation": found.deviation,
                    "replicates": len(gaps),
                    "unit": INDICATORS[name].unit,
                }
            )
    return pd.DataFrame(rows)


def _worth(values: np.ndarray, own: Sequence[Own], method: str) -> dict[Own, np.ndarray]:
    """Each set's (seed,) figures; channels that are idle are their own in every run."""
    idle = frozenset.intersection(*own)
    run = {channels: place for place, channels in enumerate(own)}
    return {chosen: values[:, run[chosen | idle]] for chosen in sets_of(method)}


def named(part: str, method: str, lang: Lang) -> str:
    """What a part of an effect is called."""
    if part in CHANNELS:
        channel = CHANNELS[part]
        return channel.title_zh if lang == "zh" else channel.title
    return word("why total" if part == TOTAL else f"why {part} {method}", lang)
