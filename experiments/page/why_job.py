"""A change taken apart behind the page: at once by leaving out, then by Shapley shares."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from agents.foundation.errors import InputError
from experiments.headline import HEADLINES
from experiments.page.desk import Desk
from experiments.page.plans import plan
from experiments.page.pool import Job, StoppedError
from experiments.page.record import county_of, policy_of
from experiments.page.scenario import Choice
from experiments.page.sizes import FIRST_SEEDS, quick_size
from experiments.sweep_task import CountySource, keep_county
from experiments.why_runs import (
    QUICK,
    SHAPLEY,
    Own,
    WhyAsk,
    idle_channels,
    live_apart,
    runs_of,
)
from experiments.why_shares import taken_apart

NAMES = tuple(headline.name for headline in HEADLINES)
SHAPLEY_SEEDS = 4
"""Replicates of the shares; of the parts at once there are as many as of a first answer."""
_TELL_SECONDS = 0.25


@dataclass(frozen=True, eq=False)
class WhyAnswer:
    """What has come in so far.

    Attributes
    ----------
    table
        As `yigongti why` makes it of the same runs; None before two seeds are in.
    method
        By which the table shares the change out.
    seeds
        Replicates in the table.
    share
        Part of the months that are lived of what is under way.
    done
        Whether the Shapley shares of all replicates are in.
    fault
        Why there is no answer; empty if there is one.
    """

    table: pd.DataFrame | None = None
    method: str = QUICK
    seeds: int = 0
    share: float = 0.0
    done: bool = False
    fault: str = ""


Heard = Callable[[WhyAnswer], None]


def make_apart(ask: WhyAsk, told: Callable[[int], None]) -> np.ndarray:
    """Run a seed's reference and followers; for a process behind the page."""
    keep_county(ask.county, (), county_of(ask.county.place))
    return live_apart(ask, told)


@dataclass
class WhyQuestion:
    """The active scenario's change, until it is taken apart or asked for no longer.

    Parameters
    ----------
    desk, choice
        Where, and what.
    heard
        Called with what has come in, from a thread of its own.
    """

    desk: Desk
    choice: Choice
    heard: Heard
    _jobs: list[Job] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> WhyQuestion:
        """Ask, in a thread."""
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def stop(self) -> None:
        """Ask no longer."""
        self._over.set()
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            job.leave()

    def run(self) -> None:
        """Ask for the parts at once, then for the shares, and tell what comes in."""
        answer = WhyAnswer()
        try:
            for method, seeds in ((QUICK, FIRST_SEEDS), (SHAPLEY, SHAPLEY_SEEDS)):
                answer = self._take_apart(answer, method, seeds)
                if self._over.is_set():
                    return
            self._tell(replace(answer, share=1.0, done=True))
        except InputError as fault:
            self._tell(replace(answer, fault="; ".join(fault.problems), done=True))
        except (CancelledError, StoppedError):
            return
        except Exception as fault:  # a worker that died must not leave a page that waits for ever
            self._tell(replace(answer, fault=f"{type(fault).__name__}: {fault}", done=True))

    def _take_apart(self, answer: WhyAnswer, method: str, seeds: int) -> WhyAnswer:
        asks, lead_years = asks_of(self.choice, method, seeds)
        # Whoever waits for the first of an answer comes before.
        self.desk.stand_back(self._over.is_set)
        pool = self.desk.quick if method == QUICK else self.desk.background
        for ask in asks:
            job = pool.submit(make_apart, ask, ask.runs_months)
            job.join()
            self._jobs.append(job)
        if self._over.is_set():
            self.stop()
        jobs = self._jobs[-len(asks) :]
        figures: list[np.ndarray] = []
        for job in jobs:
            while not self._over.is_set():
                try:
                    figures.append(job.future.result(timeout=_TELL_SECONDS))
                    break
                except TimeoutError:
                    lived = sum(one.lived for one in jobs) / sum(one.months for one in jobs)
                    answer = replace(answer, share=lived)
                    self._tell(answer)
            if self._over.is_set():
                return answer
            # The shares of two seeds are no better known than the parts at once.
            if len(figures) == seeds or len(figures) > FIRST_SEEDS:
                table = taken_apart(figures, asks[0].own, NAMES, lead_years, method)
                answer = replace(answer, table=table, method=method, seeds=len(figures))
                self._tell(answer)
        return answer

    def _tell(self, answer: WhyAnswer) -> None:
        if not self._over.is_set():
            self.heard(answer)


def asks_of(choice: Choice, method: str, seeds: int) -> tuple[list[WhyAsk], int]:
    """The runs of each seed for the active scenario, and the years before the policy.

    Raises
    ------
    InputError
        If a policy cannot be used.
    """
    county = county_of(choice.county)
    _, rows = plan(choice, quick_size(choice.county))
    base, ours = rows[0][0], rows[1 + choice.active][0]
    source = CountySource(choice.county, county.digest)
    keep_county(source, (), county)
    policies = [policy_of(table) for table in (base.baseline, base.policy, ours.policy)]
    own: tuple[Own, ...] = runs_of(method, idle_channels(county, *policies))
    asks = [
        WhyAsk(
            source, ours.policy, base.policy, base.baseline, ours.months, ours.weight, seed, 1,
            own, NAMES,
        )
        for seed in range(1, seeds + 1)
    ]  # fmt: skip
    return asks, ours.months // 12 - choice.years
