"""Indicators of doctors' working lives, of nurses, and of what places can do and are known for."""

from __future__ import annotations

from abm.county import Place, Tier
from abm.indicator_fund import million_yuan
from abm.indicator_money import TIERS, providers_of
from abm.indicator_view import Indicator, YearView, ratio


def staff_sum(y: YearView, column: str, *tiers: int) -> float:
    """Sum of a column of the year's staff over the county's providers, of some tiers or all."""
    return float(y.staff[column][providers_of(y, *tiers)].sum())


def per_doctor(y: YearView, column: str, *tiers: int) -> float:
    """Sum of a column of the year's staff over the number of doctors."""
    return ratio(staff_sum(y, column, *tiers), staff_sum(y, "doctors", *tiers))


def mean_place(y: YearView, column: str, tier: int) -> float:
    """Mean of a column of the year's staff over a level's places, weighed by their doctors."""
    chosen = y.staff[providers_of(y, tier)]
    doctors = chosen["doctors"]
    return ratio(float((chosen[column] * doctors).sum()), float(doctors.sum()))


def nurses(y: YearView) -> float:
    """Nurses of the county's providers, as full-time places."""
    data = y.county.providers
    return float(data["nurses"][data["place"] == Place.IN_COUNTY].sum())


def _of_tier(tier: int, name: str, label: str, label_zh: str) -> tuple[Indicator, ...]:
    def one(key: str, unit: str, what: str, zh: str, column: str, each: bool) -> Indicator:
        if each:
            return Indicator(
                f"staff.{key}_{name}",
                unit,
                f"{what}, {label}",
                f"{label_zh}{zh}",
                lambda y: per_doctor(y, column, tier),
                "development",
            )
        return Indicator(
            f"staff.{key}_{name}",
            unit,
            f"{what}, {label}",
            f"{label_zh}{zh}",
            lambda y: staff_sum(y, column, tier),
            "development",
        )

    leavers = "doctors at the year's end"
    return (
        one("doctors", "doctors", "Doctors", "医师数", "doctors", False),
        one(
            "skill", "chance of right care", "Mean skill of doctors", "医师平均水平", "skill", True
        ),
        one(
            "intention",
            "chance to look for another place",
            "Intention to leave",
            "医师离职意愿",
            "leave_chance",
            True,
        ),
        one("side_jobs", "doctors", "Doctors with a side job", "兼职医师数", "on_the_side", False),
        one(
            "side_jobs_share",
            "share of doctors",
            "Doctors with a side job",
            "兼职医师占比",
            "on_the_side",
            True,
        ),
        one(
            "moved_up",
            leavers,
            "Moved to a higher level of the county",
            "上调医师数",
            "moved_up",
            False,
        ),
        one(
            "moved_out", leavers, "Moved to hospitals outside", "流出县外医师数", "moved_out", False
        ),
        one("resigned", leavers, "Resigned", "辞职医师数", "resigned", False),
        one("retired", leavers, "Retired", "退休医师数", "retired", False),
        one("hired", leavers, "Newly hired", "新进医师数", "hired", False),
        Indicator(
            f"staff.capability_{name}",
            "severity up to which places treat as well as any",
            f"Capability, {label}",
            f"{label_zh}服务能力",
            lambda y: mean_place(y, "capability", tier),
            "clinical capacity",
        ),
        Indicator(
            f"staff.known_capability_{name}",
            "severity up to which villages take places to treat as well as any",
            f"Capability as the villages know it, {label}",
            f"村民所知的{label_zh}服务能力",
            lambda y: mean_place(y, "known_capability", tier),
            "clinical capacity",
        ),
        Indicator(
            f"staff.quality_{name}",
            "chance that care within the place's reach is right",
            f"Quality, {label}",
            f"{label_zh}诊疗质量",
            lambda y: mean_place(y, "quality", tier),
            "clinical capacity",
        ),
    )


STAFF = (
    *(one for tier in TIERS for one in _of_tier(*tier)),
    Indicator(
        "staff.nurses_per_1000",
        "nurses per 1000 people present",
        "Nurses of the county",
        "每千人口护士数",
        lambda y: 1000.0 * ratio(nurses(y), y.present),
    ),
    Indicator(
        "staff.left_township_share",
        "share of township doctors, a year",
        "Township doctors who left their centre, retired ones included",
        "乡镇卫生院医师流出率",
        lambda y: ratio(
            sum(
                staff_sum(y, column, Tier.TOWNSHIP)
                for column in ("moved_up", "moved_out", "resigned", "retired")
            ),
            staff_sum(y, "doctors", Tier.TOWNSHIP),
        ),
        "development",
    ),
    Indicator(
        "staff.equipment_county",
        "worth against the start",
        "Equipment of county hospitals",
        "县级医院设备（与期初之比）",
        lambda y: mean_place(y, "equipment", Tier.COUNTY),
        "clinical capacity",
    ),
    Indicator(
        "staff.equipment_million_yuan",
        "million yuan a year",
        "Spent on equipment by the county's centres and hospitals",
        "设备投入",
        lambda y: million_yuan(y.flow_fen("equipment")),
        "internal economy",
    ),
    Indicator(
        "staff.hiring_million_yuan",
        "million yuan a year",
        "Spent on hiring doctors",
        "引进人才支出",
        lambda y: million_yuan(y.flow_fen("hiring")),
        "internal economy",
    ),
    Indicator(
        "staff.policy_million_yuan",
        "million yuan a year",
        "Postings, county pay at townships, tests read remotely, visits at home",
        "下派、县管乡用、远程阅片与上门服务支出",
        lambda y: million_yuan(
            y.flow_fen(
                "posting allowances",
                "county pay at townships",
                "tests read remotely",
                "visits at home",
            )
        ),
        "development",
    ),
)
