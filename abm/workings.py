"""Workings: how what a provider earns came about, in a payment scheme's own lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Working:
    """One line of a scheme's arithmetic.

    Attributes
    ----------
    what, what_zh
        What the line is, for readers.
    value
        (provider,) whole fen where the line counts, else any number.
    unit
        ``"fen"``, or what is counted.
    counts
        Whether it is part of the sum: lines that count add up to what was entered.
    adds
        Whether months of a line that does not count add up to a year's, as points do and a
        value of a point does not.
    """

    what: str
    what_zh: str
    value: np.ndarray
    unit: str = "fen"
    counts: bool = True
    adds: bool = False


def entered(what: str, what_zh: str, fen: np.ndarray) -> Working:
    """Line that counts, in whole fen."""
    return Working(what, what_zh, np.asarray(fen, np.int64))


def counted(what: str, what_zh: str, value: np.ndarray, unit: str) -> Working:
    """Line of something that is counted: not part of the sum, and adds up over months."""
    return Working(what, what_zh, value, unit, counts=False, adds=True)


def standing(what: str, what_zh: str, value: np.ndarray, unit: str = "fen") -> Working:
    """Line of something that stands: not part of the sum, and does not add up."""
    return Working(what, what_zh, value, unit, counts=False)


def to_the_fen(lines: list[Working], whole: np.ndarray) -> Working:
    """What is left to the whole: a part below nil that counts as nil, and parts of a fen."""
    told = sum((line.value for line in lines if line.counts), np.zeros_like(whole))
    return entered("never below nil, and to the fen", "不低于零及分位取整", whole - told)


def told_of(lines: list[Working], part: str, part_zh: str) -> list[Working]:
    """Lines told as those of one part of what is paid."""
    return [
        replace(line, what=f"{part}: {line.what}", what_zh=f"{part_zh}：{line.what_zh}")
        for line in lines
    ]


@dataclass
class Workings:
    """What the scheme in force told of the last month, and of the last year's end.

    Attributes
    ----------
    month, year
        The lines.
    parts
        Lines of a scheme's parts, kept while it pays until it is asked.
    """

    month: list[Working] = field(default_factory=list)
    year: list[Working] = field(default_factory=list)
    parts: list[Working] = field(default_factory=list)
