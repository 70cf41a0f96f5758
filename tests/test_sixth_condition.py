"""The recipe "Add a condition" of CONTRIBUTING.md, followed to the letter.

One data file and one line: then people have the condition, are surveyed for it, treated for
it and counted with it, and nothing that was there before is lost or drawn anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.newcomer import ROOT, add_line_after, copy_program, run_in

RUN = """
import json
from abm.digest import digest
from abm.excerpt import excerpt
from abm.indicators import indicators_of_year
from abm.model import Model
from abm.policy import Policy
from agents.conditions import CONDITIONS
from calibration.county import County
from experiments.conservation import Watch

whole = County.load("typical")
county = excerpt(whole, townships=1, villages_each=2, persons=400)
told = {"name": "outreach", "title": "-", "title_zh": "-", "rule": "-", "source": "a test"}
told |= {"starts_month": 0, "payment": {"scheme": "fee_for_service"}}
last = CONDITIONS[-1].name
told["care_at_base"] = {"outreach_per_year": {last: 6.0}}
model = Model(county, Policy.model_validate(told), threads=1)
start = model.residents["stage"].tolist()
watch = Watch(model)
for _ in range(12):
    watch.step()
survey = model.surveys[0].conditions
print(json.dumps({
    "worst": watch.worst,
    "names": [condition.name for condition in CONDITIONS],
    "start": start,
    "survey": survey.sum(axis=(2, 3)).tolist(),
    "indicators": indicators_of_year(model, 0),
    "priors": {name: [source.value, source.source] for name, source in
        whole.condition_priors.items() if ".kidney." in name},
    "onset": whole.conditions.onset_per_year[-1, :, 70].tolist(),
    "raised": whole.conditions.raises[1, -1].tolist(),
    "digest": digest(model),
}))
"""
PARAMETERS = """
import sys
from experiments.cli import main

sys.argv = ["yigongti", "parameters", "--json"]
main()
"""
LINE = '    Condition("kidney", "Chronic kidney disease", "慢性肾病"),\n'
RAISED = """
[raises.kidney]
source = "A test"
quality = "A"
low_factor = 0.8
high_factor = 1.2
uncontrolled = 3.0
controlled = 2.0
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What runs before the newcomer comes."""
    return run_in(copy_program(tmp_path_factory.mktemp("before")), RUN, compiled=False)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program after the recipe."""
    copy = copy_program(tmp_path_factory.mktemp("newcomer"))
    files = copy / "calibration" / "conditions"
    shutil.copy(files / "diabetes.toml", files / "kidney.toml")
    with (files / "diabetes.toml").open("a", encoding="utf-8") as file:
        file.write(RAISED)
    add_line_after(copy / "agents" / "conditions.py", "    Condition(", LINE)
    return copy


@pytest.fixture(scope="module")
def after(tree: Path) -> Any:
    return run_in(tree, RUN, compiled=False)


def test_the_recipe_stands_in_contributing() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for step in (LINE.strip(), "calibration/conditions/kidney.toml", "[raises.kidney]"):
        assert step in told


def test_people_have_it_from_the_start_and_are_surveyed_for_it(after: Any) -> None:
    assert after["names"][-1] == "kidney"
    assert sum(stages[-1] > 0 for stages in after["start"]) > 10
    has, aware, managed, controlled, treated, *_ = (row[-1] for row in after["survey"])
    assert has > 10
    assert 0 < controlled <= aware < has
    assert 0 < treated <= aware
    # Six contacts a year: nearly all who know of it are managed by the end.
    assert managed > 0.8 * aware


def test_indicators_and_parameters_know_it(after: Any, tree: Path) -> None:
    steps = ("aware", "treated", "controlled", "managed", "prevalence_18_plus")
    for step in steps:
        assert 0 < after["indicators"][f"condition.kidney.{step}"] <= 1
    assert after["priors"]
    assert all(source for _, source in after["priors"].values())
    assert min(after["onset"]) > 0
    listed = {row["name"] for row in run_in(tree, PARAMETERS, compiled=False)}
    assert set(after["priors"]) <= listed


def test_what_others_do_to_it_counts(after: Any) -> None:
    assert after["raised"] == [1.0, 3.0, 2.0]


def test_people_and_fen_are_conserved_with_it(after: Any) -> None:
    assert set(after["worst"].values()) == {0}


def test_no_draw_of_the_others_changes(before: Any, after: Any) -> None:
    assert after["names"][:-1] == before["names"]
    assert [stages[:-1] for stages in after["start"]] == before["start"]
    assert set(before["indicators"]) < set(after["indicators"])


@pytest.mark.slow
def test_compiled_it_is_the_same_to_the_bit(after: Any, tree: Path) -> None:
    assert run_in(tree, RUN, compiled=True) == after
