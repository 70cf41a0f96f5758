"""Staff pay: how an employer's money becomes a doctor's."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from abm.county import Tier
from agents.incentive import BRINGS, nothing

SCALE_YUAN = {
    "village_doctor": 60_000.0,
    "assistant_physician": 80_000.0,
    "physician": 100_000.0,
    "attending": 140_000.0,
    "associate_chief": 190_000.0,
    "chief": 250_000.0,
}
"""Yuan a year by title: Sanming's launch paid 100,000 to 250,000; steps between assumed."""


class Standing(NamedTuple):
    """How providers stand, as far as it decides what a bonus is worth to their doctors."""

    chance_of_balance: np.ndarray
    """(provider,) chance that a month closes above zero."""
    paid_share: np.ndarray
    """(provider,) share of a bonus due that is paid and not owed."""
    performance_yuan_per_minute: np.ndarray
    """(provider,) performance pay of one scale that one more minute of work moves to a doctor."""
    minutes_per_visit: np.ndarray
    minutes_per_bed_day: np.ndarray


class PayRule(BaseModel):
    """What part of a doctor's income moves with what he does.

    Parts add up: a share of revenue or of the balance, a further share of the balance, and
    so much a visit and bed-day. With nothing of them pay is a fixed salary.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    bonus_on: Literal["revenue", "balance", "nothing"] = Field(
        "revenue", description="what the bonus is a share of"
    )
    bonus_share: float = Field(
        0.08, ge=0, le=0.5, description="share of it that goes to the doctor"
    )
    balance_share: float = Field(
        0.0, ge=0, le=0.5, description="share of the balance that goes to doctors besides"
    )
    primary_factor: float = Field(
        1.0,
        ge=0,
        le=2,
        description="times the bonus at village and township level, whose pay may be held down",
    )
    workload_yuan_per_visit: float = Field(
        0.0, ge=0, le=200, description="bonus for each visit, whatever is billed"
    )
    workload_yuan_per_bed_day: float = Field(
        0.0, ge=0, le=200, description="bonus for each bed-day, whatever is billed"
    )
    scale: Literal["contract", "one_scale"] = Field(
        "contract", description="base pay by each contract, or one scale by title at every level"
    )
    performance_share: float = Field(
        0.1, ge=0, le=1, description="part of the one scale that is shared out by work done"
    )
    scale_paid_by: Literal["employer", "government"] = Field(
        "employer", description="who pays what the one scale costs above the contracts"
    )
    scale_yuan: dict[str, Annotated[float, Field(ge=0, le=1_000_000)]] = Field(
        default_factory=lambda: dict(SCALE_YUAN), description="the one scale: yuan a year by title"
    )

    bonus_factor_most: float = Field(
        1.0,
        ge=1,
        le=3,
        description="most by which a management may multiply or divide the bonus; 1: not at all",
    )

    @model_validator(mode="after")
    def _one_scale_without_revenue(self) -> PayRule:
        if self.scale == "one_scale" and self.bonus_on == "revenue":
            raise ValueError("bonus_on: under one_scale allowed: balance, nothing")
        return self

    def brings(
        self,
        employer: np.ndarray,
        variable_cost_share: np.ndarray,
        standing: Standing | None = None,
    ) -> np.recarray:
        """What one more of each brings the doctor who does it, (provider,) of BRINGS.

        The derivative of what :meth:`bonus_fen` is expected to pay: a balance counts as
        likely as it is above zero, and any bonus as far as it is paid and not owed.

        Parameters
        ----------
        employer
            (provider,) of BRINGS, what it brings the employer under the payment scheme.
        variable_cost_share
            (provider,) drugs and materials that a yuan billed uses up.
        standing
            How the providers stand; as if every bonus were paid, if absent.
        """
        n = len(employer)
        chance = np.ones(n) if standing is None else standing.chance_of_balance
        paid = np.ones(n) if standing is None else standing.paid_share
        doctor = nothing(n)
        share = self.balance_share + (self.bonus_share if self.bonus_on == "balance" else 0.0)
        if share > 0.0:
            felt = share * chance * paid
            for name in BRINGS.names or ():
                doctor[name] = felt * employer[name]
            for name in ("outpatient", "inpatient"):
                doctor[name] -= felt * variable_cost_share
        if self.bonus_on == "revenue":
            for name in ("outpatient", "inpatient"):
                doctor[name] += self.bonus_share * paid
        doctor.visit_yuan += self.workload_yuan_per_visit * paid
        doctor.bed_day_yuan += self.workload_yuan_per_bed_day * paid
        if self.scale == "one_scale" and standing is not None:
            a_minute = standing.performance_yuan_per_minute
            doctor.visit_yuan += a_minute * standing.minutes_per_visit
            doctor.bed_day_yuan += a_minute * standing.minutes_per_bed_day
        return doctor

    def level_factor(self, tier: np.ndarray) -> np.ndarray:
        """(provider,) by what the rule's bonus is multiplied at each level."""
        return np.where(tier <= Tier.TOWNSHIP, self.primary_factor, 1.0)

    def bonus_fen(
        self,
        billed_fen: np.ndarray,
        balance_fen: np.ndarray,
        visits: np.ndarray | int = 0,
        bed_days: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Bonus that each provider owes its doctors for a month, (provider,) whole fen."""
        balance = np.maximum(balance_fen, 0)
        bonus = self.balance_share * balance
        if self.bonus_on != "nothing":
            bonus += self.bonus_share * (billed_fen if self.bonus_on == "revenue" else balance)
        work = self.workload_yuan_per_visit * visits + self.workload_yuan_per_bed_day * bed_days
        return np.floor(bonus + 100.0 * work).astype(np.int64)

    def yearly_pay_fen(
        self, contract_fen: np.ndarray, title: np.ndarray, titles: tuple[str, ...]
    ) -> np.ndarray:
        """Yearly pay of each doctor without bonus, (doctor,): by contract, or by the one scale.

        A title that the scale does not name keeps its contract; nobody loses by the scale.
        """
        if self.scale == "contract":
            return contract_fen
        by_title = np.array([100.0 * self.scale_yuan.get(name, 0.0) for name in titles])
        return np.maximum(contract_fen, np.floor(by_title[title] + 0.5).astype(np.int64))
