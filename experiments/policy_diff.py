"""In what two policies differ, in sentences made from the schema: nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from abm.payment.base import Scheme
from abm.policy import Policy
from experiments.policy_words import meaning, part_title, rule_of, unit_of, value_text
from experiments.words import Lang

PROSE = (
    "form_version",
    "name",
    "title",
    "title_zh",
    "rule",
    "rule_zh",
    "source",
    "open",
    "to_come",
)
"""Keys that say what a policy is, and rule nothing."""

Row = dict[str, Any]


class Absent:
    """Stands where a policy has no such key: its payment scheme is another one."""


ABSENT = Absent()


@dataclass(frozen=True)
class Found:
    """One difference.

    Attributes
    ----------
    path
        Dotted key, as it stands in a file.
    owner
        Part of the policy, or payment scheme, whose key it is.
    key, info
        Name and field of the key.
    a, b
        Values in the first and the second policy.
    item
        Name in a table of free names, if the key is one.
    """

    path: str
    owner: str
    key: str
    info: FieldInfo | None
    a: Any
    b: Any
    item: str = ""


def policy_diff(first: Policy, second: Policy, lang: Lang = "en") -> list[Row]:
    """Every rule in which two policies differ.

    Returns
    -------
    list of dict
        ``part`` and ``about`` (what the part is about), ``key``, ``what`` it means, ``unit``,
        ``a`` and ``b`` (values in the first and the second, None where there is none) and
        ``sentence``.
    """
    rows: list[Row] = []
    for part, info in Policy.model_fields.items():
        if part in PROSE:
            continue
        a, b = getattr(first, part), getattr(second, part)
        about = part_title(part, info, lang)
        pairs = _payment(a, b, lang) if part == "payment" else _values(part, part, part, info, a, b)
        for found in pairs:
            what = _what(found, about, lang)
            rows.append(
                {
                    "part": part,
                    "about": about,
                    "key": found.path,
                    "what": what,
                    "unit": unit_of(found.key),
                    "a": _plain(found.a),
                    "b": _plain(found.b),
                    "sentence": _sentence(found, what, (first.name, second.name), lang),
                }
            )
    return rows


def _what(found: Found, about: str, lang: Lang) -> str:
    if found.info is None:
        return about
    what = meaning(found.owner, found.key, found.info, lang)
    if not found.item:
        return what
    item = value_text(found.key, found.item, lang)
    return f"{what}，{item}" if lang == "zh" else f"{what}, {item}"


def _payment(a: Any, b: Any, lang: Lang) -> Iterator[Found]:
    """Keys of the payment schemes; those of different schemes have nothing in common."""
    if type(a) is type(b):
        for key, info in type(a).model_fields.items():
            inner = getattr(a, key), getattr(b, key)
            yield from _values(f"payment.{key}", a.name, key, info, *inner)
        return
    told = [f"{scheme.name} ({rule_of(scheme, lang)})" for scheme in (a, b)]
    yield Found("payment.scheme", "payment", "scheme", None, *told)
    for key, info in type(a).model_fields.items():
        yield Found(f"payment.{key}", a.name, key, info, getattr(a, key), ABSENT)
    for key, info in type(b).model_fields.items():
        yield Found(f"payment.{key}", b.name, key, info, ABSENT, getattr(b, key))


def _values(
    path: str, owner: str, key: str, info: FieldInfo | None, a: Any, b: Any
) -> Iterator[Found]:
    """Differences of two values, key by key where they are tables."""
    if a == b:
        return
    if isinstance(a, BaseModel) and type(a) is type(b):
        inside = a.name if isinstance(a, Scheme) else owner
        for name, field in type(a).model_fields.items():
            inner = getattr(a, name), getattr(b, name)
            yield from _values(f"{path}.{name}", inside, name, field, *inner)
    elif isinstance(a, dict) and isinstance(b, dict):
        for name in dict.fromkeys([*a, *b]):
            one, other = a.get(name, ()), b.get(name, ())
            if one != other:
                yield Found(f"{path}.{name}", owner, key, info, one, other, item=str(name))
    elif isinstance(a, tuple) and isinstance(b, tuple):
        yield Found(path, owner, key, info, _only(a, b), _only(b, a))
    else:
        yield Found(path, owner, key, info, a, b)


def _only(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Entries of a list that the other list has not."""
    left = list(theirs)
    found = []
    for one in ours:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return tuple(found)


def _plain(value: Any) -> Any:
    """A value as it would stand in a file."""
    if value is ABSENT:
        return None
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _sentence(found: Found, what: str, names: tuple[str, str], lang: Lang) -> str:
    sides = [
        (name, _text(found.key, value, lang))
        for name, value in zip(names, (found.a, found.b), strict=True)
        if value is not ABSENT
    ]
    if lang == "zh":
        return f"{what}：{'，'.join(f'{name} 为 {text}' for name, text in sides)}"
    return f"{what}: {', '.join(f'{text} under {name}' for name, text in sides)}"


def _text(key: str, value: Any, lang: Lang) -> str:
    if isinstance(value, tuple):
        nothing = "无" if lang == "zh" else "none"
        return "; ".join(_text(key, one, lang) for one in value) or nothing
    if isinstance(value, BaseModel):
        owner = value.name if isinstance(value, Scheme) else key
        parts = (
            f"{meaning(owner, name, info, lang)} {_text(name, getattr(value, name), lang)}"
            for name, info in type(value).model_fields.items()
            if getattr(value, name) is not None
        )
        return f"({', '.join(parts)})"
    if isinstance(value, str) and not value.isidentifier():
        return value
    return value_text(key, value, lang)
