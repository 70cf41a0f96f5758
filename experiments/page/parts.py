"""Parts of the page that the browser draws itself: each a file in ``vue/``.

Native controls throughout, so that a keyboard and a screen reader work as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

Json = dict[str, Any]
Event = Callable[[Json], None]


@solara.component_vue("vue/loader.vue", vuetify=False)
def Loader(lang: str, title: str, query: str, busy: str) -> None:
    """Loads the charts' library; sets language, title and address of the page."""


@solara.component_vue("vue/top.vue", vuetify=False)
def Top(
    words: Json,
    counties: list[list[str]],
    county: str,
    years: int,
    allowed: list[int],
    undo: bool,
    redo: bool,
    lang: str,
    query: str,
    event_moved: Event,
) -> None:
    """Title, county, years, undo, redo, reset, link and language."""


@solara.component_vue("vue/levers.vue", vuetify=False)
def Levers(
    words: Json,
    scenarios: list[Json],
    active: int,
    preset: str,
    presets: list[list[str]],
    rule: str,
    groups: list[Json],
    values: Json,
    event_moved: Event,
) -> None:
    """Scenarios, presets and levers; where these stand comes apart, for only that changes."""


@solara.component_vue("vue/tabs.vue", vuetify=False)
def Tabs(label: str, tabs: list[list[str]], tab: str, event_moved: Event) -> None:
    """Choice of what is shown."""


@solara.component_vue("vue/status.vue", vuetify=False)
def Status(
    words: Json,
    text: str,
    done: bool,
    quick: bool,
    seeds: int,
    percent: int,
    running: bool,
    full: str,
    fullpercent: int,
    action: str,
    faults: list[str],
    event_moved: Event,
) -> None:
    """What the figures stand on, how far the full county is, what went wrong."""


@solara.component_vue("vue/panels.vue", vuetify=False)
def Panels(panels: list[Json], label: str, stamp: str) -> None:
    """A panel a headline: level, changes, curves."""


@solara.component_vue("vue/warnings.vue", vuetify=False)
def Warnings(words: Json, warnings: list[Json], event_look: Event) -> None:
    """Where care is withheld, refused or invented."""


@solara.component_vue("vue/county.vue", vuetify=False)
def CountyMap(
    county: Json,
    words: Json,
    levels: list[str],
    purses: dict[str, str],
    till: list[str],
    event_look: Event,
) -> None:
    """The map that moves month by month, with its player."""


@solara.component_vue("vue/flows.vue", vuetify=False)
def Flows(sides: list[Json], order: list[str], colours: dict[str, str]) -> None:
    """Flow diagrams, side by side."""


@solara.component_vue("vue/siphon.vue", vuetify=False)
def SiphonBars(
    title: str, subtitle: str, rows: list[Json], colours: list[str], legend: list[str], foot: str
) -> None:
    """Care outside the county by kind."""


@solara.component_vue("vue/grid.vue", vuetify=False)
def Grid(
    caption: str, columns: list[str], rows: list[Json], numeric: bool, event_look: Event
) -> None:
    """A table."""


@solara.component_vue("vue/pick.vue", vuetify=False)
def Pick(label: str, fields: list[Json], buttons: list[list[str]], event_moved: Event) -> None:
    """Choices above a tab's content."""


@solara.component_vue("vue/story.vue", vuetify=False)
def Story(head: Json, blocks: list[Json], event_look: Event) -> None:
    """What happened to one resident, doctor or provider, month by month."""


@solara.component_vue("vue/why.vue", vuetify=False)
def WhyBars(
    title: str,
    unit: str,
    subtitle: str,
    columns: list[str],
    method: str,
    seeds: int,
    status: str,
    done: bool,
    percent: int,
    rows: list[Json],
) -> None:
    """A change taken apart: a bar with its interval for each part."""
