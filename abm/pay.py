"""Staff pay: how an employer's money becomes a doctor's."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from agents.incentive import BRINGS, nothing


class PayRule(BaseModel):
    """What part of a doctor's income moves with what he does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bonus_on: Literal["revenue", "balance", "nothing"] = Field(
        "revenue", description="what the bonus is a share of"
    )
    bonus_share: float = Field(
        0.08, ge=0, le=0.5, description="share of it that goes to the doctor"
    )

    def brings(self, employer: np.ndarray, variable_cost_share: np.ndarray) -> np.recarray:
        """What one more of each brings the doctor who does it, (provider,) of BRINGS.

        Parameters
        ----------
        employer
            (provider,) of BRINGS, what it brings the employer under the payment scheme.
        variable_cost_share
            (provider,) drugs and materials that a yuan billed uses up.
        """
        doctor = nothing(len(employer))
        if self.bonus_on == "revenue":
            doctor.outpatient = doctor.inpatient = self.bonus_share
        elif self.bonus_on == "balance":
            for name in BRINGS.names or ():
                doctor[name] = self.bonus_share * employer[name]
            for name in ("outpatient", "inpatient"):
                doctor[name] -= self.bonus_share * variable_cost_share
        return doctor

    def bonus_fen(self, billed_fen: np.ndarray, balance_fen: np.ndarray) -> np.ndarray:
        """Bonus that each provider pays its doctors for a month, (provider,) whole fen."""
        base = billed_fen if self.bonus_on == "revenue" else np.maximum(balance_fen, 0)
        share = 0.0 if self.bonus_on == "nothing" else self.bonus_share
        return np.floor(base * share).astype(np.int64)
