"""Replaying a run's signals in another, to see by which channel a policy acts.

A *leader* lives under one policy and *followers* of the same county, seed and weight under
another, month by month, the leader first. A follower perceives in the channels that are
replayed what the leader perceived in that month, in the others what is its own. Nothing that
comes out is scaled, and money keeps flowing by the follower's own rules. What is replayed is
given to :func:`follow`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.pricing import Incentive
from agents.doctor import Doctor
from agents.foundation.errors import InputError

if TYPE_CHECKING:
    from abm.model import Model


class Channel(NamedTuple):
    """One way by which a policy reaches what people do."""

    title: str
    title_zh: str
    how: str
    how_zh: str


CHANNELS = {
    "price": Channel(
        "price",
        "价格",
        "what each option costs patients themselves, as they feel it, and from when they take a "
        "benefit to be used up",
        "患者感受到的各选择自付价格，以及何时认为待遇已用完",
    ),
    "belief": Channel(
        "belief",
        "口碑",
        "what people believe of places, what villages say and know of them, and the waits that "
        "they expect",
        "居民对机构的信任、村里的口碑与所知能力、预期等候",
    ),
    "capability": Channel(
        "capability",
        "能力",
        "what places and their doctors can treat, and how well",
        "机构及其医生能治什么、治得多好",
    ),
    "budget": Channel(
        "budget",
        "预算",
        "what one more of each service brings an employer at this point of the year",
        "此时多做一项服务给机构带来的收入",
    ),
    "pay": Channel(
        "pay",
        "薪酬",
        "how that reaches the doctor who does it, what he is owed, and what he earns when he "
        "looks for another place",
        "上述收入如何到达医生本人、被拖欠的薪酬，以及另谋职位时比较的收入",
    ),
}
"""By name: titles, and what is replayed."""

_ABILITIES = ("capability", "treats", "quality")
_OWED = ("arrears_fen", "base_pay_fen")
_EARNED = ("income_fen", "arrears_fen", "usual_income_fen")
_MATCHED = ("key", "alive", "provider", "workplace")


def check_replayed(names: Collection[str]) -> frozenset[str]:
    """The channels of these names.

    Raises
    ------
    InputError
        With one message for each name that is no channel.
    """
    allowed = ", ".join(CHANNELS)
    wrong = [
        f"replay {name}: unknown; allowed: {allowed}" for name in names if name not in CHANNELS
    ]
    if wrong:
        raise InputError(wrong)
    return frozenset(names)


class Passed(NamedTuple):
    """What an employer's gain is made of where it is passed on to doctors."""

    employer: np.recarray
    """(provider,) of BRINGS, with what the fund pays beside bills."""
    supplies_cost: np.ndarray
    """(kind, provider) drugs and materials that a yuan billed uses up."""
    referral_yuan: np.ndarray | None
    """(provider,) what a surplus is expected to pay for a referral; None: no such rule."""


class Seen(NamedTuple):
    """What people and doctors of a month have before them."""

    felt_price: np.ndarray
    spent_from_fen: np.ndarray
    people: dict[str, np.ndarray]
    """Columns of the residents."""
    talk: np.ndarray
    known: np.ndarray
    wait_days: np.ndarray
    ability: dict[str, np.ndarray]
    """Columns of the providers."""
    doctors: dict[str, np.ndarray]
    """Columns of the doctors."""


class Replay(ABC):
    """What stands beside a run and hears its signals; asked in the phases of a month."""

    @abstractmethod
    def feel(self, model: Model, own: Incentive) -> Incentive:
        """What care is felt to bring an employer, and the rules by which that reaches doctors."""

    @abstractmethod
    def pass_on(self, model: Model, own: Passed) -> Passed:
        """The same after the month's mix of bills is settled."""

    @abstractmethod
    def see(self, model: Model) -> None:
        """Put before everybody what he sees this month."""

    @abstractmethod
    def owed(self, model: Model) -> AbstractContextManager[None]:
        """While doctors feel what they are owed."""

    @abstractmethod
    def earned(self, model: Model) -> AbstractContextManager[None]:
        """While doctors weigh their year's income against other places."""


class Leader(Replay):
    """Keeps the signals of the month that its model lives, for those who follow.

    Attributes
    ----------
    month
        The month whose signals are kept.
    residents, doctors
        How many there were at the start: those whose rows are the same in every run.
    """

    felt: Incentive
    passed: Passed
    seen: Seen
    year: dict[str, np.ndarray]

    def __init__(self, model: Model) -> None:
        self.model = model
        self.month = -1
        self.residents, self.doctors = len(model.patients), len(model.population(Doctor))

    def feel(self, model: Model, own: Incentive) -> Incentive:
        """Keep it, as it is before prices are set."""
        self.month = model.month
        # Columns of the providers stand in it, which change before the followers' month.
        standing = own.standing._replace(
            **{
                name: part.copy()
                for name, part in own.standing._asdict().items()
                if part is not None
            }
        )
        self.felt = own._replace(employer=own.employer.copy(), standing=standing)
        return own

    def pass_on(self, model: Model, own: Passed) -> Passed:
        """Keep it."""
        cost, referral = own.supplies_cost.copy(), own.referral_yuan
        referral = None if referral is None else referral.copy()
        self.passed = Passed(own.employer.copy(), cost, referral)
        return own

    def see(self, model: Model) -> None:
        """Keep what everybody sees."""
        options, rows = model.options, model.providers
        self.seen = Seen(
            options.felt_price.copy(),
            options.spent_from_fen.copy(),
            _columns(model.residents, ("key", "alive", "village", "elsewhere", "belief")),
            model.talk.copy(),
            model.known.copy(),
            rows["wait_days"].copy(),
            _columns(rows, _ABILITIES),
            _columns(model.population(Doctor).rows, (*_MATCHED, "able", *_OWED)),
        )

    def owed(self, model: Model) -> AbstractContextManager[None]:
        """Nothing is replaced."""
        return nullcontext()

    def earned(self, model: Model) -> AbstractContextManager[None]:
        """Keep what doctors earned."""
        self.year = _columns(model.population(Doctor).rows, (*_MATCHED, *_EARNED))
        return nullcontext()


class Follower(Replay):
    """Replaces the signals of some channels by those of the leader's same month.

    Who lives in one run only keeps what is his own: people are matched by their key, as far as
    they live in the same place, doctors as far as they work for the same employer.

    Parameters
    ----------
    leader
        Who has to have lived the month before.
    replayed
        Channels, of :data:`CHANNELS`.
    """

    def __init__(self, leader: Leader, replayed: Collection[str]) -> None:
        self.leader, self.replayed = leader, check_replayed(replayed)

    def feel(self, model: Model, own: Incentive) -> Incentive:
        """Feel what care brings, and the rules that pass it on, as the leader's doctors do."""
        if self.leader.month != model.month:
            raise RuntimeError(
                f"the leader has not lived month {model.month} yet, or no longer has it"
            )
        theirs = self.leader.felt
        if "budget" in self.replayed:
            own = own._replace(employer=theirs.employer.copy(), prices=theirs.prices)
        if "pay" in self.replayed:
            own = own._replace(standing=theirs.standing, pay=theirs.pay)
        return own

    def pass_on(self, model: Model, own: Passed) -> Passed:
        """The same after prices are set."""
        theirs = self.leader.passed
        if "budget" in self.replayed:
            own = own._replace(employer=theirs.employer)
        if "pay" in self.replayed:
            own = own._replace(
                supplies_cost=theirs.supplies_cost, referral_yuan=theirs.referral_yuan
            )
        return own

    def see(self, model: Model) -> None:
        """Put the leader's prices, beliefs and abilities in place of the own."""
        seen = self.leader.seen
        if "price" in self.replayed:
            model.options.felt_price[...] = seen.felt_price
            model.options.spent_from_fen[...] = seen.spent_from_fen
        if "belief" in self.replayed:
            self._believe(model, seen)
        if "capability" in self.replayed:
            for name, values in seen.ability.items():
                model.providers[name] = values
            doctors = model.population(Doctor).rows
            ours, theirs = self._same_doctors(doctors, seen.doctors, "workplace")
            doctors["able"][ours] = seen.doctors["able"][theirs]

    def _believe(self, model: Model, seen: Seen) -> None:
        rows, theirs = model.residents, seen.people
        ours, where = _same(rows, theirs, self.leader.residents, ("village", "elsewhere"))
        rows["belief"][ours] = theirs["belief"][where]
        # Retelling makes new arrays: these are never written to.
        model.talk, model.known = seen.talk, seen.known
        model.providers["wait_days"] = seen.wait_days

    def _same_doctors(
        self, rows: np.ndarray, theirs: dict[str, np.ndarray], place: str
    ) -> tuple[np.ndarray, np.ndarray]:
        return _same(rows, theirs, self.leader.doctors, (place,))

    @contextmanager
    def owed(self, model: Model) -> Iterator[None]:
        """Let doctors feel what the leader's are owed."""
        if "pay" not in self.replayed:
            yield
            return
        doctors, seen = model.population(Doctor).rows, self.leader.seen.doctors
        ours, theirs = self._same_doctors(doctors, seen, "provider")
        own = _columns(doctors, _OWED)
        for name in _OWED:
            doctors[name][ours] = seen[name][theirs]
        yield
        for name in _OWED:
            doctors[name] = own[name]

    @contextmanager
    def earned(self, model: Model) -> Iterator[None]:
        """Let doctors weigh what the leader's earned; what they were paid stays as it was."""
        if "pay" not in self.replayed:
            yield
            return
        doctors, year = model.population(Doctor).rows, self.leader.year
        ours, theirs = self._same_doctors(doctors, year, "provider")
        own = _columns(doctors, ("provider", "income_fen", "arrears_fen"))
        for name in _EARNED:
            doctors[name][ours] = year[name][theirs]
        yield
        # Newcomers stand behind; who moved has left behind what he was owed.
        n = len(own["provider"])
        doctors = model.population(Doctor).rows[:n]
        doctors["income_fen"] = own["income_fen"]
        stayed = doctors["provider"] == own["provider"]
        doctors["arrears_fen"][stayed] = own["arrears_fen"][stayed]


def _columns(rows: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    return {name: rows[name].copy() for name in names}


def _same(
    rows: np.ndarray, theirs: dict[str, np.ndarray], first: int, places: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of those alive in both runs and in the same place, in this run and in the other.

    Parameters
    ----------
    theirs
        Columns of the other run.
    first
        Rows that both runs began with; later ones are found by their key.
    places
        Columns that have to agree.
    """
    key = theirs["key"][first:]
    order = np.argsort(key)
    late = rows["key"][first:]
    found = np.searchsorted(key, late, sorter=order)
    found = order[np.minimum(found, len(key) - 1)] if len(key) else np.zeros(len(late), np.int64)
    there = key[found] == late if len(key) else np.zeros(len(late), bool)
    ours = np.concatenate([np.arange(first), first + np.flatnonzero(there)])
    where = np.concatenate([np.arange(first), first + found[there]])
    both = (rows["alive"][ours] == 1) & (theirs["alive"][where] == 1)
    for name in places:
        both &= rows[name][ours] == theirs[name][where]
    return ours[both], where[both]


def lead(model: Model) -> Leader:
    """Let a model that has not lived yet keep its signals."""
    leader = Leader(model)
    model.replay = leader
    return leader


def follow(model: Model, leader: Leader, replayed: Collection[str]) -> None:
    """Let a model perceive in some channels what a leader perceives.

    Raises
    ------
    InputError
        If a channel is unknown.
    ValueError
        If the leader is of another county, seed, weight or month.
    """
    for name in ("seed", "weight", "month"):
        if getattr(model, name) != getattr(leader.model, name):
            raise ValueError(f"{name}: not the leader's")
    if model.source_county.digest != leader.model.source_county.digest:
        raise ValueError("county: not the leader's")
    model.replay = Follower(leader, replayed)


def live_together(
    leader: Model, followers: Sequence[Model], months: int, told: Callable[[int], None]
) -> None:
    """Let a leader and its followers live until a month, the leader first in each.

    Parameters
    ----------
    told
        Called with the months that all of them together have lived.
    """
    lived = 0
    while leader.month < months:
        for model in (leader, *followers):
            model.step()
            lived += 1
            told(lived)
