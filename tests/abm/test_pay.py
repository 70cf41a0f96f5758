from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.forecast import chance_above
from abm.pay import PayRule, Standing
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


def test_a_mixture_by_hand() -> None:
    # 5 % of 10,000 yuan billed, 10 % of 2,000 yuan left, 2 yuan a visit, 3 a bed-day.
    rule = PayRule(
        bonus_on="revenue",
        bonus_share=0.05,
        balance_share=0.1,
        workload_yuan_per_visit=2.0,
        workload_yuan_per_bed_day=3.0,
    )
    billed, balance = np.array([1_000_000, 0]), np.array([200_000, -9])
    visits, bed_days = np.array([30, 1]), np.array([10, 0])
    assert rule.bonus_fen(billed, balance, visits, bed_days).tolist() == [79_000, 200]


def test_a_bonus_counts_as_far_as_it_is_paid_at_all() -> None:
    income, costs = nothing(3), np.full(3, 0.4)
    income.outpatient = income.inpatient = 1.0
    half, nil = np.array([1.0, 0.5, 1.0]), np.zeros(3)
    kept = np.array([1.0, 1.0, 0.0])
    standing = Standing(half, kept, nil, nil, nil)
    balance = PayRule(bonus_on="balance", bonus_share=0.1).brings(income, costs, standing)
    assert balance.outpatient == pytest.approx([0.06, 0.03, 0.0])
    revenue = PayRule(bonus_on="revenue", bonus_share=0.1).brings(income, costs, standing)
    assert revenue.outpatient == pytest.approx([0.1, 0.1, 0.0])


def test_the_bonus_of_the_primary_level_is_held_down() -> None:
    rule = PayRule(primary_factor=0.5)
    assert rule.level_factor(np.array([0, 1, 2, 3])).tolist() == [0.5, 0.5, 1.0, 1.0]
    assert (PayRule().level_factor(np.array([0, 1, 2])) == 1.0).all()


@given(
    mean=st.floats(-1e6, 1e6),
    spread=st.floats(1e4, 1e6),
    share=st.floats(0.01, 0.5),
)
def test_what_a_balance_brings_is_the_slope_of_the_expected_bonus(
    mean: float, spread: float, share: float
) -> None:
    """Over balances spread as the forecast says, a yuan more of it for each."""
    # The parabolic density of chance_above, in slices, each as likely as it is.
    edges = np.linspace(-1.0, 1.0, 4001)
    middle = 0.5 * (edges[1:] + edges[:-1])
    likely = 0.75 * (1.0 - middle * middle) * (edges[1] - edges[0])
    balances = mean + middle * spread * 5.0**0.5

    def bonus(extra: float) -> float:
        return float((share * np.maximum(balances + extra, 0.0) * likely).sum())

    step = spread / 50.0
    slope = (bonus(step / 2) - bonus(-step / 2)) / step
    chance = chance_above(np.zeros(1), np.array([mean]), np.array([spread]))
    income, nil = nothing(1), np.zeros(1)
    income.outpatient = 1.0
    rule = PayRule(bonus_on="balance", bonus_share=share)
    felt = rule.brings(income, nil, Standing(chance, np.ones(1), nil, nil, nil)).outpatient[0]
    assert felt == pytest.approx(slope, abs=1e-3 * share)


def test_one_scale_pays_titles_alike_and_work_moves_a_part() -> None:
    scale = {"village_doctor": 60_000.0, "chief": 250_000.0}
    rule = PayRule(bonus_on="nothing", scale="one_scale", scale_yuan=scale, performance_share=0.1)
    titles = ("village_doctor", "chief", "apprentice")
    contract = np.array([2_400_000, 2_400_000, 1_000_000])
    pay = rule.yearly_pay_fen(contract, np.array([0, 1, 2]), titles)
    assert pay.tolist() == [6_000_000, 25_000_000, 1_000_000]
    plain = PayRule(bonus_on="nothing")
    assert plain.yearly_pay_fen(contract, np.array([0, 1, 2]), titles).tolist() == contract.tolist()
    one = np.ones(1)
    felt = rule.brings(nothing(1), one, Standing(one, one, np.array([0.2]), one * 10, one * 20))
    assert (felt.visit_yuan[0], felt.bed_day_yuan[0]) == pytest.approx((2.0, 4.0))
    assert felt.outpatient[0] == 0.0
    with pytest.raises(ValueError, match="bonus_on: under one_scale"):
        PayRule(bonus_on="revenue", scale="one_scale", scale_yuan=scale)
    with pytest.raises(ValueError, match="scale_yuan: is missing"):
        PayRule(bonus_on="nothing", scale="one_scale")


def test_shares_beyond_a_half_are_refused() -> None:
    with pytest.raises(ValueError, match="bonus_share"):
        PayRule(bonus_share=0.6)
