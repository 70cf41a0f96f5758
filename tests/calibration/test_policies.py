"""Reading policies: every fault at once, no traceback whatever a file holds."""

from __future__ import annotations

import math
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.payment import schemes
from agents.foundation.errors import InputError
from calibration.county import County
from calibration.places import policies_folder
from calibration.policies import Policy, load_policy, parse_policy, policy_names, to_toml

SMALLEST: dict[str, Any] = {
    "name": "mine",
    "title": "Mine",
    "title_zh": "我的",
    "rule": "a rule",
    "source": "an assumption",
    "payment": {"scheme": "fee_for_service"},
}


@pytest.mark.parametrize("name", policy_names())
def test_shipped_policies_read_and_are_named_as_their_files(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert policy.source
    assert parse_policy(tomllib.loads(to_toml(policy))) == policy


def test_pingyang_holds_what_is_reported() -> None:
    policy = Policy.load("pingyang")
    assert policy.payment.name == "bundle"
    assert policy.payment.model_dump()["outside_inside"] is True
    assert policy.benefits.outpatient_cap_yuan == 1500
    assert set(policy.care_at_base.outreach_per_year) == {"hypertension", "diabetes"}
    assert len(policy.open) >= 5
    county = County.load("pingyang")
    stock = county.providers["drugs_share"]
    better = policy.put_in_force(county).providers["drugs_share"]
    base = (county.providers["tier"] <= 1) & (county.providers["place"] == 0)
    assert better[base].mean() > stock[base].mean()
    np.testing.assert_array_equal(better[~base], stock[~base])


def test_every_scheme_has_a_shipped_policy() -> None:
    assert {load_policy(name).payment.name for name in policy_names()} == set(schemes())


def test_all_faults_are_named_at_once_with_what_is_allowed() -> None:
    faulty = {
        "name": "No Name",
        "payment": {"scheme": "bundle", "growth": 7, "surplus": 1},
        "pay": {"bonus_on": "luck", "bonus_share": 0.9},
        "benefits": {"change": [{"kind": "referred", "column": "inpatient_ratio", "value": 7}]},
        "care_at_base": {"outreach_per_year": {"gout": 1}},
        "surplus": {"contacts_with": []},
        "bonus": 1,
        "starts_month": 7.5,
    }
    with pytest.raises(InputError) as caught:
        parse_policy(faulty, "mine.toml")
    problems = caught.value.problems
    assert all(problem.startswith("mine.toml, key ") for problem in problems)
    for part in (
        'name: "No Name" is not allowed; allowed: a lower-case letter',
        "title: is missing",
        'payment.growth: "7" is not allowed; allowed: a number from -0.5 to 0.5',
        "payment.surplus: unknown; allowed: scheme, level",
        'pay.bonus_on: "luck" is not allowed; allowed: one of revenue, balance, nothing',
        'pay.bonus_share: "0.9" is not allowed; allowed: a number from 0 to 0.5',
        "benefits.change.0.value",
        "key care_at_base.outreach_per_year.gout: unknown condition gout; allowed: hypertension",
        'key surplus.contacts_with: "[]" is not allowed; allowed: at least 1 in the list',
        "bonus: unknown",
        'starts_month: "7.5" is not allowed; allowed: a whole number from 0 to 600',
    ):
        assert any(part in problem for problem in problems), part


def test_every_fault_of_a_timetable_is_named_by_its_change() -> None:
    faulty = {
        **SMALLEST,
        "payment": {"scheme": "bundle", "growth": 7},
        "change": [
            {"month": 6, "payment": {"growth": 0.1}, "pay": {"bonus_share": 0.9}},
            {"month": 6, "weather": {}, "payment": {"scheme": "bundel"}},
            {"surplus": {"to_staff": 0.7, "to_primary": 0.7}, "benefits": {"aid_ratio": 2}},
        ],
    }
    with pytest.raises(InputError) as caught:
        parse_policy(faulty, "mine.toml")
    for part in (
        'payment.growth: "7" is not allowed',
        'change.0.pay.bonus_share: "0.9" is not allowed; allowed: a number from 0 to 0.5',
        'change.1.month: "6" is not allowed; allowed: after the one before, 6',
        "change.1.weather: unknown",
        'change.1.payment.scheme: "bundel" is not allowed (do you mean bundle?)',
        "change.2.month: is missing; allowed: a whole number from 1 to 600",
        "change.2.surplus: to_primary, to_staff",
        'change.2.benefits.aid_ratio: "2" is not allowed',
    ):
        assert any(part in problem for problem in caught.value.problems), part
    # A change is checked by itself: what the first part says wrong is not told again.
    assert len(caught.value.problems) == 8


@pytest.mark.parametrize("changes", [3, "later", [1], {"month": 3}])
def test_a_timetable_that_is_no_list_of_tables_is_refused(changes: Any) -> None:
    with pytest.raises(InputError, match=r"key change: .*allowed: any number of tables"):
        parse_policy({**SMALLEST, "change": changes})


def test_a_timetable_is_written_out_and_read_back() -> None:
    told = {**SMALLEST, "starts_month": 5, "change": [{"month": 18, "pay": {"bonus_share": 0.03}}]}
    policy = parse_policy(told)
    again = parse_policy(tomllib.loads(to_toml(policy)))
    assert again == policy
    assert policy.resolved()["change"] == [{"month": 18, "pay": {"bonus_share": 0.03}}]
    (first, before), (later, after) = policy.stages()
    assert (first, later) == (5, 23)
    assert before is policy
    assert after.pay == before.pay.model_copy(update={"bonus_share": 0.03})


def test_keys_that_moved_are_told_where_they_stand() -> None:
    with pytest.raises(InputError, match=r"payment\.overspend_borne: .*overspend\.borne"):
        parse_policy({**SMALLEST, "payment": {"scheme": "bundle", "overspend_borne": 0.4}})


@pytest.mark.parametrize(
    ("payment", "told"),
    [
        (None, "payment: is missing"),
        (3, "a table with scheme"),
        ({}, "payment.scheme: is missing"),
        ({"scheme": ["bundle"]}, "payment.scheme"),
        ({"scheme": "bundel"}, "do you mean bundle?"),
    ],
)
def test_a_wrong_scheme_lists_the_known_ones(payment: Any, told: str) -> None:
    data = {**SMALLEST, "payment": payment}
    if payment is None:
        del data["payment"]
    with pytest.raises(InputError, match=", ".join(schemes())) as caught:
        parse_policy(data)
    assert told in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 1e12])
def test_impossible_numbers_are_refused(number: float) -> None:
    with pytest.raises(InputError, match="ceiling_yuan"):
        parse_policy({**SMALLEST, "benefits": {"ceiling_yuan": number}})


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"do you mean pingyang\?.*allowed: bundle, .*dip, .*fee_for_service"
    ):
        load_policy("pinyang")
    for odd in ("a\0b", "x" * 5000, "/nowhere/at/all.toml"):
        with pytest.raises(InputError, match="is unknown"):
            load_policy(odd)
    with pytest.raises(InputError, match="is a folder"):
        load_policy(policies_folder())


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"[" * 5000, b"x = 1" + b"0" * 5000])
def test_a_file_that_is_no_toml_gets_one_message(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "我的 政策.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"我的 政策\.toml"):
        load_policy(file)


KEYS = [
    "form_version", "name", "title", "open", "starts_month", "payment", "pay", "benefits",
    "care_at_base", "scheme", "growth", "level", "surplus", "kept", "band",
    "above", "month", "overspend", "borne", "target", "bonus_on", "bonus_share",
    "outpatient_cap_yuan", "ceiling_yuan", "aid_ratio", "change", "kind", "tier", "column",
    "value", "add", "drugs_share_village", "outreach_per_year", "hypertension",
]  # fmt: skip
WORDS = ["bundle", "fee_for_service", "revenue", "balance", "referred", "city", "inpatient_ratio"]
LEAVES = (
    st.none().map(lambda _: True)
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.floats(0, 1)
    | st.sampled_from(WORDS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.dates()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5), st.booleans())
def test_no_content_gives_anything_but_a_policy_or_messages(
    data: dict[str, Any], whole: bool
) -> None:
    file_content = tomli_w.dumps({**SMALLEST, **data} if whole else data)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fuzzed.toml"
        file.write_text(file_content, encoding="utf-8")
        policy, problems = None, []
        try:
            policy = load_policy(file)
        except InputError as error:
            problems = error.problems
    assert (policy is None) == bool(problems)
    assert all("allowed" in problem or "give either" in problem for problem in problems), problems
    if policy is not None:
        assert parse_policy(tomllib.loads(to_toml(policy))) == policy


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_no_bytes_give_a_traceback(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bytes.toml"
        file.write_bytes(content)
        with pytest.raises(InputError):
            load_policy(file)
