"""What a doctor decides in one encounter, what is written down, and who pays for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from abm import billing, care, decision, treatment
from abm.supply import know_the_network
from abm.world import LIFE, WORK
from agents.conditions import N_CAUSES
from agents.deciding import ADMIT, SEND_DOWN, SEND_UP, TREAT
from agents.foundation.compile import plain
from agents.foundation.draws import hash_draw
from agents.foundation.slots import N_SLOTS
from agents.insurer import RESIDENT
from agents.patient import N_CLASSES
from agents.provider import PROVIDER, TALLY
from tests.agents.people import (
    K,
    benefits,
    hazards,
    judgement,
    options,
    practitioner,
    resident,
    streams,
    tastes,
    workplace,
)
from tests.science.fuzzy import check_share

judge = plain(decision.judge)
hands_over = plain(decision.hands_over)
without_bed = plain(decision.without_bed)
admit = plain(treatment.admit)
see_outpatient = plain(treatment.see_outpatient)
invent_visit = plain(treatment.invent_visit)
attend = plain(care.attend)
lanes_of = plain(hash_draw)
fund_part = plain(billing.fund_part)

N = 1_000
WEIGHTS = np.tile([300, 700, 1000, 1400, 300], (N_CAUSES + K, 1))
PAID_BY = ("fund_outpatient_fen", "fund_chronic_fen", "fund_inpatient_fen", "serious_fen")
PAYERS = (*PAID_BY, "aid_fen", "employee_fund_fen", "patient_fen")


def world_of(**weighs: Any) -> Any:
    table = benefits()
    cover = SimpleNamespace(
        benefits=table,
        outpatient_cap_fen=(0, 30_000, 40_000),
        chronic_cap_fen=(0, 60_000, 70_000),
        ceiling_fen=(0, 10**8, 10**8),
        serious_deductible_fen=(0, 10**7, 0),
        serious_bp=(0, 6_000, 0),
        aid_bp=(0, 0, 0),
        by_head=[0] * K,
    )
    course = SimpleNamespace(
        price_ratio=np.ones(N_CAUSES + K),
        routine_price_ratio=np.ones(K),
        case_weight=WEIGHTS,
        severity_price_slope=1.5,
        bill_noise=np.ones(4),
        low_cost_ratio=0.5,
        high_cost_ratio=2.5,
        stay_step_days=15,
        treatment_step=0.25,
        fatality=np.zeros((N_CAUSES + K, 2)),
        fatality_by_age=np.ones(120),
        detect=np.zeros((K, 5)),
        manage=np.zeros(K),
        learning_rate=0.1,
        wait_penalty_per_day=0.0,
        kept_bed_share=0.1,
        by_outcome=np.zeros(N_CAUSES + K, np.int64),
        drug_months=3,
    )
    return SimpleNamespace(
        judgement=judgement(**weighs),
        cover=cover,
        course=course,
        hazards=hazards(resolve=np.zeros(N_CLASSES)),
        options=options(),
        tastes=tastes(bed=60.0, bed_price=0.0),
        options_group=[0, 0],
        providers=[workplace(seen_up_to=2**64 - 1, settled_share=1.0, doctors=1)],
        doctors=[practitioner()],
        roster=[0],
    )


def outs() -> Any:
    talk = np.empty((2, N_SLOTS), object)
    for where in np.ndindex(talk.shape):
        talk[where] = SimpleNamespace(used=0, went_well=0, admitted=0, severe=0)
    none = np.zeros(1, LIFE)[0]
    life = SimpleNamespace(**{name: none[name] for name in LIFE.names or ()})
    return SimpleNamespace(
        tally=[SimpleNamespace(**dict.fromkeys(TALLY.names or (), 0))],
        life=[life],
        talk=talk,
        work=[SimpleNamespace(**dict.fromkeys(WORK.names or (), 0))],
    )


def ill(severity: int, **columns: Any) -> Any:
    whole = {"severity": severity, "cause": 2, "scheme": RESIDENT, "slot": 1, "visits": 2}
    return resident(**whole | columns)


def check_bill(tally: Any) -> None:
    """What payers pay is what was billed, and nothing is below nil."""
    parts = [getattr(tally, name) for name in PAYERS]
    assert min(parts) >= 0
    assert sum(parts) == tally.outpatient_cost_fen + tally.inpatient_cost_fen


# -- prices -----------------------------------------------------------------------------------


def test_a_routine_visit_costs_by_the_condition_that_it_is_for() -> None:
    world, where = world_of(), workplace(chronic_price_yuan=200.0)
    world.course.routine_price_ratio = np.arange(1.0, K + 1.0)
    price = plain(decision.visit_price_yuan)
    found = [price(ill(0, routine=k + 1), where, world) for k in range(K)]
    assert found == pytest.approx([200.0 * (k + 1) for k in range(K)])


# -- the decision -----------------------------------------------------------------------------


def shares(severity: int, where: Any, who: Any = None, **columns: Any) -> np.ndarray:
    world, who = world_of(), who or practitioner()
    found = [judge(ill(severity, **columns), who, where, world, (i + 0.5) / N) for i in range(N)]
    return np.bincount(found, minlength=5) / N


def test_a_slight_need_is_treated_a_severe_one_gets_a_bed_a_hard_one_goes_up() -> None:
    assert shares(200, workplace())[TREAT] > 0.97
    assert shares(0, workplace(), routine=1)[TREAT] > 0.99
    assert shares(680, workplace())[ADMIT] > 0.9
    assert shares(950, workplace())[SEND_UP] > 0.9


def test_options_that_are_not_there_are_not_chosen() -> None:
    top = workplace(can_refer=0, below_treats=-1.0)
    assert shares(950, top)[[SEND_UP, SEND_DOWN]].sum() == 0
    assert shares(0, workplace(brings_up_yuan=1e5), routine=1)[SEND_UP] == 0
    assert shares(680, workplace(bed_days_capacity=0.0))[ADMIT] == 0
    assert shares(299, workplace(brings_inpatient=9.0))[ADMIT] == 0
    paid = workplace(brings_down_yuan=1e5)
    assert shares(450, paid)[SEND_DOWN] > 0.99
    assert shares(550, paid)[SEND_DOWN] == 0  # beyond what stands below
    assert shares(450, paid, elsewhere=1)[SEND_DOWN] == 0


def test_without_a_bed_the_severe_go_up_and_others_are_treated() -> None:
    assert without_bed(ill(700), workplace(), 600) == SEND_UP
    assert without_bed(ill(599), workplace(), 600) == TREAT
    assert without_bed(ill(700), workplace(can_refer=0), 600) == TREAT


def test_every_doctor_knows_the_best_place_above_and_below_him_and_the_countys() -> None:
    rows = np.zeros(5, PROVIDER)
    rows["place"] = [0, 0, 0, 1, 0]
    rows["tier"] = [0, 1, 2, 3, 1]
    rows["treats"] = np.array([[0.5, 0.66, 0.9, 0.97, 0.8]]).T
    rows["treats"][:, 1] -= [0.0, 0.1, 0.2, 0.0, 0.3]
    rows["consortium"] = [0, 0, 0, -1, -1]
    know_the_network(rows)
    assert rows["above_treats"][:, 0].tolist() == [0.97, 0.97, 0.97, 0.0, 0.97]
    assert rows["below_treats"][:, 0].tolist() == [-1.0, 0.5, 0.66, -1.0, -1.0]
    assert rows["below_treats"][:3, 1] == pytest.approx([-1.0, 0.5, 0.56])
    assert rows["county_treats"][:, :2] == pytest.approx(np.tile([0.9, 0.7], (5, 1)))


# -- records ----------------------------------------------------------------------------------


def stays(where: Any, who: Any = None, severity: int = 700, **weighs: Any) -> Any:
    """Tally of N stays."""
    world, out = world_of(**weighs), outs()
    for stream in streams(N):
        patient = ill(severity)
        bill = admit(patient, who or practitioner(), where, 0, 1.0, 1.0, world, out, stream)
        assert patient.year_cost_fen == bill
    check_bill(out.tally[0])
    return out.tally[0]


def test_without_gain_records_are_true() -> None:
    tally = stays(workplace())
    assert (tally.upcoded, tally.split, tally.false_fen) == (0, 0, 0)
    assert (tally.admissions, tally.case_weight) == (N, 1000 * N)


@pytest.mark.parametrize(("severity", "could"), [(550, N), (600, N), (650, 0)])
def test_stays_are_counted_for_what_the_county_could_treat(severity: int, could: int) -> None:
    assert stays(workplace(county_treats=0.6), severity=severity).treatable_here == could


def test_weights_tempt_to_raise_the_class() -> None:
    honest = practitioner(honesty=0.5)
    # 0.4 more weight at 500: 192 after audit, against a conscience of 200.
    tally = stays(workplace(brings_weight_yuan=500.0, brings_admission_yuan=-1e4), honest)
    chance = 1 / (1 + np.exp(8 / 32))
    check_share("upcoded", tally.upcoded, N, chance, (0.3, 0.6))
    assert tally.split == 0
    assert tally.case_weight == 1000 * N + 400 * tally.upcoded
    assert tally.admissions == N
    # Critical is the highest class.
    highest = workplace(brings_weight_yuan=9e4, brings_admission_yuan=-1e6, treats=1.0)
    assert stays(highest, severity=950).upcoded == 0


def test_a_fee_a_case_tempts_to_split_and_the_patient_pays_twice() -> None:
    paid = stays(workplace(brings_admission_yuan=5_000.0))
    assert (paid.split, paid.upcoded) == (N, 0)
    assert paid.admissions == paid.insured_admissions == 2 * N
    assert paid.case_weight == 2_000 * N
    true = stays(workplace())
    assert paid.inpatient_cost_fen == true.inpatient_cost_fen
    assert paid.bed_days == true.bed_days
    # A deductible of 500 yuan more, of which the fund pays 70 % less.
    assert paid.patient_fen - true.patient_fen == pytest.approx(35_000 * N, rel=0.01)


def test_audit_finds_by_chance_and_deters() -> None:
    where = workplace(brings_admission_yuan=5_000.0)
    some = stays(where, found_chance=0.3, fine_multiple=0.0)
    check_share("found", some.found_false, some.split, 0.3, (0.2, 0.45))
    price = 2_400 * 0.9 * 0.7 * 100
    assert some.false_fen == pytest.approx(some.found_false * price, rel=1e-3)
    assert stays(where, found_chance=0.3, fine_multiple=3.0).split == 0


def test_the_length_of_a_stay_moves_days_and_part_of_the_bill() -> None:
    found = []
    for stay in (0.5, 1.0):
        out = outs()
        for stream in streams(N):
            admit(ill(700), practitioner(), workplace(), 0, 1.0, stay, world_of(), out, stream)
        found.append(out.tally[0])
    assert found[0].bed_days / found[1].bed_days == pytest.approx(0.5, abs=0.04)
    assert found[0].minutes / found[1].minutes == pytest.approx(0.5, abs=0.04)
    cost = found[0].inpatient_cost_fen / found[1].inpatient_cost_fen
    assert cost == pytest.approx(0.8, rel=1e-4)


def visits(where: Any, honesty: float = 0.8, **columns: Any) -> tuple[Any, list[Any]]:
    world, out, people = world_of(), outs(), []
    who = practitioner(honesty=honesty)
    for stream in streams(N):
        patient = ill(200, **columns)
        lanes = lanes_of(stream, 320)
        see_outpatient(patient, who, where, 0, 1, 1.0, world, out, lanes, stream)
        invent_visit(patient, who, where, 0, world, out, lanes, stream)
        people.append(patient)
    return out.tally[0], people


def test_invented_visits_are_bills_that_only_the_fund_pays() -> None:
    where = workplace(brings_visit_yuan=200.0, settled_share=1.0)
    tally, people = visits(where)
    check_bill(tally)
    true, _ = visits(workplace(settled_share=1.0))
    assert (tally.invented_visits, true.invented_visits) == (N, 0)
    assert tally.visits == tally.settled_visits == 2 * N
    assert tally.patient_fen == true.patient_fen
    assert tally.minutes == true.minutes
    # 80 yuan in the catalogue by 90 %, half paid.
    assert tally.outpatient_cost_fen - true.outpatient_cost_fen == 3_600 * N
    assert sum(who.year_cost_fen for who in people) == tally.outpatient_cost_fen
    assert {who.year_visits for who in people} == {2}


def test_a_cap_that_is_used_up_leaves_nothing_to_invent() -> None:
    where = workplace(brings_visit_yuan=200.0, settled_share=1.0)
    tally, _ = visits(where, year_outpatient_fund_fen=30_000)
    assert tally.invented_visits == 0


def test_few_invent_for_a_few_yuan_and_the_honest_never() -> None:
    where = workplace(brings_outpatient=0.08, brings_visit_yuan=12.0, settled_share=1.0)
    # 14.88 yuan after audit; honesty 0.3 costs 12, 0.8 costs 32.
    careless, careful = (visits(where, honesty)[0].invented_visits for honesty in (0.4, 0.8))
    kept = (12 + 0.08 * 36) * 0.96
    chance = 1 / (1 + np.exp(-(kept - 16) / 3.2))
    check_share("invented", careless, N, chance, (chance / 2, chance * 1.6))
    assert careful <= 10


# -- routine visits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "columns", "less"),
    [
        (0, {"routine": 1}, True),
        (200, {"routine": 2}, True),  # a minor need is brought to the visit
        (200, {"routine": 0}, False),
        (450, {"routine": 1}, False),
        (0, {"routine": 1, "scheme": 2}, False),
    ],
)
def test_only_insured_routine_visits_answer_to_what_they_bring_besides(
    severity: int, columns: dict[str, int], less: bool
) -> None:
    world, who = world_of(), practitioner()
    intensity = plain(treatment.intensity_of)
    places = workplace(), workplace(brings_routine=-0.3)
    for bed in (False, True):
        usual, other = (
            intensity(ill(severity, **columns), who, where, bed, world) for where in places
        )
        assert (other < usual - 0.05) if less and not bed else (other == usual)
    # He also weighs it when he decides whether to treat.
    paid, unpaid = (
        shares(severity, where, **columns)[TREAT]
        for where in (workplace(brings_routine=0.0), workplace(brings_routine=-30.0))
    )
    assert (unpaid < 0.1 < paid) if less else (unpaid == paid)


# -- the encounter ----------------------------------------------------------------------------


def encounter(severity: int, **columns: Any) -> tuple[Any, Any]:
    """One patient at a workplace where what brings most is done for certain."""
    world, out = world_of(), outs()
    world.providers[0] = workplace(
        seen_up_to=2**64 - 1, bed_up_to=2**64 - 1, settled_share=1.0, doctors=1, **columns
    )
    patient = ill(severity)
    waiting = SimpleNamespace(row=0, provider=0, key=5, stream=streams(1)[0])
    attend(patient, waiting, 1, world, out, 3)
    check_bill(out.tally[0])
    return patient, out.tally[0]


def test_who_is_sent_down_is_examined_once_and_leans_to_the_base_next_month() -> None:
    patient, tally = encounter(450, brings_down_yuan=1e6)
    assert (tally.referred_down, tally.visits, tally.admissions) == (1, 1, 0)
    assert (patient.unresolved, patient.severity, patient.habit) == (1, 450, 1)
    slight, _ = encounter(200, brings_down_yuan=1e6)
    assert slight.habit == 0


def test_who_is_put_off_costs_nothing_and_comes_back() -> None:
    dear = {"brings_outpatient": -1e4, "brings_up_yuan": -1e7, "brings_down_yuan": -1e7}
    patient, tally = encounter(200, **dear)
    assert (tally.put_off, tally.visits, tally.outpatient_cost_fen) == (1, 0, 0)
    assert (patient.unresolved, patient.severity) == (1, 200)


def test_a_stay_can_end_at_the_base() -> None:
    whole, usual = encounter(690, brings_inpatient=1.0, brings_down_yuan=-1e6)
    patient, tally = encounter(690, brings_inpatient=1.0, brings_down_yuan=5e4 - 1)
    if tally.admissions == 0:  # being sent down at once must not be open to the severe
        pytest.fail("he was not admitted")
    assert (usual.referred_down, tally.referred_down) == (0, 1)
    assert tally.bed_days < usual.bed_days
    assert (patient.severity, patient.unresolved, patient.habit) == (450, 1, 1)
    assert whole.severity == 690


# -- what is counted by severity ---------------------------------------------------------------

note_seen, note_intensity = plain(treatment.note_seen), plain(treatment.note_intensity)
MODERATE, GRAVE = 450, 700


def test_intensity_is_counted_by_class_and_bed() -> None:
    out, here = outs(), workplace(place=0)
    for severity, bed, intensity in (
        (MODERATE, False, 1.25),
        (MODERATE, False, 0.9),
        (GRAVE, True, 0.8),
        (GRAVE, True, 1.0004),
    ):
        note_intensity(ill(severity), here, bed, intensity, out)
    life = out.life[0]
    assert life.treated.tolist() == [[0, 2, 0, 0, 0], [0, 0, 2, 0, 0]]
    assert life.intensity.tolist() == [[0, 2150, 0, 0, 0], [0, 0, 1800, 0, 0]]
    assert life.departure.tolist() == [[0, 350, 0, 0, 0], [0, 0, 200, 0, 0]]


def test_who_is_put_off_is_counted_among_those_seen() -> None:
    out, here = outs(), workplace(place=0)
    for severity, put_off in ((200, True), (200, False), (950, True)):
        note_seen(ill(severity), here, put_off, out)
    assert out.life[0].seen.tolist() == [2, 0, 0, 1, 0]
    assert out.life[0].put_off.tolist() == [1, 0, 0, 1, 0]


def test_hospitals_outside_are_not_counted() -> None:
    out, away = outs(), workplace(place=1)
    note_seen(ill(GRAVE), away, True, out)
    note_intensity(ill(GRAVE), away, True, 1.3, out)
    assert out.life[0].seen.sum() == out.life[0].treated.sum() == 0
