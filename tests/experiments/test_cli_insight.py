"""The commands that look inside, as a user meets them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from abm.engine import MonthRun
from abm.hold import CHANNELS
from abm.model import Model
from abm.watch import Watch
from experiments import siphon as siphon_module
from tests.experiments.conftest import Command

FAST = ("--years", "1", "--weight", "100")
LIVING = [name for name in CHANNELS if name != "doctors"]


# -- explain ---------------------------------------------------------------------------------


def kinds(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(str(row["kind"]) for row in rows)


def test_a_resident_is_found_and_told_month_by_month(command: Command) -> None:
    rows = command("explain", "typical", "--patient", *FAST, "--json").rows
    assert len({row["resident"] for row in rows}) == 1
    assert {row["proved"] for row in rows} == {True}
    assert len({row["month"] for row in rows}) > 5
    assert {"need", "option", "judged", "paid", "changed"} <= set(kinds(rows))
    # He was looked for because of severe needs in bed.
    assert any(row.get("column") == "admissions" for row in rows)


def test_options_are_told_with_parts_chances_and_one_choice(command: Command) -> None:
    rows = command("explain", "typical", *FAST, "--find", "chronic", "--json").rows
    options = [row for row in rows if row["kind"] == "option" and row["step"] == "life"]
    by_month: dict[int, list[dict[str, Any]]] = {}
    for row in options:
        by_month.setdefault(row["month"], []).append(row)
    assert len(by_month) > 5
    for members in by_month.values():
        assert sum(row["chosen"] for row in members) == 1
        assert sum(row["chance"] for row in members) == pytest.approx(1.0)
        worths = {row["what"]: row["worth"] for row in members if row["parts"]}
        likeliest = max((row for row in members if row["parts"]), key=lambda r: r["chance"])
        assert likeliest["what"] == max(worths, key=lambda name: worths[name])
        for row in members:
            if row["parts"]:
                assert {"price", "travel", "wait", "own belief", "village's talk"} <= set(
                    row["parts"]
                )
                assert row["parts"]["price"] <= 0


def test_words_come_in_chinese_too(command: Command) -> None:
    found = command("explain", "typical", *FAST, "--find", "outside", "--lang", "zh")
    assert found.code == 0
    for told in ("月份", "可选机构", "价格", "费用与支付方", "已核对"):
        assert told in found.out
    english = command("explain", "typical", *FAST, "--find", "outside")
    assert "proved: the run wrote the same row" in english.out
    assert "own belief" in english.out


@pytest.mark.parametrize(
    "whom", [("--find", "severe"), ("--doctor", 0), ("--provider", "County General Hospital")]
)
def test_nothing_that_is_told_lacks_a_chinese_word(command: Command, whom: tuple[object]) -> None:
    told = command("explain", "typical", *FAST, *whom, "--lang", "zh", "--json").rows
    names = {str(row["what"]) for row in told if row["kind"] != "option"}
    assert len(names) > 10
    assert not [name for name in names if not re.search("[\u4e00-\u9fff]", name)]


def test_the_same_resident_by_row_and_by_key(command: Command) -> None:
    by_row = command("explain", "typical", *FAST, "--patient", 7, "--json")
    told = command("explain", "typical", *FAST, "--patient", 7).out
    key = told.split("key ")[1].split(".")[0]
    assert command("explain", "typical", *FAST, "--patient", key, "--json") == by_row
    one = command("explain", "typical", *FAST, "--patient", key, "--month", 3, "--json").rows
    assert one == [row for row in by_row.rows if row["month"] == 3]


def test_a_doctor_is_told_with_his_income_and_patients(command: Command) -> None:
    found = command("explain", "typical", *FAST, "--doctor", 0, "--most", 3, "--json")
    pay = {
        row["column"]: row["value"]
        for row in found.rows
        if row["kind"] == "doctor" and row["step"] == "month"
    }
    assert pay["pay_of_month"] == pytest.approx(pay["pay_base"] + pay["pay_bonus"])
    assert pay["pay_base"] > 0
    assert pay["altruism"] > 0
    shown = command("explain", "typical", *FAST, "--doctor", 0, "--most", 3)
    assert shown.code == 0
    assert "of it bonus" in " ".join(shown.out.split())


def test_a_provider_is_told_with_its_money_and_queue(command: Command) -> None:
    name = "County General Hospital"
    rows = command("explain", "typical", *FAST, "--provider", name, "--most", 4, "--json").rows
    for month in {row["month"] for row in rows}:
        moved = [r for r in rows if r["month"] == month and r["kind"] in ("in", "out")]
        (balance,) = [r for r in rows if r["month"] == month and r["kind"] == "balance"]
        assert sum(row["value"] for row in moved) == pytest.approx(balance["value"])
        assert any(row["what"] == "patients pay" for row in moved)
    patients = {row["resident"] for row in rows if row["step"] == "care"}
    assert len(patients) == 4
    load = {row["column"]: row["value"] for row in rows if row["kind"] == "load"}
    assert load["bed_days_asked"] > 0
    assert load["minutes_capacity"] > 0
    shown = command("explain", "typical", *FAST, "--provider", name, "--most", 4)
    assert "more in the queue, not shown" in shown.out


@pytest.mark.parametrize("whom", [("--provider", 0), ("--doctor", 0), ("--patient", 7)])
def test_threads_change_nothing_that_is_told(command: Command, whom: tuple[object]) -> None:
    one, two = (
        command("explain", "typical", *FAST, *whom, "--threads", n, "--json").rows for n in (1, 2)
    )
    assert one == two


def test_a_provider_in_the_red_is_told_why(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Model._settle_supply

    def dear(model: Model) -> None:
        settle(model)
        model.providers["fixed_cost_fen"] *= 2

    monkeypatch.setattr(Model, "_settle_supply", dear)
    found = command(
        "explain", "typical", *FAST, "--provider", "County General Hospital", "--most", 1, "--json"
    )
    red = {row["what"]: row["value"] for row in found.rows if row["kind"] == "red"}
    assert min(red, key=lambda what: red[what]) == "running costs"
    assert sum(value for value in red.values() if value > 0) == pytest.approx(1.0)
    assert sum(red.values()) < 0


def test_a_story_that_is_not_of_the_run_fails(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = Watch.after

    def meddling(self: Watch, run: MonthRun) -> None:
        run.patients.rows["births"][7] ^= 1
        after(self, run)

    monkeypatch.setattr(Watch, "after", meddling)
    found = command("explain", "typical", *FAST, "--patient", 7)
    assert found.code == 1
    assert "not the row that the run wrote" in found.err
    assert "NOT PROVED" in found.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--patient", "99999999"), "patient 99999999: there is none; allowed: a row, 0 to"),
        (("--patient", "-1"), "patient -1: there is none"),
        (("--patient", "Li"), "patient Li: there is none"),
        (("--patient", str(2**64)), "there is none"),
        (("--doctor", "100000"), "doctor 100000: there is none; allowed: a row, 0 to"),
        (("--provider", "Nowhere"), "provider Nowhere: there is none"),
        (("--patient", "1", "--doctor", "2"), "--patient and --doctor: too many; allowed: one of"),
        (("--month", "24"), "month 24: not lived; allowed: 0 to 23"),
        (("--month", "-1"), "month -1: not lived"),
        (("--provider", "1", "--most", "0"), "most 0: not allowed"),
        (("--years", "0"), "years 0: not allowed"),
    ],
)
def test_wrong_input_to_explain(command: Command, words: tuple[str, ...], told: str) -> None:
    found = command("explain", "typical", *FAST, *words)
    assert found.code == 2
    assert found.out == ""
    assert told in found.err


def test_explain_of_an_empty_number_is_no_doctor(command: Command) -> None:
    found = command("explain", "typical", *FAST, "--doctor", "")
    assert found.code == 2
    assert "doctor: no number; allowed: a row" in found.err


# -- siphon ----------------------------------------------------------------------------------


def test_the_siphon_is_taken_apart(command: Command, tmp_path: Path) -> None:
    found = command("siphon", "typical", *FAST, "--seeds", 2, "--out", tmp_path / "out", "--json")
    table = pd.DataFrame(found.rows)
    assert list(table["hold"].unique()) == ["base", *CHANNELS, "all together"]
    assert set(table.columns) >= {"name", "value", "low", "high", "difference", "sure", "unit"}
    assert (table["low"] <= table["value"]).all()
    wide = table.pivot_table(values="value", index="hold", columns="name")
    sums = ["siphon", "admissions_unsent", "admissions_outside", "fund_outside"]
    by_kind = wide.drop(columns=sums)
    assert (wide["siphon"] >= wide["admissions_self_referred"]).all()
    assert by_kind.sum(axis=1).to_numpy() == pytest.approx(wide["admissions_outside"].to_numpy())
    gap = wide - wide.loc["base"]
    assert table.pivot_table(values="difference", index="hold", columns="name").to_numpy() == (
        pytest.approx(gap.to_numpy(), abs=1e-9)
    )
    assert (gap.loc["all together"].abs() > 0).any()
    saved = pd.read_csv(tmp_path / "out" / "siphon.csv")
    assert saved["value"].to_numpy() == pytest.approx(table["value"].to_numpy())
    assert "belief" in (tmp_path / "out" / "scenario.toml").read_text(encoding="utf-8")


def test_one_channel_alone(command: Command) -> None:
    found = command("siphon", "typical", *FAST, "--seeds", 2, "--hold", "benefits")
    assert found.code == 0
    assert "benefits equal" in found.out
    assert "the fund pays the sum" in found.out
    assert "all together" not in found.out
    assert "self-referred" in found.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--hold", "beliefs"), f"hold beliefs: unknown; allowed: {', '.join(CHANNELS)}"),
        (("--seeds", "1"), "seeds 1: not allowed; allowed: 2 to"),
        (("--years", "0"), "years 0: not allowed"),
        (("--policy", "nothing"), "nothing"),
        (("--weight", "100000"), "weight 100000"),
    ],
)
def test_wrong_input_to_siphon(command: Command, words: tuple[str, ...], told: str) -> None:
    found = command("siphon", "typical", *FAST, *words)
    assert found.code == 2
    assert found.out == ""
    assert told in found.err


def test_ctrl_c_shows_the_seeds_that_were_finished(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = siphon_module._figures

    def interrupted(model: Model, *rest: Any) -> dict[str, float]:
        if model.seed == 3:
            model.close()
            raise KeyboardInterrupt
        return figures(model, *rest)

    monkeypatch.setattr(siphon_module, "_figures", interrupted)
    words = ("siphon", "typical", *FAST, "--hold", "belief", "--seeds", 9)
    found = command(*words)
    assert found.code == 130
    assert "2 seeds were finished" in found.err
    assert "self-referred" in found.out
    early = command(*words, "--seed", 3)
    assert (early.code, early.out) == (130, "")
