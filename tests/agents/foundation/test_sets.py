"""Row sets answer as Mesa's sets of ordinary agents do, on the columns."""

from __future__ import annotations

import copy
import gc
import pickle
import statistics
import warnings
import weakref
from collections.abc import Callable
from random import Random
from typing import Any

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.foundation.sets import PopulationModel, RowSet, StrongSet, UnionSet
from tests.agents.foundation.row_models import Bed, Clerk, Person, Town, grow

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "age_months": st.integers(0, 300),
            "village": st.integers(-2, 2),
            "spent_fen": st.integers(-(2**40), 2**40),
            "income_yuan": st.floats(0, 1e6, width=32),
            "insured": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)
FILTERS: dict[str, Callable[[Any], bool] | None] = {
    "none": None,
    "village": lambda agent: agent.village > 0,
    "derived": lambda agent: agent.age_years < 10,
}
COLUMNS = ["age_months", "village", "spent_fen", "income_yuan", "insured"]


def places(agents: Any, first: list[Any]) -> list[int]:
    """Where each of `agents` stands among `first`: the same for views and for twins."""
    return [first.index(agent) for agent in agents]


# The same answers as Mesa's own sets ----------------------------------------------------------


@settings(max_examples=50)
@given(
    ROWS,
    st.sampled_from(sorted(FILTERS)),
    st.one_of(st.just(float("inf")), st.integers(0, 6), st.floats(0, 1)),
)
def test_select_as_mesa(rows: list[dict[str, Any]], name: str, at_most: float) -> None:
    town, plain, twins = grow(rows)
    views = list(town.row_set(Person))
    ours = town.row_set(Person).select(FILTERS[name], at_most)
    theirs = plain.agents.select(FILTERS[name], at_most)
    assert isinstance(ours, RowSet)
    assert places(ours, views) == places(theirs, twins)
    assert len(ours) == len(theirs)
    mixed = town.agents.select(FILTERS[name], at_most, agent_type=Person)
    assert places(mixed, views) == places(theirs, twins)


@settings(max_examples=50)
@given(ROWS, st.sampled_from([*COLUMNS, "age_years"]), st.booleans(), st.booleans())
def test_sort_as_mesa(
    rows: list[dict[str, Any]], name: str, ascending: bool, by_function: bool
) -> None:
    town, plain, twins = grow(rows)
    views = list(town.row_set(Person))
    key: Any = (lambda agent: (getattr(agent, name), agent.village)) if by_function else name
    ours = town.row_set(Person).sort(key, ascending=ascending)
    assert places(ours, views) == places(plain.agents.sort(key, ascending=ascending), twins)


@settings(max_examples=50)
@given(ROWS, st.sampled_from(["age_months", "village", "insured", "age_years", "function"]))
def test_groupby_as_mesa(rows: list[dict[str, Any]], name: str) -> None:
    town, plain, twins = grow(rows)
    views = list(town.row_set(Person))
    by: Any = (lambda agent: (agent.village, agent.insured)) if name == "function" else name
    ours, theirs = town.row_set(Person).groupby(by), plain.agents.groupby(by)
    assert list(ours.groups) == list(theirs.groups)
    assert ours.count() == theirs.count()
    assert len(ours) == len(theirs)
    for key, group in theirs:
        assert isinstance(ours.groups[key], RowSet)
        assert places(ours.groups[key], views) == places(group, twins)
    assert ours.agg("spent_fen", sum) == theirs.agg("spent_fen", sum)
    assert ours.agg("age_years", max) == theirs.agg("age_years", max)
    assert ours.map(len) == theirs.map(len)
    listed = town.row_set(Person).groupby(by, result_type="list")
    assert all(isinstance(group, list) for group in listed.groups.values())
    assert listed.count() == theirs.count()
    assert listed.agg("spent_fen", sum) == theirs.agg("spent_fen", sum)
    ours.do("do", "step")
    theirs.do("do", "step")
    assert town.row_set(Person).get("age_months") == plain.agents.get("age_months")


@settings(max_examples=50)
@given(ROWS, st.sampled_from([*COLUMNS, "age_years"]))
def test_get_and_agg_as_mesa(rows: list[dict[str, Any]], name: str) -> None:
    town, plain, _ = grow(rows)
    people = town.row_set(Person)
    for names in (name, [name, "village"]):
        assert people.get(names) == plain.agents.get(names)
    assert {type(value) for value in people.get(name)} == {
        type(value) for value in plain.agents.get(name)
    }
    functions: list[Callable[..., Any]] = [
        min,
        max,
        len,
        sorted,
        statistics.mean,
        lambda values: sum(v for v in values),
    ]
    ours, theirs = people.agg(name, functions), plain.agents.agg(name, functions)
    assert ours == theirs
    assert people.agg(name, sum) == pytest.approx(plain.agents.agg(name, sum), rel=1e-12)
    assert people.agg(name, np.mean) == pytest.approx(plain.agents.agg(name, np.mean), rel=1e-12)
    assert name not in COLUMNS or not isinstance(people.agg(name, np.max), np.generic)


@settings(max_examples=30)
@given(ROWS, st.integers(0, 300), st.sets(st.integers(0, 11)))
def test_set_do_map_and_remove_as_mesa(
    rows: list[dict[str, Any]], value: int, leaving: set[int]
) -> None:
    town, plain, twins = grow(rows)
    people, gone = town.row_set(Person), [k for k in leaving if k < len(rows)]
    views = list(people)
    picked, twins_picked = (
        people.select(lambda a: a.village > 0),
        plain.agents.select(lambda a: a.village > 0),
    )
    assert picked.set("age_months", value) is picked
    twins_picked.set("age_months", value)
    for k in gone:
        views[k].remove()
        twins[k].remove()
    kept = [twin for k, twin in enumerate(twins) if k not in gone]
    people.do("step").do(lambda agent, by: setattr(agent, "village", agent.village + by), 3)
    plain.agents.do("step").do(lambda agent, by: setattr(agent, "village", agent.village + by), 3)
    assert people.get(["age_months", "village"]) == [[a.age_months, a.village] for a in kept]
    assert people.map(lambda a: a.age_years) == [a.age_years for a in kept]
    assert len(people) == len(town.agents) == len(kept)
    assert [view in people for view in views] == [k not in gone for k in range(len(views))]
    assert [view in town.agents for view in views] == [view in people for view in views]


# What is special to rows ----------------------------------------------------------------------


@pytest.fixture
def town() -> Town:
    town = Town()
    Person.create_agents(town, 6, age_months=[10, 20, 30, 40, 50, 60], village=[0, 1] * 3)
    Clerk(town, village=9)
    return town


def test_sets_of_the_model(town: Town) -> None:
    people = town.agents_by_type[Person]
    assert isinstance(people, RowSet)
    assert isinstance(town.agents, UnionSet)
    assert Person in town.agent_types
    assert (len(people), len(town.agents)) == (6, 7)
    assert people[0] == town.people.view(0)
    assert people[-1].age_months == 60
    assert [person.row for person in people[1:3]] == [1, 2]
    assert people.to_list() == list(people)
    assert "Person" not in people
    assert Person(Town()) not in people


def test_growing_array_keeps_sets_right(town: Town) -> None:
    people = town.row_set(Person)
    young = people.select(lambda person: person.age_months < 30)
    Person.create_agents(town, 500, age_months=5)
    assert (len(people), len(young)) == (506, 2)
    assert young.get("age_months") == [10, 20]


def test_select_by_mask(town: Town) -> None:
    people = town.row_set(Person)
    assert people.select(people.column("age_months") > 30).get("age_months") == [40, 50, 60]
    assert people.select(people.column("age_months") > 30, at_most=1).get("age_months") == [40]
    for wrong in (np.ones(5, bool), np.arange(6)):
        with pytest.raises(ValueError, match="6 booleans"):
            people.select(wrong)


def test_select_by_class(town: Town) -> None:
    people = town.row_set(Person)
    assert len(people.select(agent_type=mesa.Agent)) == 6
    assert len(people.select(agent_type=Clerk)) == 0
    assert len(town.agents.select(agent_type=Clerk)) == 1
    assert isinstance(town.agents.select(agent_type=Person), RowSet)
    assert len(town.agents.select(at_most=0.5, agent_type=Person)) == 3  # half of all seven


def test_selections_are_fixed_but_lose_those_who_leave(town: Town) -> None:
    people = town.row_set(Person)
    copied, picked = people.copy(), people.select(lambda person: person.village == 1)
    gc.collect()
    assert (len(copied), len(picked)) == (6, 3)
    leaver = people[3]
    leaver.remove()
    Person(town, village=1)
    assert picked.get("age_months") == [20, 60]
    assert leaver not in picked
    assert (len(copied), len(people)) == (5, 6)


def test_changes_in_place_are_for_selections_only(town: Town) -> None:
    for members in (town.row_set(Person), town.agents):
        for change in ("select", "shuffle"):
            with pytest.raises(TypeError, match="cannot be changed in place"):
                getattr(members, change)(inplace=True)
    picked = copy.copy(town.row_set(Person))
    assert picked.select(lambda person: person.village == 1, inplace=True) is picked
    assert picked.sort("age_months", inplace=True) is picked
    assert picked.get("age_months") == [60, 40, 20]
    assert sorted(picked.shuffle(inplace=True).get("age_months")) == [20, 40, 60]
    first = picked[0]
    picked.remove(first)
    assert first not in picked
    assert first in town.row_set(Person)
    with pytest.raises(KeyError):
        picked.remove(first)
    picked.add(first)
    picked.add(first)
    assert (len(picked), picked[-1]) == (3, first)
    first.remove()
    with pytest.raises(ValueError, match="has left"):
        picked.add(first)
    with pytest.raises(ValueError, match="is not of"):
        picked.add(Clerk(town))


def test_leaving_the_models_own_set_is_leaving_the_model(town: Town) -> None:
    person = town.row_set(Person)[2]
    town.row_set(Person).remove(person)
    assert (person.alive, len(town.agents)) == (0, 6)
    other = town.row_set(Person)[0]
    town.agents.discard(other)
    assert other.alive == 0


def test_rows_at_checks_and_drops_repeats(town: Town) -> None:
    people = town.row_set(Person)
    assert people.rows_at([4, 1, 4]).get("age_months") == [50, 20]
    assert len(people.rows_at([])) == 0
    for wrong in ([-1], [6]):
        with pytest.raises(IndexError, match="has no rows"):
            people.rows_at(wrong)


def test_shuffle_keeps_everybody_and_follows_the_models_seed() -> None:
    orders = []
    for seed in (5, 5, 6):
        town = Town(rng=seed)
        Person.create_agents(town, 40, age_months=np.arange(40))
        orders.append(town.row_set(Person).shuffle().get("age_months"))
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(40)) != orders[0]


def test_get_handles_missing_attributes(town: Town) -> None:
    people = town.row_set(Person)
    with pytest.raises(AttributeError, match="no column 'mood'"):
        people.get("mood")
    missing = people.get(["village", "mood"], handle_missing="default", default_value=-1)
    assert missing[:2] == [[0, -1], [1, -1]]
    assert town.agents.get("steps_done", "default", None) == [0] + [None] * 6
    for members in (people, town.agents):
        with pytest.raises(ValueError, match="'ignore'"):
            members.get("village", handle_missing="ignore")
    assert people.get("stage")[0] == [0, 0, 0]
    assert people.get([]) == [[]] * 6


def test_set_writes_columns_and_derived_properties(town: Town) -> None:
    people = town.row_set(Person)
    people.set("village", np.arange(6)).set("stage", [0, 1, 2]).set("spent_yuan", 1.5)
    assert people.get(["village", "stage", "spent_fen"])[5] == [5, [0, 1, 2], 150]
    with pytest.raises(AttributeError, match="no column 'mood'"):
        people.set("mood", 1)
    people.select(lambda person: person.village > 3).set("alive", 0)
    assert len(people) == 4


def test_sums_of_narrow_columns_neither_wrap_nor_round() -> None:
    town = Town()
    Person.create_agents(town, 5000, age_months=60_000, income_yuan=0.1, stage=[200, 0, 0])
    people = town.row_set(Person)
    assert people.agg("age_months", sum) == 300_000_000
    assert people.agg("age_months", lambda values: values[0] + values[1]) == 120_000
    assert people.agg("income_yuan", np.mean) == pytest.approx(float(np.float32(0.1)), rel=1e-12)
    assert people.agg("alive", np.sum) == 5000


def test_agg_of_nobody_is_as_in_python(town: Town) -> None:
    nobody = town.row_set(Person).rows_at([])
    assert nobody.agg("age_months", [sum, len]) == [0, 0]
    with pytest.raises(ValueError, match="empty"):
        nobody.agg("age_months", min)
    assert nobody.groupby("village").count() == {}
    assert nobody.sort("village").get("village") == []


def test_sub_array_columns_are_no_keys(town: Town) -> None:
    people = town.row_set(Person)
    with pytest.raises(TypeError, match="sort by stage"):
        people.sort("stage")
    with pytest.raises(TypeError, match="group by stage"):
        people.groupby("stage")


def test_operators_keep_row_sets(town: Town) -> None:
    people = town.row_set(Person)
    old, even = people.select(lambda p: p.age_months > 30), people.select(lambda p: p.village == 0)
    assert isinstance(old & even, RowSet)
    assert (old & even).get("age_months") == [50]
    assert sorted((old | even).get("age_months")) == [10, 30, 40, 50, 60]
    assert (old - even).get("age_months") == [40, 60]
    assert len(old | town.agents.select(agent_type=Clerk)) == 4


def test_kernels_run_for_sets_and_selections(town: Town) -> None:
    calls: list[Any] = []

    def kernel(index: Any, *args: Any) -> None:
        calls.append((None if index is None else index.tolist(), args))
        town.people.rows["alive"][0] = 0

    town.people.kernels["step"] = kernel
    people = town.row_set(Person)
    clerk = next(iter(town.agents_by_type[Clerk]))
    people.do("step", 3)
    assert len(people) == 5  # membership is read again after a kernel
    people.rows_at([4, 2]).shuffle_do("step")
    town.agents.shuffle_do("step")
    assert calls == [(None, (3,)), ([4, 2], ()), (None, ())]
    assert clerk.steps_done == 1
    assert people.get("age_months") == [20, 30, 40, 50, 60]


def test_who_leaves_during_a_round_is_not_called(town: Town) -> None:
    called = []

    def meet(agent: Any) -> None:
        called.append(agent)
        for other in list(town.agents):
            if other != agent:
                other.remove()

    for members in (town.agents, town.agents.select(lambda agent: True)):
        called.clear()
        members.shuffle_do(meet)
        assert len(called) == 1
    assert len(town.agents) == 1


# Mixed sets and the model ---------------------------------------------------------------------


def test_mixed_selections_keep_their_views(town: Town) -> None:
    mixed = town.agents.select(lambda agent: agent.village in (1, 9))
    gc.collect()
    assert isinstance(mixed, StrongSet)
    assert len(mixed) == 4
    assert [type(agent).__name__ for agent in mixed.sort("village")] == ["Clerk"] + ["Person"] * 3
    assert mixed.groupby("village").count() == {9: 1, 1: 3}
    assert mixed.agg("village", sum) == 12
    assert len(mixed.shuffle()) == 4
    assert [type(a) for a in mixed.select(agent_type=Clerk)] == [Clerk]
    mixed.do("step")
    assert town.row_set(Person).get("age_months") == [10, 21, 30, 41, 50, 61]
    person = town.row_set(Person)[1]
    person.remove()
    assert (len(mixed), person in mixed) == (3, False)
    with pytest.raises(ValueError, match="random generator"):
        StrongSet([])
    assert len(StrongSet([], Random(1))) == 0


def test_union_covers_everybody(town: Town) -> None:
    town.add_population(Bed)
    Bed.create_agents(town, 3, days=1)
    assert len(town.agents) == len(list(town.agents)) == 10
    assert [type(agent).__name__ for agent in town.agents[::3]] == [
        "Clerk", "Person", "Person", "Bed"
    ]  # fmt: skip
    before = town.row_set(Person).get("age_months")
    town.step()
    assert town.row_set(Person).get("age_months") == [age + 1 for age in before]
    assert town.row_set(Bed).get("days") == [2, 2, 2]
    town.agents.select(agent_type=Person).set("village", 4)
    kinds: dict[type, int] = {Clerk: 1, Person: 6, Bed: 3}
    assert town.agents.groupby(type).count() == kinds
    assert town.agents.map(lambda agent: agent.unique_id) == town.agents.get("unique_id")
    clerk = Clerk(town)
    assert clerk in town.agents
    clerk.remove()
    assert clerk not in town.agents


def test_populations_are_named_in_errors(town: Town) -> None:
    with pytest.raises(ValueError, match="already has agents of Person"):
        town.add_population(Person)
    with pytest.raises(LookupError, match=r"no population of Bed \(it has Person\)"):
        Bed(town)


def test_ids_are_shared_with_ordinary_agents_and_can_be_set(town: Town) -> None:
    assert [Person(town).unique_id, Clerk(town).unique_id, Person(town).unique_id] == [8, 9, 10]
    assert (town.take_ids(5), town.next_unique_id) == (11, 16)
    town.next_unique_id = 100
    assert [Clerk(town).unique_id, Person(town).unique_id] == [100, 101]


def test_remove_all_agents(town: Town) -> None:
    town.add_population(Bed)
    Bed.create_agents(town, 3)
    town.remove_all_agents()
    assert (len(town.agents), len(town.row_set(Person)), len(town.row_set(Bed))) == (0, 0, 0)
    Person(town)
    assert len(town.agents) == 1


def test_seed_reaches_both_generators_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draws = [(m.random.random(), m.rng.random()) for m in (Town(3), Town(3), Town(4))]
        Town(None).step()
    assert draws[0] == draws[1]
    assert draws[0][0] != draws[2][0]
    assert draws[0][1] != draws[2][1]


def test_pickled_sets_stand_on_their_own(town: Town) -> None:
    people = town.row_set(Person)
    picked, mixed = people.select(lambda p: p.village == 1), town.agents.select(at_most=3)
    back = pickle.loads(pickle.dumps((town, people, picked, mixed)))
    model, people_back, picked_back, mixed_back = back
    assert people_back is model.agents_by_type[Person]
    assert (len(model.agents), len(mixed_back)) == (7, 3)
    assert picked_back.get("age_months") == [20, 40, 60]
    people_back.set("age_months", 1)
    assert picked_back.get("age_months") == [1, 1, 1]
    assert people.get("age_months")[0] == 10
    assert Person(model) in model.agents


def test_data_collector_counts_and_collects(town: Town) -> None:
    by_kind: dict[type, dict[str, str]] = {
        Person: {"age": "age_years"},
        Clerk: {"steps": "steps_done"},
    }
    collector = mesa.DataCollector(
        model_reporters={
            "members": lambda model: len(model.agents),
            "oldest": lambda model: model.agents_by_type[Person].agg("age_months", max),
        },
        agent_reporters={"village": "village"},
        agenttype_reporters=by_kind,
    )
    collector.collect(town)
    town.step()
    town.row_set(Person)[5].remove()
    collector.collect(town)
    by_model = collector.get_model_vars_dataframe()
    assert by_model["members"].tolist() == [7, 6]
    assert by_model["oldest"].tolist() == [60, 51]
    people = collector.get_agenttype_vars_dataframe(Person)
    assert people["age"].tolist() == [a / 12 for a in (10, 20, 30, 40, 50, 60, 11, 21, 31, 41, 51)]
    assert people.index.get_level_values("AgentID").tolist()[:6] == [1, 2, 3, 4, 5, 6]
    assert collector.get_agenttype_vars_dataframe(Clerk)["steps"].tolist() == [0, 1]
    assert len(collector.get_agent_vars_dataframe()) == 13


def test_a_closed_model_is_freed() -> None:
    class Plain(PopulationModel):
        pass

    model = Plain(rng=1)
    model.add_population(Person)
    Person.create_agents(model, 5)
    Clerk(model)
    model.step()
    kept = weakref.ref(model), weakref.ref(model.population(Person))
    model.close()
    del model
    gc.collect()
    assert [reference() for reference in kept] == [None, None]
