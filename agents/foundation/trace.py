"""Watching a decision while it is taken: every call, and every sum with its terms.

A :class:`Tracer` makes uncompiled copies of functions that tell what they do. Their code is
the functions' own: of each sum and product that is returned, passed on or put into a place,
the terms are noted as they are worked out, in the same order, so that not a bit of the
result changes. Names are read from the source, so the tracer knows no function.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.foundation.compile import Copies

_LONGEST = 16
"""Arrays with more values than this are not kept as arguments of a call."""
_RECORDER = "__recorder__"
_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//"}
_SUMS = (ast.Add, ast.Sub)


@dataclass(frozen=True)
class Term:
    """One term of a sum, or factor of a product.

    Attributes
    ----------
    sign
        How it enters: ``+`` or ``-`` in a sum, ``*``, ``/`` or ``//`` in a product; empty of
        a value that is neither.
    text
        Its source.
    value
        What it came to; an array is a copy.
    index
        Where it was looked up, if it was looked up in a table.
    """

    sign: str
    text: str
    value: Any
    index: Any = None


@dataclass(frozen=True)
class Working:
    """How one value came about.

    Attributes
    ----------
    target
        What it was put into, ``return``, or the call that it was passed to.
    index
        Place within the target, if it has places.
    operator
        ``=``, or ``*=`` and the like where it changed what was there.
    terms
        In order; a single one where the value is no sum or product.
    value
        What it came to.
    """

    target: str
    index: Any
    operator: str
    terms: tuple[Term, ...]
    value: Any


@dataclass
class Call:
    """A call of a function that is listened to.

    Attributes
    ----------
    name, summary
        The function's name and the first line of its docstring.
    arguments
        Numbers, and short arrays of numbers as they were on entry; records are left out.
    inner
        Calls and workings inside, in order.
    value
        What it returned.
    """

    name: str
    summary: str
    arguments: dict[str, Any]
    inner: list[Call | Working] = field(default_factory=list)
    value: Any = None

    @property
    def calls(self) -> list[Call]:
        """Calls that it made itself."""
        return [one for one in self.inner if isinstance(one, Call)]

    @property
    def workings(self) -> list[Working]:
        """Values that it worked out itself."""
        return [one for one in self.inner if isinstance(one, Working)]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Call]]:
        """Give the call and all inside it, in the order in which they began, with their depth."""
        yield depth, self
        for call in self.calls:
            yield from call.walk(depth + 1)

    def find(self, *names: str) -> Iterator[Call]:
        """All calls of functions of these names."""
        return (call for _, call in self.walk() if call.name in names)


class Tracer:
    """Makes copies of functions that tell what they do.

    Parameters
    ----------
    listens
        Whether a function, by its module and name, is listened to; others run as they are.
    """

    def __init__(self, listens: Callable[[str, str], bool]) -> None:
        self._listens = listens
        self._copies = Copies(self._rebuild)
        self._recorder = _Recorder()

    def run(self, function: Callable[..., Any], *args: Any) -> Call:
        """Run the telling copy of a function, and return what it told.

        Parameters
        ----------
        function
            Marked ``@scalar`` or ``@chunk_loop``, or an ordinary function.
        """
        root = Call("", "", {})
        self._recorder.start(root)
        self._copies.of(function)(*args)
        return root

    def _rebuild(self, source: types.FunctionType, namespace: dict[str, Any]) -> Any:
        if not self._listens(source.__module__, source.__name__):
            return types.FunctionType(
                source.__code__, namespace, source.__name__, source.__defaults__
            )
        namespace[_RECORDER] = self._recorder
        inner = types.FunctionType(
            self._recorder.instrumented(source), namespace, source.__name__, source.__defaults__
        )
        names = inspect.getfullargspec(source).args
        summary = (source.__doc__ or "").strip().split("\n", 1)[0]
        recorder = self._recorder

        def listened(*args: Any, **named: Any) -> Any:
            given = {**dict(zip(names, args, strict=False)), **named}
            told = {name: kept for name, arg in given.items() if (kept := _kept(arg)) is not None}
            call = Call(source.__name__, summary, told)
            recorder.open[-1].inner.append(call)
            recorder.open.append(call)
            value = inner(*args, **named)
            call.value = _noted(value)
            recorder.open.pop()
            return value

        return listened


def _kept(value: Any) -> Any:
    """An argument as it is told: a number, or a tuple of a few; None if it is neither."""
    if isinstance(value, np.generic) and value.dtype.names is None:
        return value.item()
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, np.ndarray) and value.dtype.names is None and value.ndim == 1:
        return tuple(value.tolist()) if len(value) <= _LONGEST else None
    return None


def _noted(value: Any) -> Any:
    """A value as it is told: arrays as copies, numbers as Python's."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, np.generic) and value.dtype.names is None:
        return value.item()
    return value


@dataclass(frozen=True)
class _Site:
    """A place in the source where a value is worked out."""

    target: str
    operator: str
    signs: tuple[str, ...]
    texts: tuple[str, ...]


class _Recorder:
    """What instrumented code talks to."""

    def __init__(self) -> None:
        self.open: list[Call] = []
        self.sites: list[_Site] = []
        self._begun: list[tuple[int, Any, list[tuple[Any, Any]]]] = []

    def start(self, root: Call) -> None:
        """Put what is told from now on into a call."""
        self.open, self._begun = [root], []

    def instrumented(self, source: types.FunctionType) -> types.CodeType:
        """The function's own code, with terms told as they are worked out."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(source)))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        ast.increment_lineno(tree, source.__code__.co_firstlineno - 1)
        told = ast.fix_missing_locations(_Teller(self.sites).visit(tree))
        module = compile(told, source.__code__.co_filename, "exec", dont_inherit=True)
        return next(
            code
            for code in module.co_consts
            if isinstance(code, types.CodeType) and code.co_name == source.__name__
        )

    def begin(self, site: int, index: Any) -> None:
        """Say that a value is about to be worked out, and where it will be put."""
        self._begun.append((site, _noted(index), []))

    def term(self, value: Any, index: Any = None) -> Any:
        """Note a term, and hand it on."""
        self._begun[-1][2].append((_noted(value), _noted(index)))
        return value

    def done(self, _: None, value: Any) -> Any:
        """Note the value, and hand it on."""
        number, index, terms = self._begun.pop()
        site = self.sites[number]
        told = tuple(
            Term(sign, text, term, where)
            for sign, text, (term, where) in zip(site.signs, site.texts, terms, strict=True)
        )
        self.open[-1].inner.append(Working(site.target, index, site.operator, told, _noted(value)))
        return value


class _Teller(ast.NodeTransformer):
    """Puts calls of the recorder round the terms of sums and products in a function."""

    def __init__(self, sites: list[_Site]) -> None:
        self._sites = sites

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        node.value = self._told(node.value, target, "=", isinstance(target, ast.Subscript))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if not isinstance(node.value, ast.Constant):
            node.value = self._told(node.value, node.target, f"{_sign(node.op)}=", True)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is not None:
            node.value = self._told(node.value, None, "=", False)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        node.value = self._inside(node.value)
        return node

    def _told(self, value: ast.expr, target: ast.expr | None, sign: str, always: bool) -> ast.expr:
        """Tell a value that is put into ``target``, or returned."""
        if not (always or _is_chain(value)):
            return self._inside(value)
        where: ast.expr = ast.Constant(None)
        name = "return" if target is None else ast.unparse(target)
        if isinstance(target, ast.Subscript):
            name, where = ast.unparse(target.value), _as_value(target.slice)
        return self._noted(value, name, where, sign)

    def _noted(self, value: ast.expr, target: str, where: ast.expr, operator: str) -> ast.expr:
        signs: list[str] = []
        texts: list[str] = []
        number = len(self._sites)
        self._sites.append(_Site(target, operator, (), ()))
        first = {True: "+", False: "*", None: ""}[_family(value)]
        told = self._terms(value, _family(value), signs, texts, first)
        self._sites[number] = _Site(target, operator, tuple(signs), tuple(texts))
        begun = _ask("begin", ast.Constant(number), where)
        return _ask("done", begun, told)

    def _terms(
        self, node: ast.expr, family: bool | None, signs: list[str], texts: list[str], sign: str
    ) -> ast.expr:
        """Wrap each term of a chain; ``family`` says whether of a sum (True) or a product."""
        if family is not None and isinstance(node, ast.BinOp) and _family(node) is family:
            node.left = self._terms(node.left, family, signs, texts, sign)
            # a - (b - c) is one term after the minus; only the left side goes on.
            node.right = self._term(node.right, signs, texts, _sign(node.op))
            return node
        return self._term(node, signs, texts, sign)

    def _term(self, node: ast.expr, signs: list[str], texts: list[str], sign: str) -> ast.expr:
        signs.append(sign)
        texts.append(ast.unparse(node))
        extra = []
        if isinstance(node, ast.Subscript) and not _calls(node.slice):
            extra.append(_as_value(node.slice))
        return _ask("term", self._inside(node), *extra)

    def _inside(self, node: ast.expr) -> ast.expr:
        """Tell sums and products that are passed to a call within an expression."""
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and not _is_ask(call):
                name = ast.unparse(call.func)
                call.args = [
                    self._noted(arg, f"{name}()", ast.Constant(None), "=")
                    if _is_chain(arg) and not _touched(arg)
                    else arg
                    for arg in call.args
                ]
        return node


def _sign(operator: ast.operator) -> str:
    return _SIGNS.get(type(operator), "?")


def _family(node: ast.expr) -> bool | None:
    """True of a sum, False of a product, None of anything else."""
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return isinstance(node.op, _SUMS)
    return None


def _is_chain(node: ast.expr) -> bool:
    return _family(node) is not None


def _calls(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _ask(name: str, *args: ast.expr) -> ast.Call:
    recorder = ast.Name(_RECORDER, ast.Load())
    return ast.Call(ast.Attribute(recorder, name, ast.Load()), list(args), [])


def _is_ask(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == _RECORDER
    )


def _touched(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Call) and _is_ask(inner) for inner in ast.walk(node))


def _as_value(node: ast.expr) -> ast.expr:
    """An index as an expression that can stand by itself: a:b becomes slice(a, b)."""
    if isinstance(node, ast.Slice):
        parts = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
        return ast.Call(ast.Name("slice", ast.Load()), parts, [])
    if isinstance(node, ast.Tuple):
        return ast.Tuple([_as_value(part) for part in node.elts], ast.Load())
    return node
