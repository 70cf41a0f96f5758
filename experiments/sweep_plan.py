"""From an experiment file to its runs: every fault named before the first one starts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abm.clinics import pool_clinics
from abm.county import County
from abm.excerpt import excerpt
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.county import County as FolderCounty
from calibration.policies import load_policy
from experiments.runs import starting_years, usual_weight
from experiments.store_form import PointRow
from experiments.sweep_design import DesignPoint, count_points, design_points
from experiments.sweep_file import MOST_RUNS, SweepFile
from experiments.sweep_task import CountySource, Task, code_version, keep_county, task_key
from experiments.sweep_vary import (
    Value,
    changed_policy,
    county_changes,
    default_label,
    split_names,
)

MICROSECONDS_AN_AGENT_MONTH = 0.5
MILLISECONDS_A_MONTH = 10.0
SECONDS_A_RUN = 0.2
"""What a run takes, roughly, on one processor; for the estimate before the first run."""


@dataclass(frozen=True)
class Point:
    """One point of an experiment: a county and a policy as they are run."""

    number: int
    label: str
    county_name: str
    policy_name: str
    values: Mapping[str, Value]
    """What is varied, as it stands at this point; without what does not belong to it."""
    county: CountySource
    changes: tuple[tuple[str, Value], ...]
    policy: str
    baseline: str
    weight: int
    people: int

    def row(self) -> PointRow:
        """The point as the store keeps it."""
        inputs = {
            "county": dataclasses.asdict(self.county),
            "changes": dict(self.changes),
            "policy": json.loads(self.policy),
            "baseline": json.loads(self.baseline),
            "weight": self.weight,
        }
        values = dict(self.values)
        return PointRow(self.number, self.label, self.county_name, self.policy_name, values, inputs)


@dataclass(frozen=True)
class Plan:
    """All runs of an experiment.

    Attributes
    ----------
    points
        Where runs are made; points that come to the same are one.
    seeds
        The same at every point, so that points are compared under common random numbers.
    lead
        Years under the baseline before the first year that is compared.
    """

    name: str
    title: str
    content: Mapping[str, Any]
    points: tuple[Point, ...]
    seeds: tuple[int, ...]
    years: int
    lead: int
    outputs: tuple[str, ...]
    code: str

    @property
    def months(self) -> int:
        """Months of each run."""
        return 12 * (self.lead + self.years)

    def task(self, point: Point, seed: int, **how: Any) -> Task:
        """One run; ``how`` says what changes no result: threads, parent."""
        what = (
            point.county,
            point.changes,
            point.policy,
            point.baseline,
            self.months,
            point.weight,
            seed,
            self.outputs,
            self.code,
        )
        return Task(task_key(*what), *what, **how)

    def tasks(self) -> Iterator[tuple[Point, Task]]:
        """Every run: the first seed at all points, then the second, and so on.

        A sweep that is stopped half-way then has some replicates of every point.
        """
        for seed in self.seeds:
            for point in self.points:
                yield point, self.task(point, seed)

    def __len__(self) -> int:
        return len(self.points) * len(self.seeds)

    def usual_seconds(self) -> float:
        """Rough time of all runs on one processor, before any was made."""
        agents = sum(point.people / point.weight for point in self.points)
        month = (
            agents * MICROSECONDS_AN_AGENT_MONTH / 1e6
            + len(self.points) * MILLISECONDS_A_MONTH / 1e3
        )
        return len(self.seeds) * (month * self.months + len(self.points) * SECONDS_A_RUN)


def make_plan(file: SweepFile) -> Plan:
    """Check everything that an experiment file asks for, and lay out its runs.

    Raises
    ------
    InputError
        With every fault: names that cannot be varied, values that are not allowed, labels
        and weights that do not fit, too many runs.
    """
    faults: list[str] = []
    count = count_points(file) * len(file.counties) * len(file.policies) * file.replicates
    if count > MOST_RUNS:
        raise InputError(f"{file.name}: {count:,} runs; allowed: at most {MOST_RUNS:,}")
    counties = _counties(file, faults)
    policies = {name: load_policy(name) for name in file.policies}
    faults += _faults_of_policies(file, policies)
    laid = design_points(file)
    places: list[_Place] = []
    for county in counties:
        base = load_policy(file.baseline or county.loaded.baseline_policy)
        places += _places(file, county, policies, base, laid, faults)
    if faults:
        raise InputError([f"{file.name}: {fault}" for fault in dict.fromkeys(faults)])
    lead = max(starting_years(place.policy) for place in places)
    points = _points(places)
    _check_reference(file, points)
    return Plan(
        name=file.name,
        title=file.title,
        content=file.model_dump(mode="json"),
        points=points,
        seeds=tuple(range(file.seed, file.seed + file.replicates)),
        years=file.years,
        lead=lead,
        outputs=file.kept(),
        code=code_version(),
    )


@dataclass(frozen=True)
class _Source:
    """A county of the file, as it was read."""

    source: CountySource
    loaded: County
    weight: int


@dataclass(frozen=True)
class _Place:
    """A point before its number: its policy is still a policy."""

    label: str
    county: _Source
    changes: tuple[tuple[str, Value], ...]
    values: Mapping[str, Value]
    policy: Policy
    shown_policy: str
    baseline: Policy


def _counties(file: SweepFile, faults: list[str]) -> list[_Source]:
    found = []
    cut = file.excerpt
    for name in file.counties:
        try:
            county: County = FolderCounty.load(name)
            of = None
            if cut is not None:
                of = (cut.townships, cut.villages_each, cut.persons)
                county = excerpt(county, *of)
            weight = file.weight or usual_weight(county)
            pool_clinics(county, weight)
        except InputError as error:
            faults += error.problems
            continue
        source = CountySource(name, county.digest, of)
        keep_county(source, (), county)
        found.append(_Source(source, county, weight))
    return found


def _faults_of_policies(file: SweepFile, policies: Mapping[str, Policy]) -> list[str]:
    known = [policy.name for policy in policies.values()]
    faults = [
        f"policies: {name} stands twice; allowed: policies of different names"
        for name in dict.fromkeys(known)
        if known.count(name) > 1
    ]
    for one in file.vary:
        faults += [
            f"vary {one.name}: policy {name} is not in this file; allowed: {', '.join(known)}"
            for name in one.policies
            if name not in known
        ]
    return faults


def _places(
    file: SweepFile,
    county: _Source,
    policies: Mapping[str, Policy],
    baseline: Policy,
    laid: Sequence[DesignPoint],
    faults: list[str],
) -> list[_Place]:
    belongs = {one.name: one.policies for one in file.vary if one.policies}
    several = [len(file.counties) > 1, len(file.policies) > 1]
    places = []
    for policy in policies.values():
        for point in laid:
            values = {
                name: value
                for name, value in point.values.items()
                if name not in belongs or policy.name in belongs[name]
            }
            found = _changed(county.loaded, policy, values, faults)
            if found is None:
                continue
            changes, changed = found
            own = (
                point.label
                if file.design == "list" or len(values) == len(point.values)
                else default_label(values, list(values))
            )
            told = [n for n, wanted in zip((county.loaded.name, policy.name), several, strict=True)
                    if wanted]  # fmt: skip
            label = ": ".join([" ".join(told), own] if told else [own])
            places.append(
                _Place(
                    label,
                    county,
                    tuple(sorted(changes.items())),
                    values,
                    changed,
                    policy.name,
                    baseline,
                )
            )
    return places


def _changed(
    county: County, policy: Policy, values: Mapping[str, Value], faults: list[str]
) -> tuple[dict[str, Value], Policy] | None:
    """What differs from a county, and the policy with its changes; None if anything is wrong."""
    named = len(faults)
    of_county, of_policy, unknown = split_names(values)
    faults += unknown
    changes: dict[str, Value] = {}
    changed = policy
    try:
        changes = county_changes(county, of_county)
    except InputError as error:
        faults += error.problems
    try:
        changed = changed_policy(policy, of_policy)
    except InputError as error:
        faults += error.problems
    return None if len(faults) > named else (changes, changed)


def _points(places: Sequence[_Place]) -> tuple[Point, ...]:
    """Number the points; those that come to the same county and policy are one."""
    points: dict[tuple[Any, ...], Point] = {}
    for place in places:
        policy = json.dumps(place.policy.resolved(), sort_keys=True)
        what = (place.county.source, place.changes, policy)
        if what in points:
            continue
        points[what] = Point(
            number=len(points) + 1,
            label=place.label,
            county_name=place.county.loaded.name,
            policy_name=place.shown_policy,
            values=place.values,
            county=place.county.source,
            changes=place.changes,
            policy=policy,
            baseline=json.dumps(place.baseline.resolved(), sort_keys=True),
            weight=place.county.weight,
            people=int(place.county.loaded.population["persons"].sum()),
        )
    return tuple(points.values())


def _check_reference(file: SweepFile, points: Sequence[Point]) -> None:
    labels = [point.label for point in points]
    if file.reference is not None and file.reference not in labels:
        shown = labels[:8] + ["..."] * (len(labels) > 8)
        raise InputError(
            f'{file.name}: reference: no point has the label "{file.reference}"; allowed: '
            f"{'; '.join(shown)}"
        )
