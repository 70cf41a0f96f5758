"""A medical consortium: the lead hospital, township centres and village clinics as one."""

from __future__ import annotations

import numpy as np

from agents.foundation.records import RowAgent

CONSORTIUM = np.dtype(
    [
        ("cash_fen", "i8"),
        ("year_prepaid_fen", "i8"),
        ("year_charged_fen", "i8"),  # what its people's care was charged to it
        ("last_surplus_fen", "i8"),
        ("alive", "i8"),
    ],
    align=True,
)


class Consortium(RowAgent, dtype=CONSORTIUM):
    """A consortium as a Mesa agent."""
