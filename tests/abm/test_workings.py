"""What a scheme tells of its arithmetic: adds up to the fen, and says the rule by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.ledger import Ledger
from abm.payment import BILL, Books, MonthBill, close_year, live_month, open_year, schemes
from abm.payment.base import Scheme
from abm.payment.bundle import Bundle
from abm.payment.chronic_capitation import ChronicCapitation
from abm.payment.composition import Composition
from abm.payment.dip import Dip
from abm.payment.drg import Drg
from abm.payment.episode_90 import Episode90
from abm.payment.fee_for_service import FeeForService
from abm.payment.global_budget import GlobalBudget
from abm.payment.per_diem import PerDiem
from abm.payment.provider_cap import ProviderCap
from abm.settlement import Settlement
from abm.workings import Working, Workings
from tests.abm.payment import year

CENTRE, HOSPITAL, CITY = range(3)


def books_of(settlement: Settlement | None = None) -> Books:
    """A township centre and a hospital in the county, a city hospital outside; asked to tell."""
    ledger = Ledger(["centre", "hospital", "city"], ["consortium 1"])
    ledger.open(0, 10**9)
    return Books(
        ledger=ledger,
        insured=np.array([1000]),
        in_county=np.array([True, True, False]),
        member_of=np.array([0, 0, -1]),
        fund_share=np.full(3, 0.6),
        tier=np.array([1, 2, 3]),
        settlement=settlement or Settlement(),
        financing_fen=2 * 10**8,
        workings=Workings(),
    )


def month_of(cost: np.ndarray, share: float = 0.6, **columns: object) -> MonthBill:
    lines = np.zeros((3, 1), BILL)
    lines["case_weight"][:, 0] = cost // 300
    lines["admissions"][:, 0] = cost // 300_000 + 1
    lines["bed_days"][:, 0] = cost // 40_000 + 1
    lines["inpatient_cost_fen"][:, 0] = cost
    lines["fund_inpatient_fen"][:, 0] = np.floor(cost * share)
    lines["visits"][:, 0] = cost // 10_000
    lines["outpatient_cost_fen"][:, 0] = cost // 3
    lines["fund_outpatient_fen"][:, 0] = cost // 7
    for name, value in columns.items():
        lines[name][:, 0] = value
    return MonthBill(lines)


def told(lines: list[Working], provider: int) -> dict[str, float]:
    return {line.what: float(line.value[provider]) for line in lines}


def summed(lines: list[Working]) -> np.ndarray:
    return np.asarray(sum(line.value for line in lines if line.counts) + np.zeros(3, np.int64))


def live(
    scheme: Scheme, books: Books, bills: list[MonthBill], each: Callable[[], None] = lambda: None
) -> None:
    open_year(scheme, books)
    for month, bill in enumerate(bills):
        books.month_of_year = month
        live_month(scheme, books, bill)
        each()
    close_year(scheme, books)
    books.month += 12


@pytest.mark.parametrize("name", sorted(schemes()))
@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), strict=st.booleans())
def test_lines_of_every_scheme_add_up_to_what_was_entered(
    name: str, seed: int, strict: bool
) -> None:
    draw = np.random.default_rng(seed)
    rule = Settlement(denial_share=0.05, retention=0.1, late_months=2) if strict else Settlement()
    books, scheme = books_of(rule), schemes()[name]()
    for _ in range(3):
        entered: list[np.ndarray] = [np.zeros(3, np.int64)]

        def check() -> None:
            workings = books.workings
            assert workings is not None
            whole = books.claims.year["billed_fen"] + books.claims.year["by_rule_fen"]
            assert summed(workings.month).tolist() == (whole - entered[-1]).tolist()  # noqa: B023
            assert all(line.value.shape == (3,) for line in workings.month)
            entered.append(whole)  # noqa: B023

        bills = [month_of(draw.integers(0, 10**7, 3), draw.uniform(0.3, 0.9)) for _ in range(12)]
        live(scheme, books, bills, check)
        assert books.workings is not None
        year = books.claims.years[-1]
        ended = year["billed_fen"] + year["by_rule_fen"] - entered[-1]
        assert summed(books.workings.year).tolist() == ended.tolist()


@pytest.mark.parametrize("name", sorted(schemes()))
def test_telling_changes_no_fen(name: str) -> None:
    held = []
    for workings in (None, Workings()):
        books, draw = books_of(), np.random.default_rng(3)
        books.workings = workings
        for _ in range(2):
            live(
                schemes()[name](),
                books,
                [month_of(draw.integers(0, 10**7, 3)) for _ in range(12)],
            )
        held.append(books.ledger.balance_fen.tolist())
    assert held[0] == held[1]


def test_points_by_hand() -> None:
    # The hospital records a weight of 100 a month at 0.95: 95 points; the centre a third of the
    # cost, 0.5: 16.665 points. Bills equal last year's and growth is nil, so the value makes the
    # fund's part of the standards equal to its part of the bills.
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    scheme = Dip(growth=0.0, outliers=False)
    live(FeeForService(), books, [month_of(cost)] * 12)
    open_year(scheme, books)
    books.month_of_year = 0
    live_month(scheme, books, month_of(cost))
    assert books.workings is not None
    hospital = told(books.workings.month, HOSPITAL)
    assert hospital["points of admissions"] == pytest.approx(95.0)
    value = hospital["value of a point in advance"]
    # Both bear 40 % themselves: 16,000,000 fen of 40,000,000; points 95 + 16.6665.
    assert value == pytest.approx((40_000_000) / (95 + 0.5 * 33.333), rel=1e-6)
    assert hospital["points x value"] == pytest.approx(95 * value, abs=1)
    assert hospital["less what others paid of them"] == -12_000_000
    assert hospital["visits, and care outside, as billed"] == 30_000_000 // 7
    assert abs(hospital["never below nil, and to the fen"]) <= 1
    city = told(books.workings.month, CITY)
    assert city["points of admissions"] == 0
    assert city["visits, and care outside, as billed"] == 5_400_000 + 9_000_000 // 7


def test_the_years_point_is_told_with_what_was_advanced() -> None:
    # The hospital does a tenth more than last year: the point falls, and it is told why less
    # comes than was advanced.
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    live(FeeForService(), books, [month_of(cost)] * 12)
    live(Dip(growth=0.0, outliers=False), books, [month_of(cost * 11 // 10)] * 12)
    assert books.workings is not None
    hospital = told(books.workings.year, HOSPITAL)
    advance = told(books.workings.month, HOSPITAL)["value of a point in advance"]
    assert hospital["value of a point of the year"] < advance
    assert hospital["less what was advanced for them"] < 0
    final = hospital["points x value"] + hospital["less what others paid of them"]
    assert final + hospital["less what was advanced for them"] < 0
    assert hospital["points of admissions"] == pytest.approx(12 * 0.95 * 110)


def test_a_rate_is_told_with_the_cases_that_it_pays() -> None:
    # As above, but the rate is fixed: a tenth more weight brings a tenth more points.
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    live(FeeForService(), books, [month_of(cost)] * 12)
    live(Drg(growth=0.0, outliers=False), books, [month_of(cost * 11 // 10)] * 12)
    assert books.workings is not None
    hospital = told(books.workings.month, HOSPITAL)
    assert hospital["points of admissions"] == pytest.approx(0.95 * 110)
    rate = hospital["rate of the year, for a point"]
    assert rate == pytest.approx(40_000_000 / (95 + 0.5 * 33.333), rel=1e-6)
    assert hospital["points x value"] == pytest.approx(0.95 * 110 * rate, abs=1)
    assert hospital["less what others paid of them"] == -13_200_000
    assert abs(hospital["never below nil, and to the fen"]) <= 1


def test_bed_days_are_told_by_the_step_of_the_stay() -> None:
    # Last year 751 days a month at 30,000,000 fen; now 400 of them, 100 after the first step.
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    live(FeeForService(), books, [month_of(cost)] * 12)
    lean = month_of(cost, bed_days=400, late_days=100)
    live(PerDiem(later_share=0.5, last_share=0.5), books, [lean] * 12)
    assert books.workings is not None
    hospital = told(books.workings.month, HOSPITAL)
    assert hospital["price of a first day"] == pytest.approx(30_000_000 / 751)
    assert hospital["bed-days"] == 400
    assert hospital["each by its price over a first day's"] == 350
    assert hospital["days x price"] == pytest.approx(350 * 30_000_000 / 751, abs=1)
    assert hospital["less what others paid of them"] == -12_000_000
    assert hospital["all else, as billed"] == 30_000_000 // 7
    city = told(books.workings.month, CITY)
    assert city["days x price"] == city["less what others paid of them"] == 0
    assert city["all else, as billed"] == 5_400_000 + 9_000_000 // 7


def test_an_episode_is_told_by_its_weight() -> None:
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    bill = month_of(cost, episodes=50, episode_weight=60_000)
    live(FeeForService(), books, [bill] * 12)
    live(Episode90(), books, [bill] * 12)
    assert books.workings is not None
    hospital = told(books.workings.month, HOSPITAL)
    assert (hospital["episodes opened"], hospital["their weight"]) == (50, 60)
    assert hospital["price of a weight of one"] == pytest.approx(30_000_000 / 60)
    assert hospital["weight x price"] == pytest.approx(30_000_000, abs=1)
    assert hospital["less what others paid of what it covers"] == -12_000_000


def test_a_budget_is_told_with_what_goes_back_of_it() -> None:
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    live(FeeForService(), books, [month_of(cost)] * 12)
    live(GlobalBudget(growth=0.0, surplus_kept=0.25), books, [month_of(cost // 2)] * 12)
    assert books.workings is not None
    hospital, city = (told(books.workings.month, p) for p in (HOSPITAL, CITY))
    month = 18_000_000 + 30_000_000 // 7
    assert hospital["budget of the year"] == pytest.approx(12 * month, abs=1)
    assert hospital["part of the budget for the month"] == pytest.approx(month, abs=1)
    assert hospital["as billed"] == 0 < city["as billed"]
    ended = told(books.workings.year, HOSPITAL)
    assert ended["not used of the budget"] == pytest.approx(6 * month, abs=12)
    assert ended["taken back"] == pytest.approx(-0.75 * 6 * month, abs=12)
    assert ended["paid of what was billed beyond"] == 0


def test_heads_are_told_with_the_visits_that_they_cover() -> None:
    # Ten heads of the centre: their visits cost the fund 24,000 fen there and 60,000 at the
    # hospital, so a head is worth 8,400 fen a month and 5 % more.
    books, scheme = year.books_of(workings=Workings()), ChronicCapitation()
    for _ in range(2):
        year.live_year(scheme, books, [year.month_of()] * 12, [year.heads_of(10, 4)] * 12)
    assert books.workings is not None
    centre, hospital = (told(books.workings.month, p) for p in (year.CENTRE, year.HOSPITAL))
    assert centre["sum a month for a head"] == pytest.approx(8_820)
    assert (centre["patients managed, by the month"], centre["of them under control"]) == (10, 4)
    assert centre["heads x sum"] == 88_200
    assert centre["less their routine visits here"] == -24_000
    assert centre["less their routine visits elsewhere"] == -60_000
    assert hospital["heads x sum"] == hospital["less their routine visits elsewhere"] == 0


@pytest.mark.parametrize("bundled", [False, True])
def test_parts_are_told_apart_and_add_up(bundled: bool) -> None:
    lines: Any = ("heads", "cases", "long_stays", *(["bundle"] if bundled else []))
    books, scheme = year.books_of(workings=Workings()), Composition(lines=lines)
    for _ in range(2):
        year.live_year(scheme, books, [year.month_of()] * 11, [year.heads_of(10)] * 11)
    assert books.workings is not None
    open_year(scheme, books)
    books.month_of_year, before = 0, books.entered_fen
    live_month(scheme, books, year.month_of())
    month = books.workings.month
    assert summed(month).tolist() == (books.entered_fen - before).tolist()
    hospital = told(month, year.HOSPITAL)
    for name in (
        "visits and admissions: points x value",
        "managed patients: heads x sum",
        "long stays: days x price",
    ):
        assert name in hospital
    assert ("prepaid of it so far" in hospital) == bundled
    before = books.entered_fen
    close_year(scheme, books)
    ended = books.claims.years[-1]
    ended = ended["billed_fen"] + ended["by_rule_fen"] - before
    assert summed(books.workings.year).tolist() == ended.tolist()


def test_a_cap_is_told_with_its_room() -> None:
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    scheme = ProviderCap(growth=-0.5, beyond_paid=0.25)
    live(FeeForService(), books, [month_of(cost)] * 12)
    live(scheme, books, [month_of(cost)] * 12)
    assert books.workings is not None
    last = told(books.workings.month, HOSPITAL)
    month = 18_000_000 + 30_000_000 // 7
    assert last["cap of the year"] == 6 * month
    assert last["cap used before this month"] == 11 * month
    assert last["fund's part of the bills"] == month
    assert last["beyond the cap"] == -month
    assert last["of that paid after the year"] == month // 4
    assert np.isnan(told(books.workings.month, CITY)["cap of the year"])
    assert told(books.workings.month, CITY)["beyond the cap"] == 0


def test_a_bundle_tells_who_pays_and_how_it_stands() -> None:
    cost = np.array([10_000_000, 30_000_000, 9_000_000])
    books = books_of()
    live(Bundle(outside_inside=False), books, [month_of(cost)] * 12)
    assert books.workings is not None
    city, hospital = (told(books.workings.month, p) for p in (CITY, HOSPITAL))
    assert city["bills paid out of the bundle"] == 0
    assert city["bills paid by the fund"] == 5_400_000 + 9_000_000 // 7
    assert hospital["bills paid by the fund"] == 0
    budget = hospital["bundle of its consortium, a year"]
    assert hospital["prepaid of it so far"] == budget > 0
    assert hospital["charged to it so far"] == 12 * (24_000_000 + 10**7 // 7 + 3 * 10**7 // 7)
