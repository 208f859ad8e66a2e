"""Each row of the table against differences, 50-digit arithmetic, NumPy and itself on Values."""

import itertools
import math
import struct

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.operations.operation import OPS

ROWS = {name: op for name, op in OPS.items() if not op.own}
TINY, HUGE = 2.0**-1022, 1.7976931348623157e308
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.1, -0.1, 2.0, 3.0, -8.0, 36.7, 37.0, -37.0, 0.5, 1e-20)
SPECIAL += (710.0, -710.0, -745.0, -746.0, 1e16, TINY, -TINY, 1e308, -1e308, HUGE, -HUGE)
SAFE = mpmath.mpf(2) ** -900
mp = mpmath.mp.clone()
mp.dps = 50


def _sign(x):
    return mp.mpf((x > 0) - (x < 0))


def _logistic(x):
    return 1 / (1 + mp.exp(-x))


# The exact value and partials of each row, from the inputs as 50-digit numbers.
EXACT = {
    "add": (lambda x, y: x + y, lambda x, y: mp.one, lambda x, y: mp.one),
    "sub": (lambda x, y: x - y, lambda x, y: mp.one, lambda x, y: -mp.one),
    "mul": (lambda x, y: x * y, lambda x, y: y, lambda x, y: x),
    "div": (lambda x, y: x / y, lambda x, y: 1 / y, lambda x, y: -x / y**2),
    "neg": (lambda x: -x, lambda x: -mp.one),
    "abs": (abs, _sign),
    "pow": (mp.power, lambda x, y: y * x ** (y - 1), lambda x, y: x**y * mp.log(x)),
    "exp": (mp.exp, mp.exp),
    "expm1": (mp.expm1, mp.exp),
    "log": (mp.log, lambda x: 1 / x),
    "log1p": (mp.log1p, lambda x: 1 / (1 + x)),
    "sqrt": (mp.sqrt, lambda x: 0.5 / mp.sqrt(x)),
    "sin": (mp.sin, mp.cos),
    "cos": (mp.cos, lambda x: -mp.sin(x)),
    "tan": (mp.tan, lambda x: mp.sec(x) ** 2),
    "hypot": (mp.hypot, lambda x, y: x / mp.hypot(x, y), lambda x, y: y / mp.hypot(x, y)),
    "atan2": (mp.atan2, lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)),
    "where": (
        lambda c, a, b: a if c > 0 else b,
        lambda c, a, b: mp.zero,
        lambda c, a, b: mp.mpf(c > 0),
        lambda c, a, b: mp.mpf(c <= 0),
    ),
    "maximum": (max, lambda x, y: mp.mpf(x > y), lambda x, y: mp.mpf(x <= y)),
    "minimum": (min, lambda x, y: mp.mpf(x < y), lambda x, y: mp.mpf(x >= y)),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2),
    "sigmoid": (_logistic, lambda x: _logistic(x) * _logistic(-x)),
    "softplus": (lambda x: max(x, mp.zero) + mp.log1p(mp.exp(-abs(x))), _logistic),
    "relu": (lambda x: max(x, mp.zero), lambda x: mp.mpf(x > 0)),
    "leaky_relu": (
        lambda x, slope: x if x > 0 else slope * x,
        lambda x, slope: mp.one if x > 0 else slope,
        lambda x, slope: mp.zero if x > 0 else x,
    ),
}
# What NumPy has no function for, or one that is not IEEE 754, in its terms.
NUMPY = {
    # One exponent 0.5 is a square root to NumPy: nan for -inf, where IEEE 754 and two say inf.
    "pow": lambda x, y: np.power([x, x], [y, 1.0])[0],
    "where": lambda c, a, b: np.where(c > 0, a, b),
    "sigmoid": lambda x: np.exp(-np.logaddexp(0.0, -x)),
    "sigmoid_slope": lambda x: np.exp(-np.logaddexp(0.0, -x) - np.logaddexp(0.0, x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, slope * x),
    "weighted_sum": lambda w1, x1, w2, x2, b: w1 * x1 + w2 * x2 + b,
}

# A weighted sum may cancel: its bits are those of the sum written out, see test_weighted_sum.py.
# The slope of sigmoid is as exact as the partial of sigmoid that it is.
EXACTLY = {name: op for name, op in ROWS.items() if not op.is_spelled_out}
rows = pytest.mark.parametrize("op", ROWS.values(), ids=list(ROWS))
exact_rows = pytest.mark.parametrize("op", EXACTLY.values(), ids=list(EXACTLY))


def ulps(found, exact):
    """How far a float is from an exact number, in units of the exact one's last place."""
    nearest = float(exact)
    if math.isinf(nearest):  # what rounds to inf may also be the largest float
        return 0.0 if found == nearest else float((exact - found) / math.ulp(HUGE))
    return float(abs(mp.mpf(found) - exact) / math.ulp(nearest)) if found == found else math.inf


def _of_bits(bits):
    """The double of 64 bits: uniform bits have log-uniform sizes."""
    return struct.unpack("<d", bits.to_bytes(8, "little"))[0]


def inputs(op):
    """Normal doubles of the domain: near 1, of any size, and special ones; no -0.0."""

    def of(low, high):
        sides = (1.0, -1.0) if low < 0.0 else (1.0,)
        sizes = st.integers(1 << 52, (0x7FF << 52) - 1).map(_of_bits)
        near = st.floats(max(low, -40.0), 40.0, exclude_min=True, allow_subnormal=False)
        any_size = st.builds(math.copysign, sizes, st.sampled_from(sides))
        inside = [x + 0.0 for x in SPECIAL if low < x < high]
        return st.one_of(near, any_size, st.sampled_from(inside)).filter(lambda x: low < x < high)

    return st.tuples(*(of(*limits) for limits in op.domain))


def check_accuracy(op, point):
    """Value and partials within 4 ulp of the exact ones."""
    point = tuple(x + 0.0 for x in point)
    exact_value, *exact_partials = EXACT[op.name]
    exact_point = tuple(map(mp.mpf, point))
    found = op.value(*point)
    size = exact_value(*exact_point)
    assert type(found) is float
    assert ulps(found, size) <= 4.0, point
    if op.name == "pow" and not SAFE < size < 1 / SAFE:
        return  # its partials are written from the result, and are only as good as that is
    if (op.kink is None or op.kink(*point)) and point != (0.0, 0.0):
        for partial, exact in zip(op.partials, exact_partials):
            slope = partial(*point, found)
            assert type(slope) is float
            if op.name != "pow" or abs(exact(*exact_point)) > SAFE:
                assert ulps(slope, exact(*exact_point)) <= 4.0, point


def special_points(op):
    numbers = (*SPECIAL, math.inf, -math.inf, math.nan)
    return itertools.product(numbers[:: 1 if op.arity < 3 else 3], repeat=op.arity)


def variables(point):
    return [mg.Value(x, f"x{i}") for i, x in enumerate(point)]


def test_every_row_has_an_exact_counterpart():
    assert list(EXACT) == list(EXACTLY)


@rows
def test_partials_agree_with_differences(op):
    points = list(op.points())
    assert len(points) >= 3
    for point, i in itertools.product(points, range(op.arity)):

        def along(x, point=point, i=i):
            return op.value(*point[:i], x, *point[i + 1 :])

        slope, error = mg.differences(along, point[i])
        assert error < 1e-6 * (1.0 + abs(slope))
        assert abs(op.partials[i](*point, op.value(*point)) - slope) <= error


@pytest.mark.slow
@exact_rows
@given(data=st.data())
def test_values_and_partials_are_within_4_ulp_of_exact(op, data):
    check_accuracy(op, data.draw(inputs(op)))


@exact_rows
def test_values_and_partials_are_within_4_ulp_at_special_points(op):
    domain = [[x for x in SPECIAL if low < x < high] for low, high in op.domain]
    for point in list(itertools.product(*domain))[:1000]:
        check_accuracy(op, point)


def test_partials_of_hypot_are_exact_where_it_overflows():
    check_accuracy(OPS["hypot"], (-1.0612739825135296e301, HUGE))
    check_accuracy(OPS["hypot"], (HUGE, HUGE))


@rows
def test_values_at_special_points_are_those_of_numpy(op):
    reference = NUMPY.get(op.name) or getattr(np, op.numpy)
    for point in special_points(op):
        found = op.value(*point)
        with np.errstate(all="ignore"):
            expected = float(reference(*map(np.float64, point)))
        assert type(found) is float
        same = found == expected or (found != found and expected != expected)
        assert same or abs(found - expected) <= 4.0 * math.ulp(expected), point


@rows
def test_partials_at_special_points_are_floats(op):
    for point in special_points(op):
        out = op.value(*point)
        assert [type(p(*point, out)) for p in op.partials] == [float] * op.arity, point


@rows
def test_gradients_on_values_are_the_partials_bit_for_bit(op):
    for point in op.points():
        xs = variables(point)
        out = mg.Value.apply(op, tuple(xs))
        out.backward()
        partials = [p(*point, op.value(*point)).hex() for p in op.partials]
        assert [x.grad.hex() for x in xs] == partials
        assert [g.data.hex() for g in mg.grad(out, xs)] == partials


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh"])
@given(x=st.floats(-800.0, 800.0, allow_subnormal=False))
@example(x=0.0)
@example(x=-745.2)
@example(x=-708.5)
@example(x=354.5)
@example(x=18.7)
def test_activations_are_within_4_ulp_where_they_saturate(name, x):
    op = OPS[name]
    out = op.value(x)
    assert ulps(out, EXACT[name][0](mp.mpf(x))) <= 4.0
    assert ulps(op.partials[0](x, out), EXACT[name][1](mp.mpf(x))) <= 4.0
