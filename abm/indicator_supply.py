"""Indicators of what there is to care with, by level: beds, stays, doctors' days."""

from __future__ import annotations

from abm.county import Tier
from abm.indicator_care import Where
from abm.indicator_view import Indicator, YearView, ratio


def _occupancy(name: str, label: str, label_zh: str, of: Where) -> Indicator:
    def formula(y: YearView) -> float:
        """Bed-days in use, by people of other counties too, over the bed-days that there are."""
        where = of(y)
        used = y.sum("bed_days", where) + y.bed_days_of_others(where)
        return ratio(used, y.bed_days_room(where))

    return Indicator(
        f"beds.occupancy_{name}",
        "share of bed-days in use",
        f"Bed occupancy, {label}",
        f"{label_zh}病床使用率",
        formula,
        "efficiency",
    )


def _unneeded(name: str, label: str, label_zh: str, of: Where) -> Indicator:
    def formula(y: YearView) -> float:
        """Admissions of needs below severe over all admissions."""
        where = of(y)
        return ratio(y.sum("unneeded_admissions", where), y.sum("admissions", where))

    return Indicator(
        f"use.unneeded_share_{name}",
        "share of admissions",
        f"Admissions of needs that called for no bed, {label}",
        f"{label_zh}不必要住院占比",
        formula,
        "clinical capacity",
    )


def _los(name: str, label: str, label_zh: str, of: Where) -> Indicator:
    def formula(y: YearView) -> float:
        """Bed-days over admissions."""
        where = of(y)
        return ratio(y.sum("bed_days", where), y.sum("admissions", where))

    return Indicator(
        f"stay.los_days_{name}",
        "days per admission",
        f"Length of stay, {label}",
        f"{label_zh}平均住院日",
        formula,
        "efficiency",
    )


def _work(name: str, label: str, label_zh: str, of: Where) -> tuple[Indicator, Indicator]:
    def visits(y: YearView) -> float:
        """Visits, those of other counties' people included, over doctors' working days."""
        where = of(y)
        visits = y.sum("visits", where) + y.visits_of_others(where)
        return ratio(visits, y.whole_doctor_days(where))

    def bed_days(y: YearView) -> float:
        """Bed-days over doctors' working days."""
        where = of(y)
        return ratio(y.sum("bed_days", where), y.doctor_days(where))

    return (
        Indicator(
            f"work.visits_per_doctor_day_{name}",
            "visits per doctor and working day (251 a year)",
            f"Visits per doctor and day, {label}",
            f"{label_zh}医师日均担负诊疗人次",
            visits,
            "efficiency",
        ),
        Indicator(
            f"work.bed_days_per_doctor_day_{name}",
            "bed-days per doctor and working day (251 a year)",
            f"Bed-days per doctor and day, {label}",
            f"{label_zh}医师日均担负住院床日",
            bed_days,
            "efficiency",
        ),
    )


LEVELS: tuple[tuple[str, str, str, Where], ...] = (
    ("township", "township centres", "乡镇卫生院", lambda y: y.at(Tier.TOWNSHIP)),
    ("county", "county hospitals", "县级医院", lambda y: y.at(Tier.COUNTY)),
    ("city", "city hospitals", "市级医院", lambda y: y.city),
)
SUPPLY = (
    *(_occupancy(*level) for level in LEVELS),
    *(_los(*level) for level in LEVELS),
    *(_unneeded(*level) for level in LEVELS[:2]),
    *(one for level in LEVELS for one in _work(*level)),
)
