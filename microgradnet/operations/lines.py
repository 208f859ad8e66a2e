"""Turn a formula into lines, each one primitive, by running it on symbols; name and spell them."""

from __future__ import annotations

import keyword
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from microgradnet.operations.operation import OPS, Op, Operand

C = TypeVar("C", bound=type)
Operands = tuple[Operand, ...]  # Symbols and floats
NAMES = {name: name for name in ("add", "sub", "mul", "pow", "neg", "abs")} | {"truediv": "div"}


def with_operators(kind: C) -> C:
    """Give a class the operators that it lacks; each applies the row of the table with its name.

    kind: a class with `apply(op, inputs)`, such as `Value`.

    >>> @with_operators
    ... class Spelled:
    ...     apply = staticmethod(lambda op, inputs: op.spelling)
    >>> 2.0 * Spelled(), -Spelled()
    ('*', '-')
    """
    for name, row in NAMES.items():
        for method, reflected in ((f"__{name}__", False), (f"__r{name}__", True)):
            if method not in vars(kind):
                setattr(kind, method, _operator(OPS[row], kind, reflected))
    return kind


def _operator(op: Op, kind: type, reflected: bool) -> Callable[..., Operand]:
    apply = kind.apply  # type: ignore[attr-defined]

    def method(self: Operand, *others: Operand) -> Operand:
        return apply(op, (*others, self) if reflected else (self, *others))

    return method


@with_operators
class Symbol:
    """A stand-in for a number in a formula: an input, or the result of a line.

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
        """Write the line of a primitive; any other row writes the lines of its formula."""
        if not op.primitive:
            return op.value(*inputs)
        for x in inputs:
            if type(x) is Symbol:
                operands = tuple([y if type(y) is Symbol else float(y) for y in inputs])
                return x.lines.add(op, operands)
        return op.value(*inputs)


SIMPLER = {"mul", "pow", "abs", "where", "neg"}


class Lines:
    """Lines being written: `lines[i]` is (primitive, operands), an operand a Symbol or a float.

    Numbers continue those of the inputs. A repeated line is not written again, and only what is
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
        """Drop the lines and symbols, whose reference cycle would delay freeing their memory."""
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
            return self.add(OPS["mul"], (x, x))  # as the row defines it
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
    """Return a key that distinguishes 0.0 from -0.0, and is the same for each nan."""
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
# Primitives and signs of the last operand for which Python's result is that of IEEE 754.
SAFE = {("div", "above 0"): "({} / {})", ("exp", "at most 0"): "exp({})"}


def python(op: Op, operands: Sequence[str], sign: str = "") -> str:
    """Return the Python code of a primitive on floats; the operands are names or numbers.

    sign: the known sign of the last operand.
    """
    call = f"{op.name}_({', '.join('{}' for _ in operands)})"
    return SAFE.get((op.name, sign), PYTHON.get(op.name, call)).format(*operands)


def sign(op: str, operands: Sequence[str]) -> str:
    """Return the sign of a primitive's result from the signs of its operands, unless it is nan.

    "above 0", "at least 0", "at most 0", or "" if unknown.
    """
    if op in ("exp", "abs"):
        return "at least 0"
    if op == "neg" and operands[0] in ("at least 0", "above 0"):
        return "at most 0"
    if op == "add" and "above 0" in operands and {*operands} <= {"at least 0", "above 0"}:
        return "above 0"
    return ""


def sign_of_number(x: float) -> str:
    """Return the sign of a constant, in the same terms as `sign`."""
    return "above 0" if x > 0 else ""


# The names that the text of a derivation uses besides the user's labels.
USED = ("math", "abs", "max", "min", "locals", "derivatives")


class Identifiers:
    """Unique Python names made from labels, for generated text.

    reserved: names that the text itself uses, which no label may become.

    >>> names = Identifiers(reserved=["rows"])
    >>> [names.new(label) for label in ("w1", "w1", "rows", "class", "W[0, 1]")]
    ['w1', 'w1_2', 'rows_2', '_class', 'W_0_1']
    """

    def __init__(self, reserved: Iterable[str] = USED) -> None:
        self.taken = {"__debug__", *reserved}
        self.last: Counter[str] = Counter()  # by stem: all numbers up to here are taken

    def new(self, label: str) -> str:
        """Return the label itself if it is a free name, else a similar one."""
        text = unicodedata.normalize("NFKC", label)
        text = "".join(c if f"_{c}".isidentifier() else " " for c in text)
        text = "_".join(text.split())  # x[0] becomes x_0
        if not text.isidentifier() or keyword.iskeyword(text):
            text = f"_{text}"
        name = self._free(f"{text}_", 2) if text in self.taken else text
        self.taken.add(name)
        return name

    def numbered(self, stem: str) -> str:
        """Return the first free name of stem1, stem2, ..."""
        return self.new(self._free(stem, 1))

    def _free(self, stem: str, first: int) -> str:
        k = max(first, self.last[stem])
        while f"{stem}{k}" in self.taken:
            k += 1
        self.last[stem] = k
        return f"{stem}{k}"
