from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import insurer
from agents.foundation.compile import plain
from agents.insurer import (
    BASIS,
    EMERGENCY,
    IN_COUNTY,
    LIVES_ELSEWHERE,
    REFERRED,
    SELF_REFERRED,
)

visit = plain(insurer.fund_share_of_visit)
admission = plain(insurer.fund_share_of_admission)
serious = plain(insurer.serious_illness_share)
care_kind = plain(insurer.care_kind)

FEN = st.integers(0, 50_000_000)
BP = st.integers(0, BASIS)


@pytest.mark.parametrize(
    ("bill", "paid_so_far", "cap", "fund"),
    [
        (12_000, 0, 30_000, 6_000),  # half of 120 yuan
        (12_001, 0, 30_000, 6_000),  # half a fen stays with the patient
        (12_000, 26_000, 30_000, 4_000),  # the rest of the cap
        (12_000, 30_000, 30_000, 0),
        (12_000, 31_000, 30_000, 0),  # above a cap that was lowered
        (12_000, 31_000, -1, 6_000),  # no cap
    ],
)
def test_visits_by_hand(bill: int, paid_so_far: int, cap: int, fund: int) -> None:
    assert visit(bill, 5_000, paid_so_far, cap) == fund


@pytest.mark.parametrize(
    ("in_policy", "paid_so_far", "fund"),
    [
        (540_000, 0, 343_000),  # 5,400 yuan, deductible 500: 70 % of 4,900
        (50_000, 0, 0),
        (40_000, 0, 0),
        (50_001, 0, 0),
        (50_002, 0, 1),
        (540_000, 14_800_000, 200_000),  # 2,000 yuan are left below the ceiling of 150,000
        (540_000, 15_000_000, 0),
        (540_000, 16_000_000, 0),
    ],
)
def test_admissions_by_hand(in_policy: int, paid_so_far: int, fund: int) -> None:
    assert admission(in_policy, 50_000, 7_000, paid_so_far, 15_000_000) == fund


@pytest.mark.parametrize(
    ("borne", "before", "paid"),
    [
        (500_000, 0, 0),  # 5,000 yuan, below the deductible of 12,000
        (2_000_000, 0, 480_000),  # 60 % of 8,000
        (500_000, 1_000_000, 180_000),  # 3,000 of these 5,000 lie above it
        (500_000, 1_200_000, 300_000),
        (500_000, 9_000_000, 300_000),
        (0, 9_000_000, 0),
    ],
)
def test_serious_illness_by_hand(borne: int, before: int, paid: int) -> None:
    assert serious(borne, before, 1_200_000, 6_000) == paid


@given(bill=FEN, more=FEN, bp=BP, paid=FEN, cap=FEN)
def test_a_visits_share_is_monotone_and_within_bill_and_cap(
    bill: int, more: int, bp: int, paid: int, cap: int
) -> None:
    fund = visit(bill, bp, paid, cap)
    assert 0 <= fund <= min(bill, max(0, cap - paid))
    assert fund <= visit(bill + more, bp, paid, cap)
    assert fund <= visit(bill, BASIS, paid, cap)
    assert fund >= visit(bill, bp, paid + more, cap)
    assert visit(bill, bp, paid, -1) == bill * bp // BASIS


@given(bill=FEN, more=FEN, deductible=FEN, bp=BP, paid=FEN, ceiling=FEN)
def test_an_admissions_share_is_monotone_and_within_bill_and_ceiling(
    bill: int, more: int, deductible: int, bp: int, paid: int, ceiling: int
) -> None:
    fund = admission(bill, deductible, bp, paid, ceiling)
    assert 0 <= fund <= min(max(0, bill - deductible), max(0, ceiling - paid))
    assert fund <= admission(bill + more, deductible, bp, paid, ceiling)
    assert fund >= admission(bill, deductible + more, bp, paid, ceiling)


@given(a=FEN, b=FEN, before=FEN, deductible=FEN, bp=BP)
def test_serious_illness_pays_the_same_in_one_bill_or_two(
    a: int, b: int, before: int, deductible: int, bp: int
) -> None:
    whole = serious(a + b, before, deductible, bp)
    parts = serious(a, before, deductible, bp) + serious(b, before + a, deductible, bp)
    assert 0 <= whole <= a + b
    assert 0 <= whole - parts <= 1  # each bill is rounded down by itself


@pytest.mark.parametrize(
    ("place", "elsewhere", "referred", "emergency", "kind"),
    [
        (0, 0, 0, False, IN_COUNTY),
        (0, 1, 1, True, IN_COUNTY),
        (1, 0, 1, False, REFERRED),
        (2, 0, 0, False, SELF_REFERRED),
        (1, 0, 1, True, EMERGENCY),
        (2, 0, 0, True, EMERGENCY),
        (3, 1, 0, True, LIVES_ELSEWHERE),
        (3, 1, 1, False, LIVES_ELSEWHERE),
    ],
)
def test_kinds_of_care(
    place: int, elsewhere: int, referred: int, emergency: bool, kind: int
) -> None:
    assert care_kind(place, elsewhere, referred, emergency) == kind
