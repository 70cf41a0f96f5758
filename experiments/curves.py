"""How paths of policies are shown, on paper and on the page: colours, means and bands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.headline import Headline
from experiments.paired import half_width

COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Told apart by people with every kind of colour vision (Okabe and Ito 2008)."""


def band(rows: pd.DataFrame, headline: Headline) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Years, mean over seeds and half-width of its 95 % interval, as shown.

    Parameters
    ----------
    rows
        A row a (seed, year) of one policy.
    """
    groups = rows.groupby("year")[headline.name]
    mean = groups.mean().to_numpy() * headline.factor
    seeds = rows["seed"].nunique()
    deviation = groups.std(ddof=1).fillna(0.0).to_numpy() * headline.factor
    half = deviation * (half_width(1.0, seeds) if seeds > 1 else 0.0)
    return groups.mean().index.to_numpy(), mean, half
