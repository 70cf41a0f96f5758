"""Who gains and who loses, by the command and from Python."""

from __future__ import annotations

import json

import numpy as np
import pytest

from abm.county import County
from agents.foundation.errors import InputError
from experiments.groups import FIGURES, group_keys, groups, lot_figures
from experiments.lots import LOT
from tests.conftest import PolicyMaker
from tests.experiments.conftest import Command

RATIOS = ("inpatient_ratio", "outpatient_ratio", "chronic_ratio")
SMALL = ("--years", "1", "--weight", "100", "--replicates", "2")


def test_figures_of_a_group_by_hand() -> None:
    lots = np.zeros((2, 1), LOT)
    lots[0] = (100, 5_000_00, 700, 20, 10, 2, 1)
    lots[1] = (200, 20_000_00, 1_000, 20, 20, 10, 2)
    # Means over years of: yuan a head, visits a head, per 1,000, per cent, per 1,000.
    assert lot_figures(lots)[0] == pytest.approx([75.0, 6.0, 150.0, 35.0, 10.0])


def test_the_old_gain_most_where_care_in_the_county_is_covered_in_full(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    before = policy_of("fee_for_service", 12)
    change = [{"kind": "in_county", "column": ratio, "value": 1.0} for ratio in RATIOS]
    free = policy_of("fee_for_service", 12, benefits={"change": change})
    found = groups(tiny_county, free, before, before, years=1, replicates=3, weight=1, threads=1)
    paid = {r["group"]: r for r in found.table.to_dict("records") if r["figure"] == "paid"}
    assert list(paid) == group_keys()
    assert all(-row["reference"] < row["value"] < 0 for row in paid.values())
    # The old pay most, so they gain most.
    assert paid["age_75_up"]["value"] < paid["age_15_44"]["value"]
    assert found.seeds == (1, 2, 3)


def test_a_policy_against_itself_changes_nothing(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    rule = policy_of("bundle", 12)
    again = rule.model_copy(update={"name": "again"})
    found = groups(tiny_county, again, rule, rule, years=1, replicates=2, weight=1, threads=1)
    assert (found.table["value"] == 0).all()
    assert not found.table["sure"].any()


def test_the_command_names_every_group_in_both_languages(command: Command) -> None:
    english = command("groups", "typical", "--policy", "bundle", *SMALL)
    assert english.code == 0
    for said in ("Age 75 and over", "Income, fifth 5 of 5", "far,", "Deaths per 1,000", "less DIP"):
        assert said in english.out.replace("\n", " "), said
    chinese = command("groups", "typical", "--policy", "bundle", *SMALL, "--lang", "zh")
    for said in ("75岁及以上", "收入第5五分位", "距县医院近", "每千人死亡", "可信"):
        assert said in chinese.out, said
    told = command("groups", "typical", "--policy", "dip", "--policy", "bundle", *SMALL, "--json")
    rows = json.loads(told.out)
    assert [row["group"] for row in rows] == group_keys() * len(FIGURES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--policy", "nosuch"], "nosuch"),
        (["--policy", "dip", "--policy", "drg", "--policy", "bundle"], "3 policies; allowed: one"),
        (["--policy", "bundle", "--replicates", "1"], "replicates 1: allowed: 2 to"),
        (["--policy", "bundle", "--years", "0"], "years 0"),
    ],
)
def test_what_cannot_be_used_is_told(command: Command, words: list[str], said: str) -> None:
    told = command("groups", "typical", *words)
    assert told.code == 2
    assert said in told.err


def test_seeds_are_checked_from_python_too(tiny_county: County) -> None:
    with pytest.raises(InputError, match="replicates 0"):
        groups(tiny_county, "bundle", replicates=0)
