"""Paired differences under common random numbers: how large, how sure, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
FEWEST_REPLICATES = 3
"""Before so many pairs the spread is not known well enough to stop."""
MOST_FORESEEN = 10_000


@dataclass(frozen=True)
class Difference:
    """Difference of one figure between two policies over the replicates.

    Attributes
    ----------
    value, low, high
        Mean of the paired differences and its 95 % t-interval.
    sure
        Whether the interval leaves zero out.
    deviation
        Standard deviation of the paired differences over seeds.
    saved
        How many times as many replicates independent seeds would have taken for the same
        interval: (variance of A + variance of B) / variance of the paired difference.
    """

    value: float
    low: float
    high: float
    sure: bool
    deviation: float
    saved: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def difference(reference: np.ndarray, other: np.ndarray) -> Difference:
    """Compare two sets of replicates whose seeds agree pairwise.

    Parameters
    ----------
    reference, other
        (seed,) values of one figure under each policy, seeds in the same order.

    Returns
    -------
    Difference
        Other minus reference. With one replicate the interval is infinite.
    """
    gaps = np.asarray(other, float) - np.asarray(reference, float)
    n = len(gaps)
    value = float(gaps.mean())
    if n < 2:
        return Difference(value, -np.inf, np.inf, False, np.nan, np.nan)
    deviation = float(gaps.std(ddof=1))
    half = half_width(deviation, n)
    paired = deviation**2
    apart = float(np.var(reference, ddof=1) + np.var(other, ddof=1))
    endless = np.inf if apart > 0 else np.nan
    saved = apart / paired if paired > 0 else endless
    low, high = value - half, value + half
    # Equal in every pair is no evidence of a difference, though the interval has no width.
    return Difference(value, low, high, bool(low > 0 or high < 0), deviation, float(saved))


def half_width(deviation: float, n: int) -> float:
    """Half the width of the t-interval of a mean of ``n`` values."""
    return _student(n) * deviation / n**0.5


@cache
def _student(n: int) -> float:
    """How many standard errors to each side the interval of a mean of ``n`` values reaches."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))


def replicates_needed(deviation: float, aim: float) -> int | None:
    """Fewest replicates whose interval is expected to be no wider than ``aim`` to each side.

    Parameters
    ----------
    deviation
        Standard deviation of the paired differences.
    aim
        Half-width asked for, in the same unit.

    Returns
    -------
    int or None
        None if more than ``MOST_FORESEEN`` would be needed or nothing can be said.
    """
    if not (np.isfinite(deviation) and aim > 0):
        return None
    enough = np.flatnonzero(_unit_half_widths() * deviation <= aim)
    return int(enough[0]) + 2 if len(enough) else None


@cache
def _unit_half_widths() -> np.ndarray:
    """(n,) half-widths at deviation 1, from two replicates on."""
    counts = np.arange(2, MOST_FORESEEN + 1)
    return np.asarray(stats.t.ppf((1 + CONFIDENCE) / 2, counts - 1) / np.sqrt(counts))
