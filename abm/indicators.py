"""Yearly figures of a model by name: what they are, in what unit, by what formula.

To add a figure, add one :class:`~abm.indicator_view.Indicator` to the group it belongs to:
care, people or money.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING

import pandas as pd

from abm.indicator_care import ADMISSIONS, INSURANCE, USE
from abm.indicator_cause import CAUSE
from abm.indicator_claims import CLAIMS
from abm.indicator_conduct import CONDUCT
from abm.indicator_fund import FUND, PATIENTS
from abm.indicator_illness import ILLNESS, TRAVEL
from abm.indicator_intensity import INTENSITY
from abm.indicator_money import MONEY
from abm.indicator_people import CONDITION, PEOPLE
from abm.indicator_prices import PRICES
from abm.indicator_siphon import SIPHON
from abm.indicator_staff import STAFF
from abm.indicator_supply import SUPPLY
from abm.indicator_view import PANELS, Indicator, YearView
from agents.foundation.errors import InputError

if TYPE_CHECKING:
    from abm.model import Model

__all__ = [
    "INDICATORS",
    "PANELS",
    "Indicator",
    "YearView",
    "explain",
    "indicators_of_year",
    "indicators_table",
]

_GROUPS = (
    INSURANCE,
    FUND,
    USE,
    SUPPLY,
    ADMISSIONS,
    CONDUCT,
    INTENSITY,
    SIPHON,
    PEOPLE,
    CONDITION,
    ILLNESS,
    CAUSE,
    TRAVEL,
    PATIENTS,
    MONEY,
    PRICES,
    STAFF,
    CLAIMS,
)


def _registry() -> dict[str, Indicator]:
    known: dict[str, Indicator] = {}
    for group in _GROUPS:
        for indicator in group:
            if indicator.name in known:
                raise ValueError(f"indicator {indicator.name} is declared twice")
            known[indicator.name] = indicator
    return known


INDICATORS = _registry()
"""Every indicator by name, in the order of tables."""


def indicators_of_year(model: Model, year: int) -> dict[str, float]:
    """All indicators of one year.

    Parameters
    ----------
    model
        A model that has lived the year to its end.
    year
        Years since the start, from 0.

    Returns
    -------
    dict
        Value by name, in the indicator's unit; not a number where there is nothing to
        divide by, for instance the growth of a share in the first year.

    Raises
    ------
    InputError
        If the model has not lived that year to its end.
    """
    view = YearView(model, year)
    return {name: float(indicator.of(view)) for name, indicator in INDICATORS.items()}


def indicators_table(model: Model) -> pd.DataFrame:
    """All indicators of all complete years: a row an indicator, a column a calendar year."""
    first = model.county.start_year
    years = {first + y: indicators_of_year(model, y) for y in range(len(model.surveys))}
    table = pd.DataFrame(years, index=list(INDICATORS), dtype=float)
    table.index.name = "indicator"
    return table


def explain(name: str) -> str:
    """What an indicator is: label, unit, panel and formula, for a reader.

    Raises
    ------
    InputError
        If there is no indicator of that name.
    """
    if name not in INDICATORS:
        near = [known for known in INDICATORS if name.rpartition(".")[2] in known][:5]
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise InputError(f'indicator "{name}" is unknown{hint}')
    indicator = INDICATORS[name]
    lines = [f"{name}: {indicator.label} ({indicator.label_zh})", f"unit: {indicator.unit}"]
    if indicator.panel:
        lines.append(f"panel: {indicator.panel} ({PANELS[indicator.panel]})")
    lines.append(f"formula: {_formula(indicator.of)}")
    return "\n".join(lines)


def _formula(of: Callable[[YearView], float]) -> str:
    """First line of a formula's docstring, or its expression as it stands in the source."""
    told = inspect.getdoc(of)
    if told:
        return told.splitlines()[0]
    code = of.__code__
    spots = [(a, c, b, d) for a, b, c, d in code.co_positions() if a and b and c and d]
    first = min((a, c) for a, c, _, _ in spots if (a, c) != (code.co_firstlineno, 0))
    last = max((b, d) for _, _, b, d in spots)
    lines = linecache.getlines(code.co_filename)[first[0] - 1 : last[0]]
    if not lines:
        return "not told"
    lines[-1] = lines[-1].encode()[: last[1]].decode()
    lines[0] = lines[0].encode()[first[1] :].decode()
    known = inspect.getclosurevars(of).nonlocals
    where = [
        f"{key} = {value.name.lower() if isinstance(value, IntEnum) else value}"
        for key, value in sorted(known.items())
        if isinstance(value, str | int)
    ]
    expression = " ".join(line.strip() for line in lines)
    return expression + (f", with {', '.join(where)}" if where else "")
