"""The recipe "Add a payment scheme" of CONTRIBUTING.md, followed to the letter.

One file for the scheme and one for a policy that uses it: nothing else in the program has to
be told, and doctors answer to what the scheme brings them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from abm.payment import schemes
from tests.newcomer import copy_program, run_in

SCHEME = '''"""A fixed sum a month to the county's providers, whatever they do."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from abm.payment.base import Scheme
from abm.payment.books import Books, MonthBill
from agents.foundation.money import split_fen
from agents.incentive import nothing


class FixedSum(Scheme):
    """A share of the year's financing, split evenly over providers and months."""

    name: ClassVar[str] = "fixed_sum"
    rule: ClassVar[str] = "the county's providers share a fixed sum; others are paid as billed"

    share: float = Field(0.7, ge=0, le=1, description="share of the year's financing")

    def open_year(self, books: Books) -> None:
        books.state["sum_fen"] = np.array([int(books.financing_fen * self.share)])

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        here, billed = books.in_county, bill.fund_fen.sum(axis=1)
        earned = billed.copy()
        month = split_fen(int(books.state["sum_fen"][0]) // 12, [1.0] * int(here.sum()))
        earned[here] = month
        books.settle(0, earned, billed)

    def close_year(self, books: Books) -> None:
        pass

    def brings(self, books: Books) -> np.recarray:
        brings = nothing(len(books.in_county))
        brings.outpatient = np.where(books.in_county, 1.0 - books.fund_share, 1.0)
        brings.inpatient = brings.outpatient
        return brings
'''
POLICY = """
form_version = 1
name = "our_sum"
title = "A fixed sum"
title_zh = "固定总额"
rule = "a fixed sum a month"
source = "A test"
starts_month = 12

[payment]
scheme = "fixed_sum"
share = 0.6

[pay]
bonus_on = "balance"
bonus_share = 0.3
"""
RUN = """
import json
from abm.excerpt import excerpt
from abm.model import Model
from abm.payment import schemes
from calibration.county import County
from calibration.policies import load_policy
from experiments.conservation import Watch

county = excerpt(County.load("typical"), townships=1, villages_each=2, persons=400)
policy = load_policy("our_sum.toml")
fees = load_policy("fee_for_service").model_copy(update={"pay": policy.pay})
model = Model(county, policy, fees, threads=1)
watch = Watch(model)
brings, paid = [], []
for _ in range(15):
    watch.step()
    here = model.books.in_county
    paid.append(int(model.books.counted_fen[here].sum()))
    brings.append([float(model.providers["brings_outpatient"][here].mean()),
        float(model.providers["brings_outpatient"][~here].mean())])
print(json.dumps({
    "schemes": list(schemes()),
    "worst": watch.worst,
    "paid": paid,
    "sum": int(model.books.state["sum_fen"][0]),
    "brings": brings,
    "resolved": policy.resolved()["payment"],
}))
"""


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Any:
    copy = copy_program(tmp_path_factory.mktemp("scheme"))
    (copy / "abm" / "payment" / "fixed_sum.py").write_text(SCHEME, "utf-8")
    (copy / "our_sum.toml").write_text(POLICY, "utf-8")
    return run_in(copy, RUN, compiled=False)


def test_the_program_finds_it_and_its_parameters(after: Any) -> None:
    assert "fixed_sum" in after["schemes"]
    assert after["resolved"] == {"scheme": "fixed_sum", "share": 0.6}


def test_it_pays_from_its_month_on_and_fen_are_conserved(after: Any) -> None:
    assert len(set(after["paid"][:12])) > 6  # as billed until then
    assert after["paid"][12:] == [after["sum"] // 12] * 3
    assert set(after["worst"].values()) == {0}


def test_doctors_feel_it_at_once(after: Any) -> None:
    here = [month[0] for month in after["brings"]]
    away = [month[1] for month in after["brings"]]
    assert max(here[12:]) < 0.9 * here[11]
    assert away[12] == away[11]


def test_a_scheme_with_a_fault_is_named(tmp_path: Path) -> None:
    copy = copy_program(tmp_path)
    (copy / "our_sum.toml").write_text(POLICY, "utf-8")
    code = """
import json
from agents.foundation.errors import InputError
from calibration.policies import load_policy
try:
    load_policy("our_sum.toml")
except InputError as error:
    print(json.dumps(error.problems))
"""
    problems = run_in(copy, code, compiled=False)
    assert len(problems) == 1
    assert "fixed_sum" in problems[0]
    assert ", ".join(schemes()) in problems[0]
