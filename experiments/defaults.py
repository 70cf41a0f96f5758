"""What is used where a user does not say otherwise; read by Python and the command line."""

from __future__ import annotations

USUAL_YEARS = 5
USUAL_WEIGHT = 20
"""People an agent stands for; fewer where that leaves providers too few agents."""
USUAL_REPLICATES = 8
"""Most replicates of a comparison."""
USUAL_PRECISION = 0.01
"""Half-width of a headline's interval, as a share of its level under the reference."""
USUAL_SCHEMES_YEARS = 10
USUAL_SCHEMES_REPLICATES = 5
"""Years and replicates when all policies stand side by side."""
USUAL_GROUPS_REPLICATES = 5
"""Seeds where groups of people are compared."""
USUAL_WHY_REPLICATES = 5
"""Seeds of an effect that is taken apart; each takes 33 runs, or seven in a hurry."""
