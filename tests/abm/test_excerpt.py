from __future__ import annotations

import numpy as np
import pytest

from abm.county import County, Place
from abm.excerpt import excerpt
from abm.network import build_network
from agents.foundation.errors import InputError


def test_an_excerpt_is_a_whole_county(typical: County, tiny_county: County) -> None:
    assert tiny_county.population["persons"].sum() == 1500
    assert (len(tiny_county.township_names), len(tiny_county.villages)) == (2, 8)
    network = build_network(tiny_county)
    assert np.array_equal(tiny_county.providers["village"][network.provider[:8, 0]], np.arange(8))
    assert set(tiny_county.staff["provider"]) == set(range(len(tiny_county.providers)))
    assert tiny_county.label.startswith("Excerpt of 1500 people")
    assert type(tiny_county) is type(typical)


def test_room_shrinks_with_the_people_who_reach_it(typical: County, tiny_county: County) -> None:
    def a_head(county: County, tier: int) -> float:
        here = county.providers["place"] == Place.IN_COUNTY
        chosen = here & (county.providers["tier"] == tier)
        staff = county.staff[chosen[county.staff["provider"]]]
        minutes = (staff["doctors"] * staff["minutes_per_month"]).sum()
        return float(minutes / county.population["persons"].sum())

    for tier in (0, 1, 2):
        assert a_head(tiny_county, tier) == pytest.approx(a_head(typical, tier), rel=0.5)


def test_the_digest_tells_one_excerpt_from_another(typical: County) -> None:
    digests = {
        county.digest
        for county in (
            typical,
            excerpt(typical, persons=1000),
            excerpt(typical, persons=1001),
            excerpt(typical, townships=1, persons=1000),
        )
    }
    assert len(digests) == 4
    assert excerpt(typical, persons=1000).digest in digests


def test_impossible_sizes_are_refused_all_at_once(typical: County) -> None:
    with pytest.raises(InputError) as caught:
        excerpt(typical, townships=0, villages_each=-1, persons=10**9)
    assert len(caught.value.problems) == 3
    assert "persons 1000000000; allowed: 1 to 470000" in caught.value.problems[2]
