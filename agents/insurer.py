"""The insurer: what the residents' fund and the covers behind it pay of one bill."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.foundation.compile import scalar
from agents.foundation.records import RowAgent

NO_SCHEME, RESIDENT, EMPLOYEE = 0, 1, 2
IN_COUNTY, LIVES_ELSEWHERE, REFERRED, SELF_REFERRED, EMERGENCY = range(5)
"""Kinds of care, as the benefit table sees them."""
N_KINDS = 5
PLACE_ELSEWHERE = 3
BASIS = 10_000
"""A ratio of one in basis points, in which ratios enter so that splits are exact."""

BENEFIT = np.dtype(
    [
        ("deductible_fen", "i8"),  # of each admission
        ("inpatient_bp", "i8"),
        ("outpatient_bp", "i8"),
        ("chronic_bp", "i8"),
        ("in_policy_bp", "i8"),  # share of a bill that is in the catalogue
    ],
    align=True,
)

INSURER = np.dtype(
    [
        ("balance_fen", "i8"),
        ("year_income_fen", "i8"),
        ("year_outlay_fen", "i8"),
        ("alive", "i8"),
    ],
    align=True,
)


class Insurer(RowAgent, dtype=INSURER):
    """The county's account in the city's pool as a Mesa agent."""


class Cover(NamedTuple):
    """What each scheme pays, its yearly limits, and the covers behind it; nil without a scheme.

    Limits and covers are (scheme,) arrays.
    """

    benefits: Any
    """(scheme, kind, tier) of BENEFIT."""
    outpatient_cap_fen: Any
    chronic_cap_fen: Any
    ceiling_fen: Any
    serious_deductible_fen: Any
    serious_bp: Any
    aid_bp: Any
    by_head: Any
    """(condition,): 1 where routine visits of managed patients are told apart, 0 elsewhere."""


@scalar
def care_kind(place: int, elsewhere: int, referred: int, emergency: bool) -> int:
    """Kind of care for the benefit table: where, by whose decision, how urgent."""
    if place == 0:
        return IN_COUNTY
    if elsewhere == 1:
        return LIVES_ELSEWHERE
    if emergency:
        return EMERGENCY
    if referred == 1:
        return REFERRED
    return SELF_REFERRED


@scalar
def fund_share_of_visit(
    in_policy_fen: int, ratio_bp: int, paid_so_far_fen: int, cap_fen: int
) -> int:
    """What the fund pays of an outpatient bill: a ratio of it, up to the year's cap.

    Parameters
    ----------
    paid_so_far_fen, cap_fen
        What the fund has paid him under this cap this year, and the cap; a negative
        cap means none.
    """
    share = in_policy_fen * ratio_bp // BASIS
    if cap_fen < 0:
        return share
    return min(share, max(0, cap_fen - paid_so_far_fen))


@scalar
def fund_share_of_admission(
    in_policy_fen: int, deductible_fen: int, ratio_bp: int, paid_so_far_fen: int, ceiling_fen: int
) -> int:
    """What the fund pays of an admission: a ratio above the deductible, up to the ceiling."""
    above = max(0, in_policy_fen - deductible_fen)
    share = above * ratio_bp // BASIS
    return min(share, max(0, ceiling_fen - paid_so_far_fen))


@scalar
def serious_illness_share(
    borne_fen: int, borne_before_fen: int, deductible_fen: int, ratio_bp: int
) -> int:
    """What serious-illness cover pays of what he bears in policy, above its deductible.

    Parameters
    ----------
    borne_fen, borne_before_fen
        In-policy cost that he bears of this admission, and bore earlier this year.
    """
    counted = max(0, borne_before_fen + borne_fen - deductible_fen)
    counted_before = max(0, borne_before_fen - deductible_fen)
    return (counted - counted_before) * ratio_bp // BASIS
