"""Forecast of a year's spending that an insurance office and a hospital can make themselves.

The rest of the year follows last year's months at this year's pace; its uncertainty is
learned from how far such forecasts were off.
"""

from __future__ import annotations

import numpy as np

PRIOR_MONTHS = 2.0
"""Months of last year's pace that weigh against this year's, so that January says little."""
HALF_WIDTH = 5.0**0.5
"""Half width of a parabolic density over its standard deviation."""


def rest_of_year(so_far: np.ndarray, last_months: np.ndarray, months_lived: int) -> np.ndarray:
    """What the months to come are likely to bring, (provider,).

    Parameters
    ----------
    so_far
        (provider,) this year's sum.
    last_months
        (12, provider) last year by month, its season.
    months_lived
        Months of this year behind us, 0 to 12.
    """
    behind = last_months[:months_lived].sum(axis=0)
    prior = last_months.sum(axis=0) * (PRIOR_MONTHS / 12.0)
    pace = np.divide(so_far + prior, behind + prior, out=np.ones(len(so_far)), where=prior > 0)
    return np.asarray(last_months[months_lived:].sum(axis=0) * pace)


def chance_above(level: np.ndarray, forecast: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Chance that what is forecast ends above a level, by a parabolic density.

    A smooth step that is exactly 0 or 1 far from the level; plain arithmetic, so that it has
    the same bits everywhere.

    Parameters
    ----------
    level, forecast, spread
        (n,); the spread is a standard deviation.
    """
    width = np.maximum(HALF_WIDTH * spread, 1e-9)
    x = np.clip((forecast - level) / width, -1.0, 1.0)
    return np.asarray(0.5 + 0.25 * x * (3.0 - x * x))
