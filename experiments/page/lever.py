"""A lever of the page: one number, choice or switch of a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from experiments.page.lever_forms import NONE, PERCENT, LeverWords
from experiments.page.lever_words import words_for

Value = float | int | bool | str


@dataclass(frozen=True)
class Lever:
    """A number, choice or switch of a policy.

    Attributes
    ----------
    path
        Place in a policy file.
    key
        Under which its words stand.
    scheme
        Payment scheme that it belongs to; empty if to every one.
    low, high, step
        Of a number; of choices 0, 0 and 0.
    default
        Value if the file says nothing; None if the county's own then holds.
    explains
        One line, from the schema.
    """

    path: str
    key: str
    group: str
    kind: Literal["number", "whole", "choice", "switch"]
    low: float
    high: float
    step: float
    choices: tuple[str, ...]
    default: Value | None
    explains: str
    scheme: str = ""

    @property
    def words(self) -> LeverWords:
        """Its words; where nobody wrote any, its name in the file."""
        known = words_for(self.key)
        name = self.path.replace("_", " ").replace(".", ", ")
        return known or LeverWords(name, name, self.explains, NONE)

    @property
    def factor(self) -> float:
        """Number shown = value x factor."""
        return 100.0 if self.words.unit == PERCENT else 1.0

    def read(self, told: Any) -> Value:
        """The value that a control of the page stands at.

        Raises
        ------
        ValueError
            If the control can stand at no such thing.
        """
        if self.kind in ("number", "whole"):
            value = float(told) / self.factor
            # A hundredth of what a slider says, without the last bits of the division.
            return int(value) if self.kind == "whole" else float(f"{value:.12g}")
        if self.kind == "switch" and isinstance(told, bool):
            return told
        if self.kind == "choice" and told in self.choices:
            return str(told)
        raise ValueError(f"{self.path}: not allowed")
