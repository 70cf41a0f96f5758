"""Where browsers ask for runs: each run is made once, kept while there is room, and shared."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from abm.policy import Policy
from agents.foundation.errors import InputError
from experiments.comparison import Comparison
from experiments.page.beginnings import make_soon
from experiments.page.plans import compared, plan
from experiments.page.pool import Job, Pool, StoppedError
from experiments.page.record import Ask, Record, make_record
from experiments.page.scenario import Choice
from experiments.page.sizes import FIRST_SEEDS, Size

KEPT_BYTES = 256 * 2**20
"""Memory that runs may take before the oldest are forgotten."""
_TELL_SECONDS = 0.25
"""How often it is told how far runs are."""
PATIENCE_SECONDS = 10.0
"""How long what makes an answer better stands back behind the first answers of others."""
QUICK_PROCESSES = 2


@dataclass(frozen=True)
class Answer:
    """What has come in so far of what was asked.

    Attributes
    ----------
    choice, size
        What was asked.
    policies
        The baseline, then the scenarios.
    records
        By policy, a record a seed, in the order of seeds.
    comparison
        As `yigongti compare` makes it of the same runs; None before two seeds are in.
    share
        Part of the months that are lived.
    done
        Whether all is in.
    fault
        Why there is no answer; empty if there is one.
    """

    choice: Choice
    size: Size
    policies: tuple[Policy, ...] = ()
    records: tuple[tuple[Record, ...], ...] = ()
    comparison: Comparison | None = None
    share: float = 0.0
    done: bool = False
    fault: str = ""

    @property
    def seeds(self) -> int:
        """How many replicates are in."""
        return len(self.records[0]) if self.records else 0


Heard = Callable[[Answer], None]


class Desk:
    """Takes what browsers ask for, and answers as runs come in.

    Parameters
    ----------
    processes
        Processes for answers at once; one more makes full runs, and as many again take changes
        apart, standing back behind them.
    """

    def __init__(self, processes: int = QUICK_PROCESSES) -> None:
        self.quick, self.full = Pool(processes), Pool(1, nice=19)
        self._kept: OrderedDict[Ask, Record] = OrderedDict()
        self._jobs: dict[Ask, Job] = {}
        self._lock = threading.Lock()
        # Its processes begin when something is first asked of them.
        self.background = Pool(processes, nice=12)
        self._hurried, self._calm = 0, threading.Condition()

    # -- who comes first ---------------------------------------------------------------

    @contextmanager
    def hurry(self) -> Iterator[None]:
        """While somebody waits for the first of an answer."""
        with self._calm:
            self._hurried += 1
        try:
            yield
        finally:
            with self._calm:
                self._hurried -= 1
                self._calm.notify_all()

    def stand_back(self, over: Callable[[], bool]) -> None:
        """Wait, with what makes an answer better, until nobody waits for the first of one.

        Not for ever: when others ask all the time, everyone's answer gets better in turn.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        with self._calm:
            while self._hurried > 0 and not over() and time.monotonic() < until:
                self._calm.wait(_TELL_SECONDS)

    # -- runs --------------------------------------------------------------------------

    def kept(self, ask: Ask) -> Record | None:
        """A run that is at hand."""
        with self._lock:
            record = self._kept.get(ask)
            if record is not None:
                self._kept.move_to_end(ask)
            return record

    @property
    def kept_bytes(self) -> int:
        """Memory that runs take."""
        with self._lock:
            return sum(record.bytes for record in self._kept.values())

    def start(self, ask: Ask, quick: bool) -> Job:
        """Let a run be made, or join those who wait for it."""
        with self._lock:
            job = self._jobs.get(ask)
            if job is not None and not job.stopped:
                job.join()
                return job
            if quick:
                # A seed always to the same process, which keeps how its runs begin.
                job = self.quick.submit(make_soon, ask, ask.months, lane=ask.seed)
            else:
                job = self.full.submit(make_record, ask, ask.months)
            job.join()
            self._jobs[ask] = job
        job.future.add_done_callback(lambda _: self._ended(ask, job))
        return job

    def _ended(self, ask: Ask, job: Job) -> None:
        with self._lock:
            if self._jobs.get(ask) is job:
                del self._jobs[ask]
            if job.future.cancelled() or job.future.exception() is not None:
                return
            self._kept[ask] = job.future.result()
            while len(self._kept) > 1 and self._size() > KEPT_BYTES:
                self._kept.popitem(last=False)

    def _size(self) -> int:
        return sum(record.bytes for record in self._kept.values())

    def record(self, ask: Ask, quick: bool = True) -> Record:
        """A run, waited for.

        Raises
        ------
        InputError
            If the run cannot be made.
        """
        known = self.kept(ask)
        if known is not None:
            return known
        job = self.start(ask, quick)
        try:
            made: Record = job.future.result()
            return made
        finally:
            job.leave()

    def whole(self, records: Sequence[Sequence[Record]]) -> list[list[Record]]:
        """Records with every indicator, of the same runs.

        Raises
        ------
        InputError
            If a run cannot be made.
        """
        asks = [[replace(record.ask, whole=True) for record in row] for row in records]
        jobs = [self.start(a, True) for row in asks for a in row if self.kept(a) is None]
        try:
            return [[self.record(ask) for ask in row] for row in asks]
        finally:
            for job in jobs:
                job.leave()

    def close(self) -> None:
        """End all processes."""
        self.quick.close()
        self.full.close()
        self.background.close()


@dataclass
class Question:
    """One thing that a browser asks, until it is answered or asked no longer.

    Parameters
    ----------
    desk, choice, size
        Where, what, and at which size.
    heard
        Called with what has come in, from a thread of its own.
    """

    desk: Desk
    choice: Choice
    size: Size
    heard: Heard
    _jobs: list[Job] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> Question:
        """Ask, in a thread."""
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def stop(self) -> None:
        """Ask no longer; runs that nobody else waits for are stopped."""
        self._over.set()
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            job.leave()

    @property
    def over(self) -> bool:
        """Whether it was stopped."""
        return self._over.is_set()

    def run(self) -> None:
        """Ask, and tell what comes in until all is in."""
        answer = Answer(self.choice, self.size)
        try:
            policies, asks = plan(self.choice, self.size)
            answer = replace(answer, policies=policies)
            first = min(FIRST_SEEDS, self.size.seeds)
            with self.desk.hurry() if self.size.quick else nullcontext():
                answer = self._come_to(answer, asks, first)
            if first < self.size.seeds and not self.over:
                self.desk.stand_back(lambda: self.over)
                self._come_to(answer, asks, self.size.seeds)
        except InputError as fault:
            self._tell(replace(answer, fault="; ".join(fault.problems), done=True))
        except (CancelledError, StoppedError):
            return
        except Exception as fault:  # a worker that died must not leave a page that waits for ever
            self._tell(replace(answer, fault=f"{type(fault).__name__}: {fault}", done=True))

    def _come_to(self, answer: Answer, asks: Sequence[Sequence[Ask]], seeds: int) -> Answer:
        """Let the runs of more seeds be made, and tell what so many seeds say."""
        begun = answer.seeds
        waiting = self._start([row[begun:seeds] for row in asks])
        self._wait(answer, waiting, begun, seeds)
        if not self.over:
            answer = self._answer(answer, asks, seeds)
            self._tell(answer)
        return answer

    def _start(self, asks: Sequence[Sequence[Ask]]) -> dict[Ask, Job]:
        """Let runs be made, of all policies a seed after the other; those at hand are left out."""
        waiting: dict[Ask, Job] = {}
        for row in zip(*asks, strict=True):
            for ask in row:
                if ask not in waiting and self.desk.kept(ask) is None:
                    waiting[ask] = self.desk.start(ask, self.size.quick)
                    self._jobs.append(waiting[ask])
        if self.over:
            self.stop()
        return waiting

    def _wait(self, answer: Answer, waiting: dict[Ask, Job], begun: int, seeds: int) -> None:
        """Wait for runs, and tell how far all is."""
        total = sum(job.months for job in waiting.values())
        for job in waiting.values():
            while not self.over:
                try:
                    job.future.result(timeout=_TELL_SECONDS)
                    break
                except TimeoutError:
                    lived = sum(one.lived for one in waiting.values()) / total
                    share = (begun + (seeds - begun) * lived) / self.size.seeds
                    self._tell(replace(answer, share=share))

    def _answer(self, answer: Answer, asks: Sequence[Sequence[Ask]], seeds: int) -> Answer:
        records = tuple(
            tuple(self.desk.record(ask, self.size.quick) for ask in row[:seeds]) for row in asks
        )
        comparison = compared(self.choice, answer.policies, records)
        share, done = seeds / self.size.seeds, seeds == self.size.seeds
        return replace(answer, records=records, comparison=comparison, share=share, done=done)

    def _tell(self, answer: Answer) -> None:
        if not self.over:
            self.heard(answer)
