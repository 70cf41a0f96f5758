"""``yigongti pay`` as a user meets it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from abm.model import Model
from abm.payment.dip import Dip
from calibration.policies import policy_names
from experiments import payslip_accounts
from experiments.payslip import whole_year
from experiments.payslip_accounts import SlipLine
from tests.experiments.conftest import Command

HOSPITAL = ("--provider", "County General Hospital")
FAST = ("--years", "1", "--weight", "100")


def of(rows: list[dict[str, Any]], period: str, account: str) -> dict[str, Any]:
    return {
        row["line"]: row["value"]
        for row in rows
        if row["period"] == period and row["account"].startswith(account)
    }


@pytest.fixture
def under_dip(command: Command) -> list[dict[str, Any]]:
    found = command("pay", "typical", "--policy", "dip", *HOSPITAL, *FAST, "--json")
    assert found.code == 0
    return found.rows


def test_month_and_year_close_to_the_fen(under_dip: list[dict[str, Any]]) -> None:
    checks = [row for row in under_dip if row["role"] == "check"]
    assert len(checks) == 6
    assert {re.split(r"[: ]", row["account"])[0] for row in checks} == {"bills", "claims", "money"}
    assert all(row["ok"] and row["value"] == 0 for row in checks)
    for period in ("month", "year"):
        for account in {row["account"] for row in under_dip}:
            lines = [r for r in under_dip if r["period"] == period and r["account"] == account]
            sums = sum(r["value"] for r in lines if r["role"] in ("opening", "in", "out"))
            closing = [r["value"] for r in lines if r["role"] == "closing"]
            assert sums == sum(closing)


def test_points_are_told_and_nothing_is_left_untold(under_dip: list[dict[str, Any]]) -> None:
    month, year = of(under_dip, "month", "claims"), of(under_dip, "year", "claims")
    worth = month["points of admissions"] * month["value of a point in advance"]
    assert month["points x value"] == pytest.approx(worth, abs=1)
    assert month["less what others paid of them"] < 0
    assert month["entered, and not told by the scheme"] == 0
    points = year["year's end: points of admissions"]
    assert points == pytest.approx(year["points of admissions"])
    assert year["year's end: points x value"] == pytest.approx(
        points * year["year's end: value of a point of the year"], abs=1
    )
    assert year["denied"] < 0
    assert year["of it kept back of last year's claims"] > 0


def test_pay_and_bonus_are_told(under_dip: list[dict[str, Any]]) -> None:
    year, money = of(under_dip, "year", "base pay owed"), of(under_dip, "year", "money")
    assert year["base pay due"] == -year["base pay"] > 0
    assert money["bonus"] < 0
    doctors = of(under_dip, "year", "what its doctors")
    # Parts of a fen a doctor stay with the staff account.
    assert doctors["base pay"] == pytest.approx(-money["base pay"], rel=1e-5)
    assert doctors["all of it, from whomever"] == doctors["base pay"] + doctors["bonus"]


@pytest.mark.parametrize("policy", policy_names())
def test_every_policy_is_told_to_the_fen(command: Command, policy: str) -> None:
    words = ("pay", "typical", "--policy", policy, "--provider", "0", *FAST, "--lang", "zh")
    rows = command(*words, "--json").rows
    assert all(row["ok"] for row in rows if row["role"] == "check")
    untold = [row for row in rows if row["line"] == "支付规则未说明部分"]
    assert untold
    assert not any(row["value"] for row in untold)
    lines = {row["line"] for row in rows}
    assert not [line for line in lines if not re.search("[\u4e00-\u9fff]", line)]


def test_the_first_month_of_all_begins_with_what_is_owed(command: Command) -> None:
    found = command("pay", "typical", "--policy", "dip", *HOSPITAL, *FAST, "--month", 0, "--json")
    assert found.code == 0
    assert of(found.rows, "month", "claims")["owed by payers before"] > 0


def test_a_month_in_the_middle_and_words_for_readers(command: Command) -> None:
    found = command("pay", "typical", "--policy", "bundle", *HOSPITAL, *FAST, "--month", 14)
    assert found.code == 0
    assert "month 14: claims on those who pay for care" in found.out
    assert "bills paid out of the bundle" in found.out
    assert "every account closes to the fen" in found.out
    chinese = command(
        "pay", "typical", "--policy", "bundle", *HOSPITAL, *FAST, "--month", 14, "--lang", "zh"
    ).out
    for told in ("月份 14", "由打包总额支付的账单", "应收", "各账户均平到分"):
        assert told in chinese


def test_what_a_scheme_does_not_tell_is_shown_and_fails_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Dip, "explain", lambda self, books, bill: [])
    words = ("pay", "typical", "--policy", "dip", *HOSPITAL, *FAST, "--month", "14", "--json")
    month = of(command(*words).rows, "month", "claims")
    assert month["entered, and not told by the scheme"] > 0


def test_an_account_that_does_not_close_is_told_and_exits_with_one(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(model: Model, p: int) -> int:
        return 3 * model.month

    monkeypatch.setattr(payslip_accounts, "_balance", wrong)
    found = command("pay", "typical", *HOSPITAL, *FAST)
    assert found.code == 1
    assert "do NOT close" in found.out


def test_wrong_input_is_one_message(command: Command) -> None:
    nobody = command("pay", "typical", *FAST)
    assert (nobody.code, "provider: no number; allowed: a row" in nobody.err) == (2, True)
    unknown = command("pay", "typical", "--provider", "General", *FAST)
    assert (unknown.code, "provider General: there is none" in unknown.err) == (2, True)
    late = command("pay", "typical", *HOSPITAL, *FAST, "--month", 24)
    assert (late.code, "month 24: not lived; allowed: 0 to 23" in late.err) == (2, True)


def test_a_year_sums_what_adds_up_and_ends_with_what_stands() -> None:
    def month(before: int, moved: int, points: float) -> list[SlipLine]:
        return [
            SlipLine("claims", "opening", "before", "", before),
            SlipLine("claims", "in" if moved > 0 else "out", "moved", "", moved),
            SlipLine("claims", "closing", "after", "", before + moved),
            SlipLine("claims", "memo", "points", "", points, "points"),
            SlipLine("claims", "memo", "value", "", points, "yuan", adds=False),
            SlipLine("claims", "check", "closes", "", 0),
        ]

    told = whole_year([month(5, 7, 2.0), month(12, -9, 3.0)])
    assert [(line.role, line.what, line.value) for line in told] == [
        ("opening", "before", 5),
        ("out", "moved", -2),
        ("closing", "after", 3),
        ("memo", "points", 5.0),
        ("memo", "value", 3.0),
        ("check", "closes", 0),
    ]
