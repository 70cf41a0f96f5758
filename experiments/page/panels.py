"""The answer as the page shows it: panels of headlines, warnings, groups of people."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from abm.county import Tier
from abm.indicators import INDICATORS
from experiments.cli_tables import number
from experiments.comparison import Comparison
from experiments.curves import COLOURS, band
from experiments.groups import BETTER, FIGURES, group_differences, group_names, lot_figures
from experiments.headline import HEADLINES, Headline, is_stock
from experiments.page.desk import Answer
from experiments.page.places import map_of
from experiments.page.record import WARNED
from experiments.page.scenario import LETTERS
from experiments.page.words import of_both, tell
from experiments.words import Lang

DASHES = ("solid", "dashed", [8, 3, 2, 3], "dotted", [2, 4])
MARKERS = ("circle", "rect", "triangle", "diamond", "pin")
Json = dict[str, Any]


def signed(value: float) -> str:
    """A number to four figures with its sign, the minus a real one."""
    told = number(abs(value))
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return sign + told


def with_minus(value: float) -> str:
    """A number to four figures, its minus a real one."""
    return number(value).replace("-", "\N{MINUS SIGN}")


def letter_of(place: int) -> str:
    """Letter of a policy of a comparison; the baseline has none."""
    return "" if place == 0 else LETTERS[place - 1]


def headline_panels(answer: Answer, lang: Lang) -> list[Json]:
    """A panel a headline: levels, changes with their intervals, and curves with bands."""
    found = answer.comparison
    if found is None:
        return []
    whole = _whole_period(found)
    paths = [found.paths[found.paths["policy"] == policy.name] for policy in found.policies]
    return [_panel(found, whole, paths, headline, lang) for headline in HEADLINES]


def _panel(
    found: Comparison, whole: _Rows, paths: list[pd.DataFrame], headline: Headline, lang: Lang
) -> Json:
    title = of_both(headline.title, headline.title_zh, lang)
    unit = of_both(headline.unit, headline.unit_zh or headline.unit, lang)
    rows = _change_rows(found, whole, headline.name, headline.factor)
    series = []
    for place, path in enumerate(paths):
        years, mean, half = band(path, headline)
        series.append(
            {
                "letter": letter_of(place),
                "name": legend(place, lang),
                "colour": COLOURS[place],
                "dash": DASHES[place],
                "marker": MARKERS[place],
                "years": [int(year) for year in years],
                "mean": _plain(mean),
                "low": _plain(mean - half),
                "high": _plain(mean + half),
            }
        )
    told = "; ".join(
        f"{legend(row['place'], lang)} {row['change']} ({row['interval']}), "
        f"{tell('sure' if row['sure'] else 'unsure', lang)}"
        for row in rows
    )
    reference = number(rows[0]["reference"]) if rows else ""
    last = found.first_policy_year + found.years - 1
    period = found.period.replace("-", "–")
    when = "at.end" if is_stock(headline.name) else "mean.of"
    return {
        "name": headline.name,
        "title": title,
        "unit": unit,
        "when": tell(when, lang, year=last, period=period),
        "reference": reference,
        "baseline": tell("baseline", lang),
        "rows": [
            {**row, "colour": COLOURS[row["place"]], "mark": _mark(row["sure"], lang)}
            for row in rows
        ],
        "series": series,
        "start": found.first_policy_year,
        "starts": tell("starts", lang),
        "alt": tell("panel.alt", lang, title=title, unit=unit, reference=reference, rows=told),
    }  # fmt: skip


def _mark(sure: bool, lang: Lang) -> str:
    return tell("sure" if sure else "unsure", lang)


def legend(place: int, lang: Lang) -> str:
    """What a policy of a comparison is called on the page."""
    if place == 0:
        return tell("baseline", lang)
    return tell("scenario", lang, letter=LETTERS[place - 1])


def change_rows(found: Comparison, indicator: str, factor: float = 1.0) -> list[Json]:
    """A row a scenario: change of an indicator over the whole period, as the comparison has it."""
    return _change_rows(found, _whole_period(found), indicator, factor)


_Rows = dict[str, list[Json]]


def _whole_period(found: Comparison) -> _Rows:
    """Differences over the whole period, by indicator, a row a scenario."""
    table = found.differences
    rows: _Rows = {}
    for line in table[table["period"] == found.period].to_dict("records"):
        rows.setdefault(str(line["indicator"]), []).append({str(k): v for k, v in line.items()})
    return rows


def _change_rows(found: Comparison, whole: _Rows, indicator: str, factor: float) -> list[Json]:
    names = [policy.name for policy in found.policies]
    rows: list[Json] = []
    for line in whole.get(indicator, []):
        value, low, high = (float(line[key]) * factor for key in ("value", "low", "high"))
        place = names.index(str(line["policy"]))
        rows.append(
            {
                "place": place,
                "letter": letter_of(place),
                "reference": float(line["reference"]) * factor,
                "level": number((float(line["reference"]) + float(line["value"])) * factor),
                "change": signed(value),
                "interval": f"{signed(low)} – {signed(high)}",
                "value": value,
                "low": low if math.isfinite(low) else None,
                "high": high if math.isfinite(high) else None,
                "sure": bool(line["sure"]),
            }
        )
    return rows


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(f"{v:.6g}") if math.isfinite(v) else None for v in values.tolist()]


# -- warnings --------------------------------------------------------------------------

_COUNT_OF = {
    "conduct.put_off_per_1000_visits": "put_off",
    "use.turned_away_per_1000_visits": "turned_away",
    "use.no_bed_per_1000_admissions": "no_bed",
    "conduct.upcoded_share": "upcoded",
    "conduct.split_share": "split",
    "conduct.invented_share_of_visits": "invented_visits",
}
_MOST_SHOWN = 4


def warnings_of(answer: Answer, place: int, lang: Lang) -> list[Json]:
    """Where care is surely withheld, refused or invented more than under the baseline.

    Parameters
    ----------
    place
        Which policy of the comparison; 0 is the baseline.
    """
    found = answer.comparison
    if found is None or place >= len(found.policies):
        return []
    told: list[Json] = []
    whole = _whole_period(found)
    for what, name in WARNED:
        rows = _change_rows(found, whole, name, 1.0)
        row = next((r for r in rows if r["place"] == place), None)
        if row is None or not row["sure"] or row["value"] <= 0:
            continue
        indicator = INDICATORS[name]
        before, after = row["reference"], row["reference"] + row["value"]
        factor, unit = (100.0, " %") if "share" in name else (1.0, "")
        what_told = of_both(indicator.label, indicator.label_zh, lang)
        if not unit and lang == "en":
            what_told += f", {indicator.unit}"
        line = tell(
            "warn.line", lang, what=what_told, unit=unit,
            before=number(before * factor), after=number(after * factor),
        )  # fmt: skip
        told.append(
            {"kind": tell(f"warn.{what}", lang), "line": line, "who": _who(answer, place, name)}
        )
    return told


def _who(answer: Answer, place: int, indicator: str) -> list[Json]:
    """Providers where a count has risen most, under the first seed."""
    column = _COUNT_OF.get(indicator)
    if column is None:
        return []
    record, base = answer.records[place][0], answer.records[0][0]
    start = record.frames.shape[0] - 12 * answer.choice.years
    risen = (
        record.frames[column][start:].sum(axis=0) - base.frames[column][start:].sum(axis=0)
    )  # fmt: skip
    names = map_of(answer.choice.county, answer.size.weight).county.provider_names
    order = np.argsort(-risen, kind="stable")[:_MOST_SHOWN]
    return [
        {"row": int(p), "name": names[p], "count": int(risen[p])} for p in order if risen[p] > 0
    ]


# -- who gains, who loses --------------------------------------------------------------


def people_table(answer: Answer, place: int, lang: Lang) -> list[Json]:
    """A row a group of people: changes of each figure with certainty, for a table with bars."""
    if answer.comparison is None:
        return []
    years = answer.choice.years
    base, ours = (
        np.array([lot_figures(record.lots[-years:]) for record in answer.records[p]])
        for p in (0, place)
    )
    gaps = group_differences(base, ours)
    widest = [
        max((abs(row[f].value) for row in gaps), default=1.0) or 1.0 for f in range(len(FIGURES))
    ]
    ground = map_of(answer.choice.county, answer.size.weight)
    rows: list[Json] = []
    for g, (section, name) in enumerate(group_names(ground.county, lang)):
        cells = []
        for f, figure in enumerate(FIGURES):
            gap = gaps[g][f]
            good = BETTER[figure] * (1 if gap.value > 0 else -1)
            word = tell("gains" if good > 0 else "loses", lang) if good and gap.sure else ""
            cells.append(
                {
                    "text": signed(gap.value),
                    "low": signed(gap.low),
                    "high": signed(gap.high),
                    "level": number(float(base[:, g, f].mean())),
                    "bar": gap.value / widest[f],
                    "sure": gap.sure,
                    "good": good if gap.sure else 0,
                    "word": word,
                }
            )
        rows.append({"section": section, "name": name, "cells": cells})
    return rows


def level_name(tier: int, lang: Lang) -> str:
    """A level of providers."""
    return tell(f"level.{Tier(tier).value}", lang)
