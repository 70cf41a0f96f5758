"""Chances in a month of what befalls a resident before care, as tables, and their bounds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.conditions import N_CONDITIONS
from agents.foundation.compile import scalar
from agents.foundation.draws import LANES, pack_chances
from agents.foundation.exact import u64

MAX_AGE = 100
DEATH_LANE, MOVE_LANE, BIRTH_LANE, ACUTE_LANE = range(4)
"""Lanes of the month's own bits, for its events."""
ONSET_HASHES = -(-N_CONDITIONS // LANES)
"""Hashes whose lanes hold the onsets of all conditions."""


class Hazards(NamedTuple):
    """Chances in a month, frozen while the month runs; ``k`` runs over the conditions."""

    death: Any
    """(sex, age), for one without chronic condition."""
    birth: Any
    """(age,), of a woman."""
    move: Any
    """(3, age): goes to live elsewhere, returns, leaves for good."""
    onset: Any
    """(sex, age, k), for one without risk conditions."""
    first_onset_age: int
    """Age below which no condition begins."""
    raises: Any
    """(source k, target k, state 0..2), multiplies onset."""
    most_raised: Any
    """(target k,): the most that all sources together can multiply onset."""
    progress: Any
    """(k, stage, controlled)."""
    death_ratio: Any
    """(k, stage, controlled), multiplies death."""
    most_deadly: float
    """The most that all conditions together can multiply death."""
    complication: Any
    """(k, stage, controlled)."""
    complication_severity: Any
    """(k, 2): lowest, highest."""
    onset_severity: Any
    """(k, 2): lowest, highest; zeros where onset is silent."""
    acute: Any
    """(age,)."""
    acute_ratio: Any
    """(k,), multiplies acute."""
    severe_share: Any
    """(age,): share of acute needs that call for a bed."""
    cause_share: Any
    """(age, cause), cumulative."""
    routine: Any
    """(k, managed)."""
    screen: Any
    """(k, old)."""
    enrol: Any
    """(k,), outreach to a diagnosed resident."""
    gain_control: Any
    """(k, managed), while he has his drugs."""
    lose_control: Any
    """(k, managed)."""
    lose_without_drugs: float
    """Multiplies lose_control when he has run out of drugs."""
    resolve: Any
    """(class,): chance that an untreated need passes by itself."""
    rare: Any
    """(:func:`rare_row`, 1 + ONSET_HASHES, 2): the most that death, moving, birth and, by hash,
    each onset can be likely, packed; from :func:`with_rare`."""


def with_rare(hazards: Hazards) -> Hazards:
    """Fill ``rare`` from the other tables."""
    ages = MAX_AGE + 1
    most = np.zeros((2, 2, 2, ages, (1 + ONSET_HASHES) * LANES))  # sick, elsewhere, sex, age
    most[0, ..., DEATH_LANE] = hazards.death
    most[1, ..., DEATH_LANE] = hazards.death * hazards.most_deadly
    most[:, 0, ..., MOVE_LANE] = hazards.move[0] + hazards.move[2]
    most[:, 1, ..., MOVE_LANE] = hazards.move[1] + hazards.move[2]
    most[:, :, 0, :, BIRTH_LANE] = hazards.birth
    most[0, ..., LANES : LANES + N_CONDITIONS] = hazards.onset
    most[1, ..., LANES : LANES + N_CONDITIONS] = hazards.onset * hazards.most_raised
    packed = pack_chances(most.reshape(-1, 1 + ONSET_HASHES, LANES))
    return hazards._replace(rare=packed)


@scalar
def rare_row(patient: Any, age: int, sick: int) -> int:
    """Row of ``Hazards.rare`` for one with or without conditions, here or away, by sex and age."""
    has = 1 if sick > 0 else 0
    return u64(((has * 2 + patient.elsewhere) * 2 + patient.sex) * (MAX_AGE + 1) + age)
