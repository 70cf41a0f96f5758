"""What all parts of a policy have in common, and the kinds of values that several of them hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agents.conditions import CONDITIONS


class RulePart(BaseModel):
    """A part of a policy: no key beside those it names, and nothing that changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _known(name: str) -> str:
    known = [condition.name for condition in CONDITIONS]
    if name not in known:
        raise ValueError(
            f"unknown condition {name or 'without a name'}; allowed: {', '.join(known)}"
        )
    return name


Share = Annotated[float, Field(ge=0, le=1)]
Yuan = Annotated[float, Field(ge=0)]
ConditionName = Annotated[str, AfterValidator(_known)]
