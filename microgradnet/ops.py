"""The table: each elementary function stated once, its value and its partial derivatives.

A row's formulas use `+ - *`, `abs` and the functions of this file, and `/` only where the
divisor cannot be 0. So they accept whatever those accept: floats give numbers, `Value`s give a
graph (hence derivatives of any order). A primitive row is what an engine has to spell; every
other row is written from primitives. A new operation is one row.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.differences import differences

__all__ = ["FUNCTIONS", "OPS", "Op", "number"]

Formula = Callable[..., Any]
Interval = tuple[float, float]

REAL: Interval = (-math.inf, math.inf)
POSITIVE: Interval = (0.0, math.inf)


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """One row of the table.

    value: the result from the inputs; partials[i]: the derivative with respect to input i, from
    the inputs and then the result. spelling: as in Python; symbol: as in a picture.
    domain: the open interval of each input where the row holds and is tested. kink: a function
    of the inputs that is 0 where the derivative jumps, or None. defaults: of the last inputs.
    numpy: NumPy's name for it. slopes: the partials, where they are constant.
    """

    name: str
    value: Formula
    partials: tuple[Formula, ...]
    spelling: str
    symbol: str
    domain: tuple[Interval, ...]
    kink: Formula | None = None
    defaults: tuple[float, ...] = ()
    slopes: tuple[float, ...] = ()
    numpy: str = ""
    primitive: bool = False
    own: bool = False

    @property
    def arity(self) -> int:
        """How many inputs the operation takes."""
        return len(self.partials)

    def __reduce__(self) -> tuple[Any, ...]:
        return _find, (self.name,)


OPS: dict[str, Op] = {}
FUNCTIONS: dict[str, Formula] = {}  # of the rows that are not operators


def _find(name: str) -> Op:
    if name not in OPS:
        raise LookupError(f"no operation {name!r} here: define it with mg.op before loading")
    return OPS[name]


def number(x: object) -> float:
    """Return a Python float for an int, float or real NumPy scalar.

    Raises TypeError for anything else, so that nothing is converted silently.

    >>> number(3)
    3.0
    """
    if isinstance(x, (int, float, np.floating, np.integer, np.bool_)):
        try:
            return float(x)
        except OverflowError:
            raise ValueError(f"{x:.3g}... is too large for a float") from None
    kind = type(x).__name__
    hint = "; take one element of it" if isinstance(x, (np.ndarray, list, tuple)) else ""
    raise TypeError(f"expected an int, a float or a NumPy scalar, not {kind}{hint}")


def _dispatch(op: Op, inputs: tuple[Any, ...]) -> Any:
    """Apply a row to any mixture of operands: the first operand class that records decides."""
    inputs += op.defaults[len(inputs) - op.arity :] if len(inputs) < op.arity else ()
    if len(inputs) != op.arity:
        raise TypeError(f"{op.name} takes {op.arity} arguments, not {len(inputs)}")
    for x in inputs:
        apply = getattr(type(x), "apply", None)
        if apply is not None:
            return apply(op, inputs)
    return op.value(*map(number, inputs))


def _function(op: Op, doc: str) -> Formula:
    """The public function of a row; floats take the short way."""
    value = op.value

    def of_one(x: Any) -> Any:
        kind = type(x)
        if kind is float:
            return value(x)
        return kind.apply(op, (x,)) if hasattr(kind, "apply") else value(number(x))

    def of_two(x: Any, y: Any) -> Any:
        numbers = type(x) is float and type(y) is float
        return value(x, y) if numbers else _dispatch(op, (x, y))

    def of_three(x: Any, y: Any, z: Any) -> Any:
        numbers = type(x) is float and type(y) is float and type(z) is float
        return value(x, y, z) if numbers else _dispatch(op, (x, y, z))

    def of_any(*inputs: Any) -> Any:
        return _dispatch(op, inputs)

    kinds: dict[int, Formula] = {1: of_one, 2: of_two, 3: of_three}
    chosen = of_any if op.defaults else kinds.get(op.arity, of_any)
    chosen.__name__ = chosen.__qualname__ = op.name
    chosen.__doc__ = f"Return {doc}, for numbers or Values."
    return chosen


def _row(
    name: str,
    doc: str,
    value: Formula,
    *partials: Any,
    spelling: str = "",
    symbol: str = "",
    numpy: str = "",
    domain: Any = REAL,
    **rest: Any,
) -> Formula:
    slopes = tuple(p for p in partials if type(p) is float)
    if slopes:
        partials = tuple(_constant(p) for p in slopes)
    domain = domain if isinstance(domain[0], tuple) else (domain,) * len(partials)
    names = {"spelling": spelling or name, "symbol": symbol or spelling or name}
    op = Op(name, value, partials, domain=domain, numpy=numpy or name, slopes=slopes, **names, **rest)
    OPS[name] = op
    function = _function(op, doc)
    if not spelling:
        FUNCTIONS[name] = function
    return function


def _constant(slope: float) -> Formula:
    return lambda *inputs: slope


def _primitive(name: str, doc: str, value: Formula, *partials: Any, **rest: Any) -> Formula:
    return _row(name, doc, value, *partials, primitive=True, **rest)


def _library(name: str, doc: str, *partials: Any, **rest: Any) -> Formula:
    """A primitive computed by the platform's mathematical library."""
    value = _ieee(len(partials), getattr(math, name), getattr(np, rest.get("numpy", name)))
    return _primitive(name, doc, value, *partials, **rest)


def _ieee(arity: int, fast: Formula, exact: Formula) -> Formula:
    """Where Python raises (overflow, 1/0, log of 0), answer as IEEE 754 and NumPy do."""

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


# Arithmetic.
add = _primitive(
    "add",
    "x + y",
    operator.add,
    1.0,
    1.0,
    spelling="+",
)
sub = _primitive(
    "sub",
    "x - y",
    operator.sub,
    1.0,
    -1.0,
    spelling="-",
    symbol="−",
    numpy="subtract",
)
mul = _primitive(
    "mul",
    "x * y",
    operator.mul,
    lambda x, y, out: y,
    lambda x, y, out: x,
    spelling="*",
    symbol="×",
    numpy="multiply",
)
div = _primitive(
    "div",
    "x / y",
    _ieee(2, operator.truediv, np.divide),
    lambda x, y, out: div(1.0, y),
    lambda x, y, out: -div(out, y),
    spelling="/",
    symbol="÷",
    numpy="divide",
    domain=(REAL, POSITIVE),
)
neg = _primitive("neg", "-x", operator.neg, -1.0, spelling="-", symbol="−", numpy="negative")
absolute = _primitive(
    "abs",
    "the absolute value of x; its derivative at 0 is 0",
    abs,
    lambda x, out: where(x, 1.0, where(-x, -1.0, 0.0)),
    spelling="abs",
    symbol="|x|",
    numpy="absolute",
    kink=lambda x: x,
)
def _power_by_base(x: Any, y: Any, out: Any) -> Any:
    # x ** 0 is constant, also at x = 0. Where y - 1 is not exact (y = 0.1), x ** (y - 1) loses up
    # to 170 ulp and out / x does not. A constant exponent chooses its formula at once.
    inexact = abs(y - 1.0 + 1.0 - y)
    if type(y) is not float:
        return where(abs(y), where(inexact, y * div(out, x), y * power(x, y - 1.0)), 0.0)
    if y == 0.0 or y == 2.0:
        return y * x if y else 0.0
    return y * div(out, x) if inexact else y * power(x, y - 1.0)


power = _primitive(
    "pow",
    "x ** y; nan for a negative x and a fractional y",
    _ieee(2, math.pow, np.power),
    _power_by_base,
    lambda x, y, out: where(x, out * log(x), sqrt(x)),  # at x = 0: 0; below: nan
    spelling="**",
    symbol="xʸ",
    numpy="power",
    domain=(POSITIVE, REAL),
)

# Exponentials and logarithms.
exp = _library("exp", "e ** x", lambda x, out: out)
expm1 = _library("expm1", "exp(x) - 1, exact near 0", lambda x, out: exp(x))
log = _library("log", "the natural logarithm of x", lambda x, out: div(1.0, x), domain=POSITIVE)
log1p = _library(
    "log1p",
    "log(1 + x), exact near 0",
    lambda x, out: div(1.0, 1.0 + x),
    domain=(-1.0, math.inf),
)
sqrt = _library(
    "sqrt",
    "the square root of x",
    lambda x, out: div(0.5, out),
    symbol="√",
    domain=POSITIVE,
)

# Trigonometry, in radians.
sin = _library("sin", "the sine of x radians", lambda x, out: cos(x))
cos = _library("cos", "the cosine of x radians", lambda x, out: -sin(x))
tan = _library("tan", "the tangent of x radians", lambda x, out: 1.0 + out * out)
hypot = _library(
    "hypot",
    "the length of (x, y); its derivative at (0, 0) is 0",
    lambda x, y, out: where(out, div(x, out), 0.0),
    lambda x, y, out: where(out, div(y, out), 0.0),
    kink=lambda x, y: hypot(x, y),
)
# Half the length, so that it does not overflow where the result is finite.
atan2 = _library(
    "atan2",
    "the angle of the point (x, y) in radians; y comes first",
    lambda y, x, out: div(div(x, hypot(0.5 * y, 0.5 * x)) * 0.25, hypot(0.5 * y, 0.5 * x)),
    lambda y, x, out: -div(div(y, hypot(0.5 * y, 0.5 * x)) * 0.25, hypot(0.5 * y, 0.5 * x)),
    numpy="arctan2",
)

# Choices. The derivative at a kink is that of one side.
where = _primitive(
    "where",
    "a where c > 0, else b",
    lambda c, a, b: a if c > 0 else b,
    lambda c, a, b, out: 0.0,
    lambda c, a, b, out: where(c, 1.0, 0.0),
    lambda c, a, b, out: where(c, 0.0, 1.0),
    kink=lambda c, a, b: c,
)
maximum = _primitive(
    "maximum",
    "the larger of x and y (y if equal), nan if one is",
    lambda x, y: x if x > y or x != x else y,
    lambda x, y, out: where(x - y, 1.0, 0.0),
    lambda x, y, out: where(x - y, 0.0, 1.0),
    symbol="max",
    kink=lambda x, y: x - y,
)
minimum = _primitive(
    "minimum",
    "the smaller of x and y (y if equal), nan if one is",
    lambda x, y: x if x < y or x != x else y,
    lambda x, y, out: where(y - x, 1.0, 0.0),
    lambda x, y, out: where(y - x, 0.0, 1.0),
    symbol="min",
    kink=lambda x, y: x - y,
)

# Activations. exp(-abs(x)) never overflows and loses no digit; s(x) * s(-x) keeps those that
# s * (1 - s) loses where s is near 1, and unlike exp(-abs(x)) can be derived again at 0.
tanh = _library("tanh", "the hyperbolic tangent of x", lambda x, out: 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x))


def _sigmoid(x: Any) -> Any:
    e = exp(-abs(x))
    return where(x, 1.0, e) / (1.0 + e)


sigmoid = _row(
    "sigmoid",
    "the logistic function 1 / (1 + exp(-x))",
    _sigmoid,
    lambda x, out: out * sigmoid(-x),
    symbol="σ",
)
softplus = _row(
    "softplus",
    "log(1 + exp(x)), a smooth relu",
    lambda x: maximum(x, 0.0) + log1p(exp(-abs(x))),
    lambda x, out: sigmoid(x),
)
relu = _row(
    "relu",
    "max(x, 0); its derivative at 0 is 0",
    lambda x: maximum(x, 0.0),
    lambda x, out: where(x, 1.0, 0.0),
    kink=lambda x: x,
)
leaky_relu = _row(
    "leaky_relu",
    "x where x > 0, else slope * x (slope 0.01)",
    lambda x, slope: where(x, x, slope * x),
    lambda x, slope, out: where(x, 1.0, slope),
    lambda x, slope, out: where(x, 0.0, x),
    kink=lambda x, slope: x,
    defaults=(0.01,),
)
