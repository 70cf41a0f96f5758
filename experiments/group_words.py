"""Words for groups of people and for what a year brings them, English and Chinese."""

from __future__ import annotations

GROUP_WORDS: dict[str, tuple[str, str]] = {
    "people.group": ("Group", "人群"),
    "people.section.age": ("By age", "按年龄"),
    "people.age": ("Age {low} to {high}", "{low}至{high}岁"),
    "people.age.last": ("Age {low} and over", "{low}岁及以上"),
    "people.section.income": ("By income", "按收入"),
    "people.income": ("Income, fifth {n} of 5", "收入第{n}五分位"),
    "people.section.distance": ("By distance from the county hospital", "按距县医院的距离"),
    "people.distance": ("{band}, {low} to {high} minutes", "{band}，{low}至{high}分钟"),
    "band.0": ("near", "距县医院近"),
    "band.1": ("middle", "距离中等"),
    "band.2": ("far", "距离远"),
    "people.paid": ("Paid themselves, yuan a year", "自付（元/年）"),
    "people.visits": ("Visits a head", "人均诊疗人次"),
    "people.admissions": ("Admissions per 1,000", "每千人住院人次"),
    "people.controlled": ("Hypertension controlled, %", "高血压控制率（%）"),
    "people.deaths": ("Deaths per 1,000", "每千人死亡"),
}
