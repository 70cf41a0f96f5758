"""The books of a payment scheme: what it may look at and move, and what was billed.

A scheme (:mod:`abm.payment.base`) knows the county by them alone.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from abm.claims import Claims
from abm.county import Tier
from abm.forecast import rest_of_year
from abm.heads import HEADS
from abm.ledger import Ledger
from abm.settlement import Settlement
from abm.sharing_rules import ConsortiumRules, Overspend, Quality, Surplus, Target
from abm.workings import Workings

BILL = np.dtype(
    [
        ("fund_outpatient_fen", "i8"),  # fund's share of visits, those on the chronic list too
        ("fund_inpatient_fen", "i8"),
        ("outpatient_cost_fen", "i8"),  # billed for visits that pass through the insurance
        ("inpatient_cost_fen", "i8"),
        ("visits", "i8"),
        ("admissions", "i8"),
        ("case_weight", "i8"),  # recorded, thousandths
        ("bed_days", "i8"),
        ("light_weight", "i8"),  # of the case weight: cases that need no hospital, by class
        ("low_cost_weight", "i8"),  # of the case weight: cases far cheaper than their weight
        ("low_cost_fen", "i8"),  # billed for those
        ("high_cost_fen", "i8"),  # billed above what marks a case as far dearer than its weight
        ("light_weight_more", "i8"),  # these four, were every bill a tenth higher
        ("low_cost_weight_more", "i8"),
        ("low_cost_fen_more", "i8"),
        ("high_cost_fen_more", "i8"),
        ("treated_weight", "i8"),  # case weight by what was done too
        ("treated_weight_more", "i8"),  # the same, were every bill a tenth higher
        ("late_days", "i8"),  # bed-days after the first step of a stay
        ("latest_days", "i8"),  # bed-days after the second
        ("long_stays", "i8"),  # admissions that last beyond the first step
        ("long_days", "i8"),  # all their bed-days
        ("longest_days", "i8"),  # all bed-days of those beyond the second
        ("long_weight", "i8"),  # case weight of the long stays
        ("long_cost_fen", "i8"),  # billed for them
        ("long_fund_fen", "i8"),  # the fund's part of that
        ("chronic_cost_fen", "i8"),  # of outpatient cost: routine visits
        ("managed_cost_fen", "i8"),  # of that: by patients whom a scheme pays by the head
        ("managed_fund_fen", "i8"),
        ("episodes", "i8"),  # admissions that open an episode of some 90 days
        ("episode_weight", "i8"),  # their case weight
        ("episode_visits_cost_fen", "i8"),  # of outpatient cost: inside an open episode
        ("episode_visits_fund_fen", "i8"),
        ("emergency_fen", "i8"),  # of the fund's inpatient part: emergencies outside the county
        ("emergency_weight", "i8"),  # of the case weight: the same
    ]
)
"""What one provider did in a month for the residents' scheme's people of one consortium."""


def fund_part(lines: np.ndarray) -> np.ndarray:
    """Fen of bills that the fund bears by price list, for each of the lines."""
    return np.asarray(lines["fund_outpatient_fen"] + lines["fund_inpatient_fen"])


def whole_bills(lines: np.ndarray) -> np.ndarray:
    """Fen of bills that pass through the fund, whoever pays them, for each of the lines."""
    return np.asarray(lines["outpatient_cost_fen"] + lines["inpatient_cost_fen"])


@dataclass
class MonthBill:
    """What the residents' fund is asked to pay for one month's services.

    Attributes
    ----------
    lines
        (provider, consortium) of BILL, in real people and fen; one column if there is no
        consortium.
    """

    lines: np.ndarray

    @property
    def fund_fen(self) -> np.ndarray:
        """(provider, consortium) fund's share of all that was billed."""
        return fund_part(self.lines)


RECENT = np.dtype(
    [
        ("outpatient", "f8"),
        ("inpatient", "f8"),
        ("insured_inpatient", "f8"),  # of the residents' scheme
        ("insured_outpatient", "f8"),  # passed through it
        ("fund_outpatient", "f8"),
        ("fund_inpatient", "f8"),
    ]
)
"""Monthly means, in fen, of what a provider billed lately."""

EARMARK = np.dtype([("equipment_fen", "i8"), ("training_fen", "i8"), ("contacts_fen", "i8")])
"""Money set aside from a surplus for one provider, in the account of who keeps it."""


def _unset() -> np.ndarray:
    return np.zeros(0)


@dataclass
class Books:
    """What a scheme may look at and move.

    Attributes
    ----------
    ledger
        All accounts.
    insured
        (consortium,) insured people that each answers for.
    adjusted_heads
        (consortium,) the same, each counted by what people of his age and sex cost last year.
    in_county
        (provider,) whether it stands in the county.
    member_of
        (provider,) consortium it belongs to, -1 if none.
    fund_share
        (provider,) share of the last twelve months' bills that the fund bears.
    fund_share_out, fund_share_in
        The same of outpatients' bills, and of admissions' bills; ``fund_share`` if absent.
    insured_in, insured_out
        (provider,) share of admissions' bills that are of the residents' scheme, and of
        outpatients' bills that pass through it.
    tier
        (provider,) level, from the village upwards.
    month
        Months since the start.
    month_of_year
        0 to 11.
    last_year_fen, year_fen
        (consortium,) fund's share billed for its people, last year and so far this year.
    year_lines, last_lines
        (provider, consortium) of BILL: this year's sums, and last year's.
    year_months, last_months
        (12, provider) fund's share billed by month, this year and last.
    recent
        (provider,) of RECENT, over about a year.
    spread
        (provider,) learned error of a forecast of the rest of a year, a share of it.
    learning_rate
        Weight of the newest observation in what is expected.
    foresight
        Weight of how the year is likely to end, against how it stands, in what a yuan brings.
    settlement
        When and how much of a claim is paid.
    surplus, overspend, targets, quality, consortium
        Who shares what a year leaves; see :mod:`abm.sharing_rules`.
    quota
        (consortium,) what missed targets leave of this year's budget, 1 if none was missed.
    score
        (provider,) quality of last year as far as it decides what of a retention comes back.
    judgement_error
        (consortium,) error with which the insurance office sees the cause of an overspend.
    insured_before
        (consortium,) insured people of last year.
    referred, referral_yuan, referral_pay_fen
        (provider,) patients sent up or down inside the consortium this year, what a surplus is
        expected to pay for one, and what it pays and nobody has been given yet.
    earmarked
        (payer, provider) of EARMARK; payer 0 is the provider itself, 1 + g consortium g.
    first_month
        Month of the year, 0 to 11, in which the scheme in force began its year.
    aside
        Sums of the part of this year that another scheme has settled, by name.
    counted_fen
        (provider,) fund's part of the month's income as it counts in an employer's balance.
    staff_surplus_fen
        (provider,) surplus that a scheme has paid to its doctors and nobody has shared out yet.
    workings
        What the scheme tells of how the month and the year came about; absent if nobody asks.
    ruled_fen
        (provider,) what a month, or a year's end, entered by the rule; only if somebody asks.
    financing_fen, last_financing_fen
        What the fund has for a year's care: income less reserve and serious-illness premium;
        and what it had for last year's.
    before_last_fen
        (consortium,) as ``last_year_fen``, of the year before.
    heads, year_heads, last_heads
        (level, provider, consortium) of HEADS: managed patients of the month, and sums over the
        months of this year and of last; level 0 their own clinic, 1 their own centre.
    state
        (consortium,) arrays that a scheme keeps through the year, saved with the model.
    """

    ledger: Ledger
    insured: np.ndarray
    in_county: np.ndarray
    member_of: np.ndarray
    fund_share: np.ndarray
    month: int = 0
    month_of_year: int = 0
    last_year_fen: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    year_fen: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    financing_fen: int = 0
    state: MutableMapping[str, np.ndarray] = field(default_factory=dict)
    fund_share_out: np.ndarray = field(default_factory=_unset)
    fund_share_in: np.ndarray = field(default_factory=_unset)
    insured_in: np.ndarray = field(default_factory=_unset)
    insured_out: np.ndarray = field(default_factory=_unset)
    adjusted_heads: np.ndarray = field(default_factory=_unset)
    before_last_fen: np.ndarray = field(default_factory=_unset)
    last_financing_fen: int = 0
    heads: np.ndarray = field(default_factory=_unset)
    year_heads: np.ndarray = field(default_factory=_unset)
    last_heads: np.ndarray = field(default_factory=_unset)
    tier: np.ndarray = field(default_factory=_unset)
    year_lines: np.ndarray = field(default_factory=_unset)
    last_lines: np.ndarray = field(default_factory=_unset)
    year_months: np.ndarray = field(default_factory=_unset)
    last_months: np.ndarray = field(default_factory=_unset)
    spread: np.ndarray = field(default_factory=_unset)
    recent: np.ndarray = field(default_factory=_unset)
    learning_rate: float = 0.3
    foresight: float = 1.0
    settlement: Settlement = field(default_factory=Settlement)
    counted_fen: np.ndarray = field(default_factory=_unset)
    staff_surplus_fen: np.ndarray = field(default_factory=_unset)
    surplus: Surplus = field(default_factory=Surplus)
    overspend: Overspend = field(default_factory=Overspend)
    targets: tuple[Target, ...] = ()
    quality: Quality = field(default_factory=Quality)
    consortium: ConsortiumRules = field(default_factory=ConsortiumRules)
    quota: np.ndarray = field(default_factory=_unset)
    score: np.ndarray = field(default_factory=_unset)
    judgement_error: np.ndarray = field(default_factory=_unset)
    insured_before: np.ndarray = field(default_factory=_unset)
    referred: np.ndarray = field(default_factory=_unset)
    referral_pay_fen: np.ndarray = field(default_factory=_unset)
    referral_yuan: np.ndarray = field(default_factory=_unset)
    earmarked: np.ndarray = field(default_factory=_unset)
    first_month: int = 0
    aside: dict[str, np.ndarray] = field(default_factory=dict)
    workings: Workings | None = None
    ruled_fen: np.ndarray = field(default_factory=_unset)
    claims: Claims = field(init=False)

    def __post_init__(self) -> None:
        n, groups = len(self.in_county), len(self.insured)
        lines = np.zeros((n, groups), BILL)
        started = {
            "fund_share_out": self.fund_share,
            "fund_share_in": self.fund_share,
            "insured_in": np.ones(n),
            "insured_out": np.ones(n),
            "adjusted_heads": self.insured.astype(float),
            "before_last_fen": np.zeros(groups, np.int64),
            "heads": np.zeros((2, n, groups), HEADS),
            "year_heads": np.zeros((2, n, groups), HEADS),
            "last_heads": np.zeros((2, n, groups), HEADS),
            "tier": np.full(n, Tier.COUNTY),
            "year_lines": lines,
            "last_lines": lines,
            "year_months": np.zeros((12, n), np.int64),
            "last_months": np.zeros((12, n), np.int64),
            "spread": np.zeros(n),
            "recent": np.zeros(n, RECENT),
            "counted_fen": np.zeros(n, np.int64),
            "staff_surplus_fen": np.zeros(n, np.int64),
            "quota": np.ones(groups),
            "score": np.ones(n),
            "judgement_error": np.zeros(groups),
            "insured_before": self.insured,
            "referred": np.zeros(n, np.int64),
            "referral_pay_fen": np.zeros(n, np.int64),
            "referral_yuan": np.zeros(n),
            "earmarked": np.zeros((1 + groups, n), EARMARK),
        }
        for name, value in started.items():
            if getattr(self, name).size == 0:
                setattr(self, name, value.copy())
        self.claims = Claims(self.ledger, self.in_county)

    def follow(self, policy: Any) -> None:
        """Take over a policy's rules of settling and sharing, from this month on."""
        self.settlement, self.quality = policy.settlement, policy.quality
        self.surplus, self.overspend = policy.surplus, policy.overspend
        self.targets, self.consortium = policy.target, policy.consortium

    @property
    def fund(self) -> int:
        """Account of the residents' fund."""
        return self.ledger.account("fund")

    @property
    def kept_share(self) -> np.ndarray:
        """(provider,) part of a claim that is paid in the end, at the quality of last year."""
        return np.asarray(self.settlement.kept_at(self.score))

    @property
    def months_lived(self) -> tuple[int, int]:
        """Months of the scheme's year that have ended with this one, and that it has in all.

        A scheme that comes into force in the course of a year has the rest of that year.
        """
        first = self.first_month
        return self.month_of_year + 1 - first, 12 - first

    def due_by_now(self, yearly_fen: np.ndarray) -> np.ndarray:
        """Part of a year's budget that is due by the end of this month, in whole fen."""
        lived, whole = self.months_lived
        return np.asarray(yearly_fen * lived // whole)

    @property
    def entered_fen(self) -> np.ndarray:
        """(provider,) what this year's services have earned by the rule, before denials."""
        return np.asarray(self.claims.year["billed_fen"] + self.claims.year["by_rule_fen"])

    def settle(self, payer: int, earned: np.ndarray, billed: np.ndarray) -> np.ndarray:
        """Enter what a month's services earn of a payer; it pays by the settlement rules.

        Parameters
        ----------
        payer
            0 for the fund, 1 + g for consortium g.
        earned, billed
            (provider,) fen by the scheme, and the fund's part of the bills that it is for.

        Returns
        -------
        numpy.ndarray
            (provider,) what was approved.
        """
        approved = self.claims.claim(payer, earned, billed, self.settlement)
        self.counted_fen = self.counted_fen + approved
        return approved

    def add_bill(self, bill: MonthBill) -> None:
        """Add a month to the year's sums."""
        fund = bill.fund_fen
        self.year_fen = self.year_fen + fund.sum(axis=0)
        self.year_months[self.month_of_year] = fund.sum(axis=1)
        self.year_lines.view(np.int64)[...] += bill.lines.view(np.int64)
        self.year_heads.view(np.int64)[...] += self.heads.view(np.int64)

    def turn_page(self) -> None:
        """Make this year last year."""
        self._learn_spread()
        self.before_last_fen = self.last_year_fen
        self.last_year_fen, self.year_fen = self.year_fen, np.zeros_like(self.year_fen)
        self.last_lines, self.year_lines = self.year_lines, np.zeros_like(self.year_lines)
        self.last_heads, self.year_heads = self.year_heads, np.zeros_like(self.year_heads)
        self.last_months, self.year_months = self.year_months, np.zeros_like(self.year_months)

    def _learn_spread(self) -> None:
        """Compare June's forecast of the rest of the year with what came."""
        rest = self.year_months[6:].sum(axis=0)
        forecast = rest_of_year(self.year_months[:6].sum(axis=0), self.last_months, 6)
        known = (rest > 0) & (forecast > 0)
        # An error's root mean square is a quarter above its mean size, if it is normal.
        missed = 1.25 * np.abs(np.divide(rest, forecast, out=np.ones(len(rest)), where=known) - 1.0)
        step = self.learning_rate * (np.minimum(missed, 1.0) - self.spread)
        self.spread = self.spread + np.where(known, step, 0.0)
