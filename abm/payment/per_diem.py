"""Per diem: so much a bed-day, less after each step of a stay.

按床日付费: the price of a day falls with the stay, so that a long one does not pay for itself.
Visits and care outside the county are paid as billed.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from abm.budgets import HISTORY_MEANS, LEVEL_MEANS, History, Level, growth_of
from abm.case_pay import both_years, not_yet_entered, others, share_of, state_of, summed
from abm.county import Tier
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill
from abm.workings import Working, counted, entered, standing, to_the_fen

_LEVELS = (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY)


class PerDiem(Scheme):
    """Admissions in the county are paid by the day at a price that falls with the stay."""

    name: ClassVar[str] = "per_diem"
    rule: ClassVar[str] = (
        "each bed-day in the county is paid a price of its level, less after each step of the "
        "stay, less what others paid of the bill; visits and care outside the county are paid as "
        "billed"
    )

    level: Level = Field("last_year_spending", description=LEVEL_MEANS)
    growth: float = Field(0.0, ge=-0.5, le=0.5, description="price's growth on that, per year")
    history: History = Field("paid", description=HISTORY_MEANS)
    yuan_per_bed_day: dict[str, Annotated[float, Field(ge=0, le=100_000)]] = Field(
        default_factory=dict,
        description="price of a first day by level (`township`, `county`); a level that is absent "
        "takes what its days cost last year",
    )
    later_share: float = Field(
        0.8,
        ge=0,
        le=1,
        description="price after the first step of a stay (parameter `money.stay_step_days`), "
        "share of the first",
    )
    last_share: float = Field(
        0.6, ge=0, le=1, description="the same after the second step, as many days later"
    )

    @model_validator(mode="after")
    def _falls_and_knows_levels(self) -> PerDiem:
        if self.last_share > self.later_share:
            raise ValueError("last_share: allowed: no more than later_share")
        known = {tier.name.lower() for tier in _LEVELS}
        wrong = sorted(set(self.yuan_per_bed_day) - known)
        if wrong:
            raise ValueError("yuan_per_bed_day: allowed: village, township, county")
        return self

    def open_year(self, books: Books) -> None:
        """Set the prices; a level without any is paid as billed."""
        last = summed(books.last_lines, books)
        growth = growth_of(books, self.level, self.growth)
        price, before = np.zeros(len(last)), books.state.get("bed_day_closed_price_fen")
        was_here = state_of(books, "bed_day_closed") == int(last["bed_days"].sum())
        for tier in _LEVELS:
            here = books.in_county & (books.tier == tier)
            days = float(self._priced_days(last)[here].sum())
            cost = float(last["inpatient_cost_fen"][here].sum())
            own = cost * growth / days if days > 0 else 0.0
            if self.history == "paid" and was_here and before is not None and before[here].any():
                own = float(before[here].max()) * growth
            named = self.yuan_per_bed_day.get(tier.name.lower())
            price[here] = own if named is None else named * 100.0
        books.state["bed_day_price_fen"] = price
        books.state["bed_day_earned_fen"] = np.zeros(len(last), np.int64)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay the days of the year so far what is not yet paid of them; all else as billed."""
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        price, year = state["bed_day_price_fen"], summed(books.year_lines, books)
        owed = self._priced_days(year) * price - others(year)
        days = not_yet_entered(owed, state["bed_day_earned_fen"])
        days = np.where(price > 0, days, 0)
        state["bed_day_earned_fen"] = state["bed_day_earned_fen"] + days
        month = summed(bill.lines, books)["fund_inpatient_fen"]
        books.settle(0, np.where(price > 0, billed - month + days, billed), billed)

    def close_year(self, books: Books) -> None:
        """Nothing is left to settle; by its days it is known next year that this was the rule."""
        days = int(summed(books.year_lines, books)["bed_days"].sum())
        books.state["bed_day_closed"] = np.array([days])
        books.state["bed_day_closed_price_fen"] = books.state["bed_day_price_fen"]

    def brings(self, books: Books) -> np.recarray:
        """A further day brings the price of the step in which stays end.

        What the days before it brought more stands with the admission, so that a stay of usual
        length brings its whole. A yuan billed brings nothing: others' part is taken off.
        """
        brings = as_billed(books)
        price, known = books.state["bed_day_price_fen"], both_years(books)
        days, admissions = known["bed_days"], known["admissions"]
        here = (price > 0) & (days > 0)
        kept = books.kept_share
        worth = books.insured_in * price / 100.0 * kept
        ends = share_of(self._days_at_their_end(known), days)
        early = self._priced_days(known) - ends * days
        brings.bed_day_yuan = np.where(here, worth * ends, 0.0)
        brings.admission_yuan = np.where(here, worth * share_of(early, admissions), 0.0)
        not_fund = books.insured_in - books.fund_share_in
        inpatient = 1.0 - books.insured_in + not_fund * (1.0 - kept)
        brings.inpatient = np.where(here, inpatient, brings.inpatient)
        return brings

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Days x price, less after each step, less what others paid; all else as billed."""
        price = books.state["bed_day_price_fen"]
        here, month = price > 0, summed(bill.lines, books)
        priced = np.where(here, self._priced_days(month), 0.0)
        lines = [
            standing("price of a first day", "首段床日价格", np.where(here, price, np.nan)),
            counted("bed-days", "床日", month["bed_days"], "bed-days"),
            counted("each by its price over a first day's", "折合首段床日", priced, "bed-days"),
            entered("days x price", "床日×价格", np.floor(priced * price + 0.5)),
            entered("less what others paid of them", "减：其他支付方已付", -others(month) * here),
        ]
        rest = bill.fund_fen.sum(axis=1) - month["fund_inpatient_fen"] * here
        lines.append(entered("all else, as billed", "其余按账单支付", rest))
        return [*lines, to_the_fen(lines, books.ruled_fen)]

    def _priced_days(self, lines: np.ndarray) -> np.ndarray:
        """(provider,) days, each counted by its price over that of a first day."""
        late = lines["late_days"] * (1.0 - self.later_share)
        latest = lines["latest_days"] * (self.later_share - self.last_share)
        return np.asarray(lines["bed_days"] - late - latest)

    def _days_at_their_end(self, lines: np.ndarray) -> np.ndarray:
        """(provider,) days, each counted by the price of the step in which its stay ends."""
        long, longest = lines["long_days"], lines["longest_days"]
        short = lines["bed_days"] - long
        return np.asarray(short + self.later_share * (long - longest) + self.last_share * longest)
