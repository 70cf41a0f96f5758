from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.ledger import Ledger
from abm.payment import BILL, Books, MonthBill, close_year, live_month, open_year, schemes
from abm.payment.base import Scheme
from abm.payment.bundle import Bundle
from abm.payment.fee_for_service import FeeForService
from abm.sharing_rules import Overspend, Surplus

CENTRE, HOSPITAL, CITY = range(3)
FUND_FEN = 100_000_000
SHARE = st.floats(0, 1)


def books_of(fund_share: float = 0.6, consortia: int = 1, **parts: Any) -> Books:
    """A township centre and a hospital in the county, a city hospital outside."""
    names = [f"consortium {g}" for g in range(consortia)]
    ledger = Ledger(["centre", "hospital", "city"], names)
    ledger.open(ledger.account("fund"), FUND_FEN)
    whole = Books(
        ledger=ledger,
        insured=np.full(consortia, 1000),
        in_county=np.array([True, True, False]),
        member_of=np.array([0, consortia - 1, -1]),
        fund_share=np.full(3, fund_share),
        last_year_fen=np.full(consortia, 12_000_000),
        year_fen=np.zeros(consortia, np.int64),
    )
    for name, value in parts.items():
        setattr(whole, name, value)
    return whole


def bill_of(fund_fen: np.ndarray) -> MonthBill:
    """Visits of which the fund pays so much, (provider, consortium)."""
    lines = np.zeros(fund_fen.shape, BILL)
    lines["fund_outpatient_fen"] = fund_fen
    return MonthBill(lines)


def live_year(scheme: Scheme, books: Books, monthly_fen: list[int]) -> None:
    """A year in which every month bills the same to the three providers."""
    open_year(scheme, books)
    for month in range(12):
        books.month = books.month_of_year = month
        bill = np.zeros((3, len(books.insured)), np.int64)
        bill[:, 0] = monthly_fen
        live_month(scheme, books, bill_of(bill))
    close_year(scheme, books)


def held(books: Books, *accounts: int) -> int:
    return int(books.ledger.balance_fen[list(accounts)].sum())


def test_every_file_in_the_folder_is_a_scheme() -> None:
    known = schemes()
    assert {"fee_for_service", "bundle"} <= set(known)
    assert all(kind.rule for kind in known.values())


# -- fee for service --------------------------------------------------------------------------


def test_fee_for_service_pays_what_is_billed() -> None:
    books = books_of()
    live_year(FeeForService(), books, [100_000, 500_000, 400_000])
    ledger = books.ledger
    assert ledger.balance_fen[ledger.provider].tolist() == [1_200_000, 6_000_000, 4_800_000]
    assert held(books, books.fund) == FUND_FEN - 12_000_000


def test_fee_for_service_brings_a_yuan_a_yuan() -> None:
    brings = FeeForService().brings(books_of())
    assert brings.outpatient.tolist() == brings.inpatient.tolist() == [1.0, 1.0, 1.0]
    assert not brings.weight_yuan.any()


# -- bundle, by hand --------------------------------------------------------------------------


def test_a_bundles_surplus_by_hand() -> None:
    # Last year 120,000 yuan, 5 % more this year: 126,000. Billed: 10,000 a month, 120,000.
    # 6,000 are left, of which 80 % are kept, 4,800; 30 % of that, 1,440, goes to staff.
    books = books_of()
    books.surplus = Surplus(kept=0.8, to_staff=0.3)
    live_year(Bundle(growth=0.05), books, [100_000, 500_000, 400_000])
    ledger = books.ledger
    assert books.state["budget_fen"].tolist() == [12_600_000]
    assert books.state["surplus_fen"].tolist() == [600_000]
    assert ledger.balance_fen[ledger.provider].tolist() == [1_200_000, 6_000_000, 4_800_000]
    assert held(books, ledger.account("staff")) == 144_000
    assert held(books, int(ledger.consortium[0])) == 480_000 - 144_000
    assert held(books, books.fund) == FUND_FEN - 12_600_000 + 120_000


def test_a_bundles_overspend_by_hand() -> None:
    # 114,000 yuan for 120,000 billed: of the 6,000 too much the fund takes back 25 %.
    books = books_of()
    books.overspend = Overspend(borne=0.75)
    live_year(Bundle(growth=-0.05), books, [100_000, 500_000, 400_000])
    ledger = books.ledger
    assert books.state["surplus_fen"].tolist() == [-600_000]
    assert held(books, int(ledger.consortium[0])) == -450_000
    assert held(books, books.fund) == FUND_FEN - 11_400_000 - 150_000
    assert held(books, ledger.account("staff")) == 0


def test_care_outside_the_county_can_be_left_to_the_fund() -> None:
    books = books_of()
    live_year(Bundle(growth=0.0, outside_inside=False), books, [100_000, 500_000, 400_000])
    ledger = books.ledger
    assert ledger.balance_fen[ledger.provider].tolist() == [1_200_000, 6_000_000, 4_800_000]
    assert held(books, int(ledger.consortium[0])) == 12_000_000 - 7_200_000
    assert held(books, books.fund) == FUND_FEN - 12_000_000 - 4_800_000


def test_a_budget_from_financing_is_split_by_insured_people() -> None:
    books = books_of(consortia=2, insured=np.array([2000, 1000]), financing_fen=9_000_001)
    Bundle(level="financing").open_year(books)
    assert books.state["budget_fen"].tolist() == [6_000_001, 3_000_000]


def test_a_first_year_has_no_year_behind_it_and_takes_what_there_is() -> None:
    books = books_of(last_year_fen=np.zeros(1, np.int64), financing_fen=9_000_000)
    Bundle(growth=0.05).open_year(books)
    assert books.state["budget_fen"].tolist() == [9_000_000]


@given(
    last_year=st.integers(1, 10**11),
    growth=st.floats(-0.5, 0.5),
    monthly=st.lists(st.integers(0, 10**9), min_size=3, max_size=3),
    kept=SHARE,
    to_staff=SHARE,
    borne=SHARE,
    outside=st.booleans(),
)
def test_a_bundle_prepays_its_budget_and_shares_to_the_fen(
    last_year: int,
    growth: float,
    monthly: list[int],
    kept: float,
    to_staff: float,
    borne: float,
    outside: bool,
) -> None:
    books = books_of(last_year_fen=np.array([last_year]))
    books.surplus = Surplus(kept=kept, to_staff=to_staff)
    books.overspend = Overspend(borne=borne)
    live_year(Bundle(growth=growth, outside_inside=outside), books, monthly)
    ledger, state = books.ledger, books.state
    assert state["prepaid_fen"].tolist() == state["budget_fen"].tolist()
    assert ledger.balance_fen.sum() == FUND_FEN
    assert ledger.balance_fen[ledger.provider].tolist() == [12 * fen for fen in monthly]
    left = int(state["budget_fen"][0]) - 12 * (sum(monthly) if outside else sum(monthly[:2]))
    assert state["surplus_fen"].tolist() == [left]
    consortium = held(books, int(ledger.consortium[0]))
    if left >= 0:
        assert consortium == pytest.approx(left * kept * (1 - to_staff), abs=2)
    else:
        assert consortium == pytest.approx(left * borne, abs=2)


# -- what one more yuan brings ----------------------------------------------------------------


Rule = tuple[Scheme, Surplus, Overspend]


def ruled(rule: Rule, fund_share: float, **parts: Any) -> Books:
    return books_of(fund_share, surplus=rule[1], overspend=rule[2], **parts)


def earned(rule: Rule, member: int, extra_fen: int, fund_share: float) -> int:
    """Money of the consortium, its members and their staff, patients' part included.

    In the last month one provider bills ``extra_fen`` more, of which patients pay their part.
    """
    scheme, books = rule[0], ruled(rule, fund_share)
    ledger = books.ledger
    open_year(scheme, books)
    for month in range(12):
        books.month = books.month_of_year = month
        bill = np.array([[100_000], [500_000], [400_000]])
        if month == 11:
            fund = round(extra_fen * fund_share)
            bill[member] += fund
            own = extra_fen - fund
            ledger.transfer(ledger.account("households"), ledger.provider[member], own, "patients")
        live_month(scheme, books, bill_of(bill))
    close_year(scheme, books)
    ours = [*ledger.provider[:2], *ledger.consortium, ledger.account("staff")]
    return held(books, *map(int, ours))


@pytest.mark.parametrize("fund_share", [0.0, 0.55, 0.9])
@pytest.mark.parametrize("member", [CENTRE, HOSPITAL])
@pytest.mark.parametrize(
    "rule",
    [
        (FeeForService(), Surplus(), Overspend()),
        (Bundle(growth=0.2), Surplus(), Overspend()),
        (Bundle(growth=0.2), Surplus(kept=0.6, to_staff=0.3), Overspend()),
        (Bundle(growth=-0.2), Surplus(), Overspend(borne=0.5)),
        (Bundle(growth=-0.2), Surplus(), Overspend(borne=1.0)),
        (Bundle(growth=0.2, outside_inside=False), Surplus(kept=0.7), Overspend()),
        (Bundle(growth=0.2), Surplus(band=({"above": 0.05, "kept": 0.4},)), Overspend()),
        (Bundle(growth=-0.2), Surplus(), Overspend(band=({"above": 0.1, "borne": 0.2},))),
    ],
    ids=[
        "fee",
        "surplus kept",
        "surplus shared",
        "half borne",
        "all borne",
        "inside only",
        "in the corridor above",
        "in the corridor below",
    ],
)
def test_one_more_yuan_brings_what_the_year_then_pays(
    rule: Rule, member: int, fund_share: float
) -> None:
    step = 100_000
    paid = earned(rule, member, step, fund_share) - earned(rule, member, 0, fund_share)
    books = ruled(rule, fund_share, month=11, month_of_year=11)
    open_year(rule[0], books)
    for month in range(12):
        books.month_of_year = month
        bill = [[100_000], [500_000], [400_000]]
        live_month(rule[0], books, bill_of(np.array(bill)))
    assert rule[0].brings(books).outpatient[member] == pytest.approx(paid / step, abs=2e-5)


def test_a_bundle_binds_its_members_only() -> None:
    books = books_of(0.6)
    scheme = Bundle(growth=0.2)
    scheme.open_year(books)
    brings = scheme.brings(books)
    assert brings.outpatient == pytest.approx([0.4, 0.4, 1.0])
    assert brings.inpatient == pytest.approx([0.4, 0.4, 1.0])


def test_sending_out_of_the_county_costs_a_bundle_what_the_fund_pays_there() -> None:
    # Last year 20 admissions outside took 100,000 yuan of the fund: 5,000 each.
    books = books_of(0.6, tier=np.array([1, 2, 3]))
    books.last_lines["admissions"][CITY] = 20
    books.last_lines["fund_inpatient_fen"][CITY] = 10_000_000
    books.surplus = Surplus(kept=0.8)
    scheme = Bundle(growth=0.2)
    scheme.open_year(books)
    assert scheme.brings(books).up_yuan.tolist() == [0.0, -4_000.0, 0.0]
    inside = Bundle(growth=0.2, outside_inside=False)
    inside.open_year(books)
    assert not inside.brings(books).up_yuan.any()


@pytest.mark.parametrize("kept", [0.5, 1.0])
def test_what_sending_out_costs_is_what_the_year_then_pays(kept: float) -> None:
    def earned_with(extra: int) -> tuple[int, float]:
        books = books_of(0.6, tier=np.array([1, 2, 3]))
        books.surplus = Surplus(kept=kept)
        scheme = Bundle(growth=0.2)
        open_year(scheme, books)
        for month in range(12):
            books.month = books.month_of_year = month
            bill = bill_of(np.array([[100_000], [500_000], [0]]))
            bill.lines["admissions"][CITY] = 1 + extra * (month == 11)
            bill.lines["fund_inpatient_fen"][CITY] = 400_000 * bill.lines["admissions"][CITY]
            live_month(scheme, books, bill)
        felt = float(scheme.brings(books).up_yuan[HOSPITAL])
        close_year(scheme, books)
        return held(books, *map(int, books.ledger.consortium)), felt

    (after, felt), (before, _) = earned_with(1), earned_with(0)
    assert (after - before) / 100 == pytest.approx(felt, abs=0.02)


def test_a_loss_without_a_reserve_is_taken_from_members_by_their_charges() -> None:
    # 6,000 too much, of which 75 % are borne: 4,500, a sixth of it by the centre.
    books = books_of()
    books.overspend = Overspend(borne=0.75)
    live_year(Bundle(growth=-0.05), books, [100_000, 500_000, 400_000])
    assert books.claims.owed_fen.tolist() == [-75_000, -375_000, 0]
    ledger = books.ledger
    before = ledger.balance_fen[ledger.provider].copy()
    books.claims.open_year(books.settlement)
    books.claims.pay_due(2, books.settlement)  # March, when a year is cleared
    assert (ledger.balance_fen[ledger.provider] - before).tolist() == [-75_000, -375_000, 0]
    assert held(books, int(ledger.consortium[0])) == 0
    assert not books.claims.owed_fen.any()


@pytest.mark.parametrize(("inside", "budget"), [(True, 13_200_000), (False, 7_920_000)])
def test_a_bundle_is_set_from_the_care_that_it_pays(inside: bool, budget: int) -> None:
    books = books_of(0.6, tier=np.array([1, 2, 3]))
    books.last_lines["fund_outpatient_fen"][:, 0] = [1_200_000, 2_000_000, 800_000]
    books.last_lines["fund_inpatient_fen"][:, 0] = [0, 4_000_000, 4_000_000]
    books.overspend = Overspend(borne=1.0)
    scheme = Bundle(growth=0.1, outside_inside=inside)
    scheme.open_year(books)
    assert books.state["budget_fen"].tolist() == [budget]
    # Whatever it covers, its members are allotted their own last year's, grown alike.
    live_month(scheme, books, bill_of(np.array([[110_000], [550_000], [440_000]])))
    assert books.counted_fen[:2].tolist() == [110_000, 550_000]


def test_a_members_balance_counts_its_bundle_and_not_its_bills() -> None:
    # At a full stake what it bills is the consortium's own money: its share of the bundle
    # counts, whatever it bills.
    counted = []
    for billed in (500_000, 900_000):
        books = books_of()
        books.last_lines["fund_outpatient_fen"][:, 0] = [1_200_000, 6_000_000, 4_800_000]
        books.overspend = Overspend(borne=1.0)
        scheme = Bundle(growth=0.0)
        open_year(scheme, books)
        live_month(scheme, books, bill_of(np.array([[100_000], [billed], [400_000]])))
        counted.append(books.counted_fen.tolist())
    assert counted[0] == counted[1] == [100_000, 500_000, 400_000]


@pytest.mark.parametrize("wrong", [{"growth": -0.9}, {"level": "guess"}, {"surplus": 1.0}])
def test_impossible_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Bundle(**wrong)
