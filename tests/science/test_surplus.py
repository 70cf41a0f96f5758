"""A surplus that goes to the base is seen there years later; one for contacts, within the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from abm.policy import Policy
from abm.survey import CONTROLLED, HAS, MANAGED
from tests.science.fuzzy import check_parts, check_share
from tests.science.runs import HYPERTENSION, in_county, run, with_parameters, with_providers
from tests.science.test_siphon_of_talent import severe_at_townships

pytestmark = pytest.mark.science

YEARS, WEIGHT = 6, 8


@pytest.fixture(scope="module")
def told(typical: County, policy_of: Callable[..., Policy]) -> list[Model]:
    """A bundle whose surplus stays in reserve; goes to the base; buys contacts.

    Doctors stay, and centres have room for all who come, so that what they can do decides.
    """
    staff = typical.staff.copy()
    staff["minutes_per_month"] *= 3
    roomy = with_providers(
        typical, in_county(typical, 1), beds=lambda n: 3 * n, nurses=lambda n: 3 * n
    )
    county = dataclasses.replace(
        with_parameters(roomy, learning__capability_rate=0.002), staff=staff
    )
    rules: tuple[dict[str, float], ...] = (
        {},
        {"to_primary": 0.5, "training_share": 0.5},
        {"to_chronic": 0.3},
    )
    return [
        run(
            county,
            YEARS,
            policy_of("bundle", payment={"growth": 0.1}, surplus=rule),
            weight=WEIGHT,
            hold={"doctors"},
        )
        for rule in rules
    ]


def at_centres(model: Model, column: str, year: int) -> np.ndarray:
    """Of the county's township centres, at a year's end."""
    rows = model.providers
    return np.asarray(model.staff_years[year][column][(rows["place"] == 0) & (rows["tier"] == 1)])


def test_equipment_and_courses_raise_what_centres_can_treat_with_time(told: list[Model]) -> None:
    kept, primary, _ = told
    assert primary.ledger.flow_fen("surplus buys equipment") > 0
    assert primary.ledger.flow_fen("surplus pays training") > 0
    gains = [
        at_centres(primary, "capability", year) - at_centres(kept, "capability", year)
        for year in range(YEARS)
    ]
    # The first surplus is there at the first year's end, and a team learns within a year.
    assert not gains[0].any()
    check_parts("capability in year 6", gains[5], (0.01, 0.2), [(-0.2, 0.002)])
    check_parts("more than in year 3", gains[5] - gains[2], (0.005, 0.2), [(-0.2, 0.001)])


def test_and_bring_patients_back(told: list[Model]) -> None:
    kept, primary, _ = told
    gains = [
        severe_at_townships(primary, year) - severe_at_townships(kept, year)
        for year in range(YEARS)
    ]
    check_parts("severely ill at centres, year 6", gains[5], (0.02, 0.3), [(-0.3, 0.0)])
    check_parts("more than in year 3", gains[5] - gains[2], (0.01, 0.3), [(-0.3, 0.0)])


def test_contacts_bring_more_under_management_and_then_control(told: list[Model]) -> None:
    kept, _, chronic = told
    assert chronic.ledger.flow_fen("surplus pays contacts", range(12)) == 0
    assert chronic.ledger.flow_fen("surplus pays contacts", range(12, 24)) > 0

    def counted(model: Model, row: int, year: int) -> int:
        return int(model.surveys[year].conditions[row, HYPERTENSION].sum())

    assert counted(chronic, MANAGED, 0) == counted(kept, MANAGED, 0)
    for name, row, year, least in (("managed", MANAGED, 1, 0.05), ("control", CONTROLLED, 5, 0.02)):
        usual = counted(kept, row, year) / counted(kept, HAS, year)
        check_share(
            name,
            counted(chronic, row, year),
            counted(chronic, HAS, year),
            (usual + least, usual + 0.4),
            [(0.0, usual)],
        )
    late, soon = (
        (counted(chronic, CONTROLLED, y) / counted(chronic, HAS, y))
        - (counted(kept, CONTROLLED, y) / counted(kept, HAS, y))
        for y in (5, 1)
    )
    assert late > soon > 0
