"""A county folder as read: every file's rows, and the checks that need more than one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.county import MAX_AGE
from agents.conditions import ILLNESSES
from calibration import schema
from calibration.reading import Problems, Table, check_form, nearest, read_csv, read_toml
from calibration.schema import (
    CAPABILITY_FILE,
    COUNTY_FILE,
    CSV_FILES,
    OPTIONAL_FILES,
    PARAMETERS_FILE,
    BenefitRow,
    CapabilityRow,
    CountyTable,
    FertilityRow,
    LifeTableRow,
    MigrationRow,
    PopulationRow,
    ProviderRow,
    SchemeRow,
    SourceRow,
    StaffRow,
    TargetRow,
    TownshipRow,
    TravelRow,
    VillageRow,
)

MAX_CANDIDATES = 8
"""Most providers that a village's people can choose among."""


@dataclass(frozen=True)
class CountyFolder:
    """The files of a county folder, each row with its row number."""

    folder: Path
    county: CountyTable | None
    townships: Table[TownshipRow]
    villages: Table[VillageRow]
    population: Table[PopulationRow]
    schemes: Table[SchemeRow]
    life_table: Table[LifeTableRow]
    fertility: Table[FertilityRow]
    migration: Table[MigrationRow]
    providers: Table[ProviderRow]
    staff: Table[StaffRow]
    travel: Table[TravelRow]
    benefits: Table[BenefitRow]
    targets: Table[TargetRow]
    sources: Table[SourceRow]
    capability: Table[CapabilityRow]
    """What some providers can treat of an illness, where the folder says it; may be empty."""
    overrides: Mapping[str, float]
    """Values of behavioural parameters that the folder sets itself."""


def read_folder(folder: Path, problems: Problems) -> CountyFolder:
    """Read every file of ``folder``; faults go to ``problems``, nothing is raised."""
    keys = read_toml(folder / COUNTY_FILE, problems)
    county = None if keys is None else check_form(COUNTY_FILE, keys, CountyTable, problems)
    titles = (keys or {}).get("staff_titles")
    overrides = _read_overrides(folder / PARAMETERS_FILE, problems)
    tables: dict[str, Any] = {
        file.removesuffix(".csv"): read_csv(folder / file, row, problems)
        for file, row in (CSV_FILES | OPTIONAL_FILES).items()
        if file in CSV_FILES or (folder / file).exists()
    }
    tables.setdefault("capability", Table(CAPABILITY_FILE))
    read = CountyFolder(folder=folder, county=county, overrides=overrides, **tables)
    _check_names(read, problems)
    _check_titles(read, titles, problems)
    _check_ages(read, problems)
    _check_rows(read, problems)
    _check_providers(read, problems)
    _check_capability(read, problems)
    _check_sources(read, problems)
    return read


def _read_overrides(path: Path, problems: Problems) -> dict[str, float]:
    if not path.exists():
        return {}
    values: dict[str, float] = {}

    def flatten(prefix: str, table: Mapping[str, Any]) -> None:
        for key, value in table.items():
            name = f"{prefix}{key}"
            if isinstance(value, dict):
                flatten(f"{name}.", value)
            elif isinstance(value, bool) or not isinstance(value, int | float):
                problems.add(path.name, f"{path.name}, key {name}: not a number; allowed: a number")
            else:
                values[name] = float(value)

    flatten("", read_toml(path, problems) or {})
    return values


def _refer(
    table: Table[Any],
    column: str,
    known: Table[Any],
    problems: Problems,
) -> None:
    if not known.readable:
        return  # that file is reported itself
    seen = {name for (name,) in known.keys(column) if name is not None}
    names = sorted(seen)
    for number, row in table.rows:
        name = getattr(row, column)
        if name is not None and name not in seen:
            problems.add(
                f"{table.file}, column {column}",
                f'{table.file}, row {number}, column {column}: "{name}" is not in {known.file}'
                f"{nearest(name, names)}; allowed: a {column} of {known.file}",
            )


def _once(table: Table[Any], columns: tuple[str, ...], problems: Problems) -> None:
    first: dict[tuple[Any, ...], int] = {}
    for number, row in table.rows:
        key = tuple(getattr(row, column) for column in columns)
        if key in first:
            problems.add(
                f"{table.file}, column {columns[0]}",
                f"{table.file}, row {number}, column {', '.join(columns)}: "
                f"{', '.join(map(str, key))} stands already in row {first[key]}; allowed: once",
            )
        first.setdefault(key, number)


def _check_names(read: CountyFolder, problems: Problems) -> None:
    _once(read.townships, ("township_id",), problems)
    _once(read.villages, ("village_id",), problems)
    _once(read.providers, ("provider_id",), problems)
    _once(read.staff, ("provider_id", "title"), problems)
    _once(read.capability, ("provider_id", "illness"), problems)
    _once(read.travel, ("village_id", "provider_id"), problems)
    _once(read.benefits, ("scheme", "kind", "tier"), problems)
    _once(read.targets, ("name",), problems)
    _once(read.sources, ("file", "column_or_key"), problems)
    referring: list[tuple[Table[Any], str, Table[Any]]] = [
        (read.villages, "township_id", read.townships),
        (read.population, "township_id", read.townships),
        (read.providers, "township_id", read.townships),
        (read.providers, "village_id", read.villages),
        (read.travel, "village_id", read.villages),
        (read.staff, "provider_id", read.providers),
        (read.capability, "provider_id", read.providers),
        (read.travel, "provider_id", read.providers),
    ]
    for table, column, known in referring:
        _refer(table, column, known, problems)
    needed: list[Table[Any]] = [
        read.townships,
        read.villages,
        read.population,
        read.providers,
        read.staff,
    ]
    for table in needed:
        if table.complete and not table.rows:
            problems.add(table.file, f"{table.file}: has no rows; a county needs at least one")


def _check_titles(read: CountyFolder, titles: Any, problems: Problems) -> None:
    if not isinstance(titles, list):
        return  # reported with the other keys of the file
    known = [str(title) for title in titles]
    for title in sorted({title for title in known if known.count(title) > 1}):
        place = f"{COUNTY_FILE}, key staff_titles"
        problems.add(place, f"{place}: {title} stands twice; allowed: each title once")
    for number, row in read.staff.rows:
        if row.title not in known:
            problems.add(
                "staff.csv, column title",
                f'staff.csv, row {number}, column title: "{row.title}" is not allowed'
                f"{nearest(row.title, known)}; allowed: staff_titles of {COUNTY_FILE}: "
                f"{', '.join(known)}",
            )


def _check_ages(read: CountyFolder, problems: Problems) -> None:
    _cover(read.schemes, lambda row: "", True, problems)
    _cover(read.migration, lambda row: "", True, problems)
    _cover(read.fertility, lambda row: "", False, problems)
    _cover(read.life_table, lambda row: f"sex {row.sex}", True, problems, ("sex f", "sex m"))
    _cover(read.population, lambda row: f"{row.township_id}, sex {row.sex}", False, problems)


def _cover(
    table: Table[Any],
    group_of: Any,
    whole: bool,
    problems: Problems,
    groups: Iterable[str] = ("",),
) -> None:
    """Check that age bands of each group do not overlap and, if ``whole``, leave no gap."""
    taken: dict[str, dict[int, int]] = defaultdict(dict)
    place = f"{table.file}, column age_from"
    for number, row in table.rows:
        where = f"{table.file}, row {number}, column age_from"
        if row.age_from > row.age_to:
            problems.add(
                place, f"{where}: {row.age_from} is above age_to; allowed: at most {row.age_to}"
            )
        ages = taken[group_of(row)]
        twice = [age for age in range(row.age_from, row.age_to + 1) if age in ages]
        if twice:
            problems.add(
                place,
                f"{where}: ages {twice[0]} to {twice[-1]} stand already in row {ages[twice[0]]}; "
                "allowed: each age once",
            )
        ages.update(dict.fromkeys(range(row.age_from, row.age_to + 1), number))
    for group in groups if whole and table.complete else ():
        gaps = [age for age in range(MAX_AGE + 1) if age not in taken[group]]
        if gaps:
            of = f" of {group}" if group else ""
            problems.add(
                place,
                f"{table.file}: ages{of} from {gaps[0]} on are missing ({len(gaps)} ages); "
                f"allowed: every age from 0 to {MAX_AGE} once",
            )


def _check_rows(read: CountyFolder, problems: Problems) -> None:
    for number, scheme in read.schemes.rows:
        total = scheme.resident_share + scheme.employee_share
        if total > 1 + 1e-9:
            problems.add(
                "schemes.csv, column resident_share",
                f"schemes.csv, row {number}, column resident_share: the two shares sum to "
                f"{total:.6g}; allowed: at most 1",
            )
    for number, target in read.targets.rows:
        if not target.low <= target.value <= target.high:
            problems.add(
                "targets.csv, column value",
                f"targets.csv, row {number}, column value: {target.value:g} lies outside low to "
                f"high; allowed: {target.low:g} to {target.high:g}",
            )
    if read.villages.readable:
        housed = {name for (name,) in read.villages.keys("township_id")}
        for number, people in read.population.rows:
            if people.township_id not in housed:
                problems.add(
                    "population.csv, column township_id",
                    f"population.csv, row {number}, column township_id: {people.township_id} has "
                    "no village in villages.csv; allowed: townships that have one",
                )


def _check_providers(read: CountyFolder, problems: Problems) -> None:
    home = {row.village_id: row.township_id for _, row in read.villages.rows}
    for number, row in read.providers.rows:
        where = f"providers.csv, row {number}"
        if row.tier == "village" and row.village_id is None:
            problems.add(
                "providers.csv, column village_id",
                f"{where}, column village_id: is empty; allowed: the village of the clinic",
            )
        if row.tier == "township" and row.place == "in_county" and row.township_id is None:
            problems.add(
                "providers.csv, column township_id",
                f"{where}, column township_id: is empty; allowed: the township of the centre",
            )
        township = home.get(row.village_id or "")
        if township is not None and row.township_id != township:
            problems.add(
                "providers.csv, column township_id",
                f"{where}, column township_id: village {row.village_id} lies in {township}; "
                f"allowed: {township}",
            )
    if read.providers.complete:
        _check_elsewhere(read, problems)
    if read.staff.readable:
        staffed = {name for (name,) in read.staff.keys("provider_id")}
        for number, row in read.providers.rows:
            if row.provider_id not in staffed:
                problems.add(
                    "staff.csv, column provider_id",
                    f"providers.csv, row {number}, column provider_id: {row.provider_id} has "
                    "no doctors; allowed: providers with at least one row in staff.csv",
                )
    _check_travel(read, problems)


def _check_elsewhere(read: CountyFolder, problems: Problems) -> None:
    away = {row.tier for _, row in read.providers.rows if row.place == "elsewhere"}
    for tier in ("township", "city"):
        if tier not in away:
            problems.add(
                "providers.csv, column place",
                f"providers.csv: no provider of tier {tier} and place elsewhere; allowed: at "
                "least one, for residents who live elsewhere",
            )


def _check_travel(read: CountyFolder, problems: Problems) -> None:
    place = {row.provider_id: row.place for _, row in read.providers.rows}
    counts: dict[str, int] = defaultdict(int)
    for number, row in read.travel.rows:
        counts[row.village_id] += 1
        if counts[row.village_id] == MAX_CANDIDATES + 1:
            problems.add(
                "travel.csv, column village_id",
                f"travel.csv, row {number}, column village_id: more than {MAX_CANDIDATES} "
                f"providers for {row.village_id}; allowed: at most {MAX_CANDIDATES}",
            )
        if place.get(row.provider_id) == "elsewhere":
            problems.add(
                "travel.csv, column provider_id",
                f"travel.csv, row {number}, column provider_id: {row.provider_id} has place "
                "elsewhere; allowed: providers that people of the county travel to",
            )


def _check_capability(read: CountyFolder, problems: Problems) -> None:
    for number, row in read.capability.rows:
        if row.illness not in ILLNESSES:
            problems.add(
                "capability.csv, column illness",
                f'{CAPABILITY_FILE}, row {number}, column illness: "{row.illness}" is unknown'
                f"{nearest(row.illness, ILLNESSES)}; allowed: {', '.join(ILLNESSES)}",
            )


def _check_sources(read: CountyFolder, problems: Problems) -> None:
    wanted = schema.columns_needing_source()
    wanted += [(PARAMETERS_FILE, name) for name in read.overrides]
    if read.capability.rows:
        wanted.append((CAPABILITY_FILE, "capability"))
    known = {*wanted}
    known |= {
        (file, column)
        for file, row in (CSV_FILES | OPTIONAL_FILES).items()
        for column in row.model_fields
    }
    known |= {(COUNTY_FILE, key) for key in CountyTable.model_fields}
    for number, row in read.sources.rows:
        if (row.file, row.column_or_key) not in known:
            names = [column for file, column in known if file == row.file]
            problems.add(
                "sources.csv, column column_or_key",
                f'sources.csv, row {number}, column column_or_key: "{row.column_or_key}" is not a '
                f"column or key of {row.file}{nearest(row.column_or_key, names)}; allowed: columns "
                "of the CSV files, keys of the TOML files",
            )
    if read.sources.readable:
        given = read.sources.keys("file", "column_or_key")
        for file, column in wanted:
            if (file, column) not in given:
                problems.add(
                    f"sources.csv, {file}",
                    f"sources.csv: no source for {file}, {column}; allowed: one row for every "
                    "column and key (quality A if it is an assumption)",
                )
