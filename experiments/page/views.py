"""The page's components: each reads one browser's session and shows a part of it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import solara
from reacton.core import get_render_context

from calibration.county import county_names
from calibration.places import counties_folder, policies_folder
from calibration.policies import load_policy, policy_names
from experiments.curves import COLOURS
from experiments.page import parts
from experiments.page.books import MoneyTab
from experiments.page.closer_tab import CloserTab
from experiments.page.desk import Answer
from experiments.page.lever import Lever
from experiments.page.lever_words import CHOICE_WORDS
from experiments.page.levers import GROUPS, county_value, levers_in, levers_of, value_in
from experiments.page.record import county_of
from experiments.page.scenario import LETTERS, LONGEST_YEARS, TABS, Choice, Scenario, scheme_of
from experiments.page.session import Session
from experiments.page.small import words_of
from experiments.page.tabs import AnswerTab, FlowsTab, MapTab, PeopleTab
from experiments.page.why_tab import WhyTab
from experiments.page.words import of_both, tell
from experiments.words import Lang

Json = dict[str, Any]
STYLE = Path(__file__).with_name("style.css")


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
    session.at_once = get_render_context()
    lang = session.lang.value
    title = f"{tell('title', lang)} · {tell('subtitle', lang)}"
    solara.Style(STYLE)
    parts.Loader(lang=lang, title=title, query=session.query, busy=tell("loading", lang))
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
                Shown(session)
                Stands(session)


@solara.component
def Shown(session: Session) -> None:
    """The chosen tab; what was answered before is marked until the next answer is in."""
    classes = ["yg-shown"] if session.fresh else ["yg-shown", "yg-before"]
    tab = session.tab.value
    with solara.Div(classes=classes, attributes={"aria-busy": str(not session.fresh).lower()}):
        # The answer stays where it is while another tab is looked at: its curves are drawn once.
        with solara.Div(style={} if tab == "answer" else {"display": "none"}):
            AnswerTab(session)
        if tab != "answer":
            _SHOWN[tab](session)


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
    titles, values = _titles(policies_folder(), "*.toml"), lever_values(choice, lang)
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
            preset="preset", back="back", changed="changed.count",
        ),
        scenarios=scenarios,
        active=choice.active,
        preset=choice.now.preset,
        presets=presets(lang),
        rule=titles[choice.now.preset][2] if lang == "en" else "",
        groups=lever_groups(tuple(values), scheme_of(choice.now.table()), lang),
        values=values,
        event_moved=session.do,
    )  # fmt: skip


def _short(scenario: Scenario, titles: dict[str, tuple[str, str, str]], lang: Lang) -> str:
    name = scenario.preset.replace("_", " ") if lang == "en" else titles[scenario.preset][1]
    most = 14 if lang == "en" else 9
    name = name if len(name) <= most else name[: most - 1] + "…"
    return name + ("*" if scenario.changes else "")


@lru_cache(64)
def lever_groups(paths: tuple[str, ...], scheme: str, lang: Lang) -> list[Json]:
    """Levers by their places, in groups, with all that moving them does not change."""
    known = [found for found in levers_of(scheme) if found.path in set(paths)]
    groups = []
    for name in GROUPS:
        rows = [_lever_row(found, lang) for found in known if found.group == name]
        if rows:
            groups.append({"name": name, "title": tell(f"group.{name}", lang), "levers": rows})
    return groups


def _lever_row(found: Lever, lang: Lang) -> Json:
    words, factor = found.words, found.factor
    row: Json = {
        "path": found.path,
        "kind": found.kind,
        "label": of_both(words.label, words.label_zh, lang),
        "explains": of_both(found.explains, words.explains_zh, lang),
        "unit": tell(f"unit.{words.unit}", lang),
    }
    if found.kind in ("number", "whole"):
        row |= {
            "low": float(f"{found.low * factor:.6g}"),
            "high": float(f"{found.high * factor:.6g}"),
            "step": float(f"{found.step * factor:.6g}"),
        }
    elif found.kind == "choice":
        row["choices"] = [[name, _choice_word(name, lang)] for name in found.choices]
    return row


def lever_values(choice: Choice, lang: Lang) -> Json:
    """Where the levers of the active scenario stand, by their places."""
    table, changed = choice.now.table(), dict(choice.now.changes)
    values: Json = {}
    for found in levers_in(table):
        value, own = value_in(table, found), ""
        if value is None:
            value = county_value(county_of(choice.county), found)
            own = tell("own", lang)
        if found.kind in ("number", "whole"):
            value = float(f"{float(value or 0.0) * found.factor:.6g}")
        values[found.path] = [value, own, found.path in changed]
    return values


def _choice_word(name: str, lang: Lang) -> str:
    known = CHOICE_WORDS.get(name)
    if known is None:
        return name.replace("_", " ")
    return of_both(*known, lang)


@solara.component
def StatusBar(session: Session) -> None:
    """What the shown figures stand on, and the way to the full county."""
    lang, full = session.lang.value, session.full.value
    answer = session.answer if session.fresh else session.quick.value
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
    title, label = (
        of_both(county.title, county.title_zh, lang),
        of_both(county.label, county.label_zh, lang),
    )
    baseline = load_policy(county.baseline_policy)
    told = tell("baseline.is", lang, title=of_both(baseline.title, baseline.title_zh, lang))
    solara.HTML(
        tag="p",
        unsafe_innerHTML=f"{tell('stands', lang, county=title, label=label)} {told}",
        classes=["yg-foot"],
    )


_SHOWN: dict[str, Any] = {
    "map": MapTab,
    "flows": FlowsTab,
    "money": MoneyTab,
    "people": PeopleTab,
    "why": WhyTab,
    "closer": CloserTab,
}
