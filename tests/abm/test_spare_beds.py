"""Beds for those who could do without: freely while there are some, none when needs take all."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from tests.conftest import PolicyMaker


@pytest.mark.parametrize(("factor", "lowest", "highest"), [(20.0, 1.0, 1.0), (0.05, 0.0, 0.0)])
def test_spare_beds_follow_what_needs_leave(
    tiny_county: County, policy_of: PolicyMaker, factor: float, lowest: float, highest: float
) -> None:
    rows = tiny_county.providers.copy()
    for name in ("beds", "nurses"):
        rows[name] = rows[name] * factor
    model = Model(dataclasses.replace(tiny_county, providers=rows), policy_of())
    for _ in range(3):
        model.step()
    here = (model.providers["place"] == 0) & (model.providers["tier"] == 2)
    found = model.providers["spare_bed_share"][here]
    assert np.all((found >= lowest) & (found <= highest)), found
