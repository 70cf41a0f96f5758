"""The tab that looks closer at one provider, doctor or patient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import solara

from experiments.cli_tables import number, shown
from experiments.explain import FIND
from experiments.page import panels, parts
from experiments.page.desk import Answer
from experiments.page.places import map_of
from experiments.page.record import county_of
from experiments.page.session import Session
from experiments.page.small import Foot, Waiting
from experiments.page.words import WORDS, tell
from experiments.words import Lang

Json = dict[str, Any]
MOST_STAFF = 40
"""Doctors of a provider that are listed."""


@solara.component
def CloserTab(session: Session) -> None:
    """One provider, doctor or patient."""
    lang, answer, closer = session.lang.value, session.last.value, session.closer.value
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    ground = map_of(answer.choice.county, answer.size.weight)
    tiers = ground.county.providers["tier"]
    order = np.argsort(-tiers, kind="stable").tolist()
    providers = [[str(p), ground.county.provider_names[p]] for p in order]
    blank = [["", "–"]]
    sides = [[str(p), panels.legend(p, lang)] for p in range(len(answer.records))]
    side = min(closer.side, len(answer.records) - 1)
    finds = [[find, tell(f"find.{find}", lang)] for find in FIND]
    parts.Pick(
        label=tell("tab.closer", lang),
        fields=[
            _field("side", tell("closer.under", lang), str(side), sides),
            _field(
                "provider",
                tell("closer.provider", lang),
                closer.number if closer.kind == "provider" else "",
                blank + providers,
            ),
            _field(
                "find",
                tell("closer.find", lang),
                closer.find if closer.kind == "patient" and closer.number is None else "",
                blank + finds,
            ),
        ],
        buttons=[],
        event_moved=lambda event: _picked(session, event),
    )
    if not closer.kind:
        Foot(tell("closer.choose", lang))
        return
    if closer.kind == "provider":
        ProviderCard(session, int(closer.number or 0), side)
    story = session.story.value
    if story is None:
        Waiting(session)
    elif isinstance(story, str):
        Foot(tell("fault", lang, why=story))
    else:
        parts.Story(head=story[0], blocks=story[1:], event_look=session.look)


def _field(name: str, label: str, value: str | None, options: list[list[str]]) -> Json:
    return {"name": name, "label": label, "value": value, "options": options}


def _picked(session: Session, event: Json) -> None:
    value = event["value"]
    if event["what"] == "side":
        session.closer.value = replace(session.closer.value, side=int(value))
        session.tell_story()
    elif value != "":
        session.look({"row": value} if event["what"] == "provider" else {"find": value})


@solara.component
def ProviderCard(session: Session, provider: int, side: int) -> None:
    """A provider's load, cash and staff at the end of the run."""
    lang, answer = session.lang.value, session.last.value
    if answer is None:
        return
    record = answer.records[side][0]
    frame = record.frames[-1]
    if provider >= len(frame):
        return
    facts = [
        (tell("closer.cash", lang), panels.with_minus(float(frame["cash_fen"][provider]) / 1e8)),
        (tell("closer.minutes.load", lang), number(float(frame["minutes_load"][provider]))),
        (tell("closer.bed.load", lang), number(float(frame["bed_load"][provider]))),
        (tell("closer.wait", lang), number(float(frame["wait_days"][provider]))),
    ]
    staff = record.doctors[record.doctors["provider"] == provider]
    ground = map_of(answer.choice.county, answer.size.weight)
    name = ground.county.provider_names[provider]
    parts.Grid(
        caption=name,
        columns=[tell("closer.what", lang), tell("closer.value", lang)],
        rows=[{"name": what, "cells": [{"text": value}]} for what, value in facts],
        numeric=True,
        event_look=session.look,
    )
    parts.Grid(
        caption=f"{tell('closer.staff', lang)}, {name}",
        columns=[
            tell("closer.doctor", lang), tell("closer.income", lang), tell("closer.owed", lang),
            tell("closer.altruism", lang),
        ],
        rows=[_doctor_row(doctor, answer, side, lang) for doctor in staff[:MOST_STAFF]],
        numeric=True,
        event_look=session.look,
    )  # fmt: skip


def _doctor_row(doctor: np.void, answer: Answer, side: int, lang: Lang) -> Json:
    titles = county_of(answer.choice.county).titles
    key = f"title.{titles[int(doctor['title'])]}"
    title = tell(key, lang) if key in WORDS else titles[int(doctor["title"])]
    name = tell(
        "closer.doctor.line",
        lang,
        row=int(doctor["row"]),
        title=title,
        age=int(doctor["age_years"]),
    )
    cells = [
        {"text": shown(round(float(doctor["income_fen"]) / 100))},
        {"text": shown(round(float(doctor["arrears_fen"]) / 100))},
        {"text": number(float(doctor["altruism"]))},
    ]  # fmt: skip
    return {"name": name, "go": {"doctor": int(doctor["row"]), "side": side}, "cells": cells}
