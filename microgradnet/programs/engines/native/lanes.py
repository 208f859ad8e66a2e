"""LLVM text of a function of vectors, written as formulas of Lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microgradnet.programs.engines.native.code import Code
from microgradnet.programs.engines.native.kind import Kind


class Lanes:
    """A vector of doubles in a function in the making; each operation adds a line to its text."""

    def __init__(self, code: Code, name: str) -> None:
        self.code, self.name = code, name

    def line(self, pattern: str, *operands: Lanes | float) -> Lanes:
        """Add a line; {t}, {i} and {m} stand for vectors of doubles, whole numbers and truths."""
        kind = self.code.kind
        types = {"t": kind.type, "i": f"<{kind.lanes} x i64>", "m": kind.mask, "s": kind.name}
        return Lanes(self.code, self.code.value(pattern.format(*self.names(operands), **types)))

    def names(self, operands: Sequence[Lanes | float]) -> list[str]:
        """What the operands are called."""
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
        """The number times y plus z, rounded once."""
        return Lanes(self.code, self.code.fma(*self.names([self, y, z])))

    def signed_as(self, y: Lanes) -> Lanes:
        """The number with the sign of y."""
        return self.line("call {t} @llvm.copysign.{s}({t} {0}, {t} {1})", self, y)

    def where(self, comparison: str, bound: float, this: Lanes | float) -> Lanes:
        """Put `this` where the comparison with the bound holds, which it never does for nan."""
        return self.choose(comparison, bound, this, self)

    def choose(self, comparison: str, bound: float, a: Lanes | float, b: Lanes | float) -> Lanes:
        """Choose a in the lanes where the comparison with the bound holds, else b."""
        mask = self.line(f"fcmp o{comparison} {{t}} {{0}}, {{1}}", self, bound)
        return self.line("select {m} {0}, {t} {1}, {t} {2}", mask, a, b)

    def bits(self) -> Lanes:
        """The bits as whole numbers of 64 bits, for `whole`."""
        return self.line("bitcast {t} {0} to {i}", self)

    def whole(self, operation: str, y: Lanes | int) -> Lanes:
        """An operation of whole numbers (add, sub, shl, ashr) on bits."""
        other = y.name if isinstance(y, Lanes) else f"splat (i64 {y})"
        return self.line(f"{operation} {{i}} {{0}}, {other}", self)

    def taken_from(self, x: int) -> Lanes:
        """A whole number less the bits."""
        return self.line(f"sub {{i}} splat (i64 {x}), {{0}}", self)

    def number(self) -> Lanes:
        """The doubles that have these bits."""
        return self.line("bitcast {i} {0} to {t}", self)


def vector_function(kind: Kind, name: str, formula: Callable[[Lanes], Lanes]) -> str:
    """Return the function of a vector; it is inlined, and equal parts are computed once."""
    code = Code(kind)
    result = formula(Lanes(code, "%x"))
    body = "\n  ".join([*code.lines, f"ret {kind.type} {result.name}"])
    head = f"define internal {kind.type} @{name}.{kind.name}({kind.type} %x)"
    return f"{head} alwaysinline memory(none) nounwind {{\n  {body}\n}}"


def declarations(kind: Kind) -> str:
    """Return what functions of vectors, and primitives, call: single instructions."""
    n = kind.lanes
    found = [
        f"declare {kind.type} @llvm.{name}.{kind.name}({', '.join([kind.type] * operands)})"
        for name, operands in {"fabs": 1, "sqrt": 1, "copysign": 2, "fma": 3}.items()
    ]
    if n == 1:
        return "\n".join([*found, "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"])
    gather = f"@llvm.masked.gather.{kind.name}.v{n}p0(<{n} x ptr>, i32, <{n} x i1>, {kind.type})"
    return "\n".join([*found, f"declare {kind.type} {gather}"])
