"""Sharing out work among threads while they run: whoever is free takes the next piece.

A thread that the machine holds up then takes fewer pieces, and none waits for it long.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from agents.foundation.compile import plain_twin

cgutils: Any = _cgutils


@intrinsic
def _take(typingctx: Any, taken: Any, place: Any, many: Any) -> Any:
    """Add ``many`` to ``taken[place]`` in one step that no other thread can cut in two."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        where = cgutils.get_item_pointer(
            context, builder, signature.args[0], array, [args[1]], wraparound=False
        )
        return builder.atomic_rmw("add", where, args[2], "monotonic")

    return types.int64(taken, types.int64, types.int64), code


def _take_alone(taken: Any, place: int, many: int) -> int:
    before = int(taken[place])
    taken[place] += many
    return before


take: Any = _take
"""``take(taken, place, many)``: claim the next ``many`` pieces of work; the first of them.

``taken[place]`` counts the pieces claimed so far.
"""
plain_twin(take, _take_alone)
