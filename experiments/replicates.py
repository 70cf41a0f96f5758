"""Replicates of a comparison: every policy with the same seed, by the machinery of sweeps."""

from __future__ import annotations

import hashlib
import json
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from abm.county import County
from abm.indicators import INDICATORS
from abm.policy import Policy
from agents.foundation.errors import InputError
from experiments.store import Store
from experiments.sweep_file import SweepFile
from experiments.sweep_places import Here, Place, Workers
from experiments.sweep_plan import Plan, Point
from experiments.sweep_run import finish
from experiments.sweep_task import CountySource, Task, code_version, keep_county

Told = Callable[[str, int, int], None]
"""Called with what is running, months done and months at most."""


class Replicates:
    """Runs of some policies on one county, a seed after the other.

    Parameters
    ----------
    county, policies, baseline, years, lead, weight
        What is run; ``lead`` years under the baseline come first.
    first_seed, most
        Seed of the first replicate, and how many there are at most.
    threads
        Threads of a run in this process.
    workers
        Processes; with one, runs are made in this one.
    store
        File in which runs are kept and looked for; in memory if absent.
    told
        For progress.
    """

    def __init__(
        self,
        county: County,
        policies: Sequence[Policy],
        baseline: Policy,
        *,
        years: int,
        lead: int,
        weight: int,
        first_seed: int,
        most: int,
        threads: int | None,
        workers: int,
        store: Path | None,
        told: Told | None,
    ) -> None:
        self._open = ExitStack()
        self.most, self.told, self.workers = most, told, workers
        self.store = self._open.enter_context(Store(store, write=True))
        seeds = tuple(range(first_seed, first_seed + most))
        self.plan = self._lay_out(county, policies, baseline, weight, years, lead, seeds)
        self.store.keep_outputs(self.plan.outputs)
        self.seeds_begun = 0
        self.place: Place = Workers(workers)
        if workers == 1:
            self.place = Here(threads, self._month if told is not None else None)

    def _lay_out(
        self,
        county: County,
        policies: Sequence[Policy],
        baseline: Policy,
        weight: int,
        years: int,
        lead: int,
        seeds: tuple[int, ...],
    ) -> Plan:
        """The plan of all replicates; in the store it reads as an experiment file does."""
        source = self._source(county)
        keep_county(source, (), county)
        people = int(county.population["persons"].sum())
        points = [
            Point(
                number, policy.name, county.name, policy.name, {}, source, (),
                _as_json(policy), _as_json(baseline), weight, people,
            )
            for number, policy in enumerate(policies, start=1)
        ]  # fmt: skip
        file = SweepFile(
            form_version=1,
            name=_name(county, points),
            title=f"{county.title}: {', '.join(p.name for p in policies)}",
            question=f"How do {', '.join(p.name for p in policies)} differ?",
            counties=(county.name,),
            policies=tuple(p.name for p in policies),
            baseline=baseline.name,
            years=years,
            replicates=len(seeds),
            seed=seeds[0],
            weight=weight,
        )
        return Plan(
            name=file.name,
            title=file.title,
            content=file.model_dump(mode="json") | {"lead_years": lead},
            points=tuple(points),
            seeds=seeds,
            years=years,
            lead=lead,
            outputs=tuple(INDICATORS),
            code=code_version(),
        )

    def _source(self, county: County) -> CountySource:
        """Where workers find a county that may have no folder of its own."""
        if self.workers == 1:
            return CountySource("here", county.digest)
        folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="yigongti-"))
        path = Path(folder) / f"{county.digest[:16]}.county"
        path.write_bytes(pickle.dumps(county))
        return CountySource(str(path), county.digest)

    def batches(self) -> Iterator[list[pd.DataFrame]]:
        """Run replicates; yield the paths of those that have come in, in the order of seeds.

        A batch is one replicate, or as many as keep all workers busy.

        Raises
        ------
        InputError
            If a run cannot be made.
        """
        size = max(1, -(-self.workers // len(self.plan.points)))
        while self.seeds_begun < self.most:
            seeds = self.plan.seeds[self.seeds_begun :][:size]
            self._write_plan(self.seeds_begun + len(seeds))
            tasks = [self.plan.task(p, seed) for seed in seeds for p in self.plan.points]
            for number, _ in enumerate(finish(self.store, self.place, tasks, self.plan)):
                if self.workers > 1:
                    done = self.seeds_begun * len(self.plan.points) + number + 1
                    self._tell(f"replicate {self.seeds_begun + 1}", done * self.plan.months)
            self._refuse_failed()
            self.seeds_begun += len(seeds)
            yield [self._paths(seed) for seed in seeds]

    def _write_plan(self, replicates: int) -> None:
        runs = [
            (point.number, seed, self.plan.task(point, seed).key)
            for seed in self.plan.seeds[:replicates]
            for point in self.plan.points
        ]
        content = {**self.plan.content, "replicates": replicates}
        rows = [point.row() for point in self.plan.points]
        self.store.plan(self.plan.name, self.plan.title, content, self.plan.code, rows, runs)
        self.store.forget_failed(self.plan.name)

    def _month(self, task: Task, month: int) -> None:
        policy = json.loads(task.policy)["name"]
        place = [point.policy_name for point in self.plan.points].index(policy)
        replicate = task.seed - self.plan.seeds[0]
        done = (replicate * len(self.plan.points) + place) * self.plan.months + month
        self._tell(f"replicate {replicate + 1}, {policy}", done)

    def _tell(self, doing: str, months: int) -> None:
        if self.told is not None:
            self.told(doing, months, self.plan.months * len(self.plan.points) * self.most)

    def _refuse_failed(self) -> None:
        errors = [error for error, _ in self.store.errors(self.plan.name)]
        if errors:
            raise InputError(errors)

    def _paths(self, seed: int) -> pd.DataFrame:
        """Figures of every policy with one seed, a row a policy and year."""
        parts = []
        for point in self.plan.points:
            years, names, values = self.store.figures(self.plan.task(point, seed).key)
            table = pd.DataFrame(values, columns=names)[list(self.plan.outputs)]
            table.insert(0, "policy", point.policy_name)
            table.insert(1, "seed", seed)
            table.insert(2, "year", years)
            parts.append(table)
        return pd.concat(parts)

    def close(self) -> None:
        """Let the store and what was lent to workers go."""
        self.place.close()
        self._open.close()


def _as_json(policy: Policy) -> str:
    return json.dumps(policy.resolved(), sort_keys=True)


def _name(county: County, points: Sequence[Point]) -> str:
    told = hashlib.sha256("\n".join([county.digest, *(p.policy for p in points)]).encode())
    return f"compare_{county.name[:32]}_{told.hexdigest()[:8]}"
