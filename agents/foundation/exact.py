"""Arithmetic that gives the same bits on every machine, compiled or plain.

The C library's ``exp`` and ``log`` may differ between machines in the last bit; these
do not, because they use only additions, multiplications, divisions and square roots,
whose rounding IEEE 754 fixes.
"""

from __future__ import annotations

import math
from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from agents.foundation.compile import plain_twin, scalar

i64: Any = numba.int64
u64: Any = numba.uint64

_U64_MASK = 0xFFFFFFFFFFFFFFFF
plain_twin(numba.int64, int)
plain_twin(numba.uint64, lambda value: int(value) & _U64_MASK)


@intrinsic
def _bits_to_float(typingctx: Any, bits: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), code


@intrinsic
def _float_to_bits(typingctx: Any, number: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), code


@scalar
def two_to_the(power: int) -> float:
    """Two to an integer power between -1022 and 1023."""
    return _bits_to_float((i64(power) + 1023) << 52)  # type: ignore[call-arg]


@scalar
def exponent_of(number: float) -> int:
    """Exponent e of a positive normal number written as m times 2**e, 0.5 <= m < 1."""
    return (_float_to_bits(number) >> 52) - 1022  # type: ignore[call-arg]


_ROUND = 6755399441055744.0
"""1.5 x 2^52: added to a number below 2^51, it leaves the nearest whole number in the low bits."""


@scalar
def _two_to_the_rounded(shifted: float) -> float:
    return _bits_to_float((_float_to_bits(shifted) + 1023) << 52)  # type: ignore[call-arg]


plain_twin(_two_to_the_rounded, lambda shifted: math.ldexp(1.0, int(shifted - _ROUND)))
plain_twin(two_to_the, lambda power: math.ldexp(1.0, power))
plain_twin(exponent_of, lambda number: math.frexp(number)[1])


@scalar
def exp(x: float) -> float:
    """Exponential function; relative error below 5e-16; clamped to |x| <= 700.

    Cody and Waite's reduction and the rational approximation of the Cephes library
    (Moshier 1989).
    """
    x = min(max(x, -700.0), 700.0)
    # Rounding by addition needs no conversion to a whole number, so that loops vectorise.
    shifted = x * 1.4426950408889634 + _ROUND
    k = shifted - _ROUND
    r = (x - k * 6.93145751953125e-1) - k * 1.42860682030941723212e-6
    rr = r * r
    p = r * (
        (1.26177193074810590878e-4 * rr + 3.02994407707441961300e-2) * rr
        + 9.99999999999999999910e-1
    )
    q = (
        (3.00198505138664455042e-6 * rr + 2.52448340349684104192e-3) * rr
        + 2.27265548208155028766e-1
    ) * rr + 2.0
    return (1.0 + 2.0 * (p / (q - p))) * _two_to_the_rounded(shifted)


@scalar
def log(x: float) -> float:
    """Natural logarithm of a positive normal number; relative error below 1e-15.

    The series in s = f / (2 + f) with the minimax coefficients of FDLIBM (Sun 1993).
    """
    e = exponent_of(x)
    m = x * two_to_the(-e) * 2.0
    e = e - 1
    if m > 1.4142135623730951:
        m = m * 0.5
        e = e + 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    t1 = w * (
        3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01)
    )
    t2 = z * (
        6.666666666666735130e-01
        + w
        * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half = 0.5 * f * f
    return e * 6.93147180369123816490e-01 - (
        (half - (s * (half + (t1 + t2)) + e * 1.90821492927058770002e-10)) - f
    )


@scalar
def logistic(x: float) -> float:
    """Logistic function, 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))


@scalar
def _normal_tail(t: float) -> float:
    q = math.sqrt(-2.0 * log(t))
    top = (
        (
            ((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e00) * q
            - 2.549732539343734e00
        )
        * q
        + 4.374664141464968e00
    ) * q + 2.938163982698783e00
    low = (
        ((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e00) * q
        + 3.754408661907416e00
    ) * q + 1.0
    return top / low


@scalar
def _normal_middle(q: float) -> float:
    r = q * q
    top = (
        (
            (
                ((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
                + 1.383577518672690e02
            )
            * r
            - 3.066479806614716e01
        )
        * r
        + 2.506628277459239e00
    ) * q
    low = (
        (
            ((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
            + 6.680131188771972e01
        )
        * r
        - 1.328068155288572e01
    ) * r + 1.0
    return top / low


@scalar
def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution, 0 < p < 1; relative error 1.2e-9.

    Acklam's rational approximation (2003). One uniform draw gives one normal draw, and
    monotonically, which keeps common random numbers common.
    """
    if p < 0.02425:
        return _normal_tail(p)
    if p > 0.97575:
        return -_normal_tail(1.0 - p)
    return _normal_middle(p - 0.5)
