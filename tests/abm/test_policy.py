from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from abm.county import CareKind, County, Place, Scheme, Tier
from abm.model import Model
from abm.pay import PayRule
from abm.payment import schemes
from abm.policy import BenefitChange, Benefits, CareAtBase, Change, Policy
from abm.sharing_rules import (
    ConsortiumRules,
    Overspend,
    OverspendBand,
    Quality,
    Surplus,
    SurplusBand,
    Target,
)
from agents.conditions import CONDITIONS

PolicyMaker = Callable[..., Policy]
RESIDENT = Scheme.RESIDENT


def change(**parts: Any) -> BenefitChange:
    return BenefitChange.model_validate({"kind": "in_county", "column": "inpatient_ratio"} | parts)


def test_a_policy_without_parts_leaves_the_county_as_it_is(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    after = policy_of().put_in_force(tiny_county)
    assert np.array_equal(after.benefits, tiny_county.benefits)
    assert np.array_equal(after.providers, tiny_county.providers)
    assert after.fund == tiny_county.fund


def test_benefits_change_where_the_policy_says_and_nowhere_else(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    parts = {
        "ceiling_yuan": 99_000.0,
        "change": [
            {"kind": "in_county", "tier": "county", "column": "inpatient_ratio", "value": 0.9},
            {"kind": "referred", "column": "deductible_yuan", "add": -100.0},
            {"scheme": "employee", "kind": "emergency", "column": "in_policy_share", "add": 9.0},
        ],
    }
    before = tiny_county.benefits.copy()
    after = policy_of(benefits=parts).put_in_force(tiny_county)
    expected = before.copy()
    expected["inpatient_ratio"][RESIDENT, CareKind.IN_COUNTY, Tier.COUNTY] = 0.9
    deductible = expected["deductible_yuan"]
    deductible[RESIDENT, CareKind.REFERRED] = np.maximum(
        0, deductible[RESIDENT, CareKind.REFERRED] - 100
    )
    expected["in_policy_share"][Scheme.EMPLOYEE, CareKind.EMERGENCY] = 1.0
    assert np.array_equal(after.benefits, expected)
    assert np.array_equal(tiny_county.benefits, before)
    assert after.fund.ceiling_yuan == 99_000.0
    assert after.fund.outpatient_cap_yuan == tiny_county.fund.outpatient_cap_yuan


@given(
    add=st.floats(-2, 2),
    column=st.sampled_from(["inpatient_ratio", "outpatient_ratio", "in_policy_share"]),
    kind=st.sampled_from([kind.name.lower() for kind in CareKind]),
)
def test_ratios_stay_between_nothing_and_all(
    tiny_county: County, add: float, column: str, kind: str
) -> None:
    benefits = tiny_county.benefits.copy()
    change(add=add, column=column, kind=kind).apply(benefits)
    assert 0 <= benefits[column].min() <= benefits[column].max() <= 1
    moved = benefits[column] - tiny_county.benefits[column]
    assert (moved * add >= 0).all()


@pytest.mark.parametrize("parts", [{}, {"value": 0.5, "add": 0.1}, {"value": -0.1}])
def test_a_change_is_either_set_or_added(parts: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"either value or add|greater than or equal"):
        change(**parts)


def test_drugs_at_the_base_change_at_the_base_in_the_county(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    policy = policy_of(care_at_base={"drugs_share_village": 0.93, "drugs_share_township": 0.77})
    before, after = tiny_county.providers, policy.put_in_force(tiny_county).providers
    here = before["place"] == Place.IN_COUNTY
    expected = before["drugs_share"].copy()
    expected[here & (before["tier"] == Tier.VILLAGE)] = 0.93
    expected[here & (before["tier"] == Tier.TOWNSHIP)] = 0.77
    assert np.array_equal(after["drugs_share"], expected)


def test_outreach_is_by_condition(policy_of: PolicyMaker) -> None:
    policy = policy_of(care_at_base={"outreach_per_year": {"diabetes": 2.0}})
    expected = [2.0 if condition.name == "diabetes" else 0.0 for condition in CONDITIONS]
    assert policy.enrol_per_year().tolist() == expected
    with pytest.raises(ValueError, match="gout"):
        policy_of(care_at_base={"outreach_per_year": {"gout": 1.0}})


def test_unknown_schemes_and_keys_are_named(policy_of: PolicyMaker) -> None:
    with pytest.raises(ValueError, match=", ".join(schemes())):
        policy_of("free_beer")
    with pytest.raises(ValueError, match="surplus"):
        policy_of("bundle", payment={"surplus": 1.0})


def test_rules_come_into_force_in_their_month(tiny_county: County, policy_of: PolicyMaker) -> None:
    new = policy_of(
        "bundle",
        starts_month=12,
        benefits={"ceiling_yuan": 1_000.0},
        care_at_base={"drugs_share_village": 1.0, "outreach_per_year": {"stroke": 3.0}},
    )
    model = Model(tiny_county, new, policy_of(), threads=1)
    clinics = (model.providers["tier"] == 0) & (model.providers["place"] == Place.IN_COUNTY)
    for month in range(14):
        model.step()
        in_force = month >= 12
        assert (model.policy_now is new) == in_force
        assert (model.world.cover.ceiling_fen[Scheme.RESIDENT] == 100_000) == in_force
        assert bool((model.providers["drugs_share"][clinics] == 1.0).all()) == in_force
        assert (model.world.hazards.enrol[4] > 0) == in_force


@pytest.mark.parametrize(
    "part",
    [
        Policy,
        BenefitChange,
        Benefits,
        CareAtBase,
        PayRule,
        Change,
        Surplus,
        SurplusBand,
        Overspend,
        OverspendBand,
        Target,
        Quality,
        ConsortiumRules,
        *schemes().values(),
    ],
    ids=lambda part: part.__name__,
)
def test_every_key_says_in_its_schema_what_it_means(part: type[BaseModel]) -> None:
    silent = [key for key, info in part.model_fields.items() if not info.description]
    assert silent == []
