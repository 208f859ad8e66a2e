"""The table: each elementary function stated once, its value and its partial derivatives.

A row's formulas use `+ - *`, `abs` and the functions of this file, and `/` only where the
divisor cannot be 0. So they accept the same operands: floats give numbers, `Value`s give a
graph (hence derivatives of any order). A primitive row must be spelled by each engine; every
other row is written from primitives. A new operation is one row.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.operations.operation import (
    REAL,
    Formula,
    Interval,
    OfOne,
    OfThree,
    OfTwo,
    Operand,
    WithSlope,
    constant,
    dispatch,
    row,
    row_of_any_arity,
    row_of_arity,
)

# The functions; the other rows are operators.
__all__ = ["atan2", "cos", "exp", "expm1", "hypot", "log", "log1p", "sin", "sqrt", "tan", "where"]
__all__ += ["leaky_relu", "maximum", "minimum", "relu", "sigmoid", "softplus", "tanh"]

POSITIVE: Interval = (0.0, math.inf)


def primitive(
    name: str, doc: str, value: Formula, *partials: Formula | float, **rest: Any
) -> Formula:
    """Add a row that each engine must spell."""
    return row(name, doc, value, *partials, primitive=True, **rest)


def library(name: str, doc: str, *partials: Formula | float, **rest: Any) -> Formula:
    """Add a primitive computed by the platform's mathematical library."""
    value = total(len(partials), getattr(math, name), getattr(np, rest.get("numpy", name)))
    return primitive(name, doc, value, *partials, **rest)


def total(arity: int, fast: Formula, exact: Formula) -> Formula:
    """Return a function with IEEE 754 results where Python raises: overflow, 1/0, log of 0.

    fast: the function of Python; exact: that of NumPy.
    """

    def rescue(*inputs: float) -> float:
        with np.errstate(all="ignore"):
            return float(exact(*map(np.float64, inputs)))

    def of_one(x: float) -> Operand:
        try:
            return fast(x)
        except (ArithmeticError, ValueError):
            return rescue(x)

    def of_two(x: float, y: float) -> Operand:
        try:
            return fast(x, y)
        except (ArithmeticError, ValueError):
            return rescue(x, y)

    return of_one if arity == 1 else of_two


add: OfTwo = primitive("add", "x + y", operator.add, 1.0, 1.0, spelling="+")
sub: OfTwo = primitive(
    "sub", "x - y", operator.sub, 1.0, -1.0, spelling="-", symbol="−", numpy="subtract"
)
mul: OfTwo = primitive(
    "mul",
    "x * y",
    operator.mul,
    lambda x, y, out: y,
    lambda x, y, out: x,
    spelling="*",
    symbol="×",
    numpy="multiply",
)
div: OfTwo = primitive(
    "div",
    "x / y",
    total(2, operator.truediv, np.divide),
    lambda x, y, out: div(1.0, y),
    lambda x, y, out: -div(out, y),
    spelling="/",
    symbol="÷",
    numpy="divide",
    domain=(REAL, POSITIVE),
    lesson_slopes=(lambda x, y, out: div(1.0, y), lambda x, y, out: -div(x, y**2.0)),
)
neg: OfOne = primitive("neg", "-x", operator.neg, -1.0, spelling="-", symbol="−", numpy="negative")
absolute: OfOne = primitive(
    "abs",
    "the absolute value of x; its derivative at 0 is 0",
    abs,
    lambda x, out: where(x, 1.0, where(-x, -1.0, 0.0)),
    spelling="abs",
    symbol="|x|",
    numpy="absolute",
    kink=lambda x: x,
)


def _power_by_base(x: Operand, y: Operand, out: Operand) -> Operand:
    # A constant exponent selects its formula now; x ** 0 is constant, also at x = 0.
    if type(y) is float and (y == 2.0 or y == 0.0):
        return y * x if y else 0.0
    # Where y - 1 is not exact (0.1, 1e17), x ** (y - 1) loses up to 170 ulp, or its sign; out / x
    # does not, but at x = 0 it is nan.
    inexact = abs(y - 1.0 + 1.0 - y) + abs(y - 1.0 - y + 1.0)
    exact = y * power(x, y - 1.0)
    if type(y) is float:
        return where(abs(x), div(y * out, x), exact) if inexact else exact
    slope = where(where(abs(x), inexact, 0.0), div(y * out, x), exact)
    slope = where(abs(y), slope, slope + 0.0)  # 0.0 at y = 0, not -0.0: as for a constant
    return where(maximum(abs(x), abs(y)), slope, 0.0)


def _power_by_exponent(x: Operand, y: Operand, out: Operand) -> Operand:
    at_zero = where(y, 0.0 * out, 0.0)  # 0, and so is its derivative by x where y > 1
    return where(x, out * log(x), where(-x, math.nan, at_zero))


_math_power = total(2, math.pow, np.power)
power: OfTwo = primitive(
    "pow",
    "x ** y; nan for a negative x and a fractional y",
    lambda x, y: x * x if y == 2.0 else _math_power(x, y),
    _power_by_base,
    _power_by_exponent,
    spelling="**",
    symbol="xʸ",
    numpy="power",
    domain=(POSITIVE, REAL),
    lesson_slopes=(
        lambda x, y, out: y * x ** (y - 1.0) if y else 0.0,
        lambda x, y, out: out * log(x),
    ),
)


# Exponentials and logarithms.
exp: OfOne = library("exp", "e ** x", lambda x, out: out)
expm1: OfOne = library("expm1", "exp(x) - 1, exact near 0", lambda x, out: exp(x))
log: OfOne = library(
    "log", "the natural logarithm of x", lambda x, out: div(1.0, x), domain=POSITIVE
)
log1p: OfOne = library(
    "log1p", "log(1 + x), exact near 0", lambda x, out: div(1.0, 1.0 + x), domain=(-1.0, math.inf)
)
sqrt: OfOne = library(
    "sqrt", "the square root of x", lambda x, out: div(0.5, out), symbol="√", domain=POSITIVE
)

sin: OfOne = library("sin", "the sine of x radians", lambda x, out: cos(x))
cos: OfOne = library("cos", "the cosine of x radians", lambda x, out: -sin(x))
tan: OfOne = library("tan", "the tangent of x radians", lambda x, out: 1.0 + out * out)
hypot: OfTwo = library(
    "hypot",
    "the length of (x, y); its derivative at (0, 0) is 0",
    lambda x, y, out: _share(x, x, y),
    lambda x, y, out: _share(y, x, y),
    kink=lambda x, y: hypot(x, y),
    lesson_slopes=(lambda x, y, out: div(x, out), lambda x, y, out: div(y, out)),
)
atan2: OfTwo = library(
    "atan2",
    "the angle of the point (x, y) in radians; y comes first",
    lambda y, x, out: _over_square(x, x, y),
    lambda y, x, out: -_over_square(y, x, y),
    numpy="arctan2",
    lesson_slopes=(
        lambda y, x, out: div(x, x**2.0 + y**2.0),
        lambda y, x, out: -div(y, x**2.0 + y**2.0),
    ),
)


def _scale(x: Operand, y: Operand) -> Operand:
    """Return a power of 2 that keeps the length of (x, y) from overflow or rounding to 0."""
    return where(maximum(abs(x), abs(y)) - 1.0, 0.5, 2.0)


def _share(part: Operand, x: Operand, y: Operand) -> Operand:
    s = _scale(x, y)
    return where(hypot(x, y), div(s * part, hypot(s * x, s * y)), 0.0)


def _over_square(part: Operand, x: Operand, y: Operand) -> Operand:
    s = _scale(x, y)
    length = hypot(s * x, s * y)
    return div(div(part, length) * (s * s), length)


# Choices. The derivative at a kink is that of one side.
where: OfThree = primitive(
    "where",
    "a where c > 0, else b",
    lambda c, a, b: a if c > 0 else b,
    lambda c, a, b, out: 0.0,
    lambda c, a, b, out: where(c, 1.0, 0.0),
    lambda c, a, b, out: where(c, 0.0, 1.0),
    kink=lambda c, a, b: c,
    chooses=True,
)
maximum: OfTwo = primitive(
    "maximum",
    "the larger of x and y (y if equal), nan if one is",
    lambda x, y: x if x > y or x != x else y,
    lambda x, y, out: where(x - y, 1.0, 0.0),
    lambda x, y, out: where(x - y, 0.0, 1.0),
    symbol="max",
    kink=lambda x, y: x - y,
    chooses=True,
)
minimum: OfTwo = primitive(
    "minimum",
    "the smaller of x and y (y if equal), nan if one is",
    lambda x, y: x if x < y or x != x else y,
    lambda x, y, out: where(y - x, 1.0, 0.0),
    lambda x, y, out: where(y - x, 0.0, 1.0),
    symbol="min",
    kink=lambda x, y: x - y,
    chooses=True,
)

# Activations. exp(-abs(x)) never overflows and loses no digit. But a formula with it cannot be
# derived again at 0, so such a formula is a row with a smooth partial.
tanh: OfOne = library(
    "tanh",
    "the hyperbolic tangent of x",
    lambda x, out: 4.0 * _slope(2.0 * x),
    lesson_slopes=(lambda x, out: 1.0 - out**2.0,),
)


def _sigmoid(x: Operand) -> Operand:
    e = exp(-abs(x))
    return where(x, 1.0, e) / (1.0 + e)


def _bell(x: Operand) -> Operand:
    e = exp(-abs(x))
    return e / power(1.0 + e, 2.0)  # the row, since Python's ** rounds a square differently


sigmoid: OfOne = row(
    "sigmoid",
    "the logistic function 1 / (1 + exp(-x))",
    _sigmoid,
    lambda x, out: _slope(x),
    symbol="σ",
    lesson=lambda x: 1.0 / (1.0 + exp(-x)),
    lesson_slopes=(lambda x, out: out * (1.0 - out),),
)
_slope: OfOne = row(
    "sigmoid_slope", "", _bell, lambda x, out: -out * tanh(0.5 * x), is_spelled_out=True
)
softplus: OfOne = row(
    "softplus",
    "log(1 + exp(x)), a smooth relu",
    lambda x: maximum(x, 0.0) + log1p(exp(-abs(x))),
    lambda x, out: sigmoid(x),
    lesson=lambda x: log(1.0 + exp(x)),
)
relu: OfOne = row(
    "relu",
    "max(x, 0); its derivative at 0 is 0",
    lambda x: maximum(x, 0.0),
    lambda x, out: where(x, 1.0, 0.0),
    kink=lambda x: x,
    chooses=True,
)
leaky_relu: WithSlope = row(
    "leaky_relu",
    "x where x > 0, else slope * x (slope 0.01)",
    lambda x, slope: where(x, x, slope * x),
    lambda x, slope, out: where(x, 1.0, slope),
    lambda x, slope, out: where(x, 0.0, x),
    kink=lambda x, slope: x,
    defaults=(0.01,),
    chooses=True,
)


# The weighted sum takes any number of inputs; a neuron records it as one node.

EVEN, ODD = slice(None, -1, 2), slice(1, None, 2)


def weighted_sum(weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand) -> Operand:
    """Return weights[0] * inputs[0] + weights[1] * inputs[1] + ... + bias, recorded as one node.

    weights, inputs: as many numbers or Values each, one or more; bias: a number or a Value. It is
    added up from the left, so its bits are those of the sum written out. The inputs of the node
    are the pairs and the bias: w1, x1, w2, x2, ..., b. Raises ValueError for different numbers of
    weights and inputs.

    >>> weighted_sum([2.0, 3.0], [10.0, 100.0], 5.0)
    325.0
    """
    n = len(weights)
    if n != len(inputs) or not n:
        raise ValueError(f"{n} weights and {len(inputs)} inputs make no weighted sum")
    terms = [bias] * (2 * n + 1)
    terms[EVEN], terms[ODD] = weights, inputs  # takes a third of the time of zip and chain
    return dispatch(row_of_arity("weighted_sum", len(terms)), terms)


def _added_up(*numbers: Operand) -> Operand:
    result = numbers[0] * numbers[1]
    for i in range(2, len(numbers) - 1, 2):
        result += numbers[i] * numbers[i + 1]
    return result + numbers[-1]


def _of_pairs(n: int) -> dict[str, object]:
    """Return the partials for n inputs: a factor's is its other factor, the bias's is 1.

    The last pair comes first, in the order in which the sum written out hands its gradient down.
    """
    pairs = [(i, i ^ 1) for w in range(n - 3, -1, -2) for i in (w, w + 1)]
    others = [i ^ 1 for i in range(n - 1)]
    pick = operator.itemgetter(*others)
    return {
        "partials": (*[_input(i) for i in others], constant(1.0)),
        "at_once": lambda numbers: (*pick(numbers), 1.0),
        "order": (n - 1, *[i for i, _ in pairs]),
        "pairs": tuple(pairs),
    }


def _input(i: int) -> Formula:
    return lambda *inputs_and_result: inputs_and_result[i]


row_of_any_arity("weighted_sum", _added_up, _of_pairs, symbol="Σ")
