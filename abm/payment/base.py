"""What a payment scheme is to the rest of the program.

A scheme moves money between the fund, consortia and providers, and says what one more
yuan billed brings an employer. It acts on no agent, and nothing else knows its name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from abm.ledger import Ledger

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
    ]
)
"""What one provider did in a month for the residents' scheme's people of one consortium."""


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
        return self.lines["fund_outpatient_fen"] + self.lines["fund_inpatient_fen"]


@dataclass
class Books:
    """What a scheme may look at and move.

    Attributes
    ----------
    ledger
        All accounts.
    insured
        (consortium,) insured people that each answers for.
    in_county
        (provider,) whether it stands in the county.
    member_of
        (provider,) consortium it belongs to, -1 if none.
    fund_share
        (provider,) share of the last twelve months' bills that the fund paid.
    month
        Months since the start.
    month_of_year
        0 to 11.
    last_year_fen, year_fen
        (consortium,) fund's share billed for its people, last year and so far this year.
    financing_fen
        What the fund has for a year's care: income less reserve and serious-illness premium.
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
    state: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def fund(self) -> int:
        """Account of the residents' fund."""
        return self.ledger.account("fund")


class Scheme(BaseModel, ABC):
    """A way of paying providers; its fields are the parameters that a policy file sets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    rule: ClassVar[str]
    """The rule in one line."""

    @abstractmethod
    def open_year(self, books: Books) -> None:
        """Set the year's budgets, before its first month."""

    @abstractmethod
    def pay_month(self, books: Books, bill: MonthBill) -> None:
        """Prepay, and pay what the month's services earn."""

    @abstractmethod
    def close_year(self, books: Books) -> None:
        """Settle the year, after its last month."""

    @abstractmethod
    def brings(self, books: Books) -> np.recarray:
        """What one more of each brings each provider's employer, (provider,) of BRINGS.

        The derivative of what the scheme pays, patient's own part included, at this point
        of the year; where a rule has a cliff, the finite difference over what is forecast.
        """
