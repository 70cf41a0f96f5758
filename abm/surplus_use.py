"""What a surplus buys: equipment and courses at the year's end, pay for those who refer, contacts.

Money reaches people here; who gets how much is settled on the books (:mod:`abm.sharing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm import sharing
from abm.county import Place, Tier
from agents.career import learn_in_training
from agents.conditions import CONDITIONS
from agents.doctor import Doctor
from agents.foundation.compile import plain
from agents.foundation.draws import JUDGED, child_key, month_stream, uniform
from agents.foundation.exact import normal_quantile
from agents.foundation.money import to_fen
from agents.management import Management, room_for_equipment_fen

if TYPE_CHECKING:
    from abm.model import Model

_OFFICE_KEY: Any = np.uint64(0x5EED_0000_0000_0007)


# -- before and after a year is settled ----------------------------------------------------


def prepare_to_settle(model: Model) -> None:
    """Tell the books who referred, and how far the insurance office errs about causes."""
    books, doctors = model.books, model.population(Doctor).rows
    n = len(model.providers)
    books.referred = np.bincount(doctors["workplace"], doctors["referred"], n).astype(np.int64)
    error = model.county.value("money.judgement_error")
    books.judgement_error = np.array(
        [error * _office_draw(model, group) for group in range(model.groups)]
    )


def _office_draw(model: Model, group: int) -> float:
    key = plain(child_key)(_OFFICE_KEY, group)
    stream = plain(month_stream)(model.seed, key, model.month)
    return float(plain(normal_quantile)(plain(uniform)(stream, JUDGED)))


def pay_referring(model: Model) -> None:
    """Share a surplus for referrals among doctors by whom each sent up or down; learn its worth."""
    books, doctors = model.books, model.population(Doctor).rows
    place = doctors["workplace"]
    each = np.divide(
        books.referral_pay_fen,
        books.referred,
        out=np.zeros(len(model.providers)),
        where=books.referred > 0,
    )
    part = np.floor(each[place] * doctors["referred"]).astype(np.int64)
    doctors["surplus_income_fen"] += part
    doctors["income_fen"] += part
    if books.surplus.to_referring > 0:
        step = each / 100.0 - books.referral_yuan
        books.referral_yuan = books.referral_yuan + books.learning_rate * step
    books.referral_pay_fen = np.zeros_like(books.referral_pay_fen)
    doctors["referred"] = 0


def inside(model: Model) -> np.ndarray:
    """(provider,) whether the way up from it stays in its consortium: below the hospitals."""
    rows = model.providers
    return np.asarray((rows["place"] == Place.IN_COUNTY) & (rows["tier"] < Tier.COUNTY))


def count_referrals(model: Model) -> None:
    """Add the month's patients sent up or down inside the county to each doctor's year."""
    doctors, work = model.population(Doctor).rows, model.work
    place = doctors["workplace"]
    who = np.flatnonzero(model.staffing.in_county[place])
    up = np.where(inside(model)[place[who]], work["sent_up"][who], 0)
    doctors["referred"][who] += (up + work["sent_down"][who]) * model.weight


# -- equipment and courses -----------------------------------------------------------------


def equip(model: Model, rules: Management, after_own: np.ndarray) -> np.ndarray:
    """Spend what is set aside for equipment, as far as places can take it up.

    Parameters
    ----------
    after_own
        (provider,) equipment that each will have after its own wear and buying.

    Returns
    -------
    numpy.ndarray
        (provider,) fen spent for each.
    """
    books, wears = model.books, model.staffing.wear_fen
    held = books.earmarked["equipment_fen"]
    wanted = np.zeros_like(held)
    for p in np.flatnonzero(held.any(axis=0)):
        room = plain(room_for_equipment_fen)(float(after_own[p]), int(wears[p]), rules)
        left = int(room)
        for payer in range(len(held)):
            wanted[payer, p] = min(left, int(held[payer, p]))
            left -= int(wanted[payer, p])
    return np.asarray(sharing.spend(books, "equipment_fen", wanted).sum(axis=0))


def train(model: Model) -> None:
    """Send doctors of clinics and centres on courses, those of least skill first.

    They learn at the county hospital whose doctors are the most skilled, on average.
    """
    books, rows = model.books, model.providers
    held = books.earmarked["training_fen"]
    if not held.any():
        return
    doctors, here = model.population(Doctor).rows, model.staffing.in_county
    schools = here & (rows["tier"] == Tier.COUNTY)
    teachers = float(model.skill_now[0][schools].max(initial=0.0))
    price = to_fen(model.county.value("career.training_yuan"))
    gain = model.county.value("career.training_gain")
    population = model.population(Doctor)
    wanted = np.zeros_like(held)
    for p in np.flatnonzero(held.any(axis=0)):
        own = np.flatnonzero(
            (doctors["alive"] == 1) & (doctors["provider"] == p) & (doctors["skill"] < teachers)
        )
        order = own[np.argsort(doctors["skill"][own], kind="stable")]
        affordable = [int(held[payer, p]) // price for payer in range(len(held))]
        for payer, places in enumerate(affordable):
            wanted[payer, p] = min(places, len(order)) * price
            order = order[min(places, len(order)) :]
    paid = sharing.spend(books, "training_fen", wanted).sum(axis=0)
    for p in np.flatnonzero(paid):
        own = np.flatnonzero((doctors["alive"] == 1) & (doctors["provider"] == p))
        order = own[np.argsort(doctors["skill"][own], kind="stable")]
        for row in order[: int(paid[p]) // price].tolist():
            plain(learn_in_training)(population.view(row), teachers, gain)


# -- contacts with the chronically ill -----------------------------------------------------


def buy_contacts(model: Model) -> None:
    """Pay for this month's contacts from what is set aside for them, and see whom they reach.

    What is set aside is spent evenly over the months that the year still has. A contact goes to
    one who knows of a condition on the policy's list, as outreach does; nobody is offered
    management more often than once a month.
    """
    books, rule = model.books, model.policy_now.surplus
    rates = np.zeros(len(CONDITIONS))
    held = books.earmarked["contacts_fen"]
    if held.any():
        known = diagnosed(model)
        listed = np.array([condition.name in rule.contacts_with for condition in CONDITIONS])
        people, price = int(known[listed].sum()), to_fen(rule.yuan_per_contact)
        money = int(held.sum()) // (12 - books.month_of_year)
        due = min(money // price, people) * price
        parts = sharing.split_of(due, held.ravel().astype(float))
        paid = int(sharing.spend(books, "contacts_fen", parts.reshape(held.shape)).sum())
        if people > 0:
            rates = np.where(listed, 12.0 * (paid / price) / people, 0.0)
    if not np.array_equal(rates, model.contact_rates):
        model.set_contacts(rates)


def diagnosed(model: Model) -> np.ndarray:
    """(k,) people here who know of each condition."""
    rows = model.residents
    here = (rows["alive"] == 1) & (rows["elsewhere"] == 0)
    return np.asarray((rows["aware"][here] > 0).sum(axis=0) * model.weight)
