"""One resident, doctor or provider, month by month: what happened to him and why.

The county lives with a watch on it (:mod:`abm.watch`): every row comes from the functions
that decided, and is proved against the row that the run wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from abm.county import County, Place
from abm.model import Model
from abm.policy import Policy
from abm.watch import Watch
from abm.world import total
from agents.doctor import Doctor
from agents.foundation.errors import InputError
from agents.incentive import BRINGS_FIELDS
from agents.patient import SEVERE_FROM
from experiments.interrupts import closed_after
from experiments.runs import make_model, months_of
from experiments.story import Row, cause_word, rows_of_step
from experiments.words import Lang, word

Kind = Literal["patient", "doctor", "provider"]
Find = Literal["severe", "chronic", "outside"]
FIND: tuple[Find, ...] = ("severe", "chronic", "outside")
"""What an interesting resident may have: severe needs in bed, several chronic conditions
and routine visits, or admissions outside the county."""


@dataclass(frozen=True)
class Subject:
    """Who or what is explained: kind, number, and a name for readers."""

    kind: Kind
    number: int
    name: str


@dataclass(frozen=True)
class Explanation:
    """What was seen.

    Attributes
    ----------
    rows
        In order; each has month, step, kind, what, and more by its kind.
    more
        By month: people in the queue who are not shown.
    proved
        Whether every step that was told is what the run did.
    """

    subject: Subject
    months: int
    rows: list[Row]
    more: dict[int, int]
    proved: bool
    stands_on: tuple[str, int, int]
    """County's title, seed and weight."""


def explain(
    county: County,
    policy: Policy | str | Path | None = None,
    baseline: Policy | str | Path | None = None,
    *,
    kind: Kind = "patient",
    number: str | None = None,
    find: Find = "severe",
    years: int = 1,
    rng: int = 1,
    weight: int | None = None,
    threads: int | None = None,
    month: int | None = None,
    most: int = 8,
    lang: Lang = "en",
    progress: Callable[[str, int, int], None] | None = None,
) -> Explanation:
    """Let a county live with a watch on one resident, doctor or provider.

    Parameters
    ----------
    kind, number
        Whom: of a resident his row or his key; of a doctor his row; of a provider its row or
        name. A resident may be left out: then one is found.
    find
        What the resident who is found should have.
    month
        The only month that is told, from 0; of a patient all if absent, of others the last.
    most
        Patients of a doctor or provider that are told of a month.

    Raises
    ------
    InputError
        If there is nobody of that number, or no such month.
    """

    def new_model() -> Model:
        chosen = policy or county.baseline_policy
        return make_model(
            county, chosen, baseline, years=years, rng=rng, weight=weight, threads=threads
        )

    def told(doing: str, months: int) -> Callable[[int], None]:
        return lambda done: progress(doing, done, months) if progress else None

    model = new_model()
    with closed_after(model):
        months = months_of(model.policy, years)
        _check(month, months, most)
        if kind != "patient":
            number = needed_number(model, kind, number)
        if number is not None:
            subject = find_subject(model, kind, number)
            return _told(model, subject, months, month, most, lang, told(subject.name, months))
        key = _found(model, months, find, told(f"finding: {find}", months))
    again = new_model()
    with closed_after(again):
        subject = _patient(again, key)
        return _told(again, subject, months, month, most, lang, told(subject.name, months))


def _check(month: int | None, months: int, most: int) -> None:
    faults = []
    if month is not None and not 0 <= month < months:
        faults.append(f"month {month}: not lived; allowed: 0 to {months - 1}")
    if not 1 <= most <= 1000:
        faults.append(f"most {most}: not allowed; allowed: 1 to 1000")
    if faults:
        raise InputError(faults)


def _allowed(model: Model, kind: Kind) -> str:
    if kind == "patient":
        return f"a row, 0 to {len(model.residents) - 1}, or a resident's key"
    if kind == "doctor":
        return f"a row, 0 to {len(model.population(Doctor)) - 1}"
    return f"a row, 0 to {len(model.providers) - 1}, or a provider's name"


def needed_number(model: Model, kind: Kind, number: str | None) -> str:
    """The number or name that was given; it has to be.

    Raises
    ------
    InputError
        If none was given.
    """
    if number is None:
        raise InputError(f"{kind}: no number; allowed: {_allowed(model, kind)}")
    return number


def find_subject(model: Model, kind: Kind, number: str) -> Subject:
    """Find a resident, doctor or provider by number or name.

    Raises
    ------
    InputError
        If there is none.
    """
    wrong = InputError(f"{kind} {number}: there is none; allowed: {_allowed(model, kind)}")
    names = list(model.county.provider_names)
    if kind == "provider" and number in names:
        return Subject(kind, names.index(number), number)
    try:
        row = int(number, 0)
    except ValueError:
        raise wrong from None
    if kind == "patient":
        rows = model.residents
        if 0 <= row < len(rows):
            return _patient(model, int(rows["key"][row]))
        if row >= 1 << 32 and row < 1 << 64 and (rows["key"] == np.uint64(row)).any():
            return _patient(model, row)
        raise wrong
    count = len(model.population(Doctor)) if kind == "doctor" else len(names)
    if not 0 <= row < count:
        raise wrong
    if kind == "doctor":
        employer = names[int(model.population(Doctor).rows["provider"][row])]
        return Subject(kind, row, f"doctor {row}, {employer}")
    return Subject(kind, row, names[row])


def _patient(model: Model, key: int) -> Subject:
    found = np.flatnonzero(model.residents["key"] == np.uint64(key))
    name = f"resident {found[0]}, key {key}" if len(found) else f"key {key}"
    return Subject("patient", key, name)


def _found(model: Model, months: int, find: Find, told: Callable[[int], None]) -> int:
    """Key of the resident who was what is looked for in the most months under the policy."""
    started = len(model.residents)
    counts = np.zeros(started, np.int64)
    while model.month < months:
        model.step()
        told(model.month)
        if model.month > model.policy.starts_month:
            counts += _is_interesting(model, find)[:started]
    if counts.max(initial=0) == 0:
        raise InputError(f"find {find}: nobody was; allowed: another of {', '.join(FIND)}")
    return int(model.residents["key"][int(counts.argmax())])


def _is_interesting(model: Model, find: Find) -> np.ndarray:
    rows = model.residents
    place = np.where(rows["elsewhere"] == 1, len(model.network.provider) - 1, rows["village"])
    p = model.network.provider[place, np.maximum(rows["slot"], 0)]
    at_work = (rows["alive"] == 1) & (rows["slot"] >= 0) & (p >= 0)
    if find == "severe":
        return at_work & (rows["severity"] >= SEVERE_FROM) & (rows["admitted"] == 1)
    if find == "chronic":
        return at_work & (rows["aware"].sum(axis=1) >= 2) & (rows["routine"] == 1)
    outside = np.isin(model.providers["place"][p], (Place.IN_CITY, Place.OUT_OF_AREA))
    return at_work & outside & (rows["elsewhere"] == 0) & (rows["severity"] >= SEVERE_FROM)


def _told(
    model: Model,
    subject: Subject,
    months: int,
    month: int | None,
    most: int,
    lang: Lang,
    told: Callable[[int], None],
) -> Explanation:
    only = month if month is not None or subject.kind == "patient" else months - 1
    watch = Watch(
        keys=[subject.number] if subject.kind == "patient" else (),
        providers=[subject.number] if subject.kind == "provider" else (),
        doctors=[subject.number] if subject.kind == "doctor" else (),
        most=most,
        months=None if only is None else {only},
    )
    model.watch = watch
    rows: list[Row] = []
    seen = 0
    last = months if only is None else only + 1
    while model.month < last:
        now = model.month
        earned = model.population(Doctor).rows["income_fen"].copy()
        model.step()
        told(model.month)
        if subject.kind == "provider":
            # The whole way into the red, month by month; of its patients only the month asked for.
            rows += _account(model, subject.number, now, lang)
            rows += _load(model, subject.number, now, lang) if now == only else []
        if subject.kind == "doctor" and now == only:
            before = 0 if now % 12 == 0 else int(earned[subject.number])
            rows += _doctor(model, subject.number, now, before, lang)
        for step in watch.steps[seen:]:
            rows += rows_of_step(model, step, lang)
        seen = len(watch.steps)
    if subject.kind == "provider":
        rows += _why_in_the_red(rows, lang)
    shown = {m: sum(s.month == m for s in watch.steps) for m, _ in watch.in_queue}
    more = {m: n - shown[m] for (m, _), n in watch.in_queue.items() if n > shown[m]}
    title = model.county.title_zh if lang == "zh" else model.county.title
    stands = title, model.seed, model.weight
    return Explanation(subject, model.month, rows, more, watch.all_proved, stands)


def _doctor(model: Model, doctor: int, month: int, before_fen: int, lang: Lang) -> list[Row]:
    """A doctor's pay of the month by parts, all money of his record, and what he weighs it by.

    Parameters
    ----------
    before_fen
        His income of the year before this month.
    """
    rows = model.population(Doctor).rows
    head = {"month": month, "step": "month", "kind": "doctor"}
    names = ["altruism", *(n for n in rows.dtype.names or () if n.endswith("_fen"))]
    told = []
    for name in names:
        value = rows[name][doctor]
        amount = value / 100.0 if name.endswith("_fen") else value
        told.append({**head, "what": word(name, lang), "column": name, "value": float(amount)})
    pay = int(rows["income_fen"][doctor]) - before_fen
    base = int(rows["base_pay_fen"][doctor]) // 12
    for name, fen in (("pay_of_month", pay), ("pay_base", base), ("pay_bonus", pay - base)):
        told.append({**head, "what": word(name, lang), "column": name, "value": fen / 100.0})
    p = int(rows["provider"][doctor])
    for name, value in _brings(model, p).items():
        told.append({**head, "what": word(name, lang), "column": name, "value": value})
    return told


def _brings(model: Model, p: int) -> dict[str, float]:
    """What one more of each thing brings a provider's doctors; what brings nothing left out."""
    names = (name for name, _ in BRINGS_FIELDS)
    return {name: float(gain) for name in names if (gain := model.providers[name][p]) != 0}


def _load(model: Model, p: int, month: int, lang: Lang) -> list[Row]:
    """What was asked of a provider in a month, what room it had, and how long people waited."""
    row = model.providers[p]
    asked = total(model.buffers.demand)[p]
    values: dict[str, Any] = {
        "capability": row["capability"],
        "minutes_asked": int(asked["minutes"]) * model.weight,
        "minutes_capacity": row["minutes_capacity"],
        "minutes_load": row["minutes_load"],
        "bed_days_asked": int(asked["bed_days"]) * model.weight,
        "bed_days_capacity": row["bed_days_capacity"],
        "bed_load": row["bed_load"],
        "days_waited": row["wait_days"],
        "cash_fen": row["cash_fen"] / 100.0,
        **_brings(model, p),
    }
    for column in ("visits", "admissions", "turned_away", "no_bed", "referred_up", "deaths"):
        values[column] = int(model.by_provider(model.tally[column])[p]) * model.weight
    head = {"month": month, "step": "month", "kind": "load"}
    told = [
        {**head, "what": word(name, lang), "column": name, "value": float(value)}
        for name, value in values.items()
    ]
    able = word("capability", lang)
    for illness, up_to in enumerate(row["treats"].tolist()):
        what = f"{able}: {cause_word(illness, lang)}"
        told.append({**head, "what": what, "column": f"treats.{illness}", "value": up_to})
    return told


def _account(model: Model, p: int, month: int, lang: Lang) -> list[Row]:
    """What came in and went out in a month, by purpose, from the journal of transfers."""
    journal = model.ledger.journal()
    page = journal[journal["month"] == month]
    account = int(model.ledger.provider[p])
    head = {"month": month, "step": "month"}
    rows: list[Row] = []
    for purpose in np.unique(page["purpose"]).tolist():
        moved = page[page["purpose"] == purpose]
        name = word(model.ledger.purposes[purpose], lang)
        come = int(moved["amount_fen"][moved["target"] == account].sum())
        gone = int(moved["amount_fen"][moved["source"] == account].sum())
        net = come - gone
        if net:
            kind = "in" if net > 0 else "out"
            rows.append({**head, "kind": kind, "what": name, "value": net / 100.0})
    whole = sum(row["value"] for row in rows)
    return [*rows, {**head, "kind": "balance", "what": word("balance", lang), "value": whole}]


def _why_in_the_red(rows: list[Row], lang: Lang) -> list[Row]:
    """If more went out than came in: each purpose over all months, in yuan of a yuan come in."""
    moved: dict[tuple[str, str], float] = {}
    for row in rows:
        if row["kind"] in ("in", "out"):
            of = row["kind"], row["what"]
            moved[of] = moved.get(of, 0.0) + row["value"]
    come = sum(value for (kind, _), value in moved.items() if kind == "in")
    if sum(moved.values()) >= 0 or come <= 0:
        return []
    last = max(row["month"] for row in rows)
    head = {"month": last, "step": "all months", "kind": "red"}
    ordered = sorted(moved.items(), key=lambda item: item[1])
    return [{**head, "what": name, "value": value / come} for (_, name), value in ordered]
