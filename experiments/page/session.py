"""What one browser sees, and everything that it can do: never shared with another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import solara

from agents.foundation.errors import InputError
from experiments.page.closer import Closer, CloserAsk, look_closer
from experiments.page.desk import Answer, Desk, Question
from experiments.page.levers import SCHEME, lever
from experiments.page.plans import plan
from experiments.page.pool import Job
from experiments.page.record import Ask, Record
from experiments.page.scenario import (
    TABS,
    Choice,
    Scenario,
    first_choice,
    from_link,
    scheme_of,
    to_link,
)
from experiments.page.sizes import FULL_SIZE, quick_size
from experiments.page.why_state import WhyState
from experiments.words import Lang

T = TypeVar("T")
_UNDONE_MOST = 100


class Session:
    """One browser's state.

    Parameters
    ----------
    desk
        Where runs are asked for; shared by all.
    query
        Of the link that the browser came by.

    Attributes
    ----------
    quick, full
        What was told last of the two questions, however far they are.
    last
        The last quick answer with figures, perhaps of the choice before: it stays in sight,
        and is marked, until the next is in.
    at_once
        Within it changes are drawn together, when it ends.
    """

    def __init__(self, desk: Desk, query: str) -> None:
        self.desk = desk
        choice, more, faults = from_link(query.removeprefix("?"))
        self.choice = solara.reactive(choice)
        language: Lang = "zh" if more.get("lang") == "zh" else "en"
        self.lang: solara.Reactive[Lang] = solara.reactive(language)
        tab = more.get("tab", "answer")
        self.tab = solara.reactive(tab if tab in TABS else "answer")
        self.faults = solara.reactive(tuple(faults))
        self.quick: solara.Reactive[Answer | None] = solara.reactive(None)
        self.last: solara.Reactive[Answer | None] = solara.reactive(None)
        self.full: solara.Reactive[Answer | None] = solara.reactive(None)
        self.showing_full = solara.reactive(False)
        self.past: solara.Reactive[tuple[Choice, ...]] = solara.reactive(())
        self.future: solara.Reactive[tuple[Choice, ...]] = solara.reactive(())
        self.closer = solara.reactive(Closer())
        self.story: solara.Reactive[list[dict[str, Any]] | str | None] = solara.reactive(None)
        self.year = solara.reactive(-1)
        self.account = solara.reactive("")
        self.why = WhyState(desk)
        self._accounts: solara.Reactive[tuple[Choice, tuple[Record, ...]] | None] = solara.reactive(
            None
        )
        self.at_once: AbstractContextManager[Any] = nullcontext()
        self._drawn: dict[str, tuple[Answer, Any, Any]] = {}
        self._asked: dict[str, Question] = {}
        self._looking: Job | None = None

    # -- what is seen ------------------------------------------------------------------

    @property
    def answer(self) -> Answer | None:
        """The answer that is shown: the full county's if it was asked for and is in."""
        full = self.full.value
        if self.showing_full.value and full is not None and full.comparison is not None:
            return full
        return self.last.value

    @property
    def fresh(self) -> bool:
        """Whether the answer that is shown is one to what is chosen now."""
        answer = self.answer
        return answer is not None and answer.choice.whole == self.choice.value.whole

    @property
    def shown_side(self) -> int:
        """Which policy of the shown answer stands beside the baseline."""
        answer, active = self.answer, self.choice.value.active + 1
        return min(active, len(answer.records) - 1) if answer is not None and answer.records else 0

    @property
    def query(self) -> str:
        """Of the link that restores what is seen."""
        return to_link(self.choice.value, {"lang": self.lang.value, "tab": self.tab.value})

    def once(self, name: str, answer: Answer, of: Any, make: Callable[[], T]) -> T:
        """What is drawn of an answer, made again only for another answer or another ``of``."""
        known = self._drawn.get(name)
        if known is None or known[0] is not answer or known[1] != of:
            known = self._drawn[name] = answer, of, make()
        made: T = known[2]
        return made

    # -- what can be done --------------------------------------------------------------

    def do(self, event: dict[str, Any]) -> None:
        """Do what a control of the page says; see ``_DONE`` for what there is."""
        name = str(event.get("what", ""))
        if name in _DONE:
            with self.at_once:
                _DONE[name](self, event)

    def choose(self, choice: Choice) -> None:
        """Put a choice in place of the present one, which can be undone."""
        if choice == self.choice.value:
            return
        self.past.value = (*self.past.value, self.choice.value)[-_UNDONE_MOST:]
        self.future.value = ()
        self._put(choice)

    def _put(self, choice: Choice) -> None:
        self.choice.value = choice
        self.faults.value = ()
        self.ask()

    def undo(self) -> None:
        """Go back by one choice."""
        if self.past.value:
            *past, last = self.past.value
            self.future.value = (self.choice.value, *self.future.value)
            self.past.value = tuple(past)
            self._put(last)

    def redo(self) -> None:
        """Go forward again by one choice."""
        if self.future.value:
            first, *rest = self.future.value
            self.past.value = (*self.past.value, self.choice.value)
            self.future.value = tuple(rest)
            self._put(first)

    def move_lever(self, path: str, value: Any) -> None:
        """Put a lever of the active scenario at a value; one that cannot be used is told of."""
        choice = self.choice.value
        known = lever(path, scheme_of(choice.now.table()))
        if known is None:
            return
        try:
            moved = choice.now.moved(known, known.read(value))
            moved.policy("A")
        except (InputError, ValueError) as fault:
            self.faults.value = tuple(getattr(fault, "problems", [str(fault)]))
            # The slider stands where it was let go: show it the value that holds.
            self.choice.value = replace(choice)
            return
        self.choose(choice.with_now(moved))

    def back_lever(self, path: str) -> None:
        """Put a lever back at its preset's value."""
        choice = self.choice.value
        left = tuple(c for c in choice.now.changes if c[0] != path)
        if path == SCHEME:
            left = tuple(c for c in left if not c[0].startswith("payment."))
        self.choose(choice.with_now(Scenario(choice.now.preset, left)))

    def ask(self) -> None:
        """Ask for the answer at once; what was asked before is not needed any more."""
        self.cancel()
        self.why.stop()
        self.full.value, self.showing_full.value = None, False
        choice, last = self.choice.value, self.last.value
        if last is not None and not choice.like(last.choice):
            self.last.value = None
        self.quick.value = None
        self._ask("quick", quick_size(choice.county), self.quick)

    def ask_full(self) -> None:
        """Ask for the full county, in the background."""
        full = self.full.value
        if full is not None and full.comparison is not None:
            self.showing_full.value = not self.showing_full.value
            return
        self.showing_full.value = True
        self.full.value = Answer(self.choice.value, FULL_SIZE)
        self._ask("full", FULL_SIZE, self.full)

    def cancel(self) -> None:
        """Ask for the full county no longer."""
        asked = self._asked.pop("full", None)
        if asked is not None:
            asked.stop()
        full = self.full.value
        if full is not None and not full.done:
            self.full.value, self.showing_full.value = None, False

    def _ask(self, name: str, size: Any, into: solara.Reactive[Answer | None]) -> None:
        before = self._asked.pop(name, None)
        if before is not None:
            before.stop()

        def heard(answer: Answer) -> None:
            if self._asked.get(name) is not question:
                return
            with self.at_once:
                into.value = answer
                if name == "quick" and (answer.comparison is not None or answer.fault):
                    self.last.value = None if answer.fault else answer

        question = Question(self.desk, self.choice.value, size, heard)
        self._asked[name] = question
        question.begin()

    def look(self, event: dict[str, Any]) -> None:
        """Look closer at a provider, doctor or patient."""
        with self.at_once:
            self._look(event)

    def _look(self, event: dict[str, Any]) -> None:
        side = int(event.get("side", self.closer.value.side))
        side = self.shown_side if side else 0
        if "patient" in event:
            closer = Closer("patient", str(event["patient"]), side=side)
        elif "doctor" in event:
            closer = Closer("doctor", str(event["doctor"]), side=side)
        elif "find" in event:
            closer = Closer("patient", None, str(event["find"]), side)
        else:
            closer = Closer("provider", str(event["row"]), side=side)
        self.closer.value = closer
        self.tab.value = "closer"
        self.tell_story()

    def tell_story(self) -> None:
        """Run once more with a watch on whom the browser looks at."""
        closer, answer = self.closer.value, self.last.value
        if not closer.kind or answer is None or not answer.records:
            return
        if self._looking is not None:
            self._looking.leave()
        self.story.value = None
        ask = self._closer_ask(closer, answer)
        job = self.desk.quick.submit(look_closer, ask, 1)
        job.join()
        self._looking = job

        def ended(future: Any) -> None:
            if self._looking is not job or future.cancelled():
                return
            fault = future.exception()
            problems = fault.problems if isinstance(fault, InputError) else [repr(fault)]
            self.story.value = "; ".join(problems) if fault else future.result()

        _in_context(job, ended)

    def _closer_ask(self, closer: Closer, answer: Answer) -> CloserAsk:
        side = min(closer.side, len(answer.records) - 1)
        run = answer.records[side][0].ask
        return CloserAsk(
            county=run.county,
            policy=run.policy,
            baseline=run.baseline,
            years=answer.choice.years,
            weight=run.weight,
            seed=run.seed,
            kind=closer.kind,  # type: ignore[arg-type]
            number=closer.number,
            find=closer.find,  # type: ignore[arg-type]
            lang=self.lang.value,
        )

    @property
    def accounts(self) -> tuple[Record, ...] | None:
        """Reconciled runs of what is chosen now, by policy; None until they are there."""
        known = self._accounts.value
        return known[1] if known is not None and known[0] == self._whole_choice else None

    @property
    def _whole_choice(self) -> Choice:
        """What is chosen, whichever scenario is looked at."""
        return self.choice.value.whole

    def ask_accounts(self) -> None:
        """Reconcile the first seed's run under the baseline and each scenario."""
        choice = self._whole_choice
        size = quick_size(choice.county)

        def work() -> None:
            try:
                _, asks = plan(choice, size)
                firsts = [replace(row[0], accounts=True) for row in asks]
                records = tuple(self._record(ask) for ask in firsts)
            except InputError as fault:
                self.faults.value = tuple(fault.problems)
                return
            if self._whole_choice == choice:
                self._accounts.value = choice, records

        threading.Thread(target=work, daemon=True).start()

    def _record(self, ask: Ask) -> Record:
        return self.desk.record(ask)

    def close(self) -> None:
        """The browser has gone: nothing that it asked is needed."""
        for question in self._asked.values():
            question.stop()
        if self._looking is not None:
            self._looking.leave()
        self.why.stop()


def _in_context(job: Job, ended: Callable[[Any], None]) -> None:
    """Wait for a job in a thread of the browser that asked, for its state is not another's."""

    def wait() -> None:
        job.future.exception()
        ended(job.future)

    threading.Thread(target=wait, daemon=True).start()


def _moved_county(session: Session, event: dict[str, Any]) -> None:
    from calibration.county import county_names

    if event["value"] in county_names():
        years = session.choice.value.years
        session.choose(replace(first_choice(str(event["value"])), years=years))


def _moved_preset(session: Session, event: dict[str, Any]) -> None:
    session.choose(session.choice.value.with_now(Scenario(str(event["value"]))))


def _moved_lang(session: Session, _: dict[str, Any]) -> None:
    session.lang.value = "en" if session.lang.value == "zh" else "zh"
    if session.closer.value.kind:
        session.tell_story()


def _set(name: str) -> Callable[[Session, dict[str, Any]], None]:
    def put(session: Session, event: dict[str, Any]) -> None:
        getattr(session, name).value = event["value"]

    return put


_DONE: dict[str, Callable[[Session, dict[str, Any]], None]] = {
    "lever": lambda s, e: s.move_lever(str(e["path"]), e["value"]),
    "back": lambda s, e: s.back_lever(str(e["path"])),
    "preset": _moved_preset,
    "county": _moved_county,
    "years": lambda s, e: s.choose(replace(s.choice.value, years=int(e["value"]))),
    "active": lambda s, e: setattr(
        s.choice, "value", replace(s.choice.value, active=int(e["value"]))
    ),
    "add": lambda s, _: s.choose(s.choice.value.added()),
    "remove": lambda s, _: s.choose(s.choice.value.without_now()),
    "undo": lambda s, _: s.undo(),
    "redo": lambda s, _: s.redo(),
    "reset": lambda s, _: s.choose(first_choice(s.choice.value.county)),
    "lang": _moved_lang,
    "tab": _set("tab"),
    "full": lambda s, _: s.ask_full(),
    "cancel": lambda s, _: s.cancel(),
    "year": lambda s, e: setattr(s.year, "value", int(e["value"])),
    "account": _set("account"),
    "headline": lambda s, e: s.why.choose(str(e["value"])),
    "find": lambda s, e: s.look({"find": e["value"]}),
}
"""What a control of the page can ask for, by name."""
