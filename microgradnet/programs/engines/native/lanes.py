"""LLVM text of a function of vectors, written as formulas of Lanes."""

from __future__ import annotations

from collections.abc import Callable

from microgradnet.programs.engines.native.kind import Kind


class Lanes:
    """A vector of doubles in a function in the making; each operation adds a line to its text."""

    def __init__(self, text: Text, name: str) -> None:
        self.text, self.name = text, name

    def __add__(self, y: Lanes | float) -> Lanes:
        return self.text.line("fadd {t} {0}, {1}", self, y)

    def __sub__(self, y: Lanes | float) -> Lanes:
        return self.text.line("fsub {t} {0}, {1}", self, y)

    def __rsub__(self, x: float) -> Lanes:
        return self.text.line("fsub {t} {1}, {0}", self, x)

    def __mul__(self, y: Lanes | float) -> Lanes:
        return self.text.line("fmul {t} {0}, {1}", self, y)

    def __truediv__(self, y: Lanes) -> Lanes:
        return self.text.line("fdiv {t} {0}, {1}", self, y)

    def __rtruediv__(self, x: float) -> Lanes:
        return self.text.line("fdiv {t} {1}, {0}", self, x)

    def __neg__(self) -> Lanes:
        return self.text.line("fneg {t} {0}", self)

    def __abs__(self) -> Lanes:
        return self.text.call("fabs", self)

    def times_plus(self, y: Lanes | float, z: Lanes | float) -> Lanes:
        """The number times y plus z, rounded once."""
        return self.text.call("fma", self, y, z)

    def signed_as(self, y: Lanes) -> Lanes:
        """The number with the sign of y."""
        return self.text.call("copysign", self, y)

    def where(self, comparison: str, bound: float, this: Lanes | float) -> Lanes:
        """Put `this` where the comparison with the bound holds, which it never does for nan."""
        return self.choose(comparison, bound, this, self)

    def choose(self, comparison: str, bound: float, a: Lanes | float, b: Lanes | float) -> Lanes:
        """Choose a in the lanes where the comparison with the bound holds, else b."""
        mask = self.text.line(f"fcmp o{comparison} {{t}} {{0}}, {{1}}", self, bound)
        return self.text.line("select {m} {0}, {t} {1}, {t} {2}", mask, a, b)

    def bits(self) -> Lanes:
        """The bits as whole numbers of 64 bits, for `whole`."""
        return self.text.line("bitcast {t} {0} to {i}", self)

    def whole(self, operation: str, y: Lanes | int) -> Lanes:
        """An operation of whole numbers (add, sub, shl, ashr) on bits."""
        other = y.name if isinstance(y, Lanes) else f"splat (i64 {y})"
        return self.text.line(f"{operation} {{i}} {{0}}, {other}", self)

    def taken_from(self, x: int) -> Lanes:
        """A whole number less the bits."""
        return self.text.line(f"sub {{i}} splat (i64 {x}), {{0}}", self)

    def number(self) -> Lanes:
        """The doubles that have these bits."""
        return self.text.line("bitcast {i} {0} to {t}", self)


class Text:
    """The lines of one function, their results numbered."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.lines: list[str] = []

    def line(self, pattern: str, *operands: Lanes | float) -> Lanes:
        """Add a line; {t}, {i} and {m} stand for vectors of doubles, whole numbers and truths."""
        result = Lanes(self, f"%v{len(self.lines)}")
        text = pattern.format(
            *[x.name if isinstance(x, Lanes) else self.kind.constant(x) for x in operands],
            t=self.kind.type,
            i=f"<{self.kind.lanes} x i64>",
            m=self.kind.mask,
        )
        self.lines.append(f"{result.name} = {text}")
        return result

    def call(self, name: str, *operands: Lanes | float) -> Lanes:
        """Add a call of LLVM's function of that name, one instruction of the machine."""
        typed = ", ".join(f"{{t}} {{{i}}}" for i in range(len(operands)))
        return self.line(f"call {{t}} @llvm.{name}.{self.kind.name}({typed})", *operands)


def vector_function(kind: Kind, name: str, formula: Callable[[Lanes], Lanes]) -> str:
    """Return the function of a vector; within loops it is inlined, equal parts computed once."""
    text = Text(kind)
    result = formula(Lanes(text, "%x"))
    body = "\n  ".join([*text.lines, f"ret {kind.type} {result.name}"])
    head = f"define internal {kind.type} @{name}.{kind.name}({kind.type} %x)"
    return f"{head} alwaysinline memory(none) nounwind {{\n  {body}\n}}"


def declarations(kind: Kind) -> str:
    """Return what functions of vectors, and primitives, call: single instructions."""
    arity = {"fabs": 1, "sqrt": 1, "copysign": 2, "fma": 3}
    return "\n".join(
        f"declare {kind.type} @llvm.{name}.{kind.name}({', '.join([kind.type] * n)})"
        for name, n in arity.items()
    )
