"""Staff pay: how an employer's money becomes a doctor's."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class PayRule(BaseModel):
    """What part of a doctor's income moves with what he does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bonus_on: Literal["revenue", "balance", "nothing"] = Field(
        "revenue", description="what the bonus is a share of"
    )
    bonus_share: float = Field(
        0.08, ge=0, le=0.5, description="share of it that goes to the doctor"
    )

    def brings_per_yuan(
        self, income_per_yuan: np.ndarray, variable_cost_share: np.ndarray
    ) -> np.ndarray:
        """What one more yuan billed brings the doctor who bills it, (provider,).

        Parameters
        ----------
        income_per_yuan
            (provider,) what it brings the employer under the payment scheme.
        variable_cost_share
            (provider,) drugs and materials that a yuan billed uses up.
        """
        if self.bonus_on == "revenue":
            return np.full(len(income_per_yuan), self.bonus_share)
        if self.bonus_on == "balance":
            return self.bonus_share * (income_per_yuan - variable_cost_share)
        return np.zeros(len(income_per_yuan))

    def bonus_fen(self, billed_fen: np.ndarray, balance_fen: np.ndarray) -> np.ndarray:
        """Bonus that each provider pays its doctors for a month, (provider,) whole fen."""
        base = billed_fen if self.bonus_on == "revenue" else np.maximum(balance_fen, 0)
        share = 0.0 if self.bonus_on == "nothing" else self.bonus_share
        return np.floor(base * share).astype(np.int64)
