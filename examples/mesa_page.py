"""The county in Mesa's own page, with play, step and reset.

From the project's folder: ``solara run examples/mesa_page.py`` (needs the extra ``page``).
``yigongti app`` serves the project's own page, which answers more; this one shows that the model
is an ordinary Mesa model.
"""

from __future__ import annotations

from typing import Any

import solara
from mesa.visualization import Slider, SolaraViz, make_plot_component

from calibration.county import County
from calibration.policies import load_policy
from experiments import Model

COUNTY = County.load("typical")
POLICIES = ("bundle", "dip", "fee_for_service")


class CountyModel(Model):
    """The model with keyword parameters, as SolaraViz wants them."""

    def __init__(self, *, policy: str = "bundle", weight: int = 100, seed: int = 1) -> None:
        baseline = load_policy(COUNTY.baseline_policy)
        super().__init__(COUNTY, load_policy(policy), baseline, rng=seed, weight=weight, threads=1)


PARAMETERS = {
    "policy": {"type": "Select", "value": "bundle", "values": list(POLICIES), "label": "Policy"},
    "weight": Slider("People an agent stands for", value=100, min=50, max=200, step=50),
    "seed": Slider("Seed", value=1, min=1, max=20, step=1),
}
PLOTS = [make_plot_component("visits"), make_plot_component("admissions")]


@solara.component
def Page() -> Any:
    """One browser's page: a model of its own."""
    model = solara.use_memo(CountyModel, [])
    return SolaraViz(
        model, components=PLOTS, model_params=PARAMETERS, name="A county, month by month"
    )
