"""A household survey of the county's people, once a year: what they have, and who was ill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.county import MAX_AGE
from agents.conditions import N_CONDITIONS
from agents.foundation import draws
from agents.foundation.compile import chunk_loop, scalar
from agents.foundation.draws import month_stream, uniform
from agents.life import age_years
from agents.patient import NOWHERE

if TYPE_CHECKING:
    from abm.model import Model

DAYS_IN_MONTH = 365.0 / 12.0
SURVEY_DAYS = 14.0

(
    PEOPLE,
    PRESENT,
    INSURED,
    ILL,
    ILL_AND_SEEN,
    ADMITTED,
    PRESENT_INSURED,
    PRESENT_ADMITTED,
    KNOWS,
    KNOWS_AND_ILL,
    KEY_GROUP,
    KEY_CONTRACT,
    CONTRACT,
) = range(13)
"""Rows of Survey.people."""
HAS, AWARE, MANAGED, CONTROLLED, TREATED, STAGE_2, STAGE_3 = range(7)
"""Rows of Survey.conditions."""
KEY_AGE_YEARS = 65
"""Age from which a resident belongs to the key groups of family-doctor contracts."""
WELL, ACUTELY, CHRONICALLY = range(3)
"""How a resident was ill in the last two weeks; CHRONICALLY: by a chronic condition alone."""


@dataclass(frozen=True)
class Survey:
    """Counts of agents by single year of age at the end of a year.

    ``people`` is (13, sex, age): all, present, insured by the residents' scheme, ill within
    two weeks (of those present), of these treated by a doctor, the year's admissions of the
    insured, the insured who are present, the year's admissions of these, those present who know
    of a chronic condition, of these ill within two weeks, those present of the key groups (65 and
    over, or know of a condition), of these with a family-doctor contract, all present with a
    contract. Admissions count those who died or left in the year too.
    ``conditions`` is (7, k, sex, age) of those present: has it, knows, is managed, controlled,
    treated (knows and has drugs), in stage 2, in stage 3.
    """

    people: np.ndarray
    conditions: np.ndarray


@scalar
def was_ill(patient: Any, symptom: Any, duration_days: float, stream: int) -> int:
    """How he would tell a survey that he was ill in the last two weeks: WELL, ACUTELY, CHRONICALLY.

    An acute illness of d days reaches into a window of 14 days with chance
    (14 + d) / days in a month; a chronic condition makes itself felt by its stage.
    """
    if patient.cause >= 0:
        window = (SURVEY_DAYS + duration_days) / DAYS_IN_MONTH
        if uniform(stream, draws.SURVEY) < window:
            return ACUTELY
    for k in range(N_CONDITIONS):
        if patient.stage[k] > 0:
            chance = symptom[k, patient.stage[k]]
            if uniform(stream, draws.SYMPTOM + k) < chance:
                return CHRONICALLY
    return WELL


@scalar
def was_seen(patient: Any, ill: int) -> bool:
    """Whether an ill person would say that a doctor treats it.

    He was seen, or goes on with drugs that a doctor gave him for a chronic condition before:
    the national survey counts continued treatment apart from being left without.
    """
    return patient.slot != NOWHERE or (ill == CHRONICALLY and patient.drug_months > 0)


@scalar
def count_admissions(patient: Any, people: Any, month: int) -> None:
    """Count the year's admissions of one insured resident, also if he died or left in it."""
    if patient.scheme != 1 or (patient.alive == 0 and patient.exit_month <= month - 12):
        return
    sex, age = patient.sex, age_years(patient)
    people[ADMITTED, sex, age] += patient.year_admissions
    if patient.elsewhere == 0:
        people[PRESENT_ADMITTED, sex, age] += patient.year_admissions


@scalar
def count_conditions(patient: Any, conditions: Any) -> bool:
    """Count the chronic conditions of one resident; whether he knows of any."""
    sex, age = patient.sex, age_years(patient)
    knows = False
    for k in range(N_CONDITIONS):
        stage = patient.stage[k]
        if stage == 0:
            continue
        conditions[HAS, k, sex, age] += 1
        conditions[AWARE, k, sex, age] += patient.aware[k]
        conditions[MANAGED, k, sex, age] += patient.managed[k]
        conditions[CONTROLLED, k, sex, age] += patient.controlled[k]
        if stage == 2:
            conditions[STAGE_2, k, sex, age] += 1
        elif stage == 3:
            conditions[STAGE_3, k, sex, age] += 1
        if patient.aware[k] == 1:
            knows = True
            if patient.drug_months > 0:
                conditions[TREATED, k, sex, age] += 1
    return knows


@scalar
def count_present(patient: Any, people: Any, ill: int, knows: bool) -> None:
    """Count one resident who is present into the rows of people."""
    sex, age = patient.sex, age_years(patient)
    people[PRESENT, sex, age] += 1
    people[CONTRACT, sex, age] += patient.contract
    if patient.scheme == 1:
        people[PRESENT_INSURED, sex, age] += 1
    if ill != WELL:
        people[ILL, sex, age] += 1
        if was_seen(patient, ill):
            people[ILL_AND_SEEN, sex, age] += 1
    if knows:
        people[KNOWS, sex, age] += 1
        if ill != WELL:
            people[KNOWS_AND_ILL, sex, age] += 1
    if knows or age >= KEY_AGE_YEARS:
        people[KEY_GROUP, sex, age] += 1
        people[KEY_CONTRACT, sex, age] += patient.contract


@chunk_loop
def survey_chunk(
    rows: Any,
    start: int,
    stop: int,
    people: Any,
    conditions: Any,
    symptom: Any,
    duration_days: float,
    seed: int,
    month: int,
) -> None:
    """Count the residents of a chunk into the survey's tables."""
    for row in range(start, stop):
        patient = rows[row]
        count_admissions(patient, people, month)
        if patient.alive == 0:
            continue
        sex, age = patient.sex, age_years(patient)
        people[PEOPLE, sex, age] += 1
        if patient.scheme == 1:
            people[INSURED, sex, age] += 1
        if patient.elsewhere == 1:
            continue
        stream = month_stream(seed, patient.key, month)
        ill = was_ill(patient, symptom, duration_days, stream)
        knows = count_conditions(patient, conditions)
        count_present(patient, people, ill, knows)


def survey(model: Model) -> Survey:
    """Survey everybody as he stands at the end of the month."""
    county = model.county
    ages = MAX_AGE + 1
    people = np.zeros((CONTRACT + 1, 2, ages), np.int64)
    conditions = np.zeros((STAGE_3 + 1, N_CONDITIONS, 2, ages), np.int64)
    run = model.engine.loop(survey_chunk)
    run(
        model.engine.rows(model.patients),
        0,
        len(model.patients),
        people,
        conditions,
        county.conditions.symptom_per_month,
        county.value("illness.duration_days"),
        model.seed,
        model.month,
    )
    return Survey(people, conditions)
