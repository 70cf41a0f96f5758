"""Where browsers ask for runs: each run is made once, kept while there is room, and shared."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from abm.county import County
from abm.indicators import INDICATORS
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.policies import load_policy
from experiments.comparison import Comparison, compare_paths
from experiments.defaults import USUAL_PRECISION
from experiments.headline import SHOWN
from experiments.page.pool import Job, Pool, StoppedError
from experiments.page.record import Ask, Record, county_of, make_record
from experiments.page.scenario import LETTERS, Choice
from experiments.runs import starting_years, usual_weight

KEPT_BYTES = 256 * 2**20
"""Memory that runs may take before the oldest are forgotten."""
QUICK_WEIGHT = 50
"""People an agent stands for in an answer at once, if the county allows it."""
QUICK_SEEDS = 4
FIRST_SEEDS = 2
"""Replicates after which a first answer is shown."""
FULL_SEEDS = 3
_TELL_SECONDS = 0.25
"""How often it is told how far runs are."""
QUICK_PROCESSES = 2

WARNED = (
    ("withheld", "use.without_care_share"),
    ("withheld", "conduct.put_off_per_1000_visits"),
    ("refused", "use.turned_away_per_1000_visits"),
    ("refused", "use.no_bed_per_1000_admissions"),
    ("invented", "conduct.upcoded_share"),
    ("invented", "conduct.split_share"),
    ("invented", "conduct.invented_share_of_visits"),
)
"""What a warning is about, and the indicator whose sure rise gives it."""
TOLD = tuple(dict.fromkeys([*SHOWN, *(name for _, name in WARNED)]))
"""Indicators that the page compares at once."""


@dataclass(frozen=True)
class Size:
    """How large the runs of an answer are.

    Attributes
    ----------
    quick
        Whether it is a small county for an answer at once.
    weight
        People that an agent stands for.
    seeds
        How many replicates.
    """

    quick: bool
    weight: int
    seeds: int


def quick_size(county: County) -> Size:
    """Size of an answer at once."""
    return Size(True, max(QUICK_WEIGHT, usual_weight(county)), QUICK_SEEDS)


FULL_SIZE = Size(False, 1, FULL_SEEDS)
"""Everybody is an agent."""


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
        Processes for answers at once; one more makes full runs, standing back behind them.
    """

    def __init__(self, processes: int = QUICK_PROCESSES) -> None:
        self.quick, self.full = Pool(processes, nice=5), Pool(1, nice=15)
        self._kept: OrderedDict[Ask, Record] = OrderedDict()
        self._jobs: dict[Ask, Job] = {}
        self._lock = threading.Lock()

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
            pool = self.quick if quick else self.full
            job = pool.submit(make_record, ask, ask.months)
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

    def close(self) -> None:
        """End all processes."""
        self.quick.close()
        self.full.close()


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
            begun = 0
            # What comes after the first answer waits, so that the first of others comes before it.
            for seeds in dict.fromkeys((min(FIRST_SEEDS, self.size.seeds), self.size.seeds)):
                waiting = self._start([row[begun:seeds] for row in asks])
                self._wait(answer, waiting, begun, seeds)
                if self.over:
                    return
                answer = self._answer(answer, asks, seeds)
                self._tell(answer)
                begun = seeds
        except InputError as fault:
            self._tell(replace(answer, fault="; ".join(fault.problems), done=True))
        except (CancelledError, StoppedError):
            return
        except Exception as fault:  # a worker that died must not leave a page that waits for ever
            self._tell(replace(answer, fault=f"{type(fault).__name__}: {fault}", done=True))

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
        comparison = compared(self.choice, answer.policies, records, TOLD)
        share, done = seeds / self.size.seeds, seeds == self.size.seeds
        return replace(answer, records=records, comparison=comparison, share=share, done=done)

    def _tell(self, answer: Answer) -> None:
        if not self.over:
            self.heard(answer)


def plan(choice: Choice, size: Size) -> tuple[tuple[Policy, ...], list[list[Ask]]]:
    """Policies of a choice, the baseline first, and the runs of each, a seed after the other.

    Raises
    ------
    InputError
        If a policy cannot be used.
    """
    county = county_of(choice.county)
    baseline = load_policy(county.baseline_policy)
    policies: list[Policy] = [baseline]
    for letter, scenario in zip(LETTERS, choice.scenarios, strict=False):
        policies.append(scenario.policy(letter))
    lead = max(starting_years(policy) for policy in policies)
    months = 12 * (lead + choice.years)
    told = [as_json(policy) for policy in policies]
    asks = [
        [
            Ask(choice.county, policy, told[0], months, size.weight, seed)
            for seed in range(1, size.seeds + 1)
        ]
        for policy in told
    ]
    return tuple(policies), asks


def as_json(policy: Policy) -> str:
    """A policy's rules as a key: names and titles for readers do not count."""
    table: dict[str, Any] = policy.resolved()
    words = dict.fromkeys(("title", "title_zh", "rule", "rule_zh", "source"), "")
    return json.dumps({**table, **words, "name": "rules", "open": []}, sort_keys=True)


def compared(
    choice: Choice,
    policies: Sequence[Policy],
    records: Sequence[Sequence[Record]],
    indicators: Sequence[str] = tuple(INDICATORS),
) -> Comparison:
    """The comparison that `yigongti compare` would make of the same runs.

    Parameters
    ----------
    indicators
        Which; all take five times as long as those that the page shows.
    """
    names = list(indicators)
    parts = []
    for policy, runs in zip(policies, records, strict=True):
        for record in runs:
            table = pd.DataFrame(record.figures(names), columns=names)
            table.insert(0, "policy", policy.name)
            table.insert(1, "seed", record.ask.seed)
            table.insert(2, "year", record.years)
            parts.append(table)
    return compare_paths(
        county_of(choice.county),
        policies,
        pd.concat(parts, ignore_index=True),
        baseline=policies[0],
        years=choice.years,
        weight=records[0][0].ask.weight,
        precision=USUAL_PRECISION,
    )
