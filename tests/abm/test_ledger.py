from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.ledger import COMMON, Ledger

NAMES = ["clinic", "centre", "hospital"]


def opened() -> Ledger:
    ledger = Ledger(NAMES, ["consortium 1"])
    ledger.open(ledger.account("fund"), 1_000_000)
    ledger.open(ledger.provider, np.array([10, 20, 30]))
    return ledger


MOVES = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(-(10**12), 10**12)), max_size=30
)


@given(MOVES)
def test_what_leaves_one_account_enters_another(moves: list[tuple[int, int, int]]) -> None:
    ledger = opened()
    balance = ledger.balance_fen.copy()
    for source, target, amount in moves:
        ledger.transfer(source, target, amount, "a test")
        balance[source] -= amount
        balance[target] += amount
    assert ledger.balance_fen.tolist() == balance.tolist()
    assert ledger.balance_fen.sum() == 1_000_060
    assert len(ledger.journal()) == sum(amount != 0 for *_, amount in moves)


def test_one_source_pays_many_and_the_same_account_twice() -> None:
    ledger = opened()
    targets = ledger.provider[[0, 0, 2]]
    ledger.transfer(ledger.account("fund"), targets, np.array([5, 7, 11]), "fund pays services")
    assert ledger.balance_fen[ledger.provider].tolist() == [22, 20, 41]
    assert ledger.balance_fen[ledger.account("fund")] == 1_000_000 - 23


def test_the_journal_tells_month_accounts_and_purpose() -> None:
    ledger = opened()
    ledger.transfer(0, ledger.provider[1], 40, "fund pays services")
    ledger.month = 3
    ledger.transfer(ledger.provider[1], ledger.account("staff"), 25, "bonus")
    ledger.transfer(0, ledger.provider[1], 2, "fund pays services")
    ledger.transfer(0, ledger.provider[1], 0, "nothing")
    assert ledger.table().to_dict("list") == {
        "month": [0, 3, 3],
        "source": ["fund", "centre", "fund"],
        "target": ["centre", "staff", "centre"],
        "purpose": ["fund pays services", "bonus", "fund pays services"],
        "amount_fen": [40, 25, 2],
    }
    assert ledger.flow_fen("fund pays services") == 42
    assert ledger.flow_fen("fund pays services", range(1, 4)) == 2
    assert ledger.flow_fen("nothing") == ledger.flow_fen("never heard of") == 0


@pytest.mark.parametrize("amount", [1.0, np.array([1.5]), np.array([True])])
def test_money_is_whole_fen(amount: float | np.ndarray) -> None:
    ledger = opened()
    with pytest.raises(TypeError, match="whole fen"):
        ledger.transfer(0, 1, amount, "a test")  # type: ignore[arg-type]
    assert ledger.balance_fen.sum() == 1_000_060
    assert ledger.purposes == []


def test_accounts_are_told_apart_and_by_name() -> None:
    ledger = opened()
    numbers = [*map(ledger.account, COMMON), *ledger.provider, *ledger.consortium]
    assert numbers == list(range(len(ledger.names)))
    assert ledger.names[ledger.provider[2]] == "hospital"
    assert ledger.kinds[int(ledger.consortium[0])] == "consortium"
    with pytest.raises(ValueError):  # noqa: PT011
        ledger.account("mattress")


def test_what_was_saved_goes_on() -> None:
    ledger, again = opened(), opened()
    ledger.transfer(0, 1, 9, "again")
    again.restore(ledger.balance_fen, ledger.journal(), ledger.purposes)
    for book in (ledger, again):
        book.transfer(0, 1, 9, "again")
    assert again.table().equals(ledger.table())
    assert again.balance_fen.tolist() == ledger.balance_fen.tolist()
