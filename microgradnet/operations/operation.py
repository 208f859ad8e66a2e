"""What a row of the table is, and how its function meets floats, Values and everything else."""

from __future__ import annotations

import functools
import inspect
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Formula = Callable[..., Any]
Interval = tuple[float, float]

REAL: Interval = (-math.inf, math.inf)
OPS: dict[str, Op] = {}
FUNCTIONS: dict[str, Formula] = {}  # of the rows that are not operators


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """One row of the table.

    value: the result from the inputs; partials[i]: the derivative with respect to input i, from
    the inputs and then the result. spelling: as in Python; symbol: as in a picture; numpy: as in
    NumPy. domain: the open interval of each input where the row holds and is tested. kink: a
    function of the inputs that is 0 where the derivative jumps, or None. defaults: of the last
    inputs. chooses: the value is one of the inputs, and the derivative by another is nothing.
    at_once: all partials as one formula, where that is shorter. order: that in which a gradient
    is handed down to the inputs, by their places. is_spelled_out: programs and text have its
    formula in its place. primitive: an engine spells it. own: made by `mg.op`.
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
    at_once: Formula | None = None
    order: Sequence[int] = ()
    is_spelled_out: bool = False
    primitive: bool = False
    own: bool = False

    @property
    def arity(self) -> int:
        """How many inputs the operation takes."""
        return len(self.partials)

    def slopes(self, inputs: Sequence[Any], out: Any) -> Sequence[Any]:
        """Return the partial derivatives by all inputs, from them and the result."""
        if self.at_once is not None:
            slopes: Sequence[Any] = self.at_once(inputs)
            return slopes
        return [partial(*inputs, out) for partial in self.partials]

    def completed(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the inputs with the defaults of those left out; TypeError for a wrong number."""
        missing = self.arity - len(inputs)
        if missing and 0 < missing <= len(self.defaults):
            inputs = (*inputs, *self.defaults[-missing:])
        if len(inputs) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} arguments, not {len(inputs)}")
        return inputs

    def points(self) -> Iterator[tuple[float, ...]]:
        """Sample points in the domain, away from kinks, to try the row at."""
        for shift in range(len(SAMPLES)):
            samples = itertools.cycle(SAMPLES[shift:] + SAMPLES[:shift])
            point = tuple(_inside(t, limits) for t, limits in zip(samples, self.domain))
            if self.kink is None or abs(self.kink(*point)) > 0.1:
                yield point

    def of_arity(self, n: int) -> Op:
        """Return the row of the same name for n inputs, of one that takes any number of them."""
        return _of_arity(self.name, n) if self.name in _OF_ANY_ARITY else self

    def __reduce__(self) -> tuple[Any, ...]:
        return _find, (self.name, self.arity)


SAMPLES = (0.7, -1.3, 2.1, -0.4, 1.6, -2.6, 0.3)


def _inside(t: float, limits: Interval) -> float:
    """A number of size 1 moved into an interval."""
    low, high = limits
    if math.isinf(low) and math.isinf(high):
        return t
    if math.isinf(high):
        return low + math.exp(t)
    return high - math.exp(t) if math.isinf(low) else low + (high - low) / (1.0 + math.exp(t))


_OF_ANY_ARITY: dict[str, Callable[[int], dict[str, Any]]] = {}


@functools.cache
def _of_arity(name: str, n: int) -> Op:
    return replace(OPS[name], domain=(REAL,) * n, **_OF_ANY_ARITY[name](n))


def _find(name: str, arity: int) -> Op:
    if name not in OPS:
        raise LookupError(f"no operation {name!r} here: define it with mg.op before loading")
    return OPS[name].of_arity(arity)


_find.__module__ = "microgradnet"  # in pickles, which are not to name today's floor plan


def number(x: object) -> float:
    """Return a Python float for an int, float or real NumPy scalar.

    Raises TypeError for anything else, so that nothing is converted silently, and ValueError for
    an int that no float can hold.

    >>> number(3)
    3.0
    """
    if isinstance(x, (int, float, np.floating, np.integer, np.bool_)):
        try:
            return float(x)
        except OverflowError:
            raise ValueError("an int of that size has no float") from None
    hint = "; take one element of it" if isinstance(x, (np.ndarray, list, tuple)) else ""
    raise TypeError(f"expected an int, a float or a NumPy scalar, not {type(x).__name__}{hint}")


def whole_number(name: str, n: object) -> int:
    """Return a whole number from 1 as an int; ValueError, with the name, for anything else."""
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} is a whole number from 1, not {n!r}")
    return int(n)


def row(
    name: str,
    doc: str,
    value: Formula,
    *partials: Formula | float,
    spelling: str = "",
    symbol: str = "",
    numpy: str = "",
    domain: Any = REAL,
    **rest: Any,
) -> Formula:
    """Add a row to the table and return its function; without a spelling it is its name."""
    op = Op(
        name,
        value,
        tuple(constant(p) if isinstance(p, float) else p for p in partials),
        order=range(len(partials)),
        spelling=spelling or name,
        symbol=symbol or spelling or name,
        numpy=numpy or name,
        domain=domain if isinstance(domain[0], tuple) else (domain,) * len(partials),
        **rest,
    )
    OPS[name] = op
    function = _function(op)
    function.__name__ = function.__qualname__ = name
    function.__module__ = "microgradnet"  # where pickle finds it
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    takes = "x a number or a Value" if len(partials) == 1 else "the arguments are numbers or Values"
    function.__doc__ = f"Return {doc}; {takes}."
    if not spelling:
        FUNCTIONS[name] = function
    return function


def row_of_any_arity(
    name: str, value: Formula, of_arity: Callable[[int], dict[str, Any]], symbol: str
) -> Op:
    """Add a row for any number of inputs, spelled out in programs; the table has it for five.

    of_arity: what depends on how many there are: partials, at_once and order.
    """
    _OF_ANY_ARITY[name] = of_arity
    OPS[name] = Op(name, value, (), name, symbol, name, (), is_spelled_out=True)
    OPS[name] = _of_arity(name, 5)
    return OPS[name]


def exemplify(op: Op) -> None:
    """Add a call, as doctest, to the docstring of a row's function, once all rows are there."""
    function, point = FUNCTIONS.get(op.name), next(op.points(), None)
    if function is None or point is None or op.own:
        return
    rounded = [float(f"{x:.2f}") for x in point]
    call = f"{op.name}({', '.join(map(repr, rounded))})"
    example = f">>> f\"{{{call}:.6f}}\"\n    '{op.value(*rounded):.6f}'"
    function.__doc__ = f"{function.__doc__}\n\n    {example}\n    "


def constant(slope: float) -> Formula:
    """Return the formula of a constant partial."""
    return lambda *inputs: slope


def primitive(name: str, doc: str, value: Formula, *partials: Any, **rest: Any) -> Formula:
    """Add a row that engines have to spell."""
    return row(name, doc, value, *partials, primitive=True, **rest)


def library(name: str, doc: str, *partials: Any, **rest: Any) -> Formula:
    """Add a primitive computed by the platform's mathematical library."""
    value = total(len(partials), getattr(math, name), getattr(np, rest.get("numpy", name)))
    return primitive(name, doc, value, *partials, **rest)


def total(arity: int, fast: Formula, exact: Formula) -> Formula:
    """Where Python's function raises (overflow, 1/0, log of 0), answer as NumPy's: IEEE 754."""

    def rescue(*inputs: float) -> float:
        with np.errstate(all="ignore"):
            return float(exact(*map(np.float64, inputs)))

    def of_one(x: float) -> Any:
        try:
            return fast(x)
        except (ArithmeticError, ValueError):
            return rescue(x)

    def of_two(x: float, y: float) -> Any:
        try:
            return fast(x, y)
        except (ArithmeticError, ValueError):
            return rescue(x, y)

    return of_one if arity == 1 else of_two


def _function(op: Op) -> Formula:
    """The public function of a row; floats take the short way."""
    value = op.value

    def of_one(x: Any, /) -> Any:
        return value(x) if type(x) is float else dispatch(op, (x,))

    def of_two(x: Any, y: Any, /) -> Any:
        numbers = type(x) is float and type(y) is float
        return value(x, y) if numbers else dispatch(op, (x, y))

    def of_three(x: Any, y: Any, z: Any, /) -> Any:
        numbers = type(x) is float and type(y) is float and type(z) is float
        return value(x, y, z) if numbers else dispatch(op, (x, y, z))

    def of_any(*inputs: Any, **named: float) -> Any:
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


def dispatch(op: Op, inputs: Sequence[Any]) -> Any:
    """Apply a row: the first operand whose class can does so; else all are to be numbers."""
    for x in inputs:
        apply = getattr(type(x), "apply", None)
        if apply is not None:
            return apply(op, inputs)
    return op.value(*map(number, inputs))
