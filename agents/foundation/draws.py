"""Random draws without a state: a draw is a hash of (seed, month, key, purpose).

So a draw depends neither on the number of threads nor on the order of agents, and two
scenarios with one seed share every draw that they have in common. The hash is the
finaliser of splitmix64 (Steele, Lea and Flood 2014; variant 13 of Stafford). Agents
enter by key, not by row: an agent more in one scenario shifts no other agent's draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.foundation.compile import scalar
from agents.foundation.exact import i64, u64

GOLDEN: Any = np.uint64(0x9E3779B97F4A7C15)
MONTH_STEP: Any = np.uint64(0xD1342543DE82EF95)
_MIX_1: Any = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Any = np.uint64(0x94D049BB133111EB)
_MASK: Any = np.uint64(0xFFFFFFFFFFFFFFFF)
_30: Any = np.uint64(30)
_27: Any = np.uint64(27)
_31: Any = np.uint64(31)
_11: Any = np.uint64(11)
_ONE: Any = np.uint64(1)
_LANE_BITS = 12
_LANE_MASK: Any = np.uint64(0xFFF)
_EVEN_LANES: Any = np.uint64(0xFFF | 0xFFF << 24 | 0xFFF << 48)
_ODD_LANES: Any = np.uint64(0xFFF | 0xFFF << 24)
_EVEN_GUARDS: Any = np.uint64(1 << 12 | 1 << 36 | 1 << 60)
_ODD_GUARDS: Any = np.uint64(1 << 12 | 1 << 36)
_TO_UNIT = 1.0 / 9007199254740992.0
_THIRD_BITS: int = 21
_THIRD_MASK: Any = np.uint64(0x1FFFFF)
_THIRD_TO_UNIT = 1.0 / 2097152.0

# One fixed slot for each reason to draw. A new reason takes a new slot at the end of its
# block and so shifts none. A block "+ k" holds one slot for each chronic condition.
DEATH = 0
MOVE = 1
BIRTH = 2
ACUTE = 3
ILLNESS = 4
CHOICE = 7
CHOICE_AGAIN = 8
CHOICE_REFERRED = 9
COST = 12
STAY = 13
SUCCESS = 14
FATAL = 15
RESOLVE = 16
VISITS = 17
QUEUE = 19
SETTLED = 20
SIGN = 21
SEX = 22
INCOME = 23
SCHEME = 24
AIDED = 25
AGE = 26
ALTRUISM = 27
ARRIVAL = 28
STOCK = 29
CATCHMENT = 30
SURVEY = 31
PLACE = 32
ONSET = 64  # + k
PROGRESS = 80  # + k
COMPLICATION = 96  # + k
ROUTINE = 112  # + k
CONTROL = 128  # + k
SCREEN = 144  # + k
DETECT = 160  # + k
ENROL = 176  # + k
STAGE = 192  # + k
AWARE = 208  # + k
MANAGED = 224  # + k
CONTROLLED = 240  # + k
SYMPTOM = 256  # + k
BELIEF = 272  # + slot
ONSETS = 289  # + k // LANES
COURSE = 304  # + k
CARE = 320  # + tier
DOCTOR = 328  # + tier
ACCEPT = 353
DECIDE = 336  # + tier
INVENT = 344
UPCODE = 345
SPLIT = 346
HAND_OVER = 347
AUDIT_VISIT = 348
AUDIT_CLASS = 349
AUDIT_SPLIT = 350
HONESTY = 352
DOCTOR_AGE = 400
SKILL = 401
LEAVE = 402
RESIGN = 403
CHOSEN = 404
POSTED = 405
OPENINGS = 406
FROM_BELOW = 407
PROMOTED = 408
JUDGED = 409

LANES = 5
"""Coarse draws that one hash holds, of 12 bits each; see :func:`happens`."""


@scalar
def mix(z: int) -> int:
    """Finaliser of splitmix64: a bijection of 64 bits that leaves no visible pattern."""
    z = ((z ^ (z >> _30)) * _MIX_1) & _MASK
    z = ((z ^ (z >> _27)) * _MIX_2) & _MASK
    return z ^ (z >> _31)


@scalar
def month_stream(seed: int, key: int, month: int) -> int:
    """State of all draws of one agent in one month, as 64 bits.

    What seed and month bring is the same for all agents: compiled loops work it out once.
    The state is itself a draw, for the month's events; see :func:`happens`.
    """
    start = mix((mix(u64(seed)) + ((u64(month) * MONTH_STEP) & _MASK)) & _MASK)
    return mix((start + ((u64(key) * GOLDEN) & _MASK)) & _MASK)


@scalar
def hash_draw(stream: int, purpose: int) -> int:
    """64 random bits for one purpose."""
    return mix((u64(stream) + (((u64(purpose) + _ONE) * GOLDEN) & _MASK)) & _MASK)


@scalar
def uniform(stream: int, purpose: int) -> float:
    """Uniform draw in the open interval (0, 1) for one purpose."""
    return (float(i64(hash_draw(stream, purpose) >> _11)) + 0.5) * _TO_UNIT


@scalar
def third(bits: int, which: int) -> float:
    """Uniform draw in (0, 1) from one of three parts, 0 to 2, of 64 random bits.

    In steps of one in two million: enough for what follows an event, not for rare chances.
    """
    return (float(i64((bits >> u64(_THIRD_BITS * which)) & _THIRD_MASK)) + 0.5) * _THIRD_TO_UNIT


@scalar
def child_key(parent_key: int, order: int) -> int:
    """Key of a descendant: of a mother's n-th child, or of the n-th slot of a place."""
    return mix((mix(u64(parent_key)) + ((u64(order) * GOLDEN) & _MASK)) & _MASK)


@scalar
def happens(lanes: int, lane: int, chance: float, stream: int, purpose: int) -> bool:
    """Whether an event of a given chance happens.

    Compares a uniform draw with the chance; its first 12 bits are a lane of a hash that
    several events share, the rest a hash of its own, which is worked out only if the
    first bits leave the answer open (once in 4,096).

    Parameters
    ----------
    lanes
        64 bits from :func:`hash_draw`, or the stream itself.
    lane
        Which 12 of them, 0 to LANES - 1; no two events may share one.
    purpose
        Slot of the event's own fine draw.
    """
    coarse = float(i64((lanes >> u64(_LANE_BITS * lane)) & _LANE_MASK))
    scaled = chance * 4096.0
    if coarse >= scaled:
        return False
    if coarse + 1.0 <= scaled:
        return True
    return coarse + uniform(stream, purpose) < scaled


def pack_chances(chances: np.ndarray) -> np.ndarray:
    """Pack the chances of the events of one hash, for :func:`any_may_happen`.

    Parameters
    ----------
    chances
        (..., LANES); 0 for a lane without event.

    Returns
    -------
    numpy.ndarray
        (..., 2) whole numbers: the bounds of the even lanes, of the odd lanes.
    """
    bound = np.ceil(np.clip(chances, 0.0, 1.0) * 4096.0).astype(np.int64)
    even = bound[..., 0] | bound[..., 2] << 24 | bound[..., 4] << 48
    return np.stack([even, bound[..., 1] | bound[..., 3] << 24], axis=-1)


@scalar
def any_may_happen(lanes: int, even: int, odd: int) -> bool:
    """Whether the first bits leave open that any of the events of one hash happens.

    If not, :func:`happens` says no to each of them. All are asked in two subtractions: each
    bound is taken from its lane with a guard bit set above it, which falls where the lane
    is the smaller.

    Parameters
    ----------
    lanes
        As for :func:`happens`.
    even, odd
        From :func:`pack_chances`.
    """
    kept = ((lanes & _EVEN_LANES) | _EVEN_GUARDS) - u64(even)
    kept_odd = (((lanes >> u64(_LANE_BITS)) & _ODD_LANES) | _ODD_GUARDS) - u64(odd)
    return (kept & _EVEN_GUARDS) != _EVEN_GUARDS or (kept_odd & _ODD_GUARDS) != _ODD_GUARDS
