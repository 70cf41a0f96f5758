"""The picture of a comparison: in both languages, with every glyph, units and real minus signs."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.font_manager import findfont, get_font

from calibration.county import County, county_names
from calibration.policies import load_policy, policy_names
from experiments.headline import HEADLINES
from experiments.picture import _figure, chinese_font, draw, signed


@pytest.fixture(scope="module")
def comparison() -> Any:
    """Two policies, two seeds, three years; the second policy is worse by 100 everywhere."""
    policies = (load_policy("fee_for_service"), load_policy("pingyang"))
    paths = pd.DataFrame(
        [
            {"policy": policy.name, "seed": seed, "year": year}
            | {headline.name: seed - 100.0 * place for headline in HEADLINES}
            for place, policy in enumerate(policies)
            for seed in (1, 2)
            for year in (2022, 2023, 2024)
        ]
    )
    row = {"policy": "pingyang", "period": "2023-2024", "value": -100, "low": -101, "high": -99}
    return SimpleNamespace(
        county=County.load("pingyang"),
        policies=policies,
        paths=paths,
        differences=pd.DataFrame([row | {"indicator": headline.name} for headline in HEADLINES]),
        seeds=[1, 2],
        period="2023-2024",
        first_policy_year=2023,
        weight=50,
        interrupted=True,
    )


def texts(figure: Any) -> list[str]:
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text"))]


def test_titles_units_and_the_policies_start_are_told_in_both_languages(comparison: Any) -> None:
    font = chinese_font()
    assert font is not None
    with rc_context({"font.family": [font, "DejaVu Sans"]}):
        told = texts(_figure(comparison, chinese=True))
    assert "Pingyang, Zhejiang 浙江平阳" in told
    for policy in comparison.policies:
        assert f"{policy.title} {policy.title_zh}" in told
    for headline in HEADLINES:
        assert f"{headline.title} {headline.title_zh}" in told
        assert f"{headline.unit} {headline.unit_zh}".rstrip() in told
    assert told.count("policies start 政策起始") == len(HEADLINES)
    foot = next(text for text in told if "replicates" in text)
    assert comparison.county.label in " ".join(foot.split())
    assert comparison.county.label_zh in "".join(foot.split())
    assert "Stopped early" in foot
    assert "提前中止" in foot


def test_without_a_font_nothing_chinese_is_drawn(comparison: Any) -> None:
    told = "".join(texts(_figure(comparison, chinese=False)))
    assert "Fund balance" in told
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in told)


def test_every_minus_is_a_real_one(comparison: Any) -> None:
    told = texts(_figure(comparison, chinese=False))
    assert "2023–2024: −100 (−101 to −99)" in told
    assert not [text for text in told if text.startswith("-") or ": -" in text]
    assert (signed(-1.23456), signed(0.5)) == ("−1.235", "+0.5")


def test_the_picture_has_every_glyph(comparison: Any, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns of a glyph that is missing
        draw(comparison, tmp_path / "comparison.png")
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_the_font_has_the_letters_of_all_that_ships() -> None:
    name = chinese_font()
    assert name is not None
    known = set(get_font(findfont(name)).get_charmap())
    written = [headline.title_zh + headline.unit_zh for headline in HEADLINES]
    written += [load_policy(policy).title_zh for policy in policy_names()]
    counties = [County.load(county) for county in county_names()]
    written += [county.title_zh + county.label_zh for county in counties]
    assert {letter for text in written for letter in text if ord(letter) not in known} == set()
