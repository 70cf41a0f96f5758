"""Indicators of what bills are made of: drugs, consumables, tests, fees; and of pay by outcome."""

from __future__ import annotations

import numpy as np

from abm.indicator_money import providers_of
from abm.indicator_view import Indicator, YearView, ratio
from abm.prices import DRUGS, FEES, LINES
from abm.rehab import CLASSES

VISITS, ADMISSIONS = 0, 1
_TRACKED = " + ".join(f"tracked_{kind}" for kind in CLASSES)
_LOST = " + ".join(f"lost_{kind}" for kind in CLASSES)


def lines_yuan(y: YearView) -> np.ndarray:
    """(kind, line) yuan that the county's own providers billed in the year."""
    fen = y.model.books.state["line_fen"][y.year][:, providers_of(y)]
    return np.asarray(fen.sum(axis=1) / 100.0)


def line_share(y: YearView, *lines: int) -> float:
    """Share of all that the county's own providers billed."""
    whole = lines_yuan(y)
    return ratio(float(whole[:, list(lines)].sum()), float(whole.sum()))


PRICES = (
    Indicator(
        "cost.drugs_yuan_per_visit_county",
        "yuan per visit at providers in the county",
        "Drugs per visit in the county",
        "县域内次均门诊药费",
        lambda y: ratio(float(lines_yuan(y)[VISITS, DRUGS]), y.sum("visits", y.in_county)),
        "cost",
    ),
    Indicator(
        "cost.drugs_yuan_per_admission_county",
        "yuan per admission at providers in the county",
        "Drugs per admission in the county",
        "县域内次均住院药费",
        lambda y: ratio(float(lines_yuan(y)[ADMISSIONS, DRUGS]), y.sum("admissions", y.in_county)),
        "cost",
    ),
    Indicator(
        "cost.drugs_share_of_revenue",
        "share of what the county's providers bill",
        "Drugs as a share of medical revenue",
        "药占比",
        lambda y: line_share(y, DRUGS),
        "efficiency",
    ),
    Indicator(
        "cost.consumables_share_of_revenue",
        "share of what the county's providers bill",
        "Consumables as a share of medical revenue",
        "耗材占比",
        lambda y: line_share(y, LINES.index("consumables")),
        "efficiency",
    ),
    Indicator(
        "cost.services_share_of_revenue",
        "share of what the county's providers bill; consultation, treatment and beds",
        "Labour services as a share of medical revenue",
        "医疗服务收入占比",
        lambda y: line_share(y, *FEES),
        "efficiency",
    ),
    Indicator(
        "outcome.good_share",
        "share of admissions that are paid by their outcome",
        "Good outcomes of admissions that are paid by their outcome",
        "按价值付费病例结局良好率",
        lambda y: 1.0 - ratio(y.sum(_LOST), y.sum(_TRACKED)),
        "health",
    ),
)
