"""The part of a policy that changes prices: by service line, by purchase, by outcome."""

from __future__ import annotations

from pydantic import Field, model_validator

from abm.rule_part import RulePart, Share


class Prices(RulePart):
    """Prices of the county's own providers against the county's table, which has no markup.

    What cuts free is counted from the prices in force at the start of a run.
    """

    drug_markup: float = Field(0.0, ge=0, le=1, description="markup on what drugs are bought for")
    consumables_markup: float = Field(
        0.0, ge=0, le=1, description="markup on what consumables are bought for"
    )
    drug_price_cut: float = Field(
        0.0, ge=0, le=0.9, description="share by which drugs are bought cheaper"
    )
    consumables_price_cut: float = Field(
        0.0, ge=0, le=0.9, description="share by which consumables are bought cheaper"
    )
    tests_price_cut: float = Field(
        0.0, ge=0, le=0.9, description="share by which fees for tests and imaging fall"
    )
    fees_raised: float = Field(
        0.0,
        ge=-0.5,
        le=3,
        description="share by which fees for consultation, treatment and beds rise",
    )
    saved_to_fees: Share = Field(
        0.0,
        description="part of what lower prices free, at the usual mix, by which those fees rise",
    )
    saved_to_pay: Share = Field(
        0.0, description="part of what lower prices free to the fund that it pays on for staff"
    )
    joint_share: Share = Field(0.0, description="part of drugs that are bought jointly")
    joint_price_cut: float = Field(
        0.0, ge=0, le=0.9, description="share by which joint purchasing makes them cheaper"
    )
    joint_saving_left: Share = Field(
        0.0, description="part of the fund's saving on them that it leaves to the providers"
    )
    joint_paid_more: float = Field(
        0.0, ge=0, le=0.5, description="by how much more the fund pays its part of them"
    )
    one_drug_list: Share = Field(
        0.0,
        description="part of the gap to the county hospital's stock of drugs that one list and "
        "one pharmacy close at clinics and township centres",
    )
    general_fee_yuan_per_visit: float = Field(
        0.0,
        ge=0,
        le=50,
        description="what the fund pays clinics and township centres for a settled visit, beside "
        "its bill",
    )

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Prices:
        if self.saved_to_fees + self.saved_to_pay > 1.0 + 1e-9:
            raise ValueError("saved_to_fees and saved_to_pay: allowed: 1 together")
        return self

    @property
    def joint_saving(self) -> float:
        """Share by which the mean price of drugs falls through joint purchasing."""
        return self.joint_share * self.joint_price_cut

    @property
    def drug_cost(self) -> float:
        """What drugs are bought for, against the county's table."""
        return (1.0 - self.drug_price_cut) * (1.0 - self.joint_saving)
