"""Floor 4 of yigongti: what people do with the model.

>>> from experiments import County, run
>>> result = run(County.load("pingyang"), "pingyang", years=5)
>>> result.indicators.T["fund.cumulative_balance_million_yuan"].plot()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.model import Model
    from calibration.county import County
    from calibration.policies import Policy, load_policy
    from experiments.comparison import Comparison, compare
    from experiments.runs import Result, run
    from experiments.sweep_run import sweep

__all__ = [
    "Comparison",
    "County",
    "Model",
    "Policy",
    "Result",
    "compare",
    "load_policy",
    "run",
    "sweep",
]

_HOME = {
    "Comparison": "experiments.comparison",
    "County": "calibration.county",
    "Model": "abm.model",
    "Policy": "calibration.policies",
    "Result": "experiments.runs",
    "compare": "experiments.comparison",
    "load_policy": "calibration.policies",
    "run": "experiments.runs",
    "sweep": "experiments.sweep_run",
}


def __getattr__(name: str) -> Any:
    # Imported when asked for: the command line starts at once where no model is needed.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
