"""Who works where: the roster of doctors by workplace, and what staff and equipment can do.

Rows of doctors are never moved, so a doctor keeps his number for the whole run. The roster lists
the rows of those at work, provider by provider; a provider's ``first_doctor`` and ``doctors``
point into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.county import County, Place, Tier
from agents.doctor import Doctor
from agents.foundation.compile import chunk_loop, plain
from agents.foundation.draws import (
    FROM_BELOW,
    OPENINGS,
    PROMOTED,
    child_key,
    month_stream,
    uniform,
)
from agents.management import equipment_gain
from agents.provider import DAYS_PER_MONTH, DEBTS, bed_days_for

if TYPE_CHECKING:
    from abm.model import Model

N_TIERS = len(Tier)
PLACE_KEY: Any = np.uint64(0x5EED_0000_0000_0006)
YEAR_END = (OPENINGS, FROM_BELOW, PROMOTED)
"""Reasons for which a place draws at a year's end; one after another in agents.foundation.draws."""
BEST_PART = 4
"""What a place can reach is set by the best of its doctors, one in so many."""
MONTHS_OF_LEARNING = 12.0
"""Months in which a team comes to use two thirds of new skill or equipment."""

STAFF_YEAR = np.dtype(
    [
        ("doctors", "i8"),  # who worked there at the year's end, before that year's moves
        ("licensed", "i8"),
        ("seeking", "i8"),
        ("moved_up", "i8"),  # to a higher level of the county
        ("moved_out", "i8"),  # to a hospital outside the county
        ("resigned", "i8"),
        ("retired", "i8"),
        ("came_up", "i8"),  # from a lower level of the county
        ("hired", "i8"),  # newcomers
        ("on_the_side", "i8"),  # with a side job
        ("side_share", "f8"),  # sum over doctors
        ("skill", "f8"),  # sum over doctors
        ("leave_chance", "f8"),  # sum over doctors
        ("age_years", "i8"),  # sum over doctors
        ("capability", "f8"),
        ("known_capability", "f8"),  # what the villages that use it take it to be, mean
        ("quality", "f8"),
        ("equipment", "f8"),
        ("size", "f8"),  # of hospitals outside, against the start
        ("others_bed_days", "f8"),  # of people of other counties
        ("others_visits", "f8"),
        ("income_fen", "i8"),  # of its doctors in the year, of all parts, from whomever
        ("bonus_income_fen", "i8"),
        ("surplus_income_fen", "i8"),
    ]
)
"""One provider's staff in a year."""
OTHERS = ("others_bed_days", "others_visits")
"""Columns of it that providers count from the start of the year."""
INCOMES = ("income_fen", "bonus_income_fen", "surplus_income_fen")
"""Columns of it that are sums of the doctors' own."""


class Staffing:
    """What the county's data say of posts and pay, and where skill and reach stood at the start.

    Parameters
    ----------
    county
        The county of the run.
    providers, doctors
        Their rows before the first month.

    Attributes
    ----------
    posts
        (provider, title) doctors of each title.
    pay_fen
        (provider, title) basic pay a year; where a provider has no doctor of a title, that of
        its nearest title.
    usual_pay_fen
        (tier, title) usual pay a year, basic pay and the rest.
    minutes
        (provider,) minutes a month of one doctor.
    licensed
        (title,) whether hospitals and centres employ it.
    """

    def __init__(self, county: County, providers: np.ndarray, doctors: np.ndarray) -> None:
        titles = len(county.titles)
        self.in_county = providers["place"] == Place.IN_COUNTY
        where = doctors["provider"], doctors["title"]
        self.posts = np.zeros((len(providers), titles), np.int64)
        np.add.at(self.posts, where, 1)
        self.lowest = (self.posts > 0).argmax(axis=1)
        self.highest = titles - 1 - (self.posts[:, ::-1] > 0).argmax(axis=1)
        paid = np.zeros(self.posts.shape)
        np.add.at(paid, where, doctors["base_pay_fen"].astype(float))
        mean = np.divide(paid, self.posts, out=np.zeros(paid.shape), where=self.posts > 0)
        self.pay_fen = np.floor(_filled(mean, self.posts > 0) + 0.5).astype(np.int64)
        count = self.posts.sum(axis=1)
        time = np.bincount(doctors["provider"], doctors["minutes_per_month"], len(providers))
        self.minutes = time / count
        tier = providers["tier"]
        fullest = np.zeros(N_TIERS)
        np.maximum.at(fullest, tier, self.minutes)
        # Where nobody of a level has any time, all have the same: none.
        full = fullest[tier]
        self.full_time = np.divide(self.minutes, full, out=np.ones(len(full)), where=full > 0)
        self.licensed = (self.posts[self.in_county & (tier > Tier.VILLAGE)] > 0).any(axis=0)
        self.usual_pay_fen = _usual_pay(self, providers, county.value("career.base_pay_share"))
        self.capability = providers["capability"].copy()
        self.capability_gap = county.capability_gap
        self.read_share = np.append(county.illness.read_share, county.conditions.read_share)
        self.quality = providers["quality"].copy()
        self.ours = 1.0 - county.providers["other_load_share"]
        self.wear_fen = wear_fen(county)
        """What keeps each provider's equipment as it was at the start, a year."""
        self.skill = np.zeros(len(providers))
        self.best = np.zeros(len(providers))


def by_illness(capability: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """(provider, illness) severity of each illness up to which places treat as well as any.

    Parameters
    ----------
    capability
        (provider,) the same of needs in general.
    gap
        (provider, illness) how much further it reaches in one illness; see
        :class:`abm.county.County`.
    """
    whole = capability[:, None]
    # A table that leaves the range on purpose is left where it is.
    return np.clip(whole + gap, np.minimum(whole, 0.0), np.maximum(whole, 1.0))


def wear_fen(county: County) -> np.ndarray:
    """(provider,) yearly cost of replacing worn equipment: part of the fixed cost, which leaves it.

    Village clinics have none to speak of; hospitals outside the county keep their own.
    """
    data = county.providers
    managed = (data["place"] == Place.IN_COUNTY) & (data["tier"] >= Tier.TOWNSHIP)
    share = np.where(managed, county.value("management.wear_share_of_fixed"), 0.0)
    return np.floor(data["fixed_cost_yuan"] * 100 * share + 0.5).astype(np.int64)


def _filled(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Fill each row's gaps by its nearest value, the lower one if two are as near."""
    filled = values.copy()
    steps = np.arange(values.shape[1])
    for row in np.flatnonzero(there.any(axis=1)):
        known = np.flatnonzero(there[row])
        nearest = known[np.abs(steps[:, None] - known[None, :]).argmin(axis=1)]
        filled[row] = values[row, nearest]
    return filled


def _usual_pay(staffing: Staffing, providers: np.ndarray, base_share: float) -> np.ndarray:
    """(tier, title) usual pay of a doctor who works full time, in the county or the city."""
    rows = (providers["place"] != Place.ELSEWHERE) & (providers["place"] != Place.OUT_OF_AREA)
    tier = providers["tier"][rows]
    posts = staffing.posts[rows]
    pay = staffing.pay_fen[rows] / staffing.full_time[rows, None]
    whole, number = (np.zeros((N_TIERS, posts.shape[1])) for _ in range(2))
    np.add.at(whole, tier, posts * pay)
    np.add.at(number, tier, posts)
    mean = np.divide(whole, number, out=np.zeros(whole.shape), where=number > 0)
    return _filled(mean, number > 0) / base_share


def settle(model: Model) -> None:
    """Make roster, minutes and basic pay anew after doctors came, went or were posted."""
    doctors, rows, staffing = model.population(Doctor).rows, model.providers, model.staffing
    here = np.flatnonzero(doctors["alive"] == 1)
    workplace = doctors["workplace"][here]
    roster = here[np.argsort(workplace, kind="stable")]
    count = np.bincount(workplace, minlength=len(rows))
    rows["doctors"] = count
    rows["first_doctor"] = np.cumsum(count) - count
    time = doctors["minutes_per_month"][here] * (1.0 - doctors["side_share"][here])
    minutes = np.bincount(workplace, time, len(rows)) * staffing.ours * rows["size"]
    rows["minutes_capacity"] = np.maximum(0.0, minutes - home_visit_minutes(model))
    model.seat_doctors(roster)
    model.skill_now = skill_of_places(model)
    compare_skill(model)
    aim(model)


def compare_skill(model: Model) -> None:
    """Hold each doctor's skill against the mean of his workplace's; held between 0.5 and 1.5."""
    doctors = model.population(Doctor).rows
    place, here = doctors["workplace"], doctors["alive"] == 1
    whole = np.bincount(place[here], doctors["skill"][here], len(model.providers))
    count = np.bincount(place[here], minlength=len(model.providers))
    mean = np.divide(whole, count, out=np.ones(len(count)), where=whole > 0)
    doctors["able"] = np.clip(doctors["skill"] / mean[place], 0.5, 1.5)


def skill_of_places(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Mean skill of each provider's doctors, and that of the best of them, (provider,) each.

    Where nobody works the start's stand.
    """
    rows, staffing, doctors = model.providers, model.staffing, model.population(Doctor).rows
    # Hospitals outside the county keep the staff of the start.
    ours = model.roster[staffing.in_county[doctors["workplace"][model.roster]]]
    place, skill = doctors["workplace"][ours], doctors["skill"][ours]
    count = np.bincount(place, minlength=len(rows))
    order = np.lexsort((-skill, place))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    top = rank < np.repeat(-(-count // BEST_PART), count)
    somebody = np.maximum(count, 1)
    mean = np.bincount(place, skill, len(rows)) / somebody
    best = np.bincount(place, skill[order] * top, len(rows)) / -(-somebody // BEST_PART)
    nobody = count == 0
    return np.where(nobody, staffing.skill, mean), np.where(nobody, staffing.best, best)


def aim(model: Model) -> None:
    """Reckon what skill and tools allow at each place: what :func:`reach` moves towards.

    Quality is the mean skill of a place's doctors; capability follows its best doctors, its
    equipment and, illness by illness, remote reading. Both start at the county's table.
    """
    rows, staffing, value = model.providers, model.staffing, model.county.value
    mean, best = model.skill_now
    equipment = np.array([plain(equipment_gain)(float(e)) for e in rows["equipment"]])
    capability = (
        staffing.capability
        + value("management.capability_per_skill") * (best - staffing.best)
        + value("management.capability_per_equipment") * equipment
    )
    quality = staffing.quality + mean - staffing.skill
    treats = by_illness(capability, staffing.capability_gap)
    told = model.policy_now.staff.read_remotely(treats, rows, staffing.read_share)
    # In general a place can do more by what it can do more in the mean of all illnesses.
    capability = capability + (told - treats).mean(axis=1)
    # A table that leaves the range on purpose is left where it is.
    model.aims = {
        name: np.clip(aims, np.minimum(start, 0.0), np.maximum(start, 1.0))
        for name, aims, start in (
            ("capability", capability, staffing.capability),
            ("quality", quality, staffing.quality),
        )
    } | {"treats": told}


def reach(model: Model) -> None:
    """Move capability and quality of the county's providers by a month towards their aims."""
    rows, here = model.providers, model.staffing.in_county
    for name, aims in model.aims.items():
        step = (aims - rows[name]) / MONTHS_OF_LEARNING
        rows[name][here] += step[here]


def cash_fen(model: Model) -> np.ndarray:
    """(provider,) what each provider's account holds, less what it has borrowed and owes."""
    rows = model.providers
    owes = sum(rows[name] for name in DEBTS)
    return np.asarray(model.ledger.balance_fen[model.ledger.provider] - owes)


def draw_of_places(model: Model) -> np.ndarray:
    """(YEAR_END, provider) uniform draws of each provider this month, one for each reason."""
    drawn = np.zeros((len(YEAR_END), len(model.providers)))
    run = model.engine.loop(draw_places)
    run(drawn, model.seed, model.month)
    return drawn


@chunk_loop
def draw_places(drawn: Any, seed: int, month: int) -> None:
    """Fill the draws of each place; reasons have purposes one after another."""
    for p in range(drawn.shape[1]):
        stream = month_stream(seed, child_key(PLACE_KEY, p), month)
        for reason in range(drawn.shape[0]):
            drawn[reason, p] = uniform(stream, OPENINGS + reason)


def home_visits(model: Model) -> np.ndarray:
    """(village + 1,) visits at home in a month, by the policy in force.

    They go to those who know of a chronic condition and have a contract with a family doctor.
    """
    visits: np.ndarray = np.zeros(len(model.network.provider))
    each = model.policy_now.staff.home_visits_per_year
    if each > 0:
        rows = model.residents
        signed = (rows["alive"] == 1) & (rows["contract"] == 1) & (rows["elsewhere"] == 0)
        signed &= rows["aware"].max(axis=1) > 0
        people = np.bincount(rows["village"][signed], minlength=len(visits)) * model.weight
        visits = people * each / 12.0
    return visits


def visitors(model: Model) -> np.ndarray:
    """(provider,) visits at home that each makes in a month: the own clinic, else the centre."""
    clinic, centre = model.network.provider[:-1, 0], model.network.provider[:-1, 1]
    by = np.where(clinic >= 0, clinic, centre)
    there = by >= 0
    return np.bincount(by[there], model.home_visits[:-1][there], len(model.providers))


def home_visit_minutes(model: Model) -> np.ndarray:
    """(provider,) doctors' minutes a month that visits at home take."""
    return visitors(model) * model.county.value("care.minutes_per_home_visit")


def nurse_rooms(rows: np.ndarray, county: County) -> None:
    """Enter what nurses have and what services take of them, before the first month."""
    data = county.providers
    tiers = [tier.name.lower() for tier in Tier]
    for name in ("visit", "bed_day"):
        taken = np.array([county.value(f"care.nurse_minutes_per_{name}.{tier}") for tier in tiers])
        rows[f"nurse_minutes_per_{name}"] = taken[data["tier"]]
    ours = 1.0 - data["other_load_share"]
    rows["nurse_minutes"] = data["nurses"] * county.value("care.nurse_minutes_per_month") * ours
    usable = county.value("care.usable_bed_share")
    rows["bed_days_room"] = data["beds"] * DAYS_PER_MONTH * ours * usable
    # Before anything is known of visits: those that fill the doctors' minutes.
    visits = np.zeros(len(rows))
    rows["bed_days_capacity"] = bed_days_for(
        rows["bed_days_room"], rows["nurse_minutes"], visits, rows
    )
