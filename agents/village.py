"""A village: what its people say to each other about the providers that they could use."""

from __future__ import annotations

import numpy as np

from agents.foundation.records import RowAgent
from agents.foundation.slots import N_SLOTS

VILLAGE = np.dtype(
    [
        ("key", "u8"),
        ("township", "i8"),
        ("income_yuan", "f8"),
        ("aided_share", "f8"),
        ("talk", "f8", (N_SLOTS,)),  # share of good outcomes that the village talks of, by slot
        ("known", "f8", (N_SLOTS,)),  # severity that the village takes each to be able to treat
        ("alive", "i8"),
    ],
    align=True,
)

TALK = np.dtype(
    [
        ("used", "i8"),
        ("went_well", "i8"),
        ("admitted", "i8"),
        ("severe", "i8"),  # treated there with a severe need
    ],
    align=True,
)
"""What a village's people lived through at one of their providers in a month."""


class Village(RowAgent, dtype=VILLAGE):
    """A village as a Mesa agent."""


def retell(
    talk: np.ndarray,
    month: np.ndarray,
    rate: float,
    weight: int,
    told_at_home: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Move the village's talk towards what its people lived through this month.

    The stories of n people weigh n x ``rate`` against one for what was said before.

    Parameters
    ----------
    talk
        (village, slot) share of good outcomes talked of.
    month
        (village, slot) of TALK.
    rate
        Weight of one person's story.
    weight
        People that a resident stands for; each has a story of his own to tell.
    told_at_home
        (village, slot) stories of the place that are told on visits at home besides.
    """
    used = month["used"]
    share = np.divide(month["went_well"], used, out=np.zeros(talk.shape), where=used > 0)
    told = (used * weight + told_at_home) * rate * (used > 0)
    step = told / (1.0 + told)
    return talk + step * (share - talk)


def find_out(
    known: np.ndarray,
    true: np.ndarray,
    month: np.ndarray,
    rate: float,
    weight: int,
    told_at_home: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Move what villages take places to be able to treat towards what they can.

    A village finds out by those of its people who are treated there when severely ill, and by
    what visits at home tell; n of them weigh n x ``rate`` against one for what it knew.

    Parameters
    ----------
    known, true
        (village, slot) capability as the village knows it, and as it is.
    month
        (village, slot) of TALK.
    rate
        Weight of one severely ill person's treatment.
    weight
        People that a resident stands for.
    told_at_home
        (village, slot) treatments that visits at home tell as much as.
    """
    learnt = (month["severe"] * weight + told_at_home) * rate
    return known + learnt / (1.0 + learnt) * (true - known)
