"""Prices by line, pay by scale and by outcome: what theory and published reforms say of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.indicator_prices import ADMISSIONS, VISITS
from abm.model import Model
from abm.policy import Policy
from abm.prices import DRUGS, FEES
from tests.science.fuzzy import CouldNeverTellError, check_parts
from tests.science.runs import run

pytestmark = pytest.mark.science

PolicyMaker = Callable[..., Policy]
WEIGHT = 20
SHARED = {"bonus_on": "balance", "bonus_share": 0.2}
"""Doctors took their part of what a ward earned, drugs included, before the reforms."""
MARKUP = {"drug_markup": 0.15}
SCALE = {
    "village_doctor": 60_000.0,
    "assistant_physician": 80_000.0,
    "physician": 100_000.0,
    "attending": 140_000.0,
    "associate_chief": 190_000.0,
    "chief": 250_000.0,
}


@pytest.fixture(scope="module")
def before(typical: County, policy_of: PolicyMaker) -> Model:
    return run(typical, 1, policy_of(pay=SHARED, prices=MARKUP), weight=WEIGHT)


@pytest.fixture(scope="module")
def zero_markup(typical: County, policy_of: PolicyMaker) -> Model:
    """The markup goes; fees rise by 80 % of what that frees, as in Zhejiang."""
    rule = policy_of(pay=SHARED, prices={"saved_to_fees": 0.8})
    return run(typical, 1, rule, policy_of(pay=SHARED, prices=MARKUP), weight=WEIGHT)


@pytest.fixture(scope="module")
def reform(typical: County, policy_of: PolicyMaker) -> Model:
    """No markup, cheaper drugs and consumables, part of it on fees; one scale without revenue."""
    prices = {"drug_price_cut": 0.2, "consumables_price_cut": 0.1, "saved_to_fees": 0.5}
    fixed = {"scale": "one_scale", "scale_yuan": SCALE, "performance_share": 0.1}
    rule = policy_of(
        "bundle", pay=fixed | {"bonus_on": "nothing"}, prices=prices | {"saved_to_pay": 0.3}
    )
    return run(typical, 1, rule, policy_of(pay=SHARED, prices=MARKUP), weight=WEIGHT)


def busy(model: Model) -> np.ndarray:
    """The county's centres and hospitals that admit."""
    rows = model.providers
    return np.flatnonzero((rows["place"] == 0) & (rows["bed_days_capacity"] > 0))


def cases(model: Model, kind: int) -> np.ndarray:
    """(provider,) visits or admissions of the year, as persons."""
    column = ("visits", "admissions")[kind]
    counts = sum(model.by_provider(month[column]) for month in model.tallies[:12])
    return np.asarray(counts * model.weight)[busy(model)]


def a_case(model: Model, kind: int, *lines: int, volume: bool = False) -> np.ndarray:
    """(provider,) fen of some lines a case; at the county's own prices if volume."""
    fen = model.books.state["line_fen"][0][kind][busy(model)].astype(float)
    if volume:
        fen = fen / model.price_list.price[kind][busy(model)]
    chosen = list(lines) or slice(None)
    return np.asarray(fen[:, chosen].sum(axis=1) / cases(model, kind))


def change(after: Model, former: Model, kind: int, *lines: int, volume: bool = False) -> np.ndarray:
    """(provider,) change of the logarithm of what a case takes."""
    pair = [a_case(model, kind, *lines, volume=volume) for model in (after, former)]
    return np.log(pair[0] / pair[1])


def test_zero_markup_moves_care_from_drugs_to_services(before: Model, zero_markup: Model) -> None:
    # Zhejiang: drugs a visit -8 %, an admission -15 %; services +23 and +28 %, their volume +6
    # and +13 %. The reform takes 13 % off the price of drugs by itself.
    for kind, drugs in ((VISITS, (-0.35, -0.08)), (ADMISSIONS, (-0.4, -0.1))):
        spent = change(zero_markup, before, kind, DRUGS)
        check_parts("drugs a case", spent, drugs, [(0.0, 0.5), (-2.0, -0.8)])
        services = change(zero_markup, before, kind, *FEES)
        check_parts("services a case", services, (0.05, 0.4), [(-0.4, 0.0), (1.0, 3.0)])
        volume = change(zero_markup, before, kind, *FEES, volume=True)
        check_parts("volume of services a case", volume, (0.003, 0.2), [(-0.2, 0.0)])
        less = change(zero_markup, before, kind, DRUGS, volume=True)
        check_parts("volume of drugs a case", less, (-0.2, -0.003), [(0.0, 0.2)])


def test_no_mix_moves_where_doctors_gain_by_neither(
    typical: County, policy_of: PolicyMaker
) -> None:
    fixed = {"bonus_on": "nothing"}
    former = policy_of(pay=fixed, prices=MARKUP)
    after = run(typical, 1, policy_of(pay=fixed), former, weight=WEIGHT)
    share = (
        after.mix.line_share[:, busy(after), DRUGS] / after.price_list.shares[:, busy(after), DRUGS]
    )
    assert share == pytest.approx(np.ones(share.shape))


def test_a_reform_like_sanmings_lowers_cost_and_drugs_an_admission(
    before: Model, reform: Model
) -> None:
    # Against other hospitals of the province: cost a visit -6.1 %, an admission -15.4 %, drugs a
    # visit -29 %, an admission -53 % (Fu and others 2017, from 2013 on).
    whole = change(reform, before, ADMISSIONS)
    check_parts("cost an admission", whole, (-0.45, -0.03), [(0.0, 0.5), (-3.0, -1.0)])
    visits = change(reform, before, VISITS)
    check_parts("cost a visit", visits, (-0.4, -0.01), [(0.0, 0.5), (-3.0, -1.0)])
    for kind in (VISITS, ADMISSIONS):
        drugs = change(reform, before, kind, DRUGS)
        check_parts("drugs a case", drugs, (-1.0, -0.15), [(0.0, 0.5), (-4.0, -1.8)])


def test_too_few_places_could_not_tell(before: Model, zero_markup: Model) -> None:
    few = change(zero_markup, before, VISITS, *FEES, volume=True)[:2]
    with pytest.raises(CouldNeverTellError):
        check_parts("volume of services a visit", [*few, -0.05, 0.05], (0.003, 0.2), [(-0.2, 0.0)])


def test_pay_by_outcome_makes_stays_fuller(typical: County, policy_of: PolicyMaker) -> None:
    # Where points are paid without outliers and a yuan only costs, care falls short; a factor on
    # what comes of patients holds against it, for those patients and no others.
    pay = {"bonus_on": "balance", "bonus_share": 0.5, "balance_share": 0.5}
    tiers = {"factor_far_below": 0.4, "factor_below": 0.8, "factor_above": 1.2}
    ruled = {"conditions": ["coronary", "stroke"], "factor_far_above": 1.6, "margin": 0.03}
    plain = run(typical, 3, policy_of("dip", payment={"outliers": False}, pay=pay), weight=8)
    paid = run(
        typical,
        3,
        policy_of("dip", payment={"outliers": False}, pay=pay, rehab=ruled | tiers),
        weight=8,
    )
    months = range(13, 36)
    logs = []
    for month in months:
        costs = [m.lives[month]["insured_inpatient_cost_fen"][0] for m in (paid, plain)]
        of = [cost[-2:].sum() / cost[:-2].sum() for cost in costs]
        logs.append(np.log(of[0] / of[1]))
    check_parts("cost of those paid by outcome, against others", logs, (0.02, 0.4), [(-0.4, 0.0)])
