"""What a run leaves for the page: its indicators, and the county month by month."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from abm.county import County, Place, Tier
from abm.indicator_siphon import KINDS
from abm.indicator_view import YearView
from abm.indicators import INDICATORS
from abm.model import Model
from abm.policy import Policy
from abm.reconciliation import reconciliation
from abm.world import total
from agents.doctor import Doctor
from calibration.policies import parse_policy
from experiments.headline import SHOWN
from experiments.interrupts import closed_after
from experiments.lots import distance_bands, lots_of
from experiments.siphon import FIGURES as SIPHON_FIGURES
from experiments.sweep_task import figures_of

FRAME = np.dtype(
    [
        ("visits", "i4"),
        ("admissions", "i4"),
        ("put_off", "i4"),
        ("turned_away", "i4"),
        ("no_bed", "i4"),
        ("referred_up", "i4"),
        ("referred_down", "i4"),
        ("upcoded", "i4"),
        ("split", "i4"),
        ("invented_visits", "i4"),
        ("minutes_load", "f4"),
        ("bed_load", "f4"),
        ("wait_days", "f4"),
        ("doctors", "i4"),
        ("cash_fen", "i8"),
    ]
)
"""A provider's month, in real people."""

COUNTED = tuple(
    name
    for name in FRAME.names or ()
    if name not in ("minutes_load", "bed_load", "wait_days", "doctors", "cash_fen")
)

PURSES = (
    "fund", "serious_cover", "employee_fund", "households", "government", "staff", "suppliers",
    "bank", "consortia", "village", "township", "county", "outside",
)  # fmt: skip
"""Between whom money is told to flow: common accounts, consortia, and providers by level."""

TILL = ("insurance", "patients", "government", "staff", "suppliers")
"""From whom a provider's money comes, the first three, and to whom it goes."""
_INSURERS = ("fund", "serious_cover", "employee_fund", "consortia")

STAFF = np.dtype(
    [
        ("row", "i4"),
        ("provider", "i4"),
        ("title", "i4"),
        ("age_years", "i4"),
        ("altruism", "f4"),
        ("skill", "f4"),
        ("side_share", "f4"),
        ("income_fen", "i8"),
        ("arrears_fen", "i8"),
    ]
)
"""A doctor at the end of the last year."""

WARNED = (
    ("withheld", "use.without_care_share"),
    ("withheld", "conduct.put_off_per_1000_visits"),
    ("refused", "use.turned_away_per_1000_visits"),
    ("refused", "use.no_bed_per_1000_admissions"),
    ("invented", "conduct.upcoded_share"),
    ("invented", "conduct.split_share"),
    ("invented", "conduct.invented_share_of_visits"),
)
"""What a warning is about, and the indicator whose sure rise gives it."""
TOLD = tuple(dict.fromkeys([*SHOWN, *(name for _, name in WARNED)]))
"""Indicators that the page compares at once."""
ALL_FIGURES = tuple(INDICATORS)
SIPHON = "siphon"
OUTSIDE = (SIPHON, *(f"admissions_{name}" for _, name, *_ in KINDS))
"""The siphon and admissions outside by kind: names of :data:`experiments.siphon.FIGURES`."""

Told = Callable[[int], None]
"""Called after each month with the months lived."""


@dataclass(frozen=True)
class Ask:
    """Everything that a record depends on.

    Attributes
    ----------
    county
        Name of a shipped county, or a county folder.
    policy, baseline
        Every key, as JSON.
    hold
        Channels that are held still, of :data:`abm.hold.CHANNELS`.
    accounts
        Whether to reconcile every year too, which takes a tenth of a second.
    whole
        Whether every indicator is reckoned, not only those that the page shows.
    """

    county: str
    policy: str
    baseline: str
    months: int
    weight: int
    seed: int
    hold: tuple[str, ...] = ()
    accounts: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Record:
    """One run, as the page shows it.

    Attributes
    ----------
    years, names, values
        Calendar years, indicators, and (year, indicator) figures.
    frames
        (month, provider) of FRAME.
    went
        (month, township + 1, provider) people cared for; the last row lives elsewhere.
    levels
        (year, village + 1, tier, 2) episodes, and of them those that ended in a bed.
    money
        (month, purse, purse) fen that moved, of PURSES.
    till
        (month, provider, line) fen, of TILL.
    outside
        (year, figure of OUTSIDE) admissions per 1,000 insured, as `yigongti siphon` has them.
    lots
        (year, group) of :data:`experiments.lots.LOT`.
    doctors
        Of STAFF, who work at the end.
    accounts
        The reconciliation of every year, the calendar year in front; None if not asked for.
    """

    ask: Ask
    years: tuple[int, ...]
    names: tuple[str, ...]
    values: np.ndarray
    frames: np.ndarray
    went: np.ndarray
    levels: np.ndarray
    money: np.ndarray
    till: np.ndarray
    outside: np.ndarray
    lots: np.ndarray
    doctors: np.ndarray
    accounts: pd.DataFrame | None

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        tables = (self.values, self.frames, self.went, self.levels, self.money, self.till)
        return sum(table.nbytes for table in tables) + 200_000

    def figures(self, names: list[str]) -> np.ndarray:
        """(year, name) some indicators."""
        place = {name: number for number, name in enumerate(self.names)}
        return np.asarray(self.values[:, [place[name] for name in names]])


@lru_cache(4)
def county_of(name: str) -> County:
    """A county, kept at hand."""
    from calibration.county import County as FolderCounty

    return FolderCounty.load(name)


@lru_cache(64)
def policy_of(table: str) -> Policy:
    """A policy from its JSON."""
    return parse_policy(json.loads(table))


def make_record(ask: Ask, told: Told | None = None) -> Record:
    """Run a county, and keep what the page shows.

    Raises
    ------
    InputError
        If the run cannot be made.
    """
    keeper = begin(ask)
    with closed_after(keeper.model):
        return go_on(keeper, ask, told)


def begin(ask: Ask) -> Keeper:
    """The model of a run that has lived nothing yet, and who looks at it.

    Raises
    ------
    InputError
        If the run cannot be made.
    """
    model = Model(
        county_of(ask.county),
        policy_of(ask.policy),
        policy_of(ask.baseline),
        rng=ask.seed,
        weight=ask.weight,
        threads=1,
        hold=ask.hold,
    )
    return Keeper(model)


def go_on(keeper: Keeper, ask: Ask, told: Told | None = None) -> Record:
    """Live on to the end of a run; what of it is lived already must be that of ``ask``."""
    keeper.live(ask.months, told)
    return keeper.record(ask)


class Keeper:
    """Looks at a model after every month, and touches nothing.

    Parameters
    ----------
    model
        Before its first month.
    """

    def __init__(self, model: Model) -> None:
        county, providers = model.county, len(model.providers)
        self.model = model
        self.township = np.append(county.villages["township"], len(county.township_names))
        places = len(county.township_names) + 1
        self.frames = np.zeros((0, providers), FRAME)
        self.went = np.zeros((0, places, providers), np.int32)
        self.lots: list[np.ndarray] = []
        self.doctors = np.zeros(0, STAFF)
        self.distance = distance_bands(county)

    def live(self, months: int, told: Told | None = None) -> None:
        """Let the model live until it has lived so many months in all."""
        room = months - len(self.frames)
        for name in ("frames", "went"):
            kept: np.ndarray = getattr(self, name)
            more = np.zeros((room, *kept.shape[1:]), kept.dtype)
            setattr(self, name, np.concatenate([kept, more]))
        while self.model.month < months:
            self.model.step()
            self._keep()
            if told is not None:
                told(self.model.month)

    def _keep(self) -> None:
        """Keep the month that has just been lived."""
        model, month = self.model, self.model.month - 1
        frame, rows = self.frames[month], model.providers
        for name in COUNTED:
            frame[name] = model.by_provider(model.tally[name]) * model.weight
        for name in ("minutes_load", "bed_load", "wait_days", "cash_fen"):
            frame[name] = rows[name]
        doctors = model.population(Doctor).rows
        here = doctors["alive"] == 1
        frame["doctors"] = np.bincount(doctors["workplace"][here], minlength=len(rows))
        used = total(model.buffers.talk)["used"]
        villages, slots = np.nonzero(used)
        where = self.township[villages], model.network.provider[villages, slots]
        np.add.at(self.went[month], where, used[villages, slots] * model.weight)
        if month % 12 == 11:
            self.lots.append(lots_of(model, self.distance))
            self.doctors = _staff(doctors[here], np.flatnonzero(here))

    def record(self, ask: Ask) -> Record:
        """Everything that was kept."""
        model = self.model
        money, till = _money(model, ask.months)
        names = ALL_FIGURES if ask.whole else TOLD
        years, values = figures_of(model, names)
        return Record(
            ask=ask,
            years=years,
            names=names,
            values=values,
            frames=self.frames,
            went=self.went,
            levels=_levels(model),
            money=money,
            till=till,
            outside=_outside(model),
            lots=np.array(self.lots),
            doctors=self.doctors,
            accounts=_accounts(model) if ask.accounts else None,
        )


def _outside(model: Model) -> np.ndarray:
    views = [YearView(model, year) for year in range(len(model.surveys))]
    figures = [SIPHON_FIGURES[name].of for name in OUTSIDE]
    return np.array([[of(view) for of in figures] for view in views]).reshape(-1, len(OUTSIDE))


def _staff(doctors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    kept = np.zeros(len(doctors), STAFF)
    kept["row"] = rows
    kept["provider"] = doctors["workplace"]
    for name in STAFF.names or ():
        if name not in ("row", "provider"):
            kept[name] = doctors[name]
    return kept


def _levels(model: Model) -> np.ndarray:
    years, villages = len(model.flows), len(model.network.provider)
    levels = np.zeros((years, villages, len(Tier), 2), np.int64)
    tier = model.network.tier
    village, slot = np.nonzero(tier >= 0)
    for year, flow in enumerate(model.flows):
        for place, name in enumerate(("used", "admitted")):
            counts = flow[name][village, slot] * model.weight
            np.add.at(levels[year, :, :, place], (village, tier[village, slot]), counts)
    return levels


def _money(model: Model, months: int) -> tuple[np.ndarray, np.ndarray]:
    """(month, purse, purse) fen, and (month, provider, line) fen of TILL."""
    ledger, rows = model.ledger, model.providers
    purse = np.zeros(len(ledger.names), np.int64)
    common = len(ledger.names) - len(ledger.provider) - len(ledger.consortium)
    purse[:common] = [PURSES.index(name) for name in ledger.names[:common]]
    purse[ledger.consortium] = PURSES.index("consortia")
    inside = rows["place"] == Place.IN_COUNTY
    level = PURSES.index("village") + np.minimum(rows["tier"], Tier.COUNTY)
    purse[ledger.provider] = np.where(inside, level, PURSES.index("outside"))
    money = np.zeros((months, len(PURSES), len(PURSES)), np.int64)
    journal = ledger.journal()
    where = journal["month"], purse[journal["source"]], purse[journal["target"]]
    np.add.at(money, where, journal["amount_fen"])
    provider = np.full(len(ledger.names), -1)
    provider[ledger.provider] = np.arange(len(ledger.provider))
    line = np.full(len(PURSES), -1)
    line[[PURSES.index(name) for name in _INSURERS]] = TILL.index("insurance")
    line[PURSES.index("households")] = TILL.index("patients")
    for name in ("government", "staff", "suppliers"):
        line[PURSES.index(name)] = TILL.index(name)
    till = np.zeros((months, len(rows), len(TILL)), np.int64)
    for own, other, lines in (("target", "source", (0, 1, 2)), ("source", "target", (3, 4))):
        whose, of = provider[journal[own]], line[purse[journal[other]]]
        ours = (whose >= 0) & np.isin(of, lines)
        where = journal["month"][ours], whose[ours], of[ours]
        np.add.at(till, where, journal["amount_fen"][ours])
    return money, till


def _accounts(model: Model) -> pd.DataFrame:
    parts = []
    for year in range(len(model.surveys)):
        part = reconciliation(model, year)
        part.insert(0, "year", model.county.start_year + year)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
