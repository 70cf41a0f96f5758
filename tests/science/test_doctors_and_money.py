"""What doctors do follows what it brings them, and nothing else about the scheme."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from abm.policy import Policy
from tests.science.fuzzy import check_parts
from tests.science.runs import run, total, with_parameters

pytestmark = pytest.mark.science

BALANCE = {"bonus_on": "balance", "bonus_share": 0.3}


@pytest.fixture(scope="module")
def by_fee(typical: County, policy_of: Callable[..., Policy]) -> Model:
    return run(typical, 1, policy_of(pay=BALANCE))


@pytest.fixture(scope="module")
def by_bundle(typical: County, policy_of: Callable[..., Policy]) -> Model:
    return run(typical, 1, policy_of("bundle", pay=BALANCE))


def by_provider(model: Model, column: str) -> np.ndarray:
    sums = np.zeros(len(model.providers))
    for month in model.tallies[:12]:
        np.add.at(sums, model.tally_provider, month[column])
    return sums


def at_home(model: Model, cases: str = "visits") -> np.ndarray:
    """(provider,) whether it is one of the county's own busy providers."""
    return np.asarray((model.providers["place"] == 0) & (by_provider(model, cases) > 300))


def change_a_case(
    after: Model, before: Model, cost: str, cases: str, busy: np.ndarray | None = None
) -> np.ndarray:
    """Change of the logarithm of cost a case at the county's own busy providers."""
    busy = at_home(before, cases) if busy is None else busy
    a_case = [by_provider(m, cost)[busy] / by_provider(m, cases)[busy] for m in (after, before)]
    return np.asarray(np.log(a_case[0] / a_case[1]))


OUTPATIENT = ("outpatient_cost_fen", "visits")
INPATIENT = ("inpatient_cost_fen", "admissions")


@pytest.mark.parametrize("case", [OUTPATIENT, INPATIENT], ids=["visits", "admissions"])
def test_a_bundle_lowers_what_is_done_a_case(
    by_fee: Model, by_bundle: Model, case: tuple[str, str]
) -> None:
    # Laboratory: a third less under a fixed sum than under fees (Hennig-Schmidt et al.);
    # Sanming: a visit -6 %, an admission -15 %. A tenth of a yuan's weight is the margin.
    found = change_a_case(by_bundle, by_fee, *case)
    check_parts("log of cost a case", found, (-0.5, -0.03), [(0.0, 0.5), (-3.0, -1.0)])


def test_it_lowers_needless_admissions(by_fee: Model, by_bundle: Model) -> None:
    here = by_fee.providers["place"] == 0
    gaps = [
        np.log(
            (after["unneeded_admissions"] * here[by_fee.tally_provider]).sum()
            / (before["unneeded_admissions"] * here[by_fee.tally_provider]).sum()
        )
        for after, before in zip(by_bundle.tallies[:12], by_fee.tallies[:12], strict=True)
    ]
    check_parts("needless admissions, log ratio", gaps, (-3.0, -0.1), [(0.0, 3.0)])


def test_the_scheme_works_through_pay_only(
    typical: County, policy_of: Callable[..., Policy]
) -> None:
    # On a flat salary a doctor does the same under any scheme, to the last fen of every bill.
    nothing = {"bonus_on": "nothing", "bonus_share": 0.0}
    runs = [
        run(typical, 1, policy_of(scheme, pay=nothing)) for scheme in ("fee_for_service", "bundle")
    ]
    for one, other in zip(runs[0].tallies, runs[1].tallies, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("share", [0.02, 0.2])
def test_more_bonus_on_revenue_means_more_done(
    typical: County, policy_of: Callable[..., Policy], share: float, year: Model
) -> None:
    # The year's policy pays 8 % of what is billed.
    after = run(typical, 1, policy_of(pay={"bonus_on": "revenue", "bonus_share": share}))
    sign = 1 if share > 0.08 else -1
    found = sign * change_a_case(after, year, *OUTPATIENT)
    check_parts("log of cost a visit", found, (0.03, 0.6), [(-0.6, 0.0), (1.2, 3.0)])
    admitted = sign * np.log(total(after, "admissions") / total(year, "admissions"))
    assert 0 < admitted < 0.5


def test_altruists_follow_money_less(
    typical: County, policy_of: Callable[..., Policy], year: Model
) -> None:
    rich = policy_of(pay={"bonus_on": "revenue", "bonus_share": 0.25})
    answers = []
    for altruism in (0.5, 1.1):
        county = with_parameters(typical, care__altruism_mean=altruism, care__altruism_spread=0.05)
        after, before = run(county, 1, rich), run(county, 1)
        answers.append(change_a_case(after, before, *OUTPATIENT, busy=at_home(year)))
    gap = answers[0] - answers[1]
    check_parts("answer of the selfish less that of altruists", gap, (0.05, 1.0), [(-1.0, 0.0)])


def test_a_countys_pay_rule_stops_at_its_border(
    typical: County, policy_of: Callable[..., Policy]
) -> None:
    after = run(typical, 1, policy_of(pay={"bonus_on": "revenue", "bonus_share": 0.3}), weight=20)
    before = run(typical, 1, weight=20)
    outside = after.providers["place"] > 0
    brings = [m.providers["brings_outpatient"][outside] for m in (after, before)]
    assert brings[0].tolist() == brings[1].tolist()
