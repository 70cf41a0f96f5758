"""What draws patients out of the county comes apart by its causes."""

from __future__ import annotations

import numpy as np
import pytest

from abm.county import CareKind, County, Tier
from abm.indicators import YearView
from abm.model import Model
from abm.policy import Policy
from experiments.siphon import FIGURES
from tests.conftest import make_policy
from tests.science.fuzzy import check_parts

pytestmark = pytest.mark.science
SEEDS = range(1, 25)
Gaps = dict[str, dict[str, np.ndarray]]


def figures(
    county: County, seed: int, *hold: str, policy: Policy | None = None
) -> dict[str, float]:
    rules = policy or make_policy()
    model = Model(county, rules, make_policy(), rng=seed, weight=50, threads=2, hold=hold)
    for _ in range(12):
        model.step()
    model.close()
    return {name: figure.of(YearView(model, 0)) for name, figure in FIGURES.items()}


@pytest.fixture(scope="module")
def gaps(typical: County) -> Gaps:
    """Change of each figure, a seed a part: each channel held in its first year; equal ratios."""
    base = [figures(typical, seed) for seed in SEEDS]
    runs = {
        hold: [figures(typical, seed, hold) for seed in SEEDS]
        for hold in ("belief", "benefits", "capability")
    }
    runs["ratios"] = [figures(typical, seed, policy=as_at_home(typical)) for seed in SEEDS]
    return {
        part: {
            name: np.array([a[name] - b[name] for a, b in zip(found, base, strict=True)])
            for name in FIGURES
        }
        for part, found in runs.items()
    }


def as_at_home(county: County) -> Policy:
    """Rules under which the self-referred are covered at the ratios of the county's hospitals."""
    home = county.benefits[1, CareKind.IN_COUNTY, Tier.COUNTY]
    columns = ("inpatient_ratio", "outpatient_ratio", "chronic_ratio", "deductible_yuan")
    changes = [
        {"kind": "self_referred", "column": column, "value": float(home[column])}
        for column in columns
    ]
    return make_policy(benefits={"change": changes})


def test_equal_beliefs_keep_the_self_referred_at_home(gaps: Gaps) -> None:
    # Choice experiments: a tertiary hospital's name is worth most of all its attributes.
    found = gaps["belief"]["admissions_self_referred"]
    check_parts("self-referred per 1,000", found, (-10.0, -2.0), [0.0, (0.5, 10.0)])


def test_equal_capability_keeps_the_self_referred_at_home(gaps: Gaps) -> None:
    found = gaps["capability"]["admissions_self_referred"]
    check_parts("self-referred per 1,000", found, (-6.0, -0.5), [0.0, (0.3, 6.0)])
    found = gaps["capability"]["admissions_unsent"]
    check_parts("sent by nobody per 1,000", found, (-25.0, -2.0), [0.0, (0.3, 20.0)])


def test_equal_sums_send_fewer_out(gaps: Gaps) -> None:
    # Now a dearer bill outside brings more yuan from the fund, though a smaller share of it.
    found = gaps["benefits"]["siphon"]
    check_parts("the siphon per 1,000", found, (-8.0, -0.5), [0.0, (0.3, 8.0)])
    found = gaps["benefits"]["admissions_referred"]
    check_parts("referred per 1,000", found, (-8.0, -0.5), [0.0, (0.3, 8.0)])
    share = gaps["benefits"]["fund_outside"]
    check_parts("fund's share spent outside", share, (-0.08, -0.005), [0.0, (0.003, 0.1)])


def test_each_channel_feeds_the_siphon(gaps: Gaps) -> None:
    for hold in ("belief", "capability"):
        check_parts(hold, gaps[hold]["siphon"], (-25.0, -1.0), [0.0, (0.5, 10.0)])


def test_worse_cover_outside_holds_people_back(gaps: Gaps) -> None:
    # Both ways of a price: as good a ratio as at home draws out those whom a worse one holds.
    found = gaps["ratios"]["admissions_self_referred"]
    check_parts("self-referred per 1,000", found, (1.0, 20.0), [0.0, (-20.0, -1.0)])


def test_those_who_live_elsewhere_do_not_come_back(gaps: Gaps) -> None:
    # Of the fall of the self-referred nothing shows here; better belief may make some more go.
    found = gaps["belief"]["admissions_lives_elsewhere"]
    check_parts("lives elsewhere per 1,000", found, (-0.3, 2.0), [(-10.0, -1.0)])


def test_what_the_county_can_do_changes_nothing_for_those_who_live_elsewhere(gaps: Gaps) -> None:
    found = gaps["capability"]["admissions_lives_elsewhere"]
    check_parts("lives elsewhere per 1,000", found, (-0.3, 0.3), [(-6.0, -1.0), (1.0, 6.0)])


def test_equal_sums_change_nothing_for_those_who_live_elsewhere(gaps: Gaps) -> None:
    found = gaps["benefits"]["admissions_lives_elsewhere"]
    check_parts("lives elsewhere per 1,000", found, (-0.3, 0.3), [(-6.0, -1.0), (1.0, 6.0)])
