"""The tab that says why: the active scenario's change, taken apart by channel."""

from __future__ import annotations

from dataclasses import replace

import solara

from experiments.headline import HEADLINES
from experiments.page import panels, parts
from experiments.page.session import Session
from experiments.page.small import Foot, Waiting
from experiments.page.why_rows import bars, status_of
from experiments.page.words import of_both, tell


@solara.component
def WhyTab(session: Session) -> None:
    """Bars of one headline's change: all of it, each channel's part, and what is left."""
    lang, quick, choice = session.lang.value, session.quick.value, session.choice.value
    # Who pulls a lever wants the answer first.
    ready = quick is not None and quick.done and not quick.fault
    ready = ready and quick is not None and replace(quick.choice, active=choice.active) == choice
    solara.use_effect(lambda: session.why.ask(choice) if ready else None, [choice, ready])
    found = session.why.answer.value
    if found is None or (found.table is None and not found.fault):
        Waiting(session)
        return
    if found.table is None:
        Foot(tell("fault", lang, why=found.fault))
        return
    headline = next(h for h in HEADLINES if h.name == session.why.headline.value)
    parts.Pick(
        label=tell("tab.why", lang),
        fields=[
            {
                "name": "headline",
                "label": tell("why.of", lang),
                "value": headline.name,
                "options": [[h.name, of_both(h.title, h.title_zh, lang)] for h in HEADLINES],
            }
        ],
        buttons=[],
        event_moved=session.do,
    )
    letter = panels.letter_of(choice.active + 1)
    parts.WhyBars(
        title=of_both(headline.title, headline.title_zh, lang),
        unit=of_both(headline.unit, headline.unit_zh or headline.unit, lang),
        subtitle=tell("why.change", lang, letter=letter),
        columns=[tell(f"why.column.{name}", lang) for name in ("part", "bar", "change")],
        method=found.method,
        seeds=found.seeds,
        status=status_of(found, lang),
        done=found.done,
        percent=round(100 * found.share),
        rows=bars(found.table, headline, found.method, lang),
    )
    Foot(tell(f"why.foot.{found.method}", lang))
