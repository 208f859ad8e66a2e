"""A formula run on symbols is a list of lines, each one primitive: a straight-line program."""

from __future__ import annotations

import math
from collections.abc import Sequence

from microgradnet.operations.kinds import Operand
from microgradnet.operations.operation import OPS, Op
from microgradnet.operations.operators import with_operators

Operands = tuple[Operand, ...]  # Symbols and floats


@with_operators
class Symbol:
    """The result of a line, or an input: what a formula computes with instead of numbers.

    >>> lines = Lines()
    >>> x = lines.input()
    >>> (x * x + 1.0).index, [op.name for op, _ in lines.lines]
    (2, ['mul', 'add'])
    """

    __slots__ = ("index", "lines")

    def __init__(self, lines: Lines, index: int) -> None:
        self.lines = lines
        self.index = index

    @staticmethod
    def apply(op: Op, inputs: Sequence[Operand]) -> Operand:
        """Write the line of a primitive; any other row writes those of its formula."""
        if not op.primitive:
            return op.value(*inputs)
        for x in inputs:
            if type(x) is Symbol:
                operands = tuple([y if type(y) is Symbol else float(y) for y in inputs])
                return x.lines.add(op, operands)
        return op.value(*inputs)


SIMPLER = {"mul", "pow", "abs", "where", "neg"}


class Lines:
    """Lines in the making: `lines[i]` is (primitive, operands), an operand a Symbol or a float.

    Numbered from the inputs on. A line written before is not written again, and only what is
    exact to the last bit is simplified: 1 * x, x ** 1, x ** 2, --x, abs(-x), and constants.
    """

    def __init__(self) -> None:
        self.n_inputs = 0
        self.lines: list[tuple[Op, Operands]] = []
        self._written: dict[tuple[object, ...], Symbol] = {}

    def input(self) -> Symbol:
        """Return the next input; all inputs come before the first line."""
        self.n_inputs += 1
        return Symbol(self, self.n_inputs - 1)

    def add(self, op: Op, operands: Operands) -> Operand:
        """Return the result of a line: a new one, one written before, or a simpler operand."""
        if op.name in SIMPLER or type(operands[0]) is type(operands[-1]) is float:
            simpler = self._simpler(op, operands)
            if simpler is not None:
                return simpler
        key = (op.name, *[x.index if type(x) is Symbol else _constant(x) for x in operands])
        found = self._written.get(key)
        if found is None:
            found = self._written[key] = Symbol(self, self.n_inputs + len(self.lines))
            self.lines.append((op, operands))
        return found

    def forget(self) -> None:
        """Let go of lines and symbols, which hold each other: memory is free at once."""
        self.lines.clear()
        self._written.clear()

    def _simpler(self, op: Op, operands: Operands) -> Operand | None:
        name, x, y = op.name, operands[0], operands[-1]
        if name == "mul":
            if type(x) is float and x == 1.0:
                return y
            return x if type(y) is float and y == 1.0 else None
        if name == "pow" and type(y) is float and y == 1.0:
            return x
        if name == "pow" and type(y) is float and y == 2.0:
            return self.add(OPS["mul"], (x, x))  # which is how the row defines it
        if name == "abs" and self._is_negated(x):
            return self.add(op, self._operands(x))
        if name == "where" and type(x) is float:
            return operands[1] if x > 0 else y
        if name == "neg" and self._is_negated(x):
            return self._operands(x)[0]
        if all(type(z) is float for z in operands):
            return op.value(*operands)
        return None

    def _is_negated(self, x: Operand) -> bool:
        if type(x) is not Symbol or x.index < self.n_inputs:
            return False
        return self.lines[x.index - self.n_inputs][0].name == "neg"

    def _operands(self, x: Symbol) -> Operands:
        return self.lines[x.index - self.n_inputs][1]


def _constant(x: float) -> tuple[float, float] | str:
    """A key that tells 0.0 from -0.0 and finds nan."""
    return "nan" if x != x else (x, math.copysign(1.0, x))


PYTHON = {
    "neg": "-{}",
    "abs": "abs({})",
    "div": "({0} / {1} if {1} else div_({0}, {1}))",
    "where": "({1} if {0} > 0.0 else {2})",
    "exp": "(exp({0}) if {0} < 709.0 else exp_({0}))",
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
}
# Where the sign of the last operand tells that Python's own answer is that of IEEE 754.
SAFE = {("div", "above 0"): "({} / {})", ("exp", "at most 0"): "exp({})"}


def python(op: Op, operands: Sequence[str], sign: str = "") -> str:
    """Spell one primitive on floats in Python, the operands being names or numbers.

    sign: what is known of the last operand.
    """
    call = f"{op.name}_({', '.join('{}' for _ in operands)})"
    return SAFE.get((op.name, sign), PYTHON.get(op.name, call)).format(*operands)


def sign(op: str, operands: Sequence[str]) -> str:
    """Return what the signs of the operands of a primitive tell of its result, unless it is nan.

    "above 0", "at least 0", "at most 0" or "": nothing.
    """
    if op in ("exp", "abs"):
        return "at least 0"
    if op == "neg" and operands[0] in ("at least 0", "above 0"):
        return "at most 0"
    if op == "add" and "above 0" in operands and {*operands} <= {"at least 0", "above 0"}:
        return "above 0"
    return ""


def sign_of_number(x: float) -> str:
    """Return the sign of a constant, likewise."""
    return "above 0" if x > 0 else ""
