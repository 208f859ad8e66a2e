"""Derivatives that are known exactly: of any order, at 0, at kinks."""

import math

import pytest

import microgradnet as mg
from microgradnet import Value
from tests.strategies import bits, derivative


@pytest.mark.parametrize(
    ("f", "x", "order", "exact"),
    [
        (lambda x: x**5, 2.0, 1, 80.0),
        (lambda x: x**5, 2.0, 4, 240.0),
        (lambda x: x**5, 2.0, 5, 120.0),
        (lambda x: x**5, 0.0, 5, 120.0),
        (lambda x: x**5, 2.0, 6, 0.0),
        (lambda x: x**2, 3.0, 3, 0.0),
        (lambda x: x * x * x, -1.0, 3, 6.0),
        (mg.sigmoid, 0.0, 1, 0.25),
        (mg.sigmoid, 0.0, 2, 0.0),
        (mg.sigmoid, 0.0, 3, -0.125),
        (mg.sigmoid, 0.0, 5, 0.25),
        (mg.tanh, 0.0, 1, 1.0),
        (mg.tanh, 0.0, 2, 0.0),
        (mg.tanh, 0.0, 3, -2.0),
        (mg.softplus, 0.0, 4, -0.125),
        (mg.exp, 0.0, 6, 1.0),
        (mg.sin, 0.0, 5, 1.0),
        (mg.log, 1.0, 5, 24.0),
        (lambda x: 1.0 / x, 1.0, 4, 24.0),
        (lambda x: mg.atan2(x, 1.0), 0.0, 3, -2.0),
    ],
)
def test_higher_orders_are_exact(f, x, order, exact):
    assert derivative(f, x, order) == exact


def test_mixed_derivatives_commute():
    x, y = Value(0.7), Value(1.9)
    z = mg.exp(x * y) * mg.sin(y) + x**y
    dx, dy = mg.grad(z, [x, y])
    dxy, dyx = mg.grad(dx, [y])[0], mg.grad(dy, [x])[0]
    assert dxy.data == pytest.approx(dyx.data, rel=1e-14)
    assert z.backward() is None


def test_nested_gradients_do_not_mix_levels():
    x, y = Value(3.0), Value(4.0)
    (inner,) = mg.grad(x * y, [y])
    assert mg.grad(x * inner, [x])[0].data == 6.0


def slopes(f, *data):
    """The gradient at data, the same from backward, grad and where the others are constants."""
    xs = [Value(x) for x in data]
    y = f(*xs)
    y.backward()
    assert bits(x.grad for x in xs) == bits(g.data for g in mg.grad(y, xs))
    for i, x in enumerate(xs):
        alone = f(*[x if i == j else data[j] for j in range(len(data))])
        if type(alone) is Value:
            assert mg.grad(alone, [x])[0].data == x.grad
    return [x.grad for x in xs]


def test_powers_at_zero():
    assert slopes(lambda x: x**0, 0.0) == slopes(lambda x: x**0.0, 3.0) == [0.0]
    assert slopes(lambda x: x**1, 0.0) == [1.0]
    assert slopes(lambda x: x**2, 0.0) == slopes(lambda x: x**3, 0.0) == [0.0]
    assert slopes(lambda y: 0**y, 2.0) == [0.0]
    assert slopes(lambda x, y: x**y, 0.0, 2.0) == [0.0, 0.0]
    assert slopes(lambda x, y: x**y, 0.0, 1.0) == [1.0, 0.0]
    assert slopes(lambda x, y: x**y, 2.0, 3.0) == [12.0, 8.0 * math.log(2.0)]
    assert slopes(lambda x: x**3, -2.0) == [12.0]
    assert slopes(lambda x: x**-1, -2.0) == [-0.25]


def test_slopes_at_kinks_are_between_those_of_the_sides():
    for x in (0.0, -0.0):
        assert slopes(mg.relu, x) == slopes(abs, x) == [0.0]
        assert slopes(lambda x: mg.leaky_relu(x, 0.25), x) == [0.25]
        assert slopes(lambda x: mg.hypot(x, 0.0), x) == [0.0]
    for f in (mg.maximum, mg.minimum):
        p, q = slopes(f, 2.0, 2.0)
        assert p + q == 1.0
        assert 0.0 <= p <= 1.0
    assert slopes(lambda c: mg.where(c, 5.0, 7.0), 0.0) == [0.0]
