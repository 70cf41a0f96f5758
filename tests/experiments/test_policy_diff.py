"""``yigongti policy diff`` and ``list policies`` as a user meets them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from abm.payment import schemes
from calibration.places import policies_folder
from calibration.policies import load_policy, policy_names
from experiments.docs_tables import POLICY_TABLES
from experiments.policy_diff import PROSE, policy_diff
from experiments.policy_words import PARTS_ZH, meaning, rule_of
from tests.experiments.conftest import Command

BUNDLE = (policies_folder() / "bundle.toml").read_text("utf-8")


def differ(tmp_path: Path, **changes: str) -> list[dict[str, Any]]:
    """Differences of the shipped bundle from itself with some text replaced."""
    text = BUNDLE
    for before, after in changes.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{before} ="))
        text = text.replace(line, after)
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return policy_diff(load_policy("bundle"), load_policy(path))


def test_one_number_is_one_sentence(tmp_path: Path) -> None:
    (row,) = differ(tmp_path, name='name = "mine"', growth="growth = -0.02")
    assert row["key"] == "payment.growth"
    assert (row["a"], row["b"], row["unit"]) == (0.05, -0.02, "share")
    expected = (
        "budget's growth on last year's spending, per year: 5 % under bundle, -2 % under mine"
    )
    assert row["sentence"] == expected


def test_what_a_policy_says_of_itself_is_no_rule(tmp_path: Path) -> None:
    told = {"title": 'title = "x"', "source": 'source = "y"', "rule": 'rule = "z"'}
    assert differ(tmp_path, **told) == []


def test_a_key_left_out_is_its_default(tmp_path: Path) -> None:
    rows = differ(tmp_path, kept="", borne="")
    assert rows == []  # 1.0 and 0.5 are the defaults


def test_tables_of_free_names_and_lists_are_told_entry_by_entry(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    extra = """
[care_at_base.outreach_per_year]
hypertension = 2.0

[[staff.postings]]
source = "city"
target = "county"
months = 12
"""
    path.write_text(BUNDLE.replace('name = "bundle"', 'name = "mine"') + extra, "utf-8")
    rows = {row["key"]: row for row in policy_diff(load_policy("bundle"), load_policy(path))}
    assert set(rows) == {"care_at_base.outreach_per_year.hypertension", "staff.postings"}
    outreach = rows["care_at_base.outreach_per_year.hypertension"]["sentence"]
    assert outreach.endswith("hypertension: none under bundle, 2 per person and year under mine")
    postings = rows["staff.postings"]
    assert postings["a"] == []
    assert postings["b"][0]["months"] == 12
    assert "level that sends doctors city" in postings["sentence"]
    assert "months after which others take over 12 months" in postings["sentence"]


def test_schemes_that_differ_are_told_by_their_rules_and_own_keys() -> None:
    rows = policy_diff(load_policy("dip"), load_policy("bundle"))
    payment = [row for row in rows if row["part"] == "payment"]
    assert payment[0]["key"] == "payment.scheme"
    assert schemes()["dip"].rule in payment[0]["sentence"]
    ours = [row for row in payment[1:] if row["b"] is None]
    theirs = [row for row in payment[1:] if row["a"] is None]
    assert len(ours) == len(schemes()["dip"].model_fields)
    assert len(theirs) == len(schemes()["bundle"].model_fields)
    assert all(row["sentence"].endswith("under dip") for row in ours)


@pytest.mark.parametrize("a", policy_names())
@pytest.mark.parametrize("b", policy_names())
def test_every_rule_that_differs_is_told_once(a: str, b: str) -> None:
    first, second = load_policy(a), load_policy(b)
    keys = [row["key"] for row in policy_diff(first, second)]
    backwards = [row["key"] for row in policy_diff(second, first)]
    assert sorted(keys) == sorted(backwards)

    def flat(prefix: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            return {prefix: value}
        return {
            key: inner
            for name, part in value.items()
            for key, inner in flat(f"{prefix}.{name}".strip("."), part).items()
        }

    ours, theirs = (flat("", policy.resolved()) for policy in (first, second))
    # Keys of schemes that differ are told one by one, even where two have a name in common.
    apart = {"payment"} if first.payment.name != second.payment.name else set()
    differing = {k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k)}
    rules = {k for k in differing if k.partition(".")[0] not in {*PROSE, *apart}}
    told = [key for key in keys if key.partition(".")[0] not in apart]
    assert sorted(told) == sorted(rules)


def test_every_key_has_a_chinese_word() -> None:
    owners = {**POLICY_TABLES, **schemes()}
    missing = []
    for title, model in owners.items():
        owner = title.strip("[]").removeprefix("benefits.")
        for key, info in model.model_fields.items():
            if title == "top of the file":
                missing += [key] if key not in {*PARTS_ZH, *PROSE} else []
            elif not re.search("[\u4e00-\u9fff]", meaning(owner, key, info, "zh")):
                missing.append(f"{owner}.{key}")
    missing += [s.name for s in schemes().values() if rule_of(s, "zh") == s.rule]
    assert not missing, "add them to experiments/policy_words.py"


def test_the_command_tells_readers_and_programs(command: Command) -> None:
    found = command("policy", "diff", "bundle", "pingyang")
    assert found.code == 0
    assert "what patients are covered for" in found.out
    told = " ".join(found.out.split())
    assert (
        "outpatient care a year: as in the county under bundle, 1,500 yuan under pingyang" in told
    )
    chinese = command("policy", "diff", "bundle", "pingyang", "--lang", "zh").out
    assert "普通门诊基金年支付上限：bundle 为 同县现状，pingyang 为 1,500 元" in chinese
    assert "高血压" in chinese
    rows = command("policy", "diff", "bundle", "pingyang", "--json").rows
    assert {"part", "key", "a", "b", "unit", "sentence"} <= set(rows[0])
    same = command("policy", "diff", "dip", "dip")
    assert "no rule differs" in same.out
    assert command("policy", "diff", "dip", "dip", "--json").rows == []


def test_every_fault_of_both_policies_is_told_at_once(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BUNDLE.replace("growth = 0.05", "growth = 5"), "utf-8")
    found = command("policy", "diff", "dpi", "mine.toml")
    assert found.code == 2
    assert "do you mean dip?" in found.err
    assert "payment.growth" in found.err


def test_policies_are_listed_with_source_and_what_is_open(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {row["name"]: row for row in command("list", "policies", "--json").rows}
    assert set(rows) == set(policy_names())
    for row in rows.values():
        assert row["rule"]
        assert row["source"]
        assert isinstance(row["open"], list)
        assert isinstance(row["to_come"], list)
    assert any("5 %" in line for line in rows["bundle"]["open"])
    out = " ".join(command("list", "policies").out.split())
    assert f"source: {rows['bundle']['source']}" in out
    assert f"open: {rows['bundle']['open'][0]}" in out
    folder = tmp_path / "policies"
    folder.mkdir()
    text = BUNDLE.replace("open = [", 'to_come = ["an alliance"]\nopen = [')
    (folder / "bundle.toml").write_text(text, "utf-8")
    monkeypatch.setattr("calibration.places.policies_folder", lambda: folder)
    assert "to come: an alliance" in command("list", "policies").out
