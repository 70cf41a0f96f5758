"""What one browser asks and sees of a change taken apart."""

from __future__ import annotations

from collections import OrderedDict

import solara

from experiments.page.desk import Desk
from experiments.page.scenario import Choice
from experiments.page.why_job import NAMES, WhyAnswer, WhyQuestion

KEPT = 16
"""Changes taken apart that a browser keeps."""


class WhyState:
    """What one browser asks and sees.

    Parameters
    ----------
    desk
        Where runs are asked for.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.answer: solara.Reactive[WhyAnswer | None] = solara.reactive(None)
        self.headline = solara.reactive(NAMES[0])
        self._asked: tuple[Choice, WhyQuestion] | None = None
        self._known: OrderedDict[Choice, WhyAnswer] = OrderedDict()

    def ask(self, choice: Choice) -> None:
        """Ask for the active scenario's change, unless that is what is asked for or known."""
        if self._asked is not None and self._asked[0] == choice:
            return
        self.stop()
        known = self._known.get(choice)
        if known is not None:
            self._asked = choice, WhyQuestion(self.desk, choice, lambda _: None)
            self.answer.value = known
            return

        def heard(answer: WhyAnswer) -> None:
            if self._asked is None or self._asked[1] is not question:
                return
            self.answer.value = answer
            if answer.done and not answer.fault:
                self._known[choice] = answer
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)

        question = WhyQuestion(self.desk, choice, heard)
        self._asked = choice, question
        question.begin()

    def choose(self, headline: str) -> None:
        """Look at another headline's change."""
        if headline in NAMES:
            self.headline.value = headline

    def stop(self) -> None:
        """Ask no longer."""
        asked, self._asked = self._asked, None
        if asked is not None:
            asked[1].stop()
        if self.answer.value is not None:
            self.answer.value = None
