"""What the county's hospitals cannot treat is treated outside, illness by illness."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from abm.county import County, Place, Tier
from abm.model import Model
from agents.conditions import ILLNESSES, N_ILLNESSES
from agents.patient import NOWHERE
from tests.science.fuzzy import check_parts
from tests.science.runs import run

pytestmark = pytest.mark.science
INJURY = ILLNESSES.index("injury")
SEEDS = range(1, 9)


def outside_share(county: County, seed: int) -> np.ndarray:
    """(illness,) share of the admissions of people present that are outside, in a year."""
    counts = np.zeros((2, N_ILLNESSES))

    def count(model: Model) -> None:
        rows = model.residents
        there = (rows["admitted"] == 1) & (rows["elsewhere"] == 0) & (rows["slot"] != NOWHERE)
        ill = rows[there & (rows["cause"] >= 0)]
        place = model.providers["place"][model.network.provider[ill["village"], ill["slot"]]]
        for outside in (0, 1):
            chosen = (place != Place.IN_COUNTY) == outside
            counts[outside] += np.bincount(ill["cause"][chosen], minlength=N_ILLNESSES)

    run(county, 1, seed=seed, weight=20, each_month=count)
    return np.asarray(counts[1] / counts.sum(axis=0))


def test_an_illness_that_the_county_cannot_treat_leaves_it_and_no_other_does(
    typical: County,
) -> None:
    gap = typical.capability_gap.copy()
    rows = typical.providers
    hospitals = (rows["place"] == Place.IN_COUNTY) & (rows["tier"] == Tier.COUNTY)
    gap[hospitals, INJURY] -= 0.25
    worse = dataclasses.replace(typical, capability_gap=gap)
    change = np.array([outside_share(worse, s) - outside_share(typical, s) for s in SEEDS])
    check_parts("injuries outside, share", change[:, INJURY], (0.05, 0.5), [0.0, (-0.5, -0.02)])
    others = np.delete(change, INJURY, axis=1).mean(axis=1)
    check_parts("other illnesses outside, share", others, (-0.01, 0.01), [(0.05, 0.5)])
