from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.foundation.compile import plain, scalar
from agents.foundation.exact import exp
from agents.foundation.trace import Call, Tracer, Working


@scalar
def doubled(x: float) -> float:
    """Twice a number.

    More words.
    """
    return x + x


@scalar
def weighed(worth: Any, price: float, beliefs: Any, habit: int) -> float:
    """Fill the worth of places."""
    for j in range(worth.shape[0]):
        worth[j] = doubled(price) * -0.5 + beliefs[j] - 0.25
    for j in range(worth.shape[0]):
        worth[j] = exp(worth[j])
    if habit >= 0:
        worth[habit] *= 1.5 + price
    total = 0.0
    for j in range(worth.shape[0]):
        total += worth[j]
    return exp(total * 0.1 + price) - 1.0


def in_table(table: np.ndarray, rows: np.ndarray) -> None:
    """Put sums into a table."""
    whole = rows[None, :] * 2.0 + table
    whole[:, 1] += rows[1]
    table[...] = np.where(table >= 0, whole, 0.0)


def told(function: Any, *args: Any) -> Call:
    listens = "agents.foundation."
    (call,) = Tracer(lambda module, _: not module.startswith(listens)).run(function, *args).calls
    return call


def workings(call: Call, target: str) -> list[Working]:
    return [one for one in call.workings if one.target == target]


numbers = st.floats(-5.0, 5.0)


@given(price=numbers, beliefs=st.lists(numbers, min_size=3, max_size=3), habit=st.integers(-1, 2))
def test_a_telling_copy_gives_the_same_bits(price: float, beliefs: list[float], habit: int) -> None:
    filled = [np.zeros(3), np.zeros(3)]
    call = told(weighed, filled[0], price, beliefs, habit)
    assert call.value == plain(weighed)(filled[1], price, beliefs, habit)
    assert filled[0].tobytes() == filled[1].tobytes()
    for j, working in enumerate(workings(call, "worth")[:3]):
        signed = [-t.value if t.sign == "-" else t.value for t in working.terms]
        assert working.index == j
        assert signed[0] + signed[1] + signed[2] == working.value


def test_terms_are_told_with_their_source_sign_and_place() -> None:
    call = told(weighed, np.zeros(3), 1.0, [0.0, 0.5, 1.0], 2)
    second = workings(call, "worth")[1]
    assert [(t.sign, t.text, t.value, t.index) for t in second.terms] == [
        ("+", "doubled(price) * -0.5", -1.0, None),
        ("+", "beliefs[j]", 0.5, 1),
        ("-", "0.25", 0.25, None),
    ]
    (habit,) = [one for one in workings(call, "worth") if one.operator == "*="]
    assert (habit.index, habit.value) == (2, 2.5)
    (passed,) = workings(call, "exp()")
    assert [term.text for term in passed.terms] == ["total * 0.1", "price"]
    assert [term.text for term in workings(call, "return")[0].terms] == [
        "exp(total * 0.1 + price)",
        "1.0",
    ]


def test_calls_are_told_with_what_they_were_given_and_gave() -> None:
    worth = np.zeros(2)
    call = told(weighed, worth, 1.5, [0.0, 0.0], -1)
    assert call.summary == "Fill the worth of places."
    # As it was on entry, though the function has filled it since.
    assert call.arguments == {"worth": (0.0, 0.0), "price": 1.5, "habit": -1}
    assert worth.any()
    assert [(depth, one.name) for depth, one in call.walk()] == [
        (0, "weighed"),
        (1, "doubled"),
        (1, "doubled"),
    ]
    first = call.calls[0]
    assert (first.arguments, first.value, first.summary) == ({"x": 1.5}, 3.0, "Twice a number.")
    assert next(call.find("doubled")) is first


def test_what_is_not_listened_to_runs_all_the_same() -> None:
    call = told(weighed, np.zeros(2), 0.0, [0.0, 0.0], -1)
    assert not list(call.find("exp"))
    assert call.value == pytest.approx(np.exp(0.1 * 2 * np.exp(-0.25)) - 1.0)


def test_tables_are_told_as_copies() -> None:
    table = np.array([[1.0, 2.0], [-3.0, 4.0]])
    before = table.copy()
    call = told(in_table, table, np.array([10.0, 20.0]))
    whole, added, put = call.workings
    assert np.array_equal(whole.terms[1].value, before)
    assert (added.index, added.operator) == ((slice(None), 1), "+=")
    assert put.index is Ellipsis
    assert np.array_equal(table, [[21.0, 62.0], [0.0, 64.0]])


def test_a_second_run_tells_only_itself() -> None:
    tracer = Tracer(lambda module, _: module == __name__)
    for x in (1.0, 2.0):
        root = tracer.run(doubled, x)
        assert [call.value for call in root.calls] == [2.0 * x]
