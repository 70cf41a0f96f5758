"""What one more of each thing brings: all that agents ever learn of how they are paid.

A payment scheme says it for an employer, the employer's pay rule for his doctors. Agents
weigh these numbers and do not know the rules behind them.
"""

from __future__ import annotations

import numpy as np

BRINGS = np.dtype(
    [
        ("outpatient", "f8"),  # yuan per yuan billed to an outpatient
        ("inpatient", "f8"),  # yuan per yuan billed of an admission
        ("visit_yuan", "f8"),  # per outpatient visit recorded, besides its bill
        ("admission_yuan", "f8"),  # per admission recorded, besides its bill
        ("weight_yuan", "f8"),  # per unit of case weight recorded
        ("bed_day_yuan", "f8"),  # per bed-day, besides the bill
        ("up_yuan", "f8"),  # per patient sent up
        ("down_yuan", "f8"),  # per patient sent back down, or taken over from above
        ("managed_yuan", "f8"),  # per chronic patient kept managed, a month
        ("held_yuan", "f8"),  # per chronic patient kept under control, a month
        ("well_yuan", "f8"),  # per good outcome of an admission that is paid by its outcome
        ("routine", "f8"),  # yuan per yuan billed of a routine visit, besides `outpatient`
    ]
)
"""Change of income for one more of each, at this point of the year."""

BRINGS_FIELDS = tuple((f"brings_{name}", "f8") for name in BRINGS.names or ())
"""The same as columns of a record."""


def nothing(providers: int) -> np.recarray:
    """(provider,) of BRINGS, nil."""
    return np.zeros(providers, BRINGS).view(np.recarray)
