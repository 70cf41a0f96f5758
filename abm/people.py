"""The county's people: those who live here at the start, the newborn, and arrivals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from abm.county import MAX_AGE, County, Tier
from abm.network import Network
from agents.beginning import Start, begin
from agents.foundation import draws
from agents.foundation.compile import chunk_loop
from agents.foundation.draws import child_key, month_stream, uniform

_FIRST_KEY: Any = np.uint64(0x5EED_0000_0000_0001)
_ARRIVAL_KEY: Any = np.uint64(0x5EED_0000_0000_0002)
BEFORE = -1
"""Month whose draws settle what residents have at the start."""


def start_tables(county: County, network: Network) -> Start:
    """What residents have when they begin, from the county's tables."""
    c, value = county.conditions, county.value
    by_tier = np.array([value(f"belief.initial.{tier.name.lower()}") for tier in Tier])
    return Start(
        prevalence=c.prevalence,
        stage_share=np.ascontiguousarray(np.cumsum(c.stage_share, axis=1)),
        aware=c.aware_share,
        managed=c.managed_share,
        controlled=c.controlled_share,
        scheme_share=np.ascontiguousarray(np.cumsum(county.scheme_share, axis=0)),
        village_income_yuan=np.ascontiguousarray(county.villages["income_yuan"]),
        income_sigma=value("people.income_sigma"),
        aided_share=np.ascontiguousarray(county.villages["aided_share"]),
        belief=np.where(network.tier >= 0, by_tier[network.tier], 0.0),
        belief_spread=value("belief.spread"),
        contract_share=value("contract.start_share"),
        contract_share_key_groups=value("contract.start_share_key_groups"),
    )


def start_columns(county: County, weight: int) -> dict[str, np.ndarray]:
    """Village, sex, age and home of the residents at the start, sorted by village.

    Cells of the population table are filled in the order of villages; with a weight w
    every w-th person stands for w, so that totals agree to one agent.

    Returns
    -------
    dict
        Columns of PATIENT, each of shape (n,).
    """
    cells = county.population[np.argsort(county.population["village"], kind="stable")]
    ends = np.cumsum(cells["persons"])
    upto: Any = np.floor(ends / weight + 0.5).astype(np.int64)
    agents: Any = np.diff(upto, prepend=0)
    cell = np.repeat(np.arange(len(cells)), agents)
    within = np.arange(len(cell)) - np.repeat(np.cumsum(agents) - agents, agents)
    months = (cells["age_to"] - cells["age_from"] + 1) * 12
    spread = (within + 0.5) / agents[cell]
    columns = {name: cells[name][cell] for name in ("village", "sex", "elsewhere")}
    columns["age_months"] = cells["age_from"][cell] * 12 + (spread * months[cell]).astype(int)
    return columns


@chunk_loop
def number_keys(rows: Any, start: int, stop: int) -> None:
    """Give the residents of the start their keys, by number."""
    for row in range(start, stop):
        rows[row].key = child_key(_FIRST_KEY, row)


@chunk_loop
def begin_chunk(rows: Any, start: int, stop: int, tables: Start, seed: int, month: int) -> None:
    """Let residents of a chunk begin."""
    for row in range(start, stop):
        stream = month_stream(seed, rows[row].key, month)
        begin(rows[row], tables, stream)


@chunk_loop
def bear_children(rows: Any, mothers: Any, first: int, seed: int, month: int) -> None:
    """Fill the rows of newborn children from their mothers'.

    Parameters
    ----------
    mothers
        (n,) rows of the mothers.
    first
        Row of the first child; the n rows from there are filled.
    """
    for n in range(mothers.shape[0]):
        mother, child = rows[mothers[n]], rows[first + n]
        mother.births = min(mother.births + 1, 100)
        child.key = child_key(mother.key, mother.births)
        child.village = mother.village
        child.elsewhere = mother.elsewhere
        child.alive = 1
        stream = month_stream(seed, child.key, month)
        child.sex = 1 if uniform(stream, draws.SEX) < 0.517 else 0


@chunk_loop
def settle_arrivals(
    rows: Any, villages: Any, slots: Any, first: int, age_share: Any, seed: int, month: int
) -> None:
    """Fill the rows of people who move in.

    Parameters
    ----------
    villages, slots
        (n,) where each settles, and as which of this month's arrivals there.
    age_share
        (age,) cumulative share of ages among arrivals.
    """
    for n in range(villages.shape[0]):
        row = rows[first + n]
        place = child_key(child_key(_ARRIVAL_KEY, villages[n]), month)
        row.key = child_key(place, slots[n])
        row.village = villages[n]
        row.alive = 1
        stream = month_stream(seed, row.key, month)
        draw = uniform(stream, draws.AGE)
        age = 0
        while age < age_share.shape[0] - 1 and draw >= age_share[age]:
            age += 1
        row.age_months = age * 12
        row.sex = 1 if uniform(stream, draws.SEX) < 0.5 else 0


class Arrivals:
    """How many people move in, to which village, at what ages.

    Parameters
    ----------
    county
        Its population and migration tables; arrivals follow the people present at the
        start, not those of today, so that a policy changes nobody's coming.
    weight
        People that an agent stands for.
    """

    def __init__(self, county: County, weight: int) -> None:
        present = county.population[county.population["elsewhere"] == 0]
        by_age = np.zeros(MAX_AGE + 1)
        rate = county.migration_per_year[3]
        villages = len(county.villages)
        self.expected = np.zeros(villages)
        for cell in present:
            ages = np.arange(cell["age_from"], cell["age_to"] + 1)
            coming = cell["persons"] / len(ages) * rate[np.minimum(ages, MAX_AGE)]
            np.add.at(by_age, np.minimum(ages, MAX_AGE), coming)
            self.expected[cell["village"]] += coming.sum() / 12.0 / weight
        total = by_age.sum()
        self.age_share = np.cumsum(by_age) / total if total > 0 else np.ones(MAX_AGE + 1)

    def places(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Villages and slots of a month's arrivals, from their number by village."""
        villages = np.repeat(np.arange(len(counts)), counts)
        slots = np.arange(len(villages)) - np.repeat(np.cumsum(counts) - counts, counts)
        return villages, slots


@chunk_loop
def count_arrivals(expected: Any, counts: Any, seed: int, month: int) -> None:
    """Round the expected arrivals of each village to whole agents by a draw."""
    for village in range(expected.shape[0]):
        stream = month_stream(seed, child_key(_ARRIVAL_KEY, village), month)
        whole = math.floor(expected[village])
        extra = uniform(stream, draws.ARRIVAL) < expected[village] - whole
        counts[village] = whole + (1 if extra else 0)
