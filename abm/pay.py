"""Staff pay: how an employer's money becomes a doctor's."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from abm.county import Place, Tier
from abm.rule_part import RulePart, Share
from agents.incentive import BRINGS, nothing

_BILLS = ("outpatient", "inpatient")


class Standing(NamedTuple):
    """How providers stand, as far as it decides what pay is worth to their doctors.

    All are (provider,) arrays; what is absent counts as said beside it.
    """

    chance_of_balance: np.ndarray
    """Chance that a month closes above zero."""
    paid_share: np.ndarray
    """Share of a bonus due that is paid and not owed."""
    performance_yuan_per_minute: np.ndarray
    """Performance pay that one more unit of work, a minute or a point, moves to a doctor."""
    minutes_per_visit: np.ndarray
    minutes_per_bed_day: np.ndarray
    factor: np.ndarray | None = None
    """What level and management make of the policy's bonus; 1."""
    doctors: np.ndarray | None = None
    """Doctors among whom a team's part is shared; 1."""
    unit_yuan: np.ndarray | None = None
    """Bonus of one more unit of work, where it is shared by work; nil."""
    own_account: np.ndarray | None = None
    """Whether its doctors live off what the place leaves; none."""
    health_weight: np.ndarray | None = None
    """Part of the bonus that management pays by health results; nil."""
    health_score: np.ndarray | None = None
    """Part of that which is paid; nil."""
    goal_yuan: np.ndarray | None = None
    """What one more patient under control adds to that, a year; nil."""
    controlled_share: np.ndarray | None = None
    """Chance that one more patient managed is under control; nil."""


class PayRule(RulePart):
    """What part of a doctor's income moves with what he does.

    Parts add up: a share of revenue or of the balance, a further share of the balance, and
    so much a visit and bed-day; so much for patients kept managed and under control. With
    nothing of them pay is a fixed salary.
    """

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
    shared_by: Literal["billing", "work"] = Field(
        "billing",
        description="a place's bonus is shared among its doctors by what each billed, or by work: "
        "the value of a unit is the pool over all units",
    )
    work_counted_in: Literal["minutes", "points"] = Field(
        "minutes", description="how work is counted: in minutes, or in the points below"
    )
    points_per_visit: float = Field(1.0, ge=0, le=1000, description="points of a visit")
    points_per_admission: float = Field(0.0, ge=0, le=1000, description="points of an admission")
    points_per_bed_day: float = Field(1.0, ge=0, le=1000, description="points of a bed-day")
    yuan_per_managed: float = Field(
        0.0,
        ge=0,
        le=2000,
        description="for each chronic patient managed at the year's end, to those who look after "
        "him: a year",
    )
    yuan_per_controlled: float = Field(
        0.0, ge=0, le=2000, description="the same for each of them who is under control"
    )
    scale: Literal["contract", "one_scale"] = Field(
        "contract", description="base pay by each contract, or one scale by title at every level"
    )
    scale_yuan: dict[str, Annotated[float, Field(ge=0, le=1_000_000)]] = Field(
        default_factory=dict, description="the one scale: yuan a year by title"
    )
    scale_paid_by: Literal["employer", "government"] = Field(
        "employer", description="who pays what the one scale costs above the contracts"
    )
    performance_share: Share = Field(
        0.0, description="part of base pay that is shared out by work done"
    )
    village: Literal["employed", "own_account"] = Field(
        "employed",
        description="village doctors have base pay and bonus, or live off what their clinic's "
        "public-health money, subsidies and bills leave",
    )
    bonus_factor_most: float = Field(
        1.0,
        ge=1,
        le=3,
        description="most by which a management may multiply or divide the bonus; 1: not at all",
    )
    director_yuan: float = Field(
        0.0,
        ge=0,
        le=2_000_000,
        description="yearly salary of a director, paid by government; 0: the place pays him",
    )
    director_of: Literal["county", "township"] = Field(
        "county", description="lowest level whose directors have it"
    )
    director_on_balance: Share = Field(
        0.0, description="part of it that is paid if the year does not close in the red"
    )
    director_on_health: Share = Field(
        0.0, description="part of it that is paid as far as the goal of control is reached"
    )
    control_goal: float = Field(
        0.6, gt=0, le=1, description="share of managed patients under control that is the goal"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> PayRule:
        if self.scale == "one_scale" and self.bonus_on == "revenue":
            raise ValueError("bonus_on: under one_scale allowed: balance, nothing")
        if self.scale == "one_scale" and not self.scale_yuan:
            raise ValueError("scale_yuan: is missing; under one_scale allowed: yuan by title")
        if self.director_on_balance + self.director_on_health > 1.0 + 1e-9:
            raise ValueError("director_on_balance and director_on_health: allowed: 1 together")
        return self

    @property
    def counts_health(self) -> bool:
        """Whether anybody's pay depends on patients managed or controlled."""
        directors = self.director_yuan > 0.0 and self.director_on_health > 0.0
        return self.yuan_per_managed > 0.0 or self.yuan_per_controlled > 0.0 or directors

    @property
    def director_weight(self) -> float | None:
        """Part of a bonus on which directors are led to set health; None: their pay says nothing.

        A director who is paid for the balance and for health shares the bonus out as his own
        pay is; one whom the place pays looks after its money.
        """
        if self.director_yuan == 0.0:
            return 0.0
        both = self.director_on_balance + self.director_on_health
        return self.director_on_health / both if both > 0.0 else None

    def on_own_account(self, tier: np.ndarray, place: np.ndarray) -> np.ndarray:
        """(provider,) whether its doctors live off what the place leaves."""
        clinics = (tier == Tier.VILLAGE) & (place == Place.IN_COUNTY)
        return np.asarray(clinics & (self.village == "own_account"))

    # -- what one more of each brings --------------------------------------------------

    def of_a_yuan(self, standing: Standing | None, n: int) -> tuple[np.ndarray, np.ndarray]:
        """What a yuan of the balance, and a yuan billed, bring the doctor who makes it.

        A balance counts as likely as it is above zero, and any bonus as far as it is paid and
        not owed. Of a bonus that is shared by work, or as a team's, he has his part only.

        Returns
        -------
        tuple
            Of two (provider,) arrays, in yuan.
        """
        balance = self.balance_share + (self.bonus_share if self.bonus_on == "balance" else 0.0)
        revenue = self.bonus_share if self.bonus_on == "revenue" else 0.0
        if standing is None:
            return np.full(n, balance), np.full(n, revenue)
        paid = standing.paid_share
        of_balance = balance * standing.chance_of_balance * paid
        of_revenue = revenue * paid
        part = self._own_part(standing)
        if part is not None:
            of_balance, of_revenue = of_balance * part, of_revenue * part
        if standing.factor is not None:
            of_balance, of_revenue = of_balance * standing.factor, of_revenue * standing.factor
        if standing.own_account is not None:
            own = standing.chance_of_balance * paid
            of_balance = np.where(standing.own_account, own, of_balance)
            of_revenue = np.where(standing.own_account, 0.0, of_revenue)
        return of_balance, of_revenue

    def _own_part(self, standing: Standing) -> np.ndarray | None:
        """(provider,) part of what he adds to the bonus that comes to himself; None: all of it."""
        by_work = self.shared_by == "work"
        weight = standing.health_weight
        if not by_work and weight is None:
            return None
        n = np.maximum(_or(standing.doctors, 1.0), 1)
        health = _or(weight, 0.0)
        team = health * _or(standing.health_score, 0.0) / n
        return np.asarray((1.0 - health) * (1.0 / n if by_work else 1.0) + team)

    def brings(
        self,
        employer: np.ndarray,
        supplies_cost: np.ndarray,
        standing: Standing | None = None,
    ) -> np.recarray:
        """What one more of each brings the doctor who does it, (provider,) of BRINGS.

        The derivative of what is expected to be paid.

        Parameters
        ----------
        employer
            (provider,) of BRINGS, what it brings the employer under the payment scheme.
        supplies_cost
            (provider,) or (kind, provider) drugs and materials that a yuan billed uses up, of
            visits and of admissions.
        standing
            How the providers stand; as if every bonus were paid, if absent.
        """
        n = len(employer)
        doctor = nothing(n)
        of_balance, of_revenue = self.of_a_yuan(standing, n)
        cost = np.broadcast_to(supplies_cost, (len(_BILLS), n))
        for name in BRINGS.names or ():
            doctor[name] = of_balance * employer[name]
        for kind, name in enumerate(_BILLS):
            doctor[name] -= of_balance * cost[kind]
            doctor[name] += of_revenue
        paid = np.ones(n) if standing is None else standing.paid_share
        by_work = paid
        if standing is not None:
            part = self._own_part(standing)
            by_work = paid * _or(standing.factor, 1.0) * (1.0 if part is None else part)
            if standing.own_account is not None:
                by_work = np.where(standing.own_account, 0.0, by_work)
        doctor.visit_yuan += self.workload_yuan_per_visit * by_work
        doctor.bed_day_yuan += self.workload_yuan_per_bed_day * by_work
        if standing is not None:
            self._add_work(doctor, standing)
            self._add_health(doctor, standing)
        return doctor

    def _add_work(self, doctor: np.recarray, standing: Standing) -> None:
        """Add what one more unit of work moves to him of pay that is shared by work."""
        unit = np.zeros(len(doctor))
        if self.performance_share > 0.0:
            unit = unit + standing.performance_yuan_per_minute
        if self.shared_by == "work" and standing.unit_yuan is not None:
            unit = unit + standing.unit_yuan * standing.paid_share
        if not unit.any():
            return
        visit, admission, bed_day = self.units(
            standing.minutes_per_visit, standing.minutes_per_bed_day
        )
        doctor.visit_yuan += unit * visit
        doctor.admission_yuan += unit * admission
        doctor.bed_day_yuan += unit * bed_day

    def _add_health(self, doctor: np.recarray, standing: Standing) -> None:
        """Add his part of what a team has for one more patient managed, and controlled."""
        part = standing.paid_share / np.maximum(_or(standing.doctors, 1.0), 1) / 12.0
        controlled = self.yuan_per_controlled + _or(standing.goal_yuan, 0.0)
        doctor.managed_yuan += self.yuan_per_managed * part
        doctor.held_yuan += controlled * _or(standing.controlled_share, 0.0) * part

    # -- what is paid ------------------------------------------------------------------

    def units(
        self, minutes_per_visit: np.ndarray, minutes_per_bed_day: np.ndarray
    ) -> tuple[np.ndarray | float, float, np.ndarray | float]:
        """Units of work of a visit, an admission and a bed-day: minutes or points."""
        if self.work_counted_in == "minutes":
            return minutes_per_visit, 0.0, minutes_per_bed_day
        return self.points_per_visit, self.points_per_admission, self.points_per_bed_day

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

    def health_fen(self, managed: np.ndarray, controlled: np.ndarray) -> np.ndarray:
        """(provider,) fen a year for chronic patients managed, and for those under control."""
        yuan = self.yuan_per_managed * managed + self.yuan_per_controlled * controlled
        return np.floor(100.0 * yuan + 0.5).astype(np.int64)

    def director_fen(self, in_the_black: np.ndarray, health_score: np.ndarray) -> np.ndarray:
        """(provider,) a director's salary of a year, whole fen.

        Parameters
        ----------
        in_the_black
            (provider,) whether the year did not close below zero.
        health_score
            (provider,) part of the goal of control that is reached, at most 1.
        """
        fixed = 1.0 - self.director_on_balance - self.director_on_health
        parts = fixed + self.director_on_balance * in_the_black
        parts = parts + self.director_on_health * health_score
        return np.floor(100.0 * self.director_yuan * parts + 0.5).astype(np.int64)

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


def _or(values: np.ndarray | None, otherwise: float) -> np.ndarray:
    return np.asarray(otherwise if values is None else values)
