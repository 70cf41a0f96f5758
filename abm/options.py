"""What each village's people can choose from this month: prices after benefits, and worth."""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.network import Network
from abm.world import Course
from agents.conditions import N_ILLNESSES
from agents.foundation.compile import chunk_loop, scalar
from agents.foundation.money import to_fen
from agents.foundation.slots import N_SLOTS
from agents.insurer import (
    BASIS,
    Cover,
    care_kind,
    fund_share_of_admission,
    fund_share_of_visit,
    serious_illness_share,
)
from agents.patient import (
    CRITICAL,
    N_CLASSES,
    N_SCHEMES,
    ROUTINE,
    SEVERE,
    Options,
    Tastes,
    felt_price,
    price_row,
)

NOT_HERE = -1.0e6
"""Worth of an empty slot: its odds are nil."""


def empty_options(network: Network) -> Options:
    """Options with room for a month's prices and worth."""
    villages = len(network.provider)
    return Options(
        provider=network.provider,
        tier=network.tier,
        common=np.full((villages, N_CLASSES, N_SLOTS), NOT_HERE),
        felt_price=np.zeros((villages * N_SCHEMES * 2 * 2 * N_CLASSES, N_SLOTS)),
        known=np.zeros((villages, N_ILLNESSES, N_SLOTS)),
        spent_from_fen=np.zeros((N_SCHEMES, N_CLASSES), np.int64),
    )


def tell_limits(options: Options, cover: Cover) -> None:
    """Fill from what sum of the year on a benefit counts as used up, or serious cover as begun.

    Visits draw on the outpatient cap, routine visits on that of the chronic list. Serious-illness
    cover begins above its deductible.
    """
    limits = options.spent_from_fen
    limits[:, :SEVERE] = np.reshape(cover.outpatient_cap_fen, (-1, 1))
    limits[:, ROUTINE] = cover.chronic_cap_fen
    limits[:, [SEVERE, CRITICAL]] = np.reshape(cover.serious_deductible_fen, (-1, 1)) + 1


@scalar
def expected_price_yuan(
    provider: Any,
    cover: Cover,
    visits: float,
    scheme: int,
    elsewhere: int,
    referred: int,
    spent: int,
    kind: int,
) -> float:
    """What a patient expects to pay himself for a need of a class at a provider.

    Parameters
    ----------
    visits
        Mean number of visits of an outpatient episode of this class.
    spent
        1 if his outpatient cap is used up, or serious-illness cover has begun.
    """
    care = care_kind(provider.place, elsewhere, referred, kind == CRITICAL)
    benefit = cover.benefits[scheme, care, provider.tier]
    if kind in (SEVERE, CRITICAL):
        if provider.admission_price_yuan <= 0.0:
            return provider.visit_price_yuan * visits
        bill = to_fen(provider.admission_price_yuan)
        in_policy = bill * benefit.in_policy_bp // BASIS
        fund = fund_share_of_admission(
            in_policy, benefit.deductible_fen, benefit.inpatient_bp, 0, cover.ceiling_fen[scheme]
        )
        begins = cover.serious_deductible_fen[scheme]
        before = begins if spent == 1 else 0
        fund += serious_illness_share(in_policy - fund, before, begins, cover.serious_bp[scheme])
        return (bill - fund) / 100.0
    routine = kind == ROUTINE
    price = provider.chronic_price_yuan if routine else provider.visit_price_yuan * visits
    bill = to_fen(price)
    in_policy = bill * benefit.in_policy_bp // BASIS
    ratio = benefit.chronic_bp if routine else benefit.outpatient_bp
    settled = 1.0 if routine else provider.settled_share
    cap = cover.chronic_cap_fen[scheme] if routine else cover.outpatient_cap_fen[scheme]
    fund = fund_share_of_visit(in_policy, ratio, 0, 0 if spent == 1 else cap)
    return (bill - settled * fund) / 100.0


@chunk_loop
def price_options(
    options: Options,
    providers: Any,
    cover: Cover,
    visits: Any,
    felt_from_yuan: Any,
    start: int,
    stop: int,
) -> None:
    """Fill the expected prices, as they are felt, of the villages from ``start`` to ``stop``.

    The logarithm is taken here, once a rule changes, and not for each person.
    """
    last = options.provider.shape[0] - 1
    for place in range(start, stop):
        elsewhere = 1 if place == last else 0
        for j in range(N_SLOTS):
            p = options.provider[place, j]
            if p < 0:
                continue
            for scheme in range(N_SCHEMES):
                for referred in range(2):
                    for spent in range(2):
                        for kind in range(N_CLASSES):
                            row = price_row(place, scheme, referred, spent, kind)
                            price_yuan = expected_price_yuan(
                                providers[p],
                                cover,
                                visits[kind],
                                scheme,
                                elsewhere,
                                referred,
                                spent,
                                kind,
                            )
                            options.felt_price[row, j] = felt_price(
                                price_yuan, felt_from_yuan[kind]
                            )


def weigh_common(
    options: Options,
    network: Network,
    providers: np.ndarray,
    talk: np.ndarray,
    tastes: Tastes,
) -> None:
    """Fill the part of each option's worth that is the same for all people of a village.

    Travel, wait, drugs in stock, and what the village says of it. Own belief, price and the
    fit of the place for his illness are each person's and are added when he chooses.

    Parameters
    ----------
    talk
        (village + 1, slot) share of good outcomes that the village talks of.
    """
    here = options.provider >= 0
    row = np.maximum(options.provider, 0)
    wait_days, drugs = (providers[name][row] for name in ("wait_days", "drugs_share"))
    worth = (
        tastes.travel_per_minute[None, :, None] * network.minutes[:, None, :]
        + tastes.wait_per_day * wait_days[:, None, :]
        + tastes.belief[None, :, None] * tastes.talk_share * talk[:, None, :]
    )
    worth[:, ROUTINE, :] += tastes.drugs * drugs
    options.common[...] = np.where(here[:, None, :], worth, NOT_HERE)


def tell_ability(options: Options, providers: np.ndarray, known: np.ndarray) -> None:
    """Fill what each village takes its places to be able to treat of each illness.

    What a kind of place is good at is plain to all; how good this one is has to be found out.

    Parameters
    ----------
    known
        (village + 1, slot) severity that the village takes each place to be able to treat.
    """
    better = providers["treats"] - providers["capability"][:, None]
    here = np.maximum(options.provider, 0)
    options.known[...] = known[:, None, :] + better[here].transpose(0, 2, 1)


def mean_visits(course: Course) -> np.ndarray:
    """(class,) mean number of visits of an outpatient episode."""
    return course.visits.mean(axis=1)
