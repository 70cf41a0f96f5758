from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abm.county import County
from abm.digest import digest
from abm.excerpt import excerpt
from abm.model import Model
from abm.phases import PHASES
from abm.policy import Policy
from agents.patient import Patient
from experiments.extra_birth import as_it_stands, bear_one_more, rows_changed, uncoupled
from experiments.plain_run import digest_without_compilation, run_digest
from experiments.verify import scheme_policies

PolicyMaker = Callable[..., Policy]
MONTHS = 14


@pytest.fixture(scope="module")
def busy_county(tiny_county: County) -> County:
    """The tiny county with a quarter fewer doctors' minutes: queues bind in most months."""
    staff = tiny_county.staff.copy()
    staff["minutes_per_month"] *= 0.75
    return dataclasses.replace(tiny_county, staff=staff)


@pytest.fixture(scope="module")
def village_pair(typical: County) -> County:
    """500 people in 2 villages, few for plain Python, short of doctors and beds: queues bind."""
    county = excerpt(typical, townships=2, villages_each=1, persons=500)
    staff = county.staff.copy()
    staff["minutes_per_month"] *= 0.68
    providers = county.providers.copy()
    providers["beds"] = providers["beds"] * 0.75
    return dataclasses.replace(county, staff=staff, providers=providers)


@pytest.fixture(scope="module")
def compiled(village_pair: County, policy_of: PolicyMaker) -> str:
    return run_digest(village_pair, policy_of("bundle", 12), policy_of(), MONTHS)


def test_any_number_of_threads_gives_the_same(busy_county: County, policy_of: PolicyMaker) -> None:
    policies = policy_of("bundle", 12), policy_of()
    found = {n: run_digest(busy_county, *policies, MONTHS, threads=n) for n in (1, 2, 3, 4, 7)}
    assert len(set(found.values())) == 1, found


def test_who_takes_which_work_does_not_matter(tiny_county: County, policy_of: PolicyMaker) -> None:
    models = [Model(tiny_county, policy_of(), threads=n) for n in (1, 3)]
    turn = 0

    def one_after_another(work: Callable[[int], Any]) -> None:
        # Whoever begins takes all, in care from the queue of another.
        nonlocal turn
        turn += 1
        for worker in range(3):
            work((worker + turn) % 3)

    models[1].engine.each = one_after_another  # type: ignore[method-assign]
    for model in models:
        for _ in range(MONTHS):
            model.step()
    assert digest(models[0]) == digest(models[1])


def test_children_stand_in_the_order_of_their_mothers(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    models = [Model(tiny_county, policy_of(), threads=n) for n in (1, 2)]
    children, some = [], np.arange(20)
    for model in models:
        for phase in PHASES[:3]:
            phase.run(model)
        births, mothers = model.buffers.life["births"], model.buffers.mothers
        workers = len(mothers)
        for worker in range(workers):
            # As if each had taken every second resident, the second worker the first of all.
            hers = some[workers - 1 - worker :: workers]
            births[worker, 0], mothers[worker, : len(hers)] = len(hers), hers
        first = len(model.residents)
        PHASES[3].run(model)
        children.append(model.residents["key"][first:].tolist())
    assert children[0] == children[1]


def test_queues_bind_in_the_counties_of_these_tests(
    busy_county: County, village_pair: County, policy_of: PolicyMaker
) -> None:
    # Otherwise equal digests would say nothing about the order in which people are seen.
    for county in (busy_county, village_pair):
        model = Model(county, policy_of())
        for _ in range(MONTHS):
            model.step()
        assert sum(int(month["turned_away"].sum()) for month in model.tallies) > 20
        assert sum(int(month["no_bed"].sum()) for month in model.tallies) > 5


def test_agent_by_agent_gives_the_same(
    village_pair: County, policy_of: PolicyMaker, compiled: str
) -> None:
    policies = policy_of("bundle", 12), policy_of()
    assert run_digest(village_pair, *policies, MONTHS, agent_by_agent=True) == compiled


COMPOSED = {"lines": ["heads", "cases", "long_stays", "bundle"], "cases": {"by_treatment": True}}


def test_agent_by_agent_gives_the_same_where_every_record_of_a_case_is_paid_by(
    village_pair: County, policy_of: PolicyMaker
) -> None:
    policies = policy_of("composition", 12, payment=COMPOSED), policy_of()
    compiled = run_digest(village_pair, *policies, MONTHS)
    assert run_digest(village_pair, *policies, MONTHS, agent_by_agent=True) == compiled


def test_any_number_of_threads_gives_the_same_under_every_scheme(
    busy_county: County, policy_of: PolicyMaker
) -> None:
    # From the second year on every scheme knows the year behind it.
    for policy in scheme_policies():
        found = {n: run_digest(busy_county, policy, policy_of(), MONTHS, threads=n) for n in (1, 3)}
        assert len(set(found.values())) == 1, policy.name


def test_a_process_without_compilation_gives_the_same(
    village_pair: County, policy_of: PolicyMaker, compiled: str
) -> None:
    policies = policy_of("bundle", 12), policy_of()
    assert digest_without_compilation(village_pair, *policies, MONTHS) == compiled


def test_a_run_without_compilation_that_fails_says_why(
    village_pair: County, policy_of: PolicyMaker
) -> None:
    with pytest.raises(RuntimeError, match=r"failed: .*'str'"):
        digest_without_compilation(village_pair, policy_of(), policy_of(), "two")  # type: ignore[arg-type]


def test_another_seed_gives_another_run(village_pair: County, policy_of: PolicyMaker) -> None:
    found = {
        run_digest(village_pair, policy_of(), policy_of(), 2, seed) for seed in (0, 1, 2**63 - 1)
    }
    assert len(found) == 3


def test_the_order_of_residents_does_not_matter(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    models = [Model(tiny_county, policy_of("bundle", 12), policy_of()) for _ in range(2)]
    rows = models[1].population(Patient).rows
    rows[:] = rows[np.random.default_rng(8).permutation(len(rows))]
    assert not np.array_equal(rows["key"], models[0].residents["key"])
    for model in models:
        for _ in range(MONTHS):
            model.step()
    sorted_rows = [model.residents[np.argsort(model.residents["key"])] for model in models]
    for name in sorted_rows[0].dtype.names or ():
        assert np.array_equal(sorted_rows[0][name], sorted_rows[1][name]), name
    for before, after in zip(models[0].tallies, models[1].tallies, strict=True):
        assert np.array_equal(before, after)
    assert np.array_equal(models[0].ledger.balance_fen, models[1].ledger.balance_fen)


# -- one birth more -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_a_birth_more_changes_nobody_else_before_the_next_care(
    tiny_county: County, policy_of: PolicyMaker, seed: int
) -> None:
    changed, number = as_it_stands(tiny_county, policy_of(), months=5, seed=seed)
    assert (changed, number > 1400) == (0, True)


def test_a_birth_more_changes_nobody_else_where_no_queue_and_no_talk_binds_them(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    changed, number = uncoupled(tiny_county, policy_of(), months=15)
    assert (changed, number > 1400) == (0, True)


def test_the_comparison_sees_lives_that_were_shifted(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    pair = [Model(tiny_county, policy_of()) for _ in range(2)]
    pair[0].step()
    while pair[0].life["births"][0] + pair[0].life["arrived"][0] < 4:
        for model in reversed(pair):
            model.step()
    child, mother = bear_one_more(pair[1])
    without, with_child = (model.residents.copy() for model in pair)
    assert len(with_child) == len(without) + 1
    assert rows_changed(without, with_child, child, mother) == 0
    row = int(np.flatnonzero(with_child["key"] == child)[0])
    shifted = with_child.copy()
    # As if draws went by row: everybody after the child takes the place of the next.
    shifted["key"][row:] = np.append(without["key"][row:], np.uint64(child))
    born_or_arrived_after = len(without) - row
    assert born_or_arrived_after >= 2
    assert rows_changed(without, shifted, child, mother) >= born_or_arrived_after
    other = with_child.copy()
    other["belief"][4, 2] += 1
    assert rows_changed(without, other, child, mother) == 1


def test_the_digest_is_of_all_that_is_named(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = Model(tiny_county, policy_of())
    model.step()
    seen = {digest(model)}
    model.residents["severity"][-1] += 1
    seen.add(digest(model))
    model.providers["wait_days"][0] += 1e-9
    seen.add(digest(model))
    model.ledger.balance_fen[-1] += 1
    seen.add(digest(model))
    model.tallies[0]["visits"][0] += 1
    seen.add(digest(model))
    assert len(seen) == 5
