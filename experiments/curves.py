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
    years, at = np.unique(rows["year"].to_numpy(), return_inverse=True)
    found = rows[headline.name].to_numpy(float)[np.argsort(at, kind="stable")]
    by_year = np.ma.masked_invalid(found.reshape(len(years), -1) * headline.factor)
    seeds = by_year.shape[1]
    mean = by_year.mean(axis=1).filled(np.nan)
    if seeds < 2:
        return years, mean, np.zeros(len(years))
    return years, mean, by_year.std(axis=1, ddof=1).filled(0.0) * half_width(1.0, seeds)
