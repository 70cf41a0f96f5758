"""Identities, the empty folder, and that shipped tables follow from their descriptions."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from abm.county import Tier
from agents.foundation.errors import InputError
from calibration import County
from calibration.checks import Identity, check_folder
from calibration.composite import GENERATED, generate
from calibration.places import counties_folder
from calibration.schema import CSV_FILES, OPTIONAL_FILES
from calibration.template import write_template

COUNTIES = ("typical", "pingyang")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(counties_folder() / "typical", tmp_path / "mine"))


def change_rows(path: Path, change: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in map(change, rows) if row is not None]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def failing(folder: Path) -> dict[str, Identity]:
    checked = check_folder(folder)
    assert checked.problems == []
    assert checked.ok == (not any(not identity.ok for identity in checked.identities))
    return {identity.name: identity for identity in checked.identities if not identity.ok}


@pytest.mark.parametrize("name", COUNTIES)
def test_shipped_counties_hold_their_identities(name: str) -> None:
    checked = check_folder(counties_folder() / name)
    assert checked.problems == []
    assert {
        identity.name: identity.value for identity in checked.identities if not identity.ok
    } == {}
    assert len(checked.identities) >= 20


def test_typical_closes_on_the_bulletins_sums() -> None:
    sums = {i.name: i.value for i in check_folder(counties_folder() / "typical").identities}
    # Price lists are for a need of severity 0.75 treated as much as it calls for. What is
    # billed is more: hospitals see graver needs, and fee for service treats more. So sums
    # at list prices stay below the bulletins', by up to 15 % and never above.
    for name, bulletin in (
        ("fund.outlay_share_of_income", 0.95),
        ("fund.outlay_share_of_cost", 0.548),
        ("money.cost_per_insured_yuan", 2068),
        ("money.yuan_per_admission", 7339),
    ):
        assert 0.85 * bulletin <= sums[name] <= 1.005 * bulletin, name
    assert 0.75 <= sums["beds.county"] <= 0.88


def scaled(column: str, factor: float) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda row: row | {column: str(int(float(row[column]) * factor))}


@pytest.mark.parametrize(
    ("file", "change", "identity"),
    [
        ("providers.csv", scaled("beds", 0.5), "beds.county"),
        ("providers.csv", scaled("beds", 0.4), "beds.township"),
        ("staff.csv", scaled("minutes_per_month", 0.4), "minutes.primary"),
        ("staff.csv", scaled("minutes_per_month", 0.7), "minutes.county"),
        ("providers.csv", scaled("admission_price_yuan", 1.5), "money.yuan_per_admission"),
        (
            "benefits.csv",
            lambda row: row | {"in_policy_share": "1", "inpatient_ratio": "1"},
            "fund.outlay_share_of_income",
        ),
        ("schemes.csv", lambda row: row | {"employee_share": "0", "resident_share": "0.5"},
         "people.uninsured_share"),
        ("villages.csv", scaled("persons", 2.0), "people.village_sums_gap"),
        (
            "travel.csv",
            lambda row: None if row["provider_id"] == "centre_dawan" else row,
            "ways.own_township_centre",
        ),
        (
            "travel.csv",
            lambda row: None if row["provider_id"] == "city_tertiary" else row,
            "ways.city_hospital",
        ),
        (
            "targets.csv",
            lambda row: (
                row | {"value": "0.6", "high": "0.6"}
                if row["name"] == "insurance.admissions_per_insured"
                else row
            ),
            "money.cost_per_insured_yuan",
        ),
    ],
)  # fmt: skip
def test_an_impossible_sum_is_found(
    folder: Path, file: str, change: Callable[[dict[str, str]], dict[str, str]], identity: str
) -> None:
    change_rows(folder / file, change)
    found = failing(folder)
    assert identity in found
    assert re.search(r"\d", found[identity].explanation)


def test_a_sum_just_above_its_bound_is_not_rounded_away(folder: Path) -> None:
    before = {i.name: i.value for i in check_folder(folder).identities}["beds.township"]
    factor = before / 1.002
    change_rows(
        folder / "providers.csv",
        lambda row: row if row["tier"] != "township" else scaled("beds", factor)(row),
    )
    value = failing(folder)["beds.township"].value
    assert 1.0 < value < 1.05


def test_missing_figures_are_named(folder: Path) -> None:
    change_rows(
        folder / "targets.csv",
        lambda row: None if row["name"].startswith("insurance.yuan") else row,
    )
    checked = check_folder(folder)
    assert not checked.ok
    assert [line.split()[2] for line in checked.problems] == [
        "insurance.yuan_per_visit,",
        "insurance.yuan_per_chronic_visit,",
        "insurance.yuan_per_admission,",
    ]


def test_check_of_no_folder_is_a_problem(tmp_path: Path) -> None:
    assert "no such folder" in check_folder(tmp_path / "none").problems[0]


# ---------------------------------------------------------------- template


def test_template_says_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    write_template(tmp_path / "new")
    problems = check_folder(tmp_path / "new").problems
    assert any("county.toml, key start_year: is missing" in line for line in problems)
    assert any("villages.csv: has no rows" in line for line in problems)
    assert any("sources.csv, row 2, column source: is empty" in line for line in problems)
    assert not [line for line in problems if "header" in line or "unknown" in line]
    assert set(CSV_FILES | OPTIONAL_FILES) | {"county.toml", "README.md"} == {
        path.name for path in (tmp_path / "new").iterdir()
    }


def test_a_filled_template_is_a_county(tmp_path: Path) -> None:
    """Fill the template in with the shipped county's values, under the template's headers."""
    write_template(tmp_path / "new")
    for file in CSV_FILES:
        header = (tmp_path / "new" / file).read_text(encoding="utf-8").splitlines()[0].split(",")
        with (counties_folder() / "typical" / file).open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        with (tmp_path / "new" / file).open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, header)
            writer.writeheader()
            writer.writerows(rows)
    values = (counties_folder() / "typical" / "county.toml").read_text(encoding="utf-8")
    wanted = dict(re.findall(r"(?ms)^(\w+) = (\[.*?^\]|.*?$)", values))

    def fill(match: re.Match[str]) -> str:
        return f"{match[1]} = {wanted[match[1]]}"

    toml = tmp_path / "new" / "county.toml"
    toml.write_text(
        re.sub(r"(?m)^# (\w+) =$", fill, toml.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert County.load(tmp_path / "new").digest == County.load("typical").digest


def test_template_never_writes_over_anything(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    write_template(tmp_path / "mine")
    with pytest.raises(InputError, match="not an empty folder"):
        write_template(tmp_path / "mine")
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "under"):
        with pytest.raises(InputError, match="file"):
            write_template(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


def test_template_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    write_text = Path.write_text

    def full_disk(self: Path, *args: object, **options: object) -> int:
        written.append(self)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        return write_text(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(InputError, match="No space left"):
        write_template(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- generated tables


@pytest.mark.parametrize("name", COUNTIES)
def test_shipped_tables_follow_from_their_description(name: str) -> None:
    made = generate(name)
    assert set(made) == set(GENERATED)
    for file, content in made.items():
        assert (counties_folder() / name / file).read_bytes() == content, file


def test_travel_in_typical_is_near_the_survey() -> None:
    county = County.load("typical")
    present = np.zeros(len(county.villages))
    here = county.population[county.population["elsewhere"] == 0]
    np.add.at(present, here["village"], here["persons"])
    tier = county.providers["tier"]

    def within(tiers: tuple[Tier, ...], minutes: float) -> float:
        nearest = county.travel_minutes[:, np.isin(tier, tiers)].min(axis=1)
        return float(present[nearest <= minutes].sum() / present.sum())

    clinic = [within((Tier.VILLAGE,), minutes) for minutes in (10, 20, 30)]
    hospital = [within((Tier.COUNTY, Tier.CITY), minutes) for minutes in (15, 30, 45)]
    np.testing.assert_allclose(clinic, [0.795, 0.957, 0.991], atol=0.05)
    np.testing.assert_allclose(hospital, [0.061, 0.260, 0.694], atol=0.05)
