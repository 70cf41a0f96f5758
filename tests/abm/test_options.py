from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.billing import bill_admission, bill_visits
from abm.county import County
from abm.network import build_network
from abm.options import (
    NOT_HERE,
    empty_options,
    expected_price_yuan,
    price_options,
    tell_ability,
    weigh_common,
)
from abm.supply import provider_rows
from agents import patient
from agents.conditions import N_ILLNESSES
from agents.foundation.compile import plain
from agents.insurer import BASIS
from agents.patient import CRITICAL, MINOR, MODERATE, NEED_CLASSES, ROUTINE, SEVERE
from agents.provider import PROVIDER, TALLY
from tests.agents.people import benefits, resident, tastes

price_of = plain(expected_price_yuan)
priced = plain(price_options)
price_row = plain(patient.price_row)
admission = plain(bill_admission)
visits_bill = plain(bill_visits)

YUAN = st.floats(1, 30_000).map(lambda yuan: round(yuan, 2))
BP = st.integers(0, BASIS)
NO_LIMIT = 10**12


def cover_of(**parts: Any) -> Any:
    whole = {
        "benefits": benefits(),
        "outpatient_cap_fen": (0, NO_LIMIT, NO_LIMIT),
        "chronic_cap_fen": (0, NO_LIMIT, NO_LIMIT),
        "ceiling_fen": (0, NO_LIMIT, NO_LIMIT),
        "serious_deductible_fen": (0, 1_200_000, 900_000),
        "serious_bp": (0, 6_000, 3_000),
        "aid_bp": (0, 7_000, 0),
    }
    return SimpleNamespace(**whole | parts)


def place(**parts: Any) -> Any:
    whole = {
        "place": 0,
        "tier": 2,
        "visit_price_yuan": 130.0,
        "chronic_price_yuan": 240.0,
        "admission_price_yuan": 6_000.0,
        "settled_share": 0.4,
    }
    return SimpleNamespace(**whole | parts)


def paid_yuan(who: Any, provider: Any, cover: Any, bill_fen: int, routine: bool | None) -> float:
    """What billing lets him pay himself: of an admission, or of visits that are all settled."""
    world: Any = SimpleNamespace(cover=cover)
    out: Any = SimpleNamespace(tally=[SimpleNamespace(**dict.fromkeys(TALLY.names or (), 0))])
    if routine is None:
        admission(who, provider, 0, bill_fen, world, out)
    else:
        visits_bill(who, provider, 0, bill_fen, 1, routine, world, out, 0, 0)
    return who.year_paid_fen / 100.0


def test_prices_by_hand() -> None:
    provider, cover = place(), cover_of()
    # 130 yuan, twice; 90 % in policy, half of it paid for the 40 % that are settled.
    assert price_of(provider, cover, 2.0, 1, 0, 0, 0, MINOR) == 260 - 0.4 * 117
    assert price_of(provider, cover, 2.0, 1, 0, 0, 1, MODERATE) == 260
    assert price_of(provider, cover, 2.0, 0, 0, 0, 0, MINOR) == 260
    # 240 yuan on the chronic list: 60 % of 216.
    assert price_of(provider, cover, 1.0, 1, 0, 0, 0, ROUTINE) == 240 - 129.6
    # 6,000 yuan: 5,400 in policy, 500 deductible, 70 % of 4,900.
    assert price_of(provider, cover, 1.0, 1, 0, 0, 0, SEVERE) == 6000 - 3430
    # Serious-illness cover has begun: 60 % of the 1,970 that he bears in policy.
    assert price_of(provider, cover, 1.0, 1, 0, 0, 1, CRITICAL) == 6000 - 3430 - 1182
    assert price_of(provider, cover, 1.0, 0, 0, 0, 0, SEVERE) == 6000
    # Each scheme has its own ceiling and caps.
    low = cover_of(ceiling_fen=(0, 100_000, 200_000), chronic_cap_fen=(0, 5_000, 9_000))
    assert [price_of(provider, low, 1.0, s, 0, 0, 0, SEVERE) for s in range(3)] == [
        6000,
        5000,
        4000,
    ]
    assert [price_of(provider, low, 1.0, s, 0, 0, 0, ROUTINE) for s in range(3)] == [240, 190, 150]
    # No beds: a severe need is seen as an outpatient.
    assert price_of(place(admission_price_yuan=0.0), cover, 2.0, 1, 0, 0, 0, SEVERE) == 260


@given(
    price=YUAN,
    deductible=st.integers(0, 10**6),
    inpatient_bp=BP,
    in_policy_bp=BP,
    scheme=st.sampled_from([0, 1, 2]),
    serious_begun=st.booleans(),
    ceiling=st.one_of(st.just(NO_LIMIT), st.integers(0, 10**6)),
    kind=st.sampled_from([SEVERE, CRITICAL]),
)
def test_the_price_of_a_usual_admission_is_what_billing_charges(
    price: float,
    deductible: int,
    inpatient_bp: int,
    in_policy_bp: int,
    scheme: int,
    serious_begun: bool,
    ceiling: int,
    kind: int,
) -> None:
    table = benefits(
        deductible_fen=deductible, inpatient_bp=inpatient_bp, in_policy_bp=in_policy_bp
    )
    if scheme == 0:
        table[0] = benefits(in_policy_bp=0)[0]
    cover = cover_of(benefits=table, ceiling_fen=(0, ceiling, 2 * ceiling))
    provider = place(admission_price_yuan=price)
    who = resident(
        scheme=scheme,
        severity=950 if kind == CRITICAL else 700,
        year_pocket_fen=cover.serious_deductible_fen[scheme] * serious_begun,
    )
    expected = price_of(provider, cover, 1.0, scheme, 0, 0, int(serious_begun), kind)
    charged = paid_yuan(who, provider, cover, round(price * 100), None)
    assert charged == pytest.approx(expected, abs=0.011)


@given(price=YUAN, bp=BP, in_policy_bp=BP, scheme=st.sampled_from([1, 2]), routine=st.booleans())
def test_the_price_of_a_visit_is_what_billing_charges_on_average(
    price: float, bp: int, in_policy_bp: int, scheme: int, routine: bool
) -> None:
    cover = cover_of(benefits=benefits(outpatient_bp=bp, chronic_bp=bp, in_policy_bp=in_policy_bp))
    provider = place(visit_price_yuan=price, chronic_price_yuan=price, settled_share=0.4)
    kind = ROUTINE if routine else MINOR
    expected = price_of(provider, cover, 1.0, scheme, 0, 0, 0, kind)
    settled = place(visit_price_yuan=price, settled_share=1.0)
    through = paid_yuan(resident(scheme=scheme), settled, cover, round(price * 100), routine)
    share = 1.0 if routine else 0.4
    assert expected == pytest.approx(share * through + (1 - share) * price, abs=0.011)


@pytest.mark.parametrize("kind", range(len(NEED_CLASSES)))
def test_a_used_up_cap_never_makes_visits_cheaper_nor_serious_cover_admissions_dearer(
    kind: int,
) -> None:
    provider, cover = place(), cover_of()
    fresh = price_of(provider, cover, 1.5, 1, 0, 0, 0, kind)
    spent = price_of(provider, cover, 1.5, 1, 0, 0, 1, kind)
    assert spent <= fresh if kind in (SEVERE, CRITICAL) else spent >= fresh


# -- worth that all people of a village share -------------------------------------------------


def test_the_table_holds_prices_as_they_are_felt(tiny_county: County) -> None:
    network, cover = build_network(tiny_county), cover_of()
    rows = provider_rows(tiny_county, 1).view(np.recarray)
    options, visits = empty_options(network), np.array([2.0, 2.5, 1.5, 1.0, 1.0])
    felt_from = np.array([10.0, 20.0, 300.0, 400.0, 30.0])
    priced(options, rows, cover, visits, felt_from, 0, len(network.provider))
    last, seen = len(network.provider) - 1, 0
    for place_row, scheme, referred, spent, kind in np.ndindex(len(network.provider), 3, 2, 2, 5):
        found = options.felt_price[price_row(place_row, scheme, referred, spent, kind)]
        for slot, row in enumerate(network.provider[place_row]):
            if row < 0:
                assert found[slot] == 0.0
                continue
            elsewhere = 1 if place_row == last else 0
            given: Any = visits[kind], scheme, elsewhere, referred, spent, kind
            yuan = price_of(rows[row], cover, *given)
            assert found[slot] == pytest.approx(math.log1p(yuan / felt_from[kind]), rel=1e-12)
            seen += 1
    assert seen > 1_000


def test_worth_by_hand(tiny_county: County) -> None:
    network = build_network(tiny_county)
    rows = provider_rows(tiny_county, 1)
    rng = np.random.default_rng(3)
    rows["wait_days"] = rng.uniform(0, 5, len(rows))
    talk = rng.uniform(0, 1, network.provider.shape)
    weighs = tastes(
        travel_per_minute=np.array([-0.03, -0.02, -0.01, -0.005, -0.04]),
        wait_per_day=-0.08,
        fit=np.array([2.0, 3.0, 5.0, 6.0, 2.0]),
        belief=np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
        talk_share=0.6,
        drugs=0.5,
    )
    options = empty_options(network)
    weigh_common(options, network, rows, talk, weighs)
    for (village, slot), p in np.ndenumerate(network.provider):
        for kind in range(len(NEED_CLASSES)):
            found = options.common[village, kind, slot]
            if p < 0:
                assert found == NOT_HERE
                continue
            by_hand = (
                weighs.travel_per_minute[kind] * network.minutes[village, slot]
                - 0.08 * rows["wait_days"][p]
                + weighs.belief[kind] * 0.6 * talk[village, slot]
                + (0.5 * rows["drugs_share"][p] if kind == ROUTINE else 0.0)
            )
            assert found == pytest.approx(by_hand, rel=1e-12)


def test_a_village_takes_places_to_be_as_able_in_general_as_it_has_found_out(
    tiny_county: County,
) -> None:
    rng = np.random.default_rng(6)
    network = build_network(tiny_county)
    options = empty_options(network)
    rows = np.zeros(len(tiny_county.providers), PROVIDER)
    rows["capability"] = rng.uniform(0, 1, len(rows))
    rows["treats"] = rng.uniform(0, 1, (len(rows), N_ILLNESSES))
    known = rng.uniform(0, 1, network.provider.shape)
    tell_ability(options, rows, known)
    for (village, slot), p in np.ndenumerate(network.provider):
        if p >= 0:
            better = rows["treats"][p] - rows["capability"][p]
            assert options.known[village, :, slot] == pytest.approx(known[village, slot] + better)
