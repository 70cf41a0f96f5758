"""Episode of 90 days: one price for an admission and the hospital care that follows it.

An example of a scheme that is in no brief, made by the recipe in CONTRIBUTING.md. The place
that admits a patient gets one price by the weight of that admission. What he then needs of
places that admit, readmissions and visits of the next months, is in the price. Clinics, and
care outside the county, are paid as billed.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from abm.case_pay import WEIGHT_UNIT, both_years, not_yet_entered, others, share_of, summed
from abm.county import Tier
from abm.payment.base import Scheme, as_billed
from abm.payment.books import Books, MonthBill
from abm.workings import Working, counted, entered, standing, to_the_fen


class Episode90(Scheme):
    """One price an episode; readmissions and visits inside it pay nothing more."""

    name: ClassVar[str] = "episode_90"
    rule: ClassVar[str] = (
        "an admission opens an episode of some 90 days at one price by its case weight, which "
        "covers further admissions and hospital visits of the patient; all else as billed"
    )

    growth: float = Field(
        0.0,
        ge=-0.5,
        le=0.5,
        description="price's growth on what the episodes of a level cost last year",
    )

    def open_year(self, books: Books) -> None:
        """Set each level's price of a weight; without a year behind it all is as billed."""
        last = summed(books.last_lines, books)
        cost = last["inpatient_cost_fen"] + last["episode_visits_cost_fen"]
        price = np.zeros(len(last))
        for tier in Tier:
            here = (books.tier == tier) & (last["admissions"] > 0)
            weight = int(last["episode_weight"][here].sum())
            if weight > 0:
                price[here] = int(cost[here].sum()) * (1.0 + self.growth) / weight
        books.state["episode_price_fen"] = price
        books.state["episode_earned_fen"] = np.zeros(len(last), np.int64)

    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Pay the episodes opened this year what is not yet paid of them; all else as billed."""
        state, billed = books.state, bill.fund_fen.sum(axis=1)
        price = state["episode_price_fen"]
        year, month = summed(books.year_lines, books), summed(bill.lines, books)
        visits = year["episode_visits_cost_fen"] - year["episode_visits_fund_fen"]
        owed = price * year["episode_weight"] - others(year) - visits
        opened = np.where(price > 0, not_yet_entered(owed, state["episode_earned_fen"]), 0)
        state["episode_earned_fen"] = state["episode_earned_fen"] + opened
        covered = month["fund_inpatient_fen"] + month["episode_visits_fund_fen"]
        books.settle(0, np.where(price > 0, billed - covered + opened, billed), billed)

    def close_year(self, books: Books) -> None:
        """Nothing is left to settle."""

    def explain(self, books: Books, bill: MonthBill) -> list[Working]:
        """Episodes x price, less what others paid of what they cover; all else as billed."""
        price, month = books.state["episode_price_fen"], summed(bill.lines, books)
        here, weight = price > 0, month["episode_weight"]
        visits = month["episode_visits_cost_fen"] - month["episode_visits_fund_fen"]
        lines = [
            counted("episodes opened", "开启的诊疗周期", month["episodes"], "episodes"),
            counted("their weight", "其权重", weight / WEIGHT_UNIT, "points"),
            standing("price of a weight of one", "权重1的价格", price * WEIGHT_UNIT),
            entered("weight x price", "权重×价格", np.floor(weight * price + 0.5)),
            entered(
                "less what others paid of what it covers",
                "减：其他支付方已付",
                -(others(month) + visits) * here,
            ),
        ]
        covered = month["fund_inpatient_fen"] + month["episode_visits_fund_fen"]
        rest = bill.fund_fen.sum(axis=1) - covered * here
        lines.append(entered("all else, as billed", "其余按账单支付", rest))
        return [*lines, to_the_fen(lines, books.ruled_fen)]

    def brings(self, books: Books) -> np.recarray:
        """Weight counts as far as admissions open episodes; what is billed inside one does not."""
        brings = as_billed(books)
        price, known = books.state["episode_price_fen"], both_years(books)
        kept, here = books.kept_share, price > 0
        opens = share_of(known["episode_weight"], known["case_weight"])
        worth = books.insured_in * opens * price * 10.0 * kept  # price is of a thousandth, in fen
        brings.weight_yuan = np.where(here, worth, 0.0)
        not_fund = books.insured_in - books.fund_share_in
        inpatient = 1.0 - books.insured_in + not_fund * (1.0 - kept)
        brings.inpatient = np.where(here, inpatient, brings.inpatient)
        inside = share_of(known["episode_visits_cost_fen"], known["outpatient_cost_fen"])
        visits = books.insured_out * inside * kept
        brings.outpatient -= np.where(here, visits, 0.0)
        return brings
