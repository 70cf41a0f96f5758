"""Who shares what a year leaves: worked by hand, and what must hold whatever the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm import sharing
from abm.payment import Books, close_year, live_month, open_year
from abm.payment.bundle import Bundle
from abm.payment.fee_for_service import FeeForService
from abm.sharing_rules import ConsortiumRules, Overspend, Surplus, Target
from tests.abm.test_payment import CENTRE, CITY, HOSPITAL, bill_of, books_of, held, live_year

SHARE = st.floats(0, 1)
TIERS = np.array([1, 2, 3])
MONTH = [100_000, 500_000, 400_000]
"""Fen a month at the centre, the hospital and the city; 120,000 yuan a year."""


def after_a_year(growth: float = 0.05, **rules: Any) -> Books:
    """A bundle of 126,000 yuan for 120,000 billed leaves 6,000 yuan."""
    books = books_of(tier=TIERS, **rules)
    books.last_lines["visits"][:, 0] = [200, 100, 0]
    books.referred[:] = [3, 1, 0]
    live_year(Bundle(growth=growth), books, MONTH)
    return books


# -- a surplus and its uses -------------------------------------------------------------------


def test_luohus_rule_by_hand() -> None:
    # Luohu: 40 % stations and equipment, 30 % staff pay, 30 % chronic care (plan on consortium
    # incentives); a quarter of the first for training is this test's own.
    rule = Surplus(to_primary=0.4, training_share=0.25, to_staff=0.3, to_chronic=0.3)
    books = after_a_year(surplus=rule)
    own = books.earmarked[1]
    assert own["equipment_fen"].tolist() == [180_000, 0, 0]
    assert own["training_fen"].tolist() == [60_000, 0, 0]
    assert own["contacts_fen"].tolist() == [180_000, 0, 0]
    assert held(books, books.ledger.account("staff")) == 180_000
    # By the people whom each serves, 201 to 101.
    assert books.staff_surplus_fen.tolist() == [119_801, 60_199, 0]
    # Until it is spent it lies in the consortium's account.
    assert held(books, int(books.ledger.consortium[0])) == 420_000


def test_the_city_surplus_rule_by_hand() -> None:
    # 50 % primary equipment and training, 30 % staff who refer both ways, 20 % disciplines.
    rule = Surplus(to_primary=0.5, training_share=0.0, to_referring=0.3, to_disciplines=0.2)
    books = after_a_year(surplus=rule)
    assert books.earmarked[1]["equipment_fen"].tolist() == [300_000, 120_000, 0]
    assert books.referral_pay_fen.tolist() == [135_000, 45_000, 0]
    assert held(books, books.ledger.account("staff")) == 180_000
    assert not books.staff_surplus_fen.any()


def test_what_has_nobody_to_go_to_stays_in_reserve() -> None:
    books = books_of(tier=np.array([2, 2, 3]), surplus=Surplus(to_primary=0.6, to_referring=0.4))
    live_year(Bundle(growth=0.05), books, MONTH)
    assert not books.earmarked.view(np.int64).any()
    assert held(books, int(books.ledger.consortium[0])) == 600_000


def test_what_is_set_aside_is_neither_shared_again_nor_spent_on_a_loss() -> None:
    books = after_a_year(surplus=Surplus(to_primary=1.0, training_share=0.0))
    account = int(books.ledger.consortium[0])
    assert held(books, account) == 600_000
    sharing.use_surplus(books, 0, 600_000)
    assert books.earmarked[1]["equipment_fen"].tolist() == [600_000, 0, 0]
    # The next year overspends by 6,300 yuan, all borne: none of it comes out of what is set aside.
    books.overspend = Overspend(borne=1.0)
    books.last_year_fen = np.array([12_000_000])
    live_year(Bundle(growth=-0.0525), books, MONTH)
    assert books.claims.clearing_fen[1].sum() == -630_000


def test_spending_takes_from_who_keeps_it_and_never_more_than_there_is() -> None:
    books = after_a_year(surplus=Surplus(to_primary=1.0, training_share=0.0))
    ledger, account = books.ledger, int(books.ledger.consortium[0])
    books.earmarked["equipment_fen"][0, CENTRE] = 5_000_000
    wanted = np.zeros((2, 3), np.int64)
    wanted[:, CENTRE] = [5_000_000, 200_000]
    before = held(books, ledger.account("suppliers"))
    paid = sharing.spend(books, "equipment_fen", wanted)
    # The centre's own account holds 12 months of 1,000 yuan, the consortium's what it kept.
    assert paid[:, CENTRE].tolist() == [1_200_000, 200_000]
    assert held(books, ledger.account("suppliers")) - before == 1_400_000
    assert held(books, account) == 400_000
    assert books.earmarked["equipment_fen"][:, CENTRE].tolist() == [3_800_000, 400_000]
    ledger.transfer(account, books.fund, 300_000, "something else")
    wanted[:, CENTRE] = [0, 400_000]
    assert sharing.spend(books, "equipment_fen", wanted)[1, CENTRE] == 100_000
    assert held(books, account) == 0


USES = st.lists(st.floats(0, 0.2), min_size=5, max_size=5)


@given(
    growth=st.floats(-0.5, 0.5),
    monthly=st.lists(st.integers(0, 10**9), min_size=3, max_size=3),
    kept=SHARE,
    uses=USES,
    training=SHARE,
    borne=SHARE,
    split=st.sampled_from(["common", "saved", "work"]),
    visits=st.lists(st.integers(0, 1000), min_size=3, max_size=3),
    referred=st.lists(st.integers(0, 9), min_size=3, max_size=3),
)
def test_no_fen_is_made_or_lost_and_uses_never_exceed_what_is_kept(
    growth: float,
    monthly: list[int],
    kept: float,
    uses: list[float],
    training: float,
    borne: float,
    split: Any,
    visits: list[int],
    referred: list[int],
) -> None:
    names = ("to_primary", "to_staff", "to_referring", "to_disciplines", "to_chronic")
    rule = Surplus(kept=kept, training_share=training, **dict(zip(names, uses, strict=True)))
    books = books_of(tier=TIERS, surplus=rule, overspend=Overspend(borne=borne))
    books.consortium = ConsortiumRules(reserve_split=split)
    books.last_lines["visits"][:, 0] = visits
    books.last_lines["fund_outpatient_fen"][:, 0] = monthly
    books.referred[:] = [*referred[:2], 0]
    whole = int(books.ledger.balance_fen.sum())
    live_year(Bundle(growth=growth), books, monthly)
    assert int(books.ledger.balance_fen.sum()) == whole
    account = held(books, int(books.ledger.consortium[0]))
    aside = int(sum(books.earmarked[name].sum() for name in sharing.SPENT_ON))
    left = int(books.state["surplus_fen"][0])
    if left >= 0:
        given_away = int(books.staff_surplus_fen.sum() + books.referral_pay_fen.sum())
        assert given_away == held(books, books.ledger.account("staff"))
        split_off = int(books.ledger.balance_fen[books.ledger.provider].sum()) - 12 * sum(monthly)
        assert account + given_away + split_off == int(left * kept)
        assert 0 <= aside <= account
        assert split_off == 0 or split != "common"
    else:
        assert aside == 0
        assert account == -left * -1 + int(-left * (1.0 - borne))


# -- members that keep their own books --------------------------------------------------------


def test_a_reserve_split_by_what_each_saved_by_hand() -> None:
    # Last year 12,000, 60,000 and 48,000 yuan; this year the centre bills as much, the hospital
    # 6,000 less: the hospital alone saved. The budget is last year's.
    books = books_of(tier=TIERS, consortium=ConsortiumRules(reserve_split="saved"))
    books.last_lines["fund_outpatient_fen"][:, 0] = [1_200_000, 6_000_000, 4_800_000]
    live_year(Bundle(growth=0.0), books, [100_000, 450_000, 400_000])
    paid = books.ledger.balance_fen[books.ledger.provider] - [1_200_000, 5_400_000, 4_800_000]
    assert paid.tolist() == [0, 600_000, 0]


def test_a_reserve_split_by_work_by_hand() -> None:
    books = books_of(tier=TIERS, consortium=ConsortiumRules(reserve_split="work"))
    books.last_lines["visits"][:, 0] = [200, 100, 0]
    live_year(Bundle(growth=0.05), books, MONTH)
    paid = books.ledger.balance_fen[books.ledger.provider] - [1_200_000, 6_000_000, 4_800_000]
    assert paid.tolist() == [400_000, 200_000, 0]


def test_one_legal_person_has_one_purse_whatever_the_split() -> None:
    one = ConsortiumRules(legal_persons="one", reserve_split="work")
    books = after_a_year(consortium=one)
    assert held(books, int(books.ledger.consortium[0])) == 600_000


@pytest.mark.parametrize("member", [CENTRE, HOSPITAL])
@pytest.mark.parametrize("growth", [0.2, -0.2])
def test_a_yuan_split_by_work_is_felt_as_what_the_members_own_account_gets(
    member: int, growth: float
) -> None:
    step, accounts, felt = 10_000, [], 0.0
    for extra in (0, step):
        books = books_of(0.6, tier=TIERS, consortium=ConsortiumRules(reserve_split="work"))
        books.last_lines["visits"][:, 0] = [200, 100, 0]
        scheme = Bundle(growth=growth)
        open_year(scheme, books)
        for month in range(12):
            books.month = books.month_of_year = month
            bill = np.array([[100_000], [500_000], [400_000]])
            bill[member] += (month == 11) * extra * 6 // 10
            live_month(scheme, books, bill_of(bill))
        felt = float(scheme.brings(books).outpatient[member])
        close_year(scheme, books)
        own = int(books.ledger.balance_fen[books.ledger.provider[member]])
        accounts.append(own + int(books.claims.owed_fen[member]) + extra * 4 // 10)
    assert (accounts[1] - accounts[0]) / step == pytest.approx(felt, abs=2e-3)
    whole = Bundle(growth=growth)
    alone = books_of(0.6, tier=TIERS)
    open_year(whole, alone)
    assert whole.brings(alone).outpatient[member] < felt


def gained(one: bool) -> Books:
    """A scheme pays the centre 1,000 and the hospital 2,000 yuan above their bills."""
    rules = ConsortiumRules(legal_persons="one" if one else "several")
    books = books_of(tier=TIERS, consortium=rules)
    books.surplus = Surplus(to_primary=0.5, training_share=0.2, to_staff=0.3, to_disciplines=0.2)
    open_year(FeeForService(), books)
    for month in range(12):
        books.month = books.month_of_year = month
        live_month(FeeForService(), books, bill_of(np.array([[100_000], [500_000], [400_000]])))
    books.claims.adjust(0, np.array([100_000, 200_000, 900_000]))
    close_year(FeeForService(), books)
    return books


def test_what_a_scheme_pays_above_bills_each_member_uses_for_itself() -> None:
    books = gained(one=False)
    assert books.earmarked[0]["equipment_fen"].tolist() == [40_000, 40_000, 0]
    assert books.earmarked[0]["training_fen"].tolist() == [10_000, 0, 0]
    assert books.staff_surplus_fen.tolist() == [30_000, 60_000, 0]
    assert not books.earmarked[1].view(np.int64).any()


def test_as_one_legal_person_it_is_the_consortiums() -> None:
    books = gained(one=True)
    # 3,000 yuan: half for the base, of it a fifth for training; 20 % for the hospital.
    assert books.earmarked[1]["equipment_fen"].tolist() == [120_000, 60_000, 0]
    assert books.earmarked[1]["training_fen"].tolist() == [30_000, 0, 0]
    assert books.staff_surplus_fen.sum() == 90_000
    assert not books.earmarked[0].view(np.int64).any()


# -- an overspend and its cause ---------------------------------------------------------------


def overspent(error: float = 0.0, insured: int = 1000, **more: int) -> Books:
    """The year before: 100 units of severe weight for 100,000 yuan; this year as ruled."""
    books = books_of(tier=TIERS)
    books.overspend = Overspend(uncontrollable_borne=0.3, mismanagement_borne=1.0)
    books.last_lines["case_weight"][HOSPITAL, 0] = 100_000
    books.last_lines["fund_inpatient_fen"][HOSPITAL, 0] = 10_000_000
    books.year_lines[...] = books.last_lines
    for name, amount in more.items():
        where = CITY if name.startswith("emergency") else HOSPITAL
        books.year_lines[name][where, 0] += amount
    books.insured, books.insured_before = np.array([insured]), np.array([1000])
    books.judgement_error = np.array([error])
    return books


@pytest.mark.parametrize(
    ("more", "explained"),
    [
        (
            {"case_weight": 3_000},
            300_000,
        ),  # at last year's price
        ({"case_weight": 3_000, "light_weight": 3_000}, 0),
        ({"fund_inpatient_fen": 500_000}, 0),
        ({"fund_outpatient_fen": 500_000, "visits": 50}, 0),
        ({"insured": 1030, "case_weight": 3_000}, 300_000),  # three in a hundred more people
        ({"emergency_fen": 80_000, "case_weight": 0}, 80_000),
    ],
)
def test_what_the_office_can_explain_by_hand(more: dict[str, int], explained: int) -> None:
    books = overspent(**more)
    seen = sharing.explained_fen(books, np.ones(3, bool))
    assert seen.tolist() == pytest.approx([explained])


@pytest.mark.parametrize(
    ("error", "borne"),
    [
        (0.0, 390_000),  # half is nobody's fault: 0.5 x 30 % + 0.5 x 100 % of 6,000 yuan
        (0.2, 306_000),  # taken for seven tenths: 0.7 x 30 % + 0.3 x 100 %
        (-0.9, 600_000),  # all taken for mismanagement
        (0.9, 180_000),
    ],
)
def test_stage_2_by_hand(error: float, borne: int) -> None:
    # Uncontrollable causes fund 7 : consortium 3, mismanagement 0 : 10 (staged path, stage 2).
    books = overspent(error, case_weight=3_000)
    left = np.array([-600_000])
    before = held(books, books.fund)
    sharing.settle_budgets(books, left, np.array([12_000_000]), np.ones(3, bool))
    assert before - held(books, books.fund) == 600_000 - borne
    assert books.state["uncontrollable_share"][0] == pytest.approx(min(max(0.5 + error, 0.0), 1.0))


# -- a risk corridor --------------------------------------------------------------------------


def test_a_corridor_by_hand() -> None:
    # Borne in full up to 5 % of 1,000,000, half up to 10 %, a tenth beyond.
    marks = [{"above": 0.05, "borne": 0.5}, {"above": 0.10, "borne": 0.1}]
    rule = Overspend.model_validate({"borne": 1.0, "band": marks})
    assert [rule.borne_fen(x, 1_000_000, 0.0) for x in (40_000, 80_000, 200_000)] == [
        40_000,
        65_000,
        85_000,
    ]
    assert [rule.felt(part) for part in (0.04, 0.08, 0.2)] == [1.0, 0.5, 0.1]
    kept = Surplus.model_validate({"kept": 0.8, "band": [{"above": 0.1, "kept": 0.0}]})
    assert [kept.kept_fen(x, 1_000_000) for x in (50_000, 300_000)] == [40_000, 80_000]
    assert [kept.felt(part) for part in (0.05, 0.3)] == [0.8, 0.0]


def test_what_is_held_of_a_surplus_for_quality_by_hand() -> None:
    # The plan's second stage holds a fifth. A score of three quarters gives out 1 - 0.2 / 4.
    rule = Surplus(kept=0.5, held_for_quality=0.2)
    assert rule.kept_fen(1_000_000, 10_000_000, 0.75) == 475_000
    assert rule.felt(0.1, 0.75) == pytest.approx(0.475)
    books = books_of(tier=TIERS, surplus=rule)
    scheme, score = Bundle(growth=0.05), np.array([0.0, 0.9, 1.0])
    open_year(scheme, books)
    for month in range(12):
        books.month = books.month_of_year = month
        live_month(scheme, books, bill_of(np.array(MONTH)[:, None]))
    before = held(books, books.fund)
    close_year(scheme, books, score)
    # Members were charged 1 : 5, so their consortium's score is 0.75.
    assert held(books, books.fund) - before == 600_000 - 285_000
    assert held(books, int(books.ledger.consortium[0])) == 285_000


@given(
    marks=st.lists(st.floats(0.01, 1), min_size=0, max_size=4, unique=True).map(sorted),
    shares=st.lists(SHARE, min_size=5, max_size=5),
    amounts=st.lists(st.integers(0, 10**10), min_size=2, max_size=2).map(sorted),
    budget=st.integers(0, 10**10),
    seen=SHARE,
    by_cause=st.booleans(),
)
def test_a_corridor_never_pays_for_losing_more_or_saving_less(
    marks: list[float],
    shares: list[float],
    amounts: list[int],
    budget: int,
    seen: float,
    by_cause: bool,
) -> None:
    bands = list(zip(marks, shares[1:], strict=False))
    first = (
        {"uncontrollable_borne": shares[0] / 2, "mismanagement_borne": shares[0]}
        if by_cause
        else {"borne": shares[0]}
    )
    over = Overspend.model_validate(
        {**first, "band": [{"above": mark, "borne": share} for mark, share in bands]}
    )
    kept = Surplus.model_validate(
        {"kept": shares[0], "band": [{"above": mark, "kept": share} for mark, share in bands]}
    )
    less, more = amounts
    borne = [over.borne_fen(amount, budget, seen) for amount in amounts]
    keeps = [kept.kept_fen(amount, budget) for amount in amounts]
    for values in (borne, keeps):
        # A fen each is lost to rounding.
        assert -1 <= values[1] - values[0] <= more - less + 1
        assert 0 <= values[0] <= less


@pytest.mark.parametrize(
    ("part", "wrong", "told"),
    [
        (Surplus, {"to_staff": 0.6, "to_chronic": 0.5}, "together 1.1; allowed: 1 together"),
        (Surplus, {"contacts_with": ["gout"]}, "unknown condition gout"),
        (Surplus, {"contacts_with": []}, "at least 1 item"),
        (Overspend, {"uncontrollable_borne": 0.3}, "both or neither"),
        (Overspend, {"band": [{"above": 0.2, "borne": 0}] * 2}, "each mark above"),
        (Target, {"indicator": "visits_outside", "cut": 0.1}, "either at_least or at_most"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(
    part: Any, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        part.model_validate(wrong)


# -- next year's quota ------------------------------------------------------------------------


def two_years(target: Target) -> tuple[int, int]:
    """Budgets of a year and of the next one, the first with fewer visits at the centre."""
    books = books_of(tier=TIERS, targets=(target,))
    books.last_lines["visits"][:, 0] = [300, 100, 50]
    books.last_lines["admissions"][:, 0] = [0, 60, 40]
    budgets = []
    for visits in ([240, 110, 60], [240, 110, 60]):
        open_year(Bundle(growth=0.0), books)
        budgets.append(int(books.state["budget_fen"][0]))
        for month in range(12):
            books.month = books.month_of_year = month
            bill = bill_of(np.array([[100_000], [500_000], [400_000]]))
            bill.lines["visits"][:, 0] = np.array(visits) // 12
            bill.lines["admissions"][:, 0] = [0, 5, 5]
            live_month(Bundle(growth=0.0), books, bill)
        close_year(Bundle(growth=0.0), books)
    return budgets[0], budgets[1]


@pytest.mark.parametrize(
    ("told", "missed"),
    [
        # 240 of 348 visits in the county, 69 %; a year before 75 %.
        ({"indicator": "primary_share_of_visits", "at_least": 0.65}, False),
        ({"indicator": "primary_share_of_visits", "at_least": 0.75}, True),
        ({"indicator": "primary_share_of_visits", "at_least": 0.0, "of": "change"}, True),
        ({"indicator": "in_county_share_of_admissions", "at_least": 0.5}, False),
        ({"indicator": "in_county_share_of_admissions", "at_least": 0.51}, True),
        ({"indicator": "visits_at_hospitals", "at_most": 0.0, "of": "change"}, True),
        ({"indicator": "visits_at_hospitals", "at_most": 0.15, "of": "change"}, False),
        ({"indicator": "visits_outside", "at_most": 60}, False),
        ({"indicator": "visits_outside", "at_most": 59}, True),
    ],
)
def test_a_missed_target_cuts_next_years_quota(told: dict[str, Any], missed: bool) -> None:
    first, second = two_years(Target.model_validate({**told, "cut": 0.02}))
    assert first == 12_000_000
    assert second == (11_760_000 if missed else 12_000_000)


def test_a_change_needs_a_year_behind_it() -> None:
    target = Target(indicator="visits_outside", at_most=-0.1, of="change", cut=0.5)
    assert target.is_met(100.0, 0.0)
    assert not target.is_met(100.0, 100.0)
    assert target.is_met(90.0, 100.0)
