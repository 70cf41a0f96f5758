"""What indicators read: one year of a model's history, in real persons and yuan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from abm import survey as rows_of
from abm.county import MAX_AGE, County, Place, Tier
from agents.conditions import CONDITIONS, ILLNESSES
from agents.foundation.errors import InputError
from agents.patient import DIED
from agents.provider import TALLY

if TYPE_CHECKING:
    from abm.model import Model

WORKING_DAYS = 251.0
"""Working days of a year, as the health statistics count them."""
PREMIUMS = ("personal premium", "premium subsidy")
"""Purposes of the ledger that are income of the fund."""


def ratio(part: float, whole: float) -> float:
    """``part / whole``; not a number where there is nothing to divide by."""
    return part / whole if whole else float("nan")


def _place_of(name: str) -> int:
    """Which of the conditions has a name."""
    return [condition.name for condition in CONDITIONS].index(name)


class YearView:
    """One year of a model, summed: what was done, who lives here, what was paid.

    Parameters
    ----------
    model
        A model that has lived the year to its end.
    year
        Years since the start, from 0.

    Attributes
    ----------
    in_county, outside, elsewhere, out_of_area, here, primary, with_beds
        Masks over the rows of the tally. ``outside`` is every place outside the county,
        ``elsewhere`` is where residents who live elsewhere are treated, ``out_of_area`` is
        outside the pooling city, ``here`` is everything that people present use, ``primary``
        is village and township level, ``with_beds`` what people present use and has beds.

    Raises
    ------
    InputError
        If the model has not lived that year to its end.
    """

    def __init__(self, model: Model, year: int) -> None:
        complete = len(model.surveys)
        if not 0 <= year < complete:
            allowed = f"0 to {complete - 1}" if complete else "none: no year is complete"
            raise InputError(f"year {year}: the model has not lived it; allowed: {allowed}")
        self.model, self.year = model, year
        self.months = range(12 * year, 12 * year + 12)
        self.weight = model.weight
        self.county = model.county
        self.survey = model.surveys[year]
        rows = model.providers
        self.tier = rows["tier"][model.tally_provider]
        self.place = rows["place"][model.tally_provider]
        self.kind = model.tally_kind
        self.in_county = self.place == Place.IN_COUNTY
        self.outside = ~self.in_county
        self.elsewhere = self.place == Place.ELSEWHERE
        self.here = ~self.elsewhere
        self.out_of_area = (self.place == Place.OUT_OF_AREA) | self.elsewhere
        self.primary = self.tier <= Tier.TOWNSHIP
        self.with_beds = self.here & (self.county.providers["beds"] > 0)[model.tally_provider]

    # -- care --------------------------------------------------------------------------

    @cached_property
    def tally(self) -> np.ndarray:
        """(tally row,) of TALLY: the year's sums, in agents."""
        months = self.model.tallies[self.months.start : self.months.stop]
        flat = sum(np.ascontiguousarray(month).view(np.int64) for month in months)
        return np.asarray(flat).view(TALLY)

    def sum(self, columns: str, where: np.ndarray | None = None) -> float:
        """Sum of columns of the tally, named and joined by ``+``, in persons, days or fen.

        Parameters
        ----------
        where
            (tally row,) mask; all rows if absent.
        """
        chosen = self.tally if where is None else self.tally[where]
        whole = sum(int(chosen[name.strip()].sum()) for name in columns.split("+"))
        return float(whole * self.weight)

    def yuan(self, columns: str, where: np.ndarray | None = None) -> float:
        """Sum of columns in fen, as yuan."""
        return self.sum(columns, where) / 100.0

    def at(self, tier: int, place: int = Place.IN_COUNTY) -> np.ndarray:
        """(tally row,) mask of a tier's providers in the county, or in another place."""
        return (self.tier == tier) & (self.place == place)

    @cached_property
    def city(self) -> np.ndarray:
        """(tally row,) mask of the hospitals of the pooling city outside the county."""
        return self.at(Tier.CITY, Place.IN_CITY)

    def _chosen(self, where: np.ndarray) -> np.ndarray:
        """(provider,) mask of the providers of some tally rows."""
        chosen = np.zeros(len(self.county.providers), bool)
        chosen[self.model.tally_provider[where]] = True
        return chosen

    def _ours(self, where: np.ndarray) -> np.ndarray:
        """(provider,) this county's part of each, against its start; 0 if not chosen."""
        ours = (1.0 - self.county.providers["other_load_share"]) * self.staff["size"]
        return np.where(self._chosen(where), ours, 0.0)

    def bed_days_room(self, where: np.ndarray) -> float:
        """Bed-days of a year that providers have, for whomever."""
        beds = self.county.providers["beds"] * self.staff["size"]
        return float(beds[self._chosen(where)].sum() * 365.0)

    def bed_days_of_others(self, where: np.ndarray) -> float:
        """Bed-days of a year in which people of other counties lay at providers."""
        return float(self.staff["others_bed_days"][self._chosen(where)].sum())

    def doctor_days(self, where: np.ndarray) -> float:
        """Doctors' working days of a year for this county's people."""
        doctors = self.staff["doctors"]
        return float((doctors * self._ours(where)).sum() * WORKING_DAYS)

    def whole_doctor_days(self, where: np.ndarray) -> float:
        """Doctors' working days of a year, for whomever."""
        doctors = self.staff["doctors"]
        return float((doctors * self.staff["size"])[self._chosen(where)].sum() * WORKING_DAYS)

    def visits_of_others(self, where: np.ndarray) -> float:
        """Visits of a year by people of other counties at providers."""
        return float(self.staff["others_visits"][self._chosen(where)].sum())

    @cached_property
    def staff(self) -> np.ndarray:
        """(provider,) of abm.staffing.STAFF_YEAR: the year's staff."""
        return self.model.staff_years[self.year]

    def life(self, column: str, part: tuple[int | slice, ...] = ()) -> float:
        """Sum over the year of what happened to people, those who live elsewhere included.

        Parameters
        ----------
        part
            Which cells of a column that is a table by condition, cause or age; all if absent.
        """
        lives = self.model.lives[self.months.start : self.months.stop]
        return float(sum(int(month[column][0][part].sum()) for month in lives) * self.weight)

    def onsets(self, name: str, low: int = 0, high: int = MAX_AGE) -> float:
        """People present who got a condition in the year, by age in years at its onset."""
        return self.life("onsets", (_place_of(name), slice(low, high + 1)))

    def inpatient_cost_yuan(self, *causes: str) -> float:
        """What was billed for admissions of the residents' scheme for needs of some causes.

        Parameters
        ----------
        causes
            Of ``agents.conditions.ILLNESSES``.
        """
        fen = [self.life("insured_inpatient_cost_fen", (ILLNESSES.index(name),)) for name in causes]
        return sum(fen) / 100.0

    @cached_property
    def episodes_in_county(self) -> float:
        """Episodes that ended with care at a provider in the county."""
        used = self.model.flows[self.year]["used"]
        provider = self.model.network.provider
        inside = (provider >= 0) & (self.model.providers["place"][provider] == Place.IN_COUNTY)
        return float(used[inside].sum() * self.weight)

    def in_policy_yuan(self, where: np.ndarray | None = None) -> float:
        """Cost in the catalogue of the residents' scheme's admissions, by the rules in force."""
        cost = 0.0
        tallies = self.model.tallies
        for month in self.months:
            share = self.rules(month).benefits["in_policy_share"][1, self.kind, self.tier]
            fen = tallies[month]["insured_inpatient_cost_fen"] * share
            cost += float(fen.sum() if where is None else fen[where].sum())
        return cost * self.weight / 100.0

    def rules(self, month: int) -> County:
        """The county with the benefits and means of the policy in force in a month."""
        model = self.model
        policy = model.baseline
        for start, later in model.stages:
            if month >= start:
                policy = later
        return model.rules(policy)

    # -- people ------------------------------------------------------------------------

    def people(self, row: int, low: int = 0, high: int = MAX_AGE, sex: int | None = None) -> float:
        """Persons counted in a row of the year-end survey, by age in years and sex."""
        return self._count(self.survey.people[row], low, high, sex)

    def condition(
        self, row: int, name: str, low: int = 0, high: int = MAX_AGE, sex: int | None = None
    ) -> float:
        """Persons counted in a row of the survey's conditions, by age in years and sex."""
        return self._count(self.survey.conditions[row, _place_of(name)], low, high, sex)

    def _count(self, table: np.ndarray, low: int, high: int, sex: int | None) -> float:
        chosen = table[:, low : high + 1] if sex is None else table[sex, low : high + 1]
        return float(chosen.sum()) * self.weight

    @cached_property
    def present(self) -> float:
        """Residents present at the year's end."""
        return self.people(rows_of.PRESENT)

    @cached_property
    def insured(self) -> float:
        """People insured by the residents' scheme at the year's end, wherever they live."""
        return self.people(rows_of.INSURED)

    @cached_property
    def entry_month(self) -> np.ndarray:
        """(resident,) month in which each was born or moved in; -1 for those of the start."""
        rows = self.model.residents
        came = [int((life["births"] + life["arrived"])[0]) for life in self.model.lives]
        first = len(rows) - sum(came)
        return np.repeat(np.arange(-1, len(came)), [first, *came])

    @cached_property
    def _exits(self) -> np.ndarray:
        """(resident,) mask of those who died in the year."""
        rows = self.model.residents
        within = (rows["exit_month"] >= self.months.start) & (rows["exit_month"] < self.months.stop)
        return (rows["alive"] == 0) & (rows["exit"] == DIED) & within

    def deaths(self, low: int = 0, high: int = MAX_AGE, present: bool = True) -> float:
        """Deaths of the year at an age in years, of people present or of all."""
        rows = self.model.residents[self._exits]
        age = np.minimum(rows["age_months"] // 12, MAX_AGE)
        chosen = (age >= low) & (age <= high)
        if present:
            chosen &= rows["elsewhere"] == 0
        return float(chosen.sum()) * self.weight

    @property
    def births(self) -> float:
        """Children born in the year to mothers who were present then."""
        return self.life("births_present")

    @cached_property
    def mortality(self) -> tuple[np.ndarray, np.ndarray]:
        """Deaths and person-years of all people by sex and single year of age, in agents.

        Whoever dies in a month has lived half of it.
        """
        rows, entry = self.model.residents, self.entry_month
        age_months, exit_month = rows["age_months"].astype(np.int64), rows["exit_month"]
        sex, gone = rows["sex"].astype(np.int64), rows["alive"] == 0
        last = np.where(gone, exit_month, self.model.month - 1)
        ages = MAX_AGE + 1
        years = np.zeros(2 * ages)
        for month in self.months:
            lived = (entry < month) & (last >= month)
            age = np.minimum((age_months[lived] - (last[lived] - month)) // 12, MAX_AGE)
            part = np.where(gone[lived] & (last[lived] == month), 0.5, 1.0) / 12.0
            years += np.bincount(sex[lived] * ages + age, part, 2 * ages)
        died = self._exits
        age = np.minimum(age_months[died] // 12, MAX_AGE)
        deaths = np.bincount(sex[died] * ages + age, minlength=2 * ages)
        return deaths.reshape(2, ages).astype(float), years.reshape(2, ages)

    # -- money -------------------------------------------------------------------------

    @cached_property
    def journal(self) -> np.ndarray:
        """The year's transfers, of abm.ledger.JOURNAL."""
        whole = self.model.ledger.journal()
        return whole[(whole["month"] >= self.months.start) & (whole["month"] < self.months.stop)]

    @cached_property
    def _later(self) -> np.ndarray:
        whole = self.model.ledger.journal()
        return whole[whole["month"] >= self.months.stop]

    def _purposes(self, names: tuple[str, ...]) -> list[int]:
        known = self.model.ledger.purposes
        return [known.index(name) for name in names if name in known]

    def flow_fen(self, *purposes: str) -> int:
        """What moved in the year for some purposes of the ledger."""
        chosen = np.isin(self.journal["purpose"], self._purposes(purposes))
        return int(self.journal["amount_fen"][chosen].sum())

    def spent_fen(self, *purposes: str) -> np.ndarray:
        """(provider,) what each provider paid in the year; for all purposes if none is named."""
        return self._by_provider("source", purposes)

    def received_fen(self, *purposes: str) -> np.ndarray:
        """(provider,) what each provider received in the year."""
        return self._by_provider("target", purposes)

    def _by_provider(self, side: str, purposes: tuple[str, ...]) -> np.ndarray:
        page = self.journal
        if purposes:
            page = page[np.isin(page["purpose"], self._purposes(purposes))]
        return self.net_fen(page, side)[self.model.ledger.provider]

    def net_fen(self, page: np.ndarray, side: str) -> np.ndarray:
        """(account,) sums of a page of the journal by its ``source`` or ``target``."""
        sums = np.zeros(len(self.model.ledger.names), np.int64)
        np.add.at(sums, page[side], page["amount_fen"])
        return sums

    def balance_fen(self, account: int | np.ndarray) -> np.ndarray:
        """What accounts held at the year's end."""
        later = self.net_fen(self._later, "target") - self.net_fen(self._later, "source")
        return (self.model.ledger.balance_fen - later)[account]

    @property
    def claims(self) -> np.ndarray:
        """(provider,) of CLAIM: what was billed to the fund, paid, denied, owed in the year."""
        return self.model.books.claims.years[self.year]

    @cached_property
    def fund_income_fen(self) -> int:
        """Premiums and subsidies that the fund took in the year."""
        return self.flow_fen(*PREMIUMS)

    @cached_property
    def fund_outlay_fen(self) -> int:
        """All that left the fund in the year, less what came back to it."""
        fund = self.model.ledger.account("fund")
        change = self.net_fen(self.journal, "target") - self.net_fen(self.journal, "source")
        return self.fund_income_fen - int(change[fund])


PANELS = {
    "tight": "紧密型",
    "alike": "同质化",
    "division of labour": "促分工",
    "efficiency": "提效能",
    "health": "保健康",
    "policy direction": "政策方向账",
    "public welfare": "公益账",
    "insurance": "医保账",
    "public health": "公卫账",
    "clinical capacity": "临床能力账",
    "internal economy": "内部经济账",
    "cost": "成本账",
    "performance": "绩效账",
    "synergy": "协同账",
    "development": "发展账",
}
"""The five dimensions of the official monitoring, then the ten accounts, with their names."""


@dataclass(frozen=True)
class Indicator:
    """A named yearly figure.

    Attributes
    ----------
    name
        Dotted; the group is its first part.
    unit
        Unit, and per what.
    label, label_zh
        What it is, for readers.
    of
        Its formula, on one year.
    panel
        Key of PANELS that it belongs to, if any.
    """

    name: str
    unit: str
    label: str
    label_zh: str
    of: Callable[[YearView], float]
    panel: str = ""

    @property
    def group(self) -> str:
        """First part of the name."""
        return self.name.partition(".")[0]
