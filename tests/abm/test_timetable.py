"""Rules that change in any month: what is paid by the month at once, budgets by their part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.checkpoint import resume, save
from abm.county import County
from abm.digest import digest
from abm.excerpt import excerpt
from abm.model import Model
from abm.payment import (
    Books,
    MonthBill,
    change_scheme,
    close_year,
    live_month,
    open_year,
    schemes,
)
from abm.payment.base import Scheme
from abm.payment.bundle import Bundle
from abm.payment.dip import Dip
from abm.payment.fee_for_service import FeeForService
from abm.payment.global_budget import GlobalBudget
from abm.payment.provider_cap import ProviderCap
from abm.policy import Policy
from abm.sharing_rules import Overspend
from experiments.conservation import CHECKS, Watch
from tests.abm.test_payment import HOSPITAL, bill_of, books_of, held

PolicyMaker = Callable[..., Policy]
TIERS = np.array([1, 2, 3])
MONTH = np.array([[100_000], [500_000], [400_000]])


ALL = [kind() for kind in schemes().values()]


def bill() -> MonthBill:
    return bill_of(MONTH)


def live(books: Books, plan: dict[int, Scheme], month_bill: Callable[[], MonthBill] = bill) -> None:
    """A year whose scheme changes in some months, the first of them January."""
    scheme = plan[0]
    open_year(scheme, books)
    for month in range(12):
        books.month = books.month_of_year = month
        if month > 0 and month in plan:
            change_scheme(scheme, plan[month], books)
            scheme = plan[month]
        live_month(scheme, books, month_bill())
    close_year(scheme, books)


def with_a_year_behind(**parts: Any) -> Books:
    """Last year each month billed as this year does."""
    books = books_of(tier=TIERS, **parts)
    live(books, {0: FeeForService()})
    return books


# -- a part of a year, by hand ----------------------------------------------------------------


def test_a_bundle_that_starts_in_july_has_half_a_years_budget() -> None:
    # Last year 120,000 yuan; ten in a hundred more for six months: 66,000. Billed: 60,000.
    books = with_a_year_behind()
    live(books, {0: FeeForService(), 6: Bundle(growth=0.1)})
    assert books.state["budget_fen"].tolist() == [6_600_000]
    assert books.state["prepaid_fen"].tolist() == [6_600_000]
    assert books.state["charged_fen"].tolist() == [6_000_000]
    assert held(books, int(books.ledger.consortium[0])) == 600_000


def test_it_is_prepaid_by_the_months_that_it_has() -> None:
    books = with_a_year_behind()
    prepaid = []
    open_year(FeeForService(), books)
    for month in range(12):
        books.month = books.month_of_year = month
        if month == 9:
            change_scheme(FeeForService(), Bundle(growth=0.0), books)
        scheme: Scheme = FeeForService() if month < 9 else Bundle(growth=0.0)
        live_month(scheme, books, bill())
        prepaid.append(int(books.state.get("prepaid_fen", np.zeros(1))[0]))
    assert prepaid[8:] == [0, 1_000_000, 2_000_000, 3_000_000]


def test_a_bundle_that_ends_in_june_is_settled_for_its_half() -> None:
    books = with_a_year_behind(overspend=Overspend(borne=0.25))
    before = held(books, books.fund)
    live(books, {0: Bundle(growth=-0.1), 6: FeeForService()})
    # 54,000 yuan for 60,000 billed: of 6,000 too much the fund takes 4,500 and the rest is
    # levied from members; then every bill is paid.
    assert books.state["surplus_fen"].tolist() == [-600_000]
    assert before - held(books, books.fund) == 5_400_000 + 450_000 + 6_000_000
    assert books.claims.clearing_fen[1].sum() == -150_000


def test_a_reserve_is_given_out_when_a_bundle_ends_before_its_december() -> None:
    # Half a year: 54,000 yuan prepaid, 6,000 kept back, 60,000 billed.
    books = with_a_year_behind()
    live(books, {0: Bundle(growth=0.0, reserve=0.1), 6: FeeForService()})
    assert books.state["surplus_fen"].tolist() == [0]
    assert books.ledger.flow_fen("reserve released to bundle") == 600_000


def test_a_provider_has_the_part_of_its_budget_that_its_months_are() -> None:
    books = with_a_year_behind()
    rule = GlobalBudget(growth=-0.1, surplus_kept=1.0, overspend_paid=0.0)
    live(books, {0: FeeForService(), 9: rule})
    # A quarter's bills at nine tenths, at the centre and the hospital.
    assert books.claims.years[-1]["by_rule_fen"].tolist() == [-30_000, -150_000, 0]


def test_a_cap_that_starts_in_october_is_a_quarter_of_a_years() -> None:
    books = with_a_year_behind()
    live(books, {0: FeeForService(), 9: ProviderCap(growth=-0.5)})
    year = books.claims.years[-1]
    # A quarter's bills are 15,000 yuan at the hospital; the cap pays half of them.
    assert year["by_rule_fen"].tolist() == [-150_000, -750_000, 0]


def admissions() -> MonthBill:
    month = bill_of(MONTH)
    month.lines["fund_inpatient_fen"][:2, 0] = [50_000, 300_000]
    month.lines["inpatient_cost_fen"][:2, 0] = [80_000, 500_000]
    month.lines["case_weight"][:2, 0] = [2_000, 9_000]
    return month


@pytest.mark.parametrize("start", [1, 6, 11])
def test_points_share_the_part_of_the_budget_that_the_months_have(start: int) -> None:
    books = books_of(tier=TIERS)
    live(books, {0: FeeForService()}, admissions)
    live(books, {0: FeeForService(), start: Dip(growth=0.2)}, admissions)
    # Last year 4,200 yuan a month of admissions; a fifth more is shared for the months left.
    by_rule = books.claims.years[-1]["by_rule_fen"]
    assert by_rule.sum() == pytest.approx(350_000 * 0.2 * (12 - start), abs=12)
    assert by_rule[2] == 0


def test_points_that_end_in_march_share_a_quarter_of_the_budget() -> None:
    books = books_of(tier=TIERS)
    live(books, {0: FeeForService()}, admissions)
    live(books, {0: Dip(growth=0.2), 3: FeeForService()}, admissions)
    assert books.claims.years[-1]["by_rule_fen"].sum() == pytest.approx(3 * 70_000, abs=12)


def test_the_next_year_looks_back_on_a_whole_one() -> None:
    books, usual = (with_a_year_behind() for _ in range(2))
    live(books, {0: FeeForService(), 4: Bundle(growth=0.1), 9: ProviderCap()})
    live(usual, {0: FeeForService()})
    for name in ("last_year_fen", "last_lines", "last_months", "year_fen", "year_lines"):
        assert np.array_equal(getattr(books, name), getattr(usual, name)), name
    assert not books.aside
    assert books.first_month == 0
    assert books.spread == pytest.approx(usual.spread)


# -- the same as starting with a year, where it should be -------------------------------------


@given(month=st.integers(1, 11), growth=st.floats(-0.3, 0.3), borne=st.floats(0, 1))
def test_where_months_are_alike_a_rule_parted_in_two_pays_as_the_whole(
    month: int, growth: float, borne: float
) -> None:
    results = []
    for plan in ({}, {month: Bundle(growth=growth)}):
        books = with_a_year_behind(overspend=Overspend(borne=borne))
        live(books, {0: Bundle(growth=growth), **plan})
        # What is levied for the first part may be paid sooner, so paid and owed count alike.
        owed = books.claims.owed_fen
        whole = books.ledger.balance_fen[books.ledger.provider] + owed
        account = held(books, int(books.ledger.consortium[0])) - int(owed.sum())
        results.append([held(books, books.fund), account, *whole.tolist()])
    assert results[0] == pytest.approx(results[1], abs=4)


@given(
    plan=st.dictionaries(
        st.integers(1, 11),
        st.sampled_from([Bundle(growth=-0.1, reserve=0.1), ProviderCap(growth=-0.2), *ALL]),
        max_size=4,
    ),
    first=st.sampled_from(ALL),
)
def test_whatever_changes_when_no_fen_is_made_and_every_claim_closes(
    plan: dict[int, Scheme], first: Scheme
) -> None:
    books = books_of(tier=TIERS)
    whole = int(books.ledger.balance_fen.sum())
    live(books, {0: FeeForService()}, admissions)
    changes: dict[int, Scheme] = {0: first, **dict(sorted(plan.items()))}
    for _ in range(2):
        live(books, changes, admissions)
        assert int(books.ledger.balance_fen.sum()) == whole
        assert not books.claims.gap_fen().any()
        assert not books.aside
        assert books.last_months.sum(axis=0).tolist() == [1_800_000, 9_600_000, 4_800_000]


def test_a_later_part_of_a_cap_is_felt_by_what_it_has_used() -> None:
    # In November the half-year's cap is used up; what was billed before July does not count.
    books = with_a_year_behind()
    cap = ProviderCap(growth=-0.5)
    open_year(FeeForService(), books)
    felt = []
    for month in range(12):
        books.month = books.month_of_year = month
        if month == 6:
            change_scheme(FeeForService(), cap, books)
        scheme: Scheme = FeeForService() if month < 6 else cap
        felt.append(float(scheme.brings(books).outpatient[HOSPITAL]))
        live_month(scheme, books, bill())
    assert felt[:6] == [1.0] * 6
    assert felt[6] == pytest.approx(1.0 - books.foresight * 0.6)
    assert felt[9:] == pytest.approx([0.4] * 3)


# -- in a county ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def village_pair(typical: County) -> County:
    return excerpt(typical, townships=1, villages_each=2, persons=400)


def lived(county: County, policy: Policy, baseline: Policy, months: int) -> Model:
    model = Model(county, policy, baseline, rng=7, threads=1)
    for _ in range(months):
        model.step()
    model.close()
    return model


def test_a_change_with_a_year_is_the_policy_that_starts_then(
    village_pair: County, policy_of: PolicyMaker
) -> None:
    pay = {"bonus_on": "balance", "bonus_share": 0.2}
    later = {"month": 12, "payment": {"scheme": "bundle", "growth": 0.01}, "pay": pay}
    changed = policy_of("fee_for_service", 0, change=[later])
    started = policy_of("bundle", 12, payment={"growth": 0.01}, pay=pay)
    fees = policy_of()
    one, other = (lived(village_pair, policy, fees, 26) for policy in (changed, started))
    assert digest(one) == digest(other)


def test_a_start_in_the_course_of_a_year_is_a_change_then(
    village_pair: County, policy_of: PolicyMaker
) -> None:
    fees = policy_of()
    told = {"month": 7, "payment": {"scheme": "bundle"}, "benefits": {"aid_ratio": 0.9}}
    changed = policy_of("fee_for_service", 0, change=[told])
    started = policy_of("bundle", 7, benefits={"aid_ratio": 0.9})
    one, other = (lived(village_pair, policy, fees, 14) for policy in (changed, started))
    assert digest(one) == digest(other)
    assert one.ledger.flow_fen("fund prepays bundle", range(7)) == 0
    assert one.ledger.flow_fen("fund prepays bundle", range(7, 12)) > 0


def many_changes(policy_of: PolicyMaker) -> Policy:
    """Each part that is paid by the month changes in a month of its own."""
    return policy_of(
        "fee_for_service",
        3,
        surplus={"to_staff": 0.3, "to_chronic": 0.3},
        change=[
            {"month": 1, "pay": {"bonus_share": 0.0}},
            {"month": 2, "government": {"public_health_yuan_per_head": 60.0}},
            {"month": 3, "payment": {"scheme": "bundle", "growth": 0.4}},
            {"month": 4, "care_at_base": {"drugs_share_village": 1.0}},
            {"month": 5, "benefits": {"outpatient_cap_yuan": 5.0}},
            {"month": 6, "payment": {"growth": 0.3}, "settlement": {"denial_share": 0.1}},
            {"month": 11, "payment": {"scheme": "dip"}},
        ],
    )


def test_each_part_changes_in_its_month(village_pair: County, policy_of: PolicyMaker) -> None:
    model = Model(village_pair, many_changes(policy_of), policy_of(), rng=7, threads=1)
    watch = Watch(model)
    clinics = (model.providers["tier"] == 0) & (model.providers["place"] == 0)
    bonus, denied, health = [], [], []
    for month in range(26):
        watch.step()
        bonus.append(model.ledger.flow_fen("bonus", range(month, month + 1)))
        health.append(model.ledger.flow_fen("public-health money", range(month, month + 1)))
        denied.append(int(model.books.claims.year["denied_fen"].sum()))
        assert bool((model.providers["drugs_share"][clinics] == 1.0).all()) == (month >= 7)
        assert (model.world.cover.outpatient_cap_fen[1] == 500) == (month >= 8)
        assert model.policy_now.payment.name == (
            "fee_for_service" if month < 6 else "bundle" if month < 14 else "dip"
        )
    assert set(watch.worst.values()) == {0}
    assert set(watch.worst) == set(CHECKS)
    assert min(bonus[:4]) > 0
    assert not any(bonus[4:])
    assert not any(health[:5])
    assert min(health[5:]) > 0
    assert not any(denied[:9])
    assert denied[9] > 0


def test_a_run_goes_on_after_any_month_of_a_timetable(
    village_pair: County, policy_of: PolicyMaker, tmp_path: Path
) -> None:
    policy, fees = many_changes(policy_of), policy_of()
    whole = Model(village_pair, policy, fees, rng=7, threads=1)
    for month in range(20):
        if month in (6, 8, 13, 15):
            save(whole, tmp_path / f"{month}.npz")
        whole.step()
    for month in (6, 8, 13, 15):
        again = resume(tmp_path / f"{month}.npz", village_pair, policy, fees)
        for _ in range(month, 20):
            again.step()
        assert digest(again) == digest(whole)
        assert np.array_equal(again.ledger.journal(), whole.ledger.journal())


def test_rules_put_in_force_by_hand_are_settled_for_their_months(
    village_pair: County, policy_of: PolicyMaker, tmp_path: Path
) -> None:
    model = Model(village_pair, policy_of(), rng=7, threads=1)
    watch = Watch(model)
    for month in range(13):
        if month == 4:
            model.set_policy(policy_of("bundle", name="third"))
            save(model, tmp_path / "run.npz")
        watch.step()
    again = resume(tmp_path / "run.npz", village_pair)
    for _ in range(4, 13):
        again.step()
    assert digest(again) == digest(model)
    assert set(watch.worst.values()) == {0}
    assert model.ledger.flow_fen("fund prepays bundle", range(4)) == 0
    assert model.ledger.flow_fen("fund prepays bundle", range(4, 12)) > 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ([{"month": 5}, {"month": 5}], "each month after the one before"),
        ([{"month": 5, "weather": {}}], r"change.0.weather: unknown; allowed: month, payment"),
        ([{"month": 5, "pay": {"bonus_share": 3}}], "bonus_share"),
        ([{"month": 0}], "greater than or equal to 1"),
    ],
)
def test_a_timetable_that_cannot_be_is_refused(
    policy_of: PolicyMaker, change: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        policy_of(change=change)


def test_a_changed_part_keeps_its_other_keys_but_another_scheme_begins_anew(
    policy_of: PolicyMaker,
) -> None:
    policy = policy_of(
        "bundle",
        payment={"growth": 0.2, "outside_inside": False},
        change=[
            {"month": 3, "payment": {"growth": 0.1}},
            {"month": 5, "payment": {"scheme": "dip"}},
            {"month": 7, "payment": {"scheme": "bundle"}},
        ],
    )
    payments = [stage.payment for _, stage in policy.stages()]
    assert payments == [
        Bundle(growth=0.2, outside_inside=False),
        Bundle(growth=0.1, outside_inside=False),
        Dip(),
        Bundle(),
    ]
