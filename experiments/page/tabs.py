"""Tabs of the page: the answer, the map, flows, who gains."""

from __future__ import annotations

import solara

from experiments.groups import FIGURES
from experiments.page import charts, panels, parts
from experiments.page.desk import Answer
from experiments.page.downloads import Downloads
from experiments.page.record import PURSES, TILL
from experiments.page.scenario import LETTERS, to_link
from experiments.page.session import Session
from experiments.page.small import Foot, Waiting, words_of
from experiments.page.words import tell


@solara.component
def AnswerTab(session: Session) -> None:
    """Headlines with curves and certainty, warnings, downloads."""
    lang, answer = session.lang.value, session.answer
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    WarningsOf(session, answer)
    parts.Panels(
        panels=session.once("panels", answer, lang, lambda: panels.headline_panels(answer, lang)),
        label=tell("tab.answer", lang),
        stamp=f"{to_link(answer.choice, {})}|{answer.size.weight}|{answer.seeds}|{lang}",
    )
    Foot(tell("answer.foot", lang))
    Downloads(session, answer)


@solara.component
def WarningsOf(session: Session, answer: Answer) -> None:
    """Where care is withheld, refused or invented, with who shows it."""
    lang, side = session.lang.value, session.shown_side
    parts.Warnings(
        words=words_of(lang, warnings="warnings", none="warnings.none", who="warn.who"),
        warnings=session.once(
            "warnings", answer, (side, lang), lambda: panels.warnings_of(answer, side, lang)
        ),
        event_look=session.look,
    )


@solara.component
def MapTab(session: Session) -> None:
    """The county month by month."""
    lang, answer = session.lang.value, session.answer
    side = session.shown_side
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    data = session.once("map", answer, (side, lang), lambda: charts.map_data(answer, side, lang))
    purses = {tell(f"purse.{name}", lang): _purse_colour(name) for name in PURSES}
    parts.CountyMap(
        county=data,
        words={
            **words_of(
                lang, play="play", pause="pause", step="step", rewind="rewind", speed="speed",
                month="month", show="map.show", patients="map.patients", money="map.money",
                doctors="map.doctors", visits="map.visits", load="map.load", went="map.went",
                minutes="map.minutes", million="million", click="map.click", player="tab.map",
                inforce="starts", low="map.low", high="map.high",
                receipts="map.receipts", thousand="map.thousand", look="map.look",
                **{f"till.{name}": f"till.{name}" for name in TILL},
            ),
            "foot.patients": tell("map.foot", lang),
            "foot.doctors": tell("map.foot.doctors", lang),
            "foot.money": tell("map.foot.money", lang),
            "foot.receipts": tell("map.foot.receipts", lang),
        },
        levels=list(charts.LEVEL_COLOURS),
        purses=purses,
        till=list(TILL),
        event_look=session.look,
    )  # fmt: skip


def _purse_colour(name: str) -> str:
    levels = dict(
        zip(("village", "township", "county", "outside"), charts.LEVEL_COLOURS, strict=False)
    )
    return levels.get(name, {"fund": "#CC79A7", "households": "#767676"}.get(name, "#999999"))


@solara.component
def FlowsTab(session: Session) -> None:
    """Who goes where, before and after; the siphon by kind."""
    lang, answer, side = session.lang.value, session.answer, session.shown_side
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    years = answer.records[0][0].years
    year = session.year.value if session.year.value in years else years[-1]
    parts.Pick(
        label=tell("tab.flows", lang),
        fields=[
            {
                "name": "year",
                "label": tell("flows.year", lang),
                "value": year,
                "options": [[y, str(y)] for y in years],
            }
        ],
        buttons=[],
        event_moved=session.do,
    )
    levels = [tell(f"level.{tier}", lang) for tier in range(5)]
    order = [*(tell(f"band.{b}", lang) for b in (0, 1, 2, "elsewhere")), *levels]
    order += [tell("end.visit", lang), tell("end.bed", lang)]
    parts.Flows(
        sides=charts.flow_data(answer, side, years.index(year), lang),
        order=order,
        colours=dict(zip(levels, charts.LEVEL_COLOURS, strict=True)),
    )
    Foot(tell("flows.foot", lang))
    parts.SiphonBars(
        title=tell("siphon", lang),
        subtitle=tell("siphon.number", lang),
        rows=charts.siphon_rows(answer, lang),
        colours=charts.colours(),
        legend=[panels.legend(p, lang) for p in range(len(answer.records))],
        foot=tell("siphon.foot", lang),
    )


@solara.component
def PeopleTab(session: Session) -> None:
    """Who gains and who loses, by age, income and distance."""
    lang, answer, side = session.lang.value, session.answer, session.shown_side
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    found = session.once(
        "people", answer, (side, lang), lambda: panels.people_table(answer, side, lang)
    )
    rows = [
        {
            **row,
            "cells": [
                {**cell, "hint": f"{cell['level']}; {cell['low']} – {cell['high']}"}
                for cell in row["cells"]
            ],
        }
        for row in found
    ]
    letter = LETTERS[max(0, side - 1)]
    parts.Grid(
        caption=tell("tab.people", lang),
        columns=[
            tell("people.group", lang),
            *(tell(f"people.{figure}", lang) for figure in FIGURES),
        ],
        rows=rows,
        numeric=True,
        event_look=session.look,
    )  # fmt: skip
    Foot(tell("people.foot", lang, letter=letter))
