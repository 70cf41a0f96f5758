"""When and how much of an earned claim is paid: advances, retention, denials, late payment.

A payment scheme says what services earn. The insurance office then checks, keeps back, and
pays late; that part holds under any scheme.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from abm.rule_part import RulePart

LONGEST_DELAY_MONTHS = 12


class Settlement(RulePart):
    """How claims of the county's providers are settled; hospitals outside are paid at once."""

    advance_months: float = Field(
        0.0,
        ge=0,
        le=6,
        description="months of last year's pay advanced in January, returned in December",
    )
    denial_share: float = Field(0.0, ge=0, le=0.5, description="share of a claim that is denied")
    retention: float = Field(
        0.0, ge=0, le=0.5, description="share kept back until the year is cleared"
    )
    retention_returned: float = Field(
        1.0,
        ge=0,
        le=1,
        description="share of what was kept back that is paid at the clearing, in full quality",
    )
    late_months: int = Field(
        0, ge=0, le=LONGEST_DELAY_MONTHS, description="months from a claim to its payment"
    )
    clearing_month: int = Field(
        3, ge=1, le=12, description="month of the next year in which a year is cleared, 1 to 12"
    )

    @property
    def approved_share(self) -> float:
        """Part of a claim that is not denied at once."""
        return 1.0 - self.denial_share

    @property
    def kept_share(self) -> float:
        """Part of a claim that is paid in the end, in full quality."""
        return float(self.kept_at(1.0))

    def kept_at(self, score: float | np.ndarray) -> float | np.ndarray:
        """Part of a claim that is paid in the end, by the quality that decides what comes back."""
        lost = self.retention * (1.0 - self.retention_returned * score)
        return self.approved_share * (1.0 - lost)
