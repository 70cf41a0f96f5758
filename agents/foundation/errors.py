"""What a user did wrong, as one error that carries every problem found."""

from __future__ import annotations

from collections.abc import Iterable


class InputError(Exception):
    """Bad input: files, values, names or places that the user gave.

    Parameters
    ----------
    problems
        One message a problem, each naming file, row or key, what was wrong and what is allowed.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: list[str] = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))
