"""At the ends of a scale the answer is known without any theory."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from tests.conftest import make_policy
from tests.science.runs import (
    number_of,
    run,
    total,
    with_conditions,
    with_illness,
    with_parameters,
    with_providers,
)

pytestmark = pytest.mark.science


def lives(model: Model, column: str) -> int:
    return sum(int(month[column][0]) for month in model.lives)


def _plenty(number: Any) -> Any:
    return number * 1_000_000


def roomy(county: County) -> County:
    """More doctors' and nurses' time and beds than anybody could ask for."""
    staff = county.staff.copy()
    staff["minutes_per_month"] *= 1000
    return dataclasses.replace(with_providers(county, beds=_plenty, nurses=_plenty), staff=staff)


def able(county: County) -> County:
    """Every place, beds or not, can treat everything, and always right."""
    return with_providers(county, capability=3.0, quality=1.0)


def test_where_treatment_is_always_right_nobody_treated_dies(typical: County) -> None:
    fatality = typical.conditions.fatality.copy()
    fatality[:, 0] = 0.0
    county = with_parameters(
        able(with_conditions(typical, fatality=fatality)),
        fatality__acute__treated=0.0,
        # Doctors who lose nothing by it do all that the need calls for; all are able.
        care__effort=0.0,
        care__effort_yuan_per_minute=0.0,
        care__outpatient_reach=3.0,
        career__skill_spread=0.0,
    )
    model = run(county, 1)
    assert total(model, "poor_outcomes") == total(model, "deaths") == 0
    # And deaths without care remain, so that the check could have failed.
    assert lives(model, "without_care") > 1000


def test_where_no_treatment_is_ever_right_all_outcomes_are_poor(typical: County) -> None:
    model = run(with_providers(typical, quality=0.0), 1)
    used = sum(int(flow["used"].sum()) for flow in model.flows)
    assert total(model, "poor_outcomes") == used > 100_000


def test_without_doctors_time_everyone_is_turned_away(typical: County) -> None:
    staff = typical.staff.copy()
    staff["minutes_per_month"] = 0.0
    model = run(dataclasses.replace(typical, staff=staff), 1)
    for column in ("visits", "admissions", "outpatient_cost_fen", "inpatient_cost_fen"):
        assert total(model, column) == 0
    assert total(model, "turned_away") > 100_000
    assert lives(model, "without_care") > 100_000


def test_with_room_for_all_nobody_is_turned_away(typical: County) -> None:
    # People of other counties ask for a part of whatever room there is.
    model = run(with_parameters(roomy(typical), care__others_load=0.0), 1)
    assert total(model, "turned_away") == total(model, "no_bed") == 0
    assert model.providers["wait_days"].max() < 0.01


def unerring(county: County) -> County:
    """Doctors who see what is best without error, and to whom work is no burden."""
    return with_parameters(
        county, care__judgement_noise=1e-4, care__effort=0.0, care__effort_yuan_per_minute=0.0
    )


def test_where_every_place_can_do_all_nobody_is_sent_up(typical: County) -> None:
    # Those who need a bed have to leave a clinic without one, however able: here nobody does.
    county = with_parameters(able(unerring(typical)), care__outpatient_reach=3.0)
    model = run(roomy(county), 1)
    assert total(model, "referred_up") == total(model, "put_off") == 0
    assert total(run(roomy(unerring(typical)), 1), "referred_up") > 1000


def healthy(county: County) -> County:
    """A county without chronic disease."""
    c = county.conditions
    return with_conditions(
        county,
        onset_per_year=np.zeros_like(c.onset_per_year),
        prevalence=np.zeros_like(c.prevalence),
    )


def test_where_only_the_top_can_do_anything_all_are_sent_up(typical: County) -> None:
    below = typical.providers["tier"] < 4
    county = with_parameters(
        with_providers(typical, below, capability=-3.0), care__travel_burden_yuan=0.0
    )
    # On a flat salary: a bonus would make it worth while to keep the slightest.
    flat = make_policy(pay={"bonus_on": "nothing"})
    model = run(roomy(healthy(unerring(county))), 1, flat)
    ours = model.providers["place"] == 0
    # Without chronic disease nobody comes for routine: every visit is the examination before.
    assert total(model, "visits", ours) == total(model, "referred_up", ours) > 100
    assert total(model, "admissions", ours) == 0


def test_without_hazards_nobody_is_ill_and_nobody_dies(typical: County) -> None:
    nil = np.zeros_like
    acute = nil(typical.illness.acute_per_month)
    county = dataclasses.replace(
        with_illness(healthy(typical), acute_per_month=acute),
        background_deaths_per_year=nil(typical.background_deaths_per_year),
    )
    model = run(county, 2)
    for column in ("needs", "deaths", "without_care"):
        assert lives(model, column) == 0
    for column in model.tally.dtype.names or ():
        assert total(model, column) == total(model, column, year=1) == 0
    assert lives(model, "births") > 500


def test_without_fertility_and_arrivals_nobody_comes(typical: County) -> None:
    moves = typical.migration_per_year.copy()
    moves[3] = 0.0
    county = dataclasses.replace(typical, births_per_year=np.zeros(101), migration_per_year=moves)
    model = run(county, 1)
    assert lives(model, "births") == lives(model, "arrived") == 0
    assert len(model.residents) == model.alive + lives(model, "deaths") + lives(model, "moved_out")


def test_without_insurance_the_fund_pays_nothing(typical: County) -> None:
    benefits = typical.benefits.copy()
    for column in ("inpatient_ratio", "outpatient_ratio", "chronic_ratio"):
        benefits[column] = 0.0
    county = dataclasses.replace(
        typical,
        benefits=benefits,
        fund=dataclasses.replace(typical.fund, serious_ratio=0.0, aid_ratio=0.0),
    )
    model = run(county, 1)
    cost = total(model, "outpatient_cost_fen") + total(model, "inpatient_cost_fen")
    assert total(model, "patient_fen") == cost > 0


def test_everything_covered_costs_patients_nothing(typical: County) -> None:
    benefits = typical.benefits.copy()
    for column in ("inpatient_ratio", "outpatient_ratio", "chronic_ratio", "in_policy_share"):
        benefits[column] = 1.0
    benefits["deductible_yuan"] = 0.0
    fund = dataclasses.replace(
        typical.fund, outpatient_cap_yuan=1e7, chronic_cap_yuan=1e7, ceiling_yuan=1e7
    )
    everybody = np.zeros_like(typical.scheme_share)
    everybody[1] = 1.0
    county = dataclasses.replace(
        with_providers(typical, settled_share=1.0),
        benefits=benefits,
        fund=fund,
        scheme_share=everybody,
    )
    model = run(county, 1)
    assert total(model, "patient_fen") == 0
    assert total(model, "outpatient_cost_fen") > 0


def test_without_drugs_nobody_is_treated_and_control_is_lost(typical: County, year: Model) -> None:
    without = run(with_providers(typical, drugs_share=0.0), 3)
    k = number_of("hypertension")
    treated, controlled = (
        [int(survey.conditions[row, k].sum()) for survey in without.surveys] for row in (4, 3)
    )
    # Only who moved in within two months has what he brought.
    assert max(treated) < 10
    usual = int(year.surveys[0].conditions[3, k].sum())
    assert controlled[0] < 0.6 * usual
    assert controlled[2] < 0.1 * usual
