"""Numbers of the page's tabs are those that commands print of the same runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.policies import load_policy
from experiments.cli_tables import number, shown
from experiments.groups import FIGURES, group_keys
from experiments.lots import distance_bands
from experiments.page import charts, panels
from experiments.page.account_rows import account_rows
from experiments.page.closer import CloserAsk, look_closer
from experiments.page.desk import Answer
from experiments.page.places import map_of
from experiments.page.plans import as_json, compared, plan
from experiments.page.record import make_record
from experiments.page.scenario import Choice, Scenario
from experiments.page.sizes import Size
from experiments.page.words import tell
from experiments.words import Lang
from tests.experiments.conftest import Command

WEIGHT, YEARS, SEEDS = 100, 1, 2
CHOICE = Choice("typical", YEARS, (Scenario("bundle"),))
SAME = ("--policy", "bundle", "--years", str(YEARS), "--weight", str(WEIGHT))


@pytest.fixture(scope="module")
def answer() -> Answer:
    size = Size(True, WEIGHT, SEEDS)
    policies, asks = plan(CHOICE, size)
    records = tuple(tuple(make_record(ask) for ask in row) for row in asks)
    found = compared(CHOICE, policies, records)
    return Answer(CHOICE, size, policies, records, found, 1.0, True)


def test_the_siphon(command: Command, answer: Answer) -> None:
    told = command("siphon", "typical", *SAME, "--seeds", str(SEEDS), "--hold", "belief", "--json")
    rows = {r["name"]: r for r in json.loads(told.out) if r["hold"] == "base"}
    shown_rows = charts.siphon_rows(answer, "en")
    kinds = ("lives_elsewhere", "referred", "self_referred", "emergency")
    names = ("siphon", *(f"admissions_{kind}" for kind in kinds))
    assert len(shown_rows) == len(names)
    for name, row in zip(names, shown_rows, strict=True):
        assert row["cells"][1]["text"] == number(rows[name]["value"]), name


def test_who_goes_where(command: Command, answer: Answer, tmp_path: Path) -> None:
    ground = map_of("typical", WEIGHT)
    bands = dict(zip(ground.county.village_names, distance_bands(ground.county), strict=True))
    tables = []
    for seed in range(1, SEEDS + 1):
        out = tmp_path / str(seed)
        command("run", "typical", *SAME, "--seed", str(seed), "--out", str(out))
        tables.append(pd.read_parquet(out / "flows.parquet"))
    flows = pd.concat(tables)
    year = flows["year"].max()
    flows = flows[flows["year"] == year]
    tiers = ("village", "township", "county", "city", "province")
    level = flows["tier"].map({tier: tell(f"level.{n}", "en") for n, tier in enumerate(tiers)})
    home = flows["village"].map(lambda v: tell(f"band.{bands.get(v, 'elsewhere')}", "en"))
    links = charts.flow_data(answer, 1, len(answer.records[1][0].years) - 1, "en")[1]["links"]
    seen = {(a, b): people for a, b, people in links}
    for (a, b), people in flows.groupby([home, level])["patients"].sum().items():
        assert seen.pop((a, b)) == pytest.approx(people / SEEDS, abs=0.5)
    for b, people in flows.groupby(level)["admitted"].sum().items():
        if people > 0:
            assert seen.pop((b, tell("end.bed", "en"))) == pytest.approx(people / SEEDS, abs=0.5)
    visits = flows["patients"].groupby(level).sum() - flows["admitted"].groupby(level).sum()
    for b, people in visits.items():
        assert seen.pop((b, tell("end.visit", "en"))) == pytest.approx(people / SEEDS, abs=0.5)
    assert seen == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_gains(command: Command, answer: Answer, lang: Lang) -> None:
    told = command("groups", "typical", *SAME, "--replicates", str(SEEDS), "--json")
    rows = json.loads(told.out)
    shown_rows = panels.people_table(answer, 1, lang)
    assert len(rows) == len(shown_rows) * len(FIGURES)
    named = dict(zip(group_keys(), shown_rows, strict=True))
    for row in rows:
        cell = named[row["group"]]["cells"][FIGURES.index(row["figure"])]
        assert cell["level"] == number(row["reference"])
        for key, text in (("value", "text"), ("low", "low"), ("high", "high")):
            assert cell[text] == panels.signed(row[key]), row
        assert cell["sure"] is row["sure"]


def test_accounts(command: Command) -> None:
    sides = {}
    for policy in ("dip", "bundle"):
        told = command("accounts", "typical", "--policy", policy, *SAME[2:], "--json")
        sides[policy] = json.loads(told.out)
    _, asks = plan(CHOICE, Size(True, WEIGHT, 1))
    before, after = (make_record(replace(row[0], accounts=True)).accounts for row in asks)
    assert before is not None
    assert after is not None
    year = max(row["year"] for row in sides["bundle"])
    accounts = list(dict.fromkeys(row["account"] for row in sides["bundle"]))
    assert len(accounts) > 5
    compared_lines = 0
    for account in accounts:
        rows = account_rows(before, after, year, account, "en")
        for policy, column in (("dip", 1), ("bundle", 2)):
            told_lines = [
                panels.with_minus(r["amount_fen"] / 1e8)
                for r in sides[policy]
                if (r["year"], r["account"]) == (year, account) and r["role"] != "check"
            ]
            texts = [row["cells"][column]["text"] for row in rows if row["kind"] != "check"]
            # Lines that one policy lacks stand there as nought.
            left = list(texts)
            for text in told_lines:
                left.remove(text)
            assert set(left) <= {"0"}, (account, policy)
            compared_lines += len(told_lines)
    assert compared_lines > 60


@pytest.mark.parametrize("kind", ["patient", "provider"])
def test_looking_closer(command: Command, kind: str) -> None:
    whom = ("--find", "outside") if kind == "patient" else ("--provider", "0", "--most", "6")
    told = command("explain", "typical", *SAME, "--seed", "1", *whom, "--json")
    rows = json.loads(told.out)
    policy, baseline = (as_json(load_policy(name)) for name in ("bundle", "dip"))
    number_of = None if kind == "patient" else "0"
    ask = CloserAsk(
        "typical", policy, baseline, YEARS, WEIGHT, 1, kind, number_of, "outside", "en"  # type: ignore[arg-type]
    )  # fmt: skip
    _, *blocks = look_closer(ask, lambda months: None)
    text = json.dumps(blocks, ensure_ascii=False)
    worths = [shown(row["worth"]) for row in rows if row["kind"] == "option"]
    cells = [
        cell["cells"][-2]
        for block in blocks
        for step in block["steps"]
        if step["options"]
        for cell in step["options"]["rows"]
    ]
    assert cells == worths
    assert len(worths) > (3 if kind == "patient" else -1)
    money = [row for row in rows if row["kind"] in ("paid", "in", "out")]
    # What a bill says once more for the scheme is left out of the story.
    again = ("settled_", "insured_")
    amounts = [shown(r["value"]) for r in money if not r.get("column", "").startswith(again)]
    assert amounts
    assert [amount for amount in amounts if amount not in text] == []


def test_a_record_of_no_finished_year_has_no_figures_outside(answer: Answer) -> None:
    assert answer.records[0][0].outside.shape == (1 + YEARS, 5)
    assert np.isfinite(answer.records[0][0].outside).all()
