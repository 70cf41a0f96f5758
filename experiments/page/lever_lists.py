"""Levers of what a policy keeps in lists: benefits, postings, bands, targets, service lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args

from abm.payment.composition import Line
from abm.sharing_rules import Overspend, OverspendBand, SurplusBand, Target
from experiments.page.lever import Lever, Value
from experiments.page.lever_words import LEVER_WORDS

Json = dict[str, Any]
_BENEFIT_CHANGES = (
    ("in_county", "township", "inpatient_ratio"),
    ("in_county", "county", "inpatient_ratio"),
    ("referred", None, "inpatient_ratio"),
    ("self_referred", None, "inpatient_ratio"),
    ("in_county", None, "outpatient_ratio"),
)
_POSTINGS = (("county", "township"), ("city", "county"))
_BANDS = (("surplus", "kept", SurplusBand), ("overspend", "borne", OverspendBand))
_CAUSES = ("uncontrollable_borne", "mismanagement_borne")
MOST_BANDS = 2
_HIGHEST_MARK = 0.5
_TARGETS: dict[str, Json] = {
    "in_county_share_of_admissions": {"at_least": 0.9},
    "primary_share_of_visits": {"at_least": 0.65},
    "visits_at_hospitals": {"at_most": 0.0, "of": "change"},
    "visits_outside": {"at_most": 0.0, "of": "change"},
}
"""What a target asks for when it is set: the national goals, or no more than last year."""
_ADMISSIONS = ("points", "cases")
_LINES = tuple(line for line in get_args(Line) if line not in _ADMISSIONS)


class Place(NamedTuple):
    """How a value in a list is read, put, and whether a policy's levers show it."""

    get: Callable[[Json, str], Value | None]
    put: Callable[[Json, str, Value], None]
    stands: Callable[[Json, str], bool]


def list_levers() -> Iterator[Lever]:
    """All levers of lists."""
    for kind, tier, column in _BENEFIT_CHANGES:
        path = f"benefits.change.{kind}.{tier or 'any'}.{column}"
        explains = "added to the share that the fund pays"
        yield _number(path, "benefits", -0.3, 0.3, 0.01, 0.0, explains)
    for source, target in _POSTINGS:
        path = f"staff.postings.{source}.{target}.doctors_per_place"
        explains = f"doctors of {source} hospitals who work at each {target} place, in turn"
        top = LEVER_WORDS[path].top or 5
        yield Lever(path, path, "base", "whole", 0, top, 1, (), 0, explains)
    for part, share, band in _BANDS:
        for place in range(1, MOST_BANDS + 1):
            path, fields = f"{part}.band.{place}.", band.model_fields
            above, beyond = (str(fields[name].description) for name in ("above", share))
            none = f"{above}; 0: no such band"
            yield _number(path + "above", "surplus", 0.0, _HIGHEST_MARK, 0.005, 0.0, none)
            yield _number(path + share, "surplus", 0.0, 1.0, 0.01, 0.0, beyond)
    for name in _CAUSES:
        path, field = f"overspend.{name}", Overspend.model_fields[name]
        yield _number(path, "surplus", 0.0, 1.0, 0.01, 0.5, str(field.description))
    for indicator, asked in _TARGETS.items():
        path, cut = f"target.{indicator}.", str(Target.model_fields["cut"].description)
        yield _number(path + "cut", "goals", 0.0, 0.2, 0.005, 0.0, f"{cut}; 0: no such target")
        low, high = (-0.3, 0.3) if asked.get("of") == "change" else (0.0, 1.0)
        least = "least" if "at_least" in asked else "most"
        told = f"{Target.model_fields[f'at_{least}'].description}"
        if asked.get("of") == "change":
            told += ", as a change on last year"
        yield _number(path + "mark", "goals", low, high, 0.01, _mark(asked), told)
    explains = "whether the line is paid by its own part"
    for line in _LINES:
        path = f"payment.lines.{line}"
        default = line in ("heads", "long_stays")
        yield Lever(
            path, path, "payment", "switch", 0, 0, 0, (), default, explains, "composition"
        )  # fmt: skip
    path, explains = "payment.lines.admissions", "by which part admissions are paid"
    choices = ("nothing", *_ADMISSIONS)
    yield Lever(
        path, path, "payment", "choice", 0, 0, 0, choices, "points", explains, "composition"
    )  # fmt: skip


def place_of(path: str) -> Place | None:
    """How a place in a list is read and put; None if the place is in no list."""
    return next((kept for prefix, kept in _PLACES.items() if path.startswith(prefix)), None)


def _number(
    path: str, group: str, low: float, high: float, step: float, default: float, explains: str
) -> Lever:
    return Lever(path, path, group, "number", low, high, step, (), default, explains)


def _always(table: Json, path: str) -> bool:
    return True


# -- benefits --------------------------------------------------------------------------


def _change(table: Json, path: str) -> Json | None:
    _, _, kind, tier, column = path.split(".")
    for change in table.get("benefits", {}).get("change", []):
        of = change.get("kind"), change.get("tier") or "any", change.get("column")
        residents = change.get("scheme", "resident") == "resident"
        if of == (kind, tier, column) and residents and change.get("add") is not None:
            found: Json = change
            return found
    return None


def _change_added(table: Json, path: str) -> float:
    found = _change(table, path)
    return 0.0 if found is None else float(found["add"])


def _put_change(table: Json, path: str, value: Value) -> None:
    benefits = table.setdefault("benefits", {})
    changes = list(benefits.get("change", []))
    found = _change(table, path)
    if found is not None:
        changes.remove(found)
    if value != 0:
        _, _, kind, tier, column = path.split(".")
        one = {"scheme": "resident", "kind": kind, "column": column, "add": float(value)}
        changes.append(one if tier == "any" else {**one, "tier": tier})
    benefits["change"] = changes


# -- postings --------------------------------------------------------------------------


def _posting(table: Json, path: str) -> Json | None:
    _, _, source, target, _ = path.split(".")
    for post in table.get("staff", {}).get("postings", []):
        if post.get("source", "county") == source and post.get("target", "township") == target:
            found: Json = post
            return found
    return None


def _posted(table: Json, path: str) -> int:
    post = _posting(table, path)
    return 0 if post is None else int(post["doctors_per_place"])


def _put_posting(table: Json, path: str, value: Value) -> None:
    staff = table.setdefault("staff", {})
    posts = list(staff.get("postings", []))
    found = _posting(table, path)
    if found is not None:
        posts.remove(found)
    if int(value) > 0:
        _, _, source, target, _ = path.split(".")
        posts.append(
            {**(found or {"source": source, "target": target}), "doctors_per_place": int(value)}
        )
    staff["postings"] = posts


# -- bands -----------------------------------------------------------------------------


def _bands(table: Json, path: str) -> list[Json]:
    return list(table.get(path.partition(".")[0], {}).get("band", []))


def _band_value(table: Json, path: str) -> float:
    _, _, place, name = path.split(".")
    bands = _bands(table, path)
    return float(bands[int(place) - 1][name]) if int(place) <= len(bands) else 0.0


def _put_band(table: Json, path: str, value: Value) -> None:
    part, _, place, name = path.split(".")
    bands, row = _bands(table, path), int(place) - 1
    if name == "above" and value == 0:
        bands = bands[:row] + bands[row + 1 :]
    elif row < len(bands):
        bands[row] = {**bands[row], name: float(value)}
    elif name == "above":
        share = "kept" if part == "surplus" else "borne"
        bands.append({"above": float(value), share: 0.0})
    table.setdefault(part, {})["band"] = bands


def _band_stands(table: Json, path: str) -> bool:
    """A band that is there, and the mark of one more."""
    _, _, place, name = path.split(".")
    return int(place) <= len(_bands(table, path)) + (name == "above")


# -- an overspend by its cause ---------------------------------------------------------


def _cause_value(table: Json, path: str) -> float:
    """Share borne of a cause: where causes are not told apart, of the whole."""
    found = table.get("overspend", {})
    return float(found.get(path.rpartition(".")[2], found.get("borne", 0.5)))


def _put_cause(table: Json, path: str, value: Value) -> None:
    found = table.setdefault("overspend", {})
    whole = {name: _cause_value(table, name) for name in _CAUSES}
    table["overspend"] = {**found, **whole, path.rpartition(".")[2]: float(value)}


# -- targets ---------------------------------------------------------------------------


def _mark(target: Json) -> float:
    least = target.get("at_least")
    return float(target["at_most"] if least is None else least)


def _target(table: Json, path: str) -> Json | None:
    _, indicator, _ = path.split(".")
    asked = _TARGETS[indicator]
    for target in table.get("target", []):
        same = target.get("of", "year") == asked.get("of", "year")
        if target["indicator"] == indicator and same and set(asked) - {"of"} <= set(target):
            found: Json = target
            return found
    return None


def _target_value(table: Json, path: str) -> float:
    found, (_, indicator, name) = _target(table, path), path.split(".")
    if name == "cut":
        return 0.0 if found is None else float(found["cut"])
    return _mark(_TARGETS[indicator] if found is None else found)


def _put_target(table: Json, path: str, value: Value) -> None:
    _, indicator, name = path.split(".")
    targets, found = list(table.get("target", [])), _target(table, path)
    key = next(key for key in ("at_least", "at_most") if key in _TARGETS[indicator])
    put: Json = {"cut" if name == "cut" else key: float(value)}
    if found is not None:
        row = targets.index(found)
        targets[row : row + 1] = [] if put.get("cut") == 0 else [{**found, **put}]
    elif name == "cut" and value != 0:
        targets.append({"indicator": indicator, **_TARGETS[indicator], **put})
    table["target"] = targets


def _target_stands(table: Json, path: str) -> bool:
    return path.endswith(".cut") or _target(table, path) is not None


# -- service lines ---------------------------------------------------------------------


def _lines(table: Json) -> list[str]:
    return list(table["payment"].get("lines", ("heads", "points", "long_stays")))


def _line_value(table: Json, path: str) -> Value:
    line, found = path.rpartition(".")[2], _lines(table)
    if line == "admissions":
        return next((name for name in _ADMISSIONS if name in found), "nothing")
    return line in found


def _put_line(table: Json, path: str, value: Value) -> None:
    line, found = path.rpartition(".")[2], _lines(table)
    out = _ADMISSIONS if line == "admissions" else (line,)
    kept = {name for name in found if name not in out}
    if line == "admissions":
        kept |= {str(value)} - {"nothing"}
    elif value:
        kept.add(line)
    table["payment"]["lines"] = [name for name in get_args(Line) if name in kept]


_PLACES: dict[str, Place] = {
    "benefits.change.": Place(_change_added, _put_change, _always),
    "staff.postings.": Place(_posted, _put_posting, _always),
    "surplus.band.": Place(_band_value, _put_band, _band_stands),
    "overspend.band.": Place(_band_value, _put_band, _band_stands),
    **{f"overspend.{name}": Place(_cause_value, _put_cause, _always) for name in _CAUSES},
    "target.": Place(_target_value, _put_target, _target_stands),
    "payment.lines.": Place(_line_value, _put_line, _always),
}
