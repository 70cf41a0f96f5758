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


@dataclass
class MonthBill:
    """What the residents' fund is asked to pay for one month's services.

    Attributes
    ----------
    fund_fen
        (provider, consortium) fund's share of what was billed for the people of each
        consortium; one column if there is no consortium.
    """

    fund_fen: np.ndarray


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
    def income_per_yuan(self, books: Books) -> np.ndarray:
        """What one more yuan billed brings each provider's employer, (provider,).

        The derivative of what the scheme pays, patient's own part included, at this point
        of the year.
        """
