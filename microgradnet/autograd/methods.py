"""Extend Value: functions as methods, hints for missing names, NumPy, uses as a number."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType
from typing import TYPE_CHECKING

import numpy as np

from microgradnet.autograd.graph import describe
from microgradnet.autograd.modes import is_standing_in, note_compared, refuse_branch
from microgradnet.operations.operation import FUNCTIONS, LEARNERS, OPS, Number, Op, Operand

if TYPE_CHECKING:
    from microgradnet.autograd.value import Value

__all__ = ["Functions", "NamesOfOthers", "equals", "in_place", "instead_of_math", "no_float"]


class LearnedMethods:
    """Methods for functions of the table, by their names and NumPy's; Value's own methods win.

    They are for added rows, such as those of `mg.op`. With a `__getattr__` instead, each
    access to a field of a Value took 30 ns more, and a step of training a fifth.

    >>> from microgradnet import Value, op
    >>> square = op("squared", lambda x: x * x, lambda x: 2 * x)
    >>> Value(3.0).squared().data
    9.0
    """

    __slots__ = ()

    apply: Callable[..., Operand]

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Operand, **options: object
    ) -> Operand:
        """Record the row with the name of a ufunc; with arrays, let NumPy apply it by element."""
        op = _of_numpy(ufunc, inputs)
        if op is not None and not options:
            return self.apply(op, inputs)
        return getattr(ufunc, method)(*map(_as_array, inputs), **options)


def _learn(op: Op) -> None:
    def method(self: LearnedMethods, *others: Operand) -> Operand:
        return self.apply(OPS[op.name], (self, *others))

    for name in (op.name, op.numpy):
        setattr(LearnedMethods, name, method)


for _name in FUNCTIONS:
    _learn(OPS[_name])
LEARNERS.append(_learn)

NUMBERS = (int, float, np.number, np.bool_)


def _of_numpy(ufunc: np.ufunc, inputs: Sequence[object]) -> Op | None:
    """Return the row that matches a NumPy function on single numbers, or None."""
    op = {op.numpy: op for op in OPS.values()}.get(ufunc.__name__)
    if op is None or op.arity != len(inputs):
        return None
    return op if all(isinstance(x, NUMBERS) or _is_value(x) for x in inputs) else None


def _as_array(x: object) -> object:
    """Return a Value as an array without dimensions, and anything else unchanged."""
    if not _is_value(x):
        return x
    array = np.empty((), dtype=object)
    array[()] = x
    return array


def _is_value(x: object) -> bool:
    return isinstance(x, LearnedMethods)


class Functions(LearnedMethods):
    """The functions of the table as methods, where NumPy looks for them too.

    >>> from microgradnet import Value
    >>> Value(0.0).exp().data, Value(2.0).maximum(3.0).data
    (1.0, 3.0)
    """

    __slots__ = ()

    _record_one: Callable[[Op], Value]
    apply: Callable[[Op, Sequence[Operand]], Value]

    def exp(self) -> Value:
        """Record e ** self."""
        return self._record_one(OPS["exp"])

    def expm1(self) -> Value:
        """Record exp(self) - 1, exact near 0."""
        return self._record_one(OPS["expm1"])

    def log(self) -> Value:
        """Record the natural logarithm."""
        return self._record_one(OPS["log"])

    def log1p(self) -> Value:
        """Record log(1 + self), exact near 0."""
        return self._record_one(OPS["log1p"])

    def sqrt(self) -> Value:
        """Record the square root."""
        return self._record_one(OPS["sqrt"])

    def sin(self) -> Value:
        """Record the sine of self radians."""
        return self._record_one(OPS["sin"])

    def cos(self) -> Value:
        """Record the cosine of self radians."""
        return self._record_one(OPS["cos"])

    def tan(self) -> Value:
        """Record the tangent of self radians."""
        return self._record_one(OPS["tan"])

    def tanh(self) -> Value:
        """Record the hyperbolic tangent."""
        return self._record_one(OPS["tanh"])

    def sigmoid(self) -> Value:
        """Record 1 / (1 + exp(-self))."""
        return self._record_one(OPS["sigmoid"])

    def softplus(self) -> Value:
        """Record log(1 + exp(self))."""
        return self._record_one(OPS["softplus"])

    def relu(self) -> Value:
        """Record max(self, 0)."""
        return self._record_one(OPS["relu"])

    def leaky_relu(self, slope: Value | Number = 0.01) -> Value:
        """Record self where it is above 0, else slope * self."""
        return self.apply(OPS["leaky_relu"], (self, slope))

    def maximum(self, other: Value | Number) -> Value:
        """Record the larger of the two, other if they are equal."""
        return self.apply(OPS["maximum"], (self, other))

    def minimum(self, other: Value | Number) -> Value:
        """Record the smaller of the two, other if they are equal."""
        return self.apply(OPS["minimum"], (self, other))

    def hypot(self, other: Value | Number) -> Value:
        """Record the length of (self, other)."""
        return self.apply(OPS["hypot"], (self, other))

    def atan2(self, x: Value | Number) -> Value:
        """Record the angle of the point (x, self) in radians."""
        return self.apply(OPS["atan2"], (self, x))

    def where(self, a: Value | Number, b: Value | Number) -> Value:
        """Record a where self is above 0, else b."""
        return self.apply(OPS["where"], (self, a, b))


class Instead:
    """A name that Value lacks; accessing it raises AttributeError with the right spelling.

    >>> from microgradnet import Value
    >>> Value(2.0).item()
    Traceback (most recent call last):
    AttributeError: 'Value' object has no attribute 'item': take .data

    among_floats: whether a Value that stands in for a float returns itself.
    """

    def __init__(self, what: str, among_floats: bool = False) -> None:
        self.what, self.among_floats = what, among_floats

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, node: object, kind: type) -> Callable[[], object]:
        if self.among_floats and is_standing_in():
            return lambda: node
        says = f"{kind.__name__!r} object has no attribute {self.name!r}"
        raise AttributeError(f"{says}: {self.what}")


class NamesOfOthers:
    """Names that code for micrograd or for arrays uses and Value lacks.

    >>> from microgradnet import Value
    >>> Value(2.0).zero_grad()
    Traceback (most recent call last):
    AttributeError: 'Value' object has no attribute 'zero_grad': set its grad to 0.0
    """

    __slots__ = ()

    _backward = Instead("call backward() of the result, which goes through all nodes in order")
    topo = Instead("backward() goes through the nodes in order; mg.explain and mg.draw show them")
    item = Instead("take .data", among_floats=True)
    zero_grad = Instead("set its grad to 0.0")


def in_place(node: Value) -> Value:
    """Return the result of `+=` or `-=` on a leaf; it warns if unused (see lifetimes.py)."""
    from microgradnet.autograd.lifetimes import until_read

    return until_read(node)


# Uses of a Value as its number: by `float()`, by `math`, by `==`.

# Functions of `math` that the table does not have, written with it; None where only a number fits.
WRITTEN = {
    "acos": "mg.atan2(mg.sqrt(1 - v * v), v)",
    "acosh": "mg.log(v + mg.sqrt(v * v - 1))",
    "asin": "mg.atan2(v, mg.sqrt(1 - v * v))",
    "asinh": "mg.log(v + mg.sqrt(v * v + 1))",
    "atan": "mg.atan2(v, 1)",
    "atanh": "mg.log((1 + v) / (1 - v)) / 2",
    "cosh": "(mg.exp(v) + mg.exp(-v)) / 2",
    "degrees": "v * (180 / math.pi)",
    "dist": "mg.sqrt(sum((a - b) ** 2 for a, b in zip(...)))",
    "exp2": "2**v",
    "fabs": "abs(v)",
    "fma": "v * w + u",
    "fsum": "sum(...)",
    "log10": "mg.log(v) / math.log(10)",
    "log2": "mg.log(v) / math.log(2)",
    "pow": "v**w",
    "radians": "v * (math.pi / 180)",
    "sinh": "(mg.exp(v) - mg.exp(-v)) / 2",
}
OF_NUMBERS = {"ceil", "copysign", "floor", "fmod", "frexp", "isclose", "isfinite", "isinf", "isnan"}
OF_NUMBERS |= {"ldexp", "modf", "nextafter", "remainder", "trunc", "ulp"}


def no_float(node: Value) -> TypeError:
    """Return the error for `float(node)`, or for the function of `math` that called it."""
    function = _called(sys._getframe(2))
    of_math = getattr(function, "__module__", "") == "math"
    name = getattr(function, "__name__", "") if of_math else ""
    forgets = f"{f'math.{name}' if name else 'float'}() would forget how {describe(node)} was"
    return TypeError(f"{forgets} computed: {instead_of_math(name)}")


def instead_of_math(name: str) -> str:
    """Return the spelling for a function of `math` on a Value; "" for an unknown function.

    >>> instead_of_math("tanh"), instead_of_math("fabs")
    ('write mg.tanh(v) or v.tanh()', 'write abs(v)')
    """
    if not name:
        return "take its .data, or mg.exp for math.exp and so on"
    if name in FUNCTIONS and not OPS[name].own:
        return (
            f"write mg.{name}(v) or v.{name}()" if OPS[name].arity == 1 else f"write mg.{name}(...)"
        )
    if name in WRITTEN:
        return f"write {WRITTEN[name]}"
    return (
        "take its .data" if name in OF_NUMBERS else f"mg.op adds {name} to the functions of Values"
    )


def equals(node: Value, other: object) -> bool:
    """Return whether a node equals another object: only a number that it stands in for.

    Warns where code compares a node with a number by `==` or `!=`; `in`, `index` and the lookups
    of dicts, which compare with any object, are silent.
    """
    refuse_branch("a Value is compared by ==")
    if is_standing_in():
        is_number = isinstance(other, (int, float)) and not isinstance(other, bool)
        if is_number:
            note_compared(node, other, by_equal=True)
        return is_number and node._data == other
    if isinstance(other, NUMBERS):
        _warn_where_compared(node)
    return False


def _warn_where_compared(node: Value) -> None:
    """Warn without numbers in the text, so that Python shows the warning once per line.

    Comparisons by this package are silent: it asks which inputs of a node are constants.
    """
    from opcode import opname

    frame, level = sys._getframe(3), 4
    while frame.f_code.co_name == "__array_ufunc__" and frame.f_back:  # np.float64(1) == v
        frame, level = frame.f_back, level + 1
    is_own = frame.f_globals.get("__name__", "").partition(".")[0] == __name__.partition(".")[0]
    if not is_own and opname[frame.f_code.co_code[frame.f_lasti]] == "COMPARE_OP":
        name = repr(node.label) if node.label else "a Value"
        says = f"{name} equals no number, since == compares nodes: compare its .data"
        warnings.warn(says, UserWarning, stacklevel=level)


def _called(frame: FrameType) -> object:
    """Return the function that a frame is calling, if called by a name or from a module."""
    import dis

    until = [i for i in dis.get_instructions(frame.f_code) if i.offset <= frame.f_lasti]
    starts = [(i.positions.lineno, i.positions.col_offset) if i.positions else None for i in until]
    names = {**frame.f_builtins, **frame.f_globals, **frame.f_locals}
    function: object = None
    for instruction, start in zip(until, starts):
        if start != starts[-1] or not instruction.opname.startswith("LOAD_"):
            continue
        if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            is_module = isinstance(function, ModuleType)
            function = getattr(function, instruction.argval, None) if is_module else None
        elif isinstance(instruction.argval, str):
            function = names.get(instruction.argval)
    return function
