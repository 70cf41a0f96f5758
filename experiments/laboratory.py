"""The laboratory: what one doctor does under a pay rule, by the model's own functions.

After Hennig-Schmidt, Selten and Wiesen (2011). The pay rule is given directly as what one
more of each thing brings the doctor; no county, no queue, no scheme stands between.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from abm.county import County
from abm.grouper import LISTED_SEVERITY, case_weights
from abm.tables import judgement
from agents import deciding, doctor, recording
from agents.deciding import OPTIONS
from agents.doctor import DOCTOR, Judgement
from agents.foundation.compile import plain
from agents.foundation.exact import normal_quantile
from agents.incentive import BRINGS
from agents.patient import CRITICAL, MODERATE, MODERATE_FROM, SEVERE, SEVERE_FROM
from agents.provider import PROVIDER, needed_days

FILE = Path(__file__).with_name("laboratory.toml")
MOST_ALTRUISTIC = 50.0
"""Altruism at which own money and effort hardly count."""
QUANTILES = (0.1, 0.5, 0.9)
DRAWS = 200
_ANY = 0
"""The workplace can treat one illness as well as another."""
"""Doctors by quantile of altruism that a mean is over."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Arm:
    """A pay rule of the laboratory."""

    name: str
    title: str
    source: str
    brings: Mapping[str, float]
    county: bool = False
    """Whether effort is that of the county's doctors, not that of the laboratory."""


@dataclass(frozen=True)
class Done:
    """What a doctor does under a pay rule with a patient of some severity.

    Attributes
    ----------
    intensity
        Of what is done without a bed, in times what the need calls for.
    bed_intensity, stay
        The same for a stay.
    chances
        Of each option, by name.
    upcoded, split, invented
        Chances that a record is false.
    idle
        Share of his minutes that he does not work.
    """

    intensity: float
    bed_intensity: float
    stay: float
    chances: Mapping[str, float]
    upcoded: float
    split: float
    invented: float
    idle: float


@dataclass
class Laboratory:
    """A workplace, patients of three severities, and doctors of any altruism.

    Parameters
    ----------
    county
        Its parameters are how doctors weigh.
    """

    county: County
    design: dict[str, Any] = field(default_factory=dict)
    arms: dict[str, Arm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = tomllib.loads(FILE.read_text(encoding="utf-8"))
        self.design = told["design"]
        for name, arm in told["arm"].items():
            self.arms[name] = Arm(name=name, **arm)
        self.severity: dict[str, float] = self.design["severity"]
        slope = self.county.value("care.severity_price_slope")
        self._weights = case_weights(np.ones(1), slope)[0] / 1000.0
        self._slope = slope

    def judgement(self, arm: Arm) -> Judgement:
        """How doctors weigh: as in the county, effort in the laboratory's own arms as there."""
        weighs = judgement(self.county, 0.02, 1.0)
        return weighs if arm.county else weighs._replace(effort=self.design["effort"])

    def doctor(self, altruism: float) -> Any:
        """A rested, paid doctor of usual skill."""
        effort = self.county.value("care.effort_yuan_per_minute")
        whole: dict[str, Any] = dict.fromkeys(DOCTOR.names or (), 0)
        whole |= {"altruism": altruism, "honesty": altruism, "able": 1.0, "strain": 1.0}
        return SimpleNamespace(**whole | {"effort_yuan": effort})

    def workplace(self, arm: Arm) -> Any:
        """The place that pays by an arm's rule."""
        unknown = set(arm.brings) - set(BRINGS.names or ())
        if unknown:
            raise ValueError(f"{FILE.name}: {arm.name} brings {sorted(unknown)}")
        brings = {f"brings_{name}": value for name, value in arm.brings.items()}
        whole: dict[str, Any] = dict.fromkeys(PROVIDER.names or (), 0)
        return SimpleNamespace(**whole | self.design["workplace"] | brings)

    def altruists(self, quantiles: int = DRAWS) -> np.ndarray:
        """(quantile,) altruism, at the middle of steps of equal chance."""
        normal = plain(normal_quantile)
        steps = [normal((i + 0.5) / quantiles) for i in range(quantiles)]
        mean, spread = self.design["altruism"], self.design["altruism_spread"]
        return np.clip(mean + spread * np.array(steps), 0.2, 2.0)

    def quantity(self, severity: float, intensity: float) -> float:
        """Services given, in the units of the original laboratory."""
        return float(self.design["quantity_needed"] * 2.0 * severity * intensity)

    def do(self, arm: Arm, altruism: float, severity: float) -> Done:
        """Let a doctor decide what to do for an insured patient."""
        weighs, who, where = self.judgement(arm), self.doctor(altruism), self.workplace(arm)
        plain(doctor.plan_month)(who, where, weighs)
        size = plain(doctor.size_of)(severity)
        intensity = plain(doctor.choose_intensity)
        bill = where.admission_price_yuan
        bill *= 1.0 + self._slope * (severity - LISTED_SEVERITY)
        days = plain(needed_days)(where.los_days, severity)
        return Done(
            intensity=intensity(altruism, where.brings_outpatient, 1.0, size, weighs),
            bed_intensity=intensity(altruism, where.brings_inpatient, 1.0, size, weighs),
            stay=plain(doctor.choose_stay)(
                altruism,
                where.brings_inpatient,
                where.brings_bed_day_yuan,
                where.minutes_per_bed_day * who.effort_yuan,
                bill,
                days,
                weighs,
            ),
            chances=self._chances(who, where, severity, bill, days, weighs),
            **self._records(who, where, severity, weighs),
            idle=who.idle_share,
        )

    def _chances(
        self, who: Any, where: Any, severity: float, bill: float, days: float, weighs: Judgement
    ) -> dict[str, float]:
        price, weight = where.visit_price_yuan, self._weights[_class(severity)]
        worth = np.full(len(OPTIONS), deciding.CLOSED)
        worth[deciding.PUT_OFF] = plain(deciding.putting_off_worth)(who, severity, weighs)
        worth[deciding.TREAT] = plain(deciding.treating_worth)(
            who, where, _ANY, severity, price, 1, True, weighs
        )
        if 1000.0 * severity >= MODERATE_FROM:
            worth[deciding.ADMIT] = plain(deciding.admitting_worth)(
                who, where, _ANY, severity, bill, days, weight, True, weighs
            )
        worth[deciding.SEND_UP] = plain(deciding.sending_up_worth)(
            who, where, _ANY, severity, price, True, weighs
        )
        scale = weighs.noise * plain(doctor.stake_of)(severity, weighs)
        odds = np.exp((worth - worth.max()) / scale)
        return dict(zip(OPTIONS, (odds / odds.sum()).tolist(), strict=True))

    def _records(
        self, who: Any, where: Any, severity: float, weighs: Judgement
    ) -> dict[str, float]:
        lies = plain(recording.lie_chance)
        kind = _class(severity)
        true = self._weights[kind]
        higher = self._weights[plain(recording.next_class)(kind)]
        price_part = 0.5 * where.visit_price_yuan
        gains = {
            "upcoded": plain(recording.upcoding_yuan)(where, true, higher),
            "split": plain(recording.splitting_yuan)(who, where, true, 350.0),
            "invented": plain(recording.inventing_yuan)(where, price_part),
        }
        costs = {
            "upcoded": weighs.lie_admission_yuan,
            "split": weighs.lie_split_yuan,
            "invented": weighs.lie_visit_yuan,
        }
        return {name: lies(gain, who.honesty, costs[name], weighs) for name, gain in gains.items()}

    def mean(self, arm: str, severity: float, of: Callable[[Done], float]) -> float:
        """Mean over doctors of all altruisms of something that they do."""
        return float(np.mean([of(self.do(self.arms[arm], a, severity)) for a in self.altruists()]))


def _class(severity: float) -> int:
    thousandths = 1000.0 * severity
    if thousandths < SEVERE_FROM:
        return MODERATE
    return SEVERE if thousandths < 900 else CRITICAL
