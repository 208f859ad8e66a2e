"""A drawn program at 50 digits: values and gradients by the formulas of textbooks."""

from __future__ import annotations

import mpmath

mpmath.mp.dps = 50
MP = mpmath


def textbook(made, row):
    """The outputs at a row and, where it is asked for, the gradient of the last; None: no number.

    Each number comes with its derivatives by all inputs.
    """
    n = len(row)
    registers = [(MP.mpf(x), _unit(i, n)) for i, x in enumerate(row)]
    for name, operands in made.lines:
        given = [
            registers[x[1]] if type(x) is tuple else (MP.mpf(x), [MP.mpf(0)] * n) for x in operands
        ]
        registers.append(None if None in given else _applied(name, given, made.has_gradient))
    found = [registers[i] for i in made.outputs]
    values = [None if x is None else x[0] for x in found]
    if not made.has_gradient:
        return values
    last = found[-1]
    slopes = [None] * n if last is None or last[1] is None else last[1]
    return [*values, *slopes]


def _unit(i, n):
    return [MP.mpf(k == i) for k in range(n)]


def _applied(name, given, has_gradient):
    numbers = [x for x, _ in given]
    try:
        out = VALUES[name](*numbers)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if not isinstance(out, MP.mpf) or not MP.isfinite(out):
        return None
    if not has_gradient or any(slopes is None for _, slopes in given):
        return out, None
    try:
        partials = PARTIALS[name](*numbers)
    except (ValueError, ZeroDivisionError, OverflowError):
        return out, None
    if not all(isinstance(p, MP.mpf) and MP.isfinite(p) for p in map(MP.mpmathify, partials)):
        return out, None
    columns = zip(*[slopes for _, slopes in given], strict=True)
    return out, [MP.fsum(p * s for p, s in zip(partials, x, strict=True)) for x in columns]


def _sigmoid(x):
    return 1 / (1 + MP.exp(-x))


def _power(x, y):
    if y == 0:
        return MP.mpf(1)
    return MP.power(x, y)


def _power_slopes(x, y):
    by_base = MP.mpf(0) if y == 0 else y * MP.power(x, y - 1)
    if x == 0:
        return by_base, MP.mpf(0)
    return by_base, MP.power(x, y) * MP.log(x) if x > 0 else MP.nan


def _bell(x):
    e = MP.exp(-abs(x))  # sigmoid(x) * (1 - sigmoid(x)) without the difference, which loses digits
    return e / (1 + e) ** 2


VALUES = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": _power,
    "neg": lambda x: -x,
    "abs": abs,
    "exp": MP.exp,
    "expm1": MP.expm1,
    "log": MP.log,
    "log1p": MP.log1p,
    "sqrt": MP.sqrt,
    "sin": MP.sin,
    "cos": MP.cos,
    "tan": MP.tan,
    "hypot": lambda x, y: MP.sqrt(x * x + y * y),
    "atan2": MP.atan2,
    "where": lambda c, a, b: a if c > 0 else b,
    "maximum": lambda x, y: x if x > y else y,
    "minimum": lambda x, y: x if x < y else y,
    "tanh": MP.tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda x: MP.log1p(MP.exp(x)),
    "relu": lambda x: x if x > 0 else MP.mpf(0),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "weighted_sum": lambda *x: MP.fdot(x[:-1:2], x[1::2]) + x[-1],
    "random_bowl": lambda x, y: x * x + 3 * y * y,
    "random_cubic": lambda x: x * x * x - x,
}
ONE, NONE = MP.mpf(1), MP.mpf(0)
PARTIALS = {
    "add": lambda x, y: (ONE, ONE),
    "sub": lambda x, y: (ONE, -ONE),
    "mul": lambda x, y: (y, x),
    "div": lambda x, y: (1 / y, -x / y**2),
    "pow": _power_slopes,
    "neg": lambda x: (-ONE,),
    "abs": lambda x: (MP.sign(x),),
    "exp": lambda x: (MP.exp(x),),
    "expm1": lambda x: (MP.exp(x),),
    "log": lambda x: (1 / x,),
    "log1p": lambda x: (1 / (1 + x),),
    "sqrt": lambda x: (1 / (2 * MP.sqrt(x)),),
    "sin": lambda x: (MP.cos(x),),
    "cos": lambda x: (-MP.sin(x),),
    "tan": lambda x: (1 + MP.tan(x) ** 2,),
    "hypot": lambda x, y: (x / MP.hypot(x, y), y / MP.hypot(x, y)) if x or y else (NONE, NONE),
    "atan2": lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y)),
    "where": lambda c, a, b: (NONE, ONE, NONE) if c > 0 else (NONE, NONE, ONE),
    "maximum": lambda x, y: (ONE, NONE) if x > y else (NONE, ONE),
    "minimum": lambda x, y: (ONE, NONE) if x < y else (NONE, ONE),
    "tanh": lambda x: (1 / MP.cosh(x) ** 2,),
    "sigmoid": lambda x: (_bell(x),),
    "softplus": lambda x: (_sigmoid(x),),
    "relu": lambda x: (ONE if x > 0 else NONE,),
    "leaky_relu": lambda x, slope: (ONE, NONE) if x > 0 else (slope, x),
    "weighted_sum": lambda *x: (*[x[i ^ 1] for i in range(len(x) - 1)], ONE),
    "random_bowl": lambda x, y: (2 * x, 6 * y),
    "random_cubic": lambda x: (3 * x * x - 1,),
}
