"""What words of a lever are: label, explanation, unit, and how far its slider goes."""

from __future__ import annotations

from typing import NamedTuple

PERCENT, YUAN, MONTHS, TIMES, COUNT, NONE = "percent", "yuan", "months", "times", "count", ""
"""Units; words for them are in :mod:`experiments.page.words`."""


class LeverWords(NamedTuple):
    """What a reader is told of a lever.

    Attributes
    ----------
    label, label_zh
        A few words.
    explains_zh
        One line; the English one is in the policy's schema.
    unit
        One of the units above.
    top
        Where the slider ends if the schema sets no bound, or a bound far from use.
    """

    label: str
    label_zh: str
    explains_zh: str
    unit: str = NONE
    top: float | None = None
