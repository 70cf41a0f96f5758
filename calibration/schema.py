"""The files of a county folder: one model a CSV row, one a TOML table.

These models are the only description of the form. The reader takes from them what is
allowed in a cell, the template takes its explanations, and the check of sources takes the
list of columns that need one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from abm.county import MAX_AGE
from agents.conditions import ILLNESSES

FORM_VERSION = 1
"""Version of the county folder's form. A folder of another version is refused."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
TargetName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]*$", max_length=96)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Age = Annotated[int, Field(ge=0, le=MAX_AGE)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-1e13, le=1e13, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e13, allow_inf_nan=False)]
Coordinate = Annotated[float, Field(ge=-5000, le=5000, allow_inf_nan=False)]
PerThousand = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Sex = Literal["f", "m"]
TierName = Literal["village", "township", "county", "city", "province"]
PlaceName = Literal["in_county", "in_city", "out_of_area", "elsewhere"]
KindName = Literal["in_county", "lives_elsewhere", "referred", "self_referred", "emergency"]
SchemeName = Literal["resident", "employee"]
Quality = Literal["V", "D", "P", "M", "A"]


class Form(BaseModel):
    """Base of every row and table: misspelt names are refused, values are not changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class PopulationRow(Form):
    """People of a township by sex and age."""

    township_id: Identifier = Field(description="township, as in townships.csv")
    sex: Sex = Field(description="f female, m male")
    age_from: Age = Field(description="first year of age of the band")
    age_to: Age = Field(description="last year of age of the band, inclusive; 100 is 100 and over")
    present_persons: Count = Field(description="people who live in the county")
    elsewhere_persons: Count = Field(
        description="people insured by the county's resident scheme who live outside it"
    )


class SchemeRow(Form):
    """Insurance of present people by age; who is in neither scheme is uninsured."""

    age_from: Age = Field(description="first year of age of the band")
    age_to: Age = Field(description="last year of age of the band, inclusive")
    resident_share: Share = Field(description="share insured by the residents' scheme")
    employee_share: Share = Field(description="share insured by the employees' scheme")


class TownshipRow(Form):
    """A township or town."""

    township_id: Identifier = Field(description="your own short name, used by the other files")
    name: Text = Field(description="name for readers")


class VillageRow(Form):
    """A village, or the area that one village clinic serves."""

    village_id: Identifier = Field(description="your own short name, used by the other files")
    township_id: Identifier = Field(description="township, as in townships.csv")
    name: Text = Field(description="name for readers")
    persons: Annotated[int, Field(ge=1, le=10**9)] = Field(
        description="people who live there; the township's people are spread in this proportion"
    )
    income_yuan: Amount = Field(description="disposable income per head and year")
    aided_share: Share = Field(description="share of people entitled to medical aid")
    x_km: Coordinate = Field(description="place, kilometres east of the county seat")
    y_km: Coordinate = Field(description="place, kilometres north of the county seat")


class ProviderRow(Form):
    """A provider: village clinic, township centre or hospital."""

    provider_id: Identifier = Field(description="your own short name, used by the other files")
    name: Text = Field(description="name for readers")
    tier: TierName = Field(description="level of the provider")
    place: PlaceName = Field(
        description="in_county, in_city (same pooling city), out_of_area (outside it), or "
        "elsewhere (where residents who live elsewhere are treated)"
    )
    township_id: Identifier | None = Field(None, description="township, empty where none")
    village_id: Identifier | None = Field(None, description="village of a clinic, else empty")
    consortium_id: Identifier | None = Field(None, description="consortium, empty where none")
    beds: Count = Field(description="beds")
    nurses: Amount = Field(description="nurses, as full-time places")
    capability: Share = Field(description="severity (0 to 1) up to which it treats as well as any")
    quality: Share = Field(description="chance that care of a need within its capability is right")
    visit_price_yuan: Amount = Field(description="mean price of an outpatient visit")
    chronic_price_yuan: Amount = Field(description="mean price of a visit on the chronic list")
    admission_price_yuan: Amount = Field(description="mean price of an admission")
    los_days: Annotated[float, Field(ge=0, le=365, allow_inf_nan=False)] = Field(
        description="mean length of stay"
    )
    drugs_share: Share = Field(description="share of needed drugs in stock")
    settled_share: Share = Field(
        description="share of outpatient visits that pass through the insurance"
    )
    other_load_share: Share = Field(
        description="share of its minutes and beds used by people of other counties"
    )
    cash_yuan: Number = Field(description="cash at the start")
    fixed_cost_yuan: Amount = Field(description="cost a year besides doctors' pay")
    subsidy_yuan: Amount = Field(description="fiscal subsidy a year")
    variable_cost_share: Share = Field(description="drugs and materials: cost of a yuan billed")


class CapabilityRow(Form):
    """What a provider can treat of one illness, where its own figures are known.

    The file may be left out, or empty. What is not named differs from the provider's capability
    as is usual of its level.
    """

    provider_id: Identifier = Field(description="provider, as in providers.csv")
    illness: Identifier = Field(description="one of " + ", ".join(ILLNESSES))
    capability: Share = Field(description="severity (0 to 1) up to which it treats this as any")


class StaffRow(Form):
    """Doctors of a provider with one title."""

    provider_id: Identifier = Field(description="provider, as in providers.csv")
    title: Identifier = Field(description="title, one of staff_titles in county.toml")
    doctors: Annotated[int, Field(ge=1, le=10**6)] = Field(description="number of doctors")
    minutes_per_month: Annotated[float, Field(gt=0, le=30000, allow_inf_nan=False)] = Field(
        description="minutes a month that one of them spends with patients"
    )
    base_pay_yuan: Amount = Field(description="basic pay of one of them a year, without bonus")


class TravelRow(Form):
    """One way from a village to a provider; what is not named cannot be reached."""

    village_id: Identifier = Field(description="village, as in villages.csv")
    provider_id: Identifier = Field(description="provider, as in providers.csv")
    minutes: Annotated[float, Field(ge=0, le=5000, allow_inf_nan=False)] = Field(
        description="usual travel time, one way"
    )


class BenefitRow(Form):
    """What a scheme pays for one kind of care at one tier; what is not named pays nothing."""

    scheme: SchemeName = Field(description="insurance scheme")
    kind: KindName = Field(description="kind of care")
    tier: TierName = Field(description="level of the provider")
    deductible_yuan: Amount = Field(description="deductible of an admission")
    inpatient_ratio: Share = Field(description="share paid of in-policy cost above the deductible")
    outpatient_ratio: Share = Field(description="share paid of in-policy outpatient cost")
    chronic_ratio: Share = Field(description="share paid of in-policy cost on the chronic list")
    in_policy_share: Share = Field(description="share of a bill that is in the catalogue")


class LifeTableRow(Form):
    """Deaths by sex and age."""

    sex: Sex = Field(description="f female, m male")
    age_from: Age = Field(description="first year of age of the band")
    age_to: Age = Field(description="last year of age of the band, inclusive")
    deaths_per_1000: PerThousand = Field(description="chance to die within a year, times 1000")


class FertilityRow(Form):
    """Births by age of the mother; ages not named have none."""

    age_from: Age = Field(description="first year of age of the band")
    age_to: Age = Field(description="last year of age of the band, inclusive")
    births_per_1000: PerThousand = Field(description="births a year of 1000 women of that age")


class MigrationRow(Form):
    """Moves by age."""

    age_from: Age = Field(description="first year of age of the band")
    age_to: Age = Field(description="last year of age of the band, inclusive")
    leave_per_1000: PerThousand = Field(
        description="present people who go to live elsewhere and stay insured here, a year"
    )
    return_per_1000: PerThousand = Field(
        description="people living elsewhere who come back, a year, of those elsewhere"
    )
    depart_per_1000: PerThousand = Field(description="present people who leave for good, a year")
    arrive_per_1000: PerThousand = Field(
        description="newcomers a year, of present people of that age"
    )


class TargetRow(Form):
    """An observed figure that the model is held against."""

    name: TargetName = Field(description="dotted name of the figure, as an indicator gives it")
    value: Number = Field(description="observed value")
    low: Number = Field(description="lower bound of what would still agree")
    high: Number = Field(description="upper bound of what would still agree")
    unit: Text = Field(description="unit of the value")
    year: Text = Field(description="year or years of the observation")
    source: Text = Field(description="where the value was read")
    quality: Quality = Field(
        description="V official table, D computed, P press, M memory, A assumption"
    )
    group: Text = Field(description="block of figures it belongs to")


class SourceRow(Form):
    """Where the values of one column or key come from."""

    file: Text = Field(description="file of the folder")
    column_or_key: Text = Field(description="column of a CSV file, key of a TOML file")
    source: Text = Field(description="where the values come from")
    quality: Quality = Field(
        description="V official table, D computed, P press, M memory, A assumption"
    )
    note: str = Field("", description="what was done to them")


class FundTable(Form):
    """The residents' insurance fund, in yuan; per_head is per insured person and year.

    The employees' yearly limits are parameters, `employee.*`.
    """

    income_per_head: Amount = Field(description="all income of the fund")
    personal_premium_per_head: Amount = Field(description="what a person pays")
    subsidy_per_head: Amount = Field(description="what the state adds")
    reserve_share: Share = Field(description="share of income kept back as reserve by the city")
    serious_illness_premium_per_head: Amount = Field(description="premium of serious-illness cover")
    outpatient_cap_yuan: Amount = Field(
        description="most that the fund pays for a person's general outpatient care a year"
    )
    chronic_cap_yuan: Amount = Field(description="the same for visits on the chronic list")
    ceiling_yuan: Amount = Field(description="most that the fund pays for a person a year")
    serious_deductible_yuan: Amount = Field(
        description="own payments a year above which serious-illness cover pays"
    )
    serious_ratio: Share = Field(description="share that serious-illness cover pays")
    aid_ratio: Share = Field(description="share of what is left that medical aid pays")
    balance_yuan: Number = Field(description="cumulative balance at the start")
    income_growth: Annotated[float, Field(ge=-0.5, le=0.5, allow_inf_nan=False)] = Field(
        description="growth of income a head, a year"
    )


class CountyTable(Form):
    """county.toml."""

    form_version: Literal[1] = Field(description="version of the form of this folder")
    name: Identifier = Field(description="short name of the county")
    title: Text = Field(description="name for readers, English")
    title_zh: Text = Field(description="name for readers, Chinese")
    label: Text = Field(description="what the data stand on, said honestly, English")
    label_zh: Text = Field(description="the same, Chinese")
    start_year: Annotated[int, Field(ge=1990, le=2100)] = Field(description="first year of a run")
    baseline_policy: Identifier = Field(description="name of the policy in force at the start")
    staff_titles: Annotated[list[Identifier], Field(min_length=1, max_length=64)] = Field(
        description="titles of doctors, from the lowest to the highest"
    )
    fund: FundTable = Field(description="the residents' insurance fund")


CSV_FILES: dict[str, type[Form]] = {
    "townships.csv": TownshipRow,
    "villages.csv": VillageRow,
    "population.csv": PopulationRow,
    "schemes.csv": SchemeRow,
    "life_table.csv": LifeTableRow,
    "fertility.csv": FertilityRow,
    "migration.csv": MigrationRow,
    "providers.csv": ProviderRow,
    "staff.csv": StaffRow,
    "travel.csv": TravelRow,
    "benefits.csv": BenefitRow,
    "targets.csv": TargetRow,
    "sources.csv": SourceRow,
}
"""Every CSV file of a county folder and the model of its rows."""

CAPABILITY_FILE = "capability.csv"
OPTIONAL_FILES: dict[str, type[Form]] = {CAPABILITY_FILE: CapabilityRow}
"""Those that a county folder may hold besides."""

COUNTY_FILE = "county.toml"
PARAMETERS_FILE = "parameters.toml"

SOURCELESS_FILES = frozenset({"sources.csv", "targets.csv"})
"""Files whose rows name their own source."""

SOURCELESS_COLUMNS = frozenset(
    {
        "township_id", "village_id", "provider_id", "consortium_id", "name", "sex", "age_from",
        "age_to", "scheme", "kind", "tier", "place", "title", "form_version", "title_zh", "label",
        "label_zh", "staff_titles",
    }
)  # fmt: skip
"""Names and keys of rows: they say which thing a value belongs to, so they need no source."""


def columns_needing_source() -> list[tuple[str, str]]:
    """List every (file, column or key) that ``sources.csv`` must name."""
    wanted = [
        (file, column)
        for file, row in CSV_FILES.items()
        if file not in SOURCELESS_FILES
        for column in row.model_fields
        if column not in SOURCELESS_COLUMNS
    ]
    wanted += [
        (COUNTY_FILE, key)
        for key in CountyTable.model_fields
        if key != "fund" and key not in SOURCELESS_COLUMNS
    ]
    return wanted + [(COUNTY_FILE, f"fund.{key}") for key in FundTable.model_fields]
