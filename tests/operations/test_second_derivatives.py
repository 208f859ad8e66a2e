"""Second and third derivatives of every row, at special points too; partials of tiny numbers."""

import itertools
import math

import mpmath
import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.operations.operation import OPS
from tests.marks import few, sampled
from tests.strategies import derivative, partial_derivative, special_points

ROWS = [name for name, op in OPS.items() if not op.own]
rows = pytest.mark.parametrize("name", ROWS)


@rows
@pytest.mark.parametrize("order", few([2, 3], 1))
def test_the_order_of_the_inputs_makes_no_difference(name, order):
    op = OPS[name]
    for point in special_points(op):
        every = itertools.product(range(op.arity), repeat=order)
        found = {by: partial_derivative(op, point, by) for by in every}
        largest = max(map(abs, found.values()))
        for by, number in found.items():
            other = found[tuple(sorted(by))]
            assert number == pytest.approx(other, rel=1e-14, abs=2e-15 * largest), (point, by)


@pytest.mark.slow
@rows
@pytest.mark.parametrize("order", [2, 3])
def test_they_equal_differences_of_those_of_one_order_less(name, order):
    op, compared = OPS[name], 0
    for point in sampled(special_points(op)):
        for *by, j in itertools.product(range(op.arity), repeat=order):
            slope, error = mg.differences(along(op, by, point, j), point[j])
            compared += math.isfinite(error)
            found = partial_derivative(op, point, (*by, j))
            assert abs(found - slope) <= error + 1e-12, (point, by, j)
    assert compared


def along(op, by, point, j):
    """A derivative of a row as a function of input j."""
    return lambda x: partial_derivative(op, (*point[:j], x, *point[j + 1 :]), by)


AT_ZERO = [(2.0, 2), (2.5, 2), (3.0, 2), (3.0, 3), (3.5, 3), (4.0, 3), (7.0, 3)]


@pytest.mark.parametrize(
    ("y", "by"), [(y, by) for y, order in AT_ZERO for by in itertools.product((0, 1), repeat=order)]
)
def test_of_a_power_at_0_all_are_0_but_a_factorial(y, by):
    """As x falls to 0, x ** (y - order) and its products with log(x) go to 0."""
    right = math.factorial(len(by)) if y == len(by) and not any(by) else 0.0
    assert partial_derivative(OPS["pow"], (0.0, y), by) == right


mp = mpmath.mp.clone()
mp.dps = 50


@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (mg.sigmoid, lambda x: -mp.tanh(x / 2) * mp.sech(x / 2) ** 2 / 4),
        (mg.tanh, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2),
    ],
    ids=["sigmoid", "tanh"],
)
def test_those_of_sigmoid_and_tanh_lose_no_digit(f, exact):
    for exponent in range(-320, 35):
        for x in (10.0 ** (exponent / 20.0), -1.1 * 10.0 ** (exponent / 20.0)):
            right = exact(mp.mpf(x))
            assert abs(derivative(f, x, 2) - right) <= 5 * 2.0**-53 * abs(right), x


def test_a_power_of_itself_is_derived_three_times():
    def f(x):
        return (2.0 + x) ** x

    assert derivative(f, 0.0, 2) == pytest.approx(1.0 + math.log(2.0) ** 2, rel=1e-14)
    # By logarithmic differentiation, u = x log(2 + x): f (u'^3 + 3 u' u'' + u''').
    u1, u2, u3 = math.log(3.0) + 1.0 / 3.0, 2.0 / 3.0 - 1.0 / 9.0, -3.0 / 9.0 + 2.0 / 27.0
    assert derivative(f, 1.0, 3) == pytest.approx(3.0 * (u1**3 + 3.0 * u1 * u2 + u3), rel=1e-13)


@pytest.mark.parametrize(
    ("f", "point", "slopes"),
    [
        (mg.hypot, (0.0, 5e-324), (0.0, 1.0)),
        (mg.hypot, (5e-324, 2.2250738585072014e-308), (2.220446049250313e-16, 1.0)),
        (mg.atan2, (5e-324, 0.0), (0.0, -math.inf)),
        (lambda x: x**1e-300, (5e-324,), (2.0240225330731062e23,)),
        (lambda x: x**0.1, (0.0,), (math.inf,)),
        (lambda x: x**-1.3693341076804754e17, (-1.0,), (1.3693341076804754e17,)),
    ],
    ids=["hypot", "hypot, both tiny", "atan2", "tiny power", "root at 0", "large even power"],
)
def test_partials_of_tiny_and_large_numbers(f, point, slopes):
    inputs = [Value(x) for x in point]
    assert tuple(g.data for g in mg.grad(f(*inputs), inputs)) == pytest.approx(slopes, rel=1e-15)
