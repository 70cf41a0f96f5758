"""All that a run goes on from: taken out of a model, and put back into one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from abm.digest import digest
from abm.ledger import JOURNAL
from abm.model import Model
from abm.payment import Books
from abm.policy import Policy
from abm.staffing import STAFF_YEAR, settle
from abm.survey import Survey
from abm.world import LIFE
from agents.consortium import Consortium
from agents.doctor import Doctor
from agents.insurer import Insurer
from agents.patient import Patient
from agents.provider import TALLY, Provider
from agents.village import TALK, Village

_KINDS: tuple[type[Any], ...] = (Patient, Provider, Doctor, Village, Consortium, Insurer)
_GROWING = (Patient, Doctor)
"""Kinds whose number of rows grows in a run."""
_PLAIN_BOOKS = (
    "month",
    "month_of_year",
    "financing_fen",
    "last_financing_fen",
    "first_month",
)
_BOOK_ARRAYS = (
    "insured",
    "member_of",
    "fund_share",
    "fund_share_out",
    "fund_share_in",
    "insured_in",
    "insured_out",
    "adjusted_heads",
    "before_last_fen",
    "heads",
    "year_heads",
    "last_heads",
    "last_year_fen",
    "year_fen",
    "year_lines",
    "last_lines",
    "year_months",
    "last_months",
    "recent",
    "spread",
    "staff_surplus_fen",
    "insured_before",
    "quota",
    "score",
    "judgement_error",
    "referred",
    "referral_yuan",
    "referral_pay_fen",
    "earmarked",
)
_MODEL_ARRAYS = ("talk", "known", "home_visits", "contact_rates")
_MODEL_RECORDS = ("tally", "life", "work")


def plain_state(model: Model) -> dict[str, Any]:
    """Single values that a run goes on from, and what it was asked for."""
    books = model.books
    python = model.random.getstate()
    return {
        "county": model.source_county.name,
        "county_digest": model.source_county.digest,
        "digest": digest(model),
        "seed": model.seed,
        "weight": model.weight,
        "hold": sorted(model.hold),
        "month": model.month,
        "policy": model.policy.resolved(),
        "baseline": model.baseline.resolved(),
        "policy_now": model.policy_now.resolved(),
        "opened_under": model.opened_under.resolved(),
        "next_unique_id": model.next_unique_id,
        "steps": int(getattr(model, "steps", 0)),
        "random": [python[0], list(python[1]), python[2]],
        "rng": model.rng.bit_generator.state,
        "opening_fen": model.opening_fen,
        "year_income_fen": model.year_income_fen,
        "books": {name: int(getattr(books, name)) for name in _PLAIN_BOOKS},
        "purposes": model.ledger.purposes,
        "collected": model.datacollector.model_vars,
    }


def array_state(model: Model) -> dict[str, np.ndarray]:
    """Arrays that a run goes on from, by name."""
    arrays = {kind.__name__: model.population(kind).state() for kind in _KINDS}
    arrays["balance_fen"] = model.ledger.balance_fen
    arrays["journal"] = model.ledger.journal()
    for name in _BOOK_ARRAYS:
        arrays[f"books.{name}"] = getattr(model.books, name)
    for name, value in model.books.claims.saved().items():
        arrays[f"claims.{name}"] = value
    for name, value in model.books.state.items():
        arrays[f"state.{name}"] = value
    for name, value in model.books.aside.items():
        arrays[f"aside.{name}"] = value
    for name in (*_MODEL_ARRAYS, *_MODEL_RECORDS):
        arrays[f"model.{name}"] = getattr(model, name)
    arrays["tallies"] = _stack(model.tallies, (0, len(model.tally_provider)), TALLY)
    arrays["lives"] = _stack(model.lives, (0, 1), LIFE)
    arrays["staff_years"] = _stack(model.staff_years, (0, len(model.providers)), STAFF_YEAR)
    arrays["flows"] = _stack(model.flows, (0, *model.talk.shape), TALK)
    for name in (field.name for field in dataclasses.fields(Survey)):
        parts = [getattr(survey, name) for survey in model.surveys]
        arrays[f"survey.{name}"] = np.stack(parts) if parts else np.zeros(0, np.int64)
    return arrays


def _stack(months: list[np.ndarray], empty: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    return np.stack(months) if months else np.zeros(empty, dtype)


def put_back(model: Model, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Give a model that has just been made the state that another was in.

    Parameters
    ----------
    model
        Of the same county, policies, seed and weight.
    header, arrays
        As :func:`plain_state` and :func:`array_state` gave them.

    Raises
    ------
    ValueError
        If an array has another layout or shape than the model's own; what else a damaged header
        raises is left as it is.
    """
    for kind in _KINDS:
        rows = model.population(kind)
        saved = _like(rows.rows, arrays[kind.__name__], kind in _GROWING)
        rows.restore(saved)
    _put_back_books(model.books, header, arrays)
    for name in _MODEL_ARRAYS:
        setattr(model, name, _like(getattr(model, name), arrays[f"model.{name}"]).copy())
    for name in _MODEL_RECORDS:
        saved = arrays[f"model.{name}"]
        setattr(model, name, _like(getattr(model, name), saved, name == "work").copy())
    _put_back_history(model, arrays)
    model.month = int(header["month"])
    model.alive = int((model.residents["alive"] == 1).sum())
    model.opening_fen = int(header["opening_fen"])
    model.year_income_fen = int(header["year_income_fen"])
    model.datacollector.model_vars.update(header["collected"])
    model.next_unique_id = int(header["next_unique_id"])
    if hasattr(model, "steps"):
        model.steps = int(header["steps"])
    version, words, gauss = header["random"]
    model.random.setstate((version, tuple(words), gauss))
    model.rng.bit_generator.state = header["rng"]
    # Rules stand in tables that are made of the county and the policy; the providers' rows
    # have moved, so the tables are made anew in any case.
    model.set_policy(_policy_of(model, header["policy_now"]))
    model.opened_under = _policy_of(model, header["opened_under"])
    books = model.books
    books.follow(model.opened_under)
    model.home_visits = arrays["model.home_visits"].copy()
    settle(model)


def _policy_of(model: Model, resolved: dict[str, Any]) -> Policy:
    """One of the run's own policies, or another that was put in force by hand."""
    for own in (model.policy, model.baseline, *(policy for _, policy in model.stages)):
        if own.resolved() == resolved:
            return own
    return Policy.model_validate(resolved)


def _put_back_books(books: Books, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    ledger = books.ledger
    journal = arrays["journal"]
    if journal.dtype != JOURNAL or journal.ndim != 1:
        raise ValueError("the journal has another layout")
    ledger.restore(_like(ledger.balance_fen, arrays["balance_fen"]), journal, header["purposes"])
    for name in _PLAIN_BOOKS:
        setattr(books, name, int(header["books"][name]))
    ledger.month = books.month
    for name in _BOOK_ARRAYS:
        setattr(books, name, _like(getattr(books, name), arrays[f"books.{name}"]).copy())
    kept = {n.removeprefix("claims."): v for n, v in arrays.items() if n.startswith("claims.")}
    books.claims.restore(kept)
    books.state, books.aside = (
        {n.removeprefix(start): value for n, value in arrays.items() if n.startswith(start)}
        for start in ("state.", "aside.")
    )


def _put_back_history(model: Model, arrays: dict[str, np.ndarray]) -> None:
    for name, dtype in (
        ("tallies", TALLY),
        ("lives", LIFE),
        ("flows", TALK),
        ("staff_years", STAFF_YEAR),
    ):
        if arrays[name].dtype != dtype:
            raise ValueError(f"{name} have another layout")
        setattr(model, name, [month.copy() for month in arrays[name]])
    parts = [arrays[f"survey.{field.name}"] for field in dataclasses.fields(Survey)]
    model.surveys = [Survey(*each) for each in zip(*parts, strict=True)]


def _like(expected: np.ndarray, saved: np.ndarray, any_length: bool = False) -> np.ndarray:
    """``saved``, if it has the layout and shape that the model's own array has."""
    fits = saved.dtype == expected.dtype and saved.ndim == expected.ndim
    if not fits or (not any_length and saved.shape != expected.shape):
        raise ValueError(
            f"an array is {saved.dtype} {saved.shape}, expected {expected.dtype} {expected.shape}"
        )
    return saved
