"""Value: a number that remembers how it was computed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from microgradnet.autograd.gradient import (
    clock,
    complete,
    put_back,
    refuse_changed,
    refuse_gradients,
    sweep,
)
from microgradnet.autograd.graph import describe, operands, reachable
from microgradnet.autograd.methods import Functions, NamesOfOthers, equals, in_place, no_float
from microgradnet.autograd.modes import is_standing_in, note_compared, recording_in, refuse_branch
from microgradnet.operations.arguments import number
from microgradnet.operations.operation import OPS, Number, Op, Operand

__all__ = ["Computed", "Value", "assign", "set_state"]

# A node is numbered when it is made, so sorting by number puts inputs before results. A leaf is
# renumbered when its data is set, so a leaf with a higher number than its user was changed later.
_numbers = itertools.count()
ROUNDING = 2.0**-50  # relative: a change that is explained by a known rate up to this keeps it


class Value(NamesOfOthers, Functions):
    """A node of a computation graph: a number, its gradient, and the operation it came from.

    data: an int, a float or a real NumPy scalar, kept as a Python float. label: its name in
    pictures, tables and programs. Arithmetic on a Value (with Values, numbers and NumPy on
    either side) records new Values; `backward()` fills in `grad`. To update a leaf, set its data:
    `p.data -= 0.1 * p.grad`, since `p -= 0.1 * p.grad` computes another Value. `<` and `>` compare
    `data`; `==` and `hash` use identity, since a Value is a node, not its number. operation: the
    row of the table that computed it, None for a leaf; order: the creation number, by which inputs
    come before results.

    A subclass may have attributes and methods of its own; results computed from it are Values.

    Raises TypeError for anything else as data, another Value included.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> loss = a * b + a**2
    >>> loss.backward()
    >>> loss.data, a.grad, b.grad
    (-2.0, 1.0, 2.0)
    """

    # The inputs: two in _x and _y, one in _x; more, or none, as a tuple in _x, and their numbers
    # in _y. A tuple for every node would take 64 bytes, and the garbage collector visit it too.
    __slots__ = ("_data", "_x", "_y", "grad", "label", "operation", "order")

    _data: float
    _x: Any
    _y: Any
    grad: float
    label: str
    operation: Op | None
    order: int

    def __init__(self, data: Number, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a str, not {type(label).__name__}")
        self._data = data if type(data) is float else number(data)
        self._x = self._y = ()
        self.grad = 0.0
        self.label = label
        self.operation = None
        self.order = next(_numbers)

    @property
    def data(self) -> float:
        """The number, always a Python float; only a leaf's can be set."""
        if recording_in:
            refuse_branch("the data of a Value is read")
        return self._data

    @data.setter
    def data(self, data: Number) -> None:
        if self.operation is not None:
            raise AttributeError(
                f"{describe(self)} was computed; set the data of a leaf and record again"
            )
        before, self._data = self._data, data if type(data) is float else number(data)
        known, change = self._y[0] if self._y else 0.0, before - self._data  # see `rate_of`
        if not abs(change - known * self.grad) <= ROUNDING * abs(before):
            self._y = (change / self.grad,) if self.grad else ()
        elif change:
            self._y = (known, known)
        self.order = clock.last_change = next(_numbers)

    @property
    def op(self) -> str:
        """The Python spelling of the operation, "" for a leaf."""
        return "" if self.operation is None else self.operation.spelling

    @property
    def inputs(self) -> tuple[Value | float, ...]:
        """The Values and numbers the node was computed from, in order; () for a leaf."""
        x, y = self._x, self._y
        if type(x) is tuple:
            return x
        return (x,) if y is None else (x, y)

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the `grad` of each leaf; set the `grad` of intermediate nodes.

        Intermediate nodes start from 0 at each call, so two calls give exactly twice the gradient.

        Raises NonFiniteError, naming the first bad node, where a value or a gradient is inf or nan.
        Raises ValueError, naming the leaf, where its data was set after its use. No gradient is
        changed then.

        >>> x = Value(3.0)
        >>> loss = x * x
        >>> loss.backward(); loss.backward()
        >>> x.grad
        12.0
        """
        leaves, inner = reachable(self)
        refuse_changed(inner)
        before = [leaf.grad for leaf in leaves]
        try:
            for node in leaves:
                node.grad = -0.0  # the zero that keeps all bits: 0.0 + -0.0 is 0.0
            for node in inner:
                node.grad = -0.0
            self.grad = 1.0
            sweep(inner)
            complete(self, leaves, inner, before)
        except BaseException:
            put_back(leaves, inner, before)
            refuse_gradients(leaves)
            raise

    # Arithmetic: each records a row of the table.

    def __add__(self, other: Value | Number) -> Value:
        return _record(_ADD, self, other)

    def __iadd__(self, other: Value | Number) -> Value:
        return _record(_ADD, self, other) if self.operation else in_place(self + other)

    def __radd__(self, other: Number) -> Value:
        return _record(_ADD, other, self)

    def __sub__(self, other: Value | Number) -> Value:
        return _record(_SUB, self, other)

    def __isub__(self, other: Value | Number) -> Value:
        return _record(_SUB, self, other) if self.operation else in_place(self - other)

    def __rsub__(self, other: Number) -> Value:
        return _record(_SUB, other, self)

    def __mul__(self, other: Value | Number) -> Value:
        return _record(_MUL, self, other)

    def __rmul__(self, other: Number) -> Value:
        return _record(_MUL, other, self)

    def __truediv__(self, other: Value | Number) -> Value:
        return _record(_DIV, self, other)

    def __rtruediv__(self, other: Number) -> Value:
        return _record(_DIV, other, self)

    def __pow__(self, other: Value | Number) -> Value:
        return _record(_POW, self, other)

    def __rpow__(self, other: Number) -> Value:
        return _record(_POW, other, self)

    def __neg__(self) -> Value:
        return self._record_one(_NEG)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return self._record_one(_ABS)

    def _record_one(self, op: Op) -> Value:
        """Record a row of the table with one input: `v.exp()` ends here."""
        return _node(op, op.value(self._data), self, None)

    @staticmethod
    def apply(op: Op, inputs: Sequence[Operand]) -> Value:
        """Record one row of the table on Values and numbers: `mg.exp(v)` ends here."""
        n = len(inputs)
        if n == 1 and isinstance(inputs[0], Value):
            return inputs[0]._record_one(op)
        try:
            numbers = tuple([x if type(x) is float else x._data for x in inputs])
        except AttributeError:  # an int, a NumPy scalar, or no number at all
            return Value.apply(op, [x if isinstance(x, Value) else number(x) for x in inputs])
        if n > 2:
            return _node(op, op.value(*numbers), tuple(inputs), numbers)
        x, y = inputs if n == 2 else (inputs[0], None)
        return _node(op, op.value(*numbers), x, y)

    _op = op  # the names in micrograd

    @property
    def _prev(self) -> set[Value]:
        return set(operands(self))

    def conjugate(self) -> Value:
        """Return the Value itself, which is real; `np.var` and `np.std` ask for it."""
        return self

    # A Value is a node: equal only to itself, and not interchangeable with its number.

    def __eq__(self, other: object) -> bool:
        return self is other or equals(self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        refuse_branch("a Value is asked whether it is true")
        return self != 0 if is_standing_in() else True

    def __float__(self) -> float:
        if is_standing_in():
            return self._data
        raise no_float(self)

    def __lt__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__lt__)

    def __le__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__le__)

    def __gt__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__gt__)

    def __ge__(self, other: Value | Number) -> bool:
        return _compared(self, other, float.__ge__)

    def __repr__(self) -> str:
        refuse_branch("a Value is written as text")
        parts = [repr(self._data), f"grad={self.grad or 0.0!r}"]
        parts += [f"label={self.label!r}"] if self.label else []
        parts += [f"op={self.op!r}"] if self.operation else []
        return f"{type(self).__name__}({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

    # Copies and pickles: see lifetimes.py.

    def __copy__(self) -> Value:
        from microgradnet.autograd.lifetimes import copied

        return copied(self)

    def __deepcopy__(self, memo: dict[int, object]) -> Value:
        from microgradnet.autograd.lifetimes import deeply_copied

        return deeply_copied(self, memo)

    def __reduce__(self) -> tuple[object, ...]:
        from microgradnet.autograd.lifetimes import reduced

        return reduced(self)


if TYPE_CHECKING:

    class Computed(Value):
        """A Value that was computed: its operation is not None."""

        operation: Op
else:
    Computed = Value

_ADD, _SUB, _MUL, _DIV, _POW, _NEG, _ABS = (
    OPS[name] for name in ("add", "sub", "mul", "div", "pow", "neg", "abs")
)
_new = Value.__new__
EXACT = 2**53  # below it each int is a float


def _record(op: Op, x: Operand, y: Operand) -> Value:
    """Record a row of two inputs, one of them a Value; NotImplemented for other operands."""
    a, b = x._data if type(x) is Value else x, y._data if type(y) is Value else y
    if not type(a) is type(b) is float:
        if type(y) is int and type(x) is Value and -EXACT < y < EXACT:
            y = b = float(y)
        elif type(x) is int and type(y) is Value and -EXACT < x < EXACT:
            x = a = float(x)
        else:
            (x, a), (y, b) = _operand(x), _operand(y)
            if a is NotImplemented or b is NotImplemented:
                return NotImplemented  # type: ignore[no-any-return]
    node = _new(Value)  # inlined _node, to save a call
    node._data, node._x, node._y = op.value(a, b), x, y
    node.grad, node.label = 0.0, ""
    node.operation, node.order = op, next(_numbers)
    return node


def _node(op: Op, data: float, x: Operand, y: Operand) -> Value:
    node = _new(Value)
    node._data, node._x, node._y = data, x, y
    node.grad, node.label = 0.0, ""
    node.operation, node.order = op, next(_numbers)
    return node


def _slots(inputs: Sequence[Value | float], numbers: Sequence[float]) -> tuple[object, object]:
    """Return the contents of the slots _x and _y for these inputs."""
    n = len(inputs)
    if n == 2:
        return inputs[0], inputs[1]
    return (inputs[0], None) if n == 1 else (tuple(inputs), numbers)


def _operand(x: object) -> tuple[Operand, Operand]:
    """Return an operand as it is recorded, and its number; NotImplemented twice for anything else.

    Then Python tries the other operand, as with NumPy.
    """
    if isinstance(x, Value):
        return x, x._data
    try:
        recorded = number(x)
    except TypeError:
        return NotImplemented, NotImplemented
    return recorded, recorded


def _compared(x: Value, other: object, compare: Callable[[float, float], bool]) -> bool:
    refuse_branch("Values are compared")
    note_compared(x, other)
    _, b = _operand(other)
    return NotImplemented if b is NotImplemented else compare(x._data, b)


def set_state(node: Value, state: tuple[Any, ...]) -> Value:
    """Give a new Value this state, order included: (order, data, grad, ...).

    The order may come from another process; all nodes made from here on come after it.
    """
    global _numbers
    node.order, node._data, node.grad, node.label, node.operation, inputs = state
    node._x, node._y = _slots(inputs, [x if type(x) is float else x._data for x in inputs])
    clock.last_change = max(clock.last_change, node.order)
    if next(_numbers) <= node.order:
        _numbers = itertools.count(node.order + 1)
    return node


def assign(leaves: Sequence[Value], numbers: Sequence[float]) -> None:
    """Set the data of leaves to floats, like `leaf.data = x` but in a third of the time."""
    clock.last_change = now = next(_numbers)
    for leaf, x in zip(leaves, numbers):
        leaf._data = x
        leaf.order = now
