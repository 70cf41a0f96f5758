"""Parts of a policy that say who shares what a year leaves: surplus, overspend, quota, quality.

They hold under any payment scheme that leaves something to share.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from abm.rule_part import ConditionName, RulePart, Share


class SurplusBand(RulePart):
    """What is kept of the part of a surplus beyond a mark."""

    above: float = Field(gt=0, le=1, description="mark, as a share of the year's budget")
    kept: Share = Field(description="share kept of what lies beyond, up to the next mark")


class OverspendBand(RulePart):
    """What is borne of the part of an overspend beyond a mark, whatever its cause."""

    above: float = Field(gt=0, le=1, description="mark, as a share of the year's budget")
    borne: Share = Field(description="share borne of what lies beyond, up to the next mark")


B = TypeVar("B", SurplusBand, OverspendBand)


class Surplus(RulePart):
    """What becomes of a surplus, under any scheme that leaves one; the rest stays in reserve."""

    kept: Share = Field(1.0, description="share of a surplus that is kept")
    held_for_quality: Share = Field(
        0.0,
        description="part of what is kept that is given out as far as the year's quality reaches "
        "its pass mark, by `[quality]`; the rest goes back to the fund",
    )
    band: tuple[SurplusBand, ...] = Field((), description="risk corridor above it, below")
    to_primary: Share = Field(
        0.0, description="share of the kept surplus for equipment and training at the base"
    )
    training_share: Share = Field(0.3, description="part of that which trains doctors")
    to_staff: Share = Field(0.0, description="share of the kept surplus that is paid to staff")
    to_referring: Share = Field(
        0.0, description="share of it paid to doctors by the patients whom they sent up or down"
    )
    to_disciplines: Share = Field(
        0.0, description="share of it that equips the specialties of county hospitals"
    )
    to_chronic: Share = Field(
        0.0, description="share of it that buys contacts with the chronically ill next year"
    )
    yuan_per_contact: float = Field(20.0, gt=0, le=1000, description="price of such a contact")
    contacts_with: tuple[ConditionName, ...] = Field(
        ("hypertension", "diabetes"),
        min_length=1,
        description="conditions whose patients are contacted",
    )

    @field_validator("band")
    @classmethod
    def _rising(cls, value: tuple[SurplusBand, ...]) -> tuple[SurplusBand, ...]:
        return _in_order(value)

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Surplus:
        used = (
            self.to_primary,
            self.to_staff,
            self.to_referring,
            self.to_disciplines,
            self.to_chronic,
        )
        if sum(used) > 1.0 + 1e-9:
            raise ValueError(
                f"to_primary, to_staff, to_referring, to_disciplines, to_chronic: together "
                f"{sum(used):.6g}; allowed: 1 together"
            )
        return self

    def kept_fen(self, surplus_fen: int, budget_fen: int, score: float = 1.0) -> int:
        """Fen that is kept of a surplus, at a score of quality from 0 to 1."""
        marks = [(band.above, band.kept) for band in self.band]
        return int(_banded(surplus_fen, budget_fen, self.kept, marks) * self.given_out(score))

    def felt(self, part: float, score: float = 1.0) -> float:
        """What is kept of one more yuan where a surplus is ``part`` of the budget."""
        marks = [(band.above, band.kept) for band in self.band]
        return _at(part, self.kept, marks) * self.given_out(score)

    def given_out(self, score: float) -> float:
        """Part of what is kept that a year's quality lets be given out."""
        return 1.0 - self.held_for_quality * (1.0 - score)


class Overspend(RulePart):
    """Who bears an overspend: by one share, or by its cause as the insurance office sees it."""

    borne: Share = Field(0.5, description="share that the consortium bears, unless by cause")
    uncontrollable_borne: Share | None = Field(
        None, description="share borne of what more people and more severe need explain"
    )
    mismanagement_borne: Share | None = Field(None, description="share borne of all else")
    band: tuple[OverspendBand, ...] = Field((), description="risk corridor beyond it, below")

    @field_validator("band")
    @classmethod
    def _rising(cls, value: tuple[OverspendBand, ...]) -> tuple[OverspendBand, ...]:
        return _in_order(value)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Overspend:
        if (self.uncontrollable_borne is None) != (self.mismanagement_borne is None):
            raise ValueError("uncontrollable_borne, mismanagement_borne: give both or neither")
        return self

    @property
    def by_cause(self) -> bool:
        """Whether the cause decides."""
        return self.uncontrollable_borne is not None

    def share_at_first(self, uncontrollable: float) -> float:
        """Share borne before the first mark, a part of the overspend being uncontrollable."""
        if self.uncontrollable_borne is None or self.mismanagement_borne is None:
            return self.borne
        return uncontrollable * self.uncontrollable_borne + (
            (1.0 - uncontrollable) * self.mismanagement_borne
        )

    def borne_fen(self, overspend_fen: int, budget_fen: int, uncontrollable: float) -> int:
        """Fen that the consortium bears of an overspend.

        Parameters
        ----------
        uncontrollable
            Part of it that the insurance office takes to be nobody's fault.
        """
        marks = [(band.above, band.borne) for band in self.band]
        first = self.share_at_first(uncontrollable)
        rest = [(above, 1.0 - share) for above, share in marks]
        return overspend_fen - int(_banded(overspend_fen, budget_fen, 1.0 - first, rest))

    def felt(self, part: float) -> float:
        """What is borne of one more yuan where an overspend is ``part`` of the budget.

        More treatment of the same need is nobody's fault but one's own.
        """
        first = self.borne if self.mismanagement_borne is None else self.mismanagement_borne
        return _at(part, first, [(band.above, band.borne) for band in self.band])


class Target(RulePart):
    """A target of the year; a consortium that misses it loses part of its next year's quota."""

    indicator: Literal[
        "in_county_share_of_admissions",
        "primary_share_of_visits",
        "visits_at_hospitals",
        "visits_outside",
    ] = Field(description="what is measured, of the consortium's insured people")
    at_least: float | None = Field(None, description="least that meets it")
    at_most: float | None = Field(None, description="most that meets it")
    of: Literal["year", "change"] = Field(
        "year", description="the year's figure, or its change on last year as a share"
    )
    cut: Share = Field(description="share of next year's budget that a miss costs")

    @model_validator(mode="after")
    def _one_of_two(self) -> Target:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give either at_least or at_most")
        return self

    def is_met(self, value: float, last: float) -> bool:
        """Whether a year meets it; a year without one before it meets any change."""
        if self.of == "change":
            if last <= 0.0:
                return True
            # Compared as multiples of last year, so that a tenth less than 100 is 90.
            return _between(value, _times(self.at_least, last), _times(self.at_most, last))
        return _between(value, self.at_least, self.at_most)


class Quality(RulePart):
    """What the part of a claim that is kept back until the clearing depends on.

    Each item scores its share of its goal, at most 1; the score is their mean. At the pass mark
    all that is returned at all comes back, below it in proportion.
    """

    controlled_goal: float | None = Field(
        None, gt=0, le=1, description="share of known cases under control"
    )
    controlled_of: tuple[ConditionName, ...] = Field(
        ("hypertension", "diabetes"),
        min_length=1,
        description="conditions whose control is measured",
    )
    well_treated_goal: float | None = Field(
        None, gt=0, le=1, description="share of those treated whose care went well"
    )
    attended_goal: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of those who came that was neither turned away nor put off, the "
        "cause of most complaints",
    )
    pass_mark: float = Field(1.0, gt=0, le=1, description="score from which all comes back")


class ConsortiumRules(RulePart):
    """How far a consortium is one: its books, its cash, who invests."""

    legal_persons: Literal["several", "one"] = Field(
        "several",
        description="one: members' cash is pooled, surpluses of members are the consortium's, "
        "and the lead decides on equipment; several: each keeps its own books",
    )
    reserve_split: Literal["common", "saved", "work"] = Field(
        "common",
        description="where a kept surplus goes that has no other use, among several: a common "
        "reserve; to each what it saved; by visits, so that each gains little by what it saves",
    )


def _times(change: float | None, last: float) -> float | None:
    return None if change is None else last * (1.0 + change)


def _between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _in_order(bands: tuple[B, ...]) -> tuple[B, ...]:
    marks = [band.above for band in bands]
    if any(low >= high for low, high in itertools.pairwise(marks)):
        raise ValueError("bands: allowed: each mark above the one before")
    return bands


def _banded(amount: int, budget: int, first: float, marks: Sequence[tuple[float, float]]) -> float:
    """Sum of each band's part of an amount at the band's share.

    Parameters
    ----------
    first
        Share before the first mark.
    marks
        Where each band begins, in shares of the budget, and its share.
    """
    whole, start, share = 0.0, 0.0, first
    for above, beyond in marks:
        mark = above * budget
        whole += share * max(0.0, min(float(amount), mark) - start)
        start, share = mark, beyond
    return whole + share * max(0.0, amount - start)


def _at(part: float, first: float, marks: Sequence[tuple[float, float]]) -> float:
    share = first
    for above, beyond in marks:
        if part > above:
            share = beyond
    return share
