"""Indicators of what admissions cost by cause, and how fast that grows."""

from __future__ import annotations

from abm.indicator_view import Indicator, YearView, ratio
from agents.conditions import CONDITIONS

ACUTE_TITLES = {
    "respiratory": ("Respiratory illness", "呼吸系统疾病"),
    "digestive": ("Digestive illness", "消化系统疾病"),
    "musculoskeletal": ("Musculoskeletal illness", "肌肉骨骼疾病"),
    "injury": ("Injury", "损伤"),
    "circulatory": ("Circulatory illness", "循环系统疾病"),
    "other": ("Other acute illness", "其他急性疾病"),
}
TITLES = ACUTE_TITLES | {c.name: (c.title, c.title_zh) for c in CONDITIONS}
"""English and Chinese titles of every cause of a need: the acute ones, then the conditions."""
TWO_DISEASES = ("hypertension", "diabetes")
"""What policy calls the two diseases (两病)."""


def growth_of_inpatient_cost(y: YearView, *causes: str) -> float:
    """Growth of the insured's inpatient cost of some causes on the year before."""
    if y.year == 0:
        return float("nan")
    before = YearView(y.model, y.year - 1).inpatient_cost_yuan(*causes)
    return ratio(y.inpatient_cost_yuan(*causes), before) - 1.0


def _of_cause(name: str) -> tuple[Indicator, Indicator]:
    title, title_zh = TITLES[name]
    return (
        Indicator(
            f"cost.inpatient_yuan_{name}",
            "yuan per insured person and year",
            f"Inpatient cost: {title}",
            f"{title_zh}人均住院费用",
            lambda y: ratio(y.inpatient_cost_yuan(name), y.insured),
        ),
        Indicator(
            f"growth.inpatient_cost_{name}",
            "growth on the year before",
            f"Growth of inpatient cost: {title}",
            f"{title_zh}住院费用增长率",
            lambda y: growth_of_inpatient_cost(y, name),
        ),
    )


CAUSE = (
    *(one for name in TITLES for one in _of_cause(name)),
    Indicator(
        "growth.inpatient_cost_hypertension_diabetes",
        "growth on the year before",
        "Growth of inpatient cost: hypertension and diabetes",
        "高血压和糖尿病住院费用增长率",
        lambda y: growth_of_inpatient_cost(y, *TWO_DISEASES),
    ),
)
