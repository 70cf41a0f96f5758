"""What an admission records for those who do not pay by the bill."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm import cases
from abm.county import County
from abm.model import Model
from abm.policy import Policy
from agents.foundation.compile import plain
from agents.patient import EPISODE_MONTHS
from agents.provider import TALLY
from tests.agents.people import resident

PolicyMaker = Callable[..., Policy]
record_case = plain(cases.record_case)
record_stay = plain(cases.record_stay)
record_episode = plain(cases.record_episode)
record_treatment = plain(cases.record_treatment)
treatment_factor = plain(cases.treatment_factor)
COURSE = SimpleNamespace(low_cost_ratio=0.5, high_cost_ratio=2.0)


def tally_of() -> Any:
    return SimpleNamespace(**dict.fromkeys(TALLY.names or (), 0))


@pytest.mark.parametrize(
    ("bill_fen", "expected"),
    [
        # A case of weight 1.2 at 5,000 yuan: 6,000. Below 3,000 it is cheap, above 12,000 dear.
        (200_000, {"low_cost_fen": 200_000, "low_cost_fen_more": 220_000}),
        # A tenth more would make a full case of it.
        (290_000, {"low_cost_fen": 290_000, "low_cost_weight": 1_200, "low_cost_weight_more": 0}),
        (600_000, {"low_cost_fen": 0, "high_cost_fen": 0, "high_cost_fen_more": 0}),
        (1_150_000, {"high_cost_fen": 0, "high_cost_fen_more": 65_000}),
        (1_500_000, {"high_cost_fen": 300_000, "high_cost_fen_more": 450_000}),
    ],
)
def test_odd_bills_by_hand(bill_fen: int, expected: dict[str, int]) -> None:
    tally = tally_of()
    record_case(tally, 1_200, True, 5_000.0, bill_fen, COURSE)
    assert {name: getattr(tally, name) for name in expected} == expected
    cheap = bill_fen < 300_000
    assert tally.light_weight == (0 if cheap else 1_200)
    assert tally.case_weight == 1_200


@given(bill=st.integers(1, 10**7), weight=st.integers(200, 5_000), mild=st.booleans())
def test_a_dearer_bill_is_recorded_as_it_would_be(bill: int, weight: int, mild: bool) -> None:
    now, then = tally_of(), tally_of()
    record_case(now, weight, mild, 5_000.0, bill, COURSE)
    record_case(then, weight, mild, 5_000.0, bill + bill // 10, COURSE)
    for name in ("light_weight", "low_cost_weight", "low_cost_fen", "high_cost_fen"):
        assert getattr(now, f"{name}_more") == getattr(then, name)


@pytest.mark.parametrize(
    ("days", "late", "latest", "long", "longest"),
    [
        (1, 0, 0, 0, 0),
        (15, 0, 0, 0, 0),
        (16, 1, 0, 16, 0),
        (30, 15, 0, 30, 0),
        (40, 25, 10, 40, 40),
    ],
)
def test_stays_by_their_steps(days: int, late: int, latest: int, long: int, longest: int) -> None:
    tally = tally_of()
    record_stay(tally, days, 700, 1_000, 600, 15)
    assert (tally.late_days, tally.latest_days) == (late, latest)
    assert (tally.long_days, tally.longest_days) == (long, longest)
    is_long = (1, 700, 1_000, 600) if long else (0, 0, 0, 0)
    assert is_long == (
        tally.long_stays,
        tally.long_weight,
        tally.long_cost_fen,
        tally.long_fund_fen,
    )


def test_an_admission_inside_an_episode_opens_none() -> None:
    who, tally = resident(), tally_of()
    record_episode(who, tally, 900)
    assert (who.episode_months, tally.episodes, tally.episode_weight) == (EPISODE_MONTHS, 1, 900)
    who.episode_months = 1
    record_episode(who, tally, 500)
    assert (who.episode_months, tally.episodes, tally.episode_weight) == (1, 1, 900)


def test_what_was_done_counts_in_steps() -> None:
    # Three quarters of a price go with what is done; groups are a quarter wide.
    found = [treatment_factor(q, 0.25, 0.25) for q in (0.8, 1.0, 1.1, 1.13, 1.4, 1.6)]
    assert found == [0.8125, 1.0, 1.0, 1.1875, 1.375, 1.375]
    tally = tally_of()
    record_treatment(tally, 1_000, 1.1, 1.05, 0.25, 0.25)
    # A tenth more of a bill of 1.05 is 0.14 more intensity: 1.24, the next group.
    assert (tally.treated_weight, tally.treated_weight_more) == (1_000, 1_188)


def test_a_county_records_what_its_bills_say(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = Model(tiny_county, policy_of())
    for _ in range(12):
        model.step()
    year = model.books.last_lines[:, 0]
    step = int(tiny_county.value("money.stay_step_days"))
    assert (year["late_days"] == year["long_days"] - step * year["long_stays"]).all()
    assert (year["latest_days"] <= year["late_days"]).all()
    for part, whole in (
        ("long_cost_fen", "inpatient_cost_fen"),
        ("long_fund_fen", "fund_inpatient_fen"),
        ("long_weight", "case_weight"),
        ("episode_weight", "case_weight"),
        ("episodes", "admissions"),
        ("episode_visits_cost_fen", "outpatient_cost_fen"),
        ("episode_visits_fund_fen", "fund_outpatient_fen"),
    ):
        assert (year[part] <= year[whole]).all(), part
        assert 0 < year[part].sum() < year[whole].sum(), part
    # More is done than the need calls for at pay by the bill, so cases weigh more by treatment.
    assert 1.0 < year["treated_weight"].sum() / year["case_weight"].sum() < 1.5
