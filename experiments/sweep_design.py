"""Where the points of an experiment lie: grid, list, Latin hypercube, Sobol sequence."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from experiments.sweep_file import SweepFile, Value, Vary
from experiments.sweep_vary import default_label


@dataclass(frozen=True)
class DesignPoint:
    """Values of everything that is varied, at one point, before counties and policies."""

    label: str
    label_zh: str
    values: dict[str, Value]


def design_points(file: SweepFile) -> list[DesignPoint]:
    """Lay out the points of an experiment, in an order that is the same every time."""
    if file.design == "list":
        return [DesignPoint(p.label, p.label_zh, dict(p.set)) for p in file.point]
    names = [one.name for one in file.vary]
    rows = _grid(file.vary) if file.design == "grid" else _sample(file)
    points = []
    for row in rows:
        values = dict(zip(names, row, strict=True))
        points.append(DesignPoint(default_label(values, names), "", values))
    return points


def count_points(file: SweepFile) -> int:
    """How many points there are, without laying them out."""
    if file.design == "list":
        return len(file.point)
    if file.design != "grid":
        return file.points or 0
    return math.prod(len(one.values) or one.steps or 0 for one in file.vary)


def _grid(vary: Sequence[Vary]) -> list[tuple[Value, ...]]:
    """Every value with every other; the last varies fastest."""
    axes = []
    for one in vary:
        steps = np.linspace(0.0, 1.0, one.steps or 1)
        axes.append(list(one.values) or [_between(one, share) for share in steps.tolist()])
    return list(itertools.product(*axes))


def _sample(file: SweepFile) -> list[tuple[Value, ...]]:
    """Points in the unit cube, stretched onto what is varied."""
    count, width = file.points or 0, len(file.vary)
    if file.design == "sobol":
        with warnings.catch_warnings():
            # A number of points that is no power of two loses the balance, not the use.
            warnings.simplefilter("ignore", UserWarning)
            cube = qmc.Sobol(width, rng=file.design_seed).random(count)
    else:
        cube = qmc.LatinHypercube(width, rng=file.design_seed).random(count)
    return [
        tuple(_between(one, share) for one, share in zip(file.vary, row, strict=True))
        for row in cube.tolist()
    ]


def _between(one: Vary, share: float) -> Value:
    if one.values:
        return one.values[min(int(share * len(one.values)), len(one.values) - 1)]
    assert one.low is not None
    assert one.high is not None
    if one.scale == "log":
        value = math.exp(math.log(one.low) + share * (math.log(one.high) - math.log(one.low)))
    else:
        value = one.low + share * (one.high - one.low)
    # Twelve figures: the last bits of a product depend on the order of its factors.
    return min(max(float(f"{value:.12g}"), one.low), one.high)
