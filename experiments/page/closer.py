"""Looking closer at one resident, doctor or provider: run with a watch on, told as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from experiments.cli_tables import number, shown
from experiments.explain import Explanation, Find, Kind, Subject, explain
from experiments.page.record import county_of, policy_of
from experiments.page.words import of_both, tell
from experiments.words import Lang, argument_word, word

Json = dict[str, Any]
_CODES = ("cause", "slot")
"""Columns that hold a code; what it stands for is told with the need and the options."""
_REPEATED = ("settled_", "insured_")
_TITLED = ("paid", "in", "out", "red")
_MOST_QUEUED = 6
"""Patients of a provider or doctor that are told of a month."""


@dataclass(frozen=True)
class Closer:
    """Who is looked at on the page.

    Attributes
    ----------
    side
        Which policy of the answer; 0 is the baseline.
    """

    kind: str = ""
    number: str | None = None
    find: str = "severe"
    side: int = 1


@dataclass(frozen=True)
class CloserAsk:
    """Whom to look at, in which run.

    Attributes
    ----------
    number
        Row or key; None to find a resident.
    """

    county: str
    policy: str
    baseline: str
    years: int
    weight: int
    seed: int
    kind: Kind
    number: str | None
    find: Find
    lang: Lang


def look_closer(ask: CloserAsk, told: Callable[[int], None]) -> list[Json]:
    """Run with a watch on; for a process behind the page.

    Returns
    -------
    list
        A header, then a block a month: title, lines, options, judgements.

    Raises
    ------
    InputError
        If there is nobody of that number.
    """
    found = explain(
        county_of(ask.county),
        policy_of(ask.policy),
        policy_of(ask.baseline),
        kind=ask.kind,
        number=ask.number,
        find=ask.find,
        years=ask.years,
        rng=ask.seed,
        weight=ask.weight,
        threads=1,
        most=_MOST_QUEUED,
        lang=ask.lang,
        progress=lambda _, done, __: told(done),
    )
    return list(_blocks(found, ask))


def _blocks(found: Explanation, ask: CloserAsk) -> Iterator[Json]:
    kind, lang, county = ask.kind, ask.lang, county_of(ask.county)
    title = of_both(county.title, county.title_zh, lang)
    stands = tell("closer.stands", lang, county=title, seed=ask.seed, weight=ask.weight)
    proved = tell("closer.proved" if found.proved else "closer.unproved", lang)
    yield {"title": _name(found.subject, lang), "stands": stands, "proved": proved}
    last_care = max((r["month"] for r in found.rows if r["kind"] == "option"), default=-1)
    for month, rows in groupby(found.rows, lambda row: row["month"]):
        told = list(rows)
        steps = [
            _step(list(part), lang, judged=kind != "patient" or month == last_care)
            for _, part in groupby(told, lambda r: (r["step"], r.get("resident"), r.get("place")))
        ]
        steps = [step for step in steps if step["lines"] or step["options"] or step["judged"]]
        if month in found.more:
            more = tell("closer.more", lang, n=found.more[month], month=month)
            steps.append({"name": "", "lines": [more], "options": None, "judged": []})
        if steps:
            head = tell("closer.month", lang, month=month)
            summary = next((s["lines"][0] for s in steps if s["lines"]), "")
            opened = month in (last_care, found.months - 1)
            yield {"month": head, "summary": summary, "open": opened, "steps": steps}  # fmt: skip


def _name(subject: Subject, lang: Lang) -> str:
    """Name of who is looked at; of people its first word is the kind of agent."""
    told = subject.name
    for kind in ("resident", "doctor"):
        if subject.kind != "provider" and told.startswith(f"{kind} "):
            told = word(kind, lang) + told.removeprefix(kind)
    return told.replace(", key ", "，编码") if lang == "zh" else told


def _step(rows: list[Json], lang: Lang, judged: bool) -> Json:
    name, resident = "", None
    if rows[0]["step"] == "care":
        resident = rows[0].get("resident")
        name = f"{word('resident', lang)} {resident}, {word('at', lang)} {rows[0].get('place')}"
    lines: list[str] = []
    options: Json | None = None
    weighed: list[Json] = []
    for kind, group in groupby(rows, lambda row: row["kind"]):
        members = list(group)
        if kind == "need":
            lines += [
                f"{word('need', lang)}: {r['what']}, {r['cause']}, {number(r['severity'])}"
                for r in members
            ]
        elif kind == "option":
            options = _options(members, lang)
        elif kind == "judged":
            if judged:
                weighed += [_judgement(r, lang) for r in members]
        elif kind == "changed":
            changes = [
                f"{r['what']} {_short(r['before'])} → {_short(r['value'])}"
                for r in members
                if not r["column"].startswith("year_") and r["column"] not in _CODES
            ]
            if changes:
                lines.append(f"{word('changes', lang)}: {'; '.join(changes)}")
        else:
            parts = [
                f"{r['what']} {shown(r['value'])}"
                for r in members
                if not r.get("column", "").startswith(_REPEATED)
            ]
            head = f"{word(kind, lang)}: " if kind in _TITLED else ""
            if parts:
                lines.append(head + ", ".join(parts))
    return {
        "name": name, "resident": resident, "lines": lines, "options": options, "judged": weighed,
    }  # fmt: skip


def _options(rows: list[Json], lang: Lang) -> Json:
    parts = list(dict.fromkeys(name for row in rows for name in row["parts"]))
    parts = [name for name in parts if any(row["parts"].get(name) for row in rows)]
    columns = [word("option", lang), *parts, word("worth", lang), word("chance", lang)]
    cells = [
        {
            "chosen": bool(row["chosen"]),
            "cells": [
                row["what"],
                *(shown(row["parts"].get(name)) for name in parts),
                shown(row["worth"]),
                shown(row["chance"]),
            ],
        }
        for row in rows
    ]
    return {"columns": columns, "rows": cells, "chosen": word("chosen", lang)}


def _judgement(row: Json, lang: Lang) -> Json:
    because = {argument_word(name, lang): value for name, value in row["given"].items()}
    told = {**because, **row["parts"]}
    given = ", ".join(f"{name} {shown(value)}" for name, value in told.items())
    return {
        "depth": row["depth"],
        "what": row["what"],
        "value": shown(row["value"]),
        "given": given,
    }


def _short(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
