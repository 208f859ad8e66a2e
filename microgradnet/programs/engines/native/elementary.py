"""exp, expm1, log, log1p and tanh of vectors of rows: argument reduction and a polynomial.

Over all doubles they are at most 0.9 ulp (exp, log, log1p), 1.1 (expm1) or 1.5 (tanh) from the
exact value. Infinities, nan, subnormal numbers and the sign of 0 are as in Python. Each is a
formula of Lanes, which `vector_function` writes as LLVM text.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from functools import reduce

from microgradnet.programs.engines.native.code import Code, Kind

# Adding this to a double rounds it to a whole number, stored in the last bits of the sum.
ROUNDING = 1.5 * 2.0**52
# log 2 as a double and the remainder.
LOG2 = (math.log(2.0), 2.3190468138462996e-17)
ONE = 52  # the place of an exponent's last bit


class Lanes:
    """A vector of doubles in a function being written; each operation adds a line to its text."""

    def __init__(self, code: Code, name: str) -> None:
        self.code, self.name = code, name

    def line(self, pattern: str, *operands: Lanes | float) -> Lanes:
        """Add a line; {t}, {i} and {m} stand for vector types of doubles, integers and booleans."""
        kind = self.code.kind
        types = {"t": kind.type, "i": f"<{kind.lanes} x i64>", "m": kind.mask, "s": kind.name}
        return Lanes(self.code, self.code.value(pattern.format(*self.names(operands), **types)))

    def names(self, operands: Sequence[Lanes | float]) -> list[str]:
        """Return the names of the operands."""
        return [x.name if isinstance(x, Lanes) else self.code.number(x) for x in operands]

    def spell(self, op: str, *operands: Lanes | float) -> Lanes:
        """Add the line of a primitive."""
        return Lanes(self.code, self.code.spell(op, self.names(operands)))

    def __add__(self, y: Lanes | float) -> Lanes:
        return self.spell("add", self, y)

    def __sub__(self, y: Lanes | float) -> Lanes:
        return self.spell("sub", self, y)

    def __rsub__(self, x: float) -> Lanes:
        return self.spell("sub", x, self)

    def __mul__(self, y: Lanes | float) -> Lanes:
        return self.spell("mul", self, y)

    def __truediv__(self, y: Lanes) -> Lanes:
        return self.spell("div", self, y)

    def __rtruediv__(self, x: float) -> Lanes:
        return self.spell("div", x, self)

    def __neg__(self) -> Lanes:
        return self.spell("neg", self)

    def __abs__(self) -> Lanes:
        return self.spell("abs", self)

    def times_plus(self, y: Lanes | float, z: Lanes | float) -> Lanes:
        """Return self * y + z, rounded once."""
        return Lanes(self.code, self.code.fma(*self.names([self, y, z])))

    def signed_as(self, y: Lanes) -> Lanes:
        """Return the magnitude of self with the sign of y."""
        return self.line("call {t} @llvm.copysign.{s}({t} {0}, {t} {1})", self, y)

    def where(self, comparison: str, bound: float, this: Lanes | float) -> Lanes:
        """Return `this` in the lanes where the comparison holds (never for nan), else self."""
        return self.choose(comparison, bound, this, self)

    def choose(self, comparison: str, bound: float, a: Lanes | float, b: Lanes | float) -> Lanes:
        """Return a in the lanes where the comparison with the bound holds, else b."""
        mask = self.line(f"fcmp o{comparison} {{t}} {{0}}, {{1}}", self, bound)
        return self.line("select {m} {0}, {t} {1}, {t} {2}", mask, a, b)

    def bits(self) -> Lanes:
        """Return the bits as 64-bit integers, for `whole`."""
        return self.line("bitcast {t} {0} to {i}", self)

    def whole(self, operation: str, y: Lanes | int) -> Lanes:
        """Add an integer operation (add, sub, shl, ashr) on bits."""
        other = y.name if isinstance(y, Lanes) else f"splat (i64 {y})"
        return self.line(f"{operation} {{i}} {{0}}, {other}", self)

    def taken_from(self, x: int) -> Lanes:
        """Return x minus the bits, as integers."""
        return self.line(f"sub {{i}} splat (i64 {x}), {{0}}", self)

    def number(self) -> Lanes:
        """Return the doubles that have these bits."""
        return self.line("bitcast {i} {0} to {t}", self)


def vector_function(kind: Kind, name: str, formula: Callable[[Lanes], Lanes]) -> str:
    """Return the text of a function of a vector; it is inlined, and equal parts computed once."""
    code = Code(kind)
    result = formula(Lanes(code, "%x"))
    body = "\n  ".join([*code.lines, f"ret {kind.type} {result.name}"])
    head = f"define internal {kind.type} @{name}.{kind.name}({kind.type} %x)"
    return f"{head} alwaysinline memory(none) nounwind {{\n  {body}\n}}"


def _bits(x: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


def _polynomial(x: Lanes, coefficients: list[float]) -> Lanes:
    """Evaluate by Estrin's scheme, whose chain of operations is half as long as Horner's."""
    pairs = [x.times_plus(b, a) for a, b in zip(coefficients[::2], coefficients[1::2])]
    square = x * x
    return reduce(lambda higher, pair: higher.times_plus(square, pair), reversed(pairs))


# The next term, r ** 14 / 14!, is below 5e-18 for abs(r) <= log(2) / 2.
EXP = [1.0 / math.factorial(k) for k in range(2, 14)]


def _reduced(x: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """Return k, r and t with exp(x) = 2 ** n (1 + r + t), n in the last bits of k.

    Arguments far out are clamped, so that the result is inf or 0.
    """
    x = x.where("gt", 710.0, 710.0).where("lt", -746.0, -746.0)
    k = x.times_plus(1.0 / math.log(2.0), ROUNDING)
    n = k - ROUNDING
    rest = n.times_plus(-LOG2[0], x)
    r = n.times_plus(-LOG2[1], rest)
    cut = n.times_plus(-LOG2[1], rest - r)
    return k, r, r * r * _polynomial(r, EXP) + cut.times_plus(r, cut)


def _power(k: Lanes, shift: int) -> Lanes:
    """Return 2 ** (n + shift), a normal number, for n in the last bits of k."""
    return k.whole("shl", ONE).whole("add", (1023 + shift) << ONE).number()


def exp(x: Lanes) -> Lanes:
    """Compute exp; 2 ** n is multiplied in two normal steps, so that results may be subnormal."""
    k, r, t = _reduced(x)
    n = k.bits().whole("sub", _bits(ROUNDING))
    half = n.whole("ashr", 1)
    return (r + t + 1.0) * _power(half, 0) * _power(n.whole("sub", half), 0)


def expm1(x: Lanes) -> Lanes:
    """Compute exp(x) - 1 without the cancellation near 0."""
    return _expm1(x)[0]


def _expm1(x: Lanes) -> tuple[Lanes, Lanes]:
    """Return 2 ** n (1 + r + t) - 1 and the error of its last rounding.

    The largest part, 2 ** n - 1 + 2 ** n r, is kept with its rounding error.
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
    """Compute tanh from the exponential and the quotient that its derivative uses too."""
    e, more = _expm1(-abs(x * 2.0))
    inverse = 1.0 / (exp(-abs(x * 2.0)) + 1.0)
    divisor = e + 2.0
    cut = e - (divisor - 2.0)  # the rounding error of the sum
    found = e * inverse
    off = found.times_plus(-divisor, e) - found * cut + more * (1.0 - found)
    return off.times_plus(inverse, found).signed_as(x)


# The next term is 2 s ** 25 / 25, relative to 2 s below 3e-20 for abs(s) <= 0.172.
LOG = [2.0 / k for k in range(3, 25, 2)] + [0.0]


def _log(x: Lanes, exponent: Lanes | None = None, more: Lanes | None = None) -> Lanes:
    """Return log(2 ** exponent (x + more)); x, not subnormal, is 2 ** k (1 + f)."""
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
    """Return the sum and its rounding error."""
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


def log(x: Lanes) -> Lanes:
    """Compute log; a subnormal number is scaled first."""
    least = 2.0**-1022
    found = _log(x.where("lt", least, x * 2.0**54), x.choose("lt", least, -54.0, 0.0))
    return _log_at_the_ends(x, found)


def log1p(x: Lanes) -> Lanes:
    """Compute log(1 + x) from the rounded sum and its rounding error."""
    total, cut = _sum(x, 1.0)
    return _log_at_the_ends(total, _log(total, more=cut)).signed_as(x)


def _log_at_the_ends(x: Lanes, found: Lanes) -> Lanes:
    found = x.choose("lt", math.inf, found, x)  # inf and nan are their own logarithms
    found = x.choose("eq", 0.0, -math.inf, found)
    return x.choose("lt", 0.0, math.nan, found)


FUNCTIONS = {"exp": exp, "expm1": expm1, "log": log, "log1p": log1p, "tanh": tanh}
