"""Compilation of the behaviour: written once in plain Python, run compiled or plain.

``@scalar`` marks a function on one record; ``@chunk_loop`` marks the loop that runs
scalar functions over a range of rows. Both are compiled by Numba. :func:`plain` gives
the very same function back uncompiled, with every function that it calls uncompiled
too, so that one agent can step in ordinary Python and give the same bits.

The cache of compiled code lives in a folder named by a digest of every source file
that compiled code is made of: edit one and the cache is renewed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import threading
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from platformdirs import user_cache_path

F = TypeVar("F", bound=Callable[..., Any])

# Numba fills its config at run time, and its private options are in no type stub.
_config: Any = numba.config
_njit: Any = numba.njit

COMPILATION_OFF = bool(_config.DISABLE_JIT)
"""True in a process started with NUMBA_DISABLE_JIT=1."""

_KEEP_CACHES = 4
_MARK = re.compile(r"^@(scalar|chunk_loop)\b", re.MULTILINE)
_PLAIN_TWINS: dict[int, Any] = {}
_SCALARS: set[types.FunctionType] = set()


def kernel_sources() -> list[Path]:
    """Source files whose text decides what compiled code does, in a fixed order.

    The files that mark functions ``@scalar`` or ``@chunk_loop``, and every file of the two
    lower floors that they import, directly or not.
    """
    top = Path(__file__).resolve().parents[2]
    files = {
        ".".join(path.relative_to(top).with_suffix("").parts): path
        for path in (*(top / "agents").rglob("*.py"), *(top / "abm").rglob("*.py"))
    }
    waiting = [name for name, path in files.items() if _MARK.search(path.read_text("utf-8"))]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in files and name not in found:
            found.add(name)
            waiting += _imported(files[name])
    return sorted(files[name] for name in found)


def _imported(path: Path) -> list[str]:
    """Modules that a file imports when it runs; imports for type checking only do not count."""
    tree = ast.parse(path.read_bytes())
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def source_digest() -> str:
    """Digest of all kernel sources and of the compiler's version, in hexadecimal."""
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for path in kernel_sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_root() -> Path:
    """Folder of all compile caches: YIGONGTI_CACHE if set, else the user's cache folder."""
    named = os.environ.get("YIGONGTI_CACHE")
    return Path(named) if named else Path(user_cache_path("yigongti")) / "compiled"


def _use_cache() -> Path:
    folder = cache_root() / source_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        by_age = sorted(folder.parent.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in by_age[_KEEP_CACHES:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        # No place to keep compiled code: Numba then falls back on its own, or compiles anew.
        return folder
    _config.CACHE_DIR = str(folder)
    return folder


CACHE_FOLDER = _use_cache()


def cache_is_warm() -> bool:
    """Whether compiled code for these sources lies in the cache."""
    return any(CACHE_FOLDER.rglob("*.nbi"))


def scalar(function: F) -> F:
    """Mark a function on one record (and frozen tables) as part of the behaviour."""
    if COMPILATION_OFF:
        _SCALARS.add(function)  # type: ignore[arg-type]
        return function
    # _nrt=False: the functions never allocate, and reference counts on the tables would
    # cost several times the work itself.
    compiler = _njit(_nrt=False, error_model="numpy", forceinline=True)
    return compiler(function)


def chunk_loop(function: F) -> F:
    """Mark a loop over rows: compiled, cached, and run without the interpreter's lock."""
    if COMPILATION_OFF:
        _SCALARS.add(function)  # type: ignore[arg-type]
        return function
    compiler = _njit(_nrt=False, error_model="numpy", nogil=True, cache=True)
    return compiler(function)


def interruptible(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Make a compiled loop that Ctrl-C can end at any moment without harm.

    Python raises KeyboardInterrupt in the main thread. Where that is inside the compiler, or
    inside compiled code that reads its arguments, the process dies with a core dump. So a
    thread of its own runs the loop, and the main thread only waits.

    Parameters
    ----------
    loop
        A function marked ``@chunk_loop``.
    """

    def call(*args: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return loop(*args)
        return _runner().submit(loop, *args).result()

    return call


@cache
def _runner() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


if hasattr(os, "register_at_fork"):
    # A forked process has no thread of its parent's.
    os.register_at_fork(after_in_child=_runner.cache_clear)


def plain_twin(compiled: Any, plain_value: Any) -> None:
    """State what stands for ``compiled`` (an intrinsic, a type) in plain Python."""
    _PLAIN_TWINS[id(compiled)] = plain_value


Rebuild = Callable[[types.FunctionType, dict[str, Any]], Callable[..., Any]]
"""Makes a function anew from its source, to find what it calls in a namespace."""


def bare(source: types.FunctionType, namespace: dict[str, Any]) -> types.FunctionType:
    """Copy a function as it is, with another namespace to find names in."""
    return types.FunctionType(
        source.__code__, namespace, source.__name__, source.__defaults__, source.__closure__
    )


class Copies:
    """Uncompiled copies of functions, in which each calls the copies of the others.

    Parameters
    ----------
    rebuild
        Makes each copy; as it is if absent.
    """

    def __init__(self, rebuild: Rebuild = bare) -> None:
        self._rebuild = rebuild
        self._namespaces: dict[int, dict[str, Any]] = {}
        self._functions: dict[int, Callable[..., Any]] = {}

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the copy of a function, marked ``@scalar`` or ``@chunk_loop`` or neither."""
        if id(function) in _PLAIN_TWINS:
            return _PLAIN_TWINS[id(function)]
        source: Any = getattr(function, "py_func", function)
        made = self._functions.get(id(source))
        if made is None:
            made = self._rebuild(source, self._namespace(source.__globals__))
            self._functions[id(source)] = made
        return made

    def _namespace(self, namespace: dict[str, Any]) -> dict[str, Any]:
        known = self._namespaces.get(id(namespace))
        if known is not None:
            return known
        copy: dict[str, Any] = {}
        self._namespaces[id(namespace)] = copy
        for name, value in namespace.items():
            copy[name] = self._value(value)
        return copy

    def _value(self, value: Any) -> Any:
        if id(value) in _PLAIN_TWINS:
            return _PLAIN_TWINS[id(value)]
        if isinstance(value, np.uint64):
            return int(value)
        if isinstance(value, types.FunctionType):
            return self.of(value) if value in _SCALARS else value
        return self.of(value) if hasattr(value, "py_func") else value


_PLAIN = Copies()


def plain(function: F) -> F:
    """Return ``function`` uncompiled, together with all that it calls.

    Parameters
    ----------
    function
        A function marked ``@scalar`` or ``@chunk_loop``.

    Returns
    -------
    callable
        Same name, same code, run by the Python interpreter on agents' views.
    """
    return _PLAIN.of(function)  # type: ignore[return-value]
