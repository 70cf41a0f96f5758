from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.clinics import LEAST_AGENT_VISITS, pool_clinics, visits_per_month
from abm.county import County, Place, Tier
from abm.network import build_network
from abm.people import start_columns
from agents.foundation.errors import InputError
from agents.foundation.slots import N_SLOTS
from calibration.county import County as LoadedCounty
from calibration.county import county_names

PLACE_OF_CELL = ("sex", "age_from", "age_to", "elsewhere")


@pytest.fixture(scope="module", params=county_names())
def county(request: pytest.FixtureRequest) -> County:
    return LoadedCounty.load(request.param)


def people(county: County) -> np.ndarray:
    present = county.population["elsewhere"] == 0
    cells = county.population[present]
    return np.bincount(cells["village"], cells["persons"], len(county.villages))


def by_cell(county: County) -> dict[tuple[int, ...], int]:
    """Persons by sex, age and home, whatever the village."""
    sums: dict[tuple[int, ...], int] = {}
    for cell in county.population:
        key = tuple(int(cell[name]) for name in PLACE_OF_CELL)
        sums[key] = sums.get(key, 0) + int(cell["persons"])
    return sums


@pytest.mark.parametrize("weight", [10, 50])
def test_pooling_loses_nobody_and_nothing(county: County, weight: int) -> None:
    pooled = pool_clinics(county, weight)
    assert len(pooled.villages) < len(county.villages)
    assert by_cell(pooled) == by_cell(county)
    assert np.isclose(
        people(county) @ county.villages["income_yuan"],
        people(pooled) @ pooled.villages["income_yuan"],
    )
    for name in ("beds", "cash_yuan", "fixed_cost_yuan", "subsidy_yuan"):
        before, after = (
            np.bincount(c.providers["tier"], c.providers[name].astype(float), 5)
            for c in (county, pooled)
        )
        assert np.allclose(before, after, rtol=1e-12), name
    for name in ("doctors", "minutes", "pay"):
        before, after = (staff_by_tier(c, name) for c in (county, pooled))
        assert np.allclose(before, after, rtol=1e-12), name


def staff_by_tier(county: County, name: str) -> np.ndarray:
    staff = county.staff
    each = {"doctors": 1.0, "minutes": staff["minutes_per_month"], "pay": staff["base_pay_yuan"]}
    tier = county.providers["tier"][staff["provider"]]
    return np.bincount(tier, staff["doctors"] * each[name], 5)


@pytest.mark.parametrize("weight", [2, 10, 50, 200])
def test_every_pool_has_its_clinic_and_enough_agents(county: County, weight: int) -> None:
    pooled = pool_clinics(county, weight)
    assert visits_per_month(pooled).min() / weight >= LEAST_AGENT_VISITS
    network = build_network(pooled)
    villages = len(pooled.villages)
    own = network.provider[:villages, 0]
    assert np.array_equal(pooled.providers["village"][own], np.arange(villages))
    centre = network.provider[:villages, 1]
    assert np.array_equal(pooled.providers["township"][centre], pooled.villages["township"])
    assert (pooled.providers["tier"][centre] == Tier.TOWNSHIP).all()
    options = (network.provider >= 0).sum(axis=1)
    assert options.max() <= N_SLOTS
    # Whoever could go to a hospital in the county before can do so now.
    tiers = network.tier[:villages]
    assert (tiers == Tier.COUNTY).any(axis=1).all()
    assert len(set(pooled.village_names)) == villages
    assert len(pooled.township_names) == pooled.villages["township"].max() + 1


def test_pooled_clinics_are_not_pooled_further_than_needed(county: County) -> None:
    pooled = pool_clinics(county, 50)
    clinic = pooled.providers["tier"] == Tier.VILLAGE
    clinic &= pooled.providers["place"] == Place.IN_COUNTY
    seen = visits_per_month(pooled)[clinic] / 50
    largest = visits_per_month(county)[county.providers["tier"] == Tier.VILLAGE].max() / 50
    # A pool is closed as soon as it has enough; the last of a township takes the rest.
    assert np.median(seen) < LEAST_AGENT_VISITS + largest
    assert seen.max() < 2 * LEAST_AGENT_VISITS + largest


def test_no_larger_provider_is_lost_unless_its_township_was_joined(typical: County) -> None:
    pooled = pool_clinics(typical, 50)
    names = {
        name
        for name, tier in zip(typical.provider_names, typical.providers["tier"], strict=True)
        if tier != Tier.VILLAGE
    }
    assert names <= set(pooled.provider_names)


def test_an_island_shares_the_centre_of_its_nearest_neighbour(typical: County) -> None:
    # A township of 200 people, far out, whose clinic and centre would see 2 agents at 1:20.
    island = typical.villages["township"] == 3
    population = typical.population.copy()
    on_island = island[population["village"]]
    population["persons"][on_island] = np.minimum(population["persons"][on_island], 1)
    small = dataclasses.replace(typical, population=population)
    pooled = pool_clinics(small, 20)
    assert len(pooled.township_names) == len(typical.township_names) - 1
    assert typical.township_names[3] not in pooled.township_names
    assert visits_per_month(pooled).min() / 20 >= LEAST_AGENT_VISITS
    assert by_cell(pooled) == by_cell(small)
    assert pooled.providers["beds"].sum() == typical.providers["beds"].sum()


def test_pooled_clinics_treat_each_illness_as_theirs_did_in_the_mean_of_people(
    typical: County,
) -> None:
    rng = np.random.default_rng(9)
    gap = rng.uniform(-0.1, 0.1, typical.capability_gap.shape)
    pooled = pool_clinics(dataclasses.replace(typical, capability_gap=gap), 50)
    clinic = typical.providers["village"] >= 0
    wanted = people(typical)[typical.providers["village"][clinic]] @ gap[clinic]
    left = pooled.providers["village"] >= 0
    assert left.sum() < clinic.sum()
    present = pooled.population[pooled.population["elsewhere"] == 0]
    served = np.bincount(present["village"], present["persons"], len(pooled.villages))
    found = served[pooled.providers["village"][left]] @ pooled.capability_gap[left]
    assert found == pytest.approx(wanted)


def test_weight_one_changes_nothing(county: County) -> None:
    assert pool_clinics(county, 1) is county


@pytest.mark.parametrize("weight", [0, -3])
def test_a_weight_below_one_is_refused(typical: County, weight: int) -> None:
    with pytest.raises(InputError, match=f"weight {weight}: an agent stands for 1 person or more"):
        pool_clinics(typical, weight)


def test_a_weight_too_large_is_refused_and_the_largest_allowed_is_right(county: County) -> None:
    with pytest.raises(InputError, match=r"weight 100000: .* allowed for this county: 1 to") as e:
        pool_clinics(county, 100_000)
    most = int(str(e.value).rsplit(" ", 1)[1])
    pool_clinics(county, most)
    with pytest.raises(InputError):
        pool_clinics(county, most + 1)


@settings(max_examples=20)
@given(weight=st.integers(1, 300))
def test_agents_stand_for_everybody_to_one_agent(typical: County, weight: int) -> None:
    pooled = pool_clinics(typical, weight)
    columns = start_columns(pooled, weight)
    persons = int(typical.population["persons"].sum())
    assert abs(len(columns["village"]) * weight - persons) <= weight
    # Each age band to within what rounding each of its cells may do.
    cells = pooled.population
    for age_from in np.unique(cells["age_from"]):
        cell = cells[cells["age_from"] == age_from]
        months = columns["age_months"]
        agents = (months >= age_from * 12) & (months < (cell["age_to"][0] + 1) * 12)
        noise = 4 * weight * np.sqrt(len(cell) / 6.0) + weight
        assert abs(agents.sum() * weight - cell["persons"].sum()) <= noise
