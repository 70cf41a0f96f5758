"""A policy's effect comes apart by the channel that it acts through."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.policy import Policy
from abm.replay import CHANNELS
from experiments.sweep_task import CountySource, keep_county
from experiments.why import as_json
from experiments.why_runs import QUICK, WhyAsk, live_apart, sets_of
from experiments.why_shares import REST, TOTAL, leave_one_out
from tests.conftest import make_policy
from tests.science.fuzzy import check_parts

pytestmark = pytest.mark.science
SEEDS = range(1, 9)
SELF_REFERRED = "siphon.admissions_self_referred"
ADMITTED = "insurance.admissions_per_insured"
OUTLAY = "fund.outlay_million_yuan"
NAMES = (SELF_REFERRED, ADMITTED, OUTLAY)
Parts = dict[str, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def parts_of(typical: County) -> Callable[..., Parts]:
    """By indicator, then part, what each seed's change loses without a channel; the last year."""

    def taken_apart(policy: Policy, base: Policy, months: int) -> Parts:
        source, own = CountySource("here", typical.digest), sets_of(QUICK)
        keep_county(source, (), typical)
        ruled, told = as_json(policy), as_json(base)
        figures = np.array(
            [
                live_apart(WhyAsk(source, ruled, told, told, months, 100, seed, 2, own, NAMES))
                for seed in SEEDS
            ]
        )[:, :, -1]
        return {
            name: leave_one_out(
                figures[:, 0, place], {o: figures[:, 1 + n, place] for n, o in enumerate(own)}
            )
            for place, name in enumerate(NAMES)
        }

    return taken_apart


@pytest.fixture(scope="module")
def worse_cover(parts_of: Callable[..., Parts]) -> Parts:
    """Who goes outside by himself has a tenth of his bill paid."""
    change = [{"kind": "self_referred", "column": "inpatient_ratio", "value": 0.1}]
    return parts_of(make_policy(benefits={"change": change}), make_policy(), 12)


@pytest.fixture(scope="module")
def more_bonus(parts_of: Callable[..., Parts]) -> Parts:
    """A quarter of what is billed is bonus, for 8 %."""
    return parts_of(make_policy(pay={"bonus_share": 0.25}), make_policy(), 12)


@pytest.fixture(scope="module")
def one_budget(parts_of: Callable[..., Parts]) -> Parts:
    """A budget for all after a year of fees, where doctors share in the balance."""
    pay = {"bonus_on": "balance", "bonus_share": 0.3}
    return parts_of(make_policy("global_budget", 12, pay=pay), make_policy(pay=pay), 24)


def test_worse_cover_acts_by_the_price_that_patients_feel(worse_cover: Parts) -> None:
    found = worse_cover[SELF_REFERRED]
    check_parts("all of it", found[TOTAL], (-0.05, -0.01), [0.0, (0.005, 0.05)])
    check_parts("by price", found["price"], (-0.05, -0.01), [0.0, (0.005, 0.05)])
    for channel in ("capability", "budget", "pay"):
        check_parts(f"by {channel}", found[channel], (-0.002, 0.002), [(-0.05, -0.01)])


def test_the_money_itself_moves_though_nobody_notices(worse_cover: Parts) -> None:
    # The fund pays less for those who go all the same: no channel carries that.
    found = worse_cover[OUTLAY]
    check_parts("not by channels", found[REST], (-30.0, -4.0), [0.0, (2.0, 30.0)])


def test_more_bonus_acts_by_pay(more_bonus: Parts) -> None:
    found = more_bonus[ADMITTED]
    check_parts("all of it", found[TOTAL], (0.02, 0.15), [0.0, (-0.15, -0.01)])
    check_parts("by pay", found["pay"], (0.02, 0.15), [0.0, (-0.15, -0.01)])
    for channel in ("price", "budget"):
        # What patients pay and what fees bring an employer is the same in every run.
        assert not found[channel].any(), channel


def test_a_budget_acts_by_what_care_brings_the_employer(one_budget: Parts) -> None:
    found = one_budget[ADMITTED]
    check_parts("all of it", found[TOTAL], (-0.12, -0.02), [0.0, (0.01, 0.12)])
    check_parts("by budget", found["budget"], (-0.12, -0.02), [0.0, (0.01, 0.12)])
    check_parts("by pay", found["pay"], (-0.01, 0.01), [(-0.12, -0.02)])
    assert not found["price"].any()


def test_parts_add_up_in_every_seed(worse_cover: Parts, one_budget: Parts) -> None:
    for found in (*worse_cover.values(), *one_budget.values()):
        parts = sum(found[name] for name in (*CHANNELS, REST))
        assert parts == pytest.approx(found[TOTAL], rel=1e-12, abs=1e-12)
