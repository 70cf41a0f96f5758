from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pytest

from abm.county import County, Place, Tier
from abm.network import build_network, referral_graph
from agents.foundation.errors import InputError
from agents.foundation.slots import N_SLOTS


def test_slots_hold_own_clinic_own_centre_then_rise_by_tier_and_distance(typical: County) -> None:
    network, rows = build_network(typical), typical.providers
    for village in range(len(typical.villages)):
        township = typical.villages["township"][village]
        clinic, centre, *rest = network.provider[village]
        assert clinic < 0 or (rows["tier"][clinic], rows["village"][clinic]) == (0, village)
        assert (rows["tier"][centre], rows["township"][centre]) == (1, township)
        there = [p for p in rest if p >= 0]
        order = [(rows["tier"][p], typical.travel_minutes[village, p], p) for p in there]
        assert order == sorted(order)
        reached = np.flatnonzero(np.isfinite(typical.travel_minutes[village]))
        assert sorted([p for p in network.provider[village] if p >= 0]) == reached.tolist()


def test_tiers_and_minutes_are_those_of_the_providers(tiny_county: County) -> None:
    network = build_network(tiny_county)
    for (village, slot), p in np.ndenumerate(network.provider):
        assert network.tier[village, slot] == (tiny_county.providers["tier"][p] if p >= 0 else -1)
        if p >= 0 and village < len(tiny_county.villages):
            assert network.minutes[village, slot] == tiny_county.travel_minutes[village, p]


def test_the_last_row_is_life_elsewhere(tiny_county: County) -> None:
    network = build_network(tiny_county)
    last = network.provider[-1]
    elsewhere = np.flatnonzero(tiny_county.providers["place"] == Place.ELSEWHERE)
    assert sorted(last[last >= 0]) == elsewhere.tolist()
    assert (np.diff(network.tier[-1][last >= 0]) >= 0).all()
    assert not np.isin(elsewhere, network.provider[:-1]).any()


def cut_off(county: County, village: int, keep: int) -> County:
    travel = county.travel_minutes.copy()
    reached = np.flatnonzero(np.isfinite(travel[village]))
    travel[village, reached[keep:]] = np.inf
    return dataclasses.replace(county, travel_minutes=travel)


def test_a_village_without_a_way_is_named(tiny_county: County) -> None:
    with pytest.raises(InputError) as caught:
        build_network(cut_off(tiny_county, 2, 0))
    assert caught.value.problems == [
        f"travel.csv: village {tiny_county.village_names[2]} reaches 0 providers; "
        f"allowed: 1 to {N_SLOTS}"
    ]


def test_a_village_with_too_many_ways_is_named(typical: County) -> None:
    travel = typical.travel_minutes.copy()
    travel[5, :20] = 30.0
    reached = int(np.isfinite(travel[5]).sum())
    assert reached > N_SLOTS
    with pytest.raises(InputError) as caught:
        build_network(dataclasses.replace(typical, travel_minutes=travel))
    assert len(caught.value.problems) == 1
    assert typical.village_names[5] in caught.value.problems[0]


def test_the_message_tells_how_many_ways_there_are(typical: County) -> None:
    travel = typical.travel_minutes.copy()
    travel[5, :20] = 30.0
    reached = int(np.isfinite(travel[5]).sum())
    with pytest.raises(InputError, match=f"reaches {reached} providers"):
        build_network(dataclasses.replace(typical, travel_minutes=travel))


def test_a_village_without_a_clinic_of_its_own_keeps_its_centre_in_place(
    tiny_county: County,
) -> None:
    own = tiny_county.providers["village"] == 0
    travel = tiny_county.travel_minutes.copy()
    travel[0, own] = np.inf
    network = build_network(dataclasses.replace(tiny_county, travel_minutes=travel))
    assert network.provider[0, 0] == -1
    assert network.tier[0, 1] == Tier.TOWNSHIP


def test_consortia_answer_for_the_villages_of_their_centres(tiny_county: County) -> None:
    providers = tiny_county.providers.copy()
    centres = np.flatnonzero(providers["tier"] == Tier.TOWNSHIP)
    here = centres[providers["place"][centres] == Place.IN_COUNTY]
    providers["consortium"] = -1
    providers["consortium"][here] = providers["township"][here] % 2
    county = dataclasses.replace(tiny_county, providers=providers)
    network = build_network(county)
    assert network.group[:-1].tolist() == (county.villages["township"] % 2).tolist()


def test_the_graph_leads_from_villages_upwards(tiny_county: County) -> None:
    network = build_network(tiny_county)
    graph = referral_graph(tiny_county, network)
    assert nx.is_directed_acyclic_graph(graph)
    tiers = [tier.name.lower() for tier in Tier]
    for one, other, data in graph.edges(data=True):
        if data.get("referral"):
            levels = [tiers.index(graph.nodes[node]["tier"]) for node in (one, other)]
            assert levels[0] < levels[1]
        else:
            assert one[0] == "village"
            assert data["minutes"] == tiny_county.travel_minutes[one[1], other[1]]
