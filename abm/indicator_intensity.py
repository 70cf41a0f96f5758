"""Indicators of what doctors of the county do by severity: how thoroughly, and whom they refuse.

All are of people whom a doctor of the county's own providers meets; hospitals outside follow
rules of their own.
"""

from __future__ import annotations

from abm.indicator_view import Indicator, YearView, ratio
from agents.patient import CRITICAL, MINOR, MODERATE, SEVERE

MILD, GRAVE = (MINOR, MODERATE), (SEVERE, CRITICAL)
NEEDED = 1000.0
"""Thousandths of an intensity that is what the need calls for."""
_PLACES = (
    (0, "visits", "without a bed", "门诊"),
    (1, "stays", "in bed", "住院"),
)
_CLASSES = (
    (MINOR, "minor", "minor needs", "轻症"),
    (MODERATE, "moderate", "moderate needs", "中等病情"),
    (SEVERE, "severe", "severe needs", "重症"),
    (CRITICAL, "critical", "critical needs", "危重"),
)


def mean_of(
    y: YearView, column: str, kinds: tuple[int, ...], beds: tuple[int, ...] = (0, 1)
) -> float:
    """Mean of ``intensity`` or ``departure`` over some classes; 1 is what the need calls for."""
    cells = [(bed, kind) for bed in beds for kind in kinds]
    whole = sum(y.life(column, cell) for cell in cells)
    return ratio(whole, NEEDED * sum(y.life("treated", cell) for cell in cells))


def refused_share(y: YearView, kinds: tuple[int, ...]) -> float:
    """Share of those of some classes who came to a doctor and were put off."""
    seen = sum(y.life("seen", (kind,)) for kind in kinds)
    return ratio(sum(y.life("put_off", (kind,)) for kind in kinds), seen)


def grave_less_mild(y: YearView, beds: tuple[int, ...] = (0, 1)) -> float:
    """Mean distance from what the need calls for: severe and critical less minor and moderate."""
    return mean_of(y, "departure", GRAVE, beds) - mean_of(y, "departure", MILD, beds)


def _of_class(place: tuple[int, str, str, str], of: tuple[int, str, str, str]) -> Indicator:
    bed, key, where, where_zh = place
    kind, name, label, label_zh = of
    return Indicator(
        f"intensity.{key}_{name}",
        "times what the need calls for",
        f"Intensity of treatment {where}, {label}",
        f"{label_zh}{where_zh}诊疗强度",
        lambda y: mean_of(y, "intensity", (kind,), (bed,)),
        "clinical capacity",
    )


INTENSITY = (
    *(_of_class(_PLACES[0], of) for of in _CLASSES),
    *(_of_class(_PLACES[1], of) for of in _CLASSES[MODERATE:]),  # no bed for a minor need
    Indicator(
        "intensity.all",
        "times what the need calls for",
        "Intensity of treatment, all needs",
        "平均诊疗强度",
        lambda y: mean_of(y, "intensity", (*MILD, *GRAVE)),
        "clinical capacity",
    ),
    Indicator(
        "intensity.departure_mild",
        "times what the need calls for, mean distance",
        "Departure from what is needed, minor and moderate needs",
        "轻中症诊疗偏离所需程度",
        lambda y: mean_of(y, "departure", MILD),
        "clinical capacity",
    ),
    Indicator(
        "intensity.departure_grave",
        "times what the need calls for, mean distance",
        "Departure from what is needed, severe and critical needs",
        "重症危重诊疗偏离所需程度",
        lambda y: mean_of(y, "departure", GRAVE),
        "clinical capacity",
    ),
    Indicator(
        "intensity.departure_grave_less_mild",
        "times what the need calls for, mean distance",
        "Departure from what is needed, the severe less the mild",
        "重症与轻症诊疗偏离之差",
        grave_less_mild,
        "clinical capacity",
    ),
    Indicator(
        "intensity.departure_stays_grave_less_mild",
        "times what the need calls for, mean distance, in bed",
        "Departure from what is needed in bed, the severe less the moderate",
        "重症与中等病情住院诊疗偏离之差",
        lambda y: grave_less_mild(y, (1,)),
        "clinical capacity",
    ),
    Indicator(
        "conduct.refused_share_mild",
        "share of those who came to a doctor of the county",
        "Put off, minor and moderate needs",
        "轻中症被推诿占比",
        lambda y: refused_share(y, MILD),
        "public welfare",
    ),
    Indicator(
        "conduct.refused_share_grave",
        "share of those who came to a doctor of the county",
        "Put off, severe and critical needs",
        "重症危重被推诿占比",
        lambda y: refused_share(y, GRAVE),
        "public welfare",
    ),
)
