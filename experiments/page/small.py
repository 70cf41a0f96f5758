"""Small things that several tabs of the page are made of."""

from __future__ import annotations

import solara

from experiments.page.session import Session
from experiments.page.words import tell
from experiments.words import Lang


def words_of(lang: Lang, **keys: str) -> dict[str, str]:
    """Some words of the catalogue, by the names that a part calls them."""
    return {name: tell(key, lang) for name, key in keys.items()}


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
