"""Each service line by its own rule: the parts add up, and a bundle pays them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment import Books
from abm.payment.base import Scheme
from abm.payment.bundle import Bundle
from abm.payment.chronic_capitation import ChronicCapitation
from abm.payment.composition import Composition
from abm.payment.dip import Dip
from abm.payment.drg import Drg
from abm.payment.per_diem import PerDiem
from abm.service_lines import (
    long_stays,
    managed_visits,
    split_among,
    without_long_stays,
    without_managed_visits,
)
from abm.settlement import Settlement
from abm.sharing_rules import Overspend, Surplus
from tests.abm.payment.year import (
    CENTRE,
    HOSPITAL,
    RULE_NAMES,
    RULES,
    USUAL,
    books_of,
    change,
    difference,
    entered,
    heads_of,
    live_year,
    month_of,
    of_provider,
)

Kind = Callable[..., Composition]
ONE = {
    "heads": ChronicCapitation(),
    "points": Dip(growth=0.1),
    "cases": Drg(growth=0.1),
}


@pytest.mark.parametrize("line", list(ONE))
def test_one_part_alone_pays_what_its_scheme_does(line: Any) -> None:
    paid = []
    for scheme in (ONE[line], Composition(lines=(line,), **{line: ONE[line]})):
        books = books_of()
        for _ in range(2):
            live_year(scheme, books, [month_of()] * 12, [heads_of(10)] * 12)
        paid.append((entered(books).tolist(), scheme.brings(books).tolist()))
    assert paid[0][0] == paid[1][0]
    assert np.allclose(np.array(paid[0][1]), np.array(paid[1][1]), atol=1e-9)


def test_no_part_is_as_billed() -> None:
    books = books_of()
    live_year(Composition(lines=()), books, [month_of()] * 12)
    assert not books.claims.years[-1]["by_rule_fen"].any()


def test_lines_of_a_bill_are_all_of_it() -> None:
    lines = month_of().lines
    for cut, rest, columns in (
        (managed_visits, without_managed_visits, ("outpatient_cost_fen", "fund_outpatient_fen")),
        (
            long_stays,
            without_long_stays,
            ("admissions", "bed_days", "case_weight", "inpatient_cost_fen", "fund_inpatient_fen"),
        ),
    ):
        for name in columns:
            assert (cut(lines)[name] + rest(lines)[name] == lines[name]).all()
            assert cut(lines)[name][HOSPITAL] > 0
        assert not managed_visits(lines)["admissions"].any()
        assert not long_stays(lines)["outpatient_cost_fen"].any()
    assert without_long_stays(lines)["late_days"].sum() == 0


def test_points_heads_and_long_stays_by_hand() -> None:
    # Hospital, a month. Long stays: 52 days at 300 yuan, of which 20 at 240 and 2 at 180: 14,160,
    # less 2,400 that others paid. Cases that are left weigh 9; mild and cheap ones are taken to be
    # three quarters of all, 0.75 and 0.375. Points pay what the fund paid of them last year.
    scheme = Composition(
        lines=("points", "long_stays", "heads"),
        points=Dip(growth=0.0),
        long_stays=PerDiem(yuan_per_bed_day={"county": 300.0, "township": 0.0}),
        heads=ChronicCapitation(yuan_per_head=1_200),
    )
    books = books_of()
    for _ in range(2):
        live_year(scheme, books, [month_of()] * 12, [heads_of(10)] * 12)
    budget = int(books.state["dip_budget_fen"][0])
    assert budget == 12 * (180_000 - 60_000 + 1_200_000 - 360_000)
    days = 30 * 30_000 + 20 * 24_000 + 2 * 18_000
    visits = 50_000 - 24_000 + 200_000 - 60_000
    heads_and_their_visits_elsewhere = 100_000 - 60_000 + 60_000
    county = entered(books)[:2].sum()
    rest = days - 240_000 + 60_000 + visits + heads_and_their_visits_elsewhere
    assert county == pytest.approx(budget + 12 * rest, abs=24)
    # The centre's long stays have no price, and are paid as billed.
    cut = without_long_stays(month_of().lines)
    assert cut["light_weight"][HOSPITAL] == 750
    assert cut["low_cost_weight"][HOSPITAL] == 375


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    lines=st.sets(st.sampled_from(["heads", "points", "long_stays", "bundle"])),
    growth=st.floats(-0.4, 0.4),
    outside=st.booleans(),
    own=st.booleans(),
)
def test_no_fen_is_made_whatever_the_parts(
    seed: int, lines: set[Any], growth: float, outside: bool, own: bool
) -> None:
    draw = np.random.default_rng(seed)
    scheme = Composition(
        lines=tuple(sorted(lines)),
        points=Dip(growth=growth),
        bundle=Bundle(growth=growth, outside_inside=outside, own_payments_inside=own),
    )

    def some() -> Any:
        scale = draw.integers(1, 5, 3)
        return month_of(**{name: np.array(value) * scale for name, value in USUAL.items()})

    books = books_of()
    for _ in range(2):
        live_year(scheme, books, [some() for _ in range(12)], [heads_of(5)] * 12)
    assert books.ledger.balance_fen.sum() == 10**9
    assert not books.claims.gap_fen().any()
    levied = 0
    if "bundle" in lines:
        state = books.state
        left = state["prepaid_fen"] - state["charged_fen"]
        assert state["surplus_fen"].tolist() == left.tolist()
        covered = int((entered(books) if outside else entered(books)[:2]).sum())
        # What members bear of an overspend is taken from them, and not charged again.
        levied = int(state["charged_fen"][0]) - covered
        assert levied == 0 or (left[0] < 0 < levied <= -left[0])
    if "points" in lines and "heads" not in lines and "long_stays" not in lines:
        # A budget for admissions closes, whoever pays it.
        last = books.last_lines
        county = entered(books)[:2].sum() - last["fund_outpatient_fen"][:2].sum()
        assert county + levied == books.state["dip_budget_fen"][0]


# -- what one more of each brings ---------------------------------------------------------


def parts(**keys: Any) -> Composition:
    return Composition(lines=("heads", "cases", "long_stays"), **keys)


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
def test_parts_together_bring_what_the_year_then_pays(rule: Settlement) -> None:
    # Of the hospital's admissions three tenths of the bills are long stays'.
    scheme, base, heads = parts(), month_of(), (heads_of(10), heads_of(10))
    short = change(base, HOSPITAL, case_weight=120, treated_weight=130)
    brings, fen = difference(scheme, rule, short, of_provider(HOSPITAL), heads)
    # A weight more is of a case that is not long with the chance of their share of bills.
    assert brings.weight_yuan[HOSPITAL] * 12 == pytest.approx(0.7 * fen, rel=0.03)
    longer = change(
        base, HOSPITAL, bed_days=13, late_days=13, latest_days=8, long_days=13, longest_days=8
    )
    brings, fen = difference(scheme, rule, longer, of_provider(HOSPITAL), heads)
    assert brings.bed_day_yuan[HOSPITAL] * 13 == pytest.approx(0.3 * fen / 100, rel=0.01)
    more = change(
        base,
        CENTRE,
        outpatient_cost_fen=6_000,
        fund_outpatient_fen=3_000,
        chronic_cost_fen=6_000,
        managed_cost_fen=4_000,
        managed_fund_fen=2_400,
    )
    brings, fen = difference(scheme, rule, more, of_provider(CENTRE), heads)
    assert (brings.outpatient + brings.routine)[CENTRE] == pytest.approx(fen / 6_000, abs=1e-3)


def of_all(books: Books) -> float:
    """What the county's providers, their consortium and staff receive, patients' part included."""
    clearing = books.claims.clearing_fen[0].sum()
    lines = books.last_lines
    cost = (lines["inpatient_cost_fen"] + lines["outpatient_cost_fen"])[:2].sum()
    fund = (lines["fund_inpatient_fen"] + lines["fund_outpatient_fen"])[:2].sum()
    return float(10**9 - books.ledger.balance_fen[books.fund] + clearing + cost - fund)


@pytest.mark.parametrize(
    ("bundle", "stake"),
    [
        (Bundle(growth=0.4), 0.6),
        (Bundle(growth=-0.4), 0.3),
        (Bundle(growth=0.4), 1.0),
        (Bundle(growth=0.4, own_payments_inside=True), 0.6),
    ],
    ids=["surplus", "overspend", "all kept", "own inside"],
)
def test_inside_a_bundle_a_case_brings_what_is_not_the_consortiums_own(
    bundle: Bundle, stake: float
) -> None:
    scheme = Composition(lines=("cases", "bundle"), cases=Drg(), bundle=bundle)
    plain: Scheme = Composition(lines=("cases",), cases=Drg())
    base, rule = month_of(), Settlement()
    sharing: dict[str, Any] = {"surplus": Surplus(kept=stake), "overspend": Overspend(borne=stake)}
    more = change(base, HOSPITAL, case_weight=1_200)
    brings, fen = difference(scheme, rule, more, of_all, **sharing)
    assert brings.weight_yuan[HOSPITAL] * 120 == pytest.approx(fen, rel=0.01, abs=5)
    free = difference(plain, rule, more, of_provider(HOSPITAL))[0]
    expected = (1 - stake) * free.weight_yuan[HOSPITAL]
    assert brings.weight_yuan[HOSPITAL] == pytest.approx(expected)
    dearer = change(base, HOSPITAL, outpatient_cost_fen=200_000, fund_outpatient_fen=100_000)
    brings, fen = difference(scheme, rule, dearer, of_all, **sharing)
    assert brings.outpatient[HOSPITAL] == pytest.approx(fen / 200_000, abs=1e-3)


@pytest.mark.parametrize("level", ["last_year_spending", "spending_trend"])
def test_a_bundle_follows_what_cases_cost_it_and_not_what_was_billed(level: Any) -> None:
    """A rate that stands while bills fall is the consortium's cost, so its next budget holds it."""
    bundle = Bundle(level=level, growth=0.0)
    scheme = Composition(lines=("cases", "bundle"), cases=Drg(growth=0.0), bundle=bundle)
    books = books_of()
    live_year(scheme, books, [month_of()] * 12)
    lean = month_of(inpatient_cost_fen=300_000, fund_inpatient_fen=180_000)
    charged = []
    for _ in range(3):
        live_year(scheme, books, [lean] * 12)
        charged.append(int(books.state["charged_fen"].sum()))
        assert charged[-1] > int(books.last_year_fen.sum()) * 1.01
    scheme.open_year(books)
    grown = charged[-1] / charged[-2] if level == "spending_trend" else 1.0
    assert int(books.state["budget_fen"].sum()) == pytest.approx(charged[-1] * grown, abs=2)
    # A year that another rule closed is known by its bills only.
    books.last_year_fen = books.last_year_fen + 1_000
    scheme.open_year(books)
    assert int(books.state["budget_fen"].sum()) < charged[-1]


# -- its keys, and splitting --------------------------------------------------------------


@pytest.mark.parametrize("wrong", [("points", "cases"), ("heads", "heads"), ("episodes",)])
def test_parts_that_exclude_each_other_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="lines"):
        Composition(lines=wrong)


def test_it_counts_heads_only_where_they_are_paid() -> None:
    assert Composition(lines=("heads",)).by_head == ("hypertension", "diabetes")
    assert Composition(lines=("points",)).by_head == ()


@given(
    amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5),
    weights=st.lists(st.integers(0, 100), min_size=2, max_size=4),
)
def test_amounts_are_split_to_the_fen_and_nothing_goes_where_no_share_is(
    amounts: list[int], weights: list[int]
) -> None:
    if sum(weights) == 0:
        return
    shares = np.tile(np.array(weights) / sum(weights), (len(amounts), 1))
    found = split_among(np.array(amounts), shares)
    assert found.sum(axis=1).tolist() == amounts
    exact = np.array(amounts)[:, None] * shares
    assert np.abs(found - exact).max() <= 1
    assert not found[:, np.array(weights) == 0].any()
