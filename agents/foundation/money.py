"""Money is whole fen (one hundredth of a yuan), so that sums are exact in any order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agents.foundation.compile import scalar

FEN_PER_YUAN = 100


@scalar
def to_fen(yuan: float) -> int:
    """Round yuan to fen once, half up; the only place where money is rounded."""
    return math.floor(yuan * 100.0 + 0.5)


def split_fen(amount_fen: int, shares: Sequence[float]) -> list[int]:
    """Split an amount by shares with the method of the largest remainder.

    Parameters
    ----------
    amount_fen
        What is split; may be negative.
    shares
        Non-negative weights, not all zero; they need not sum to one.

    Returns
    -------
    list of int
        Parts that sum to ``amount_fen`` exactly.

    Raises
    ------
    ValueError
        If a share is negative or all are zero.
    """
    total = math.fsum(shares)
    if total <= 0 or min(shares) < 0:
        raise ValueError(f"shares must be non-negative and not all zero, got {list(shares)}")
    sign = -1 if amount_fen < 0 else 1
    size = abs(amount_fen)
    exact = [size * share / total for share in shares]
    parts = [math.floor(part) for part in exact]
    rest = size - sum(parts)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in range(abs(rest)):
        parts[order[i % len(order)]] += 1 if rest > 0 else -1
    return [sign * part for part in parts]
