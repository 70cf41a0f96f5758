"""What a county's people and doctors do, besides its own tables: parameters, conditions, illness.

The numbers come with the program. A county folder may set some of them itself in
``parameters.toml``: a parameter by its name, a number of a condition by ``condition.`` and its
name, each inside its prior range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from abm.county import ConditionTables, Source
from abm.illness import Illness
from agents.foundation.errors import InputError
from calibration.condition_files import load_conditions
from calibration.epidemiology import background_deaths
from calibration.illness_files import acute_illness_deaths, load_illness
from calibration.parameter_files import fatality_from, load_parameters

CONDITION_PREFIX = "condition."


@dataclass(frozen=True)
class Behaviour:
    """Numbers that hold for a county besides its own tables."""

    parameters: Mapping[str, Source]
    conditions: ConditionTables
    condition_priors: Mapping[str, Source]
    illness: Illness
    background_deaths_per_year: np.ndarray
    """(sex, age): hazard of death of a person with no chronic condition and no severe need."""


def load_behaviour(
    deaths_per_year: np.ndarray, overrides: Mapping[str, float] | None = None
) -> Behaviour:
    """Load parameters, conditions and illness for a county's life table.

    Parameters
    ----------
    deaths_per_year
        (sex, age): death probabilities of the county's life table.
    overrides
        Values that the county sets itself, by dotted name.

    Raises
    ------
    InputError
        With every fault of the overrides and of the files.
    """
    own = overrides or {}
    of_conditions = {k: v for k, v in own.items() if k.startswith(CONDITION_PREFIX)}
    of_parameters = {k: v for k, v in own.items() if k not in of_conditions}
    problems: list[str] = []
    parameters: Mapping[str, Source] = {}
    try:
        parameters = load_parameters(of_parameters)
    except InputError as error:
        problems += error.problems
    try:
        conditions, priors = load_conditions(
            deaths_per_year, of_conditions, parameters=parameters or None
        )
    except InputError as error:
        raise InputError(dict.fromkeys(problems + error.problems)) from error
    if problems:
        raise InputError(problems)
    illness = load_illness(parameters, conditions)
    fatality = fatality_from(parameters)
    other = acute_illness_deaths(illness, conditions, parameters, fatality)
    background = background_deaths(conditions, deaths_per_year, fatality, other)
    return Behaviour(parameters, conditions, priors, illness, background)
