"""A yearly cap by provider: bills are paid until the provider's year is used up.

次均/总额控制 in its plainest form: what is billed beyond the cap is not paid, or in part.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from abm.county import Tier
from abm.forecast import chance_above, rest_of_year
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill
from abm.workings import Working, entered, standing

NO_CAP = -1


class ProviderCap(Scheme):
    """Fee for service under a cap; the provider carries what lies beyond it."""

    name: ClassVar[str] = "provider_cap"
    rule: ClassVar[str] = (
        "each provider's bills are paid up to a yearly cap from last year's; what lies beyond "
        "is written off by the provider, or paid in part after the year's end"
    )

    budgets: ClassVar[tuple[str, ...]] = ("cap_fen",)

    level: Literal["last_year_paid", "last_year_billed"] = Field(
        "last_year_paid",
        description="what the cap is set from; paid is by the rule, before denials",
    )
    growth: float = Field(0.03, ge=-0.9, le=0.5, description="cap's growth on that, per year")
    lowest_tier: Literal["village", "township", "county"] = Field(
        "township", description="lowest level of providers that have a cap"
    )
    beyond_paid: float = Field(
        0.0, ge=0, le=1, description="share of what lies beyond that is paid after the year"
    )

    def open_year(self, books: Books) -> None:
        """Set each provider's cap; without a year behind it there is none."""
        last = books.last_months.sum(axis=0)
        if self.level == "last_year_paid" and books.claims.years:
            past = books.claims.years[-1]
            last = past["billed_fen"] + past["by_rule_fen"]
        cap = np.floor(np.maximum(last, 0) * (1.0 + self.growth) + 0.5).astype(np.int64)
        capped = books.in_county & (books.tier >= Tier[self.lowest_tier.upper()]) & (last > 0)
        books.state["cap_fen"] = np.where(capped, cap, NO_CAP)
        books.state["cap_used_fen"] = np.zeros(len(cap), np.int64)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay bills as far as the cap reaches."""
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        capped = state["cap_fen"] != NO_CAP
        room = np.maximum(state["cap_fen"] - state["cap_used_fen"], 0)
        earned = np.where(capped, np.minimum(billed, room), billed)
        books.settle(0, earned, billed)
        beyond = np.floor((billed - earned) * self.beyond_paid).astype(np.int64)
        books.claims.adjust(0, beyond)
        books.counted_fen = books.counted_fen + beyond
        state["cap_used_fen"] = state["cap_used_fen"] + billed

    def close_year(self, books: Books) -> None:
        """Nothing is left to settle: the part beyond waits for the year's clearing."""

    def brings(self, books: Books) -> np.recarray:
        """The fund's part of a yuan counts unless the year is likely to run out."""
        brings, loss = as_billed(books), self._chance(books)
        kept = books.kept_share
        for name, share in (
            ("outpatient", books.fund_share_out),
            ("inpatient", books.fund_share_in),
        ):
            brings[name] -= loss * share * (kept - self.beyond_paid)
        return brings

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Bills, what of them lies beyond the cap, and what of that is paid after the year."""
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        cap, used = state["cap_fen"], state["cap_used_fen"] - billed
        capped = cap != NO_CAP
        over = np.where(capped, np.maximum(billed - np.maximum(cap - used, 0), 0), 0)
        return [
            standing("cap of the year", "年度总额上限", np.where(capped, cap, np.nan)),
            standing(
                "cap used before this month", "本月前已用额度", np.where(capped, used, np.nan)
            ),
            entered("fund's part of the bills", "账单中基金应付部分", billed),
            entered("beyond the cap", "超上限部分", -over),
            entered(
                "of that paid after the year", "其中年后支付部分", books.ruled_fen - (billed - over)
            ),
        ]

    def explain_year(self, books: Books) -> list[Working]:
        """Nothing is added at a year's end."""
        return []

    def _chance(self, books: Books) -> np.ndarray:
        """(provider,) chance, as it is felt, that a yuan billed now ends up beyond the cap.

        Part is how the year is likely to end, part whether the cap is used up already: those
        who face a yearly limit look ahead, but not fully (Aron-Dine and others 2015).
        """
        state = books.state
        capped, used = state["cap_fen"] != NO_CAP, state["cap_used_fen"]
        rest = rest_of_year(used, books.last_months, books.month_of_year)
        chance = chance_above(state["cap_fen"], used + rest, books.spread * rest)
        felt = books.foresight * chance
        felt = np.where(used >= state["cap_fen"], 1.0, felt)
        return np.where(capped, felt, 0.0)
