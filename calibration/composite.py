"""Generating the long tables of the shipped counties from their short descriptions.

``python -m calibration.composite typical`` writes, into the county's folder, the tables that
nobody would type by hand: townships, villages, population, schemes, life table, providers,
staff and travel times. The other files of the folder are written by hand. The same
description gives the same bytes; a test holds that.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from calibration import composite_people as people
from calibration.composite_people import Village
from calibration.composite_places import closeness, travel_rows
from calibration.composite_providers import Provider, provider_row, providers, staff_rows
from calibration.composite_spec import Spec, read_spec
from calibration.convert import SEXES
from calibration.places import counties_folder
from calibration.schema import CSV_FILES

GENERATED = (
    "townships.csv",
    "villages.csv",
    "population.csv",
    "schemes.csv",
    "life_table.csv",
    "providers.csv",
    "staff.csv",
    "travel.csv",
)
"""Files that this module writes."""


def generate(name: str) -> dict[str, bytes]:
    """Generate the long tables of a shipped county.

    Parameters
    ----------
    name
        County whose description lies in ``calibration/composites``.

    Returns
    -------
    dict
        Content of each file of ``GENERATED``.
    """
    spec = read_spec(name)
    persons = people.population(spec)
    villages = people.villages(spec, persons["present"])
    facilities = providers(spec, villages)
    rows: dict[str, Iterable[Sequence[object]]] = {
        "townships.csv": [(township.id, township.name) for township in spec.townships],
        "villages.csv": [_village_row(spec, village) for village in villages],
        "population.csv": _population_rows(spec, persons),
        "schemes.csv": _scheme_rows(spec, persons["present"]),
        "life_table.csv": _life_table_rows(spec),
        "providers.csv": [provider_row(facility) for facility in facilities],
        "staff.csv": staff_rows(spec, facilities),
        "travel.csv": _travel(spec, villages, facilities),
    }
    return {file: _csv(file, rows[file]) for file in GENERATED}


def report(name: str) -> list[str]:
    """Say how near a generated county comes to the survey of travel times."""
    spec = read_spec(name)
    villages = people.villages(spec, people.population(spec)["present"])
    facilities = providers(spec, villages)
    return closeness(villages, facilities, _travel(spec, villages, facilities))


def _csv(file: str, rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_FILES[file].model_fields)
    writer.writerows(rows)
    return text.getvalue().encode()


def _village_row(spec: Spec, village: Village) -> Sequence[object]:
    return (
        village.id,
        spec.townships[village.township].id,
        village.name,
        village.persons,
        village.income_yuan,
        village.aided_share,
        village.x_km,
        village.y_km,
    )


def _population_rows(spec: Spec, persons: dict[str, np.ndarray]) -> Iterable[Sequence[object]]:
    ages = spec.ages
    for row, township in enumerate(spec.townships):
        for sex, letter in enumerate(SEXES):
            for band, (first, last) in enumerate(zip(ages.age_from, ages.age_to, strict=True)):
                yield (
                    township.id,
                    letter,
                    first,
                    last,
                    int(persons["present"][row, sex, band]),
                    int(persons["elsewhere"][row, sex, band]),
                )


def _scheme_rows(spec: Spec, present: np.ndarray) -> Iterable[Sequence[object]]:
    shares = people.scheme_shares(spec, present)
    return [
        (first, last, *share)
        for first, last, share in zip(spec.ages.age_from, spec.ages.age_to, shares, strict=True)
    ]


def _life_table_rows(spec: Spec) -> Iterable[Sequence[object]]:
    ages = spec.ages
    factors = {"f": spec.people.women_deaths_factor, "m": spec.people.men_deaths_factor}
    for sex in SEXES:
        for first, last, deaths in zip(
            ages.age_from, ages.age_to, ages.deaths_per_1000, strict=True
        ):
            yield sex, first, last, round(deaths * factors[sex], 4)


def _travel(
    spec: Spec, villages: Sequence[Village], facilities: Sequence[Provider]
) -> Iterable[Sequence[object]]:
    draw = np.random.Generator(np.random.PCG64([spec.seed, 1]))
    return travel_rows(spec, villages, facilities, draw)


def main(names: Sequence[str]) -> None:
    """Write the generated tables of the named counties into their folders."""
    for name in names:
        folder: Path = counties_folder() / name
        for file, content in generate(name).items():
            (folder / file).write_bytes(content)
        print(f"{name}:", *report(name), sep="\n  ")


if __name__ == "__main__":
    main(sys.argv[1:])
