"""Where what an engine computes must lie: intervals that hold the exact number and each rounding.

Each line of a program takes intervals to one that holds the exact results of all numbers in them,
and as many units in the last place more as an engine may be off in that line. So by induction the
interval of an output holds what the engine computes, and the number without any rounding.
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from itertools import product

from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Constant

UNIT = 2.0**-53
SMALLEST = 2.0**-1022  # normal; below it a rounding is off by less than a unit of this
EXACT = {"neg", "abs", "where", "maximum", "minimum"}
ROUNDED = {"add", "sub", "mul", "div", "sqrt"}  # to the nearest, by IEEE 754
SUMS = {"add", "sub"}
INCREASING = {"exp", "expm1", "log", "log1p", "sqrt", "tanh"}
DOMAIN = {"log": 0.0, "log1p": -1.0, "sqrt": 0.0}
PERIODIC = {"sin": (math.pi / 2, -math.pi / 2), "cos": (0.0, math.pi)}  # of the peaks, the valleys


def lines_of(program, inputs, *, ulps, in_order, below=0.0):
    """Of each register its interval, or None where nothing can be said, and how large its sum is.

    inputs: intervals; ulps: of a function of the library; in_order: whether sums are added up as
    they stand; below: numbers of this size may be taken for 0. The size of a register is the sum
    of the sizes of the terms it is made of, multiplied out: what a mean of it may be computed from.
    """
    found, sizes, n = list(inputs), [_largest(x) for x in inputs], len(program.lines)
    simple = [True] * len(inputs)
    for op, operands in program.lines:
        given = [_point(x.value) if type(x) is Constant else found[x] for x in operands]
        large = [_largest(x) for x in given]
        parts = [
            a if type(x) is Constant else sizes[x] for x, a in zip(operands, large, strict=True)
        ]
        out = None if None in given else _line(op, given, 0 if op in ROUNDED else ulps)
        alone = all(type(x) is Constant or simple[x] for x in operands)
        if out and op in SUMS and not (in_order or alone):
            out = _wider(out, (n + 2) * UNIT * sum(parts))
        if out and below and op not in EXACT:
            out = _wider(out, below)
        found.append(out if out and math.isfinite(out[0]) and math.isfinite(out[1]) else None)
        sizes.append(_size(op, given, parts, found[-1]))
        simple.append(op not in SUMS and op not in ("mul", "neg"))
    return found, sizes


def outputs_of(program, inputs, **options):
    """Of each output its interval and its size."""
    found, sizes = lines_of(program, inputs, **options)
    return [
        (_point(x.value), abs(x.value)) if type(x) is Constant else (found[x], sizes[x])
        for x in program.outputs
    ]


def mean_of(enclosures, n_lines):
    """The interval of a mean over rows, from those of an output in each row and its sizes."""
    n = len(enclosures)
    if any(x is None for x, _ in enclosures):
        return None
    low, high = (math.fsum(x[i] for x, _ in enclosures) / n for i in (0, 1))
    size = math.fsum(size for _, size in enclosures) / n
    wide = _wider((low, high), (n + 2 * n_lines + 4) * UNIT * size)
    return wide if math.isfinite(size) and all(map(math.isfinite, wide)) else None


def holds(interval, x):
    """Whether a number lies in an interval, of which nothing is known where it is None."""
    return interval is None or interval[0] <= x <= interval[1]


def is_tight(interval):
    """Whether an interval tells a wrong number from a right one."""
    if interval is None:
        return False
    return interval[1] - interval[0] <= 1e-6 * max(1.0, _largest(interval))


def _point(x):
    return (x, x) if math.isfinite(x) else None


def _largest(x):
    return math.inf if x is None else max(abs(x[0]), abs(x[1]), SMALLEST)


def _size(op, given, parts, out):
    """Products are multiplied out, since the mean of a sum is made of the means of its terms."""
    if op in SUMS:
        return sum(parts)
    if op == "mul":
        return parts[0] * parts[1]
    if op == "neg":
        return parts[0]
    if op == "div" and out:
        return max(parts[0] / min(map(abs, given[1])), SMALLEST)
    return _largest(out)


def _wider(x, by):
    return math.nextafter(x[0] - by, -math.inf), math.nextafter(x[1] + by, math.inf)


def _line(op, given, ulps):
    """The interval of a line, or None."""
    ends = EXACT_LINES[op](*given) if op in EXACT_LINES else None
    if ends:
        return ends
    found = LINES[op](*given) if op in LINES else _increasing(op, *given)
    if found is None or not all(map(math.isfinite, found)):
        return None
    if op in ROUNDED and _is_exact(op, given):
        return found
    by = (ulps + 1) * math.ulp(max(abs(found[0]), abs(found[1])))  # the ends are off by one
    return found[0] - by, found[1] + by


def _is_exact(op, given):
    """Whether nothing is rounded, which keeps ties."""
    if any(low != high for low, high in given):
        return False
    numbers = [Fraction(low) for low, _ in given]
    if op == "sqrt" or (op == "div" and not numbers[1]):
        return False
    exact = ARITHMETIC[op](*numbers)
    return abs(exact) < 1e300 and Fraction(float(exact)) == exact


ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}


def _hull(*intervals):
    return min(x[0] for x in intervals), max(x[1] for x in intervals)


def _corners(value, *given):
    """The ends of what is monotone in each operand."""
    found = [value(*x) for x in product(*given)]
    return None if any(map(math.isnan, found)) else (min(found), max(found))


def _where(c, a, b):
    return a if c[0] > 0.0 else b if c[1] <= 0.0 else _hull(a, b)


def _abs(x):
    ends = sorted((abs(x[0]), abs(x[1])))
    return (0.0 if x[0] <= 0.0 <= x[1] else ends[0]), ends[1]


EXACT_LINES = {
    "neg": lambda x: (-x[1], -x[0]),
    "abs": _abs,
    "where": _where,
    "maximum": lambda x, y: (max(x[0], y[0]), max(x[1], y[1])),
    "minimum": lambda x, y: (min(x[0], y[0]), min(x[1], y[1])),
}


def _increasing(op, x):
    if x[0] <= DOMAIN.get(op, -math.inf):
        return None
    return _corners(OPS[op].value, x)


def _div(x, y):
    return None if y[0] <= 0.0 <= y[1] else _corners(operator.truediv, x, y)


def _wave(op):
    """Of sine and cosine: the ends, and 1 and -1 where there is a peak or a valley between."""
    peak, valley = PERIODIC[op]

    def line(x):
        low, high = _corners(OPS[op].value, x)
        return -1.0 if _meets(x, valley) else low, 1.0 if _meets(x, peak) else high

    return line


def _meets(x, at, period=2 * math.pi):
    """Whether an interval comes near a number of a lattice, however that is rounded."""
    slack = 1e-12 * (1.0 + abs(x[0]) + abs(x[1]))
    nearest = math.ceil((x[0] - slack - at) / period) * period + at
    return nearest <= x[1] + slack


def _tan(x):
    return None if _meets(x, math.pi / 2, math.pi) else _corners(math.tan, x)


def _atan2(y, x):
    if x[0] <= 0.0 and y[0] <= 0.0 <= y[1]:  # about the jump
        return -math.pi, math.pi
    return _corners(math.atan2, y, x)


def _pow(x, y):
    value = OPS["pow"].value
    if x[0] > 0.0:
        return _corners(value, x, y)
    whole = y[0] == y[1] and y[0] == int(y[0]) and y[0] >= 0.0
    if not whole:
        return None
    low, high = _corners(value, x, y)
    return (min(low, 0.0), high) if y[0] and x[0] <= 0.0 <= x[1] else (low, high)


LINES = {
    "add": lambda x, y: (x[0] + y[0], x[1] + y[1]),
    "sub": lambda x, y: (x[0] - y[1], x[1] - y[0]),
    "mul": lambda x, y: _corners(operator.mul, x, y),
    "div": _div,
    "sin": _wave("sin"),
    "cos": _wave("cos"),
    "tan": _tan,
    "atan2": _atan2,
    "pow": _pow,
    "hypot": lambda x, y: _corners(math.hypot, _abs(x), _abs(y)),
}
