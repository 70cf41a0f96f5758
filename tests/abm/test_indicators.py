"""Every kind of figure recomputed by hand: from residents' rows, the journal, the tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from abm.county import CareKind, Place, Tier
from abm.excerpt import excerpt
from abm.indicators import INDICATORS, PANELS, YearView, explain, indicators_of_year
from abm.model import Model
from agents.conditions import CAUSES, CONDITIONS
from agents.foundation.errors import InputError
from agents.patient import DIED
from calibration.county import County, county_names
from calibration.policies import load_policy

YEAR = 1
NOT_HERE = ("condition.", "illness.not_seen_shape", "claims.point_value", "outcome.", "intensity.")
"""Figures that few people may leave empty; nobody here is paid by points or by outcome."""


class Lived(NamedTuple):
    """A model with what was noted while it lived its second year."""

    model: Model
    values: dict[str, float]
    residents: list[dict[str, Any]]
    """Rows at the end of the second year, as plain values."""
    person_years: np.ndarray
    deaths: np.ndarray
    births_present: int
    onsets: Counter[tuple[int, int]]
    """Of those present, by condition and age."""
    admitted: Counter[int]
    """Insured people admitted in a month, by cause."""


def plain_rows(model: Model) -> list[dict[str, Any]]:
    names = model.residents.dtype.names or ()
    return [
        {name: np.asarray(value).tolist() for name, value in zip(names, row, strict=True)}
        for row in model.residents.tolist()
    ]


@pytest.fixture(scope="module")
def lived() -> Iterator[Lived]:
    """Two years of an excerpt; a third follows, so that a past year has to be told right."""
    county = excerpt(County.load("typical"), townships=2, villages_each=3, persons=2400)
    model = Model(county, load_policy("fee_for_service"), rng=5, weight=1, threads=1)
    for _ in range(12 * YEAR):
        model.step()
    person_years, deaths = np.zeros((2, 101)), np.zeros((2, 101))
    births = 0
    onsets, admitted = Counter[tuple[int, int]](), Counter[int]()
    for _ in range(12):
        rows_before = plain_rows(model)
        before = [row["alive"] for row in rows_before]
        model.step()
        after = plain_rows(model)
        for alive, row in zip(before, after, strict=False):
            if alive:
                age = min(row["age_months"] // 12, 100)
                person_years[row["sex"], age] += (1.0 if row["alive"] else 0.5) / 12
                deaths[row["sex"], age] += row["exit"] == DIED
        for was, row in zip(rows_before, after, strict=False):
            age = min(row["age_months"] // 12, 100)
            for k, (free, stage) in enumerate(zip(was["stage"], row["stage"], strict=True)):
                onsets[k, age] += not free and stage > 0 and not row["elsewhere"]
            admitted[row["cause"]] += was["alive"] and row["admitted"] and row["scheme"] == 1
        newborn = after[len(before) : len(before) + int(model.life["births"][0])]
        births += sum(row["elsewhere"] == 0 for row in newborn)
    residents = plain_rows(model)
    for _ in range(12):
        model.step()
    values = indicators_of_year(model, YEAR)
    yield Lived(model, values, residents, person_years, deaths, births, onsets, admitted)
    model.close()


def here(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["alive"] and not row["elsewhere"]]


def tallies(lived: Lived) -> list[tuple[int, dict[str, int]]]:
    """Provider's row and plain tally of every month and tally row of the year."""
    months = lived.model.tallies[12 * YEAR : 12 * YEAR + 12]
    names = lived.model.tally.dtype.names or ()
    return [
        (r, dict(zip(names, row, strict=True)))
        for month in months
        for r, row in enumerate(month.tolist())
    ]


def place_of(lived: Lived, r: int) -> Place:
    return Place(lived.model.providers["place"][lived.model.tally_provider[r]])


def tier_of(lived: Lived, r: int) -> Tier:
    return Tier(lived.model.providers["tier"][lived.model.tally_provider[r]])


# -- people --------------------------------------------------------------------------------


def test_people_present_and_insured_are_those_in_the_rows(lived: Lived) -> None:
    present = here(lived.residents)
    insured = [row for row in lived.residents if row["alive"] and row["scheme"] == 1]
    old = [row for row in present if row["age_months"] // 12 >= 60]
    assert lived.values["people.present"] == len(present)
    assert lived.values["people.insured"] == len(insured)
    assert lived.values["people.share_60_plus"] == pytest.approx(len(old) / len(present))


def test_deaths_of_the_year_are_those_who_died_here(lived: Lived) -> None:
    died = [
        row
        for row in lived.residents
        if row["exit"] == DIED and 12 <= row["exit_month"] < 24 and not row["elsewhere"]
    ]
    young = [row for row in died if row["age_months"] < 70 * 12]
    per_1000 = 1000 / len(here(lived.residents))
    assert len(died) > 5
    assert lived.values["people.deaths_per_1000"] == pytest.approx(len(died) * per_1000)
    assert lived.values["people.deaths_before_70"] == len(young)


def test_a_death_elsewhere_counts_for_all_people_but_not_for_those_present(lived: Lived) -> None:
    rows = lived.model.residents
    died = (rows["exit"] == DIED) & (rows["exit_month"] == 15) & (rows["elsewhere"] == 0)
    one = int(np.flatnonzero(died)[0])
    view = YearView(lived.model, YEAR)
    here_before, all_before = view.deaths(), view.deaths(present=False)
    rows["elsewhere"][one] = 1
    try:
        assert view.deaths() == here_before - 1
        assert view.deaths(present=False) == all_before
    finally:
        rows["elsewhere"][one] = 0


def test_births_are_counted_when_they_happen(lived: Lived) -> None:
    present = lived.values["people.present"]
    assert lived.births_present > 0
    counted = lived.values["people.births_per_1000"] * present / 1000
    assert counted == pytest.approx(lived.births_present)


def test_a_birth_is_where_the_mother_was_wherever_the_child_went_since(lived: Lived) -> None:
    rows = lived.model.residents
    view = YearView(lived.model, YEAR)
    born = np.flatnonzero((view.entry_month >= 12) & (view.entry_month < 24))
    before, homes = view.births, rows["elsewhere"][born].copy()
    rows["elsewhere"][born] = 1
    try:
        assert view.births == before > 0
        assert YearView(lived.model, YEAR).births == before
    finally:
        rows["elsewhere"][born] = homes


def test_person_years_and_deaths_by_age_match_a_count_month_by_month(lived: Lived) -> None:
    deaths, person_years = YearView(lived.model, YEAR).mortality
    np.testing.assert_array_equal(deaths, lived.deaths)
    np.testing.assert_allclose(person_years, lived.person_years, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "low", "high", "sex"),
    [
        ("hypertension.prevalence_45_54", 45, 54, None),
        ("diabetes.prevalence_70_plus", 70, 200, None),
        ("copd.prevalence_60_69_male", 60, 69, 1),
        ("copd.prevalence_50_59_female", 50, 59, 0),
    ],
)
def test_prevalence_is_the_share_of_rows(
    lived: Lived, name: str, low: int, high: int, sex: int | None
) -> None:
    k = ("hypertension", "diabetes", "copd").index(name.partition(".")[0])
    people = [
        row
        for row in here(lived.residents)
        if low <= row["age_months"] // 12 <= high and sex in (None, row["sex"])
    ]
    sick = [row for row in people if row["stage"][k] > 0]
    assert lived.values[f"condition.{name}"] == pytest.approx(len(sick) / len(people))


@pytest.mark.parametrize(("k", "ages", "low"), [(0, "18_plus", 18), (4, "40_plus", 40)])
def test_onsets_are_of_those_who_were_free_the_month_before(
    lived: Lived, k: int, ages: str, low: int
) -> None:
    new = sum(n for (one, age), n in lived.onsets.items() if one == k and age >= low)
    people = [row for row in here(lived.residents) if row["age_months"] // 12 >= low]
    assert new > 3
    name = f"condition.{CONDITIONS[k].name}.onsets_per_100k_{ages}"
    assert lived.values[name] == pytest.approx(1e5 * new / len(people))


def test_cascade_is_the_share_of_rows(lived: Lived) -> None:
    sick = [row for row in here(lived.residents) if row["stage"][0] > 0]
    known = [row for row in sick if row["aware"][0]]
    share = {
        "aware": len(known) / len(sick),
        "treated": sum(row["drug_months"] > 0 for row in known) / len(sick),
        "controlled": sum(row["controlled"][0] for row in sick) / len(sick),
        "managed": sum(row["managed"][0] for row in sick) / len(known),
        "stage_1_share": sum(row["stage"][0] == 1 for row in sick) / len(sick),
        "stage_3_share": sum(row["stage"][0] == 3 for row in sick) / len(sick),
    }
    for step, expected in share.items():
        assert lived.values[f"condition.hypertension.{step}"] == pytest.approx(expected), step


def test_knowing_and_contracts_of_key_groups(lived: Lived) -> None:
    people = here(lived.residents)
    adults = [row for row in people if row["age_months"] // 12 >= 15]
    knows = [row for row in adults if any(row["aware"])]
    key = [row for row in people if row["age_months"] // 12 >= 65 or any(row["aware"])]
    signed = sum(row["contract"] for row in key)
    aware_share = lived.values["condition.any.aware_share_15_plus"]
    assert aware_share == pytest.approx(len(knows) / len(adults))
    assert lived.values["people.contract_share_key_groups"] == pytest.approx(signed / len(key))


# -- care ----------------------------------------------------------------------------------


def test_admissions_of_the_insured_are_those_of_their_year(lived: Lived) -> None:
    insured = [row for row in lived.residents if row["scheme"] == 1]
    alive = sum(row["alive"] for row in insured)
    stays = sum(row["year_admissions"] for row in insured)
    per_insured = lived.values["insurance.admissions_per_insured"]
    assert per_insured == pytest.approx(stays / alive)


def test_admissions_by_age_count_the_dead_too(lived: Lived) -> None:
    of_age = [
        row
        for row in lived.residents
        if row["scheme"] == 1 and not row["elsewhere"] and row["age_months"] // 12 >= 75
    ]
    stays = sum(row["year_admissions"] for row in of_age)
    alive = sum(row["alive"] for row in of_age)
    assert any(row["year_admissions"] and not row["alive"] for row in of_age)
    assert lived.values["admissions.rate_75_plus"] == pytest.approx(stays / alive)


def test_visits_leave_out_those_who_live_elsewhere(lived: Lived) -> None:
    present = lived.values["people.present"]
    visits = primary = away = 0
    for r, row in tallies(lived):
        if place_of(lived, r) != Place.ELSEWHERE:
            visits += row["visits"]
            primary += row["visits"] * (tier_of(lived, r) <= Tier.TOWNSHIP)
            away += row["visits"] * (place_of(lived, r) != Place.IN_COUNTY)
    assert lived.values["use.visits_per_resident"] == pytest.approx(visits / present)
    assert lived.values["use.primary_share_of_visits"] == pytest.approx(primary / visits)
    assert lived.values["use.outside_share_of_visits"] == pytest.approx(away / visits)
    weeks = lived.values["illness.two_week_visits"]
    assert weeks == pytest.approx(visits / present * 14 / 365)


def test_all_visits_of_the_year_are_those_of_the_residents(lived: Lived) -> None:
    told = sum(row["visits"] for _, row in tallies(lived))
    assert told == sum(row["year_visits"] for row in lived.residents)


def test_out_of_area_is_beyond_the_pooling_city(lived: Lived) -> None:
    columns = (
        "settled_outpatient_cost_fen",
        "chronic_cost_fen",
        "insured_inpatient_cost_fen",
    )
    cost = far = 0
    for r, row in tallies(lived):
        fen = sum(row[column] for column in columns)
        cost += fen
        far += fen * (place_of(lived, r) in (Place.OUT_OF_AREA, Place.ELSEWHERE))
    assert 0 < far < cost
    assert lived.values["insurance.out_of_area_share_of_cost"] == pytest.approx(far / cost)
    before = indicators_of_year(lived.model, YEAR - 1)["insurance.out_of_area_share_of_cost"]
    growth = lived.values["insurance.out_of_area_share_growth_points"]
    assert growth == pytest.approx(100 * (far / cost - before))


def test_occupancy_and_work_count_people_of_other_counties_too(lived: Lived) -> None:
    county, model = lived.model.county, lived.model
    year = model.staff_years[YEAR]
    room = days = visits = 0.0
    for p, provider in enumerate(county.providers):
        if provider["tier"] == Tier.CITY and provider["place"] == Place.IN_CITY:
            room += provider["beds"] * 365 * year["size"][p]
            doctors = sum(s["doctors"] for s in county.staff if s["provider"] == p)
            days += doctors * 251 * year["size"][p]
            # Theirs is what they ask for where nobody is turned away.
            asked = provider["other_load_share"] * county.value("care.others_load")
            usable = county.value("care.usable_bed_share")
            beds = 365 * provider["beds"] * usable * asked * year["size"][p]
            assert 0.9 * beds < year["others_bed_days"][p] <= beds
            visits += year["others_visits"][p]
    bed_days = sum(
        year["others_bed_days"][p]
        for p in np.flatnonzero(county.providers["place"] == Place.IN_CITY)
    )
    theirs = visits
    for r, row in tallies(lived):
        if county.providers["place"][model.tally_provider[r]] == Place.IN_CITY:
            bed_days += row["bed_days"]
            visits += row["visits"]
    assert lived.values["beds.occupancy_city"] == pytest.approx(bed_days / room)
    assert lived.values["work.visits_per_doctor_day_city"] == pytest.approx(visits / days)
    assert theirs > visits - theirs > 0


def test_kinds_of_care_outside_add_up(lived: Lived) -> None:
    outside = sum(row["insured_admissions"] for r, row in tallies(lived) if place_of(lived, r))
    whole = sum(row["insured_admissions"] for _, row in tallies(lived))
    kinds = [v for name, v in lived.values.items() if name.startswith("siphon.admissions_")]
    assert len(kinds) == len(CareKind) - 1
    assert sum(kinds) == pytest.approx(outside / whole)
    assert lived.values["admissions.outside_share"] == pytest.approx(outside / whole)
    assert lived.values["admissions.in_county_share"] == pytest.approx(1 - outside / whole)


def test_the_siphon_is_who_went_by_himself_and_who_need_not_have_been_sent(lived: Lived) -> None:
    gone = sent = could = stays = 0
    for r, row in tallies(lived):
        kind = lived.model.tally_kind[r]
        assert row["treatable_here"] <= row["insured_admissions"]
        if kind == CareKind.SELF_REFERRED:
            gone += row["insured_admissions"]
        elif kind == CareKind.REFERRED:
            sent += row["treatable_here"]
        if place_of(lived, r) and kind != CareKind.LIVES_ELSEWHERE:
            could += row["treatable_here"]
            stays += row["insured_admissions"]
    insured = YearView(lived.model, YEAR).insured
    drawn = 1000 * (gone + sent) * lived.model.weight / insured
    assert lived.values["siphon.per_1000"] == pytest.approx(drawn)
    assert lived.values["siphon.avoidable_share"] == pytest.approx(could / stays)
    assert 0 < could < stays


def test_needs_without_care(lived: Lived) -> None:
    lives = lived.model.lives[12:24]
    without = sum(int(life["without_care"][0]) for life in lives)
    needs = sum(int(life["needs"][0]) for life in lives)
    assert lived.values["use.without_care_share"] == pytest.approx(without / needs)


def test_ways_to_providers_from_the_travel_table(lived: Lived) -> None:
    county = lived.model.source_county
    people = near = 0
    for cell in county.population:
        if cell["elsewhere"]:
            continue
        minutes = [
            m
            for m, provider in zip(
                county.travel_minutes[cell["village"]], county.providers, strict=True
            )
            if provider["tier"] >= Tier.COUNTY and provider["place"] != Place.ELSEWHERE
        ]
        people += cell["persons"]
        near += cell["persons"] * (min(minutes) <= 30)
    assert lived.values["travel.hospital_within_30_minutes"] == pytest.approx(near / people)


# -- money ---------------------------------------------------------------------------------


def test_fund_figures_from_the_journal(lived: Lived) -> None:
    income = outlay = 0
    for row in lived.model.ledger.table().to_dict("records"):
        if not 12 <= row["month"] < 24:
            continue
        if row["purpose"] in ("personal premium", "premium subsidy"):
            income += row["amount_fen"]
        elif row["source"] == "fund":
            outlay += row["amount_fen"]
        elif row["target"] == "fund":
            assert "false records" in row["purpose"]
            outlay -= row["amount_fen"]
    insured = lived.values["people.insured"]
    assert lived.values["fund.income_per_insured_yuan"] == pytest.approx(income / 100 / insured)
    assert lived.values["fund.outlay_per_insured_yuan"] == pytest.approx(outlay / 100 / insured)
    assert lived.values["fund.outlay_share_of_income"] == pytest.approx(outlay / income)
    balance = lived.values["fund.balance_million_yuan"]
    assert balance == pytest.approx((income - outlay) / 1e8)


def test_cumulative_balance_is_that_of_the_years_end(lived: Lived) -> None:
    months = lived.model.datacollector.get_model_vars_dataframe()
    then = months["fund_balance_fen"].iloc[23]
    assert then != lived.model.ledger.balance_fen[0]
    assert lived.values["fund.cumulative_balance_million_yuan"] == pytest.approx(then / 1e8)


def test_inpatient_cost_by_cause_is_of_those_admitted_and_adds_up(lived: Lived) -> None:
    causes = [*CAUSES, *(condition.name for condition in CONDITIONS)]
    found = [lived.values[f"cost.inpatient_yuan_{name}"] for name in causes]
    assert [cost > 0 for cost in found] == [lived.admitted[c] > 0 for c in range(len(causes))]
    assert sum(found) > 0
    fen = sum(row["insured_inpatient_cost_fen"] for _, row in tallies(lived))
    assert sum(found) == pytest.approx(fen / 100 / lived.values["people.insured"])
    before = indicators_of_year(lived.model, YEAR - 1)

    def cost(of: dict[str, float], *names: str) -> float:
        parts = [of[f"cost.inpatient_yuan_{name}"] for name in names]
        return sum(parts) * of["people.insured"]

    for names in (("hypertension", "diabetes"), ("respiratory",)):
        growth = cost(lived.values, *names) / cost(before, *names) - 1
        assert lived.values[f"growth.inpatient_cost_{'_'.join(names)}"] == pytest.approx(growth)


def test_catalogue_ratio_from_the_benefit_table(lived: Lived) -> None:
    county = lived.model.county
    paid = in_policy = 0.0
    for r, row in tallies(lived):
        if tier_of(lived, r) != Tier.COUNTY:
            continue
        rule = county.benefits[1, lived.model.tally_kind[r], Tier.COUNTY]
        in_policy += row["insured_inpatient_cost_fen"] * float(rule["in_policy_share"])
        paid += row["fund_inpatient_fen"] + row["serious_fen"]
    assert lived.values["fund.catalogue_ratio_county"] == pytest.approx(paid / in_policy)


def test_own_share_is_what_residents_paid_of_what_was_billed_for_them(lived: Lived) -> None:
    paid = sum(row["year_paid_fen"] for row in lived.residents)
    cost = sum(row["year_cost_fen"] for row in lived.residents)
    assert lived.values["patients.own_share_of_cost"] == pytest.approx(paid / cost)


def test_doctors_pay_from_the_journal(lived: Lived) -> None:
    model = lived.model
    centres = {
        name
        for name, row in zip(model.county.provider_names, model.providers, strict=True)
        if row["tier"] == Tier.TOWNSHIP and row["place"] == Place.IN_COUNTY
    }
    # Those who worked there at the year's end, before that year's moves.
    doctors = sum(
        int(row["doctors"])
        for name, row in zip(model.county.provider_names, model.staff_years[1], strict=True)
        if name in centres
    )
    paid = sum(
        row["amount_fen"]
        for row in model.ledger.table().to_dict("records")
        if 12 <= row["month"] < 24
        and row["source"] in centres
        and row["target"] == "staff"
        and row["purpose"] != "hiring"
    )
    assert paid > 0
    assert lived.values["pay.township_yuan"] == pytest.approx(paid / 100 / doctors)


def test_a_bundle_shows_surplus_and_consortia() -> None:
    county = excerpt(County.load("typical"), townships=2, villages_each=3, persons=1200)
    model = Model(county, load_policy("bundle"), load_policy("fee_for_service"), rng=2, threads=1)
    for _ in range(24):
        model.step()
    before, under = indicators_of_year(model, 0), indicators_of_year(model, 1)
    state = model.books.state
    left = float((state["prepaid_fen"] - state["charged_fen"]).sum())
    model.close()
    assert before["tight.fund_through_consortia"] == 0
    assert before["consortium.surplus_million_yuan"] == 0
    assert under["tight.fund_through_consortia"] == pytest.approx(1)
    assert left != 0
    assert under["consortium.surplus_million_yuan"] == pytest.approx(left / 1e8)


# -- the registry --------------------------------------------------------------------------


def test_every_target_has_an_indicator() -> None:
    for name in county_names():
        assert {t.name for t in County.load(name).targets} <= set(INDICATORS)


def test_every_panel_has_indicators_and_every_indicator_labels() -> None:
    assert {i.panel for i in INDICATORS.values()} - {""} == set(PANELS)
    for indicator in INDICATORS.values():
        assert indicator.unit
        assert indicator.label
        assert any("\u4e00" <= letter <= "\u9fff" for letter in indicator.label_zh)


def test_every_figure_is_a_number(lived: Lived) -> None:
    assert list(lived.values) == list(INDICATORS)
    # Few people: a single age band may be empty, whole groups never are.
    odd = [name for name, value in lived.values.items() if not math.isfinite(value)]
    assert all(name.startswith(NOT_HERE) for name in odd)


def test_a_year_not_lived_is_refused(lived: Lived) -> None:
    for year in (-1, 3):
        with pytest.raises(InputError, match="allowed: 0 to 2"):
            indicators_of_year(lived.model, year)


def test_explain_tells_unit_and_formula() -> None:
    told = explain("insurance.admissions_per_insured")
    assert "参保人年住院率" in told
    assert 'ratio(y.sum("insured_admissions"), y.insured)' in told
    assert "part = aware, whole = has" in explain("condition.stroke.aware")
    for name in INDICATORS:
        assert "not told" not in explain(name)
    with pytest.raises(InputError, match="unknown"):
        explain("fund.balance")
