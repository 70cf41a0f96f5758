"""Whether a county says the same when an agent stands for one, ten or fifty people.

Fewer agents mean more noise, and nothing else should change. So each indicator may differ
by what the counting of that many agents lets it, which is worked out from the spread
between people before the lighter runs start; and by an allowance, stated here, for what
pooling small clinics does change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.county import County, Place
from abm.model import Model
from abm.policy import Policy
from agents.patient import DIED
from experiments.conservation import care_receipts, fund_of_year

Z = 4.0
"""Standard errors that an indicator may stray: one right indicator in 16,000 strays further."""

ALLOWANCE = {
    "births": 0.0,
    "deaths": 0.02,
    "visits": 0.01,
    "admissions": 0.02,
    "cost": 0.02,
    "fund": 0.02,
    "base": 0.02,
    "in_county": 0.02,
}
"""Part of an indicator by which pooling may move it, beyond noise.

Births know no clinic. Pooled villages walk the mean of their ways and have the queue of one
larger clinic, which turns fewer away; a crowded provider is filled in steps of one agent,
so its overrun grows with the weight. That moves some visits between tiers, and with the tier
their price, and by a little who is treated well and dies.
"""

TITLES = {
    "births": "births a resident",
    "deaths": "deaths a resident",
    "visits": "outpatient visits a resident",
    "admissions": "admissions a resident",
    "cost": "what providers received for care in the ledger, fen a resident",
    "fund": "residents' fund, fen a resident",
    "base": "share of visits seen in villages and townships of the county",
    "in_county": "share of admissions in the county",
}


class Estimate(NamedTuple):
    """A mean over agents (or over their visits), and the spread of one of them."""

    value: float
    spread: float
    """Standard deviation of what one agent adds, in the unit of the value."""
    agents: int

    def margin(self, fewer: int, allowance: float) -> float:
        """How far the same mean over ``fewer`` agents may lie from this one."""
        noise = self.spread * math.sqrt(1.0 / self.agents + 1.0 / fewer)
        return Z * noise + allowance * abs(self.value)


def estimates(county: County, policy: Policy, weight: int, seed: int = 1) -> dict[str, Estimate]:
    """Live a year and take the headline indicators, with the spread between agents.

    Parameters
    ----------
    county, policy, weight, seed
        Of the run; the policy is in force from its first month.

    Returns
    -------
    dict
        Estimate by name of :data:`TITLES`.
    """
    at_once = policy.model_copy(update={"starts_month": 0})
    model = Model(county, at_once, rng=seed, weight=weight)
    for _ in range(12):
        model.step()
    rows = model.residents
    newborn = rows["age_months"] < 12
    started = len(rows) - int(newborn.sum())
    found = {
        name: _mean(values)
        for name, values in (
            ("deaths", rows["exit"] == DIED),
            ("visits", rows["year_visits"]),
            ("admissions", rows["year_admissions"]),
            ("fund", fund_of_year(rows) * (rows["scheme"] == 1)),
        )
    }
    received = care_receipts(model.ledger, model.ledger.journal()).sum()
    spread = float(rows["year_cost_fen"].std())
    found["cost"] = Estimate(float(received) / weight / len(rows), spread, len(rows))
    share = newborn.sum() / started
    found["births"] = Estimate(share, math.sqrt(share), started)
    tier, place = (model.providers[name][model.tally_provider] for name in ("tier", "place"))
    here = place == Place.IN_COUNTY
    found["base"] = _share(model, "visits", here & (tier <= 1), rows["year_visits"])
    found["in_county"] = _share(model, "admissions", here, rows["year_admissions"])
    model.close()
    return found


def _mean(values: np.ndarray) -> Estimate:
    return Estimate(float(values.mean()), float(values.std()), len(values))


def _share(model: Model, column: str, chosen: np.ndarray, each: np.ndarray) -> Estimate:
    """Share of events that fall on some rows of the tally.

    One person's events tend to fall on the same place: taken as all of them alike, they
    spread by sqrt(p (1 - p) E[events^2]) / E[events].
    """
    by_row = np.sum([month[column] for month in model.tallies], axis=0)
    share = float(by_row[chosen].sum() / max(1, by_row.sum()))
    events = each.astype(float)
    together = math.sqrt((events**2).mean()) / max(events.mean(), 1e-12)
    return Estimate(share, math.sqrt(share * (1.0 - share)) * together, len(events))


def compare_weights(
    county: County, policy: Policy, weights: Sequence[int] = (1, 10, 50), seed: int = 1
) -> list[dict[str, object]]:
    """Compare the indicators of heavier agents with those of the lightest.

    Parameters
    ----------
    county, policy, seed
        Of all runs.
    weights
        Ascending; the first is what the others are held against.

    Returns
    -------
    list of dict
        A row for each indicator and heavier weight: name, value, low, high, ok, detail.
    """
    light = estimates(county, policy, weights[0], seed)
    people = light["visits"].agents * weights[0]
    stated = [
        (weight, name, whole.margin(people // weight, ALLOWANCE[name]))
        for weight in weights[1:]
        for name, whole in light.items()
    ]
    rows: list[dict[str, object]] = []
    heavy = {weight: estimates(county, policy, weight, seed) for weight in weights[1:]}
    for weight, name, margin in stated:
        value, held = heavy[weight][name].value, light[name].value
        rows.append(
            {
                "name": f"1:{weight} against 1:{weights[0]}, {TITLES[name]}",
                "value": value,
                "low": held - margin,
                "high": held + margin,
                "ok": bool(abs(value - held) <= margin),
                "detail": f"at 1:{weights[0]} {held:.6g}; {Z:g} standard errors of counting "
                f"agents and {ALLOWANCE[name]:.0%} for pooled clinics",
            }
        )
    return rows
