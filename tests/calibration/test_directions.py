"""Directions that studies report: what ships can be used, and every fault of a file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from abm.indicators import INDICATORS
from agents.foundation.errors import InputError
from calibration.data_files import DATA
from calibration.directions import load_directions
from calibration.policies import load_policy

SHIPPED = (DATA / "directions.toml").read_text("utf-8")


def test_what_ships_names_policies_and_indicators_that_exist() -> None:
    found = load_directions()
    assert len(found) >= 9
    for one in found:
        assert load_policy(one.policy).name != load_policy(one.reference).name
        assert one.indicator in INDICATORS
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.what_zh)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = SHIPPED.replace('policy = "dip"', 'policy = "dpi"', 1)
    text = text.replace('indicator = "intensity.all"', 'indicator = "intensity.al"')
    text = text.replace('reference = "bundle"', 'reference = "pingyang"', 1)
    text = text.replace('name = "capitation_and_severity"', 'name = "capitation_serves_less"')
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as error:
        load_directions(path)
    told = "\n".join(error.value.problems)
    assert len(error.value.problems) == 4
    assert '(entry 3), policy: "dpi" is unknown (do you mean dip?); allowed: bundle' in told
    assert '(entry 1), indicator: "intensity.al" is unknown (do you mean intensity.all?)' in told
    assert "(entry 8): policy and reference are the same" in told
    assert 'name "capitation_serves_less" stands twice' in told


def test_a_sign_is_plus_or_minus(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.replace('sign = "-"', 'sign = "down"', 1), "utf-8")
    with pytest.raises(InputError, match=r"direction \(entry 1\).sign"):
        load_directions(path)
