"""How a provider's month and year of money came about, line by line, to the fen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from abm.county import County
from abm.indicator_tables import CLOSING, IN, MEMO, OPENING, OUT
from abm.payment import Scheme
from abm.policy import Policy
from abm.reconciliation import CHECK
from agents.foundation.errors import InputError
from experiments.explain import find_subject, needed_number
from experiments.interrupts import closed_after
from experiments.payslip_accounts import SlipLine, live_and_tell
from experiments.runs import make_model, months_of
from experiments.words import Lang, word


@dataclass(frozen=True)
class Payslip:
    """A provider's month, and the year that it lies in.

    Attributes
    ----------
    provider
        Its name.
    month
        From 0.
    year
        Calendar year.
    months_told
        Months of that year that the run has.
    of_month, of_year
        Their lines.
    scheme
        The payment scheme in force.
    """

    provider: str
    month: int
    year: int
    months_told: int
    of_month: tuple[SlipLine, ...]
    of_year: tuple[SlipLine, ...]
    scheme: Scheme
    county: County
    seed: int
    weight: int

    @property
    def closes(self) -> bool:
        """Whether every account closes to the fen."""
        lines = (*self.of_month, *self.of_year)
        return all(line.value == 0 for line in lines if line.role == CHECK)

    def rows(self, lang: Lang) -> Iterator[dict[str, Any]]:
        """Every line as a row; a check carries what every checked row carries."""
        for period, lines in (("month", self.of_month), ("year", self.of_year)):
            for line in lines:
                row: dict[str, Any] = {
                    "period": period,
                    "month": self.month if period == "month" else None,
                    "year": self.year,
                    "account": word(line.account, lang),
                    "role": line.role,
                    "line": line.what_zh if lang == "zh" else line.what,
                    "value": int(line.value) if line.unit == "fen" and _whole(line) else line.value,
                    "unit": line.unit,
                }
                if line.role == CHECK:
                    name = f"{period}: {line.account} closes"
                    row |= {"name": name, "low": 0, "high": 0, "ok": line.value == 0}
                yield row


def _whole(line: SlipLine) -> bool:
    return bool(np.isfinite(line.value)) and float(line.value).is_integer()


def payslip(
    county: County,
    policy: Policy | str | Path | None = None,
    baseline: Policy | str | Path | None = None,
    *,
    provider: str | None,
    month: int | None = None,
    years: int = 1,
    rng: int = 1,
    weight: int | None = None,
    threads: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Payslip:
    """Let a county live, and tell how one provider's month and year of money came about.

    Parameters
    ----------
    provider
        Its row or name.
    month
        From 0; the last of the run if absent.

    Raises
    ------
    InputError
        If there is no such provider or month.
    """
    model = make_model(
        county,
        policy or county.baseline_policy,
        baseline,
        years=years,
        rng=rng,
        weight=weight,
        threads=threads,
    )
    with closed_after(model):
        months = months_of(model.policy, years)
        if month is not None and not 0 <= month < months:
            raise InputError(f"month {month}: not lived; allowed: 0 to {months - 1}")
        subject = find_subject(model, "provider", needed_number(model, "provider", provider))
        asked = months - 1 if month is None else month
        first = asked - asked % 12
        told: list[list[SlipLine]] = []
        while model.month < min(first + 12, months):
            if model.month >= first:
                told.append(live_and_tell(model, subject.number))
            else:
                model.step()
            if model.month == asked + 1:
                scheme = model.policy_now.payment
            if progress is not None:
                progress(subject.name, model.month, months)
        return Payslip(
            provider=subject.name,
            month=asked,
            year=county.start_year + asked // 12,
            months_told=len(told),
            of_month=tuple(told[asked - first]),
            of_year=tuple(whole_year(told)),
            scheme=scheme,
            county=county,
            seed=model.seed,
            weight=model.weight,
        )


def whole_year(months: list[list[SlipLine]]) -> list[SlipLine]:
    """A year's lines: what adds up is summed, what stands is the last month's."""
    first: dict[tuple[str, str, str], SlipLine] = {}
    for lines in months:
        for line in lines:
            # A line that changes its sign from month to month is one line.
            side = IN if line.role == OUT else line.role
            key = line.account, side, line.what
            known = first.get(key)
            if known is None:
                first[key] = line
            elif line.role == CLOSING or not line.adds:
                first[key] = replace(known, value=line.value)
            elif line.role != OPENING:
                first[key] = replace(known, value=known.value + line.value)
    whole = [replace(line, role=_side(line)) for line in first.values()]
    accounts = list(dict.fromkeys(line.account for line in whole))
    return sorted(whole, key=lambda line: (accounts.index(line.account), _place(line)))


def _place(line: SlipLine) -> int:
    """Where a line stands in its account; arithmetic of claims keeps its own order."""
    order = {OPENING: 0, IN: 1, OUT: 2, CLOSING: 3, MEMO: 4, CHECK: 5}
    return 1 if line.role == OUT and line.account == "claims" else order[line.role]


def _side(line: SlipLine) -> str:
    if line.role not in (IN, OUT):
        return line.role
    return IN if line.value > 0 or (line.value == 0 and line.role == IN) else OUT
