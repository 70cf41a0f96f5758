"""What the map, the flow diagrams and the picture of the siphon are drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.county import Place, Tier
from experiments.cli_tables import number
from experiments.curves import COLOURS
from experiments.lots import DISTANCE_BANDS, distance_bands
from experiments.page.desk import Answer
from experiments.page.panels import legend, signed
from experiments.page.places import Map, map_of
from experiments.page.record import OUTSIDE, PURSES, SIPHON, Record
from experiments.page.words import of_both, tell
from experiments.paired import difference
from experiments.siphon import FIGURES
from experiments.words import Lang

Json = dict[str, Any]
SMOOTH_MONTHS = 3
LEVEL_COLOURS = ("#56B4E9", "#0072B2", "#009E73", "#E69F00", "#D55E00")
"""Of levels of providers, from the village upwards."""
_LEFT = ("households", "government", "fund", "employee_fund", "serious_cover", "consortia")
_RIGHT = ("staff", "suppliers", "bank")
_PROVIDERS = ("village", "township", "county", "outside")


# -- the map, month by month -----------------------------------------------------------


def map_data(answer: Answer, place: int, lang: Lang) -> Json:
    """Everything that the moving map shows of the baseline and a scenario, under the first seed.

    Parameters
    ----------
    place
        Which policy of the answer is shown beside the baseline.
    """
    ground = map_of(answer.choice.county, answer.size.weight)
    records = [answer.records[p][0] for p in dict.fromkeys((0, place))]
    lines = _lines(ground, records)
    county = ground.county
    months = records[0].frames.shape[0]
    first = county.start_year
    policies = answer.policies
    start = max(policy.starts_month for policy in policies)
    return {
        "villages": _points(ground.ground),
        "providers": [
            {
                "row": p,
                "name": county.provider_names[p],
                "xy": _xy(ground.providers[p]),
                "tier": int(county.providers["tier"][p]),
                "outside": bool(county.providers["place"][p] != Place.IN_COUNTY),
                "minutes": _minutes(ground.minutes[p]),
            }
            for p in range(len(county.providers))
            if county.providers["place"][p] != Place.ELSEWHERE
        ],
        "lines": [
            [_xy(ground.townships[t]), _xy(ground.providers[p]), county.township_names[t], p]
            for t, p in lines
        ],
        "months": [
            tell("month.of", lang, year=first + m // 12, month=m % 12 + 1) for m in range(months)
        ],
        "start": start,
        "sides": [
            _side(record, lines, legend(p, lang), lang)
            for record, p in zip(records, dict.fromkeys((0, place)), strict=True)
        ],
        "levels": [tell(f"level.{tier.value}", lang) for tier in Tier],
    }


def _lines(ground: Map, records: list[Record]) -> list[tuple[int, int]]:
    """Townships and the hospitals that their people go to, in any run."""
    hospitals = ground.county.providers["tier"] >= Tier.COUNTY
    went = sum(record.went.sum(axis=0) for record in records)[:-1]
    township, provider = np.nonzero((went > 0) & hospitals[None, :])
    return list(zip(township.tolist(), provider.tolist(), strict=True))


def _side(record: Record, lines: list[tuple[int, int]], name: str, lang: Lang) -> Json:
    frames = record.frames
    township, provider = (np.array(c, int) for c in zip(*lines, strict=True))
    return {
        "name": name,
        "visits": frames["visits"].tolist(),
        "load": np.round(frames["minutes_load"].astype(float), 2).tolist(),
        "doctors": frames["doctors"].tolist(),
        "went": record.went[:, township, provider].tolist(),
        # In thousand yuan, means as below, so that a month's bills do not flicker.
        "till": [np.round(month / 1e5).astype(int).tolist() for month in _smoothed(record.till)],
        "money": [_sankey(month, lang) for month in _smoothed(record.money)],
    }


def _smoothed(money: np.ndarray) -> list[np.ndarray]:
    """Means of each month and those before, so that bills of one month do not flicker."""
    return [money[max(0, m - SMOOTH_MONTHS + 1) : m + 1].mean(axis=0) for m in range(len(money))]


def _sankey(fen: np.ndarray, lang: Lang) -> list[list[Any]]:
    """Source, target and million yuan of what moved, net, from payers by providers to whom."""
    links = []
    net = fen - fen.T
    columns = dict.fromkeys(_LEFT, 0) | dict.fromkeys(_PROVIDERS, 1)
    columns |= dict.fromkeys(_RIGHT, 2)
    for a, b in zip(*np.nonzero(net > 0), strict=True):
        source, target = PURSES[a], PURSES[b]
        million = float(net[a, b]) / 1e8
        if columns[source] >= columns[target] or million < 0.005:
            continue
        links.append(
            [tell(f"purse.{source}", lang), tell(f"purse.{target}", lang), round(million, 3)]
        )
    return links  # fmt: skip


def _points(places: np.ndarray) -> list[list[float]]:
    return [_xy(place) for place in places]


def _xy(place: np.ndarray) -> list[float]:
    return [round(float(place[0]), 2), round(float(place[1]), 2)]


def _minutes(value: float) -> int | None:
    return None if np.isnan(value) else round(float(value))


# -- who goes where, before and after --------------------------------------------------


def flow_data(answer: Answer, place: int, year: int, lang: Lang) -> list[Json]:
    """Flow diagrams of a year under the baseline and a scenario, drawn to one scale.

    Parameters
    ----------
    year
        Years since the start, from 0.
    """
    sides = []
    for p in dict.fromkeys((0, place)):
        links = _flow_links(answer, p, year, lang)
        sides.append({"name": legend(p, lang), "links": links})
    return sides


def _flow_links(answer: Answer, place: int, year: int, lang: Lang) -> list[list[Any]]:
    """Mean over seeds of people by where they live, the level that treats them, and the end."""
    records = answer.records[place]
    levels = np.mean([record.levels[year] for record in records], axis=0)
    ground = map_of(answer.choice.county, answer.size.weight)
    bands = np.append(distance_bands(ground.county), DISTANCE_BANDS)
    names = [tell(f"band.{b}", lang) for b in range(DISTANCE_BANDS)] + [
        tell("band.elsewhere", lang)
    ]
    links: list[list[Any]] = []
    for b, name in enumerate(names):
        for tier in Tier:
            people = float(levels[bands == b, tier, 0].sum())
            if people >= 1:
                links.append([name, tell(f"level.{tier.value}", lang), round(people)])
    for tier in Tier:
        seen, admitted = levels[:, tier].sum(axis=0)
        for key, people in (("end.visit", seen - admitted), ("end.bed", admitted)):
            if people >= 1:
                links.append([tell(f"level.{tier.value}", lang), tell(key, lang), round(people)])
    return links


def siphon_rows(answer: Answer, lang: Lang) -> list[Json]:
    """The siphon and admissions outside by kind, per 1,000 insured: levels, and sure changes."""
    rows = []
    years = answer.choice.years
    for number_of, name in enumerate(OUTSIDE):
        values = [
            np.array([record.outside[-years:, number_of].mean() for record in records])
            for records in answer.records
        ]
        cells = []
        for place, found in enumerate(values):
            gap = difference(values[0], found)
            mark = tell("sure" if gap.sure else "unsure", lang)
            cells.append(
                {
                    "place": place,
                    "value": float(found.mean()),
                    "text": number(float(found.mean())),
                    "change": f"{signed(gap.value)}, {mark}" if place else "",
                }
            )
        figure = FIGURES[name]
        label = of_both(figure.label, figure.label_zh, lang)
        rows.append({"name": label, "cells": cells, "narrow": name == SIPHON})
    return rows


def colours() -> list[str]:
    """Of policies, the baseline first."""
    return list(COLOURS)
