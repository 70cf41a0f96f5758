"""Under a cap the severe are put off and sent away, most at the year's end; a fair bundle softens.

Every share is held against that of the same year and quarter, people and draws, paid by fee for
service with the same bonus: what differs is the cap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from abm.policy import Policy
from tests.conftest import make_policy
from tests.science.fuzzy import check_parts
from tests.science.runs import run, with_parameters

pytestmark = pytest.mark.science

YEARS, WEIGHT, SEEDS = 3, 5, (1, 2, 3, 4, 5)
PAY = {"bonus_on": "balance", "bonus_share": 0.12}
GROWTH = -0.2
"""Of the cap and of the bundle: a fifth less than what is billed."""
SELFISH, KIND = 0.5, 1.1


def fee() -> Policy:
    return make_policy("fee_for_service", pay=PAY)


def cap() -> Policy:
    told: dict[str, Any] = {"level": "last_year_billed", "growth": GROWTH, "lowest_tier": "county"}
    return make_policy("provider_cap", pay=PAY, payment=told)


def bundle() -> Policy:
    told = {"growth": GROWTH, "outside_inside": True}
    return make_policy("bundle", pay=PAY, payment=told, overspend={"borne": 0.3})


def sent_away(model: Model) -> np.ndarray:
    """(year, quarter) put off or sent on by county hospitals, of all whom they decided on.

    Whom they wanted to admit and had no bed for does not count, nor does the first year, of
    which nothing is known that a cap could be set from.
    """
    rows = model.providers
    where = ((rows["place"] == 0) & (rows["tier"] == 2))[model.tally_provider]

    def of(column: str) -> np.ndarray:
        months = [month[column][where].sum() for month in model.tallies[12:]]
        return np.array(months).reshape(YEARS - 1, 4, 3).sum(axis=2)

    away = of("put_off") + of("referred_up") - of("no_bed")
    return np.asarray(away / (away + of("admissions") - of("split")))


@pytest.fixture(scope="module")
def excess(typical: County) -> dict[str, np.ndarray]:
    """(seed x year, quarter) share sent away above that by fee for service, by rule."""
    found: dict[str, list[np.ndarray]] = {"selfish": [], "kind": [], "bundle": []}
    for seed in SEEDS:
        for name, altruism in (("selfish", SELFISH), ("kind", KIND)):
            county = with_parameters(
                typical, care__altruism_mean=altruism, care__altruism_spread=0.1
            )

            def share(policy: Policy, county: County = county, seed: int = seed) -> np.ndarray:
                return sent_away(run(county, YEARS, policy, seed=seed, weight=WEIGHT))

            usual = share(fee())
            found[name].append(share(cap()) - usual)
            if name == "selfish":
                found["bundle"].append(share(bundle()) - usual)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def last(parts: np.ndarray) -> np.ndarray:
    return np.asarray(parts[:, 3])


def before(parts: np.ndarray) -> np.ndarray:
    return np.asarray(parts[:, :3].mean(axis=1))


def test_under_a_cap_patients_are_sent_away(excess: dict[str, np.ndarray]) -> None:
    check_parts("more sent away", last(excess["selfish"]), (0.02, 0.3), [(-0.3, 0.0)])


def test_more_so_in_the_last_quarter(excess: dict[str, np.ndarray]) -> None:
    rise = last(excess["selfish"]) - before(excess["selfish"])
    check_parts("last quarter against before", rise, (0.01, 0.2), [(-0.2, 0.0)])


def test_altruists_do_it_less(excess: dict[str, np.ndarray]) -> None:
    less = last(excess["selfish"]) - last(excess["kind"])
    check_parts("selfish less kind", less, (0.01, 0.2), [(-0.2, 0.0)])


def test_a_bundle_with_shared_overspend_softens_it(excess: dict[str, np.ndarray]) -> None:
    softer = last(excess["selfish"]) - last(excess["bundle"])
    check_parts("cap less bundle", softer, (0.02, 0.4), [(-0.4, 0.0)])
