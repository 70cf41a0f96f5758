"""How often people are ill and seek care, and what moves them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from abm.county import County
from abm.indicators import indicators_of_year
from abm.model import Model
from abm.survey import ILL, KNOWS, KNOWS_AND_ILL, PRESENT
from tests.conftest import make_policy
from tests.science.fuzzy import check_mean, check_parts
from tests.science.runs import (
    by_township,
    change_by_township,
    in_county,
    run,
    total,
    with_parameters,
    with_providers,
)

pytestmark = pytest.mark.science

TIERS = ("village", "township", "county", "city", "province")


# -- illness and use --------------------------------------------------------------------------


def log_ratio(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    """Logarithm of the ratio of two shares, counts of counts, and its standard error."""
    (a, of_a), (b, of_b) = one, other
    error = math.sqrt(1 / a - 1 / of_a + 1 / b - 1 / of_b)
    return math.log(a / of_a / (b / of_b)), error


def ill(model: Model, low: int, high: int) -> tuple[int, int]:
    people = model.surveys[0].people
    return int(people[ILL][:, low:high].sum()), int(people[PRESENT][:, low:high].sum())


@pytest.mark.parametrize(
    ("old", "young", "ratio"),
    # Ill in two weeks, rural Ningxia 2019: 13.1 % at 35-44, 22.2, 30.6, 40.8 % at 65 and over.
    [((65, 101), (35, 45), 3.11), ((55, 65), (35, 45), 2.34), ((45, 55), (35, 45), 1.69)],
    ids=["65+", "55-64", "45-54"],
)
def test_illness_rises_with_age_as_surveyed(
    year: Model, old: tuple[int, int], young: tuple[int, int], ratio: float
) -> None:
    found, error = log_ratio(ill(year, *old), ill(year, *young))
    theory = (math.log(ratio * 0.72), math.log(ratio * 1.38))
    bugs = [(-1.5, math.log(ratio * 0.5)), (math.log(ratio * 2.0), 4.0)]
    check_mean("illness by age, log ratio", found, error, theory, bugs)


def test_the_chronically_ill_are_ill_more_often(year: Model) -> None:
    # Ningxia: 36.1 % against 8.8 %, a ratio of 4.1; its rates of the healthy look low.
    people = year.surveys[0].people
    ill_known, known = (int(people[row].sum()) for row in (KNOWS_AND_ILL, KNOWS))
    ill_all, everybody = (int(people[row].sum()) for row in (ILL, PRESENT))
    found, error = log_ratio((ill_known, known), (ill_all - ill_known, everybody - known))
    check_mean("log ratio", found, error, (math.log(2.2), math.log(4.5)), [(-1.0, 0.4), (2.0, 4.0)])


def test_visits_a_head_are_those_of_the_country(decade: Model) -> None:
    # 6.5 to 7.6 of every kind, national bulletins 2022 to 2025.
    found = [indicators_of_year(decade, y)["use.visits_per_resident"] for y in range(3)]
    check_parts("visits a head", found, (6.5, 7.6), [(2.0, 5.5), (9.0, 16.0)])


# -- prices -----------------------------------------------------------------------------------

DEARER = 1.2


@pytest.fixture(scope="module")
def dearer(typical: County) -> Model:
    """All visits a fifth dearer everywhere."""

    def price(yuan: np.ndarray) -> np.ndarray:
        return yuan * DEARER

    county = with_providers(typical, visit_price_yuan=price, chronic_price_yuan=price)
    return run(county, 1)


def elasticities(after: Model, before: Model) -> np.ndarray:
    """Of episodes of care to the price of visits, by township."""
    return change_by_township(after, before) / math.log(DEARER)


def test_dearer_visits_are_fewer(year: Model, dearer: Model) -> None:
    # Between RAND (-0.2 of spending; visits less) and rural China 2003-08 (-0.55).
    found = elasticities(dearer, year)
    check_parts("own-price elasticity", found, (-0.75, -0.05), [(0.0, 0.75), (-3.0, -1.2)])


def test_visits_answer_to_prices_as_rural_surveys_found(year: Model, dearer: Model) -> None:
    # -0.547 [-0.747, -0.347] among users, -0.519 [-0.703, -0.336] of the first visit; rural
    # China, NHSS 2003 and 2008 (Zhou et al. 2011).
    found = elasticities(dearer, year)
    check_parts("own-price elasticity", found, (-0.747, -0.347), [(-0.25, 0.0), (0.0, 0.75)])


@pytest.fixture(scope="module")
def dearer_beds(typical: County) -> tuple[Model, Model]:
    """All admissions a fifth dearer everywhere, and as they are.

    Doctors' own income does not depend on what they do, here and outside: a bonus on revenue
    would make them advise more beds where beds are dearer, and hide how patients answer.
    """
    flat = make_policy(pay={"bonus_on": "nothing"})
    county = with_parameters(typical, care__outside_brings_per_yuan=0.0)
    dearer = with_providers(county, admission_price_yuan=lambda yuan: yuan * DEARER)
    return run(dearer, 1, flat), run(county, 1, flat)


def admissions_by_month(model: Model) -> np.ndarray:
    return np.array([int(month["admissions"].sum()) for month in model.tallies[:12]])


def test_admissions_answer_to_prices_as_rural_surveys_found(
    dearer_beds: tuple[Model, Model],
) -> None:
    # -0.372 [-0.517, -0.226] of the first admission, the same surveys.
    after, before = dearer_beds
    change = np.log(admissions_by_month(after) / admissions_by_month(before))
    found = change / math.log(DEARER)
    check_parts("own-price elasticity", found, (-0.517, -0.226), [(-0.15, 0.5), (-3.0, -0.7)])


def test_a_fifth_of_those_advised_a_bed_do_not_enter(year: Model) -> None:
    # 21.5 % of those advised admission, national household survey 2018; rural areas near it.
    declined = np.array([int(month["declined"].sum()) for month in year.tallies[:12]])
    share = declined / (declined + admissions_by_month(year))
    check_parts("declined", share, (0.15, 0.28), [(0.0, 0.10), (0.4, 1.0)])


def test_a_dearer_hospital_loses_patients_to_cheaper_places(typical: County, year: Model) -> None:
    county = with_providers(typical, in_county(typical, 2), visit_price_yuan=lambda p: p * 1.5)
    after = run(county, 1)
    hospital = change_by_township(after, year, (2,)) / math.log(1.5)
    check_parts("own price", hospital, (-1.2, -0.15), [(0.0, 1.2), (-5.0, -2.0)])
    others = change_by_township(after, year, (0, 1)) / math.log(1.5)
    check_parts("cross price", others, (0.005, 0.3), [(-0.3, 0.0), (0.6, 3.0)])


def test_the_poor_answer_more_to_prices(typical: County) -> None:
    found = []
    for share in (0.4, 2.5):
        villages = typical.villages.copy()
        villages["income_yuan"] *= share
        county = dataclasses.replace(typical, villages=villages)
        dear = with_providers(county, visit_price_yuan=lambda p: p * DEARER)
        found.append(elasticities(run(dear, 1), run(county, 1)))
    gap = found[0] - found[1]
    check_parts("elasticity of the poor less that of the rich", gap, (-0.5, -0.02), [(0.0, 0.5)])


# -- distance ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def farther(typical: County) -> Model:
    """All ways half as long again."""
    return run(dataclasses.replace(typical, travel_minutes=typical.travel_minutes * 1.5), 1)


def test_distance_keeps_people_near(year: Model, farther: Model) -> None:
    far = change_by_township(farther, year, (2, 3, 4))
    check_parts("hospitals", far, (-0.8, -0.05), [(0.0, 0.8), (-4.0, -1.5)])
    near = change_by_township(farther, year, (0,))
    check_parts("village clinics", near, (0.02, 0.5), [(-0.5, 0.0), (1.0, 3.0)])


def test_the_severely_ill_mind_distance_less(year: Model, farther: Model) -> None:
    # Rural Gansu (Qian 2009): the sicker are less distance-averse. Beds outside the county
    # are taken by severe needs, visits there by all.
    outside = (year.providers["tier"] >= 3) & (year.providers["place"] != 3)

    def logs(column: str) -> np.ndarray:
        parts = []
        for month in range(12):
            after, before = (
                int(m.tallies[month][column][outside[m.tally_provider]].sum())
                for m in (farther, year)
            )
            parts.append(math.log(after / before))
        return np.array(parts)

    gap = logs("admissions") - logs("visits")
    check_parts("fall of admissions less that of visits", gap, (0.1, 1.5), [(-1.5, 0.0)])


# -- belief -----------------------------------------------------------------------------------


def test_belief_in_large_places_makes_people_bypass_small_ones(typical: County) -> None:
    deaf = {"learning__talk_rate": 0.0, "belief__learning_rate": 0.0}
    usual = run(with_parameters(typical, **deaf), 1)
    alike = {f"belief__initial__{tier}": 0.7 for tier in TIERS}
    equal = run(with_parameters(typical, **deaf, **alike), 1)
    shares = [by_township(m, (2, 3, 4)) / by_township(m) for m in (equal, usual)]
    gap = np.log(shares[0] / shares[1])
    check_parts("bypassing, log ratio", gap, (-1.5, -0.1), [(0.0, 1.5), (-6.0, -3.0)])


def test_better_care_at_the_base_is_found_out(typical: County, year: Model) -> None:
    # Nobody is told: the belief follows what people live through, within the year.
    base = in_county(typical, 0, 1)
    better = run(with_providers(typical, base, quality=0.98), 1)
    gain = change_by_township(better, year, (0, 1))
    check_parts("episodes at the base", gain, (0.01, 0.8), [(-0.8, 0.0)])


def test_a_contract_holds_people_at_the_base(typical: County) -> None:
    runs = [
        run(
            with_parameters(typical, contract__start_share=s, contract__start_share_key_groups=s), 1
        )
        for s in (0.0, 1.0)
    ]
    gain = change_by_township(runs[1], runs[0], (0, 1))
    check_parts("episodes at the base", gain, (0.03, 0.6), [(-0.6, 0.0)])
    assert total(runs[1], "visits") > total(runs[0], "visits")
