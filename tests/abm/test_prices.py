"""What a bill is made of, what a line's price does to it, and where freed money goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.accounts import fund_bill
from abm.county import County, Place, Tier
from abm.model import Model
from abm.payment import MonthBill
from abm.policy import Policy
from abm.policy_prices import Prices
from abm.prices import DRUGS, FEES, SERVICES, SUPPLIES, PriceList, by_line_fen, line_shares
from abm.pricing import beside_bills_fen

PolicyMaker = Callable[..., Policy]
VISIT, ADMISSION = 0, 1
MARKUP = Prices(drug_markup=0.15)
CUT = st.floats(0, 0.9)


@pytest.fixture(scope="module")
def round_county(tiny_county: County) -> County:
    """The tiny county with figures for sums by hand: a hospital that uses up 40 of 100 yuan."""
    rows = tiny_county.providers.copy()
    rows["variable_cost_share"] = 0.4
    parameters = dict(tiny_county.parameters)
    for name, value in {
        "prices.drugs_of_supplies.hospital.visit": 0.9,
        "prices.service_parts.visit.consultation": 0.2,
        "prices.service_parts.visit.treatment": 0.3,
        "prices.service_parts.visit.tests": 0.5,
    }.items():
        parameters[name] = dataclasses.replace(parameters[name], value=value)
    return dataclasses.replace(tiny_county, providers=rows, parameters=parameters)


def hospital_of(county: County) -> int:
    rows = county.providers
    return int(np.flatnonzero((rows["place"] == 0) & (rows["tier"] == Tier.COUNTY))[0])


def level(listed: PriceList, shift: float = 0.0) -> Any:
    return listed.mixed(np.full(listed.shares.shape[:2], shift))


def test_a_bill_taken_apart_by_hand(round_county: County) -> None:
    # Of 100 yuan of a visit: 40 for supplies, 36 of them drugs; of 60 for services half are
    # tests, a fifth consultation, the rest treatment; no bed.
    one = line_shares(round_county)[VISIT, hospital_of(round_county)]
    assert one == pytest.approx([0.36, 0.04, 0.30, 0.12, 0.18, 0.0])
    whole = line_shares(round_county).sum(axis=2)
    assert whole == pytest.approx(np.ones(whole.shape))


def test_a_markup_of_15_percent_by_hand(round_county: County) -> None:
    # 36 yuan of drugs are sold for 41.40; the visit costs 105.40, of which 40 is paid for.
    found, p = level(PriceList(round_county, MARKUP)), hospital_of(round_county)
    assert found.index[VISIT, p] == pytest.approx(1.054)
    assert found.supplies_cost[VISIT, p] == pytest.approx(0.40 / 1.054)
    assert found.line_share[VISIT, p, DRUGS] == pytest.approx(0.414 / 1.054)
    away = round_county.providers["place"] != Place.IN_COUNTY
    assert (found.index[:, away] == 1.0).all()


def test_freed_money_raises_fees_by_hand(round_county: County) -> None:
    # Without the markup a visit is 5.40 yuan cheaper. All of it on 30 yuan of fees: + 18 %.
    p, before = hospital_of(round_county), PriceList(round_county, MARKUP)
    after = PriceList(round_county, Prices(saved_to_fees=1.0), before)
    assert after.freed[VISIT, p] == pytest.approx(0.054)
    assert after.price[VISIT, p, FEES] == pytest.approx([1.18] * 3)
    assert level(after).index[VISIT, p] == pytest.approx(1.054)
    assert level(after).line_share[VISIT, p].sum() == pytest.approx(1.0)
    half = PriceList(round_county, Prices(saved_to_fees=0.5, saved_to_pay=0.3), before)
    assert half.price[VISIT, p, FEES] == pytest.approx([1.09] * 3)
    assert level(half).pay_share[VISIT, p] * level(half).index[VISIT, p] == pytest.approx(0.0162)


@given(cut=CUT, other=CUT, tests=CUT, to_fees=st.floats(0, 1), markup=st.floats(0, 0.5))
def test_fees_rise_by_what_they_are_given_and_no_more(
    round_county: County, cut: float, other: float, tests: float, to_fees: float, markup: float
) -> None:
    before = PriceList(round_county, Prices(drug_markup=markup))
    rule = Prices(
        drug_price_cut=cut,
        consumables_price_cut=other,
        tests_price_cut=tests,
        saved_to_fees=to_fees,
    )
    after = PriceList(round_county, rule, before)
    spared = level(before).index - level(after).index
    assert spared == pytest.approx((1.0 - to_fees) * after.freed, abs=1e-12)
    assert (after.freed >= 0).all()


@given(shift=st.floats(-3, 3), more=st.floats(0.01, 2), markup=st.floats(0, 0.5), cut=CUT)
def test_a_mix_keeps_a_whole_and_follows_its_shift(
    round_county: County, shift: float, more: float, markup: float, cut: float
) -> None:
    listed = PriceList(round_county, Prices(drug_markup=markup, drug_price_cut=cut))
    less, much = level(listed, shift), level(listed, shift + more)
    for found in (less, much):
        assert found.line_share.sum(axis=2) == pytest.approx(np.ones(found.index.shape))
        assert ((found.supplies_cost >= 0) & (found.supplies_cost <= 1)).all()
    assert (much.supplies_cost > less.supplies_cost).all()
    assert (
        much.line_share[:, :, SUPPLIES].sum(axis=2) > less.line_share[:, :, SUPPLIES].sum(axis=2)
    ).all()


def test_joint_purchasing_by_hand(round_county: County) -> None:
    # Half of drugs at half the price: drugs at 0.75, a visit at 91 yuan. The saving is 9 yuan;
    # 30 % of it is left, and 12 % more is paid of 9 yuan of jointly bought drugs.
    rule = Prices(joint_share=0.5, joint_price_cut=0.5, joint_saving_left=0.3, joint_paid_more=0.12)
    listed = PriceList(round_county, rule, PriceList(round_county, Prices()))
    found, p = level(listed), hospital_of(round_county)
    assert found.index[VISIT, p] == pytest.approx(0.91)
    assert found.supplies_cost[VISIT, p] == pytest.approx(0.31 / 0.91)
    assert found.extra_share[VISIT, p] == pytest.approx((0.3 * 0.09 + 0.12 * 0.09) / 0.91)
    # It has a rule of its own: nothing of it is counted as freed for fees.
    assert not listed.freed.any()


@given(
    billed=st.lists(st.integers(0, 10**17), min_size=4, max_size=4),
    shares=st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_lines_add_up_to_the_bill(billed: list[int], shares: list[float]) -> None:
    part = np.array(shares) + 1e-9
    lines = by_line_fen(np.array(billed).reshape(2, 2), np.tile(part / part.sum(), (2, 2, 1)))
    assert lines.sum(axis=2).ravel().tolist() == billed
    assert lines.min() >= 0


def test_more_cannot_be_given_away_than_is_freed() -> None:
    with pytest.raises(ValueError, match="saved_to_fees and saved_to_pay"):
        Prices(saved_to_fees=0.7, saved_to_pay=0.4)


# -- in a county --------------------------------------------------------------------------


def lived(county: County, policy: Policy, baseline: Policy, months: int = 1) -> Model:
    model = Model(county, policy, baseline, threads=1)
    for _ in range(months):
        model.step()
    return model


def test_the_countys_table_stands_where_nothing_is_ruled(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    balance = {"bonus_on": "balance", "bonus_share": 0.3}
    same = lived(tiny_county, policy_of(), policy_of(), 3)
    other = lived(tiny_county, policy_of(pay=balance), policy_of(), 3)
    for model in (same, other):
        for name in ("visit_price_yuan", "chronic_price_yuan", "admission_price_yuan"):
            assert np.array_equal(model.providers[name], tiny_county.providers[name])
    costs = tiny_county.providers["variable_cost_share"]
    assert np.array_equal(same.providers["visit_supplies_cost"], costs)
    # Who has a part of what is left, and not of what is billed, uses less of what is paid for.
    here = tiny_county.providers["place"] == Place.IN_COUNTY
    assert (other.providers["visit_supplies_cost"][here] < costs[here]).all()
    assert np.array_equal(other.providers["visit_supplies_cost"][~here], costs[~here])


def test_a_mix_moves_by_what_supplies_bring_beyond_services(
    round_county: County, policy_of: PolicyMaker
) -> None:
    # On a tenth of the balance, as likely above zero as not: a yuan of supplies brings 0.05
    # less than a yuan of services. On 8 % of revenue they bring alike.
    rule = policy_of(pay={"bonus_on": "balance", "bonus_share": 0.1})
    model, p = lived(round_county, rule, policy_of()), hospital_of(round_county)
    logits = 0.05 / round_county.value("prices.mix_yuan")
    share = 1.0 / (1.0 + np.exp(logits) * 0.6 / 0.4)
    assert model.providers["visit_supplies_cost"][p] == pytest.approx(share)


def test_a_mix_moves_no_further_than_needs_allow(
    round_county: County, policy_of: PolicyMaker
) -> None:
    rule = policy_of(pay={"bonus_on": "balance", "bonus_share": 0.5, "balance_share": 0.5})
    model, p = lived(round_county, rule, policy_of()), hospital_of(round_county)
    most = round_county.value("prices.mix_most")
    assert 0.5 / round_county.value("prices.mix_yuan") > most
    share = 1.0 / (1.0 + np.exp(most) * 0.6 / 0.4)
    assert model.providers["visit_supplies_cost"][p] == pytest.approx(share)


def test_patients_and_bills_know_the_new_prices(
    round_county: County, policy_of: PolicyMaker
) -> None:
    fixed = policy_of(pay={"bonus_on": "nothing"})
    cheap = policy_of(prices={"tests_price_cut": 0.5}, pay={"bonus_on": "nothing"})
    before, after = lived(round_county, fixed, fixed), lived(round_county, cheap, fixed)
    p = hospital_of(round_county)
    fell = after.providers["visit_price_yuan"][p] / before.providers["visit_price_yuan"][p]
    assert fell == pytest.approx(0.85)
    used = before.options.provider == p
    rows = before.options.felt_price.reshape(len(used), -1, used.shape[1])
    new = after.options.felt_price.reshape(rows.shape)
    felt = np.swapaxes(rows, 1, 2)[used], np.swapaxes(new, 1, 2)[used]
    there = felt[0] > 0
    assert (felt[1][there] < felt[0][there]).all()


def test_what_the_fund_adds_is_what_it_brings(round_county: County, policy_of: PolicyMaker) -> None:
    """The slope of what is paid beside bills, in the fund's part, is what a yuan brings of it."""
    rule = {"joint_share": 0.5, "joint_price_cut": 0.5, "joint_saving_left": 0.4}
    rule |= {"joint_paid_more": 0.1, "general_fee_yuan_per_visit": 8.0}
    model = lived(round_county, policy_of(prices=rule), policy_of(), 13)
    bill = fund_bill(model)
    more = MonthBill(bill.lines.copy())
    p = hospital_of(round_county)
    more.lines["fund_outpatient_fen"][p] += 1_000_000
    paid = beside_bills_fen(model, more)[0] - beside_bills_fen(model, bill)[0]
    assert paid[p] == pytest.approx(1e6 * model.mix.extra_share[VISIT, p], abs=1)
    assert (np.delete(paid, p) == 0).all()
    clinic = int(np.flatnonzero(model.providers["tier"] == 0)[0])
    more.lines["visits"][clinic] += 3
    fee = beside_bills_fen(model, more)[0] - beside_bills_fen(model, bill)[0]
    assert fee[clinic] == 2_400
    plain = model.policy_now.payment.brings(model.books)
    brought = lived(round_county, policy_of(), policy_of(), 13).policy_now.payment
    assert brought.brings(model.books).visit_yuan[clinic] == plain.visit_yuan[clinic] == 0.0
    felt = model.providers["brings_visit_yuan"]
    assert not felt.any()  # on revenue a fee beside the bill is the employer's alone
    share = {"bonus_on": "balance", "bonus_share": 0.2}
    paid_by_balance = lived(round_county, policy_of(prices=rule, pay=share), policy_of(), 2)
    assert paid_by_balance.providers["brings_visit_yuan"][clinic] > 0.0


def test_the_pool_for_pay_reaches_doctors_to_the_fen(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    fixed = {"bonus_on": "nothing"}
    baseline = policy_of(prices={"drug_markup": 0.15}, pay=fixed)
    policy = policy_of(prices={"saved_to_pay": 0.5}, pay=fixed)
    model = lived(tiny_county, policy, baseline, 12)
    due = model.ledger.flow_fen("bonus") + int(model.providers["bonus_arrears_fen"].sum())
    lines = model.books.state["line_fen"][0]
    # 15 % on drugs is freed, and of the fund's part of it half is for staff; the fund's part
    # of a line is its part of the whole bill.
    names = ("fund_outpatient_fen", "fund_inpatient_fen")
    fund = np.stack([model.books.last_lines[name].sum(axis=1) for name in names])
    part = fund / np.maximum(lines.sum(axis=2), 1)
    freed = 0.15 * lines[:, :, DRUGS] * model.books.in_county
    assert due == pytest.approx(0.5 * float((freed * part).sum()), abs=12 * len(part[0]))
    assert due > 1_000_000
    # The fund pays for it, beside the bills.
    assert int(model.books.claims.years[0]["by_rule_fen"].sum()) == due
    assert lived(tiny_county, baseline, baseline, 12).ledger.flow_fen("bonus") == 0


def test_one_drug_list_closes_part_of_the_gap(tiny_county: County, policy_of: PolicyMaker) -> None:
    before = tiny_county.providers
    after = policy_of(prices={"one_drug_list": 0.5}).put_in_force(tiny_county).providers
    here, base = before["place"] == Place.IN_COUNTY, before["tier"] <= Tier.TOWNSHIP
    best = before["drugs_share"][here & (before["tier"] == Tier.COUNTY)].max()
    expected = 0.5 * (before["drugs_share"] + best)
    assert after["drugs_share"][here & base] == pytest.approx(expected[here & base])
    others = ~(here & base)
    assert np.array_equal(after["drugs_share"][others], before["drugs_share"][others])


def test_services_are_what_is_no_supply() -> None:
    assert (SUPPLIES.stop, SERVICES.start) == (2, 2)
