"""Define a row of the table, add it, and make its public function; the types of all three."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any, Protocol, TypeVar, cast, overload

import numpy as np

from microgradnet.operations.arguments import number

Operand = Any  # an operand or result of a formula: a number, an array, a Value, a term, a symbol
Formula = Callable[..., Operand]
Number = float | np.floating[Any] | np.integer[Any]
Interval = tuple[float, float]
Domain = Interval | Sequence[Interval]  # one for all inputs, or one for each

REAL: Interval = (-math.inf, math.inf)
SAMPLES = (0.7, -1.3, 2.1, -0.4, 1.6, -2.6, 0.3)
OPS: dict[str, Op] = {}
FUNCTIONS: dict[str, Formula] = {}  # for rows that are not operators
LEARNERS: list[Callable[[Op], None]] = []  # called with the row of each function that is added


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """One row of the table: an operation with its value and partial derivatives.

    value: the result from the inputs; partials[i]: the derivative with respect to input i, from the
    inputs and then the result. spelling: in Python; symbol: in a picture; numpy: in NumPy. domain:
    the open interval of each input where the row holds and is tested. kink: a function of the
    inputs that is 0 where the derivative jumps, or None. defaults: of the last inputs. chooses:
    whether the value is one of the inputs, so that the others get no gradient. at_once: all
    partials as one formula, where that is shorter. order: the order in which a gradient is handed
    down to the inputs, by index. pairs: for a weighted sum, the indices of each factor and its
    other factor, in that order. is_spelled_out: whether programs and text write its formula
    instead. primitive: whether engines spell it. own: made by `mg.op`. lesson, lesson_slopes: value
    and partials as a person writes them, where the table's are written for the last digit.
    """

    name: str
    value: Formula
    partials: tuple[Formula, ...]
    spelling: str
    symbol: str
    numpy: str
    domain: tuple[Interval, ...]
    kink: Formula | None = None
    defaults: tuple[float, ...] = ()
    chooses: bool = False
    at_once: Callable[[Sequence[Operand]], Sequence[Operand]] | None = None
    order: Sequence[int] = ()
    pairs: Sequence[tuple[int, int]] = ()
    is_spelled_out: bool = False
    primitive: bool = False
    own: bool = False
    lesson: Formula | None = None
    lesson_slopes: Sequence[Formula] = ()

    @property
    def arity(self) -> int:
        """The number of inputs of the operation."""
        return len(self.partials)

    def slopes(self, inputs: Sequence[Operand], out: Operand) -> Sequence[Operand]:
        """Return the partial derivatives by all inputs, from the inputs and the result."""
        if self.at_once is not None:
            return self.at_once(inputs)
        return [partial(*inputs, out) for partial in self.partials]

    def completed(self, inputs: Sequence[Operand]) -> Sequence[Operand]:
        """Return the inputs with defaults for missing ones; raise TypeError for a wrong number."""
        missing = self.arity - len(inputs)
        if missing and 0 < missing <= len(self.defaults):
            inputs = (*inputs, *self.defaults[-missing:])
        if len(inputs) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} arguments, not {len(inputs)}")
        return inputs

    def points(self) -> Iterator[tuple[float, ...]]:
        """Yield points in the domain, away from kinks, to test the row at."""
        for shift in range(len(SAMPLES)):
            samples = (*SAMPLES[shift:], *SAMPLES[:shift])
            point = tuple(map(_moved_into, self.domain, cycle(samples)))
            if self.kink is None or abs(self.kink(*point)) > 0.1:
                yield point

    def of_arity(self, n: int) -> Op:
        """Return the row for n inputs if the operation takes any number, else this row."""
        return row_of_arity(self.name, n) if self.name in _OF_ANY_ARITY else self

    def __reduce__(self) -> tuple[object, ...]:
        return _find, (self.name, self.arity) if self.at_once else (self.name,)


def _moved_into(interval: Interval, t: float) -> float:
    """Return a number of size 1 moved into an interval."""
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return t
    if math.isinf(high):
        return low + math.exp(t)
    return high - math.exp(t) if math.isinf(low) else low + (high - low) / (1.0 + math.exp(t))


_OF_ANY_ARITY: dict[str, Callable[[int], dict[str, Any]]] = {}


@functools.cache
def row_of_arity(name: str, n: int) -> Op:
    """Return the row for n inputs of an operation that takes any number of them."""
    return replace(OPS[name], domain=(REAL,) * n, **_OF_ANY_ARITY[name](n))


def _find(name: str, arity: int = 0) -> Op:
    if name not in OPS:
        raise LookupError(f"no operation {name!r} here: define it with mg.op before loading")
    return OPS[name].of_arity(arity) if arity else OPS[name]


_find.__module__ = "microgradnet"  # pickles must not depend on the package's layout


def row(
    name: str,
    doc: str,
    value: Formula,
    *partials: Formula | float,
    spelling: str = "",
    symbol: str = "",
    numpy: str = "",
    domain: Domain = REAL,
    check: Callable[[Op], None] | None = None,
    **rest: Any,
) -> Formula:
    """Add a row to the table and return its function; the default spelling is its name.

    check: raises where the row must not be added.
    """
    op = Op(
        name,
        value,
        tuple(constant(p) if isinstance(p, float) else p for p in partials),
        order=range(len(partials)),
        spelling=spelling or name,
        symbol=symbol or spelling or name,
        numpy=numpy or name,
        domain=_intervals(domain, len(partials)),
        **rest,
    )
    if check is not None:
        check(op)
    return _added(op, doc, is_operator=bool(spelling))


def _added(op: Op, doc: str, is_operator: bool) -> Formula:
    OPS[op.name] = op
    function = _function_of(op, doc)
    if not is_operator and not op.is_spelled_out:
        FUNCTIONS[op.name] = function
        for learn in LEARNERS:
            learn(op)
    return function


def row_of_any_arity(
    name: str, value: Formula, of_arity: Callable[[int], dict[str, object]], symbol: str
) -> None:
    """Add a row for any number of inputs, spelled out in programs; the table has it for five.

    of_arity: returns the fields that depend on the number: partials, at_once, order and pairs.
    """
    _OF_ANY_ARITY[name] = of_arity
    OPS[name] = Op(name, value, (), name, symbol, name, (), is_spelled_out=True)
    OPS[name] = row_of_arity(name, 5)


def constant(slope: float) -> Formula:
    """Return the formula of a constant partial."""
    return lambda *inputs: slope


def _intervals(domain: Domain, n: int) -> tuple[Interval, ...]:
    return cast(tuple[Interval, ...], domain if isinstance(domain[0], tuple) else (domain,) * n)


# The public function of a row, on floats, Values and everything else.


def _function_of(op: Op, doc: str) -> Formula:
    """Return the public function of a row; doc: describes the function's result."""
    function = _taking(op)
    function.__name__ = function.__qualname__ = op.name
    function.__module__ = "microgradnet"  # pickle looks it up there
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    takes = "x a number or a Value" if op.arity == 1 else "the arguments are numbers or Values"
    function.__doc__ = f"Return {doc}; {takes}."
    return function


def _taking(op: Op) -> Formula:
    """Return a function of as many arguments as the row, with a fast path for floats."""
    value = op.value

    def of_one(x: Operand, /) -> Operand:
        return value(x) if type(x) is float else dispatch(op, (x,))

    def of_two(x: Operand, y: Operand, /) -> Operand:
        numbers = type(x) is float and type(y) is float
        return value(x, y) if numbers else dispatch(op, (x, y))

    def of_three(x: Operand, y: Operand, z: Operand, /) -> Operand:
        numbers = type(x) is float and type(y) is float and type(z) is float
        return value(x, y, z) if numbers else dispatch(op, (x, y, z))

    def of_any(*inputs: Operand, **named: float) -> Operand:
        given = _signature(op).bind(*inputs, **named).args if named else inputs
        return dispatch(op, op.completed(given))

    fixed: dict[int, Formula] = {1: of_one, 2: of_two, 3: of_three}
    return of_any if op.defaults else fixed.get(op.arity, of_any)


def _signature(op: Op) -> inspect.Signature:
    names = list(inspect.signature(op.partials[-1]).parameters)[: op.arity]
    if len(names) < op.arity:  # *inputs
        names = [f"x{i + 1}" for i in range(op.arity)]
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    kind = either if op.defaults else inspect.Parameter.POSITIONAL_ONLY
    defaults = [inspect.Parameter.empty] * (op.arity - len(op.defaults)) + list(op.defaults)
    return inspect.Signature(
        [inspect.Parameter(name, kind, default=d) for name, d in zip(names, defaults)]
    )


def dispatch(op: Op, inputs: Sequence[Operand]) -> Operand:
    """Apply a row by the first operand whose class has `apply`, else to numbers."""
    for x in inputs:
        apply = getattr(type(x), "apply", None)
        if apply is not None:
            return apply(op, inputs)
    return op.value(*map(number, inputs))


def exemplify(function: Formula, op: Op) -> None:
    """Add a call, as doctest, to the docstring of a row's function, once all rows exist."""
    rounded = [float(f"{x:.2f}") for x in next(op.points())]
    call = f"{op.name}({', '.join(map(repr, rounded))})"
    example = f">>> f\"{{{call}:.6f}}\"\n    '{op.value(*rounded):.6f}'"
    function.__doc__ = f"{function.__doc__}\n\n    {example}\n    "


# Types of these functions, for type checkers. Here a Value is any class with `apply`, since this
# room does not import the class.


class Recorded(Protocol):
    """An object that records the rows applied to it, as a Value does, and has a number."""

    @property
    def data(self) -> float:
        """The number."""

    @staticmethod
    def apply(op: Op, inputs: Sequence[Operand]) -> Operand:
        """Record a row on these inputs."""


T = TypeVar("T", bound=Recorded)


class OfOne(Protocol):
    """A function of one number or Value."""

    @overload
    def __call__(self, x: Number, /) -> float: ...
    @overload
    def __call__(self, x: T, /) -> T: ...


class OfTwo(Protocol):
    """A function of two arguments, any of which may be a Value."""

    @overload
    def __call__(self, x: Number, y: Number, /) -> float: ...
    @overload
    def __call__(self, x: T, y: T | Number, /) -> T: ...
    @overload
    def __call__(self, x: Number, y: T, /) -> T: ...


class OfThree(Protocol):
    """A function of three arguments, any of which may be a Value."""

    @overload
    def __call__(self, x: Number, y: Number, z: Number, /) -> float: ...
    @overload
    def __call__(self, x: T, y: T | Number, z: T | Number, /) -> T: ...
    @overload
    def __call__(self, x: Number, y: T, z: T | Number, /) -> T: ...
    @overload
    def __call__(self, x: Number, y: Number, z: T, /) -> T: ...


class WithSlope(Protocol):
    """A function of one argument and an optional slope."""

    @overload
    def __call__(self, x: Number, slope: Number = 0.01) -> float: ...
    @overload
    def __call__(self, x: T, slope: T | Number = 0.01) -> T: ...
