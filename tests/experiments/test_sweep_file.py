"""Experiment files: every fault at once, points where they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.foundation.errors import InputError
from calibration.county import County
from calibration.policies import load_policy
from experiments.sweep_design import count_points, design_points
from experiments.sweep_file import load_sweep, sweep_names
from experiments.sweep_plan import make_plan
from experiments.sweep_vary import changed_county, changed_policy, county_changes, short_name
from tests.experiments.sweeps import content, faults, form, plan, write

RATIO = "benefits.change.resident.self_referred.city.inpatient_ratio"


# -- the form --------------------------------------------------------------------------


def test_every_fault_of_a_file_is_told_at_once() -> None:
    told = faults(
        counties=["typicl"],
        policies=["bundel"],
        outputs=["fnud.*"],
        years=0,
        replicates="many",
        colour="red",
    )
    for part in ("do you mean typical", "do you mean bundle", "fnud", "years", "replicates"):
        assert part in told
    assert "colour" in told
    assert "unknown key" in told


def test_every_fault_of_what_is_varied_is_told_at_once() -> None:
    told = faults(
        policies=["bundle"],
        vary=[
            {"name": "policy.payment.grwth", "values": [0.1]},
            {"name": "policy.overspend.borne", "values": [7]},
            {"name": "county.fund.incom_per_head", "values": [1]},
            {"name": "county.parameters.choice.habit", "values": [99]},
            {"name": "county.benefits.resident.in_county.moon.inpatient_ratio", "values": [0.5]},
            {"name": "weather", "values": [1]},
        ],
    )
    for part in ("weather", "grwth", "overspend.borne", "incom_per_head", "choice.habit"):
        assert part in told
    assert "allowed: 0.2 to 1" in told
    assert "moon" in told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"design": "sobol"}, "needs points"),
        ({"points": 4}, "leave the key out"),
        ({"design": "list"}, r"needs \[\[point\]\]"),
        ({"vary": [{"name": "policy.pay.bonus_share"}]}, "either values, or low and high"),
        ({"vary": [{"name": "a", "low": 2, "high": 1, "steps": 3}]}, "not below"),
        ({"vary": [{"name": "a", "low": 0, "high": 1, "scale": "log", "steps": 3}]}, "above 0"),
        ({"vary": [{"name": "a", "low": 0, "high": 1}]}, "need steps"),
        ({"vary": [{"name": "a", "values": [1]}] * 2}, "stands twice"),
        ({"reference": "nowhere"}, "no point has the label"),
        ({"replicates": 100_000, "vary": [{"name": "policy.payment.growth", "low": 0, "high": 1,
                                           "steps": 999}]}, "at most 1,000,000"),
        ({"weight": 10**6}, "weight 1000000"),
        ({"vary": [{"name": "policy.payment.growth", "values": [0], "policies": ["x"]}]},
         "policy x is not in this file"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(**changes)


def test_a_file_that_is_no_toml_gives_one_message(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("a = = b", encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.toml: not TOML"):
        load_sweep(path)
    with pytest.raises(InputError, match="do you mean bundle_level"):
        load_sweep("bundle_levl")


def test_paths_are_seen_from_the_file(tmp_path: Path) -> None:
    policy = tmp_path / "mine.toml"
    text = (Path(__file__).parents[2] / "policies" / "bundle.toml").read_text(encoding="utf-8")
    policy.write_text(text.replace('name = "bundle"', 'name = "mine"'), encoding="utf-8")
    path = write(tmp_path, policies=["./mine.toml"], vary=[])
    made = make_plan(load_sweep(path)[0])
    assert [point.policy_name for point in made.points] == ["mine"]


# -- designs ---------------------------------------------------------------------------


def test_a_grid_has_every_value_with_every_other() -> None:
    grid = form(
        vary=[
            {"name": "policy.payment.growth", "low": 0, "high": 0.1, "steps": 3},
            {"name": "policy.pay.bonus_on", "values": ["revenue", "nothing"]},
        ]
    )
    points = design_points(grid)
    assert [tuple(p.values.values()) for p in points] == [
        (growth, bonus) for growth in (0.0, 0.05, 0.1) for bonus in ("revenue", "nothing")
    ]
    assert points[0].label == "growth 0, bonus_on revenue"
    assert count_points(grid) == 6


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_a_sample_fills_the_space_the_same_way_every_time(design: str) -> None:
    sample = form(
        design=design,
        points=64,
        vary=[
            {"name": "policy.payment.growth", "low": -0.1, "high": 0.1},
            {"name": "policy.surplus.kept", "low": 0.01, "high": 1, "scale": "log"},
            {"name": "policy.payment.outside_inside", "values": [True, False]},
        ],
    )
    points = design_points(sample)
    assert points == design_points(sample)
    assert len(points) == count_points(sample) == 64
    growth = np.array([p.values["policy.payment.growth"] for p in points], float)
    # Each eighth of the range holds an eighth of the points.
    assert np.histogram(growth, bins=8, range=(-0.1, 0.1))[0].tolist() == [8] * 8
    kept = np.array([p.values["policy.surplus.kept"] for p in points], float)
    assert np.histogram(np.log10(kept), bins=4, range=(-2, 0))[0].tolist() == [16] * 4
    inside = [p.values["policy.payment.outside_inside"] for p in points]
    assert inside.count(True) == 32
    other = form(**{**content(), "design": design, "points": 64, "design_seed": 2, "vary": [
        {"name": "policy.payment.growth", "low": -0.1, "high": 0.1}]})  # fmt: skip
    assert [p.values for p in design_points(other)] != [p.values for p in points]


def test_points_that_come_to_the_same_are_one() -> None:
    made = plan()
    # Growth belongs to the bundle alone: fee for service is one point, not three.
    assert [point.label for point in made.points] == [
        "fee_for_service: as it stands",
        "bundle: growth -0.1",
        "bundle: growth 0",
        "bundle: growth 0.1",
    ]
    assert len(made) == 8


def test_a_value_that_changes_nothing_is_the_same_run(tiny_county: County) -> None:
    same = tiny_county.fund.income_per_head
    assert county_changes(tiny_county, {"fund.income_per_head": same}) == {}
    plain = {task.key for _, task in plan(vary=[]).tasks()}
    varied = plan(vary=[{"name": "county.fund.income_per_head", "values": [same]}])
    assert {task.key for _, task in varied.tasks()} == plain


def test_keys_know_what_results_depend_on_and_nothing_else() -> None:
    def keys(**changes: object) -> set[str]:
        return {task.key for _, task in plan(vary=[], policies=["bundle"], **changes).tasks()}

    before = keys()
    assert keys(title="another", question="another?", name="another") == before
    assert keys(shown=["fund.cumulative_balance_million_yuan"]) == before
    assert keys(replicates=3) > before
    for changes in (
        {"years": 2},
        {"weight": 2, "excerpt": {"townships": 2, "villages_each": 4, "persons": 1500}},
        {"outputs": ["fund.*"]},
        {"baseline": "bundle"},
        {"seed": 7},
        {"excerpt": {"townships": 1, "villages_each": 1, "persons": 151}},
    ):
        assert not keys(**changes) & before


# -- what can be varied ----------------------------------------------------------------


def test_policy_keys_and_benefit_cells_change_the_policy() -> None:
    changed = changed_policy(
        load_policy("bundle"),
        {"payment.growth": 0.02, "benefits.outpatient_cap_yuan": 700, RATIO: 0.25,
         "care_at_base.outreach_per_year.diabetes": 2.0},
    )  # fmt: skip
    table = changed.resolved()
    assert table["payment"]["growth"] == 0.02
    assert table["benefits"]["outpatient_cap_yuan"] == 700
    (change,) = changed.benefits.change
    assert (change.kind, change.tier, change.value) == ("self_referred", "city", 0.25)
    assert table["care_at_base"]["outreach_per_year"] == {"diabetes": 2.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("payment.growth.more", 1),
        ("benefits.change.resident.city.inpatient_ratio", 0.5),
        ("benefits.change.3.value", 0.5),
        ("payment.scheme", "nothing"),
        ("no.such.key", 1),
    ],
)
def test_wrong_keys_of_a_policy_are_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match="allowed"):
        changed_policy(load_policy("bundle"), {name: value})  # type: ignore[dict-item]


def lowest(county: County, name: str) -> float:
    low = county.parameters[name].low
    assert low is not None
    return low


def test_county_numbers_change_the_county(tiny_county: County) -> None:
    changed = changed_county(
        tiny_county,
        {
            "fund.income_per_head": 1300,
            "benefits.resident.in_county.township.inpatient_ratio": 0.7,
            "parameters.choice.habit": 0.9,
            "parameters.fatality.acute.treated": lowest(tiny_county, "fatality.acute.treated"),
        },
    )
    assert changed.fund.income_per_head == 1300
    assert changed.benefits["inpatient_ratio"][1, 0, 1] == 0.7
    assert changed.value("choice.habit") == 0.9
    # What is derived from a parameter follows it.
    before, after = tiny_county.background_deaths_per_year, changed.background_deaths_per_year
    assert not np.array_equal(before, after)
    assert changed.digest != tiny_county.digest
    assert tiny_county.fund.income_per_head != 1300


def test_a_county_s_own_parameters_stay(tiny_county: County) -> None:
    once = changed_county(tiny_county, {"parameters.choice.habit": 0.9})
    twice = changed_county(once, {"parameters.choice.drugs": lowest(once, "choice.drugs")})
    assert twice.value("choice.habit") == 0.9
    at_once = changed_county(
        tiny_county,
        {
            "parameters.choice.habit": 0.9,
            "parameters.choice.drugs": lowest(once, "choice.drugs"),
        },
    )
    assert at_once.digest == twice.digest


def test_names_are_as_short_as_can_be_told_apart() -> None:
    names = ["policy.a.share", "county.b.share", "policy.growth"]
    assert [short_name(name, names) for name in names] == ["a.share", "b.share", "growth"]


# -- what ships ------------------------------------------------------------------------


@pytest.mark.parametrize("name", sweep_names())
def test_every_experiment_that_ships_can_be_run(name: str) -> None:
    shipped, path = load_sweep(name)
    assert (shipped.name, path.stem) == (name, name)
    assert shipped.title_zh
    assert shipped.question_zh
    made = make_plan(shipped)
    assert len(made.points) > 1
    assert shipped.replicates >= 8
    assert set(shipped.shown) <= set(made.outputs)
    assert shipped.reference in [point.label for point in made.points]


def test_five_experiments_ship() -> None:
    assert {
        "unreferred_benefit", "bundle_level", "outside_care", "overspend_split", "fixed_pay"
    } <= set(sweep_names())  # fmt: skip
