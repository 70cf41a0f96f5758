"""What a resident would tell a household survey."""

from __future__ import annotations

import pytest

from abm import survey
from agents.foundation.compile import plain
from agents.patient import NOWHERE
from tests.agents.people import resident

was_seen = plain(survey.was_seen)


@pytest.mark.parametrize(
    ("slot", "drug_months", "ill", "seen"),
    [
        (2, 0, survey.ACUTELY, True),
        (2, 0, survey.CHRONICALLY, True),
        (NOWHERE, 2, survey.CHRONICALLY, True),  # goes on with what a doctor gave him
        (NOWHERE, 2, survey.ACUTELY, False),  # his drugs are for something else
        (NOWHERE, 0, survey.CHRONICALLY, False),
    ],
)
def test_who_counts_as_treated_by_a_doctor(
    slot: int, drug_months: int, ill: int, seen: bool
) -> None:
    assert was_seen(resident(slot=slot, drug_months=drug_months), ill) is seen
