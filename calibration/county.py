"""Loading a county from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import abm.county
from agents.foundation.errors import InputError
from calibration import convert
from calibration.behaviour import Behaviour, load_behaviour
from calibration.folder import CountyFolder, read_folder
from calibration.places import counties_folder
from calibration.reading import Problems, nearest
from calibration.reference import load_reference
from calibration.schema import COUNTY_FILE, PARAMETERS_FILE, SourceRow


@dataclass(frozen=True)
class County(abm.county.County):
    """A county that was read from a folder, with what its columns stand on."""

    sources: tuple[SourceRow, ...] = ()
    """Source and quality of every column and key of the folder."""

    @classmethod
    def load(cls, name_or_folder: str | Path) -> County:
        """Read a shipped county by name, or any county by its folder.

        Parameters
        ----------
        name_or_folder
            Name of a shipped county (``"typical"``) or path of a county folder.

        Raises
        ------
        InputError
            With every problem of the folder: file, row, column, what, what is allowed; or with
            the known names if the name is unknown.
        """
        return load_folder(find_folder(name_or_folder))


def county_names() -> list[str]:
    """List the names of the shipped counties."""
    return sorted(path.parent.name for path in counties_folder().glob(f"*/{COUNTY_FILE}"))


def find_folder(name_or_folder: str | Path) -> Path:
    """Find the folder of a county by the name of a shipped one or by path.

    Raises
    ------
    InputError
        If there is neither a shipped county of that name nor such a folder.
    """
    names = county_names()
    if str(name_or_folder) in names:
        return counties_folder() / str(name_or_folder)
    try:
        if Path(name_or_folder).is_dir():
            return Path(name_or_folder)
    except (OSError, ValueError):  # a name too long, or with a NUL in it, is no folder either
        pass
    raise InputError(
        f'county "{name_or_folder}" is unknown{nearest(str(name_or_folder), names)}; allowed: '
        f"{', '.join(names)}, or a folder that holds {COUNTY_FILE}"
    )


def load_folder(folder: Path) -> County:
    """Read a county folder.

    Raises
    ------
    InputError
        With every problem found in the folder.
    """
    problems = Problems()
    read = read_folder(folder, problems)
    messages = problems.messages()
    # With a broken folder the reference's life table serves: overrides are checked all the same.
    deaths = load_reference().deaths_per_year if messages else convert.deaths_per_year(read)
    try:
        behaviour = load_behaviour(deaths, read.overrides)
    except InputError as error:
        raise InputError(messages + _placed(error.problems, read.overrides)) from error
    if messages:
        raise InputError(messages)
    return _build(read, behaviour)


def _placed(problems: list[str], overrides: Mapping[str, float]) -> list[str]:
    """Name the county's own file in problems of values that it sets itself."""
    return [
        f"{PARAMETERS_FILE}, {problem}" if any(name in problem for name in overrides) else problem
        for problem in problems
    ]


def _build(read: CountyFolder, behaviour: Behaviour) -> County:
    table = read.county
    assert table is not None
    return County(
        name=table.name,
        title=table.title,
        title_zh=table.title_zh,
        label=table.label,
        label_zh=table.label_zh,
        start_year=table.start_year,
        baseline_policy=table.baseline_policy,
        population=convert.population(read),
        villages=convert.villages(read),
        village_names=tuple(row.name for _, row in read.villages.rows),
        township_names=tuple(row.name for _, row in read.townships.rows),
        providers=convert.providers(read),
        provider_names=tuple(row.name for _, row in read.providers.rows),
        staff=convert.staff(read, table.staff_titles),
        titles=tuple(table.staff_titles),
        capability_gap=convert.capability_gap(read, behaviour.illness, behaviour.conditions),
        travel_minutes=convert.travel_minutes(read),
        benefits=convert.benefits(read),
        fund=convert.fund(table.fund),
        scheme_share=convert.scheme_share(read),
        deaths_per_year=convert.deaths_per_year(read),
        births_per_year=convert.births_per_year(read),
        migration_per_year=convert.migration_per_year(read),
        background_deaths_per_year=behaviour.background_deaths_per_year,
        conditions=behaviour.conditions,
        illness=behaviour.illness,
        parameters=behaviour.parameters,
        targets=convert.targets(read),
        condition_priors=behaviour.condition_priors,
        sources=tuple(row for _, row in read.sources.rows),
    )
