"""Views on rows: Python scalars in and out, nothing kept, and the array behind them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import mesa
import numba
import numpy as np
import pandas as pd
import pytest

from agents.foundation.records import Population, Record, RowAgent, TableRows
from tests.agents.foundation.row_models import BED, PERSON, Bed, Person, Town


@pytest.fixture
def town() -> Town:
    town = Town()
    Person.create_agents(town, 4, age_months=[10, 20, 30, 40], village=[0, 0, 1, 1])
    return town


def test_view_is_a_mesa_agent_that_the_model_does_not_hold(town: Town) -> None:
    person = town.people.view(1)
    assert isinstance(person, mesa.Agent)
    assert isinstance(person, Person)
    assert person.model is town
    assert (person.row, person.unique_id, person.pos) == (1, 2, None)
    assert person.random is town.random


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("age_months", 700, int),
        ("spent_fen", 2**40, int),
        ("income_yuan", 0.1, float),
        ("insured", True, bool),
    ],
)
def test_fields_take_and_give_python_scalars(town: Town, name: str, value: Any, kind: type) -> None:
    person = town.people.view(2)
    setattr(person, name, value)
    got = getattr(person, name)
    assert type(got) is kind
    assert got == PERSON[name].type(value)  # narrowed on storing, and only then
    assert town.people.rows[name][2] == PERSON[name].type(value)
    assert town.people.rows[name][1] != got


def test_a_value_that_does_not_fit_its_column_is_refused(town: Town) -> None:
    with pytest.raises(OverflowError):
        town.people.view(0).age_months = 70_000


def test_sub_array_fields_are_written_in_place(town: Town) -> None:
    person = town.people.view(3)
    person.stage[1] = 2
    person.seen[1, 2] = 9
    assert (len(person.stage), list(person.stage), person.stage[1]) == (3, [0, 2, 0], 2)
    assert type(person.stage[1]) is int
    assert person.stage == (0, 2, 0)
    assert person.stage != person.seen
    assert list(person.seen) == [[0, 0, 0], [0, 0, 9]]
    assert person.seen[1, 2] == 9
    assert town.people.rows["stage"].tolist()[2:] == [[0, 0, 0], [0, 2, 0]]
    with pytest.raises(IndexError):
        person.stage[3] = 1
    with pytest.raises(IndexError):
        person.seen[(1,)] = 1  # would fill a whole row
    person.stage = [1, 1, 3]
    assert list(person.stage) == [1, 1, 3]


def test_a_copied_field_is_a_record_of_its_values(town: Town) -> None:
    person = town.people.view(0)
    stage = person.stage
    kept = [copy.copy(stage), copy.deepcopy(stage), pickle.loads(pickle.dumps(stage))]
    stage[0] = 7
    assert kept == [(0, 0, 0)] * 3


def test_views_equal_by_population_and_row(town: Town) -> None:
    first, again = town.people.view(0), town.people.view(0)
    assert first is not again
    assert first == again
    assert len({first, again, copy.copy(first)}) == 1
    assert first != town.people.view(1)
    other = Town()
    Person(other)
    assert first != other.people.view(0)
    assert first != "Person"


def test_undeclared_attributes_are_refused_with_the_columns_named(town: Town) -> None:
    person = town.people.view(0)
    with pytest.raises(AttributeError, match=r"Person has no column 'mood'; it has .*age_months"):
        person.mood = 1
    with pytest.raises(AttributeError, match=r"Person has no column 'mood'; it has .*age_months"):
        _ = person.mood
    with pytest.raises(AttributeError):
        setattr(person, "model", None)  # noqa: B010
    with pytest.raises(AttributeError):
        person.age_years = 3.0  # derived, and not to be set
    assert not hasattr(person, "mood")


def test_derived_properties_read_and_write_columns(town: Town) -> None:
    person = town.people.view(1)
    person.spent_yuan = 12.34
    assert (person.spent_fen, person.spent_yuan) == (1234, 12.34)
    assert person.age_years == 20 / 12


def test_an_error_inside_a_derived_property_is_not_hidden(town: Town) -> None:
    class Broken(RowAgent, dtype=BED):
        @property
        def shadow(self) -> Any:
            return self.model.no_such_thing

    town.add_population(Broken)
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = Broken(town).shadow


@pytest.mark.parametrize("name", ["model", "step", "_row", "remove", "random"])
def test_columns_may_not_hide_what_an_agent_has(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        type("Odd", (RowAgent,), {}, dtype=np.dtype([(name, "i8")]))


def test_a_class_may_not_hide_its_columns() -> None:
    with pytest.raises(TypeError, match="ward"):
        type("Odd", (RowAgent,), {"ward": 3}, dtype=BED)
    with pytest.raises(TypeError, match="ward"):
        type("Odd", (Bed,), {"ward": 3})
    with pytest.raises(TypeError, match="inherits"):
        type("Odd", (Bed,), {}, dtype=BED)
    with pytest.raises(TypeError, match="structured"):
        type("Odd", (RowAgent,), {}, dtype="f8")
    with pytest.raises(TypeError, match="no row layout"):
        Population(Town(), RowAgent)


def test_making_an_agent_appends_a_row(town: Town) -> None:
    person = Person(town, age_months=5, stage=[1, 2, 3])
    assert (person.row, person.unique_id, person.alive) == (4, 5, 1)
    assert list(person.stage) == [1, 2, 3]
    assert len(town.people) == 5


def test_bulk_making_takes_one_value_for_all_or_one_each(town: Town) -> None:
    made = Person.create_agents(town, 3, village=7, age_months=[1, 2, 3])
    assert made.get(["village", "age_months"]) == [[7, 1], [7, 2], [7, 3]]
    frame = pd.DataFrame({"age_months": [8, 9]})
    assert Person.from_dataframe(town, frame, village=2).get("age_months") == [8, 9]
    assert town.people.rows["unique_id"].tolist() == list(range(1, 10))
    with pytest.raises(TypeError, match="by name"):
        Person.create_agents(town, 2, 5)


def test_append_refuses_unknown_columns_and_adds_nothing(town: Town) -> None:
    with pytest.raises(ValueError, match="no columns height, mood"):
        town.people.append(1, mood=1, height=2, village=3)
    with pytest.raises(ValueError, match="-1"):
        town.people.append(-1)
    with pytest.raises(ValueError, match="broadcast"):
        town.people.append(2, age_months=[1, 2, 3])
    assert len(town.people) == 4
    assert town.next_unique_id == 5


def test_views_follow_the_array_when_it_moves(town: Town) -> None:
    person, stage, columns = town.people.view(0), town.people.view(0).stage, town.people.columns
    before = town.people.rows
    Person.create_agents(town, 1000)
    assert not np.shares_memory(before, town.people.rows)
    person.age_months, stage[2] = 99, 4
    assert town.people.rows["age_months"][0] == 99
    assert town.people.rows["stage"][0, 2] == 4
    assert columns["age_months"].shape == (1004,)


def test_capacity_grows_by_a_quarter_and_new_rows_are_clean() -> None:
    town = Town()
    beds = town.add_population(Bed, 100)
    beds.append(100, days=5)
    beds.append(1)
    held = beds.rows
    beds.append(24)
    assert np.shares_memory(held, beds.rows)
    beds.append(1)
    assert not np.shares_memory(held, beds.rows)
    beds.remove_all()
    beds.append(100)
    assert not beds.rows["days"].any()


def test_removing_keeps_the_row_and_ends_membership(town: Town) -> None:
    population = town.people
    population.view(1).remove()
    assert (len(population), population.n_members) == (4, 3)
    assert population.member_index().tolist() == [0, 2, 3]
    assert not population.is_member(1)
    population.view(2).alive = 0
    assert population.member_index().tolist() == [0, 3]
    population.rows["alive"][3] = 0
    population.touch()
    assert population.member_index().tolist() == [0]
    assert not population.is_member(4)


def test_kinds_without_an_alive_column_cannot_leave() -> None:
    town = Town()
    beds = town.add_population(Bed)
    bed = Bed(town, ward=1)
    assert (beds.n_members, beds.is_member(0)) == (1, True)
    with pytest.raises(TypeError, match="Bed cannot be removed"):
        bed.remove()


def test_kinds_without_an_id_column_get_ids_that_nobody_else_has() -> None:
    class Sofa(RowAgent, dtype=BED):
        pass

    town = Town()
    for kind in (Bed, Sofa):
        town.add_population(kind)
        kind.create_agents(town, 50)
    Person.create_agents(town, 50)
    ids = town.agents.get("unique_id")
    assert len(set(ids)) == len(ids) == 150


@pytest.mark.parametrize("row", [-1, 4])
def test_there_is_no_view_of_a_row_that_is_not_there(town: Town, row: int) -> None:
    with pytest.raises(IndexError, match=f"no row {row}"):
        town.people.view(row)
    with pytest.raises(IndexError):
        town.people.plain_rows()[row]


def test_state_is_a_copy_and_restores(town: Town) -> None:
    state = town.people.state()
    town.people.view(0).remove()
    Person(town)
    resumed = Town()
    for model in (town, resumed):
        model.people.restore(state)
        assert model.people.rows.tobytes() == state.tobytes()
        assert model.people.n_members == 4
    resumed.people.view(0).age_months = 1
    assert (state["age_months"][0], town.people.view(0).age_months) == (10, 10)
    with pytest.raises(ValueError, match="saved rows do not fit Person"):
        town.people.restore(np.zeros(2, BED))


def test_pickled_views_keep_their_row_and_population(town: Town) -> None:
    person, population = pickle.loads(pickle.dumps((town.people.view(2), town.people)))
    assert person.population is population
    assert person == population.view(2)
    assert person.age_months == 30
    person.age_months = 31
    assert population.rows["age_months"].tolist() == [10, 20, 31, 40]
    assert town.people.view(2).age_months == 30


def _grow_older(rows: Any, first: int, last: int, table: Any) -> None:
    for i in range(first, last):
        me = rows[i]
        me.age_months += 1
        me.income_yuan = me.income_yuan * table[me.village].ward + 0.1
        for k in range(len(me.stage)):
            me.stage[k] += k
        me.spent_fen += me.stage[2]


def test_one_function_runs_compiled_on_records_and_plain_on_views(town: Town) -> None:
    table = np.array([(3, 0), (5, 0)], BED)
    compiled = town.people.state()
    numba.njit(_grow_older)(compiled, 0, 4, table)
    _grow_older(town.people.plain_rows(), 0, 4, TableRows(table))
    assert town.people.rows.tobytes() == compiled.tobytes()
    assert compiled["spent_fen"].tolist() == [2] * 4


def test_plain_rows_stand_in_for_the_array(town: Town) -> None:
    rows = town.people.plain_rows()
    assert (len(rows), rows.shape, [me.row for me in rows]) == (4, (4,), [0, 1, 2, 3])
    assert rows[np.int64(2)] == town.people.view(2)
    assert type(rows[np.int64(2)].row) is int


def test_table_rows_give_python_scalars_and_refuse_other_names() -> None:
    table = np.zeros(2, PERSON)
    rows = TableRows(table)
    record = rows[1]
    record.age_months = 3
    record.stage[2] = 4
    record.seen[1, 1] = 5
    assert (table["age_months"][1], table["stage"][1, 2], table["seen"][1, 1, 1]) == (3, 4, 5)
    assert type(record.age_months) is int
    assert (len(rows), rows.shape, len(list(rows))) == (2, (2,), 2)
    assert isinstance(copy.copy(record), Record)
    for attempt in (lambda: record.mood, lambda: setattr(record, "mood", 1)):
        with pytest.raises(AttributeError, match="no column 'mood'"):
            attempt()
    with pytest.raises(IndexError):
        rows[2]
    with pytest.raises(TypeError, match="structured"):
        TableRows(np.zeros(3))
