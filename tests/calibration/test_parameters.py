"""Behavioural parameters and illness by age: form, priors, and the levels they are fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abm.county import ConditionTables, Source
from abm.illness import Illness
from agents.conditions import CAUSES
from agents.foundation.errors import InputError
from calibration.condition_files import load_conditions
from calibration.data_files import DATA
from calibration.epidemiology import acute_deaths
from calibration.illness_files import (
    acute_illness_deaths,
    chronic_severe_per_year,
    load_illness,
    two_week_share,
)
from calibration.parameter_files import fatality_from, load_parameters
from calibration.reference import load_reference

GOOD = """
form = 1
[choice.habit]
value = 0.5
unit = "worth"
source = "prior"
quality = "A"
low = 0.2
high = 1.0
"""


@pytest.fixture(scope="module")
def conditions() -> ConditionTables:
    return load_conditions()[0]


@pytest.fixture(scope="module")
def illness(conditions: ConditionTables) -> Illness:
    return load_illness(load_parameters(), conditions)


def problems(folder: Path, text: str, name: str = "choice.toml") -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_parameters(folder=folder)
    return caught.value.problems


def test_every_parameter_has_unit_source_quality_and_lies_in_its_prior() -> None:
    for name, known in load_parameters().items():
        assert isinstance(known, Source), name
        assert known.unit, name
        assert known.source, name
        assert known.quality in "VDPMA", name
        assert known.low is not None, name
        assert known.high is not None, name
        assert known.low <= known.value <= known.high, name


@pytest.mark.parametrize("name", ["price", "travel_per_minute"])
def test_the_sicker_mind_price_and_distance_less(name: str) -> None:
    parameters = load_parameters()
    classes = ("minor", "moderate", "severe", "critical")
    worth = [parameters[f"choice.{name}.{kind}"].value for kind in classes]
    assert all(value < 0.0 for value in worth)
    assert worth == sorted(worth)


def test_override_replaces_the_value_and_keeps_the_prior() -> None:
    before, after = load_parameters(), load_parameters({"choice.habit": 0.9})
    assert after["choice.habit"].value == 0.9
    assert after["choice.habit"].high == before["choice.habit"].high
    assert after["choice.habit"].source.startswith("set; ")
    assert {name for name in before if before[name] != after[name]} == {"choice.habit"}


def test_wrong_overrides_are_told_together() -> None:
    wrong: dict[str, float] = {
        "choice.habits": 0.5,
        "choice.habit": 7.0,
        "choice.drugs": float("nan"),
        "choice.contract": True,
    }
    with pytest.raises(InputError) as caught:
        load_parameters(wrong)
    unknown, outside, not_finite, truth = caught.value.problems
    assert unknown.startswith("choice.habits: unknown parameter; did you mean choice.habit")
    assert "choice.habit: 7" in outside
    assert "allowed: 0.2 to 1" in outside
    assert "choice.drugs" in not_finite
    assert "not a finite number" in not_finite
    assert "choice.contract" in truth
    assert "not a finite number" in truth


def test_a_good_file_is_read_by_dotted_name(tmp_path: Path) -> None:
    (tmp_path / "choice.toml").write_text(GOOD, encoding="utf-8")
    assert load_parameters(folder=tmp_path) == {
        "choice.habit": Source(0.5, "worth", "prior", "A", 0.2, 1.0)
    }


def test_file_faults_are_told_together_with_file_and_key(tmp_path: Path) -> None:
    text = GOOD.replace("value = 0.5", "value = 1.5") + GOOD.replace("form = 1", "").replace(
        "choice.habit", "choice.drugs"
    ).replace('quality = "A"', 'quality = "Z"').replace("unit =", "units =")
    (tmp_path / "other.toml").write_text("form = 1\nloose = 3\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("form = ", encoding="utf-8")
    told = "\n".join(problems(tmp_path, text))
    where = f"{tmp_path.name}/choice.toml"
    assert f"{where}: choice.habit: whole table: value 1.5 is outside low 0.2 to high 1" in told
    assert f"{where}: choice.drugs: units: unknown key; allowed: high, low, quality" in told
    assert f"{where}: choice.drugs: unit: key is missing" in told
    assert "choice.drugs: quality: Input should be 'V', 'D', 'P', 'M' or 'A', got 'Z'" in told
    assert "loose: must be a table" in told
    assert "broken.toml: not valid TOML" in told


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(GOOD, encoding="utf-8")
    (problem,) = problems(tmp_path, GOOD)
    assert problem.endswith("choice.habit: given twice")


def test_form_and_folder_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no parameter files"):
        load_parameters(folder=tmp_path)
    (problem,) = problems(tmp_path, GOOD.replace("form = 1", "form = 2"))
    assert problem.endswith("form: must be 1")


# ---------------------------------------------------------------- illness


def test_illness_arrays_are_chances_and_shares(illness: Illness) -> None:
    assert illness.acute_per_month.shape == illness.severe_share.shape == (101,)
    for chance in (illness.acute_per_month, illness.severe_share):
        assert ((chance > 0.0) & (chance < 1.0)).all()
    assert illness.cause_share.shape == (len(CAUSES), 101)
    assert (np.diff(illness.cause_share, axis=0) >= 0.0).all()
    assert (illness.cause_share[-1] == 1.0).all()
    assert illness.fatality_by_age[69:71].mean() == pytest.approx(1.0, abs=0.01)


def test_two_week_illness_meets_its_level(illness: Illness, conditions: ConditionTables) -> None:
    people = load_reference().persons.sum(axis=0)
    ill = two_week_share(illness.acute_per_month, conditions, duration_days=7.0)
    level = load_parameters()["illness.two_week_level"].value
    assert people @ ill == pytest.approx(level, abs=0.005)
    assert ill[65:].min() > 2.0 * ill[30:40].max()


def severe_needs(illness: Illness, conditions: ConditionTables) -> tuple[float, float]:
    """Severe needs a person-year: acute ones and those of conditions, by plain sums."""
    persons = load_reference().persons
    ratio = 1.0 + conditions.prevalence * (conditions.acute_ratio - 1.0)[:, None, None]
    often = 12.0 * illness.acute_per_month * illness.severe_share * np.prod(ratio, axis=0)
    chronic = persons.sum(axis=0) @ chronic_severe_per_year(conditions)
    return float((persons * often).sum()), float(chronic)


def test_severe_needs_meet_admissions_and_conditions_bring_two_fifths(
    illness: Illness, conditions: ConditionTables
) -> None:
    acute, chronic = severe_needs(illness, conditions)
    per_admission = load_parameters()["illness.severe_needs_per_admission"].value
    assert acute + chronic == pytest.approx(0.208 * per_admission, rel=0.01)
    assert 0.38 <= chronic / (acute + chronic) <= 0.45


def test_level_of_admissions_is_a_parameter(conditions: ConditionTables) -> None:
    parameters = load_parameters({"illness.admissions_per_year": 0.17})
    acute, chronic = severe_needs(load_illness(parameters, conditions), conditions)
    per_admission = parameters["illness.severe_needs_per_admission"].value
    assert acute + chronic == pytest.approx(0.17 * per_admission, rel=0.02)


def test_price_and_fatality_ratios_have_mean_one_over_severe_needs(illness: Illness) -> None:
    shares = np.diff(illness.cause_share, axis=0, prepend=0.0)
    people = load_reference().persons.sum(axis=0)
    weight = shares @ (people * illness.acute_per_month * illness.severe_share)
    for ratio in (illness.price_ratio, illness.fatality_ratio):
        assert ratio @ weight / weight.sum() == pytest.approx(1.0, abs=0.01)


def test_acute_needs_never_kill_more_than_the_life_table(
    illness: Illness, conditions: ConditionTables
) -> None:
    parameters, reference = load_parameters(), load_reference()
    fatality = fatality_from(parameters)
    acute = acute_illness_deaths(illness, conditions, parameters, fatality)
    total = -np.log1p(-reference.deaths_per_year)
    share = (acute + acute_deaths(conditions, fatality)) / total
    assert share.max() < 0.85
    everyone = (reference.persons * share * total).sum() / (reference.persons * total).sum()
    assert 0.2 < everyone < 0.6


def test_illness_file_faults_are_told_together(tmp_path: Path) -> None:
    text = (DATA / "illness.toml").read_text(encoding="utf-8")
    text = text.replace("respiratory = 0.62", "respiratory = 0.82")
    text = text.replace(
        "age_from = 25, age_to = 34, value = 5.5", "age_from = 25, age_to = 34, value = -1.0"
    )
    path = tmp_path / "illness.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_illness(path=path)
    told = "\n".join(caught.value.problems)
    assert "age group 5 to 14: shares of causes must sum to 1, sum to 1.2" in told
    assert "illness.toml: two_week.bands (entry 4).value:" in told


# ---------------------------------------------------------------- reference population


def test_reference_people_and_life_table_are_those_of_the_sources() -> None:
    reference = load_reference()
    assert reference.persons.sum() == pytest.approx(1.0)
    assert reference.persons[:, 60:].sum() == pytest.approx(0.238, abs=0.003)
    assert reference.persons[:, 65:].sum() == pytest.approx(0.177, abs=0.003)
    for sex, expected in ((0, 82.7), (1, 75.9)):
        alive = np.concatenate([[1.0], np.cumprod(1.0 - reference.deaths_per_year[sex])])
        years = (alive[:-1] + alive[1:]).sum() / 2.0
        assert years == pytest.approx(expected, abs=0.4)
    assert (np.diff(reference.deaths_per_year[:, 10:]) > 0.0).all()
