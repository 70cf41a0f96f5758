"""How a resident begins in the model: born here, moved in, or living here at the start."""

from __future__ import annotations

from typing import Any, NamedTuple

from agents.conditions import N_CONDITIONS
from agents.foundation import draws
from agents.foundation.compile import scalar
from agents.foundation.draws import uniform
from agents.foundation.exact import exp, normal_quantile
from agents.foundation.slots import N_SLOTS
from agents.life import age_years
from agents.patient import BELIEF_SCALE, NOWHERE

EMPLOYEE_AT_BIRTH = 2
RESIDENT = 1


class Start(NamedTuple):
    """What residents have when they begin; ``k`` runs over the conditions."""

    prevalence: Any
    """(k, sex, age)."""
    stage_share: Any
    """(k, 3), cumulative over stages 1 to 3."""
    aware: Any
    """(k,), of those who have it."""
    managed: Any
    """(k,), of the aware."""
    controlled: Any
    """(k,), of the aware."""
    scheme_share: Any
    """(3, age), cumulative over no scheme, residents', employees'."""
    village_income_yuan: Any
    """(village,)."""
    income_sigma: float
    """Spread of income inside a village, standard deviation of its logarithm."""
    aided_share: Any
    """(village,)."""
    belief: Any
    """(village + 1, slot): believed chance of right care before any own visit."""
    belief_spread: float
    contract_share: float
    contract_share_key_groups: float
    """Share with a family-doctor contract among those over 65 or with a known condition."""


@scalar
def draw_income(patient: Any, start: Start, stream: int) -> None:
    """Income around his village's mean: lognormal."""
    sigma = start.income_sigma
    noise = exp(sigma * normal_quantile(uniform(stream, draws.INCOME)) - 0.5 * sigma * sigma)
    income = start.village_income_yuan[patient.village] * noise
    patient.income_yuan = min(int(income), 2_000_000)
    patient.aided = 1 if uniform(stream, draws.AIDED) < start.aided_share[patient.village] else 0


@scalar
def draw_scheme(patient: Any, start: Start, stream: int) -> None:
    """Insurance by age; whoever is here and lives elsewhere is insured by the residents' scheme."""
    if patient.elsewhere == 1:
        patient.scheme = RESIDENT
        return
    age = age_years(patient)
    draw = uniform(stream, draws.SCHEME)
    scheme = 0
    while scheme < EMPLOYEE_AT_BIRTH and draw >= start.scheme_share[scheme, age]:
        scheme += 1
    patient.scheme = scheme


@scalar
def draw_conditions(patient: Any, start: Start, stream: int) -> bool:
    """Chronic conditions by age and sex, with stage and cascade; whether he knows of any."""
    age = age_years(patient)
    knows = False
    for k in range(N_CONDITIONS):
        chance = start.prevalence[k, patient.sex, age]
        draw = uniform(stream, draws.STAGE + k)
        if draw >= chance:
            continue
        depth = draw / chance
        stage = 1
        while stage < 3 and depth >= start.stage_share[k, stage - 1]:
            stage += 1
        patient.stage[k] = stage
        if uniform(stream, draws.AWARE + k) < start.aware[k]:
            knows = True
            patient.aware[k] = 1
            patient.drug_months = 2
            if uniform(stream, draws.MANAGED + k) < start.managed[k]:
                patient.managed[k] = 1
            if uniform(stream, draws.CONTROLLED + k) < start.controlled[k]:
                patient.controlled[k] = 1
    return knows


@scalar
def draw_beliefs(patient: Any, start: Start, stream: int) -> None:
    """What he believes of each provider before he has used any."""
    place = start.belief.shape[0] - 1 if patient.elsewhere == 1 else patient.village
    for j in range(N_SLOTS):
        noise = normal_quantile(uniform(stream, draws.BELIEF + j))
        believed = start.belief[place, j] + start.belief_spread * noise
        patient.belief[j] = int(min(max(believed, 0.0), 1.0) * BELIEF_SCALE + 0.5)


@scalar
def begin(patient: Any, start: Start, stream: int) -> None:
    """Give a resident, whose key, village, sex and age are set, all the rest."""
    patient.cause = -1
    patient.slot = NOWHERE
    patient.habit = NOWHERE
    draw_income(patient, start, stream)
    draw_scheme(patient, start, stream)
    knows = draw_conditions(patient, start, stream)
    draw_beliefs(patient, start, stream)
    key_group = knows or age_years(patient) >= 65
    share = start.contract_share_key_groups if key_group else start.contract_share
    signs = uniform(stream, draws.SIGN) < share
    patient.contract = 1 if signs and patient.elsewhere == 0 else 0
