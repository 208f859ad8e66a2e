"""LLVM text of a function of vectors, written as formulas of Lanes."""

from __future__ import annotations

from collections.abc import Callable

from microgradnet.programs.engines.native.code import Code
from microgradnet.programs.engines.native.kind import Kind


class Lanes:
    """A vector of doubles in a function in the making; each operation adds a line to its text."""

    def __init__(self, code: Code, name: str) -> None:
        self.code, self.name = code, name

    def line(self, pattern: str, *operands: Lanes | float) -> Lanes:
        """Add a line; {t}, {i} and {m} stand for vectors of doubles, whole numbers and truths."""
        kind = self.code.kind
        names = [x.name if isinstance(x, Lanes) else kind.constant(x) for x in operands]
        types = {"t": kind.type, "i": f"<{kind.lanes} x i64>", "m": kind.mask}
        return Lanes(self.code, self.code.value(pattern.format(*names, **types)))

    def call(self, name: str, *operands: Lanes | float) -> Lanes:
        """Add a call of LLVM's function of that name, one instruction of the machine."""
        typed = ", ".join(f"{{t}} {{{i}}}" for i in range(len(operands)))
        return self.line(f"call {{t}} @llvm.{name}.{self.code.kind.name}({typed})", *operands)

    def __add__(self, y: Lanes | float) -> Lanes:
        return self.line("fadd {t} {0}, {1}", self, y)

    def __sub__(self, y: Lanes | float) -> Lanes:
        return self.line("fsub {t} {0}, {1}", self, y)

    def __rsub__(self, x: float) -> Lanes:
        return self.line("fsub {t} {1}, {0}", self, x)

    def __mul__(self, y: Lanes | float) -> Lanes:
        return self.line("fmul {t} {0}, {1}", self, y)

    def __truediv__(self, y: Lanes) -> Lanes:
        return self.line("fdiv {t} {0}, {1}", self, y)

    def __rtruediv__(self, x: float) -> Lanes:
        return self.line("fdiv {t} {1}, {0}", self, x)

    def __neg__(self) -> Lanes:
        return self.line("fneg {t} {0}", self)

    def __abs__(self) -> Lanes:
        return self.call("fabs", self)

    def times_plus(self, y: Lanes | float, z: Lanes | float) -> Lanes:
        """The number times y plus z, rounded once."""
        return self.call("fma", self, y, z)

    def signed_as(self, y: Lanes) -> Lanes:
        """The number with the sign of y."""
        return self.call("copysign", self, y)

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
    arity = {"fabs": 1, "sqrt": 1, "copysign": 2, "fma": 3}
    n = kind.lanes
    gather = f"@llvm.masked.gather.{kind.name}.v{n}p0(<{n} x ptr>, i32, <{n} x i1>, {kind.type})"
    return f"declare {kind.type} {gather}\n" * (n > 1) + "\n".join(
        f"declare {kind.type} @llvm.{name}.{kind.name}({', '.join([kind.type] * n)})"
        for name, n in arity.items()
    )
