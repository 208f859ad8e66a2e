"""Value: a number that remembers how it was computed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from operator import attrgetter
from threading import get_ident
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.autograd.modes import (
    is_standing_in,
    recording_in,
    refuse_branch,
    standing_in_for,
)
from microgradnet.autograd.unrolled import functions
from microgradnet.operations.kinds import Number
from microgradnet.operations.operation import FUNCTIONS, OPS, Formula, Op, exemplify, number

__all__ = ["Computed", "Value", "clock", "describe", "made_after"]

# A node is numbered when it is made, so sorting by number puts inputs before results. A leaf is
# numbered anew when its data is set: one numbered after its user was changed after its use.
_numbers = itertools.count()
made_after = attrgetter("order")  # the key that sorts by it


class Clock:
    """When a leaf was last set: the number that it was given."""

    last_change = -1


clock = Clock()


class Value:
    """A node of a computation graph: a number, its gradient, and the operation it came from.

    data: an int, a float or a real NumPy scalar, kept as a Python float. label: its name in
    pictures, tables and programs. Arithmetic on a Value (with Values, numbers and NumPy on
    either side) records new Values; `backward()` fills in `grad`. Comparisons look at `data`,
    `==` and `hash` at identity: a Value is a node, not its number.

    Raises TypeError for anything else as data, another Value included.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> loss = a * b + a**2
    >>> loss.backward()
    >>> loss.data, a.grad, b.grad
    (-2.0, 1.0, 2.0)
    """

    # The inputs: two in _x and _y, one in _x; more, or none, as a tuple in _x. A tuple for every
    # node would take 64 bytes, and the garbage collector would visit it too.
    __slots__ = ("_data", "_x", "_y", "grad", "label", "operation", "order")

    _data: float
    order: int
    operation: Op | None
    _x: Any
    _y: Any
    grad: float
    label: str

    def __init__(self, data: Number, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a str, not {type(label).__name__}")
        self._data = data if type(data) is float else number(data)
        self.operation = None
        self.order = next(_numbers)
        self.grad = 0.0
        self._x = ()
        self._y = None
        self.label = label

    @property
    def data(self) -> float:
        """The number, always a Python float; only a leaf's can be set."""
        if recording_in:
            _refuse_branch("the data of a Value is read")
        return self._data

    @data.setter
    def data(self, data: Number) -> None:
        if self.operation is not None:
            raise AttributeError(
                f"{describe(self)} was computed; set the data of a leaf and record again"
            )
        self._data = data if type(data) is float else number(data)
        mark_changed(self)

    @property
    def op(self) -> str:
        """How the operation is spelled, "" for a leaf."""
        return "" if self.operation is None else self.operation.spelling

    @property
    def inputs(self) -> tuple[Value | float, ...]:
        """The Values and numbers it was computed from, in order; () for a leaf."""
        x, y = self._x, self._y
        if y is not None:
            return x, y
        return x if type(x) is tuple else (x,)

    @staticmethod
    def apply(op: Op, inputs: tuple[Any, ...]) -> Value:
        """Record one row of the table on Values and numbers: `mg.exp(v)` ends here."""
        if op.arity == 1:
            return _node(op, op.value(inputs[0]._data), inputs)
        operands = tuple([x if type(x) is Value else number(x) for x in inputs])
        data = op.value(*[x._data if type(x) is Value else x for x in operands])
        return _node(op, data, operands)

    def __pos__(self) -> Value:
        return self

    _op = op  # the names of micrograd

    @property
    def _prev(self) -> set[Value]:
        return {x for x in self.inputs if isinstance(x, Value)}

    def conjugate(self) -> Value:
        """Return the Value itself, which is real; `np.var` and `np.std` ask for it."""
        return self

    def __repr__(self) -> str:
        _refuse_branch("a Value is written as text")
        parts = [repr(self._data), f"grad={self.grad + 0.0!r}"]
        parts += [f"label={self.label!r}"] if self.label else []
        parts += [f"op={self.op!r}"] if self.operation else []
        return f"Value({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        if recording_in and self is not other:
            _refuse_branch("a Value is compared by ==")
        if is_standing_in() and isinstance(other, (int, float)) and not isinstance(other, bool):
            standing_in_for[get_ident()][-1].setdefault(self, set()).add(other)
            return self._data == other
        return self is other

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        _refuse_branch("a Value is asked whether it is true")
        return self != 0 if is_standing_in() else True

    def __float__(self) -> float:
        if is_standing_in():
            return self._data
        raise TypeError(f"float() would forget how {describe(self)} was computed: take its .data")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __lt__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__lt__)

    def __le__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__le__)

    def __gt__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__gt__)

    def __ge__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__ge__)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Record the row of that name; among arrays, let NumPy go through their elements."""
        op = _of_numpy.get(ufunc.__name__)
        scalars = all(isinstance(x, (Value, int, float, np.number, np.bool_)) for x in inputs)
        if op is not None and scalars and op.arity == len(inputs) and not options:
            return Value.apply(op, inputs)
        return getattr(ufunc, method)(*map(_as_array, inputs), **options)

    if TYPE_CHECKING:  # attached from the table below: a test compares the two

        def backward(self) -> None: ...
        def __add__(self, other: Value | Number) -> Value: ...
        def __radd__(self, other: Number) -> Value: ...
        def __sub__(self, other: Value | Number) -> Value: ...
        def __rsub__(self, other: Number) -> Value: ...
        def __mul__(self, other: Value | Number) -> Value: ...
        def __rmul__(self, other: Number) -> Value: ...
        def __truediv__(self, other: Value | Number) -> Value: ...
        def __rtruediv__(self, other: Number) -> Value: ...
        def __pow__(self, other: Value | Number) -> Value: ...
        def __rpow__(self, other: Number) -> Value: ...
        def __neg__(self) -> Value: ...
        def __abs__(self) -> Value: ...
        def exp(self) -> Value: ...
        def expm1(self) -> Value: ...
        def log(self) -> Value: ...
        def log1p(self) -> Value: ...
        def sqrt(self) -> Value: ...
        def sin(self) -> Value: ...
        def cos(self) -> Value: ...
        def tan(self) -> Value: ...
        def tanh(self) -> Value: ...
        def sigmoid(self) -> Value: ...
        def softplus(self) -> Value: ...
        def relu(self) -> Value: ...
        def leaky_relu(self, slope: Value | Number = 0.01) -> Value: ...
        def maximum(self, other: Value | Number) -> Value: ...
        def minimum(self, other: Value | Number) -> Value: ...
        def hypot(self, other: Value | Number) -> Value: ...
        def atan2(self, x: Value | Number) -> Value: ...
        def where(self, a: Value | Number, b: Value | Number) -> Value: ...


if TYPE_CHECKING:

    class Computed(Value):
        """A Value that was computed: its operation is not None."""

        operation: Op
else:
    Computed = Value

_new = Value.__new__
_of_numpy = {op.numpy: op for op in OPS.values()}


def _node(op: Op, data: float, inputs: tuple[Value | float, ...]) -> Value:
    node = _new(Value)
    node._data = data
    node.operation = op
    node.order = next(_numbers)
    node.grad = 0.0
    set_inputs(node, inputs)
    node.label = ""
    return node


def set_inputs(node: Value, inputs: tuple[Value | float, ...]) -> None:
    """Make these the inputs of a node."""
    n = len(inputs)
    node._x = inputs[0] if n in (1, 2) else inputs
    node._y = inputs[1] if n == 2 else None


def _operand(x: Any) -> Any:
    """A Value or number as it is recorded; NotImplemented lets the other side try (NumPy does)."""
    if type(x) is Value:
        return x
    try:
        return number(x)
    except TypeError:
        return NotImplemented


def _reflected(op: Op) -> Callable[[Value, Any], Any]:
    value = op.value

    def method(self: Value, other: Any) -> Any:
        other = _operand(other)
        if other is NotImplemented:
            return other
        return _node(op, value(other, self._data), (other, self))

    return method


def _refuse_branch(what: str) -> None:
    """Raise BranchError where this thread is recording a program: it would be right on one side."""
    if recording_in and get_ident() in recording_in:
        refuse_branch(what)


def _compared(x: Value, other: Any, compare: Callable[[float, float], bool]) -> bool:
    _refuse_branch("Values are compared")
    other = _operand(other)
    if other is NotImplemented:
        return NotImplemented  # type: ignore[no-any-return]
    return compare(x._data, other._data if type(other) is Value else other)


def attach(op: Op) -> Formula:
    """Write out how a row records and hands its gradient down; return the recording function."""
    if op.arity > 2:
        return FUNCTIONS[op.name]
    record, pull = functions(op, globals())
    object.__setattr__(op, "pull", pull)  # the row is frozen for everyone else
    return record


for _name, _op in OPS.items():
    _method = attach(_op)
    if _name in FUNCTIONS:
        _method.__doc__ = FUNCTIONS[_name].__doc__
        if _op.arity == 1:
            _method.__qualname__, _method.__module__ = f"Value.{_name}", Value.__module__
        # a method that returned NotImplemented for a bad argument would be silent: so of one only
        setattr(Value, _name, _method if _op.arity == 1 else FUNCTIONS[_name])
        setattr(Value, _op.numpy, getattr(Value, _name))  # np.exp(v) looks for these
    else:
        _python = "truediv" if _name == "div" else _name
        setattr(Value, f"__{_python}__", _method)
        setattr(Value, f"__r{_python}__", _reflected(_op))
    exemplify(_op)


def describe(node: Value) -> str:
    """Name a node in a message: its label, or its operation and number."""
    if node.label:
        return repr(node.label)
    return f"the {node.operation.name if node.operation else 'unnamed Value'} of {node._data!r}"


def mark_changed(leaf: Value) -> None:
    """Number a leaf anew: from here on it counts as changed after all its uses."""
    leaf.order = clock.last_change = next(_numbers)


def assign(leaves: Sequence[Value], numbers: Sequence[float]) -> None:
    """Set the data of leaves to floats, as `leaf.data = x` does, in a third of the time."""
    clock.last_change = now = next(_numbers)
    for leaf, x in zip(leaves, numbers):
        leaf._data = x
        leaf.order = now


def renumber(node: Value, number: int) -> None:
    """Give a copy the number of its original, which may come from another process."""
    global _numbers
    node.order = number
    clock.last_change = max(clock.last_change, number)
    if next(_numbers) <= number:
        _numbers = itertools.count(number + 1)


def _as_array(x: Any) -> Any:
    if type(x) is not Value:
        return x
    array = np.empty((), dtype=object)
    array[()] = x
    return array
