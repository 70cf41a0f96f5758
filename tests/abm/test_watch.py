from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abm.county import County
from abm.digest import digest
from abm.engine import MonthRun
from abm.model import Model
from abm.policy import Policy
from abm.watch import LIFE, Watch
from agents.doctor import Doctor

PolicyMaker = Callable[..., Policy]
MONTHS, WATCHED = 3, 150


def lived(county: County, policy: Policy, watch: Watch | None = None, **how: int) -> Model:
    model = Model(county, policy, threads=how.get("threads", 2))
    model.watch = watch
    for _ in range(how.get("months", MONTHS)):
        model.step()
    model.close()
    return model


@pytest.fixture(scope="module")
def unwatched(tiny_county: County, policy_of: PolicyMaker) -> Model:
    return lived(tiny_county, policy_of())


@pytest.fixture(scope="module")
def watch(unwatched: Model, tiny_county: County, policy_of: PolicyMaker) -> Watch:
    """All that was told of some residents; checked not to have changed the run."""
    seen = Watch(keys=unwatched.residents["key"][:WATCHED].tolist())
    assert digest(lived(tiny_county, policy_of(), seen)) == digest(unwatched)
    return seen


def test_what_is_told_is_what_the_run_did(watch: Watch) -> None:
    assert watch.all_proved
    assert sum(step.tier == LIFE for step in watch.steps) >= WATCHED * MONTHS - 10
    assert sum(step.tier != LIFE for step in watch.steps) > 20


def test_a_row_that_the_run_did_not_write_is_noticed(
    unwatched: Model,
    tiny_county: County,
    policy_of: PolicyMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    after = Watch.after

    def meddling(self: Watch, run: MonthRun) -> None:
        run.patients.rows["births"][0] ^= 1
        after(self, run)

    monkeypatch.setattr(Watch, "after", meddling)
    seen = Watch(keys=unwatched.residents["key"][:2].tolist())
    lived(tiny_county, policy_of(), seen, months=1)
    assert {step.row for step in seen.steps if not step.proved} == {0}
    assert not seen.all_proved


def test_threads_do_not_change_what_is_told(
    tiny_county: County, policy_of: PolicyMaker, unwatched: Model
) -> None:
    told = []
    for threads in (1, 3):
        seen = Watch(keys=unwatched.residents["key"][:200].tolist(), providers=[5], most=6)
        lived(tiny_county, policy_of(), seen, threads=threads, months=2)
        told.append([(s.month, s.row, s.tier, s.provider, s.written) for s in seen.steps])
    assert told[0] == told[1]


def test_the_common_worth_is_told_in_its_parts(watch: Watch) -> None:
    weighed = [c for step in watch.steps for c in step.call.find("weigh_options")]
    assert len(weighed) > 20
    for call in weighed:
        sums = [w for w in call.workings if w.target == "worth" and len(w.terms) > 1]
        assert len(sums) == 8
        for working in (w for w in sums if w.value > -1e5):
            texts = " ".join(term.text for term in working.terms)
            for part in ("minutes", "wait_days", "talk", "price", "patient.belief"):
                assert part in texts
            assert sum(t.value for t in working.terms) == pytest.approx(working.value, abs=1e-9)


def test_a_chosen_option_is_where_he_goes(watch: Watch) -> None:
    found = 0
    for step in watch.steps:
        for call in step.call.find("choose_provider"):
            assert step.tier == LIFE
            assert int(step.after["slot"][0]) == call.value
            found += 1
    assert found > 20


def test_the_bill_of_a_step_is_paid_to_the_fen(watch: Watch) -> None:
    fund = ("fund_outpatient", "fund_chronic", "fund_inpatient")
    payers = (*fund, "patient", "serious", "aid", "employee_fund")
    bills = 0
    for step in watch.steps:
        for _, done in step.written.get("tally", []):
            bill = done.get("outpatient_cost_fen", 0) + done.get("inpatient_cost_fen", 0)
            assert sum(done.get(f"{payer}_fen", 0) for payer in payers) == bill
            bills += bill > 0
    assert bills > 10


def test_a_provider_is_told_of_its_queue(
    tiny_county: County, policy_of: PolicyMaker, unwatched: Model
) -> None:
    p = int(np.argmax(unwatched.by_provider(unwatched.tallies[1]["visits"])))
    seen = Watch(providers=[p], most=5, months={1})
    lived(tiny_county, policy_of(), seen)
    assert seen.all_proved
    assert {(step.month, step.provider) for step in seen.steps} == {(1, p)}
    assert len(seen.steps) == 5
    assert seen.in_queue[1, p] > 5
    done = unwatched.by_provider(unwatched.tallies[1]["visits"])[p]
    assert done >= sum(w.get("visits", 0) for s in seen.steps for _, w in s.written["work"])


def test_a_doctor_is_told_of_the_patients_whom_he_met(
    tiny_county: County, policy_of: PolicyMaker, unwatched: Model
) -> None:
    doctor = int(np.argmax(unwatched.work["visits"]))
    seen = Watch(doctors=[doctor], most=10_000, months={MONTHS - 1})
    model = lived(tiny_county, policy_of(), seen)
    assert seen.all_proved
    worked = [w for s in seen.steps for (d, *_), w in s.written["work"] if d == doctor]
    assert len(worked) == len(seen.steps) == seen.in_queue[MONTHS - 1, doctor]
    assert sum(w.get("billed_fen", 0) for w in worked) == model.work["billed_fen"][doctor]
    employer = model.population(Doctor).rows["provider"][doctor]
    assert {step.provider for step in seen.steps} == {employer}


def test_plain_runs_can_be_watched_too(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = Model(tiny_county, policy_of(), agent_by_agent=True)
    model.watch = Watch(keys=model.residents["key"][:40].tolist())
    model.step()
    assert len(model.watch.steps) >= 40
    assert model.watch.all_proved
