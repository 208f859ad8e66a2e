"""exp, expm1, log, log1p and tanh of vectors of rows: argument reduction and a polynomial.

Over all doubles they are at most 0.9 ulp (exp, log, log1p), 1.1 (expm1) or 1.5 (tanh) from the
exact value. Infinities, nan, subnormal numbers and the sign of 0 are as in Python.
"""

from __future__ import annotations

import math
import struct
from functools import reduce

from microgradnet.programs.engines.native.lanes import Lanes

# Adding this to a double rounds it to a whole number, which its last bits then hold.
ROUNDING = 1.5 * 2.0**52
# log 2 as a double and the rest.
LOG2 = (math.log(2.0), 2.3190468138462996e-17)
ONE = 52  # the place of an exponent's last bit


def _bits(x: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


def _polynomial(x: Lanes, coefficients: list[float]) -> Lanes:
    """By Estrin's scheme in pairs: half as long a chain of operations as Horner's."""
    pairs = [x.times_plus(b, a) for a, b in zip(coefficients[::2], coefficients[1::2])]
    square = x * x
    return reduce(lambda higher, pair: higher.times_plus(square, pair), reversed(pairs))


# The next term, r ** 14 / 14!, is below 5e-18 for abs(r) <= log(2) / 2.
EXP = [1.0 / math.factorial(k) for k in range(2, 14)]


def _reduced(x: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """k, r and t: exp(x) = 2 ** n (1 + r + t), and the last bits of k are n; inf and 0 far out."""
    x = x.where("gt", 710.0, 710.0).where("lt", -746.0, -746.0)
    k = x.times_plus(1.0 / math.log(2.0), ROUNDING)
    n = k - ROUNDING
    rest = n.times_plus(-LOG2[0], x)
    r = n.times_plus(-LOG2[1], rest)
    cut = n.times_plus(-LOG2[1], rest - r)
    return k, r, r * r * _polynomial(r, EXP) + cut.times_plus(r, cut)


def _power(k: Lanes, shift: int) -> Lanes:
    """2 ** (n + shift), a normal number, for n in the last bits of k."""
    return k.whole("shl", ONE).whole("add", (1023 + shift) << ONE).number()


def exp(x: Lanes) -> Lanes:
    """Times 2 ** n in two steps, each a normal number: so results may be subnormal."""
    k, r, t = _reduced(x)
    n = k.bits().whole("sub", _bits(ROUNDING))
    half = n.whole("ashr", 1)
    return (r + t + 1.0) * _power(half, 0) * _power(n.whole("sub", half), 0)


def expm1(x: Lanes) -> Lanes:
    """Exact near 0, where exp(x) - 1 is not."""
    return _expm1(x)[0]


def _expm1(x: Lanes) -> tuple[Lanes, Lanes]:
    """2 ** n (1 + r + t) - 1; its largest part, 2 ** n - 1 + 2 ** n r, with what rounding cuts.

    And what the last rounding cuts.
    """
    k, r, t = _reduced(x)
    s = _power(k.bits(), -1)  # half of 2 ** n, which may be too large
    whole = s - 0.5
    high = s.times_plus(r, whole)
    rest = s.times_plus(t, s.times_plus(r, whole - high))
    half = high + rest
    found = x.choose("lt", -50.0, -1.0, half * 2.0)
    cut = x.choose("lt", -50.0, 0.0, (high - half + rest) * 2.0)
    return abs(x).choose("lt", 2.0**-54, x, found), cut


def tanh(x: Lanes) -> Lanes:
    """The exponential and the quotient are those of the derivative: equal lines, computed once."""
    e, more = _expm1(-abs(x * 2.0))
    inverse = 1.0 / (exp(-abs(x * 2.0)) + 1.0)
    divisor = e + 2.0
    cut = e - (divisor - 2.0)  # by the rounding of the sum
    found = e * inverse
    off = found.times_plus(-divisor, e) - found * cut + more * (1.0 - found)
    return off.times_plus(inverse, found).signed_as(x)


# The next term is 2 s ** 25 / 25, relative to 2 s below 3e-20 for abs(s) <= 0.172.
LOG = [2.0 / k for k in range(3, 25, 2)] + [0.0]


def _log(x: Lanes, exponent: Lanes | None = None, more: Lanes | None = None) -> Lanes:
    """The logarithm of 2 ** exponent (x + more): x, not subnormal, is 2 ** k (1 + f)."""
    bits = x.bits()
    k = bits.whole("sub", _bits(math.sqrt(0.5))).whole("ashr", ONE)
    shift = k.whole("shl", ONE)
    f = bits.whole("sub", shift).number() - 1.0
    n = k.whole("add", _bits(ROUNDING)).number() - ROUNDING
    n = n if exponent is None else n + exponent
    rest = n * LOG2[1]
    if more is not None:
        scaled = more * shift.taken_from(1023 << ONE).number()
        f, cut = _sum(f, x.choose("lt", 2.0**60, scaled, 0.0))
        rest = rest + (cut - cut * f)
    s = f / (f + 2.0)
    half = f * f * 0.5
    z = s * s
    high = n.times_plus(LOG2[0], f)
    low = n.times_plus(LOG2[0], -high) + f
    return high - (half - (s * (half + z * _polynomial(z, LOG)) + (low + rest)))


def _sum(x: Lanes, y: Lanes | float) -> tuple[Lanes, Lanes]:
    """The sum, and what its rounding cuts."""
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


def log(x: Lanes) -> Lanes:
    """A subnormal number is scaled first."""
    least = 2.0**-1022
    found = _log(x.where("lt", least, x * 2.0**54), x.choose("lt", least, -54.0, 0.0))
    return _log_at_the_ends(x, found)


def log1p(x: Lanes) -> Lanes:
    """The logarithm of 1 + x and what its rounding cuts."""
    total, cut = _sum(x, 1.0)
    return _log_at_the_ends(total, _log(total, more=cut)).signed_as(x)


def _log_at_the_ends(x: Lanes, found: Lanes) -> Lanes:
    found = x.choose("lt", math.inf, found, x)  # inf and nan are their own logarithms
    found = x.choose("eq", 0.0, -math.inf, found)
    return x.choose("lt", 0.0, math.nan, found)


FUNCTIONS = {"exp": exp, "expm1": expm1, "log": log, "log1p": log1p, "tanh": tanh}
