"""The referral network: which providers each village's people choose from, and how far."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from abm.county import County, Place, Tier
from agents.foundation.errors import InputError
from agents.foundation.slots import N_SLOTS


@dataclass(frozen=True)
class Network:
    """Options by (village, slot); the last row is for residents who live elsewhere.

    Slot 0 is the own village clinic and slot 1 the own township centre, where there are.
    """

    provider: np.ndarray
    """(village + 1, slot) row of the provider, -1 for an empty slot."""
    tier: np.ndarray
    """(village + 1, slot) its tier, -1 for an empty slot."""
    minutes: np.ndarray
    """(village + 1, slot) one way."""
    group: np.ndarray
    """(village + 1,) consortium that answers for the village's people, 0 if none."""


def build_network(county: County) -> Network:
    """Take the options of each village from the county's travel table.

    Raises
    ------
    InputError
        If a village has more options than slots, or nowhere to go.
    """
    villages = len(county.villages)
    provider = np.full((villages + 1, N_SLOTS), -1, np.int64)
    minutes = np.zeros((villages + 1, N_SLOTS))
    problems = []
    for village in range(villages):
        chosen = _options_of(county, village)
        reached = int(np.isfinite(county.travel_minutes[village]).sum())
        if not chosen or len(chosen) > N_SLOTS:
            name = county.village_names[village]
            problems.append(
                f"travel.csv: village {name} reaches {reached} providers; allowed: 1 to {N_SLOTS}"
            )
            continue
        for slot, p in chosen.items():
            provider[village, slot] = p
            minutes[village, slot] = county.travel_minutes[village, p]
    if problems:
        raise InputError(problems)
    elsewhere = np.flatnonzero(county.providers["place"] == Place.ELSEWHERE)
    elsewhere = elsewhere[np.argsort(county.providers["tier"][elsewhere], kind="stable")]
    provider[villages, : len(elsewhere)] = elsewhere
    minutes[villages, : len(elsewhere)] = 20.0
    tier = np.where(provider >= 0, county.providers["tier"][provider], -1)
    return Network(provider, tier.astype(np.int64), minutes, _groups(county, provider))


def _options_of(county: County, village: int) -> dict[int, int]:
    """Slot to provider: own clinic, own township centre, then by tier and distance."""
    minutes = county.travel_minutes[village]
    reached = [int(p) for p in np.flatnonzero(np.isfinite(minutes))]
    township = county.villages["township"][village]
    own_clinic = [p for p in reached if county.providers["village"][p] == village]
    centres = [
        p
        for p in reached
        if county.providers["tier"][p] == Tier.TOWNSHIP
        and county.providers["township"][p] == township
    ]
    slots: dict[int, int] = {}
    if own_clinic:
        slots[0] = own_clinic[0]
    if centres:
        slots[1] = centres[0]
    rest = [p for p in reached if p not in slots.values()]
    rest.sort(key=lambda p: (county.providers["tier"][p], minutes[p], p))
    free = [slot for slot in range(2, N_SLOTS + len(rest)) if slot not in slots]
    slots.update(zip(free, rest, strict=False))
    return slots if max(slots, default=0) < N_SLOTS else dict.fromkeys(range(N_SLOTS + 1), 0)


def _groups(county: County, provider: np.ndarray) -> np.ndarray:
    """Consortium of each village's own township centre, else of its own clinic, else 0."""
    group = np.zeros(len(provider), np.int64)
    consortium = county.providers["consortium"]
    for village in range(len(provider) - 1):
        for slot in (0, 1):
            p = provider[village, slot]
            if p >= 0 and consortium[p] >= 0:
                group[village] = consortium[p]
    return group


def referral_graph(county: County, network: Network) -> nx.DiGraph:
    """The network as a directed graph: villages to their providers, and upwards.

    Nodes carry ``kind``, ``tier`` and ``name``; edges carry ``minutes`` where a village
    goes to a provider, and ``referral=True`` where a provider sends patients up.
    """
    graph = nx.DiGraph(name=county.name)
    for p, name in enumerate(county.provider_names):
        level = Tier(county.providers["tier"][p]).name.lower()
        graph.add_node(("provider", p), kind="provider", tier=level, name=name)
    for v, name in enumerate(county.village_names):
        graph.add_node(("village", v), kind="village", tier="", name=name)
        options = [
            (int(t), int(p), float(m))
            for p, t, m in zip(
                network.provider[v], network.tier[v], network.minutes[v], strict=True
            )
            if p >= 0
        ]
        for tier, p, minutes in options:
            graph.add_edge(("village", v), ("provider", p), minutes=minutes)
            for other_tier, above, _ in options:
                if other_tier > tier:
                    graph.add_edge(("provider", p), ("provider", above), referral=True)
    return graph
