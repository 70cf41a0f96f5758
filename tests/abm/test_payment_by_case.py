"""Cap by provider and points in a budget: arithmetic by hand, and what one more of each brings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.ledger import Ledger
from abm.payment import BILL, Books, MonthBill, close_year, live_month, open_year
from abm.payment.base import Scheme
from abm.payment.dip import Dip
from abm.payment.provider_cap import ProviderCap
from abm.settlement import Settlement

CENTRE, HOSPITAL, CITY = range(3)
WEIGHT, COST, SHARE = (6_000, 20_000, 9_000), (300_000, 2_000_000, 1_400_000), 0.6
"""A usual month: case weight in thousandths, fen billed, and the fund's share of it."""


def books_of(**parts: Any) -> Books:
    """A township centre and a hospital in the county, a city hospital outside."""
    ledger = Ledger(["centre", "hospital", "city"], ["consortium 1"])
    ledger.open(0, 10**9)
    whole = Books(
        ledger=ledger,
        insured=np.array([1000]),
        in_county=np.array([True, True, False]),
        member_of=np.array([0, 0, -1]),
        fund_share=np.full(3, SHARE),
        tier=np.array([1, 2, 3]),
        spread=np.full(3, 0.02),
    )
    for name, value in parts.items():
        setattr(whole, name, value)
    return whole


def month_of(
    weight: Any = WEIGHT,
    cost: Any = COST,
    share: float = SHARE,
    visits: Any = (0, 0, 0),
    **columns: Any,
) -> MonthBill:
    """A month's bill: admissions of so much weight and cost, and the fund's part of visits."""
    lines = np.zeros((3, 1), BILL)
    lines["case_weight"][:, 0] = weight
    lines["inpatient_cost_fen"][:, 0] = cost
    lines["fund_inpatient_fen"][:, 0] = np.round(np.array(cost) * share)
    lines["fund_outpatient_fen"][:, 0] = visits
    for name, value in columns.items():
        lines[name][:, 0] = value
    return MonthBill(lines)


def live_year(scheme: Scheme, books: Books, bills: list[MonthBill]) -> None:
    open_year(scheme, books)
    for month, bill in enumerate(bills):
        books.month = books.month_of_year = month
        live_month(scheme, books, bill)
    close_year(scheme, books)


def held(books: Books) -> list[int]:
    return [int(fen) for fen in books.ledger.balance_fen[books.ledger.provider]]


# -- cap by hand ------------------------------------------------------------------------------


def test_without_a_year_behind_there_is_no_cap() -> None:
    books = books_of()
    live_year(ProviderCap(), books, [month_of()] * 12)
    assert held(books) == [12 * 180_000, 12 * 1_200_000, 12 * 840_000]
    assert not books.claims.owed_fen.any()


def test_a_cap_by_hand() -> None:
    # Last year 21,600 and 144,000 yuan; caps 10 % less: 19,440 and 129,600. The same is billed
    # again: 2,160 and 14,400 lie beyond, of which a quarter is paid after the year. The city is
    # paid as billed.
    books = books_of()
    scheme = ProviderCap(growth=-0.1, beyond_paid=0.25)
    live_year(scheme, books, [month_of()] * 12)
    before = np.array(held(books))
    live_year(scheme, books, [month_of()] * 12)
    assert (np.array(held(books)) - before).tolist() == [1_944_000, 12_960_000, 10_080_000]
    assert books.claims.owed_fen.tolist() == [54_000, 360_000, 0]
    year = books.claims.years[-1]
    assert year["by_rule_fen"].tolist() == [-162_000, -1_080_000, 0]
    assert year["billed_fen"].tolist() == [2_160_000, 14_400_000, 10_080_000]
    # What was not paid does not raise the next cap; what was billed would.
    scheme.open_year(books)
    assert books.state["cap_fen"].tolist() == [1_798_200, 11_988_000, -1]
    ProviderCap(level="last_year_billed", growth=0.0).open_year(books)
    assert books.state["cap_fen"].tolist() == [2_160_000, 14_400_000, -1]


def test_levels_below_the_lowest_have_no_cap() -> None:
    books = books_of()
    scheme = ProviderCap(growth=-0.5, lowest_tier="county")
    live_year(scheme, books, [month_of()] * 12)
    scheme.open_year(books)
    assert books.state["cap_fen"].tolist() == [-1, 7_200_000, -1]


@settings(max_examples=40)
@given(
    growth=st.floats(-0.9, 0.5),
    part=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_a_cap_is_never_exceeded_and_more_billed_never_pays_less(
    growth: float, part: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    bills = [month_of(cost=draw.integers(0, 10**7, 3)) for _ in range(12)]
    paid = []
    for extra in (0, 1_000_000):
        books = books_of()
        scheme = ProviderCap(growth=growth, beyond_paid=part)
        live_year(scheme, books, bills)
        more = [*bills[:11], MonthBill(bills[11].lines.copy())]
        more[11].lines["fund_inpatient_fen"][HOSPITAL] += extra
        live_year(scheme, books, more)
        year = books.claims.years[-1]
        cap = books.state["cap_fen"][:2]
        beyond = np.maximum(year["billed_fen"][:2] - cap, 0)
        total = (year["billed_fen"] + year["by_rule_fen"])[:2]
        assert (total <= np.minimum(year["billed_fen"][:2], cap + beyond * part + 12)).all()
        assert year["by_rule_fen"][CITY] == 0
        paid.append(int(total[HOSPITAL]))
    assert paid[0] <= paid[1]


# -- points by hand ---------------------------------------------------------------------------

PLAIN = {
    "growth": 0.0,
    "coefficient_township": 0.5,
    "coefficient_county": 1.0,
    "coefficient_same_price": 0.5,
}


def test_a_first_year_is_paid_as_billed() -> None:
    books = books_of()
    live_year(Dip(), books, [month_of(visits=(7, 8, 9))] * 12)
    assert held(books) == [12 * 180_007, 12 * 1_200_008, 12 * 840_009]
    assert not books.claims.years[-1]["by_rule_fen"].any()


def test_points_share_the_budget_by_hand() -> None:
    # Last year: budget 12 x 13,800 yuan = 165,600. Points a month: centre 6 x 0.5 = 3,
    # hospital 20. Others paid 12 x 9,200 yuan, so a point is worth (165,600 + 110,400) / 276
    # = 1,000 yuan. This year the hospital records 25 a month at the same cost: points 336,
    # a point is worth 276,000 / 336 = 821.43 yuan. Centre: 36 x 821.43 - 14,400 = 15,171.43;
    # hospital: 300 x 821.43 - 96,000 = 150,428.57.
    books, scheme = books_of(), Dip(**PLAIN)
    live_year(scheme, books, [month_of()] * 12)
    before = np.array(held(books))
    live_year(scheme, books, [month_of(weight=(6_000, 25_000, 9_000))] * 12)
    state = books.state
    assert state["dip_advance_value"][0] == pytest.approx(100_000)
    assert state["dip_value"][0] == pytest.approx(27_600_000 / 336)
    # Advanced in the year at 1,000 yuan a point: 36,000 - 14,400 and 300,000 - 96,000.
    assert (np.array(held(books)) - before).tolist() == [2_160_000, 20_400_000, 10_080_000]
    final = [1_517_143, 15_042_857]
    assert books.claims.owed_fen.tolist() == [final[0] - 2_160_000, final[1] - 20_400_000, 0]
    assert sum(final) == state["dip_budget_fen"][0] == 16_560_000
    # Cleared in March of the next year.
    open_year(scheme, books)
    books.claims.pay_due(2, books.settlement)
    assert (np.array(held(books)) - before)[:2].tolist() == final


def test_mild_cases_are_worth_the_same_everywhere_and_outliers_leave_the_points() -> None:
    scheme = Dip(**PLAIN)
    bill = month_of(
        weight=(6_000, 20_000, 0),
        light_weight=(2_000, 4_000, 0),
        low_cost_weight=(1_000, 3_000, 0),
        low_cost_fen=(10_000, 50_000, 0),
        high_cost_fen=(0, 70_000, 0),
    )
    books = books_of()
    live_year(scheme, books, [bill] * 12)
    live_year(scheme, books, [bill] * 12)
    # Centre: 3 full x 0.5 + 2 mild x 0.5 = 2.5; hospital: 13 x 1 + 4 x 0.5 = 15. Paid besides:
    # 13,000 fen... each month the fund's 1,380,000 + others' 920,000 - 130,000 over 17.5.
    assert books.state["dip_value"][0] == pytest.approx(2_170_000 / 17.5)
    without = Dip(**PLAIN, outliers=False)
    books = books_of()
    live_year(without, books, [bill] * 12)
    live_year(without, books, [bill] * 12)
    # All weight counts: centre 4 x 0.5 + 1 = 3, hospital 16 + 2 = 18.
    assert books.state["dip_value"][0] == pytest.approx(2_300_000 / 21.0)


def test_nobody_pays_the_fund_and_the_budget_still_closes() -> None:
    # The centre's patients paid more than its points are worth: it gets nothing.
    books, scheme = books_of(), Dip(**PLAIN)
    live_year(scheme, books, [month_of()] * 12)
    bill = month_of(weight=(100, 20_000, 0))
    live_year(scheme, books, [bill] * 12)
    year = books.claims.years[-1]
    total = year["billed_fen"] + year["by_rule_fen"]
    assert total[:2].tolist() == [0, 16_560_000]


def test_visits_can_be_kept_inside_a_budget() -> None:
    books, scheme = books_of(), Dip(**PLAIN, outpatient_budget=True)
    live_year(scheme, books, [month_of(visits=(100, 300, 500))] * 12)
    live_year(scheme, books, [month_of(visits=(200, 300, 900))] * 12)
    year = books.claims.years[-1]
    # 4,800 for 6,000 billed: 80 % of each; outside nothing changes.
    assert year["by_rule_fen"].tolist() == [-480, -720, 0]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    growth=st.floats(-0.5, 0.5),
    level=st.sampled_from(["last_year_spending", "financing"]),
    outliers=st.booleans(),
    share=st.floats(0.05, 0.95),
)
def test_points_share_the_budget_to_the_fen(
    seed: int, growth: float, level: str, outliers: bool, share: float
) -> None:
    draw = np.random.default_rng(seed)

    def some() -> MonthBill:
        weight = draw.integers(1, 50_000, 3)
        light = weight // 4
        return month_of(
            weight=weight,
            cost=draw.integers(0, 10**7, 3),
            share=share,
            light_weight=light,
            low_cost_weight=weight // 10,
            low_cost_fen=draw.integers(0, 1000, 3),
            high_cost_fen=draw.integers(0, 1000, 3),
        )

    books = books_of(financing_fen=10**8)
    scheme = Dip(growth=growth, level=level, outliers=outliers)
    live_year(scheme, books, [some() for _ in range(12)])
    live_year(scheme, books, [some() for _ in range(12)])
    year, budget = books.claims.years[-1], int(books.state["dip_budget_fen"][0])
    total = (year["billed_fen"] + year["by_rule_fen"])[:2]
    assert total.sum() == budget
    assert (total >= 0).all()
    assert books.ledger.balance_fen.sum() == 10**9


# -- what one more of each brings -------------------------------------------------------------


def earned(
    scheme: Scheme, rule: Settlement, base: MonthBill, extra: MonthBill, last: MonthBill
) -> float:
    """Fen of the hospital in the end, others' part included, if December differs."""
    books = books_of(settlement=rule)
    live_year(scheme, books, [last] * 12)
    live_year(scheme, books, [base] * 11 + [extra])
    year = books.claims.years[-1]
    # What is still kept back comes back by its share at the clearing.
    kept_back = books.claims.withheld_fen[1].sum(axis=0)
    lost = np.floor(kept_back * (1.0 - rule.retention_returned))
    fund = year["billed_fen"] + year["by_rule_fen"] - year["denied_fen"] - lost
    lines = books.last_lines
    others = lines["inpatient_cost_fen"] - lines["fund_inpatient_fen"]
    return float(fund[HOSPITAL] + others.sum(axis=1)[HOSPITAL])


def brought(scheme: Scheme, rule: Settlement, base: MonthBill, last: MonthBill) -> np.recarray:
    books = books_of(settlement=rule)
    live_year(scheme, books, [last] * 12)
    open_year(scheme, books)
    for month in range(11):
        books.month = books.month_of_year = month
        live_month(scheme, books, base)
    books.month = books.month_of_year = 11
    return scheme.brings(books)


RULES = [Settlement(), Settlement(denial_share=0.1, retention=0.2, retention_returned=0.5)]


def with_more(base: MonthBill, weight: int = 0, cost: int = 0) -> MonthBill:
    more = MonthBill(base.lines.copy())
    more.lines["case_weight"][HOSPITAL] += weight
    more.lines["inpatient_cost_fen"][HOSPITAL] += cost
    more.lines["fund_inpatient_fen"][HOSPITAL] += round(cost * 0.6)
    return more


@pytest.mark.parametrize("rule", RULES, ids=["plain", "denied"])
@pytest.mark.parametrize(
    "scheme",
    [
        ProviderCap(growth=0.3),
        ProviderCap(growth=-0.3),
        ProviderCap(growth=-0.3, beyond_paid=0.4),
        Dip(**PLAIN),
        Dip(growth=0.2),
        Dip(growth=-0.2, coefficient_county=0.8),
    ],
    ids=["room", "no room", "part beyond", "dip", "dip grown", "dip shrunk"],
)
def test_a_yuan_and_a_weight_bring_what_the_year_then_pays(
    scheme: Scheme, rule: Settlement
) -> None:
    base, last = month_of(), month_of()
    brings = brought(scheme, rule, base, last)
    start = earned(scheme, rule, base, base, last)
    step = 20_000
    a_yuan = (earned(scheme, rule, base, with_more(base, cost=step), last) - start) / step
    assert brings.inpatient[HOSPITAL] == pytest.approx(a_yuan, abs=2e-3)
    step = 100  # thousandths of a unit of weight; a fen is 0.1 yuan a unit
    worth = (earned(scheme, rule, base, with_more(base, weight=step), last) - start) * 10 / 100.0
    assert brings.weight_yuan[HOSPITAL] == pytest.approx(worth, rel=0.01, abs=0.5)


def test_under_a_cap_a_yuan_fades_as_the_year_runs_out() -> None:
    books, scheme = books_of(spread=np.full(3, 0.1)), ProviderCap(growth=-0.15)
    live_year(scheme, books, [month_of()] * 12)
    open_year(scheme, books)
    felt = []
    for month in range(12):
        books.month = books.month_of_year = month
        felt.append(float(scheme.brings(books).inpatient[HOSPITAL]))
        live_month(scheme, books, month_of())
    assert felt[0] < 0.9  # a cap well below last year's bills is felt from January on
    assert felt[-1] == pytest.approx(0.4)  # the patient's part only
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(felt))


def test_what_a_point_is_expected_to_be_worth_is_learned() -> None:
    books, scheme = books_of(), Dip(**PLAIN)
    live_year(scheme, books, [month_of()] * 12)
    open_year(scheme, books)
    more = month_of(weight=(6_000, 40_000, 0))
    expected = []
    for month in range(12):
        books.month = books.month_of_year = month
        live_month(scheme, books, more)
        expected.append(float(books.state["dip_expected_value"][HOSPITAL]))
    scheme.close_year(books)
    truth = float(books.state["dip_value"][0])
    gaps = [abs(value - truth) for value in expected]
    assert expected[0] > expected[-1] > truth
    assert gaps[-1] < 0.3 * gaps[0]


def test_how_far_forecasts_were_off_is_learned() -> None:
    steady, wild = books_of(), books_of()
    for books, last in ((steady, month_of()), (wild, month_of(cost=(0, 8_000_000, 0)))):
        books.spread = np.full(3, 0.1)
        live_year(ProviderCap(growth=0.5), books, [month_of()] * 12)
        live_year(ProviderCap(growth=0.5), books, [month_of()] * 6 + [last] * 6)
    assert steady.spread[HOSPITAL] < 0.1 < wild.spread[HOSPITAL]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(ProviderCap, {"beyond_paid": 1.5}), (ProviderCap, {"level": "x"}), (Dip, {"growth": 2})],
)
def test_impossible_parameters_are_refused(kind: type[Scheme], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        kind(**wrong)
