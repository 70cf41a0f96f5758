"""What the page shows of a run is what the run left, and what the command line prints."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm.indicators import INDICATORS
from abm.model import Model
from agents.foundation.errors import InputError
from calibration.county import County
from calibration.policies import load_policy, policy_names
from experiments.comparison import compare
from experiments.page.beginnings import can_copy, in_copy, make_soon
from experiments.page.desk import Answer, Desk, Question
from experiments.page.panels import change_rows, headline_panels, people_table, warnings_of
from experiments.page.places import map_of
from experiments.page.plans import as_json, compared, plan
from experiments.page.pool import Pool, StoppedError
from experiments.page.record import ALL_FIGURES, PURSES, TILL, Ask, Record, make_record
from experiments.page.scenario import Choice, Scenario
from experiments.page.sizes import Size
from experiments.runs import collect, live

WEIGHT = 100
MONTHS = 24
CHOICE = Choice("typical", 1, (Scenario("bundle"),))


@pytest.fixture(scope="module")
def ask() -> Ask:
    policy, baseline = (as_json(load_policy(name)) for name in ("bundle", "dip"))
    return Ask("typical", policy, baseline, MONTHS, WEIGHT, 1, whole=True)


@pytest.fixture(scope="module")
def lived() -> Model:
    county = County.load("typical")
    model = Model(county, load_policy("bundle"), load_policy("dip"), rng=1, weight=WEIGHT)
    live(model, MONTHS)
    return model


@pytest.fixture(scope="module")
def record(ask: Ask) -> Record:
    return make_record(ask)


def test_a_record_has_the_indicators_of_the_run(record: Record, lived: Model) -> None:
    table = collect(lived, 1).indicators
    shown = pd.DataFrame(record.values.T, index=list(INDICATORS), columns=record.years)
    pd.testing.assert_frame_equal(
        shown, table, check_exact=True, check_names=False, check_column_type=False
    )


def test_frames_add_up_to_the_run(record: Record, lived: Model) -> None:
    weight = lived.weight
    for name in ("visits", "admissions", "put_off"):
        whole = sum(int(month[name].sum()) for month in lived.tallies) * weight
        assert int(record.frames[name].sum()) == whole
    used = sum(int(flow["used"].sum()) for flow in lived.flows) * weight
    assert int(record.went.sum()) == used == int(record.levels[..., 0].sum())
    assert (record.frames["cash_fen"][-1] == lived.providers["cash_fen"]).all()


def test_money_between_purses_is_the_ledger(record: Record, lived: Model) -> None:
    journal = lived.ledger.journal()
    assert int(record.money.sum()) == int(journal["amount_fen"].sum())
    moved = record.money.sum(axis=0)
    fund = PURSES.index("fund")
    change = int(moved[:, fund].sum() - moved[fund].sum())
    account = lived.ledger.account("fund")
    opened = int(lived.county.fund.balance_yuan * 100)
    assert opened + change == int(lived.ledger.balance_fen[account])


def test_tills_of_providers_are_their_part_of_the_ledger(record: Record, lived: Model) -> None:
    till = record.till.sum(axis=0)
    journal, ledger = lived.ledger.journal(), lived.ledger
    moved = record.money.sum(axis=0)
    levels = [PURSES.index(name) for name in ("village", "township", "county", "outside")]
    for line, purses in (
        ("patients", ["households"]),
        ("government", ["government"]),
        ("insurance", ["fund", "serious_cover", "employee_fund", "consortia"]),
    ):
        came = sum(int(moved[PURSES.index(p), q]) for p in purses for q in levels)
        assert int(till[:, TILL.index(line)].sum()) == came, line
    for line in ("staff", "suppliers"):
        went = sum(int(moved[q, PURSES.index(line)]) for q in levels)
        assert int(till[:, TILL.index(line)].sum()) == went, line
    # Of one provider alone, the largest.
    one = int(till.sum(axis=1).argmax())
    account = ledger.provider[one]
    paid = journal[(journal["source"] == account) & (journal["target"] == ledger.account("staff"))]
    assert int(till[one, TILL.index("staff")]) == int(paid["amount_fen"].sum()) > 0


def test_groups_of_people_are_everybody_once(record: Record, lived: Model) -> None:
    ages, incomes = record.lots[:, :5], record.lots[:, 5:10]
    alive = lived.alive
    assert int(record.lots[-1][:5]["persons"].sum()) == alive
    for name in record.lots.dtype.names or ():
        assert (ages[name].sum(axis=1) == incomes[name].sum(axis=1)).all(), name
    paid = lived.residents["year_paid_fen"].astype(np.int64)
    here = lived.residents["alive"] == 1
    assert int(ages["paid_fen"][-1].sum()) >= int(paid[here].sum())


def test_looking_changes_nothing(ask: Ask, record: Record) -> None:
    again = make_record(ask, lambda month: None)
    assert np.array_equal(again.values, record.values, equal_nan=True)
    assert (again.frames == record.frames).all()


@pytest.mark.skipif(not can_copy(), reason="this system copies no process")
@pytest.mark.parametrize("preset", policy_names())
def test_a_run_from_a_kept_beginning_is_the_run_from_the_start(preset: str) -> None:
    policy, baseline = (as_json(load_policy(name)) for name in (preset, "dip"))
    ask = Ask("typical", policy, baseline, MONTHS, 4 * WEIGHT, 3)
    months: list[int] = []
    soon, whole = make_soon(ask, months.append), make_record(ask)
    for one, other in zip(dataclasses.astuple(soon), dataclasses.astuple(whole), strict=True):
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes()
        else:
            assert one == other


@pytest.mark.skipif(not can_copy(), reason="this system copies no process")
def test_a_kept_beginning_serves_many_policies_and_stays_as_it_is() -> None:
    first, second = (as_json(load_policy(name)) for name in ("bundle", "fee_for_service"))
    baseline = as_json(load_policy("dip"))
    asks = [Ask("typical", one, baseline, MONTHS, 4 * WEIGHT, 5) for one in (first, second, first)]
    lived: list[int] = []
    one, other, again = (make_soon(ask, lived.append) for ask in asks)
    # Months before the policies are lived once, and those after it in copies, unseen here.
    assert lived == list(range(1, 13))
    assert one.values.tobytes() == again.values.tobytes() != other.values.tobytes()


@pytest.mark.skipif(not can_copy(), reason="this system copies no process")
def test_a_copy_brings_its_fault_back_and_tells_of_its_death() -> None:
    changed = [1]

    def fails() -> None:
        changed.append(2)
        raise InputError("this: not allowed")

    with pytest.raises(InputError, match="this: not allowed"):
        in_copy(fails)
    assert changed == [1]
    with pytest.raises(RuntimeError, match="without an outcome"):
        in_copy(lambda: os._exit(3))
    assert in_copy(lambda: 7) == 7


def test_comparison_is_that_of_the_command_line() -> None:
    size = Size(True, WEIGHT, 2)
    policies, asks = plan(CHOICE, size)
    records = [[make_record(replace(one, whole=True)) for one in row] for row in asks]
    found = compared(CHOICE, policies, records, ALL_FIGURES)
    told = compare(
        County.load("typical"),
        [load_policy("dip"), CHOICE.scenarios[0].policy("A")],
        years=1,
        replicates=2,
        weight=WEIGHT,
    )
    pd.testing.assert_frame_equal(found.differences, told.differences)
    answer = Answer(CHOICE, size, policies, tuple(map(tuple, records)), found, 1.0, True)
    for panel in headline_panels(answer, "en"):
        row = change_rows(told, panel["name"])[0]
        shown = change_rows(found, panel["name"])[0]
        assert row == shown
    assert len(people_table(answer, 1, "zh")) == 13
    # Under the baseline itself nothing has risen against the baseline.
    assert warnings_of(answer, 0, "en") == []


@pytest.mark.parametrize("county", ["typical", "pingyang"])
def test_providers_stand_on_the_map_near_whom_they_serve(county: str) -> None:
    found = map_of(county, 50)
    rows = found.county.providers
    inside = rows["place"] == 0
    low, high = found.villages.min(axis=0) - 1, found.villages.max(axis=0) + 1
    assert (found.providers[inside] >= low).all()
    assert (found.providers[inside] <= high).all()
    own = np.flatnonzero(inside & (rows["village"] >= 0))
    at_home = found.villages[rows["village"][own]]
    assert np.allclose(found.providers[own], at_home)


# -- processes -------------------------------------------------------------------------


def count_slowly(most: int, told: Callable[[int], None]) -> int:
    for month in range(1, most + 1):
        time.sleep(0.02)
        told(month)
    return most


def refuse(what: str, told: Callable[[int], None]) -> None:
    raise InputError(f"{what}: not allowed")


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(1)
    yield made
    made.close()


def test_a_job_tells_how_far_it_is_and_stops_when_the_last_leaves(pool: Pool) -> None:
    job = pool.submit(count_slowly, 2000, 2000)
    job.join()
    job.join()
    until = time.monotonic() + 60
    while job.lived == 0 and time.monotonic() < until:
        time.sleep(0.02)
    job.leave()
    seen = job.lived
    assert 0 < seen < 2000
    time.sleep(0.2)
    assert job.lived > seen
    job.leave()
    with pytest.raises(StoppedError):
        job.future.result(timeout=30)
    # The process goes on with the next.
    assert pool.submit(count_slowly, 3, 3).future.result(timeout=30) == 3


def test_who_stops_too_late_stops_nobody_else(pool: Pool) -> None:
    ended = pool.submit(count_slowly, 1, 1)
    assert ended.future.result(timeout=60) == 1
    heir = pool.submit(count_slowly, 20, 20)
    assert heir._slot == ended._slot
    pool.stop(ended._slot, ended.future)
    assert heir.future.result(timeout=60) == 20


def test_a_fault_of_input_comes_back_as_one(pool: Pool) -> None:
    with pytest.raises(InputError, match="this: not allowed"):
        pool.submit(refuse, "this", 1).future.result(timeout=60)


def test_a_pool_whose_process_was_killed_makes_a_new_one(pool: Pool) -> None:
    assert pool.submit(count_slowly, 1, 1).future.result(timeout=60) == 1
    (executor,) = pool._executors
    assert executor is not None
    for process in list(executor._processes.values()):
        process.kill()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            assert pool.submit(count_slowly, 2, 2).future.result(timeout=60) == 2
            return
        except Exception:
            time.sleep(0.1)
    pytest.fail("no new process")


def test_a_run_is_made_once_and_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(processes=1)
    made: list[Ask] = []
    submit = desk.quick.submit

    def counted(make: object, ask: Ask, months: int, lane: int) -> object:
        made.append(ask)
        return submit(make, ask, months, lane)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.quick, "submit", counted)
    size = Size(True, WEIGHT, 2)
    answers: list[Answer] = []
    try:
        questions = [Question(desk, CHOICE, size, answers.append) for _ in range(3)]
        for question in questions:
            question.begin()
        until = time.monotonic() + 120
        while sum(a.done for a in answers) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        assert sum(a.done for a in answers) == 3
        assert len(made) == len(set(made)) == 4
        assert not any(a.fault for a in answers)
        last = [a.comparison.differences for a in answers if a.comparison is not None]
        assert all(table.equals(last[0]) for table in last)
    finally:
        desk.close()


def test_what_makes_an_answer_better_stands_back_behind_first_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(processes=1)
    left, over = threading.Event(), threading.Event()

    def stand_back() -> None:
        desk.stand_back(over.is_set)
        left.set()

    try:
        desk.stand_back(over.is_set)  # nobody waits: at once
        for end in ("the first answer is in", "it is asked no longer", "its patience ends"):
            left.clear()
            if end == "its patience ends":
                monkeypatch.setattr("experiments.page.desk.PATIENCE_SECONDS", 0.3)
            with desk.hurry():
                thread = threading.Thread(target=stand_back)
                thread.start()
                assert not left.wait(0.1), end
                if end == "it is asked no longer":
                    over.set()
                if end != "the first answer is in":
                    assert left.wait(20), end
            assert left.wait(20), end
            thread.join()
            over.clear()
    finally:
        desk.close()


def test_what_cannot_be_run_is_an_answer_too() -> None:
    desk, answers = Desk(processes=1), list[Answer]()
    try:
        size = Size(True, 100_000, 2)
        Question(desk, CHOICE, size, answers.append).run()
    finally:
        desk.close()
    assert answers[-1].done
    assert "allowed" in answers[-1].fault


def test_no_other_policy_is_expected_once_one_has_started(ask: Ask) -> None:
    model = Model(County.load("typical"), load_policy("bundle"), load_policy("dip"), weight=400)
    model.expect(load_policy("fee_for_service"))
    live(model, 13)
    assert model.policy_now.payment.name == "fee_for_service"
    with pytest.raises(InputError, match="before either policy has started"):
        model.expect(load_policy("bundle"))
    model.close()
