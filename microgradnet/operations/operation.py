"""What a row of the table is, and how one is added."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from microgradnet.operations.functions import function_of, tell_learners
from microgradnet.operations.ieee import total
from microgradnet.operations.kinds import Formula, Operand
from microgradnet.operations.sampling import Domain, Interval, intervals, points_in

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
    is handed down to the inputs, by their places. pairs: of a weighted sum the places of each
    factor and of the other one, in that order. is_spelled_out: programs and text have its formula
    in its place. primitive: an engine spells it. own: made by `mg.op`. lesson, lesson_slopes:
    value and partials as a person writes them, where these are for the last digit.
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
        """How many inputs the operation takes."""
        return len(self.partials)

    def slopes(self, inputs: Sequence[Operand], out: Operand) -> Sequence[Operand]:
        """Return the partial derivatives by all inputs, from them and the result."""
        if self.at_once is not None:
            return self.at_once(inputs)
        return [partial(*inputs, out) for partial in self.partials]

    def completed(self, inputs: Sequence[Operand]) -> Sequence[Operand]:
        """Return the inputs with the defaults of those left out; TypeError for a wrong number."""
        missing = self.arity - len(inputs)
        if missing and 0 < missing <= len(self.defaults):
            inputs = (*inputs, *self.defaults[-missing:])
        if len(inputs) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} arguments, not {len(inputs)}")
        return inputs

    def points(self) -> Iterator[tuple[float, ...]]:
        """Sample points in the domain, away from kinks, to try the row at."""
        for point in points_in(self.domain):
            if self.kink is None or abs(self.kink(*point)) > 0.1:
                yield point

    def of_arity(self, n: int) -> Op:
        """Return the row of the same name for n inputs, of one that takes any number of them."""
        return row_of_arity(self.name, n) if self.name in _OF_ANY_ARITY else self

    def __reduce__(self) -> tuple[object, ...]:
        return _find, (self.name, self.arity) if self.at_once else (self.name,)


_OF_ANY_ARITY: dict[str, Callable[[int], dict[str, Any]]] = {}


@functools.cache
def row_of_arity(name: str, n: int) -> Op:
    """Return the row of an operation of any number of inputs for n of them."""
    return replace(OPS[name], domain=(REAL,) * n, **_OF_ANY_ARITY[name](n))


def _find(name: str, arity: int = 0) -> Op:
    if name not in OPS:
        raise LookupError(f"no operation {name!r} here: define it with mg.op before loading")
    return OPS[name].of_arity(arity) if arity else OPS[name]


_find.__module__ = "microgradnet"  # in pickles, which are not to name today's floor plan


def row(
    name: str,
    doc: str,
    value: Formula,
    *partials: Formula | float,
    spelling: str = "",
    symbol: str = "",
    numpy: str = "",
    domain: Domain = REAL,
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
        domain=intervals(domain, len(partials)),
        **rest,
    )
    OPS[name] = op
    function = function_of(op, doc)
    if not spelling and not op.is_spelled_out:
        FUNCTIONS[name] = function
        if not op.own:
            tell_learners(op)
    return function


def row_of_any_arity(
    name: str, value: Formula, of_arity: Callable[[int], dict[str, object]], symbol: str
) -> Op:
    """Add a row for any number of inputs, spelled out in programs; the table has it for five.

    of_arity: what depends on how many there are: partials, at_once, order and pairs.
    """
    _OF_ANY_ARITY[name] = of_arity
    OPS[name] = Op(name, value, (), name, symbol, name, (), is_spelled_out=True)
    OPS[name] = row_of_arity(name, 5)
    return OPS[name]


def constant(slope: float) -> Formula:
    """Return the formula of a constant partial."""
    return lambda *inputs: slope


def primitive(
    name: str, doc: str, value: Formula, *partials: Formula | float, **rest: Any
) -> Formula:
    """Add a row that engines have to spell."""
    return row(name, doc, value, *partials, primitive=True, **rest)


def library(name: str, doc: str, *partials: Formula | float, **rest: Any) -> Formula:
    """Add a primitive computed by the platform's mathematical library."""
    value = total(len(partials), getattr(math, name), getattr(np, rest.get("numpy", name)))
    return primitive(name, doc, value, *partials, **rest)
