"""The part of a policy that says where doctors work: postings, moves, reading, home visits."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from abm.county import Place, Tier
from abm.rule_part import RulePart, Share, Yuan


class Posting(RulePart):
    """Doctors of a higher level who work at each place of a lower one, in turn."""

    source: Literal["township", "county", "city"] = Field(
        "county", description="level that sends doctors"
    )
    target: Literal["village", "township", "county"] = Field(
        "township", description="level that they are sent to"
    )
    doctors_per_place: int = Field(1, ge=1, le=20, description="doctors sent to each place")
    months: int = Field(6, ge=1, le=36, description="months after which others take over")
    yuan_per_month: Yuan = Field(
        1500.0, description="allowance of a doctor who is posted, paid by government"
    )


class StaffRules(RulePart):
    """Where doctors work, and what comes to people's homes."""

    postings: tuple[Posting, ...] = Field((), description="doctors sent down, below")
    moves_up: Literal["free", "stopped"] = Field(
        "free",
        description="stopped: who is hired for a lower level stays there (hired by the county, "
        "used by the township)",
    )
    county_pay_share: Share = Field(
        0.0,
        description="part of the gap to the county hospital's basic pay of his title that a "
        "township doctor is paid, by government",
    )
    remote_reading: Share = Field(
        0.0,
        description="share of pictures, ECGs and laboratory samples of township centres that a "
        "centre at the county hospital reads",
    )
    yuan_per_reading: Yuan = Field(20.0, description="what a centre pays for a test read")
    home_visits_per_year: float = Field(
        0.0,
        ge=0,
        le=52,
        description="visits at home a year to each resident with a contract who knows of a chronic "
        "condition",
    )
    yuan_per_home_visit: Yuan = Field(
        15.0, description="what the clinic pays for a home visit besides its minutes"
    )

    def read_remotely(
        self, treats: np.ndarray, providers: np.ndarray, read_share: np.ndarray
    ) -> np.ndarray:
        """(provider, illness) what places can treat where hospitals read the base's tests.

        Where a test is read remotely, a need is told apart as well as at the reading hospital:
        for each illness the gap closes by the share of its needs that tests decide.

        Parameters
        ----------
        treats
            (provider, illness) severity up to which each treats as well as anyone, alone.
        providers
            (provider,) of PROVIDER.
        read_share
            (illness,) share of needs in which a test decides.
        """
        here = providers["place"] == Place.IN_COUNTY
        centre = here & (providers["tier"] == Tier.COUNTY)
        if self.remote_reading == 0.0 or not centre.any():
            return treats
        gap = np.maximum(0.0, treats[centre].max(axis=0) - treats)
        base = here & (providers["tier"] == Tier.TOWNSHIP)
        return np.where(base[:, None], treats + self.remote_reading * read_share * gap, treats)
