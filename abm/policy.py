"""A policy: independent parts that say how a county pays and organises its care.

A policy is data. Here are its parts as checked types, and what each does to a county's
tables; reading a file into them is the work of the calibration floor.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import ConfigDict, Field, SerializeAsAny, field_validator, model_validator

from abm.county import CareKind, County, Scheme, Tier
from abm.government import Government
from abm.pay import PayRule
from abm.payment import Scheme as PaymentScheme
from abm.payment import schemes
from abm.policy_prices import Prices
from abm.policy_staff import StaffRules
from abm.rehab import Rehab
from abm.rule_part import ConditionName, RulePart, Share, Yuan
from abm.settlement import Settlement
from abm.sharing_rules import ConsortiumRules, Overspend, Quality, Surplus, Target
from agents.conditions import CONDITIONS

SchemeName = Literal["resident", "employee"]
KindName = Literal["in_county", "lives_elsewhere", "referred", "self_referred", "emergency"]
TierName = Literal["village", "township", "county", "city", "province"]
ColumnName = Literal[
    "deductible_yuan", "inpatient_ratio", "outpatient_ratio", "chronic_ratio", "in_policy_share"
]


class BenefitChange(RulePart):
    """One cell or a row of cells of the benefit table, set or moved."""

    scheme: SchemeName = Field("resident", description="insurance scheme")
    kind: KindName = Field(description="kind of care")
    tier: TierName | None = Field(None, description="all tiers if absent")
    column: ColumnName = Field(description="column of the benefit table")
    value: float | None = Field(None, ge=0, description="new value")
    add: float | None = Field(None, description="added to the old value")

    @model_validator(mode="after")
    def _one_of_two(self) -> BenefitChange:
        if (self.value is None) == (self.add is None):
            raise ValueError("give either value or add")
        return self

    def apply(self, benefits: np.ndarray) -> None:
        """Change the table in place; ratios stay within 0 and 1."""
        tiers = slice(None) if self.tier is None else Tier[self.tier.upper()]
        where = (Scheme[self.scheme.upper()], CareKind[self.kind.upper()], tiers)
        before = benefits[self.column][where]
        after = self.value if self.value is not None else before + self.add
        highest = np.inf if self.column == "deductible_yuan" else 1.0
        benefits[self.column][where] = np.clip(after, 0.0, highest)


class Benefits(RulePart):
    """What patients are covered for, where it differs from the county's own table."""

    outpatient_cap_yuan: Yuan | None = Field(
        None, description="most that the fund pays of a person's outpatient care a year"
    )
    chronic_cap_yuan: Yuan | None = Field(
        None, description="the same for visits on the chronic list"
    )
    ceiling_yuan: Yuan | None = Field(None, description="the same for admissions")
    serious_deductible_yuan: Yuan | None = Field(
        None, description="own payments a year above which serious-illness cover pays"
    )
    serious_ratio: Share | None = Field(
        None, description="share that serious-illness cover pays above it"
    )
    aid_ratio: Share | None = Field(None, description="share of what is left that medical aid pays")
    change: tuple[BenefitChange, ...] = Field((), description="changes of the benefit table, below")


class CareAtBase(RulePart):
    """What village clinics and township centres are given to work with."""

    drugs_share_village: Share | None = Field(
        None, description="share of needed drugs in stock at village clinics"
    )
    drugs_share_township: Share | None = Field(
        None, description="share of needed drugs in stock at township centres"
    )
    outreach_per_year: dict[ConditionName, Annotated[float, Field(ge=0, le=12)]] = Field(
        default_factory=dict,
        description="contacts a year that offer management to a diagnosed resident",
    )
    outreach_yuan_per_contact: Yuan = Field(20.0, description="what a contact costs the provider")


class Audit(RulePart):
    """How records are looked into: without it nothing but conscience keeps them true."""

    examined_share: Share = Field(0.05, description="chance that a false record is examined")
    shows_share: Share = Field(0.4, description="chance that what is examined shows")
    fine_multiple: float = Field(
        1.0, ge=0, le=10, description="fine, in times what was gained, which is paid back besides"
    )

    @property
    def found_chance(self) -> float:
        """Chance that a false record is found."""
        return self.examined_share * self.shows_share


class Change(RulePart):
    """What changes in a later month: any parts of the file, with the keys that change.

    A part keeps its other keys; a `[change.payment]` that names another scheme begins anew.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    month: int = Field(ge=1, le=600, description="months after the policy's start")

    @property
    def parts(self) -> dict[str, Any]:
        """What changes, by the name of the part."""
        return dict(self.model_extra or {})


class Policy(RulePart):
    """A named set of rules, in force from a month of the run."""

    form_version: Literal[1] = Field(1, description="version of this form")
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name")
    title: str = Field(description="name for readers, English")
    title_zh: str = Field(description="name for readers, Chinese")
    rule: str = Field(description="the rule in one line")
    rule_zh: str = Field("", description="the same in Chinese")
    source: str = Field(description="where the rule comes from")
    open: tuple[str, ...] = Field((), description="what the source leaves open")
    to_come: tuple[str, ...] = Field(
        (), description="parts of the rule that this version does not have yet"
    )
    starts_month: int = Field(
        12,
        ge=0,
        le=600,
        description="months under the baseline before it; in the course of a year a scheme has "
        "budgets for the rest of it",
    )
    payment: SerializeAsAny[PaymentScheme] = Field(
        description="how providers are paid: `scheme`, and the keys of that scheme, below"
    )
    pay: PayRule = Field(PayRule(), description="how an employer's money becomes a doctor's, below")
    prices: Prices = Field(
        Prices(), description="prices of the county's own providers, by service line, below"
    )
    rehab: Rehab = Field(Rehab(), description="what is paid by its outcome, below")
    settlement: Settlement = Field(
        Settlement(), description="when and how much of a claim is paid, below"
    )
    government: Government = Field(
        Government(), description="what the government pays providers besides, below"
    )
    benefits: Benefits = Field(Benefits(), description="what patients are covered for, below")
    care_at_base: CareAtBase = Field(
        CareAtBase(), description="what the base is given to work with, below"
    )
    audit: Audit = Field(Audit(), description="how records are looked into, below")
    staff: StaffRules = Field(StaffRules(), description="where doctors work, below")
    surplus: Surplus = Field(Surplus(), description="what becomes of a surplus, below")
    overspend: Overspend = Field(Overspend(), description="who bears an overspend, below")
    target: tuple[Target, ...] = Field(
        (), description="targets whose miss cuts next year's budget, below"
    )
    quality: Quality = Field(Quality(), description="what a retention depends on, below")
    consortium: ConsortiumRules = Field(
        ConsortiumRules(), description="how far a consortium is one, below"
    )
    change: tuple[Change, ...] = Field((), description="what changes in later months, below")

    @model_validator(mode="after")
    def _timetable(self) -> Policy:
        months = [change.month for change in self.change]
        if any(one >= later for one, later in itertools.pairwise(months)):
            raise ValueError("change: allowed: each month after the one before")
        for number, change in enumerate(self.change):
            wrong = sorted(set(change.parts) - set(parts_of_a_policy()))
            if wrong:
                raise ValueError(
                    f"change.{number}.{wrong[0]}: unknown; allowed: month, "
                    f"{', '.join(parts_of_a_policy())}"
                )
        self.stages()
        return self

    @field_validator("payment", mode="before")
    @classmethod
    def _scheme(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = schemes()
        name = value.get("scheme")
        if name not in known:
            raise ValueError(f"unknown scheme {name!r}; allowed: {', '.join(known)}")
        return known[name](**{k: v for k, v in value.items() if k != "scheme"})

    def resolved(self) -> dict[str, Any]:
        """Every value of the policy, defaults included, as it would stand in a file."""
        whole = self.model_dump(mode="json", exclude_none=True)
        whole["payment"] = {"scheme": self.payment.name, **whole["payment"]}
        return whole

    def stages(self) -> tuple[tuple[int, Policy], ...]:
        """Months of a run from which the policy's rules hold, and the rules from each on."""
        found: list[tuple[int, Policy]] = [(self.starts_month, self)]
        table = {key: part for key, part in self.resolved().items() if key != "change"}
        for change in self.change:
            table = with_parts(table, change.parts)
            found.append((self.starts_month + change.month, type(self).model_validate(table)))
        return tuple(found)

    def put_in_force(self, county: County) -> County:
        """The county with this policy's benefits and means at the base."""
        benefits = county.benefits.copy()
        for change in self.benefits.change:
            change.apply(benefits)
        limits = self.benefits.model_dump(exclude={"change"}, exclude_none=True)
        providers = county.providers.copy()
        for tier, share in (
            (Tier.VILLAGE, self.care_at_base.drugs_share_village),
            (Tier.TOWNSHIP, self.care_at_base.drugs_share_township),
        ):
            if share is not None:
                providers["drugs_share"][(providers["tier"] == tier) & _in_county(providers)] = (
                    share
                )
        if self.prices.one_drug_list > 0.0:
            _share_the_list(providers, self.prices.one_drug_list)
        return dataclasses.replace(
            county,
            benefits=benefits,
            providers=providers,
            fund=dataclasses.replace(county.fund, **limits),
        )

    def enrol_per_year(self) -> np.ndarray:
        """(k,) contacts a year that offer management to a diagnosed resident."""
        given = self.care_at_base.outreach_per_year
        return np.array([given.get(condition.name, 0.0) for condition in CONDITIONS])


_TOLD = (
    "to_come",
    "form_version",
    "name",
    "title",
    "title_zh",
    "rule",
    "rule_zh",
    "source",
    "open",
    "starts_month",
    "change",
)


def parts_of_a_policy() -> tuple[str, ...]:
    """Names of the parts that a policy may change in a later month."""
    return tuple(name for name in Policy.model_fields if name not in _TOLD)


def with_parts(table: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """A policy's table with some keys of some parts set otherwise.

    Parameters
    ----------
    table
        The policy, as :meth:`Policy.resolved` gives it or as it stands in a file.
    parts
        Keys by name of the part; those of another payment scheme replace the part.
    """
    changed = dict(table)
    for name, keys in parts.items():
        before = changed.get(name)
        if isinstance(before, dict) and isinstance(keys, dict):
            same = name != "payment" or keys.get("scheme") in (None, before.get("scheme"))
            changed[name] = {**before, **keys} if same else keys
        else:
            changed[name] = keys
    return changed


def _share_the_list(providers: np.ndarray, part: float) -> None:
    """Close part of the gap between drugs in stock at the base and at the county's hospitals."""
    here, tier, stock = _in_county(providers), providers["tier"], providers["drugs_share"]
    best = stock[here & (tier == Tier.COUNTY)].max(initial=0.0)
    base = here & (tier <= Tier.TOWNSHIP)
    stock[base] += part * np.maximum(best - stock[base], 0.0)


def _in_county(providers: np.ndarray) -> np.ndarray:
    return providers["place"] == 0
