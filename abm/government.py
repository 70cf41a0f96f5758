"""What the government pays providers beside the county's fiscal subsidies: a part of a policy."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from abm.rule_part import RulePart
from agents.foundation.money import split_fen, to_fen

VILLAGE, TOWNSHIP = 0, 1


class Government(RulePart):
    """Money for public health, by head, to those who do it."""

    public_health_yuan_per_head: float = Field(
        0.0,
        ge=0,
        le=500,
        description="a year and resident, besides what the county's subsidies hold already",
    )
    public_health_village_share: float = Field(
        0.4, ge=0, le=1, description="part of it for village clinics; the rest for townships"
    )

    drug_subsidy_yuan_per_head: float = Field(
        0.0,
        ge=0,
        le=200,
        description="a year and resident, to village clinics for drugs sold without a markup",
    )

    def drug_subsidy_fen(self, people: int, rows: np.ndarray) -> np.ndarray:
        """(provider,) what each village clinic gets for a year in place of a markup on drugs."""
        whole = to_fen(people * self.drug_subsidy_yuan_per_head)
        return self._shared(whole, VILLAGE, rows)

    def _shared(self, whole: int, tier: int, rows: np.ndarray) -> np.ndarray:
        """Share an amount among a level's providers; shares follow the fiscal subsidy."""
        paid = np.zeros(len(rows), np.int64)
        which = np.flatnonzero((rows["tier"] == tier) & (rows["place"] == 0))
        if len(which):
            weight = np.maximum(rows["subsidy_fen"][which], 1).astype(float)
            paid[which] = split_fen(whole, list(weight))
        return paid

    def public_health_fen(self, people: int, rows: np.ndarray) -> np.ndarray:
        """(provider,) what each primary provider in the county gets for a year.

        Parameters
        ----------
        people
            Residents present.
        rows
            (provider,) of PROVIDER; within a level shares follow the fiscal subsidy, which
            follows the people served.
        """
        whole = to_fen(people * self.public_health_yuan_per_head)
        village = int(whole * self.public_health_village_share)
        rest = whole - village
        return self._shared(village, VILLAGE, rows) + self._shared(rest, TOWNSHIP, rows)
