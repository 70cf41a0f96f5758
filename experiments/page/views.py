"""The page's components: each reads one browser's session and shows a part of it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import solara

from calibration.county import county_names
from calibration.places import counties_folder, policies_folder
from calibration.policies import policy_names
from experiments.cli_tables import number, shown
from experiments.curves import COLOURS
from experiments.page import charts, panels, parts
from experiments.page.account_words import account_word
from experiments.page.desk import Answer
from experiments.page.downloads import Downloads
from experiments.page.lever_words import CHOICE_WORDS
from experiments.page.levers import GROUPS, SCHEME, Lever, county_value, levers_of, value_in
from experiments.page.places import map_of
from experiments.page.record import PURSES, STAFF, county_of
from experiments.page.scenario import LETTERS, LONGEST_YEARS, Choice, Scenario, scheme_of, to_link
from experiments.page.session import TABS, Session
from experiments.page.words import WORDS, of_both, tell
from experiments.words import Lang

Json = dict[str, Any]
STYLE = Path(__file__).with_name("style.css")


def words_of(lang: Lang, **keys: str) -> dict[str, str]:
    """Some words of the catalogue, by the names that a part calls them."""
    return {name: tell(key, lang) for name, key in keys.items()}


@lru_cache(2)
def _titles(folder: Path, pattern: str) -> dict[str, tuple[str, str, str]]:
    found = {}
    for path in sorted(folder.glob(pattern)):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        name = path.parent.name if path.stem == "county" else path.stem
        found[name] = (table["title"], table["title_zh"], table.get("rule", ""))
    return found


def counties(lang: Lang) -> list[list[str]]:
    """Names and titles of the shipped counties."""
    titles = _titles(counties_folder(), "*/county.toml")
    return [[name, of_both(*titles[name][:2], lang)] for name in county_names()]


def presets(lang: Lang) -> list[list[str]]:
    """Names and titles of the shipped policies."""
    titles = _titles(policies_folder(), "*.toml")
    return [[name, of_both(*titles[name][:2], lang)] for name in policy_names()]


# -- the frame -------------------------------------------------------------------------


@solara.component
def Whole(session: Session) -> None:
    """The page."""
    solara.use_effect(lambda: _opened(session), [session])
    lang = session.lang.value
    title = f"{tell('title', lang)} · {tell('subtitle', lang)}"
    solara.Style(STYLE)
    parts.Loader(lang=lang, title=title, query=session.query)
    with solara.Div(classes=["yg"]):
        TopBar(session)
        with solara.Div(classes=["yg-body"]):
            with solara.Div(classes=["yg-side-pane"]):
                LeverPane(session)
            with solara.Div(classes=["yg-main"], attributes={"id": "yg-main"}):
                StatusBar(session)
                parts.Tabs(
                    label=tell("tab.answer", lang),
                    tabs=[[tab, tell(f"tab.{tab}", lang)] for tab in TABS],
                    tab=session.tab.value,
                    event_moved=session.do,
                )
                _SHOWN[session.tab.value](session)
                Stands(session)


def _opened(session: Session) -> Any:
    session.ask()
    return session.close


@solara.component
def TopBar(session: Session) -> None:
    """Title and what holds for the whole page."""
    lang, choice = session.lang.value, session.choice.value
    parts.Top(
        words=words_of(
            lang, title="title", subtitle="subtitle", county="county", years="years",
            undo="undo", redo="redo", reset="reset", link="link", hint="link.hint",
            copied="link.copied", language="language", other="language.hint", skip="skip",
        ),
        counties=counties(lang),
        county=choice.county,
        years=choice.years,
        allowed=list(range(1, LONGEST_YEARS + 1)),
        undo=bool(session.past.value),
        redo=bool(session.future.value),
        lang=lang,
        query=session.query,
        event_moved=session.do,
    )  # fmt: skip


@solara.component
def LeverPane(session: Session) -> None:
    """Scenarios, presets and levers."""
    lang, choice = session.lang.value, session.choice.value
    titles = _titles(policies_folder(), "*.toml")
    scenarios = [
        {
            "letter": LETTERS[i],
            "short": _short(scenario, titles, lang),
            "title": of_both(*titles[scenario.preset][:2], lang),
            "colour": COLOURS[i + 1],
        }
        for i, scenario in enumerate(choice.scenarios)
    ]
    parts.Levers(
        words=words_of(
            lang, scenarios="scenarios", add="add", addhint="add.hint", remove="remove",
            preset="preset", back="back",
        ),
        scenarios=scenarios,
        active=choice.active,
        preset=choice.now.preset,
        presets=presets(lang),
        rule=titles[choice.now.preset][2] if lang == "en" else "",
        groups=_groups(choice, lang),
        event_moved=session.do,
    )  # fmt: skip


def _short(scenario: Scenario, titles: dict[str, tuple[str, str, str]], lang: Lang) -> str:
    name = scenario.preset.replace("_", " ") if lang == "en" else titles[scenario.preset][1]
    most = 14 if lang == "en" else 9
    name = name if len(name) <= most else name[: most - 1] + "…"
    return name + ("*" if scenario.changes else "")


def _groups(choice: Choice, lang: Lang) -> list[Json]:
    table = choice.now.table()
    groups = []
    changed = dict(choice.now.changes)
    known = levers_of(scheme_of(table))
    for name in GROUPS:
        rows = [
            _lever_row(found, table, choice, found.path in changed, lang)
            for found in known
            if found.group == name
        ]
        n = sum(row["changed"] for row in rows)
        if rows:
            groups.append(
                {
                    "name": name,
                    "title": tell(f"group.{name}", lang),
                    "changed": tell("changed.count", lang, n=n) if n else "",
                    "levers": rows,
                }
            )
    return groups


def _lever_row(found: Lever, table: Json, choice: Choice, changed: bool, lang: Lang) -> Json:
    words, factor = found.words, found.factor
    value, own = value_in(table, found), ""
    if value is None:
        value = county_value(county_of(choice.county), found)
        own = tell("own", lang)
    row: Json = {
        "path": found.path,
        "kind": found.kind,
        "label": of_both(words.label, words.label_zh, lang),
        "explains": of_both(found.explains, words.explains_zh, lang),
        "unit": tell(f"unit.{words.unit}", lang),
        "changed": changed,
        "own": own,
        "value": value,
    }
    if found.kind in ("number", "whole"):
        shown_value = float(value or 0.0) * factor
        row |= {
            "value": float(f"{shown_value:.6g}"),
            "low": float(f"{found.low * factor:.6g}"),
            "high": float(f"{max(found.high * factor, shown_value):.6g}"),
            "step": float(f"{found.step * factor:.6g}"),
        }
    elif found.kind == "choice":
        row["choices"] = [[name, _choice_word(found, name, lang)] for name in found.choices]
    return row


def _choice_word(found: Lever, name: str, lang: Lang) -> str:
    known = CHOICE_WORDS.get(name)
    if known is None:
        return name.replace("_", " ")
    return of_both(*known, lang)


@solara.component
def StatusBar(session: Session) -> None:
    """What the shown figures stand on, and the way to the full county."""
    lang, answer, full = session.lang.value, session.answer, session.full.value
    running = full is not None and not full.done
    shown_full = answer is not None and not answer.size.quick
    if full is not None and full.comparison is not None:
        action = tell("quick.back" if shown_full else "full.show", lang)
    else:
        action = tell("full", lang)
    faults = [answer.fault] if answer is not None and answer.fault else []
    full_share = round(100 * (full.share if full is not None else 0))
    told = [tell("fault", lang, why=fault) for fault in [*faults, *_fault_of(full)]]
    parts.Status(
        words=words_of(lang, cancel="cancel"),
        text=_standing(answer, lang),
        done=answer is not None and (answer.done or answer.comparison is not None),
        quick=answer is None or answer.size.quick,
        seeds=answer.seeds if answer is not None and answer.comparison is not None else 0,
        percent=round(100 * (answer.share if answer is not None else 0)),
        running=running,
        full=tell("status.full.running", lang, percent=full_share),
        fullpercent=full_share,
        action=action,
        faults=[*told, *_link_faults(session)],
        event_moved=session.do,
    )


def _fault_of(answer: Answer | None) -> list[str]:
    return [answer.fault] if answer is not None and answer.fault else []


def _link_faults(session: Session) -> list[str]:
    lang, faults = session.lang.value, session.faults.value
    return [tell("faults", lang, why="; ".join(faults))] if faults else []


def _standing(answer: Answer | None, lang: Lang) -> str:
    if answer is None or answer.comparison is None:
        share = answer.share if answer is not None else 0.0
        return tell("status.running", lang, percent=round(100 * share))
    if answer.size.quick:
        return tell("status.quick", lang, seeds=answer.seeds, weight=answer.size.weight)
    return tell("status.full", lang, seeds=answer.seeds)


@solara.component
def Stands(session: Session) -> None:
    """What the county stands on, under everything."""
    lang, county = session.lang.value, county_of(session.choice.value.county)
    title, label = of_both(county.title, county.title_zh, lang), of_both(
        county.label, county.label_zh, lang
    )
    from calibration.policies import load_policy

    baseline = load_policy(county.baseline_policy)
    told = tell("baseline.is", lang, title=of_both(baseline.title, baseline.title_zh, lang))
    solara.HTML(
        tag="p",
        unsafe_innerHTML=f"{tell('stands', lang, county=title, label=label)} {told}",
        classes=["yg-foot"],
    )


# -- tabs ------------------------------------------------------------------------------


@solara.component
def AnswerTab(session: Session) -> None:
    """Headlines with curves and certainty, warnings, downloads."""
    lang, answer = session.lang.value, session.answer
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    WarningsOf(session, answer)
    parts.Panels(
        panels=panels.headline_panels(answer, lang),
        label=tell("tab.answer", lang),
        stamp=f"{to_link(answer.choice, {})}|{answer.size.weight}|{answer.seeds}|{lang}",
    )
    Foot(tell("answer.foot", lang))
    Downloads(session, answer)


@solara.component
def Waiting(session: Session) -> None:
    """Until there is something to show."""
    solara.HTML(
        tag="div",
        unsafe_innerHTML=tell("loading", session.lang.value) + " …",
        classes=["yg-waiting"],
        attributes={"role": "status"},
    )


@solara.component
def Foot(text: str) -> None:
    """Small print under a tab."""
    solara.HTML(tag="p", unsafe_innerHTML=text, classes=["yg-foot"])


@solara.component
def WarningsOf(session: Session, answer: Answer) -> None:
    """Where care is withheld, refused or invented, with who shows it."""
    lang = session.lang.value
    parts.Warnings(
        words=words_of(lang, warnings="warnings", none="warnings.none", who="warn.who"),
        warnings=panels.warnings_of(answer, session.shown_side, lang),
        event_look=session.look,
    )


@solara.component
def MapTab(session: Session) -> None:
    """The county month by month."""
    lang, answer = session.lang.value, session.answer
    side = session.shown_side
    ready = answer is not None and answer.comparison is not None
    stamp = (id(answer.records[side][0]) if ready and answer else 0, side, lang)
    data = solara.use_memo(
        lambda: charts.map_data(answer, side, lang) if ready and answer else None, [stamp]
    )
    if data is None:
        Waiting(session)
        return
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
            ),
            "foot.patients": tell("map.foot", lang),
            "foot.doctors": tell("map.foot.doctors", lang),
            "foot.money": tell("map.foot.money", lang),
        },
        levels=list(charts.LEVEL_COLOURS),
        purses=purses,
        event_look=session.look,
    )  # fmt: skip


def _purse_colour(name: str) -> str:
    levels = dict(zip(("village", "township", "county", "outside"), charts.LEVEL_COLOURS, strict=False))
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
def MoneyTab(session: Session) -> None:
    """The reconciliation of a year, baseline and scenario side by side."""
    lang, records, choice = session.lang.value, session.accounts.value, session.choice.value
    solara.use_effect(lambda: session.ask_accounts() if records is None else None, [choice])
    if records is None:
        Waiting(session)
        return
    side = min(choice.active + 1, len(records) - 1)
    tables = [records[p].accounts for p in (0, side)]
    base, ours = tables
    if base is None or ours is None:
        return
    years = sorted(int(y) for y in base["year"].unique())
    year = session.year.value if session.year.value in years else years[-1]
    names = list(dict.fromkeys(base[base["year"] == year]["account"]))
    account = session.account.value if session.account.value in names else names[0]
    parts.Pick(
        label=tell("tab.money", lang),
        fields=[
            {"name": "year", "label": tell("flows.year", lang), "value": year,
             "options": [[y, str(y)] for y in years]},
            {"name": "account", "label": tell("accounts.of", lang), "value": account,
             "options": [[name, account_word(name, lang)] for name in names]},
        ],
        buttons=[],
        event_moved=session.do,
    )  # fmt: skip
    columns = [
        tell("accounts.line", lang), "", *(panels.legend(p, lang) for p in (0, side)),
        tell("change", lang),
    ]  # fmt: skip
    parts.Grid(
        caption=f"{account_word(account, lang)}, {year}, {tell('million', lang)}",
        columns=columns,
        rows=_account_rows(base, ours, year, account, lang),
        numeric=True,
        event_look=session.look,
    )
    Foot(tell("accounts.foot", lang))


def _account_rows(base: Any, ours: Any, year: int, account: str, lang: Lang) -> list[Json]:
    sides = [t[(t["year"] == year) & (t["account"] == account)] for t in (base, ours)]
    amounts = [
        {(r, line): int(fen) for r, line, fen in zip(t["role"], t["line"], t["amount_fen"], strict=True)}
        for t in sides
    ]  # fmt: skip
    order = {role: n for n, role in enumerate(("opening", "in", "out", "closing", "check", "memo"))}
    keys = sorted(dict.fromkeys([*amounts[0], *amounts[1]]), key=lambda key: order.get(key[0], 9))
    rows = []
    for role, line in keys:
        before, after = (side.get((role, line), 0) for side in amounts)
        if role == "check":
            texts = [tell("accounts.closes" if not v else "accounts.open", lang) for v in (before, after)]
            cells = [{"text": tell("role.check", lang)}, *({"text": t} for t in texts), {"text": ""}]
        else:
            cells = [
                {"text": tell(f"role.{role}", lang)},
                {"text": number(before / 1e8)},
                {"text": number(after / 1e8)},
                {"text": panels.signed((after - before) / 1e8) if after != before else "0"},
            ]
        rows.append({"name": account_word(line, lang), "cells": cells, "kind": role})
    return rows


@solara.component
def PeopleTab(session: Session) -> None:
    """Who gains and who loses, by age, income and distance."""
    lang, answer, side = session.lang.value, session.answer, session.shown_side
    if answer is None or answer.comparison is None:
        Waiting(session)
        return
    found = panels.people_table(answer, side, lang)
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
            tell("people.group", lang), *(tell(f"people.{figure}", lang) for figure in panels.FIGURES)
        ],
        rows=rows,
        numeric=True,
        event_look=session.look,
    )  # fmt: skip
    Foot(tell("people.foot", lang, letter=letter))


@solara.component
def CloserTab(session: Session) -> None:
    """One provider, doctor or patient."""
    lang, answer, closer = session.lang.value, session.quick.value, session.closer.value
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
    parts.Pick(
        label=tell("tab.closer", lang),
        fields=[
            {"name": "side", "label": tell("closer.under", lang), "value": str(side), "options": sides},
            {"name": "provider", "label": tell("closer.provider", lang),
             "value": closer.number if closer.kind == "provider" else "", "options": blank + providers},
            {"name": "find", "label": tell("closer.find", lang),
             "value": closer.find if closer.kind == "patient" and closer.number is None else "",
             "options": blank + [[f, tell(f"find.{f}", lang)] for f in ("severe", "chronic", "outside")]},
        ],
        buttons=[],
        event_moved=lambda event: _picked(session, event),
    )  # fmt: skip
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


def _picked(session: Session, event: Json) -> None:
    value = event["value"]
    if event["what"] == "side":
        session.closer.value = _with_side(session, int(value))
        session.tell_story()
    elif value != "":
        session.look({"row": value} if event["what"] == "provider" else {"find": value})


def _with_side(session: Session, side: int) -> Any:
    from dataclasses import replace

    return replace(session.closer.value, side=side)


@solara.component
def ProviderCard(session: Session, provider: int, side: int) -> None:
    """A provider's load, cash and staff at the end of the run."""
    lang, answer = session.lang.value, session.quick.value
    if answer is None:
        return
    record = answer.records[side][0]
    frame = record.frames[-1]
    if provider >= len(frame):
        return
    facts = [
        (tell("closer.cash", lang), number(float(frame["cash_fen"][provider]) / 1e8)),
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
        rows=[_doctor_row(doctor, answer, side, lang) for doctor in staff[:40]],
        numeric=True,
        event_look=session.look,
    )  # fmt: skip


def _doctor_row(doctor: np.void, answer: Answer, side: int, lang: Lang) -> Json:
    assert STAFF.names
    titles = county_of(answer.choice.county).titles
    key = f"title.{titles[int(doctor['title'])]}"
    title = tell(key, lang) if key in WORDS else titles[int(doctor["title"])]
    name = tell("closer.doctor.line", lang, row=int(doctor["row"]), title=title, age=int(doctor["age_years"]))
    cells = [
        {"text": shown(round(float(doctor["income_fen"]) / 100))},
        {"text": shown(round(float(doctor["arrears_fen"]) / 100))},
        {"text": number(float(doctor["altruism"]))},
    ]  # fmt: skip
    return {"name": name, "go": {"doctor": int(doctor["row"]), "side": side}, "cells": cells}


_SHOWN: dict[str, Any] = {
    "answer": AnswerTab,
    "map": MapTab,
    "flows": FlowsTab,
    "money": MoneyTab,
    "people": PeopleTab,
    "closer": CloserTab,
}
