from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.billing import bill_admission, bill_visits
from abm.county import CareKind, County
from abm.model import Model
from abm.payment import schemes
from abm.policy import Policy
from agents.foundation.compile import plain
from agents.foundation.errors import InputError
from agents.insurer import BASIS
from agents.provider import TALLY
from experiments.conservation import CHECKS, Watch
from experiments.verify import scheme_policies

PolicyMaker = Callable[..., Policy]
NOTHING = dict.fromkeys(CHECKS, 0)
SHARE = st.floats(0, 1)
YUAN = st.floats(0, 50_000)


LEVEL = st.sampled_from(["last_year_spending", "spending_trend", "financing", "financing_growth"])
DIVIDED_BY = st.sampled_from(["as_level", "history", "heads", "adjusted_heads"])


def later_schemes() -> list[st.SearchStrategy[dict[str, Any]]]:
    """Payments by case, day, budget, head, episode, and of all by service line."""
    part: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "drg": {
            "overrun": st.sampled_from(["fund", "correction"]),
            "coefficients_by": st.sampled_from(["tier", "hospital"]),
            "by_treatment": st.booleans(),
            "growth": st.floats(-0.5, 0.5),
        },
        "per_diem": {
            "yuan_per_bed_day": st.fixed_dictionaries({}, optional={"county": YUAN}),
            "growth": st.floats(-0.5, 0.5),
        },
        "global_budget": {
            "level": LEVEL,
            "divided_by": DIVIDED_BY,
            "own_payments_inside": st.booleans(),
            "reserve": st.floats(0, 0.5),
            "surplus_kept": SHARE,
            "overspend_paid": SHARE,
        },
        "chronic_capitation": {
            "yuan_per_head": st.just(0.0) | st.floats(1, 20_000),
            "for_control": SHARE,
            "answers": st.sampled_from(["village", "township"]),
        },
        "episode_90": {"growth": st.floats(-0.5, 0.5)},
    }
    found = [
        st.fixed_dictionaries({"scheme": st.just(name), **keys}) for name, keys in part.items()
    ]
    lines = st.sampled_from([(), ("heads",), ("points",), ("cases",), ("cases", "heads")])
    composed = {
        "scheme": st.just("composition"),
        "lines": st.builds(
            lambda some, long, bundled: (
                *some,
                *(["long_stays"] if long else []),
                *(["bundle"] if bundled else []),
            ),
            lines,
            st.booleans(),
            st.booleans(),
        ),
        "heads": st.fixed_dictionaries(part["chronic_capitation"]),
        "cases": st.fixed_dictionaries(part["drg"]),
        "bundle": st.fixed_dictionaries({"outside_inside": st.booleans()}),
    }
    return [*found, st.fixed_dictionaries(composed)]


def some_policy(policy_of: PolicyMaker) -> st.SearchStrategy[Policy]:
    payments = st.one_of(
        st.just({"scheme": "fee_for_service"}),
        st.fixed_dictionaries(
            {
                "scheme": st.just("bundle"),
                "level": LEVEL,
                "divided_by": DIVIDED_BY,
                "own_payments_inside": st.booleans(),
                "reserve": st.floats(0, 0.5),
                "growth": st.floats(-0.5, 0.5),
                "outside_inside": st.booleans(),
            }
        ),
        st.fixed_dictionaries(
            {
                "scheme": st.just("provider_cap"),
                "level": st.sampled_from(["last_year_paid", "last_year_billed"]),
                "growth": st.floats(-0.9, 0.5),
                "lowest_tier": st.sampled_from(["village", "township", "county"]),
                "beyond_paid": SHARE,
            }
        ),
        st.fixed_dictionaries(
            {
                "scheme": st.just("dip"),
                "level": LEVEL,
                "growth": st.floats(-0.5, 0.5),
                "coefficient_township": st.floats(0, 2),
                "outliers": st.booleans(),
                "by_treatment": st.booleans(),
                "outpatient_budget": st.booleans(),
            }
        ),
        *later_schemes(),
    )
    pay = st.fixed_dictionaries(
        {
            "bonus_on": st.sampled_from(["balance", "nothing"]),
            "bonus_share": st.floats(0, 0.5),
            "balance_share": st.floats(0, 0.5),
            "workload_yuan_per_visit": st.floats(0, 200),
            "scale": st.sampled_from(["contract", "one_scale"]),
            "scale_yuan": st.just({"village_doctor": 60_000.0, "attending": 140_000.0}),
            "scale_paid_by": st.sampled_from(["employer", "government"]),
            "performance_share": SHARE,
            "shared_by": st.sampled_from(["billing", "work"]),
            "work_counted_in": st.sampled_from(["minutes", "points"]),
            "points_per_admission": st.floats(0, 20),
            "yuan_per_managed": st.floats(0, 500),
            "yuan_per_controlled": st.floats(0, 500),
            "village": st.sampled_from(["employed", "own_account"]),
            "director_yuan": st.sampled_from([0.0, 250_000.0]),
            "director_on_balance": st.floats(0, 0.5),
            "director_on_health": st.floats(0, 0.5),
        }
    ) | st.fixed_dictionaries({"bonus_on": st.just("revenue"), "bonus_share": st.floats(0, 0.5)})
    settlement = st.fixed_dictionaries(
        {},
        optional={
            "advance_months": st.floats(0, 6),
            "denial_share": st.floats(0, 0.5),
            "retention": st.floats(0, 0.5),
            "retention_returned": SHARE,
            "late_months": st.integers(0, 12),
            "clearing_month": st.integers(1, 12),
        },
    )
    fifth = st.floats(0, 0.2)
    names = ("primary", "staff", "referring", "disciplines", "chronic")
    surplus = st.fixed_dictionaries({"kept": SHARE, **{f"to_{name}": fifth for name in names}})
    overspend = st.fixed_dictionaries({"borne": SHARE}) | st.fixed_dictionaries(
        {"uncontrollable_borne": SHARE, "mismanagement_borne": SHARE}
    )
    consortium = st.fixed_dictionaries(
        {
            "legal_persons": st.sampled_from(["one", "several"]),
            "reserve_split": st.sampled_from(["common", "saved", "work"]),
        }
    )
    quality = st.fixed_dictionaries(
        {}, optional={"controlled_goal": st.floats(0.1, 1), "attended_goal": st.floats(0.1, 1)}
    )
    target = st.fixed_dictionaries(
        {
            "indicator": st.sampled_from(["primary_share_of_visits", "visits_outside"]),
            "at_least": SHARE,
            "cut": SHARE,
        }
    )
    change = st.fixed_dictionaries(
        {
            "scheme": st.sampled_from(["resident", "employee"]),
            "kind": st.sampled_from([kind.name.lower() for kind in CareKind]),
            "column": st.sampled_from(["inpatient_ratio", "outpatient_ratio", "chronic_ratio"]),
            "value": SHARE,
        }
    )
    benefits = st.fixed_dictionaries(
        {},
        optional={
            "outpatient_cap_yuan": YUAN,
            "chronic_cap_yuan": YUAN,
            "ceiling_yuan": YUAN,
            "serious_deductible_yuan": YUAN,
            "serious_ratio": SHARE,
            "aid_ratio": SHARE,
            "change": st.lists(change, max_size=3),
        },
    )
    prices = st.fixed_dictionaries(
        {},
        optional={
            "drug_markup": st.floats(0, 0.5),
            "drug_price_cut": st.floats(0, 0.9),
            "consumables_price_cut": st.floats(0, 0.9),
            "tests_price_cut": st.floats(0, 0.9),
            "fees_raised": st.floats(-0.5, 3),
            "saved_to_fees": st.floats(0, 0.5),
            "saved_to_pay": st.floats(0, 0.5),
            "joint_share": SHARE,
            "joint_price_cut": st.floats(0, 0.9),
            "joint_saving_left": SHARE,
            "joint_paid_more": st.floats(0, 0.5),
            "one_drug_list": SHARE,
            "general_fee_yuan_per_visit": st.floats(0, 50),
        },
    )
    government = st.fixed_dictionaries(
        {
            "public_health_yuan_per_head": st.floats(0, 500),
            "drug_subsidy_yuan_per_head": st.floats(0, 200),
        }
    )
    care = st.fixed_dictionaries(
        {
            "outreach_per_year": st.fixed_dictionaries({"hypertension": st.floats(0, 12)}),
            "outreach_yuan_per_contact": st.floats(0, 200),
        }
    )
    return st.builds(
        lambda payment, starts, **parts: policy_of(
            payment.pop("scheme"), starts, payment=payment, **parts
        ),
        payments,
        st.integers(1, 13),
        surplus=surplus,
        overspend=overspend,
        consortium=consortium,
        quality=quality,
        target=st.lists(target, max_size=2),
        pay=pay,
        settlement=settlement,
        benefits=benefits,
        care_at_base=care,
        prices=prices,
        government=government,
    )


@settings(max_examples=20)
@given(data=st.data(), weight=st.sampled_from([1, 1, 2, 5]), seed=st.integers(0, 2**63 - 1))
def test_people_and_fen_are_conserved_every_month(
    tiny_county: County, policy_of: PolicyMaker, data: st.DataObject, weight: int, seed: int
) -> None:
    policy = data.draw(some_policy(policy_of))
    baseline = data.draw(some_policy(policy_of))
    try:
        model = Model(tiny_county, policy, baseline, rng=seed, weight=weight, threads=1)
    except InputError:
        return  # the weight leaves a provider too few agents
    watch = Watch(model)
    for _ in range(14):
        watch.step()
    assert watch.worst == NOTHING
    assert model.opening_fen == model.ledger.balance_fen.sum()


def test_they_are_under_every_scheme_for_three_years(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    policies = scheme_policies()
    assert {policy.payment.name for policy in policies} == set(schemes())
    for policy in policies:
        watch = Watch(Model(tiny_county, policy, policy_of()))
        for _ in range(37):
            watch.step()
        assert watch.worst == NOTHING, policy.name


# -- the watch would see it if they were not ----------------------------------------------


def raise_the_dead(model: Model) -> None:
    model.residents["alive"][np.flatnonzero(model.residents["exit"] == 1)[0]] = 1


def die_twice(model: Model) -> None:
    model.residents["exit_month"][np.flatnonzero(model.residents["exit"] == 1)[0]] -= 1


def lose_somebody(model: Model) -> None:
    model.residents["alive"][3] = 0


def share_a_key(model: Model) -> None:
    model.residents["key"][0] = model.residents["key"][1]


def mint_a_fen(model: Model) -> None:
    model.ledger.balance_fen[0] += 1


def overpay_a_provider(model: Model) -> None:
    ledger = model.ledger
    ledger.transfer(0, ledger.provider[2:3], np.array([1]), "fund pays services")


def forget_what_is_owed(model: Model) -> None:
    model.books.claims.due_fen[3, 0, 2] += 1


def forget_a_fen_of_a_bill(model: Model) -> None:
    model.tally["patient_fen"][0] -= 1


def pay_less_than_nothing(model: Model) -> None:
    model.tally["patient_fen"][0] -= 10**9
    model.tally["aid_fen"][0] += 10**9


def misremember_a_year(model: Model) -> None:
    model.residents["year_paid_fen"][5] += 1


def misremember_the_fund(model: Model) -> None:
    row = np.flatnonzero(model.residents["scheme"] == 1)[0]
    model.residents["year_chronic_fund_fen"][row] += 1


@pytest.mark.parametrize(
    ("wrong", "checks"),
    [
        (raise_the_dead, {"people", "lives"}),
        (die_twice, {"lives"}),
        (lose_somebody, {"people", "lives"}),
        (share_a_key, {"lives"}),
        (mint_a_fen, {"fen"}),
        (overpay_a_provider, {"receipts"}),
        (forget_what_is_owed, {"receipts"}),
        (forget_a_fen_of_a_bill, {"bills", "years"}),
        (pay_less_than_nothing, {"bills", "years"}),
        (misremember_a_year, {"years"}),
        (misremember_the_fund, {"years"}),
    ],
)
def test_the_watch_sees(
    tiny_county: County,
    policy_of: PolicyMaker,
    wrong: Callable[[Model], None],
    checks: set[str],
) -> None:
    model = Model(tiny_county, policy_of(), threads=1)
    watch = Watch(model)
    for _ in range(6):
        watch.step()
    assert watch.worst == NOTHING
    model.step()
    wrong(model)
    watch.look()
    assert {name for name, gap in watch.worst.items() if gap} == checks


# -- one bill -----------------------------------------------------------------------------

FEN = st.integers(0, 10_000_000)
BP = st.integers(0, BASIS)
BITS = st.integers(0, 2**64 - 1)


@st.composite
def encounters(draw: st.DrawFn) -> tuple[Any, Any, Any, Any]:
    patient = SimpleNamespace(
        scheme=draw(st.integers(0, 2)),
        aided=draw(st.integers(0, 1)),
        elsewhere=draw(st.integers(0, 1)),
        referred=draw(st.integers(0, 1)),
        severity=draw(st.integers(0, 999)),
        year_outpatient_fund_fen=draw(FEN),
        year_chronic_fund_fen=draw(FEN),
        year_inpatient_fund_fen=draw(FEN),
        year_pocket_fen=draw(FEN),
        year_paid_fen=0,
        year_cost_fen=0,
        episode_months=draw(st.integers(0, 3)),
        routine=1,
        managed=[draw(st.integers(0, 1))],
    )
    provider = SimpleNamespace(place=draw(st.integers(0, 3)), tier=2, settled_share=draw(SHARE))
    benefit = SimpleNamespace(
        deductible_fen=draw(FEN),
        inpatient_bp=draw(BP),
        outpatient_bp=draw(BP),
        chronic_bp=draw(BP),
        in_policy_bp=draw(BP),
    )
    cover = SimpleNamespace(
        benefits=_SameEverywhere(benefit),
        outpatient_cap_fen=(0, draw(FEN), draw(FEN)),
        chronic_cap_fen=(0, draw(FEN), draw(FEN)),
        ceiling_fen=(0, draw(FEN), draw(FEN)),
        serious_deductible_fen=(0, draw(FEN), draw(FEN)),
        serious_bp=(0, draw(BP), draw(BP)),
        aid_bp=(0, draw(BP), draw(BP)),
        by_head=[draw(st.integers(0, 1))],
    )
    tally = SimpleNamespace(**dict.fromkeys(TALLY.names or (), 0))
    return patient, provider, SimpleNamespace(cover=cover), SimpleNamespace(tally=[tally])


class _SameEverywhere:
    """A benefit table with one benefit in all its cells."""

    def __init__(self, benefit: Any) -> None:
        self.benefit = benefit

    def __getitem__(self, where: tuple[int, int, int]) -> Any:
        return self.benefit


PAID = (
    "fund_outpatient_fen",
    "fund_chronic_fen",
    "fund_inpatient_fen",
    "serious_fen",
    "aid_fen",
    "employee_fund_fen",
    "patient_fen",
)


def check_bill(patient: Any, tally: Any, bill_fen: int) -> None:
    parts = [getattr(tally, name) for name in PAID]
    assert sum(parts) == bill_fen == tally.outpatient_cost_fen + tally.inpatient_cost_fen
    assert min(parts) >= 0
    assert (patient.year_cost_fen, patient.year_paid_fen) == (bill_fen, tally.patient_fen)
    if patient.scheme != 1:
        assert sum(parts[:3]) == 0
    if patient.scheme == 0:
        assert tally.patient_fen == bill_fen


@given(encounter=encounters(), bill_fen=FEN)
def test_the_parts_of_an_admission_are_its_bill(
    encounter: tuple[Any, Any, Any, Any], bill_fen: int
) -> None:
    patient, provider, world, out = encounter
    before = patient.year_inpatient_fund_fen
    plain(bill_admission)(patient, provider, 0, bill_fen, world, out)
    tally = out.tally[0]
    check_bill(patient, tally, bill_fen)
    ceiling = world.cover.ceiling_fen[patient.scheme]
    paid = patient.year_inpatient_fund_fen - before
    assert paid == tally.fund_inpatient_fen + tally.employee_fund_fen
    assert paid == 0 or before + paid <= ceiling


@given(encounter=encounters(), bill_fen=FEN, routine=st.booleans(), bits=BITS, stream=BITS)
def test_the_parts_of_visits_are_their_bill(
    encounter: tuple[Any, Any, Any, Any], bill_fen: int, routine: bool, bits: int, stream: int
) -> None:
    patient, provider, world, out = encounter
    column = "year_chronic_fund_fen" if routine else "year_outpatient_fund_fen"
    caps = world.cover.chronic_cap_fen if routine else world.cover.outpatient_cap_fen
    cap = caps[patient.scheme]
    before = getattr(patient, column)
    plain(bill_visits)(patient, provider, 0, bill_fen, 2, routine, world, out, bits, stream)
    check_bill(patient, out.tally[0], bill_fen)
    paid = getattr(patient, column) - before
    assert paid == 0 or before + paid <= cap
    check_parts(patient, world.cover, out.tally[0], routine)


def check_parts(patient: Any, cover: Any, tally: Any, routine: bool) -> None:
    """What is told apart of a visit of the residents' scheme is all of it or nothing."""
    all_of_it = (
        tally.settled_outpatient_cost_fen + tally.chronic_cost_fen,
        tally.fund_outpatient_fen + tally.fund_chronic_fen,
    )
    by_head = routine and cover.by_head[0] * patient.managed[0] == 1 and patient.elsewhere == 0
    managed = (tally.managed_cost_fen, tally.managed_fund_fen)
    assert managed == (all_of_it if by_head else (0, 0))
    episode = (tally.episode_visits_cost_fen, tally.episode_visits_fund_fen)
    assert episode == (all_of_it if patient.episode_months > 0 else (0, 0))


def test_what_a_centre_pays_for_tests_read_is_no_bill_of_a_patient(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    model = Model(tiny_county, policy_of(staff={"remote_reading": 0.8}), threads=1)
    watch = Watch(model)
    for _ in range(3):
        watch.step()
    assert "tests read remotely" in model.ledger.purposes
    assert not any(watch.worst.values()), watch.worst
