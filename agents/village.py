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
        ("alive", "i8"),
    ],
    align=True,
)

TALK = np.dtype([("used", "i8"), ("went_well", "i8"), ("admitted", "i8")], align=True)
"""What a village's people lived through at one of their providers in a month."""


class Village(RowAgent, dtype=VILLAGE):
    """A village as a Mesa agent."""


def retell(talk: np.ndarray, month: np.ndarray, rate: float, weight: int) -> np.ndarray:
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
    """
    used = month["used"]
    share = np.divide(month["went_well"], used, out=np.zeros(talk.shape), where=used > 0)
    told = used * weight * rate
    step = told / (1.0 + told)
    return talk + step * (share - talk)
