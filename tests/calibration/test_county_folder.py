"""County folders: what is read, what is refused, and that every fault is named at once."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import calibration.county
from abm.county import MAX_AGE, CareKind, Place, Scheme, Tier
from agents.conditions import ILLNESSES
from agents.foundation.errors import InputError
from calibration import County
from calibration.behaviour import Behaviour, load_behaviour
from calibration.convert import spread
from calibration.county import county_names, load_folder
from calibration.places import counties_folder
from calibration.schema import CSV_FILES

COUNTIES = ("typical", "pingyang")


@pytest.fixture(scope="module")
def shipped() -> dict[str, County]:
    return {name: County.load(name) for name in COUNTIES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the shipped typical county to spoil."""
    return Path(shutil.copytree(counties_folder() / "typical", tmp_path / "mine"))


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def set_cell(path: Path, row: int, column: str, value: str) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_folder(folder)
    return caught.value.problems


# ---------------------------------------------------------------- what is read


def test_a_provider_may_say_what_it_can_treat_of_an_illness(folder: Path) -> None:
    usual = load_folder(folder)
    (folder / "capability.csv").write_text(
        "provider_id,illness,capability\ncounty_general,injury,0.95\ncounty_general,stroke,0.5\n"
    )
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("capability.csv,capability,The hospital's own list,A,\n")
    own = load_folder(folder)
    p = usual.provider_names.index("County General Hospital")
    able = own.providers["capability"][p] + own.capability_gap[p]
    injury, stroke = ILLNESSES.index("injury"), ILLNESSES.index("stroke")
    assert able[[injury, stroke]] == pytest.approx([0.95, 0.5])
    own.capability_gap[p, [injury, stroke]] = usual.capability_gap[p, [injury, stroke]]
    assert np.array_equal(own.capability_gap, usual.capability_gap)


def test_what_nobody_can_treat_is_told(folder: Path) -> None:
    (folder / "capability.csv").write_text(
        "provider_id,illness,capability\ncounty_hospital,injuries,0.95\nnowhere,stroke,0.5\n"
        "county_general,stroke,1.5\n"
    )
    told = problems_of(folder)
    for part in (
        'capability.csv, row 2, column illness: "injuries" is unknown (do you mean injury?)',
        'capability.csv, row 3, column provider_id: "nowhere" is not in providers.csv',
        "capability.csv, row 4, column capability",
        "sources.csv: no source for capability.csv, capability",
    ):
        assert [line for line in told if part in line], (part, told)


def test_both_counties_are_known_by_name() -> None:
    assert set(COUNTIES) <= set(county_names())


@pytest.mark.parametrize(
    ("name", "present", "elsewhere", "resident", "employee"),
    [
        ("typical", 420_000, 50_000, 380_000, 35_000),
        ("pingyang", 865_000, 71_000, 665_000, 190_000),
    ],
)
def test_people_are_as_many_as_said(
    shipped: dict[str, County],
    name: str,
    present: int,
    elsewhere: int,
    resident: float,
    employee: float,
) -> None:
    county = shipped[name]
    people = county.population
    here = people[people["elsewhere"] == 0]
    assert here["persons"].sum() == present
    assert people[people["elsewhere"] == 1]["persons"].sum() == elsewhere
    assert (people["persons"] > 0).all()
    by_scheme = sum(
        row["persons"] * county.scheme_share[:, row["age_from"] : row["age_to"] + 1].mean(axis=1)
        for row in here
    )
    assert by_scheme[Scheme.RESIDENT] == pytest.approx(resident, rel=2e-3)
    assert by_scheme[Scheme.EMPLOYEE] == pytest.approx(employee, rel=2e-3)
    np.testing.assert_allclose(county.scheme_share.sum(axis=0), 1.0)


def test_typical_is_the_county_of_the_evidence(shipped: dict[str, County]) -> None:
    county = shipped["typical"]
    people, providers = county.population, county.providers
    here = people[people["elsewhere"] == 0]
    assert here[here["age_from"] >= 60]["persons"].sum() == pytest.approx(105_000, abs=1)
    in_county = providers["place"] == Place.IN_COUNTY
    beds = {tier: providers["beds"][in_county & (providers["tier"] == tier)].sum() for tier in Tier}
    assert (beds[Tier.TOWNSHIP], beds[Tier.COUNTY]) == (600, 1700)
    assert len(county.township_names) == 15
    assert len(county.villages) == 250 == (providers["tier"] == Tier.VILLAGE).sum()
    unlicensed = county.titles.index("village_doctor")
    doctors = county.staff[in_county[county.staff["provider"]]]
    licensed = doctors["doctors"][doctors["title"] != unlicensed].sum()
    assert licensed / 420 == pytest.approx(2.4, abs=0.01)
    row = county.benefits[Scheme.RESIDENT, CareKind.SELF_REFERRED, Tier.CITY]
    assert (row["deductible_yuan"], row["inpatient_ratio"]) == (1000, 0.5)
    assert not any(county.benefits[Scheme.NONE].ravel().tolist()[0])


@pytest.mark.parametrize("name", COUNTIES)
def test_arrays_fit_each_other(shipped: dict[str, County], name: str) -> None:
    county = shipped[name]
    providers, villages = len(county.providers), len(county.villages)
    assert county.travel_minutes.shape == (villages, providers)
    ways = np.isfinite(county.travel_minutes).sum(axis=1)
    assert ways.min() >= 5
    assert ways.max() <= 8
    assert set(county.staff["provider"]) == set(range(providers))
    assert county.deaths_per_year.shape == (2, MAX_AGE + 1)
    assert county.migration_per_year.shape == (4, MAX_AGE + 1)
    assert county.births_per_year[:15].sum() == 0
    away = county.providers["place"] == Place.ELSEWHERE
    assert not np.isfinite(county.travel_minutes[:, away]).any()
    clinics = np.flatnonzero(county.providers["tier"] == Tier.VILLAGE)
    own = county.travel_minutes[county.providers["village"][clinics], clinics]
    assert np.isfinite(own).all()


@pytest.mark.parametrize("name", COUNTIES)
def test_every_column_says_where_it_comes_from(shipped: dict[str, County], name: str) -> None:
    assert all(row.source and row.quality for row in shipped[name].sources)
    assert shipped[name].label
    assert shipped[name].label_zh


def test_digest_is_of_columns_not_of_bytes(folder: Path, shipped: dict[str, County]) -> None:
    def reverse(text: str) -> str:
        rows = [line.split(",")[::-1] for line in text.splitlines()]
        return "\r\n".join(",".join(row) for row in rows) + "\r\n"

    edit(folder / "life_table.csv", reverse)
    edit(folder / "county.toml", lambda text: text.replace("A typical rural", "Another"))
    assert load_folder(folder).digest == shipped["typical"].digest
    set_cell(folder / "staff.csv", 2, "doctors", "3")
    assert load_folder(folder).digest != shipped["typical"].digest


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=40),
    st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30),
)
def test_spread_loses_nobody(persons: list[int], weights: list[float]) -> None:
    given_out = spread(persons, np.array(weights))
    assert given_out.sum(axis=1).tolist() == persons
    assert (given_out >= 0).all()


def test_spread_is_fair_over_many_small_cells() -> None:
    given_out = spread([3] * 200, np.array([10.0, 5.0, 1.0, 1.0]))
    np.testing.assert_allclose(given_out.sum(axis=0), 600 * np.array([10, 5, 1, 1]) / 17, atol=1)


# ---------------------------------------------------------------- what is refused


def test_unknown_county_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"do you mean typical\?.*pingyang, typical"):
        County.load("typicl")
    with pytest.raises(InputError, match="unknown"):
        County.load("x" * 5000)


def test_every_problem_is_named_at_once(folder: Path) -> None:
    set_cell(folder / "villages.csv", 7, "income_yuan", "a lot")
    set_cell(folder / "providers.csv", 3, "tier", "vilage")
    set_cell(folder / "staff.csv", 4, "title", "headman")
    set_cell(folder / "travel.csv", 9, "provider_id", "nowhere")
    set_cell(folder / "benefits.csv", 2, "inpatient_ratio", "1.2")
    set_cell(folder / "life_table.csv", 2, "age_to", "3")
    set_cell(folder / "targets.csv", 5, "low", "1e9")
    set_cell(folder / "schemes.csv", 3, "employee_share", "0.9")
    edit(folder / "fertility.csv", lambda text: text.replace("births_per", "birth_per"))
    edit(
        folder / "county.toml",
        lambda text: text.replace("aid_ratio = 0.7", "aid_ratoi = 0.7"),
    )
    edit(folder / "sources.csv", lambda text: re.sub(r"(?m)^travel\.csv.*\n", "", text))
    (folder / "migration.csv").unlink()
    found = problems_of(folder)
    wanted = [
        r'villages.csv, row 7, column income_yuan: "a lot" is not allowed; allowed: a number',
        r'providers.csv, row 3, column tier: "vilage" is not allowed; allowed: one of village,',
        r'staff.csv, row 4, column title: "headman" is not allowed.*allowed: staff_titles',
        r'travel.csv, row 9, column provider_id: "nowhere" is not in providers.csv',
        r'benefits.csv, row 2, column inpatient_ratio: "1.2" .* a number from 0 to 1',
        r"life_table.csv, row 3, column age_from: ages 1 to 3 stand already in row 2",
        r"targets.csv, row 5, column (value|low)",
        r"schemes.csv, row 3, column resident_share: the two shares sum to",
        r"fertility.csv, row 1: the header lacks births_per_1000",
        r"fertility.csv, row 1: unknown column \"birth_per_1000\" \(do you mean births_per_1000",
        r"county.toml, unknown key fund.aid_ratoi \(do you mean aid_ratio\?\)",
        r"county.toml, key fund.aid_ratio: is missing",
        r"sources.csv: no source for travel.csv, minutes",
        r"migration.csv: the file is missing",
    ]
    for pattern in wanted:
        assert any(re.search(pattern, line) for line in found), (pattern, found)


def test_one_wrong_column_does_not_bury_the_rest(folder: Path) -> None:
    edit(folder / "travel.csv", lambda text: re.sub(r"(?m),\d+$", ",far", text))
    set_cell(folder / "villages.csv", 3, "persons", "0")
    found = problems_of(folder)
    assert len(found) < 40
    assert any("travel.csv, column minutes" in line and "more problems" in line for line in found)
    assert any("villages.csv, row 3, column persons" in line for line in found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('"choice.no_such" = 1.0', r"parameters.toml, choice.no_such: unknown"),
        ('"care.minutes_per_bed_day" = 1e6', r"parameters.toml, care.minutes_per_bed_day.*1e\+06"),
        ('"care.minutes_per_bed_day" = "x"', r"parameters.toml, key care.minutes_per_bed_day"),
        ('"condition.stroke.no" = 1', r"parameters.toml, condition.stroke.no: unknown"),
    ],
)
def test_overrides_stay_inside_their_prior(folder: Path, change: str, message: str) -> None:
    (folder / "parameters.toml").write_text(change + "\n", encoding="utf-8")
    set_cell(folder / "villages.csv", 3, "persons", "0")
    found = problems_of(folder)
    assert any(re.search(message, line) for line in found), found
    assert any("villages.csv, row 3" in line for line in found)


def test_an_override_takes_effect_and_needs_a_source(folder: Path) -> None:
    (folder / "parameters.toml").write_text("[care]\nminutes_per_bed_day = 35.0\n")
    assert any("no source for parameters.toml" in line for line in problems_of(folder))
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("parameters.toml,care.minutes_per_bed_day,Counted on two wards,A,\n")
    county = load_folder(folder)
    assert county.value("care.minutes_per_bed_day") == 35.0


def test_another_version_of_the_form_is_refused(folder: Path) -> None:
    edit(folder / "county.toml", lambda text: text.replace("form_version = 1", "form_version = 2"))
    assert any("county.toml, key form_version" in line for line in problems_of(folder))


def test_text_that_is_not_utf8_is_one_message(folder: Path) -> None:
    (folder / "villages.csv").write_bytes("village_id,name\n村".encode("gb18030"))
    (folder / "county.toml").write_bytes(b"\xff\xfe")
    found = problems_of(folder)
    assert any("villages.csv: not UTF-8" in line for line in found)
    assert any("county.toml: not UTF-8" in line for line in found)


# ---------------------------------------------------------------- fuzz


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Read the numbers that come with the program once: the fuzz is of the folder's files."""
    behaviour: Behaviour = load_behaviour(County.load("typical").deaths_per_year)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration.county, "load_behaviour", lambda *_: behaviour)
        yield


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz") / "county"
    return Path(shutil.copytree(counties_folder() / "typical", path))


def outcome(folder: Path) -> County | list[str]:
    """County, or its problems; any other exception is what the fuzz looks for."""
    try:
        return load_folder(folder)
    except InputError as error:
        return error.problems


CELLS = st.one_of(
    st.sampled_from(["", " ", "-1", "0", "1", "nan", "inf", "-inf", "1e400", "9" * 400, "1_0"]),
    st.sampled_from(["f", "village", "chengguan", "elsewhere", '"', '"\n', ",", "\0", "\r", "0.5"]),
    st.integers().map(str),
    st.floats().map(repr),
    st.text(max_size=20),
)


@pytest.mark.usefixtures("quick")
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_cell_gives_a_county_or_a_message(data: st.DataObject, spoiled: Path) -> None:
    file = data.draw(st.sampled_from(sorted(CSV_FILES)))
    path = spoiled / file
    original = path.read_bytes()
    lines = original.decode().split("\n")
    row = data.draw(st.integers(0, min(len(lines), 40) - 1))
    cells = lines[row].split(",")
    cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(CELLS)
    lines[row] = ",".join(cells)
    try:
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        loaded = outcome(spoiled)
        if isinstance(loaded, County):
            assert loaded.population["persons"].sum() > 0
            assert np.isfinite(loaded.scheme_share).all()
        else:
            assert loaded
            assert all(line.strip() for line in loaded)
    finally:
        path.write_bytes(original)


@pytest.mark.usefixtures("quick")
@settings(max_examples=25)
@given(
    file=st.sampled_from(["county.toml", "benefits.csv", "sources.csv"]),
    content=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)),
)
def test_any_bytes_as_a_file_give_a_message(file: str, content: bytes, spoiled: Path) -> None:
    path = spoiled / file
    original = path.read_bytes()
    try:
        path.write_bytes(content)
        with pytest.raises(InputError):
            load_folder(spoiled)
    finally:
        path.write_bytes(original)
