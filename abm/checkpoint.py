"""Saving a run and going on with it, to the same bytes.

A checkpoint is one file: arrays as in NumPy's ``.npz``, and a JSON header among them. It
holds no program, so reading one runs nothing.
"""

from __future__ import annotations

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
from abm.model import Model
from abm.model_state import array_state, plain_state, put_back
from abm.policy import Policy
from agents.foundation.errors import InputError

FORM = "yigongti checkpoint"
FORM_VERSION = 4
"""Version of the file's form; another one is refused."""

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
    arrays = array_state(model)
    header = {"form": FORM, "form_version": FORM_VERSION, **plain_state(model)}
    arrays["header"] = np.frombuffer(json.dumps(header, default=_number).encode(), np.uint8)
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
        put_back(model, header, arrays)
        if digest(model) != header["digest"]:
            raise ValueError("its content does not give the digest that it states")
    except (InputError, *_BROKEN) as error:
        if model is not None:
            model.close()
        raise _damaged(path, error) from error
    return model


def _number(value: Any) -> Any:
    """A NumPy scalar as JSON knows it."""
    return value.item()


# -- reading ---------------------------------------------------------------------------


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not path.is_file():
        raise InputError(f"checkpoint {path}: there is no such file")
    try:
        with np.load(path, allow_pickle=False) as store:
            arrays = {name: store[name] for name in store.files}
        header = json.loads(arrays.pop("header").tobytes())
        if header["form"] != FORM:
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
