"""Rows of a story, read from what a watch was told: nothing here is worked out anew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from abm.model import Model
from abm.watch import LIFE, Step
from agents.conditions import CAUSES, CONDITIONS
from agents.foundation.trace import Call, Working
from agents.patient import CRITICAL_FROM, MODERATE_FROM, SEVERE_FROM
from experiments.words import Lang, class_word, judged_word, part_word, word

Row = dict[str, Any]
_DRAWS = ("uniform", "happens")
_STEPS = (
    "weigh_options",
    "pick",
    "option_place",
    "price_row",
    "need_class",
    "benefit_spent",
    "tally_row",
    "age_years",
    "queue_key",
)
"""Told by the rows of the options or plain from them, or mere places in a table."""
_HASHES = ("stream", "lanes", "seed", "key", "purpose", "lane", "row", "month", "worth", "d")
_QUIET_CHANGES = ("age_months", "belief")


def rows_of_step(model: Model, step: Step, lang: Lang) -> list[Row]:
    """A step as rows: the need, options, what was judged, who paid, what changed for him."""
    head = {"month": step.month, "resident": step.row, "step": "life", "place": ""}
    if step.tier != LIFE:
        head |= {"step": "care", "place": model.county.provider_names[step.provider]}
    parts: list[Row] = []
    if step.tier == LIFE:
        parts += _need(step, lang)
    parts += _options(model, step, lang)
    if step.tier != LIFE:
        parts += _judged(step, lang)
        parts += _paid(model, step, lang)
    parts += _changes(step, lang)
    return [{**head, **part, "proved": step.proved} for part in parts]


def weighings(call: Call) -> Iterator[tuple[Call, Call]]:
    """Calls in which several places were given a worth in parts, each with its caller."""
    for _, outer in call.walk():
        for inner in outer.calls:
            if len(_sums(inner)) > 1:
                yield outer, inner


def _need(step: Step, lang: Lang) -> list[Row]:
    after = step.after[0]
    severity = int(after["severity"])
    if severity == 0 and after["routine"] == 0:
        return []
    kind = sum(severity >= limit for limit in (MODERATE_FROM, SEVERE_FROM, CRITICAL_FROM))
    kind = 4 if kind == 0 and after["routine"] == 1 else kind
    cause = int(after["cause"])
    return [
        {
            "kind": "need",
            "what": class_word(kind, lang),
            "severity": severity / 1000.0,
            "cause": cause_word(cause, lang),
        }
    ]


def cause_word(cause: int, lang: Lang) -> str:
    """What a need is of, in a reader's language; a routine visit if below 0."""
    if 0 <= cause < len(CAUSES):
        return word(CAUSES[cause], lang)
    if cause < 0:
        return word("routine", lang)
    condition = CONDITIONS[cause - len(CAUSES)]
    return condition.title_zh if lang == "zh" else condition.title


def _sums(call: Call) -> dict[int, list[Working]]:
    """Workings of a call by place, of the target that first got a sum of several terms."""
    found: dict[int, list[Working]] = {}
    target = ""
    for working in call.workings:
        if not isinstance(working.index, int):
            continue
        is_sum = len(working.terms) > 1 and working.terms[0].sign == "+"
        if not target and is_sum and isinstance(working.value, float):
            target = working.target
        if working.target == target and (is_sum or working.operator == "*="):
            found.setdefault(working.index, []).append(working)
    return found


def _options(model: Model, step: Step, lang: Lang) -> list[Row]:
    rows: list[Row] = []
    for outer, weighing in weighings(step.call):
        place = next(
            (int(c.value) for c in weighing.find("option_place")), int(step.before[0]["village"])
        )
        chosen = int(outer.value) if isinstance(outer.value, int) else None
        chances = _chances(outer)
        for slot, workings in sorted(_sums(weighing).items()):
            p = int(model.network.provider[place, slot])
            chance = chances[slot] if slot < len(chances) else None
            if p < 0:
                continue
            parts = _parts(workings, lang)
            rows.append(
                {
                    "kind": "option",
                    "what": model.county.provider_names[p],
                    "parts": parts,
                    "worth": sum(parts.values()),
                    "chance": chance,
                    "chosen": slot == chosen,
                }
            )
        home = chances[-1] if chances else None
        rows.append(
            {
                "kind": "option",
                "what": word("nowhere", lang),
                "parts": {},
                "worth": None,
                "chance": home,
                "chosen": chosen == -1,
            }
        )
    return rows


def _parts(workings: Sequence[Working], lang: Lang) -> dict[str, float]:
    """Parts of one option's worth: the terms, and each factor of its odds as a logarithm."""
    parts: dict[str, float] = {}
    for working in workings:
        for term in working.terms:
            value = float(term.value)
            if working.operator == "*=":
                value = math.log(value) if value > 0 else -math.inf
            elif term.sign == "-":
                value = -value
            name = part_word(term.text, lang)
            parts[name] = parts.get(name, 0.0) + value
    return parts


def _chances(outer: Call) -> list[float]:
    """Chance of each slot, then of staying at home, from the odds that were picked from."""
    pick = next((c for c in outer.calls if {"worth", "stay_home"} <= set(c.arguments)), None)
    if pick is None:
        return []
    odds = np.array(pick.arguments["worth"], dtype=float)
    every = np.append(odds, pick.arguments["stay_home"])
    return [float(chance) for chance in every / every.sum()]


def _judged(step: Step, lang: Lang) -> list[Row]:
    rows: list[Row] = []
    for depth, call in step.call.walk():
        if not call.name or call.name in _STEPS or call.name == "uniform" or call.value is None:
            continue
        if not isinstance(call.value, bool | int | float):
            continue
        given = {k: v for k, v in call.arguments.items() if k not in _HASHES}
        rows.append(
            {
                "kind": "judged",
                "what": word(call.name, lang, call.summary),
                "function": call.name,
                "depth": depth,
                "given": {k: v for k, v in given.items() if not isinstance(v, tuple)},
                "parts": _because(call, lang),
                "value": call.value,
            }
        )
    return [row for row in rows if row["function"] != "happens" or row["given"].get("chance")]


def _because(call: Call, lang: Lang) -> dict[str, float]:
    """Terms of the sums by which a judgement came about."""
    if call.name in _DRAWS:
        return {}
    return {
        judged_word(term.text, lang): -term.value if term.sign == "-" else term.value
        for working in call.workings
        if len(working.terms) > 1 and working.terms[0].sign == "+"
        for term in working.terms
        if isinstance(term.value, float) and any(map(str.isalpha, term.text))
    }


def _paid(model: Model, step: Step, lang: Lang) -> list[Row]:
    rows: list[Row] = []
    for (row, *_), columns in step.written.get("tally", []):
        name = model.county.provider_names[int(model.tally_provider[row])]
        for column, value in columns.items():
            money = column.endswith("_fen")
            rows.append(
                {
                    "kind": "paid" if money else "done",
                    "what": word(column, lang),
                    "column": column,
                    "place": name,
                    "value": value / 100.0 if money else value,
                }
            )
    for doctor in step.doctors:
        altruism = float(model.world.doctors["altruism"][doctor])
        rows.insert(
            0,
            {"kind": "doctor", "what": word("altruism", lang), "value": altruism, "doctor": doctor},
        )
    return rows


def _changes(step: Step, lang: Lang) -> list[Row]:
    before, after = step.before[0], step.after[0]
    rows: list[Row] = []
    for column in step.after.dtype.names or ():
        if column in _QUIET_CHANGES or np.array_equal(before[column], after[column]):
            continue
        rows.append(
            {
                "kind": "changed",
                "what": word(column, lang),
                "column": column,
                "before": before[column].tolist(),
                "value": after[column].tolist(),
            }
        )
    return rows
