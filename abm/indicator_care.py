"""Indicators of care: insurance statistics, use by place and level, admissions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from abm.county import Tier
from abm.indicator_view import Indicator, YearView, ratio

SETTLED_COST = "settled_outpatient_cost_fen + chronic_cost_fen + insured_inpatient_cost_fen"
SETTLED_CASES = "settled_visits + chronic_visits + insured_admissions"
FUND_BILL = "fund_outpatient_fen + fund_chronic_fen + fund_inpatient_fen"
ALL_COST = "outpatient_cost_fen + inpatient_cost_fen"
Where = Callable[[YearView], np.ndarray]
"""Gives a mask over the rows of a year's tally."""


def share(y: YearView, columns: str, where: np.ndarray, whole: np.ndarray | None = None) -> float:
    """Part of a sum of tally columns that falls into some rows."""
    return ratio(y.sum(columns, where), y.sum(columns, whole))


def insured_los_days(y: YearView) -> float:
    """Mean stay of the residents' scheme's admissions, each provider's mean stay weighing them."""
    stay = y.tally["bed_days"] / y.tally["admissions"].clip(min=1)
    insured = y.tally["insured_admissions"]
    return ratio(float((insured * stay).sum()), float(insured.sum()))


def out_of_area_share_of_cost(y: YearView) -> float:
    """Share of settled cost outside the pooling city."""
    return share(y, SETTLED_COST, y.out_of_area)


def out_of_area_growth(y: YearView) -> float:
    """Change of that share since the year before, in percentage points."""
    if y.year == 0:
        return float("nan")
    before = YearView(y.model, y.year - 1)
    return 100.0 * (out_of_area_share_of_cost(y) - out_of_area_share_of_cost(before))


INSURANCE = (
    Indicator(
        "insurance.admissions_per_insured",
        "admissions per insured person and year",
        "Admissions per insured person",
        "参保人年住院率",
        lambda y: ratio(y.sum("insured_admissions"), y.insured),
    ),
    Indicator(
        "insurance.visits_per_insured",
        "settled general outpatient visits per insured person and year",
        "Settled general outpatient visits per insured person",
        "参保人年普通门诊结算次数",
        lambda y: ratio(y.sum("settled_visits"), y.insured),
    ),
    Indicator(
        "insurance.chronic_visits_per_insured",
        "settled chronic-list visits per insured person and year",
        "Settled chronic-list visits per insured person",
        "参保人年门诊慢特病结算次数",
        lambda y: ratio(y.sum("chronic_visits"), y.insured),
    ),
    Indicator(
        "insurance.yuan_per_visit",
        "yuan per settled general outpatient visit",
        "Cost per settled general outpatient visit",
        "普通门诊次均费用",
        lambda y: ratio(y.yuan("settled_outpatient_cost_fen"), y.sum("settled_visits")),
    ),
    Indicator(
        "insurance.yuan_per_chronic_visit",
        "yuan per settled chronic-list visit",
        "Cost per settled chronic-list visit",
        "门诊慢特病次均费用",
        lambda y: ratio(y.yuan("chronic_cost_fen"), y.sum("chronic_visits")),
    ),
    Indicator(
        "insurance.yuan_per_admission",
        "yuan per admission",
        "Cost per admission of the residents' scheme",
        "居民医保次均住院费用",
        lambda y: ratio(y.yuan("insured_inpatient_cost_fen"), y.sum("insured_admissions")),
    ),
    Indicator(
        "insurance.cost_per_insured_yuan",
        "yuan of settled care per insured person and year",
        "Settled cost per insured person",
        "参保人年人均医疗费用",
        lambda y: ratio(y.yuan(SETTLED_COST), y.insured),
    ),
    Indicator(
        "insurance.inpatient_share_of_cost",
        "share of settled cost",
        "Inpatient share of settled cost",
        "住院费用占比",
        lambda y: ratio(y.yuan("insured_inpatient_cost_fen"), y.yuan(SETTLED_COST)),
    ),
    Indicator(
        "insurance.out_of_area_share_of_cost",
        "share of settled cost at providers outside the pooling city",
        "Out-of-area share of settled cost",
        "异地就医费用占比",
        out_of_area_share_of_cost,
    ),
    Indicator(
        "insurance.out_of_area_share_of_visits",
        "share of settled cases outside the pooling city",
        "Out-of-area share of settled cases",
        "异地就医人次占比",
        lambda y: share(y, SETTLED_CASES, y.out_of_area),
    ),
    Indicator(
        "insurance.out_of_area_share_growth_points",
        "percentage points a year",
        "Growth of the out-of-area share of settled cost",
        "异地就医费用占比年增幅",
        out_of_area_growth,
    ),
    Indicator(
        "insurance.los_days",
        "days per admission",
        "Length of stay of the residents' scheme",
        "居民医保次均住院床日",
        insured_los_days,
    ),
)

USE = (
    Indicator(
        "use.visits_per_resident",
        "visits per present resident and year",
        "Visits per resident",
        "居民年均诊疗人次",
        lambda y: ratio(y.sum("visits", y.here), y.present),
    ),
    Indicator(
        "use.admissions_per_resident",
        "admissions per present resident and year",
        "Admissions per resident",
        "居民年住院率",
        lambda y: ratio(y.sum("admissions", y.here), y.present),
    ),
    Indicator(
        "use.primary_share_of_visits",
        "share of all visits",
        "Primary share of all visits",
        "基层诊疗人次占总诊疗人次比",
        lambda y: share(y, "visits", y.primary & y.here, y.here),
    ),
    Indicator(
        "use.primary_share_of_county_visits",
        "share of visits at providers in the county",
        "Primary share of visits in the county",
        "县域内基层诊疗人次占比",
        lambda y: share(y, "visits", y.primary & y.in_county, y.in_county),
        "division of labour",
    ),
    Indicator(
        "use.outside_share_of_visits",
        "share of visits of present residents outside the county",
        "Share of visits outside the county",
        "县外诊疗人次占比",
        lambda y: share(y, "visits", y.outside & y.here, y.here),
        "division of labour",
    ),
    Indicator(
        "use.primary_share_of_admissions",
        "share of all admissions",
        "Primary share of all admissions",
        "基层住院人次占比",
        lambda y: share(y, "admissions", y.primary & y.here, y.here),
    ),
    Indicator(
        "use.settled_visits_per_insured",
        "settled visits, chronic list included, per insured person and year",
        "Settled visits per insured person",
        "参保人年门诊结算次数(含慢特病)",
        lambda y: ratio(y.sum("settled_visits + chronic_visits"), y.insured),
    ),
    Indicator(
        "use.turned_away_per_1000_visits",
        "people turned away per 1000 visits",
        "Turned away for want of minutes",
        "每千诊疗人次未能接诊人次",
        lambda y: 1000.0 * ratio(y.sum("turned_away", y.here), y.sum("visits", y.here)),
        "public welfare",
    ),
    Indicator(
        "use.no_bed_per_1000_admissions",
        "severe patients sent on by providers that have beds, per 1000 admissions",
        "Severe patients sent on for want of a bed",
        "每千住院人次无床转出人次",
        lambda y: 1000.0 * ratio(y.sum("no_bed", y.with_beds), y.sum("admissions", y.here)),
        "public welfare",
    ),
    Indicator(
        "use.without_care_share",
        "share of needs, people who live elsewhere included",
        "Needs for which no care was had",
        "有需要未就诊比例",
        lambda y: ratio(y.life("without_care"), y.life("needs")),
        "public welfare",
    ),
    Indicator(
        "use.unneeded_share_of_admissions",
        "share of admissions",
        "Admissions of needs that called for no bed",
        "不必要住院占比",
        lambda y: ratio(y.sum("unneeded_admissions", y.here), y.sum("admissions", y.here)),
        "clinical capacity",
    ),
    Indicator(
        "use.declined_share_of_beds",
        "share of beds advised and free",
        "Advised admission and did not enter",
        "需住院未住院比例",
        lambda y: ratio(y.sum("declined", y.here), y.sum("declined + admissions", y.here)),
        "public welfare",
    ),
    Indicator(
        "use.poor_outcome_share",
        "share of episodes cared for in the county",
        "Episodes in the county that were not treated well",
        "县域内疗效不佳占比",
        lambda y: ratio(y.sum("poor_outcomes", y.in_county), y.episodes_in_county),
        "clinical capacity",
    ),
    Indicator(
        "use.referrals_up_per_1000_visits",
        "referrals upwards per 1000 visits in the county",
        "Referrals upwards",
        "每千诊疗人次上转人次",
        lambda y: 1000.0 * ratio(y.sum("referred_up", y.in_county), y.sum("visits", y.in_county)),
        "synergy",
    ),
    Indicator(
        "use.referrals_up",
        "persons a year",
        "Referrals upwards by providers in the county",
        "县域内上转人次",
        lambda y: y.sum("referred_up", y.in_county),
        "synergy",
    ),
)


def _yuan_per_admission(name: str, label: str, label_zh: str, of: Where) -> Indicator:
    def formula(y: YearView) -> float:
        """Cost of the residents' scheme's admissions over their number."""
        where = of(y)
        cost = y.yuan("insured_inpatient_cost_fen", where)
        return ratio(cost, y.sum("insured_admissions", where))

    return Indicator(
        f"admissions.yuan_{name}",
        "yuan per admission",
        f"Cost per admission, {label}",
        f"{label_zh}次均住院费用",
        formula,
        "efficiency",
    )


ADMISSIONS = (
    Indicator(
        "admissions.township_share",
        "share of admissions of the residents' scheme",
        "Township share of admissions",
        "乡镇住院人次占比",
        lambda y: share(y, "insured_admissions", y.at(Tier.TOWNSHIP)),
    ),
    Indicator(
        "admissions.county_share",
        "share of admissions of the residents' scheme",
        "County hospitals' share of admissions",
        "县级住院人次占比",
        lambda y: share(y, "insured_admissions", y.at(Tier.COUNTY)),
    ),
    Indicator(
        "admissions.outside_share",
        "share of admissions of the residents' scheme, outside the county",
        "Share of admissions outside the county",
        "县外住院人次占比",
        lambda y: share(y, "insured_admissions", y.outside),
        "insurance",
    ),
    Indicator(
        "admissions.outside_per_1000",
        "admissions per 1,000 insured and year, outside the county",
        "Admissions outside the county",
        "每千参保人县外住院人次",
        lambda y: 1000.0 * ratio(y.sum("insured_admissions", y.outside), y.insured),
        "insurance",
    ),
    Indicator(
        "admissions.in_county_share",
        "share of admissions of the county's insured",
        "In-county share of admissions",
        "县域内住院人次占比",
        lambda y: share(y, "insured_admissions", y.in_county),
        "division of labour",
    ),
    _yuan_per_admission("township", "township centres", "乡镇", lambda y: y.at(Tier.TOWNSHIP)),
    _yuan_per_admission("county", "county hospitals", "县级", lambda y: y.at(Tier.COUNTY)),
    _yuan_per_admission("outside", "outside the county", "县外", lambda y: y.outside),
)
