"""A change taken apart as the page shows it: words, and where bars and intervals stand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from abm.replay import CHANNELS
from experiments.headline import Headline
from experiments.page import panels
from experiments.page.why_job import WhyAnswer
from experiments.page.words import of_both, tell
from experiments.why_runs import SHAPLEY
from experiments.why_shares import TOTAL
from experiments.words import Lang

Json = dict[str, Any]


def status_of(found: WhyAnswer, lang: Lang) -> str:
    """What the bars are, and what is still to come."""
    told = tell(f"why.bars.{found.method}", lang, seeds=found.seeds)
    if found.fault:
        return f"{told} {tell('fault', lang, why=found.fault)}"
    if found.done:
        return told
    return f"{told} {tell('why.coming', lang, percent=round(100 * found.share))}"


def bars(table: pd.DataFrame, headline: Headline, method: str, lang: Lang) -> list[Json]:
    """A row a part: its words, and where bar and interval stand in percent of the width."""
    lines = table[table["name"] == headline.name].to_dict("records")
    factor = headline.factor
    # Wide intervals of few runs are cut: else the bars could not be seen.
    most = max((abs(line["value"]) for line in lines), default=0.0) * 1.6 or 1.0

    def place(value: float) -> float:
        return round(50.0 + 50.0 * min(max(value / most, -1.0), 1.0), 2)

    rows: list[Json] = []
    for line in lines:
        value, low, high = (float(line[key]) for key in ("value", "low", "high"))
        nought, zero = value == low == high == 0.0, place(0.0)
        mark = "why.none" if nought else "sure" if line["sure"] else "unsure"
        rows.append(
            {
                "part": line["part"],
                "name": part_name(str(line["part"]), method, lang),
                "how": _how(str(line["part"]), method, lang),
                "change": panels.signed(value * factor),
                "interval": f"{panels.signed(low * factor)} – {panels.signed(high * factor)}",
                "sure": bool(line["sure"]),
                "mark": tell(mark, lang),
                "left": min(zero, place(value)),
                "width": round(abs(place(value) - zero), 2),
                "from": place(low),
                "to": place(high),
                "cut": bool(math.isinf(high) or abs(low) > most or abs(high) > most),
            }
        )
    return rows


def part_name(part: str, method: str, lang: Lang) -> str:
    """What a part of a change is called."""
    if part in CHANNELS:
        channel = CHANNELS[part]
        return of_both(channel.title, channel.title_zh, lang).capitalize()
    if part == TOTAL:
        return tell("why.total", lang)
    return tell("why.rest.shapley" if method == SHAPLEY else "why.rest.quick", lang)


def _how(part: str, method: str, lang: Lang) -> str:
    if part in CHANNELS:
        return of_both(CHANNELS[part].how, CHANNELS[part].how_zh, lang)
    if part == TOTAL:
        return ""
    return tell("why.rest.how" if method == SHAPLEY else "why.rest.how.quick", lang)
