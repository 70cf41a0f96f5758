"""Chronic conditions read from ``calibration/conditions/<name>.toml``.

One file describes one condition of ``agents.conditions.CONDITIONS``; a further condition
takes one further file and one line there. Every table of a file names its source and how
well its numbers are known, and gives their prior range as factors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from abm.county import MAX_AGE, ConditionTables, Source, Tier
from agents.conditions import CONDITIONS, N_CONDITIONS
from agents.foundation.errors import InputError
from calibration.condition_form import MOST_PREVALENT, ConditionFile
from calibration.data_files import DATA, Sourced, check, read_toml, with_overrides
from calibration.epidemiology import derive_onset, single_years
from calibration.parameter_files import fatality_from, load_parameters
from calibration.reference import load_reference

SEXES = ("female", "male")
STAGES = ("stage_1", "stage_2", "stage_3")
STATES = ("uncontrolled", "controlled")
TIERS = tuple(tier.name.lower() for tier in Tier)

_UNITS = {
    "stage_share": "share of those who have it",
    "progress_per_year": "per person-year",
    "death_ratio": "times",
    "complication_per_year": "per person-year",
    "complication_severity": "severity 0 to 1",
    "onset_severity": "severity 0 to 1",
    "acute_ratio": "times",
    "symptom_per_month": "chance in a month",
    "routine_per_month": "chance in a month",
    "routine_price_ratio": "times",
    "aware_share": "share of those who have it",
    "managed_share": "share of the diagnosed",
    "controlled_share": "share of the diagnosed",
    "detect_per_visit": "chance in a visit",
    "screen_per_year": "per person-year",
    "gain_control_per_month": "chance in a month",
    "lose_control_per_month": "chance in a month",
    "manage_per_visit": "chance in a visit",
    "fatality": "chance of death at severity 1",
    "capability_gap": "severity 0 to 1",
    "read_share": "share of its needs",
}
_MOST = {"times": 20.0, "per person-year": 12.0}


def load_conditions(
    deaths_per_year: np.ndarray | None = None,
    overrides: Mapping[str, float] | None = None,
    parameters: Mapping[str, Source] | None = None,
    folder: Path | None = None,
) -> tuple[ConditionTables, Mapping[str, Source]]:
    """Read all conditions and derive their onset hazards.

    Parameters
    ----------
    deaths_per_year
        (2, 101): death probabilities of the life table under which the prevalence tables
        are to be stationary; the rural reference where not given.
    overrides
        New values by dotted name, such as ``condition.stroke.raises.coronary.controlled``,
        each inside its prior range. Stage shares are scaled to sum to 1 again.
    parameters
        Behavioural parameters, of which those of fatality count; the project's own where
        not given.
    folder
        Folder of the files; the project's own where not given.

    Returns
    -------
    tables : ConditionTables
        In the order of ``agents.conditions.CONDITIONS``.
    sources : mapping of str to Source
        Every number of the files by dotted name.

    Raises
    ------
    InputError
        With every fault of every file, or of the overrides.
    """
    files = _read_files(folder or DATA / "conditions")
    listed = {name: source for key, file in files.items() for name, source in _flat(key, file)}
    sources = with_overrides(listed, overrides)
    deaths = load_reference().deaths_per_year if deaths_per_year is None else deaths_per_year
    if deaths.shape != (2, MAX_AGE + 1):
        raise InputError(f"deaths_per_year: shape {deaths.shape}, must be (2, {MAX_AGE + 1})")
    tables, slope = _tables(files, sources)
    fatality = fatality_from(load_parameters() if parameters is None else parameters)
    onset = derive_onset(tables, slope, deaths, fatality)
    return replace(tables, onset_per_year=onset), sources


def _read_files(folder: Path) -> dict[str, ConditionFile]:
    names = [condition.name for condition in CONDITIONS]
    files = {}
    problems = []
    for name in names:
        shown = f"{folder.name}/{name}.toml"
        try:
            file = check(ConditionFile, read_toml(folder / f"{name}.toml"), shown)
        except InputError as error:
            problems += error.problems
            continue
        for target in file.raises:
            others = [other for other in names if other != name]
            if target not in others:
                problems.append(
                    f"{shown}: raises.{target}: no such other condition; "
                    f"allowed: {', '.join(others)}"
                )
        files[name] = file
    if problems:
        raise InputError(problems)
    return files


def _flat(name: str, file: ConditionFile) -> Iterator[tuple[str, Source]]:
    """Every number of a file as (dotted name, source)."""
    for band in file.prevalence.bands:
        for sex in SEXES:
            value = file.prevalence.sourced(getattr(band, sex), "share of people", MOST_PREVALENT)
            if band.source or band.quality:
                value = replace(
                    value,
                    source=band.source or value.source,
                    quality=band.quality or value.quality,
                )
            yield f"condition.{name}.prevalence.{sex}.{band.age_from}_{band.age_to}", value
    tables = [(key, getattr(file, key), unit) for key, unit in _UNITS.items()]
    tables += [(f"raises.{target}", table, "times") for target, table in file.raises.items()]
    for key, table, unit in tables:
        for part, number in _numbers(table):
            dotted = ".".join(["condition", name, key, *part])
            yield dotted, table.sourced(number, unit, _MOST.get(unit, 1.0))


def _numbers(table: Sourced) -> Iterator[tuple[tuple[str, ...], float]]:
    """Numbers of a table with the part of the name that tells them apart."""
    for key in type(table).model_fields:
        if key in Sourced.model_fields:
            continue
        content = getattr(table, key)
        if key == "value":
            yield (), float(content)
        elif isinstance(content, list):
            for stage, number in enumerate(content, start=1):
                parts = (f"stage_{stage}",) if key == "by_stage" else (key, f"stage_{stage}")
                yield parts, float(number)
        else:
            yield (key,), float(content)


class _Numbers:
    """Numbers of the conditions by table and key, as arrays over the conditions."""

    def __init__(self, names: Sequence[str], sources: Mapping[str, Source]) -> None:
        self._names = names
        self._sources = sources

    def of(self, name: str, *parts: str) -> float:
        """One number of one condition."""
        return self._sources[".".join(("condition", name, *parts))].value

    def single(self, table: str) -> np.ndarray:
        """(k,) of a table that holds one number."""
        return np.array([self.of(name, table) for name in self._names])

    def row(self, table: str, *keys: str) -> np.ndarray:
        """(k, keys) of a table of named numbers."""
        return np.array([[self.of(name, table, key) for key in keys] for name in self._names])

    def by_stage_and_control(self, table: str, absent: float, stages: int = 3) -> np.ndarray:
        """(k, stage 0..3, controlled 0/1); ``absent`` where the table has no number."""
        result = np.full((len(self._names), 4, 2), absent)
        for row, name in enumerate(self._names):
            for control, state in enumerate(STATES):
                for stage in range(1, stages + 1):
                    number = self.of(name, table, state, f"stage_{stage}")
                    result[row, stage, control] = number
        return result


def _tables(
    files: Mapping[str, ConditionFile], sources: Mapping[str, Source]
) -> tuple[ConditionTables, np.ndarray]:
    """Arrays of all conditions, without onset, and the slope of prevalence by age."""
    numbers = _Numbers(list(files), sources)
    prevalence, slope = _prevalence(files, numbers)
    share = numbers.row("stage_share", *STAGES)
    symptom = numbers.row("symptom_per_month", *STAGES)
    managed = ("unmanaged", "managed")
    tables = ConditionTables(
        prevalence=prevalence,
        onset_per_year=np.zeros_like(prevalence),
        stage_share=share / share.sum(axis=1, keepdims=True),
        progress_per_year=numbers.by_stage_and_control("progress_per_year", 0.0, stages=2),
        raises=_raises(files, numbers),
        death_ratio=numbers.by_stage_and_control("death_ratio", 1.0),
        complication_per_year=numbers.by_stage_and_control("complication_per_year", 0.0),
        complication_severity=numbers.row("complication_severity", "lowest", "highest"),
        onset_severity=numbers.row("onset_severity", "lowest", "highest"),
        acute_ratio=numbers.single("acute_ratio"),
        symptom_per_month=np.hstack([np.zeros((len(files), 1)), symptom]),
        routine_per_month=numbers.row("routine_per_month", *managed),
        routine_price_ratio=_mean_of_one(numbers, prevalence),
        aware_share=numbers.single("aware_share"),
        managed_share=numbers.single("managed_share"),
        controlled_share=numbers.single("controlled_share"),
        detect_per_visit=numbers.row("detect_per_visit", *TIERS),
        screen_per_year=numbers.row("screen_per_year", "under_65", "from_65"),
        gain_control_per_month=numbers.row("gain_control_per_month", *managed),
        lose_control_per_month=numbers.row("lose_control_per_month", *managed),
        manage_per_visit=numbers.single("manage_per_visit"),
        fatality=numbers.row("fatality", "well_treated", "untreated"),
        capability_gap=numbers.row("capability_gap", *TIERS),
        read_share=numbers.single("read_share"),
    )
    return tables, slope


def _prevalence(
    files: Mapping[str, ConditionFile], numbers: _Numbers
) -> tuple[np.ndarray, np.ndarray]:
    """Prevalence by single year of age and its slope, both (k, sex, age)."""
    prevalence = np.zeros((N_CONDITIONS, len(SEXES), MAX_AGE + 1))
    slope = np.zeros_like(prevalence)
    for row, (name, file) in enumerate(files.items()):
        for sex, title in enumerate(SEXES):
            bands = []
            for band in file.prevalence.bands:
                group = f"{band.age_from}_{band.age_to}"
                share = numbers.of(name, "prevalence", title, group)
                bands.append((band.age_from, band.age_to, share))
            prevalence[row, sex], slope[row, sex] = single_years(bands, MOST_PREVALENT)
    return prevalence, slope


def _mean_of_one(numbers: _Numbers, prevalence: np.ndarray) -> np.ndarray:
    """(k,) prices of routine visits, scaled to a mean of 1 over those of the start."""
    people = load_reference().persons
    managed = numbers.single("managed_share")
    rate = numbers.row("routine_per_month", "unmanaged", "managed")
    often = rate[:, 0] * (1.0 - managed) + rate[:, 1] * managed
    visits = (prevalence * people).sum(axis=(1, 2)) * numbers.single("aware_share") * often
    ratio = numbers.single("routine_price_ratio")
    return np.asarray(ratio * visits.sum() / (ratio @ visits))


def _raises(files: Mapping[str, ConditionFile], numbers: _Numbers) -> np.ndarray:
    """(source k, target k, state 0..2): 1 where a file names no link."""
    names = list(files)
    raises = np.ones((N_CONDITIONS, N_CONDITIONS, 3))
    for row, (name, file) in enumerate(files.items()):
        for target in file.raises:
            for state, title in enumerate(STATES, start=1):
                ratio = numbers.of(name, "raises", target, title)
                raises[row, names.index(target), state] = ratio
    return raises
