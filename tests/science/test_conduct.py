"""What pay tempts doctors to: put off, write down what is not so, idle; and what stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

from abm.county import County
from abm.model import Model
from abm.payment import Books
from abm.payment.fee_for_service import FeeForService
from abm.policy import Policy
from agents.incentive import BRINGS, nothing
from experiments.conservation import Watch
from tests.science.fuzzy import check_parts, check_share
from tests.science.runs import run, total, with_parameters

pytestmark = pytest.mark.science

BALANCE = {"bonus_on": "balance", "bonus_share": 0.1}


class Told(FeeForService):
    """Pays bills as they come, and brings employers what it is told to, by month of the year.

    No scheme of its own, so that the program's list of schemes stays as it is.
    """

    name: ClassVar[str] = "told_by_a_test"
    rule: ClassVar[str] = "bills are paid; what they bring is what a test says"

    outpatient: float = 1.0
    inpatient: float = 1.0
    inpatient_at_last: float | None = None
    """From October on; as before if absent."""
    visit_yuan: float = 0.0
    admission_yuan: float = 0.0
    weight_yuan: float = 0.0
    down_yuan: float = 0.0

    def brings(self, books: Books) -> np.recarray:
        brings = nothing(len(books.in_county))
        for name in set(BRINGS.names or ()) & set(type(self).model_fields):
            brings[name] = getattr(self, name)
        if self.inpatient_at_last is not None and books.month_of_year >= 9:
            brings.inpatient = self.inpatient_at_last
        return brings


@pytest.fixture
def told(policy_of: Callable[..., Policy]) -> Callable[..., Policy]:
    def make(audit: dict[str, Any] | None = None, pay: Any = BALANCE, **brings: float) -> Policy:
        policy = policy_of(pay=pay, audit=audit or {})
        return policy.model_copy(update={"payment": Told(**brings)})

    return make


def conduct(model: Model, months: range, column: str, inside: bool = True) -> int:
    here = model.providers["place"][model.tally_provider] == 0
    return sum(int(model.tallies[m][column][here == inside].sum()) for m in months)


# -- the year's end ---------------------------------------------------------------------------


def severe_share_without_bed(model: Model, months: range) -> tuple[int, int]:
    """Put off or sent on by the county's own places with beds, of all whom they decided on."""
    rows = model.providers
    where = ((rows["place"] == 0) & (rows["tier"] == 2))[model.tally_provider]

    def of(column: str) -> int:
        return sum(int(model.tallies[m][column][where].sum()) for m in months)

    away = of("put_off") + of("referred_up") - of("no_bed")
    return away, away + of("admissions") - of("split")


def admitted(model: Model, months: range) -> int:
    return conduct(model, months, "admissions")


def test_as_a_budget_runs_out_the_severe_are_sent_away(
    typical: County, told: Callable[..., Policy]
) -> None:
    found, fewer = {}, {}
    for altruism in (0.5, 1.1):
        county = with_parameters(typical, care__altruism_mean=altruism, care__altruism_spread=0.1)
        model = run(county, 1, told(inpatient_at_last=-1.0))
        early = severe_share_without_bed(model, range(3, 9))
        late = severe_share_without_bed(model, range(9, 12))
        found[altruism] = early[0] / early[1], late
        fewer[altruism] = 1.0 - 2.0 * admitted(model, range(9, 12)) / admitted(model, range(3, 9))
    for altruism, (before, (away, of)) in found.items():
        bugs = [(0.0, before), (0.98, 1.0)]
        check_share(f"sent away late, {altruism}", away, of, (before * 1.1, 0.97), bugs)
    assert fewer[0.5] > fewer[1.1] + 0.02


# -- records ----------------------------------------------------------------------------------


def upcoded(model: Model) -> tuple[int, int]:
    months = range(12)
    return conduct(model, months, "upcoded"), conduct(model, months, "insured_admissions")


def test_weights_tempt_and_audit_deters(typical: County, told: Callable[..., Policy]) -> None:
    weak, strong = (
        run(typical, 1, told(weight_yuan=6_000.0, audit=audit), weight=10)
        for audit in ({}, {"examined_share": 0.6, "shows_share": 0.8, "fine_multiple": 3.0})
    )
    check_share("weak audit", *upcoded(weak), (0.02, 0.35), [(0.0, 0.005), (0.6, 1.0)])
    assert upcoded(strong)[0] == 0
    paid = run(typical, 1, told(), weight=10)
    assert upcoded(paid)[0] == 0


def test_a_fee_a_visit_tempts_to_invent_visits(
    typical: County, told: Callable[..., Policy]
) -> None:
    # 40 yuan reach the doctor: three in four lie, once in an episode of 1.6 visits, on the cards
    # of those whom the residents' scheme covers and whose cap is not used up: 0.15 to 0.45.
    many, few = (run(typical, 1, told(visit_yuan=yuan), weight=10) for yuan in (400.0, 0.0))
    for model, theory, bug in ((many, (0.15, 0.45), (0.0, 0.1)), (few, (0.0, 0.02), (0.05, 1.0))):
        invented = conduct(model, range(12), "invented_visits")
        of = conduct(model, range(12), "visits") - invented
        check_share("invented", invented, of, theory, [bug])


def test_false_records_leave_every_fen_in_its_place(
    tiny_county: County, told: Callable[..., Policy]
) -> None:
    audit = {"examined_share": 0.5, "shows_share": 0.4, "fine_multiple": 0.5}
    pay = {"bonus_on": "balance", "bonus_share": 0.5}
    policy = told(audit, pay, weight_yuan=5_000.0, admission_yuan=3_000.0, visit_yuan=300.0)
    model = Model(tiny_county, policy, threads=2)
    watch = Watch(model)
    for _ in range(12):
        watch.step()
    assert watch.worst == dict.fromkeys(watch.worst, 0)
    for column in ("upcoded", "split", "invented_visits", "found_false", "false_fen"):
        assert total(model, column) > 0, column
    paid_back = model.ledger.flow_fen("false records paid back")
    assert paid_back == total(model, "false_fen") * model.weight
    assert model.ledger.flow_fen("fines for false records") == pytest.approx(
        paid_back / 2, rel=1e-3
    )
    model.close()


# -- work -------------------------------------------------------------------------------------


def test_a_flat_salary_idles_and_a_revenue_bonus_does_not(
    typical: County, policy_of: Callable[..., Policy]
) -> None:
    flat = run(typical, 1, policy_of(pay={"bonus_on": "nothing"}), weight=20)
    bonus = run(typical, 1, weight=20)
    ours = flat.providers["place"] == 0
    idle = flat.providers["idle_share"][ours]
    check_parts("idle on a flat salary", idle, (0.05, 0.3), [(0.0, 0.02)])
    assert bonus.providers["idle_share"][ours].mean() < 0.02
    assert flat.providers["idle_share"][~ours].max() < 0.02


def test_case_prices_shorten_stays_and_bed_days_lengthen_them(
    typical: County, told: Callable[..., Policy]
) -> None:
    by_bill, by_case = (run(typical, 1, told(inpatient=yuan), weight=10) for yuan in (1.0, 0.0))
    stay = []
    for model in (by_bill, by_case):
        found = [
            conduct(model, range(m, m + 1), "bed_days")
            / conduct(model, range(m, m + 1), "admissions")
            for m in range(12)
        ]
        stay.append(np.array(found))
    check_parts("stay", np.log(stay[1] / stay[0]), (-0.4, -0.04), [(0.0, 0.4), (-3.0, -0.9)])


def test_money_for_sending_down_sends_down(typical: County, told: Callable[..., Policy]) -> None:
    much, none = (run(typical, 1, told(down_yuan=yuan), weight=10) for yuan in (3_000.0, 0.0))
    ratio = [
        np.log(
            conduct(much, range(m, m + 1), "referred_down")
            / conduct(none, range(m, m + 1), "referred_down")
        )
        for m in range(12)
    ]
    check_parts("sent down, log ratio", ratio, (0.3, 5.0), [(-1.0, 0.1)])
