"""Indicators of doctors' conduct: who is put off or sent down, and what is recorded falsely."""

from __future__ import annotations

from abm.indicator_view import Indicator, ratio

CONDUCT = (
    Indicator(
        "conduct.put_off_per_1000_visits",
        "people put off per 1000 visits",
        "Put off without care",
        "每千诊疗人次推诿人次",
        lambda y: 1000.0 * ratio(y.sum("put_off", y.here), y.sum("visits", y.here)),
        "public welfare",
    ),
    Indicator(
        "conduct.referrals_down_per_1000_visits",
        "people sent down, after a stay too, per 1000 visits in the county",
        "Referrals downwards",
        "每千诊疗人次下转人次",
        lambda y: 1000.0 * ratio(y.sum("referred_down", y.in_county), y.sum("visits", y.in_county)),
        "synergy",
    ),
    Indicator(
        "conduct.referrals_down",
        "persons a year",
        "Referrals downwards by providers in the county",
        "县域内下转人次",
        lambda y: y.sum("referred_down", y.in_county),
        "synergy",
    ),
    Indicator(
        "conduct.upcoded_share",
        "share of admissions of the residents' scheme",
        "Admissions recorded a class too high",
        "高编病例占比",
        lambda y: ratio(y.sum("upcoded"), y.sum("insured_admissions")),
        "insurance",
    ),
    Indicator(
        "conduct.split_share",
        "share of stays of the residents' scheme",
        "Stays recorded as two admissions",
        "分解住院占比",
        lambda y: ratio(y.sum("split"), y.sum("insured_admissions") - y.sum("split")),
        "insurance",
    ),
    Indicator(
        "conduct.invented_share_of_visits",
        "share of settled visits, chronic list included",
        "Visits recorded that did not happen",
        "虚假门诊占比",
        lambda y: ratio(y.sum("invented_visits"), y.sum("settled_visits + chronic_visits")),
        "insurance",
    ),
    Indicator(
        "conduct.found_false_share",
        "share of false records",
        "False records that an audit found",
        "查实虚假记录占比",
        lambda y: ratio(y.sum("found_false"), y.sum("upcoded + split + invented_visits")),
        "insurance",
    ),
    Indicator(
        "conduct.found_false_yuan",
        "yuan a year, by price list, without the fine",
        "Paid back for false records",
        "虚假记录追回金额",
        lambda y: y.yuan("false_fen"),
        "insurance",
    ),
)
