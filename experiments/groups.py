"""Who gains and who loses: what a policy changes for people by age, income and distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.county import County
from abm.policy import Policy
from agents.foundation.errors import InputError
from calibration.policies import load_policy
from experiments.comparison import MOST_REPLICATES, Progress
from experiments.defaults import USUAL_GROUPS_REPLICATES, USUAL_YEARS
from experiments.group_words import GROUP_WORDS
from experiments.interrupts import closed_after
from experiments.lots import (
    AGE_BANDS,
    DISTANCE_BANDS,
    INCOME_BANDS,
    distance_bands,
    hospital_minutes,
    lots_of,
)
from experiments.paired import Difference, difference
from experiments.runs import make_model, starting_years, usual_weight
from experiments.words import Lang

if TYPE_CHECKING:
    from abm.model import Model

FIGURES = ("paid", "visits", "admissions", "controlled", "deaths")
"""Of each group: what people pay themselves, care, hypertension under control, deaths."""
BETTER = {"paid": -1, "visits": 0, "admissions": 0, "controlled": 1, "deaths": -1}
"""Whether more is better; of visits and admissions neither is said."""


@dataclass(frozen=True)
class Groups:
    """Differences between two policies by group of people.

    Attributes
    ----------
    county, reference, policy, weight, seeds
        What was run.
    period
        Years under the policy, of which figures are means.
    table
        A row a group and figure: reference, value, low, high, sure.
    """

    county: County
    reference: Policy
    policy: Policy
    weight: int
    seeds: tuple[int, ...]
    period: str
    table: pd.DataFrame


def groups(
    county: County,
    policy: Policy | str | Path,
    reference: Policy | str | Path | None = None,
    baseline: Policy | str | Path | None = None,
    *,
    years: int = USUAL_YEARS,
    rng: int = 1,
    replicates: int = USUAL_GROUPS_REPLICATES,
    weight: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Groups:
    """Run two policies with the same seeds, and compare what they bring each group of people.

    Parameters
    ----------
    county, policy, baseline, years, rng, weight, threads
        As for :func:`experiments.run`.
    reference
        Policy that the other is held against; the baseline if absent.
    replicates
        Seeds, from ``rng`` on.
    progress
        Called with what is running, months lived and months in all.

    Raises
    ------
    InputError
        If anything given cannot be used.
    """
    if not 2 <= replicates <= MOST_REPLICATES:
        raise InputError(f"replicates {replicates}: allowed: 2 to {MOST_REPLICATES}")
    before = _policy(baseline if baseline is not None else county.baseline_policy)
    pair = (_policy(reference) if reference is not None else before, _policy(policy))
    weight = usual_weight(county) if weight is None else weight
    lead = max(starting_years(one) for one in pair)
    months, seeds = 12 * (lead + years), tuple(range(rng, rng + replicates))
    total, lived = months * 2 * replicates, 0
    figures = np.zeros((2, replicates, len(group_keys()), len(FIGURES)))
    for place, seed in enumerate(seeds):
        for side, one in enumerate(pair):

            def told(month: int, before: int = lived, seed: int = seed) -> None:
                if progress is not None:
                    progress(f"seed {seed}", before + month, total)

            model = make_model(
                county, one, before, years=years, rng=seed, weight=weight, threads=threads
            )
            with closed_after(model):
                lots = _live(model, months, told)
            lived += months
            figures[side, place] = lot_figures(np.array(lots[-years:]))
    first = county.start_year + lead
    period = str(first) if years == 1 else f"{first}-{first + years - 1}"
    return Groups(county, *pair, weight, seeds, period, _table(*figures))


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else load_policy(given)


def _live(model: Model, months: int, told: Callable[[int], None]) -> list[np.ndarray]:
    distance = distance_bands(model.county)
    lots = []
    while model.month < months:
        model.step()
        if model.month % 12 == 0:
            lots.append(lots_of(model, distance))
        told(model.month)
    return lots


def lot_figures(lots: np.ndarray) -> np.ndarray:
    """(group, figure) means over years of (year, group) of :data:`experiments.lots.LOT`."""
    persons = np.maximum(lots["persons"], 1)
    of_each = [
        lots["paid_fen"] / 100.0 / persons,
        lots["visits"] / persons,
        1000.0 * lots["admissions"] / persons,
        100.0 * lots["controlled"] / np.maximum(lots["hypertension"], 1),
        1000.0 * lots["deaths"] / persons,
    ]
    return np.asarray(np.stack(of_each, axis=-1).mean(axis=0))


def group_differences(reference: np.ndarray, other: np.ndarray) -> list[list[Difference]]:
    """By group and figure, from (seed, group, figure) under each policy."""
    _, n_groups, n_figures = reference.shape
    return [
        [difference(reference[:, g, f], other[:, g, f]) for f in range(n_figures)]
        for g in range(n_groups)
    ]


def _table(reference: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    gaps = group_differences(reference, other)
    rows = [
        {
            "group": key,
            "figure": figure,
            "reference": float(reference[:, g, f].mean()),
            "value": gaps[g][f].value,
            "low": gaps[g][f].low,
            "high": gaps[g][f].high,
            "sure": gaps[g][f].sure,
        }
        for f, figure in enumerate(FIGURES)
        for g, key in enumerate(group_keys())
    ]
    return pd.DataFrame(rows)


# -- names -----------------------------------------------------------------------------


def group_keys() -> list[str]:
    """Short names of the groups, in the order of :func:`experiments.lots.lots_of`."""
    ages = [f"age_{low}_{high}" if high < 150 else f"age_{low}_up" for low, high in AGE_BANDS]
    fifths = [f"income_{n + 1}" for n in range(INCOME_BANDS)]
    return [*ages, *fifths, *(f"distance_{n + 1}" for n in range(DISTANCE_BANDS))]


def group_names(county: County, lang: Lang) -> list[tuple[str, str]]:
    """Section and name of every group, in the same order."""
    ages = [
        _word("people.age.last" if high > 100 else "people.age", lang, low=low, high=high)
        for low, high in AGE_BANDS
    ]
    fifths = [_word("people.income", lang, n=n + 1) for n in range(INCOME_BANDS)]
    thirds = [band_name(county, band, lang) for band in range(DISTANCE_BANDS)]
    sections: Sequence[tuple[str, list[str]]] = (
        ("people.section.age", ages),
        ("people.section.income", fifths),
        ("people.section.distance", thirds),
    )
    return [(_word(section, lang), name) for section, names in sections for name in names]


def band_name(county: County, band: int, lang: Lang) -> str:
    """A third of the villages by travel time, with its minutes."""
    minutes = hospital_minutes(county)[distance_bands(county) == band]
    low, high = round(float(minutes.min())), round(float(minutes.max()))
    return _word("people.distance", lang, band=_word(f"band.{band}", lang), low=low, high=high)


def figure_name(figure: str, lang: Lang) -> str:
    """A figure of a group, with its unit; ``group``: what stands above their names."""
    return _word(f"people.{figure}", lang)


def _word(key: str, lang: Lang, **values: object) -> str:
    return GROUP_WORDS[key][1 if lang == "zh" else 0].format(**values)
