"""Saving a run and going on with it, to the same bytes.

A checkpoint is one file: arrays as in NumPy's ``.npz``, and a JSON header among them. It
holds no program, so reading one runs nothing.
"""

from __future__ import annotations

import dataclasses
import json
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, cast

import numpy as np

from abm.county import County
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
from agents.foundation.errors import InputError
from agents.insurer import Insurer
from agents.patient import Patient
from agents.provider import TALLY, Provider
from agents.village import TALK, Village

FORM_VERSION = 4
"""Version of the file's form; another one is refused."""

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
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    MemoryError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy, zipfile and JSON raise on a damaged file."""


def save(model: Model, path: str | Path) -> None:
    """Write all that a run needs to go on; the file appears whole or not at all.

    Parameters
    ----------
    model
        A model between two months.
    path
        The file; one that exists is replaced.

    Raises
    ------
    InputError
        If the file cannot be written there.
    """
    path = Path(path)
    arrays = _arrays(model)
    arrays["header"] = np.frombuffer(json.dumps(_header(model), default=_number).encode(), np.uint8)
    made: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        made = Path(name)
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **cast(Any, arrays))
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes a file for its owner only; a result has the rights of any other file.
        mask = os.umask(0)
        os.umask(mask)
        made.chmod(0o666 & ~mask)
        made.replace(path)
    except OSError as error:
        problem = f"checkpoint {path}: cannot be written: {error.strerror or error}"
        raise InputError(problem) from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def resume(
    path: str | Path,
    county: County,
    policy: Policy | None = None,
    baseline: Policy | None = None,
    *,
    weight: int | None = None,
    threads: int | None = None,
    agent_by_agent: bool = False,
) -> Model:
    """Read a run back, ready for its next month.

    Parameters
    ----------
    path
        A file that :func:`save` wrote.
    county
        The county of the run; it is compared by its digest.
    policy, baseline, weight
        What the run is expected to have, compared with what it has; not compared if absent.
    threads, agent_by_agent
        As for :class:`abm.model.Model`; they change no result.

    Returns
    -------
    Model
        With the digest that the saved one had.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another form, or of another county, weight or
        policy.
    """
    path = Path(path)
    header, arrays = _read(path)
    _check_fit(path, header, county, policy, baseline, weight)
    model: Model | None = None
    try:
        policies = [Policy.model_validate(header[name]) for name in ("policy", "baseline")]
        model = Model(
            county,
            policies[0],
            policies[1],
            rng=header["seed"],
            weight=header["weight"],
            threads=threads,
            agent_by_agent=agent_by_agent,
            hold=header.get("hold", ()),
        )
        _put_back(model, header, arrays)
        if digest(model) != header["digest"]:
            raise ValueError("its content does not give the digest that it states")
    except (InputError, *_BROKEN) as error:
        if model is not None:
            model.close()
        raise _damaged(path, error) from error
    return model


# -- writing ---------------------------------------------------------------------------


def _header(model: Model) -> dict[str, Any]:
    books = model.books
    python = model.random.getstate()
    return {
        "form": "yigongti checkpoint",
        "form_version": FORM_VERSION,
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


def _arrays(model: Model) -> dict[str, np.ndarray]:
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


def _number(value: Any) -> Any:
    """A NumPy scalar as JSON knows it."""
    return value.item()


def _stack(months: list[np.ndarray], empty: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    return np.stack(months) if months else np.zeros(empty, dtype)


# -- reading ---------------------------------------------------------------------------


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not path.is_file():
        raise InputError(f"checkpoint {path}: there is no such file")
    try:
        with np.load(path, allow_pickle=False) as store:
            arrays = {name: store[name] for name in store.files}
        header = json.loads(arrays.pop("header").tobytes())
        if header["form"] != "yigongti checkpoint":
            raise ValueError("it states another form")
        version = header["form_version"]
    except PermissionError as error:
        raise InputError(f"checkpoint {path}: cannot be read: {error.strerror}") from error
    except _BROKEN as error:
        raise _damaged(path, error) from error
    if version != FORM_VERSION:
        raise InputError(
            f"checkpoint {path}: form version {version}; allowed: {FORM_VERSION}, "
            "the form that this version of the program writes"
        )
    return header, arrays


def _damaged(path: Path, why: object) -> InputError:
    told = f"{type(why).__name__}: {why}" if isinstance(why, Exception) else str(why)
    return InputError(f"checkpoint {path}: not a whole checkpoint of yigongti ({told})")


def _check_fit(
    path: Path,
    header: dict[str, Any],
    county: County,
    policy: Policy | None,
    baseline: Policy | None,
    weight: int | None,
) -> None:
    """Refuse a checkpoint of another run, with all that does not fit."""
    problems = []
    if header.get("county_digest") != county.digest:
        problems.append(
            f"checkpoint {path}: made with county {header.get('county')} of digest "
            f"{str(header.get('county_digest'))[:12]}; given: {county.name} of digest "
            f"{county.digest[:12]}"
        )
    if weight is not None and header.get("weight") != weight:
        problems.append(
            f"checkpoint {path}: an agent stands for {header.get('weight')} people; "
            f"asked for: {weight}"
        )
    for role, given in (("policy", policy), ("baseline", baseline)):
        if given is not None and header.get(role) != given.resolved():
            saved = header.get(role) or {}
            problems.append(
                f"checkpoint {path}: its {role} is {saved.get('name')}, and {given.name} as given "
                "is not the same rules"
            )
    if problems:
        raise InputError(problems)


def _put_back(model: Model, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
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
