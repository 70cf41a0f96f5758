"""Providers and their doctors in a generated county."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calibration.composite_people import Village, whole
from calibration.composite_spec import Hospital, Level, Spec
from calibration.schema import ProviderRow


class Money(NamedTuple):
    """Cash at the start, and fixed cost and subsidy a year."""

    cash_yuan: int
    fixed_cost_yuan: int
    subsidy_yuan: int


@dataclass(frozen=True)
class Provider:
    """A provider of a generated county."""

    id: str
    name: str
    tier: str
    place: str
    level: Level
    x_km: float
    y_km: float
    doctors: int
    beds: int
    money: Money
    township_id: str = ""
    village_id: str = ""
    consortium_id: str = ""
    other_load_share: float = 0.0
    hospital: Hospital | None = None
    licensed: bool = False


def providers(spec: Spec, villages: Sequence[Village]) -> list[Provider]:
    """All providers: village clinics, township centres, then those described one by one."""
    return [
        *_clinics(spec, villages),
        *_centres(spec, villages),
        *(_hospital(spec, hospital) for hospital in spec.hospitals),
    ]


def _money(level: Level, weights: np.ndarray) -> list[Money]:
    """Split the level's yearly sums over its providers, in whole yuan."""
    sums = (level.cash_yuan, level.fixed_cost_yuan, level.subsidy_yuan)
    parts = [whole(int(total), weights).tolist() for total in sums]
    return [Money(*amounts) for amounts in zip(*parts, strict=True)]


def _clinics(spec: Spec, villages: Sequence[Village]) -> list[Provider]:
    level = spec.levels["village"]
    persons = np.array([village.persons for village in villages])
    doctors = 1 + whole(level.doctors - len(villages), np.maximum(persons - 600, 1))
    licensed = set(np.argsort(-persons, kind="stable")[: level.licensed_clinics].tolist())
    money = _money(level, persons)
    return [
        Provider(
            id=f"clinic_{village.id}",
            name=f"{village.name} village clinic",
            tier="village",
            place="in_county",
            level=level,
            x_km=village.x_km,
            y_km=village.y_km,
            doctors=int(doctors[k]),
            beds=0,
            township_id=spec.townships[village.township].id,
            village_id=village.id,
            consortium_id=spec.consortium,
            licensed=k in licensed,
            money=money[k],
        )
        for k, village in enumerate(villages)
    ]


def _centres(spec: Spec, villages: Sequence[Village]) -> list[Provider]:
    level = spec.levels["township"]
    persons = np.zeros(len(spec.townships))
    for village in villages:
        persons[village.township] += village.persons
    beds, doctors = whole(level.beds, persons), whole(level.doctors, persons)
    money = _money(level, persons)
    return [
        Provider(
            id=f"centre_{township.id}",
            name=f"{township.name} health centre",
            tier="township",
            place="in_county",
            level=level,
            x_km=township.x_km,
            y_km=township.y_km,
            doctors=max(int(doctors[k]), 1),
            beds=int(beds[k]),
            township_id=township.id,
            consortium_id=spec.consortium,
            money=money[k],
        )
        for k, township in enumerate(spec.townships)
    ]


def _hospital(spec: Spec, hospital: Hospital) -> Provider:
    return Provider(
        id=hospital.id,
        name=hospital.name,
        tier=hospital.tier,
        place=hospital.place,
        level=spec.levels[hospital.level],
        x_km=hospital.x_km,
        y_km=hospital.y_km,
        doctors=hospital.doctors,
        beds=hospital.beds,
        money=Money(
            int(hospital.cash_yuan), int(hospital.fixed_cost_yuan), int(hospital.subsidy_yuan)
        ),
        township_id=hospital.township_id or "",
        consortium_id=spec.consortium if hospital.in_consortium else "",
        other_load_share=hospital.other_load_share,
        hospital=hospital,
    )


def provider_row(provider: Provider) -> Sequence[object]:
    """Cells of ``providers.csv`` in the order of its columns."""
    own: dict[str, object] = {"provider_id": provider.id, **provider.money._asdict()}
    hospital = provider.hospital
    for key in ("capability", "quality"):
        if hospital is not None and getattr(hospital, key) is not None:
            own[key] = getattr(hospital, key)
    if provider.beds == 0:
        own |= {"admission_price_yuan": 0, "los_days": 0}
    own["nurses"] = round(provider.beds * provider.level.nurses_per_bed, 1)
    cells = []
    for column in ProviderRow.model_fields:
        if column in own:
            cells.append(own[column])
        elif hasattr(provider, column):
            cells.append(getattr(provider, column))
        else:
            cells.append(getattr(provider.level, column))
    return cells


def staff_rows(spec: Spec, facilities: Sequence[Provider]) -> Iterable[Sequence[object]]:
    """Rows of ``staff.csv``: a provider's doctors split over titles by largest remainder."""
    for provider in facilities:
        level = provider.level
        counts = whole(provider.doctors, np.array([grade.percent for grade in level.staff]))
        if provider.tier == "village":
            counts[:] = (provider.doctors, 0)
            if provider.licensed:
                counts[:] = (provider.doctors - 1, 1)
        for grade, count in zip(level.staff, counts, strict=True):
            if count:
                yield (
                    provider.id,
                    grade.title,
                    int(count),
                    level.minutes_per_month,
                    grade.base_pay_yuan,
                )
