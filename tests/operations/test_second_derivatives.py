"""Second derivatives of rows of two inputs, at special points too; partials of tiny numbers."""

import math

import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.operations.operation import OPS
from tests.strategies import derivative

TWO = [name for name, op in OPS.items() if op.arity == 2 and not op.own]
POINTS = [(x, y) for x in (0.5, 1.0, 2.0, 3.0) for y in (-2.0, -1.0, 0.0, 0.3, 1.0, 2.0, 3.0)]


def hessian(op, point):
    inputs = [Value(x) for x in point]
    slopes = mg.grad(Value.apply(op, tuple(inputs)), inputs)
    return [[g.data for g in mg.grad(slope, inputs)] for slope in slopes]


def along(op, i, point, j):
    """The partial by input i as a function of input j."""

    def slope(x):
        inputs = [Value(x if k == j else p) for k, p in enumerate(point)]
        return mg.grad(Value.apply(op, tuple(inputs)), inputs)[i].data

    return slope


@pytest.mark.parametrize("name", TWO)
def test_they_are_symmetric_and_equal_differences_of_the_first(name):
    op = OPS[name]
    for point in POINTS:
        if op.kink is not None and abs(op.kink(*point)) < 0.3:
            continue
        if not all(low < x < high for x, (low, high) in zip(point, op.domain)):
            continue
        found = hessian(op, point)
        assert found[0][1] == pytest.approx(found[1][0], rel=1e-14, abs=1e-15), point
        for i in range(2):
            for j in range(2):
                slope, error = mg.differences(along(op, i, point, j), point[j])
                assert abs(found[i][j] - slope) <= error + 1e-12, (point, i, j)


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
