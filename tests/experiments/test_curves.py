"""Means and bands of paths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.curves import band
from experiments.headline import HEADLINES
from experiments.paired import half_width

HEADLINE = next(headline for headline in HEADLINES if headline.factor != 1)


@pytest.mark.parametrize("missing", [False, True])
def test_a_band_is_the_interval_of_each_years_mean(missing: bool) -> None:
    rng = np.random.default_rng(7)
    rows = pd.DataFrame(
        [(seed, year, rng.normal()) for seed in (3, 1, 2) for year in (2026, 2025, 2027)],
        columns=["seed", "year", HEADLINE.name],
    )
    if missing:
        rows.loc[rows["year"] == 2025, HEADLINE.name] = np.nan
        rows.loc[1, HEADLINE.name] = np.nan
    years, mean, half = band(rows, HEADLINE)
    groups = rows.groupby("year")[HEADLINE.name]
    assert years.tolist() == [2025, 2026, 2027]
    assert mean == pytest.approx(groups.mean().to_numpy() * HEADLINE.factor, nan_ok=True)
    spread = groups.std(ddof=1).fillna(0.0).to_numpy() * HEADLINE.factor
    assert half == pytest.approx(spread * half_width(1.0, 3))


def test_one_run_has_no_band() -> None:
    rows = pd.DataFrame({"seed": [1, 1], "year": [2025, 2026], HEADLINE.name: [0.1, 0.2]})
    _, mean, half = band(rows, HEADLINE)
    assert mean.tolist() == pytest.approx([0.1 * HEADLINE.factor, 0.2 * HEADLINE.factor])
    assert half.tolist() == [0.0, 0.0]
