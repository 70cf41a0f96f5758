"""A hint to the processor to fetch a row before it is worked on.

People in a queue lie far apart in memory. Asking for the rows of those who come next
while one is attended to hides most of the wait. It changes no value.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from agents.foundation.compile import plain_twin

cgutils: Any = _cgutils


@intrinsic
def _prefetch(typingctx: Any, rows: Any, index: Any) -> Any:
    """Ask for row ``index`` of a one-dimensional array to be fetched into the cache."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        where = cgutils.get_item_pointer(
            context, builder, signature.args[0], array, [args[1]], wraparound=False
        )
        byte = ir.IntType(8).as_pointer()
        flag = ir.IntType(32)
        ask = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag]),
            "llvm.prefetch.p0i8",
        )
        for offset in (0, 64):
            place = builder.gep(builder.bitcast(where, byte), [ir.Constant(flag, offset)])
            builder.call(ask, [place, flag(1), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(rows, index), code


prefetch: Any = _prefetch
plain_twin(prefetch, lambda rows, index: None)
