"""Condition files: their form, and the epidemiology that is derived from them."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from abm.county import MAX_AGE, ConditionTables
from agents.conditions import CONDITIONS, N_CONDITIONS
from agents.foundation.errors import InputError
from calibration.condition_files import load_conditions
from calibration.data_files import DATA
from calibration.epidemiology import (
    acute_deaths,
    background_deaths,
    derive_onset,
    mean_cubed_severity,
    mean_of,
    mean_raise,
    severe_share,
    single_years,
)
from calibration.parameter_files import fatality_from, load_parameters
from calibration.reference import load_reference
from calibration.steady_state import (
    cascade_ahead,
    practice_from,
    stage_share_ahead,
    turnover_per_year,
)

NAMES = [condition.name for condition in CONDITIONS]
HYPERTENSION, DIABETES, COPD, CORONARY, STROKE = range(5)


@pytest.fixture(scope="module")
def tables() -> ConditionTables:
    return load_conditions()[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "conditions", tmp_path / "conditions"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_conditions(folder=folder)
    return caught.value.problems


# ---------------------------------------------------------------- form


def test_arrays_have_the_shapes_of_the_contract(tables: ConditionTables) -> None:
    k, ages = N_CONDITIONS, MAX_AGE + 1
    wanted = {
        "prevalence": (k, 2, ages),
        "onset_per_year": (k, 2, ages),
        "stage_share": (k, 3),
        "progress_per_year": (k, 4, 2),
        "raises": (k, k, 3),
        "death_ratio": (k, 4, 2),
        "complication_per_year": (k, 4, 2),
        "complication_severity": (k, 2),
        "onset_severity": (k, 2),
        "acute_ratio": (k,),
        "routine_price_ratio": (k,),
        "symptom_per_month": (k, 4),
        "routine_per_month": (k, 2),
        "aware_share": (k,),
        "managed_share": (k,),
        "controlled_share": (k,),
        "detect_per_visit": (k, 5),
        "screen_per_year": (k, 2),
        "gain_control_per_month": (k, 2),
        "lose_control_per_month": (k, 2),
        "manage_per_visit": (k,),
        "fatality": (k, 2),
        "capability_gap": (k, 5),
        "read_share": (k,),
    }
    assert {field.name for field in fields(tables)} == set(wanted)
    for name, shape in wanted.items():
        assert getattr(tables, name).shape == shape, name
        assert np.isfinite(getattr(tables, name)).all(), name


def test_who_has_it_not_is_neutral_and_the_last_stage_is_last(tables: ConditionTables) -> None:
    assert (tables.death_ratio[:, 0] == 1.0).all()
    assert (tables.raises[:, :, 0] == 1.0).all()
    assert (tables.progress_per_year[:, [0, 3]] == 0.0).all()
    assert (tables.complication_per_year[:, 0] == 0.0).all()
    assert (tables.symptom_per_month[:, 0] == 0.0).all()


def test_control_never_harms_and_treatment_saves(tables: ConditionTables) -> None:
    assert (tables.death_ratio[..., 1] <= tables.death_ratio[..., 0]).all()
    assert (tables.complication_per_year[..., 1] <= tables.complication_per_year[..., 0]).all()
    assert (tables.progress_per_year[..., 1] <= tables.progress_per_year[..., 0]).all()
    assert (tables.raises[..., 2] <= tables.raises[..., 1]).all()
    assert (tables.fatality[:, 0] < tables.fatality[:, 1]).all()


def test_blood_pressure_control_lowers_stroke_and_coronary_as_trials_found(
    tables: ConditionTables,
) -> None:
    stroke = tables.raises[HYPERTENSION, STROKE]
    coronary = tables.raises[HYPERTENSION, CORONARY]
    assert 0.64 <= stroke[2] / stroke[1] <= 0.73
    assert 0.79 <= coronary[2] / coronary[1] <= 0.86


def test_every_number_is_listed_with_source_and_range() -> None:
    tables, sources = load_conditions()
    assert all(name.startswith("condition.") for name in sources)
    for name, source in sources.items():
        assert source.source, name
        assert source.unit, name
        assert source.quality in "VDPMA", name
        if source.low is not None and source.high is not None:
            assert source.low <= source.value <= source.high, name
    listed = sources["condition.hypertension.raises.stroke.uncontrolled"]
    assert listed.value == tables.raises[HYPERTENSION, STROKE, 1]
    assert (
        sources["condition.copd.death_ratio.controlled.stage_3"].value
        == (tables.death_ratio[COPD, 3, 1])
    )


def test_override_reaches_the_array_it_names(tables: ConditionTables) -> None:
    name = "condition.stroke.death_ratio.controlled.stage_2"
    changed, sources = load_conditions(overrides={name: 1.9})
    assert changed.death_ratio[STROKE, 2, 1] == sources[name].value == 1.9
    assert tables.death_ratio[STROKE, 2, 1] != 1.9
    assert (changed.death_ratio != tables.death_ratio).sum() == 1


def test_overrides_outside_the_prior_or_unknown_are_refused_together() -> None:
    wrong = {
        "condition.stroke.death_ratio.controlled.stage_2": 99.0,
        "condition.stroke.deth_ratio.controlled.stage_2": 1.0,
        "condition.hypertension.onset_severity.highest": 0.5,
    }
    with pytest.raises(InputError) as caught:
        load_conditions(overrides=wrong)
    outside, unknown, fixed = caught.value.problems
    assert "allowed: 1.225 to 2.625" in outside
    assert "did you mean condition.stroke.death_ratio" in unknown
    assert "no prior range" in fixed


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    change(folder, "copd", "[raises.coronary]", "[raises.gout]")
    change(folder, "stroke", "untreated = 0.550", "untreated = 1.5")
    change(folder, "stroke", "[0.62, 0.25, 0.13]", "[0.62, 0.25, 0.23]")
    change(folder, "diabetes", "[acute_ratio]", "[acute_ration]")
    change(folder, "coronary", "age_from = 45, age_to = 54", "age_from = 46, age_to = 54")
    (folder / "hypertension.toml").unlink()
    told = "\n".join(problems(folder))
    assert "conditions/copd.toml: raises.gout: no such other condition" in told
    assert "allowed: hypertension, diabetes, coronary, stroke" in told
    assert "conditions/stroke.toml: fatality.untreated" in told
    assert "conditions/stroke.toml: stage_share: by_stage must sum to 1" in told
    assert "conditions/diabetes.toml: acute_ration: unknown key; allowed: acute_ratio" in told
    assert "conditions/diabetes.toml: acute_ratio: key is missing" in told
    assert "age group 46 to 54: must start at 45" in told
    assert "hypertension.toml: no such file" in told


def test_a_number_given_as_text_is_refused(folder: Path) -> None:
    change(folder, "copd", "value = 1.5", 'value = "1.5"')
    (problem,) = problems(folder)
    assert problem.startswith("conditions/copd.toml: acute_ratio.value:")


def test_links_are_optional(folder: Path) -> None:
    change(
        folder,
        "coronary",
        (folder / "coronary.toml").read_text(encoding="utf-8").partition("[raises.stroke]")[2],
        "",
    )
    change(folder, "coronary", "[raises.stroke]", "")
    changed, sources = load_conditions(folder=folder)
    assert (changed.raises[CORONARY] == 1.0).all()
    assert not any("coronary.raises" in name for name in sources)


def test_a_sixth_condition_takes_one_file_and_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents.conditions import Condition
    from calibration import condition_files

    text = (folder / "copd.toml").read_text(encoding="utf-8")
    text = text.replace("[raises.coronary]", "[raises.stroke]")
    (folder / "kidney.toml").write_text(text, encoding="utf-8")
    six = (*CONDITIONS, Condition("kidney", "Chronic kidney disease", "慢性肾病"))
    monkeypatch.setattr(condition_files, "CONDITIONS", six)
    monkeypatch.setattr(condition_files, "N_CONDITIONS", 6)
    tables, sources = load_conditions(folder=folder)
    assert tables.raises.shape == (6, 6, 3)
    assert tables.raises[5, STROKE, 1] == 1.2
    assert tables.onset_per_year.shape == (6, 2, MAX_AGE + 1)
    assert "condition.kidney.raises.stroke.controlled" in sources


# ---------------------------------------------------------------- smoothing and onset


def test_smoothing_keeps_groups_means_and_order() -> None:
    bands = [(0, 19, 0.0), (20, 39, 0.02), (40, 59, 0.10), (60, 100, 0.30)]
    value, slope = single_years(bands)
    assert (value[:20] == 0.0).all()
    assert (np.diff(value) >= 0.0).all()
    assert (slope >= 0.0).all()
    assert value[20:40].mean() == pytest.approx(0.02, rel=0.01)
    assert value[40:60].mean() == pytest.approx(0.10, rel=0.01)
    assert value[100] == pytest.approx(0.30)
    assert np.cumsum(slope)[59] == pytest.approx(value[60], abs=0.01)


def test_published_age_groups_are_reproduced(tables: ConditionTables) -> None:
    """Means over a group's people stay near the figure that the survey published.

    Ages inside a group weigh alike on reading and by their people here, which moves a mean a
    little, most in the open last group.
    """
    _, sources = load_conditions()
    people = load_reference().persons
    for name, source in sources.items():
        _, condition, table, *rest = name.split(".")
        if table != "prevalence":
            continue
        sex, (first, last) = ("female", "male").index(rest[0]), rest[1].split("_")
        rows = slice(int(first), int(last) + 1)
        share = tables.prevalence[NAMES.index(condition), sex, rows]
        mean = np.average(share, weights=people[sex, rows])
        assert mean == pytest.approx(source.value, rel=0.08, abs=0.002), name


def test_severity_moments_match_draws() -> None:
    low, high = 0.55, 0.95
    severity = low + (high - low) * ((np.arange(100_000) + 0.5) / 100_000) ** 2
    severe = severity >= 0.6
    span = np.array([low, high])
    assert mean_cubed_severity(span) == pytest.approx((severity**3 * severe).mean(), rel=1e-3)
    assert severe_share(span) == pytest.approx(severe.mean(), abs=1e-3)
    assert mean_cubed_severity(np.zeros(2)) == severe_share(np.zeros(2)) == 0.0


def test_onset_without_deaths_is_the_growth_of_prevalence_by_age(
    tables: ConditionTables,
) -> None:
    """Nobody dies: a cohort that gets sick at the derived hazard walks along the table."""
    still = replace(
        tables,
        death_ratio=np.ones_like(tables.death_ratio),
        complication_per_year=np.zeros_like(tables.complication_per_year),
        onset_severity=np.zeros_like(tables.onset_severity),
        raises=np.ones_like(tables.raises),
    )
    bands = [(0, 19, 0.0), (20, 39, 0.05), (40, 59, 0.20), (60, 100, 0.50)]
    value, slope = single_years(bands)
    shape = still.prevalence.shape
    still = replace(still, prevalence=np.broadcast_to(value, shape))
    fatality = fatality_from(load_parameters())
    deaths = np.zeros((2, MAX_AGE + 1))
    onset = derive_onset(still, np.broadcast_to(slope, shape), deaths, fatality)[0, 0]
    free = 1.0 - value[0]
    for age in range(90):
        free *= np.exp(-(onset[age] + onset[age + 1]) / 2.0)
        assert 1.0 - free == pytest.approx(value[age + 1], abs=0.01)


def test_the_life_table_is_put_together_again(tables: ConditionTables) -> None:
    reference, fatality = load_reference(), fatality_from(load_parameters())
    base = background_deaths(tables, reference.deaths_per_year, fatality)
    ratio = mean_of(tables, tables.death_ratio)[:, None, None]
    mean = np.prod(1.0 + tables.prevalence * (ratio - 1.0), axis=0)
    total = base * mean + acute_deaths(tables, fatality)
    assert total == pytest.approx(-np.log1p(-reference.deaths_per_year), rel=1e-9)
    assert (base > 0.3 * total).all()


def test_incidence_is_of_the_order_observed(tables: ConditionTables) -> None:
    """First strokes from 40 on: 505 per 100,000 in the national survey of 2020."""
    people = load_reference().persons[:, 40:]
    new = tables.onset_per_year * mean_raise(tables) * (1.0 - tables.prevalence)
    stroke = (people * new[STROKE, :, 40:]).sum() / people.sum()
    assert 0.0035 < stroke < 0.0060


def simulate(tables: ConditionTables, people: int, years: int) -> tuple[np.ndarray, ...]:
    """Residents living on under the tables alone, by quarter: age, sex, stage (k, n)."""
    rng = np.random.default_rng(7)
    reference, fatality = load_reference(), fatality_from(load_parameters())
    base = background_deaths(tables, reference.deaths_per_year, fatality)
    at_worst = fatality.mean(tables.fatality)
    kills = at_worst * mean_cubed_severity(tables.complication_severity)
    kills_at_onset = at_worst * mean_cubed_severity(tables.onset_severity)
    held = tables.aware_share * tables.controlled_share
    cell = rng.choice(2 * (MAX_AGE + 1), people, p=reference.persons.ravel())
    sex, age = np.divmod(cell, MAX_AGE + 1)
    age = age + rng.random(people)
    has = rng.random((N_CONDITIONS, people)) < tables.prevalence[:, sex, age.astype(int)]
    depth = rng.random((N_CONDITIONS, people))
    stage = 1 + (depth[:, :, None] > np.cumsum(tables.stage_share, 1)[:, None, :2]).sum(axis=2)
    stage = np.where(has, stage, 0)
    control = (rng.random(stage.shape) < held[:, None]).astype(int)
    row = np.arange(N_CONDITIONS)[:, None]
    for _ in range(4 * years):
        year = np.minimum(age.astype(int), MAX_AGE)
        chance = rng.random((3, *stage.shape))
        old = fatality.by_age[year]
        events = (tables.complication_per_year[row, stage, control] * kills[:, None]).sum(axis=0)
        death = base[sex, year] * np.prod(tables.death_ratio[row, stage, control], axis=0)
        state = np.where(stage > 0, 1 + control, 0)
        raised = np.ones(stage.shape)
        for k in range(N_CONDITIONS):
            raised *= tables.raises[k][:, state[k]]
        onset = tables.onset_per_year[:, sex, year] * raised
        new = (stage == 0) & (chance[0] < 1.0 - np.exp(-onset / 4.0))
        up = chance[1] < 1.0 - np.exp(-tables.progress_per_year[row, stage, control] / 4.0)
        dies = rng.random(len(age)) < 1.0 - np.exp(-(death + events * old) / 4.0)
        dies |= (new & (chance[2] < kills_at_onset[:, None] * old)).any(axis=0)
        stage = (stage + up + new)[:, ~dies]
        age, sex, control = age[~dies] + 0.25, sex[~dies], control[:, ~dies]
    return age, sex, stage


def test_prevalence_by_age_is_the_same_ten_years_on(tables: ConditionTables) -> None:
    """Tolerance: four standard errors, and 3 % for what the derivation leaves out.

    It takes conditions as independent and ages in single years; a person's conditions come
    to go together as he ages, since one raises another and the sick die first.
    """
    age, sex, stage = simulate(tables, people=150_000, years=10)
    for k, name in enumerate(NAMES):
        for first, last in ((20, 39), (40, 49), (50, 59), (60, 69), (70, 79), (80, 95)):
            here = (age >= first) & (age < last + 1)
            expected = tables.prevalence[k, sex[here], age[here].astype(int)].mean()
            error = np.sqrt(expected * (1.0 - expected) / here.sum())
            tolerance = 4.0 * error + 0.03 * expected
            assert abs((stage[k, here] > 0).mean() - expected) < tolerance, (name, first)


# ---------------------------------------------------------------- steady cascade


def test_awareness_management_and_control_hold_or_rise_slightly(
    tables: ConditionTables,
) -> None:
    """Ten years on within -2 and +7 points of the start: no drift that no policy made."""
    ahead = cascade_ahead(tables, load_reference(), practice_from(load_parameters()), 10.0)
    for then, now in (
        (ahead.aware, tables.aware_share),
        (ahead.managed, tables.managed_share),
        (ahead.controlled, tables.controlled_share),
    ):
        assert (then - now > -0.02).all()
        assert (then - now < 0.07).all()
    assert ahead.aware[HYPERTENSION] > tables.aware_share[HYPERTENSION]
    assert ahead.aware[DIABETES] > tables.aware_share[DIABETES]
    assert (ahead.controlled_if_managed > 1.5 * ahead.controlled_if_unmanaged).all()


def test_without_screening_and_detection_awareness_decays(tables: ConditionTables) -> None:
    blind = replace(
        tables,
        detect_per_visit=np.zeros_like(tables.detect_per_visit),
        screen_per_year=np.zeros_like(tables.screen_per_year),
    )
    reference = load_reference()
    ahead = cascade_ahead(blind, reference, practice_from(load_parameters()), 10.0)
    turnover = turnover_per_year(tables, reference.persons)
    expected = tables.aware_share * np.exp(-10.0 * turnover)
    # Monthly steps leave (1 - r / 12)^120 instead of exp(-10 r): 10 r^2 / 24 too little.
    assert (np.abs(ahead.aware / expected - 1.0) < 0.001 + 10.0 * turnover**2 / 24.0 * 1.05).all()


def test_stages_keep_their_shares(tables: ConditionTables) -> None:
    fatality = fatality_from(load_parameters())
    ahead = stage_share_ahead(tables, load_reference(), fatality, 10.0)
    assert ahead == pytest.approx(tables.stage_share, abs=0.04)


def test_a_steeper_life_table_needs_more_onset(tables: ConditionTables) -> None:
    """More deaths among those who have it must be made up by new cases."""
    deaths = np.minimum(load_reference().deaths_per_year * 1.5, 0.9)
    harder, _ = load_conditions(deaths)
    assert (harder.onset_per_year >= tables.onset_per_year - 1e-12).all()
    assert harder.onset_per_year[:, :, 70].sum() > tables.onset_per_year[:, :, 70].sum()
    with pytest.raises(InputError, match="must be"):
        load_conditions(np.zeros(101))
