from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.pay import PayRule
from agents.incentive import nothing

FEN = st.integers(-(10**10), 10**10)


def test_bonus_by_hand() -> None:
    billed, balance = np.array([1_000_000, 0, 999]), np.array([400_000, -5, 99])
    assert PayRule(bonus_on="revenue", bonus_share=0.08).bonus_fen(billed, balance).tolist() == [
        80_000,
        0,
        79,
    ]
    assert PayRule(bonus_on="balance", bonus_share=0.1).bonus_fen(billed, balance).tolist() == [
        40_000,
        0,
        9,
    ]
    assert not PayRule(bonus_on="nothing", bonus_share=0.1).bonus_fen(billed, balance).any()


def test_what_a_yuan_brings_by_hand() -> None:
    income, costs = nothing(2), np.array([0.35, 0.5])
    income.outpatient, income.inpatient, income.weight_yuan = [1.0, 0.4], [1.0, 0.0], 5_000.0
    brings = {
        rule: PayRule(bonus_on=rule, bonus_share=0.1).brings(income, costs)
        for rule in ("revenue", "balance", "nothing")
    }
    assert brings["revenue"].outpatient == pytest.approx([0.1, 0.1])
    assert brings["revenue"].weight_yuan.tolist() == [0.0, 0.0]
    assert brings["balance"].outpatient == pytest.approx([0.065, -0.01])
    assert brings["balance"].inpatient == pytest.approx([0.065, -0.05])
    assert brings["balance"].weight_yuan == pytest.approx([500.0, 500.0])
    assert brings["nothing"].tolist() == nothing(2).tolist()


@given(
    billed=st.integers(0, 10**10),
    cost=st.floats(0, 0.9),
    share=st.floats(0, 0.5),
    rule=st.sampled_from(["revenue", "balance", "nothing"]),
    fixed=st.integers(0, 10**9),
)
def test_what_a_yuan_brings_is_the_slope_of_the_bonus_where_it_pays(
    billed: int, cost: float, share: float, rule: str, fixed: int
) -> None:
    """Under fee for service, where a yuan billed brings the employer a yuan."""
    pay = PayRule(bonus_on=rule, bonus_share=share)
    step = 1_000_000

    def bonus(fen: int) -> int:
        balance = np.array([int(fen * (1 - cost)) - fixed])
        return int(pay.bonus_fen(np.array([fen]), balance)[0])

    if rule == "balance" and billed * (1 - cost) < fixed:
        return
    slope = (bonus(billed + step) - bonus(billed)) / step
    income = nothing(1)
    income.outpatient = 1.0
    brings = pay.brings(income, np.array([cost])).outpatient[0]
    assert slope == pytest.approx(brings, abs=3e-6)


@given(st.lists(FEN, min_size=1, max_size=5))
def test_nobody_pays_a_negative_bonus(balances: list[int]) -> None:
    pay = PayRule(bonus_on="balance", bonus_share=0.3)
    bonus = pay.bonus_fen(np.zeros(len(balances), np.int64), np.array(balances))
    assert bonus.min() >= 0
    assert (bonus <= np.maximum(balances, 0)).all()


def test_shares_beyond_a_half_are_refused() -> None:
    with pytest.raises(ValueError, match="bonus_share"):
        PayRule(bonus_share=0.6)
