"""The form of ``calibration/conditions/<name>.toml``, checked on reading."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import Field, field_validator, model_validator

from calibration.data_files import (
    Band,
    Gap,
    Hazard,
    Quality,
    Ratio,
    Share,
    Sourced,
    Strict,
    Text,
    band_faults,
)

MOST_PREVALENT = 0.95
"""Above this share an onset hazard of the free has no meaning any more."""

N = TypeVar("N", bound=float)


class PrevalenceBand(Band):
    """Shares of people who have the condition, and the band's own source where it differs."""

    female: Annotated[float, Field(strict=True, ge=0.0, le=MOST_PREVALENT)]
    male: Annotated[float, Field(strict=True, ge=0.0, le=MOST_PREVALENT)]
    source: Text | None = None
    quality: Quality | None = None


class Prevalence(Sourced):
    """Prevalence by age group and sex."""

    bands: list[PrevalenceBand]

    @field_validator("bands")
    @classmethod
    def _cover_all_ages(cls, bands: list[PrevalenceBand]) -> list[PrevalenceBand]:
        faults = band_faults(bands)
        if faults:
            raise ValueError("; ".join(faults))
        return bands


class ByStage(Sourced, Generic[N]):
    """A number for each of the three stages."""

    by_stage: Annotated[list[N], Field(min_length=3, max_length=3)]


class ByStageAndControl(Sourced, Generic[N]):
    """A number for each of the three stages, not controlled and controlled."""

    uncontrolled: Annotated[list[N], Field(min_length=3, max_length=3)]
    controlled: Annotated[list[N], Field(min_length=3, max_length=3)]


class Progress(Sourced):
    """Hazards from stage 1 to 2 and from 2 to 3."""

    uncontrolled: Annotated[list[Hazard], Field(min_length=2, max_length=2)]
    controlled: Annotated[list[Hazard], Field(min_length=2, max_length=2)]


class ByControl(Sourced):
    """A multiplier for one who has the condition, not controlled and controlled."""

    uncontrolled: Ratio
    controlled: Ratio


class ByManaged(Sourced):
    """A chance in a month, for one not managed and one managed."""

    unmanaged: Share
    managed: Share


class Span(Sourced):
    """Lowest and highest severity; both 0 where there is none."""

    lowest: Share
    highest: Share

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lowest > self.highest:
            raise ValueError("lowest must not exceed highest")
        return self


class ByTier(Sourced):
    """A chance at a provider of each level."""

    village: Share
    township: Share
    county: Share
    city: Share
    province: Share


class GapByTier(Sourced):
    """A difference of severity at a provider of each level."""

    village: Gap
    township: Gap
    county: Gap
    city: Gap
    province: Gap


class Screening(Sourced):
    """Hazards per year, under 65 and from 65 on."""

    under_65: Hazard
    from_65: Hazard


class Fatality(Sourced):
    """Chances to die at severity 1."""

    well_treated: Share
    untreated: Share


class OneShare(Sourced):
    """A single share or chance."""

    value: Share


class OneRatio(Sourced):
    """A single multiplier."""

    value: Ratio


class ConditionFile(Strict):
    """The form of a condition's file; see :class:`abm.county.ConditionTables` for meanings."""

    form: Literal[1]
    stages: Annotated[list[Text], Field(min_length=3, max_length=3)]
    prevalence: Prevalence
    stage_share: ByStage[Share]
    progress_per_year: Progress
    death_ratio: ByStageAndControl[Ratio]
    complication_per_year: ByStageAndControl[Hazard]
    complication_severity: Span
    onset_severity: Span
    acute_ratio: OneRatio
    symptom_per_month: ByStage[Share]
    routine_per_month: ByManaged
    routine_price_ratio: OneRatio
    aware_share: OneShare
    managed_share: OneShare
    controlled_share: OneShare
    detect_per_visit: ByTier
    screen_per_year: Screening
    gain_control_per_month: ByManaged
    lose_control_per_month: ByManaged
    manage_per_visit: OneShare
    fatality: Fatality
    capability_gap: GapByTier
    read_share: OneShare
    raises: dict[str, ByControl] = Field(default_factory=dict)

    @field_validator("stage_share")
    @classmethod
    def _sum_to_one(cls, shares: ByStage[Share]) -> ByStage[Share]:
        total = sum(shares.by_stage)
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"by_stage must sum to 1, sums to {total:g}")
        return shares
