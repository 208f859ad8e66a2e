"""A subclass of Value works wherever a Value does, and may have attributes of its own."""

import copy
import pickle

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value


class Parameter(Value):
    """A Value that remembers what an optimizer tells it."""


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda p: p * 2.0, 2.0),
        (lambda p: 2.0 * p, 2.0),
        (lambda p: p * p, 6.0),
        (lambda p: Value(5.0) * p, 5.0),
        (lambda p: p.relu(), 1.0),
        (lambda p: mg.maximum(p, Value(1.0)), 1.0),
        (lambda p: np.float64(4.0) * p, 4.0),
        (lambda p: mg.weighted_sum([p], [3.0], 1.0), 3.0),
        (lambda p: np.dot(np.array([p]), np.array([7.0])), 7.0),
    ],
)
def test_it_has_its_gradient(f, slope):
    p = Parameter(3.0, "p")
    y = f(p)
    assert type(y) is Value
    assert mg.grad(y, [p])[0].data == slope
    y.backward()
    assert p.grad == slope


def test_it_may_have_attributes():
    p = Parameter(3.0)
    p.momentum = 0.5
    for other in (copy.copy(p), copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert type(other) is Parameter
        assert (other.data, other.momentum) == (3.0, 0.5)


def test_it_is_a_parameter_of_a_module():
    class Line(mg.Module):
        def __init__(self):
            self.w = Parameter(1.0, "w")

        def __call__(self, x):
            return self.w * x[0]

    net = Line()
    assert net.parameters() == [net.w]
    history = mg.fit(net, [[1.0], [2.0]], [2.0, 4.0], epochs=200, progress=False)
    assert history.losses[-1] < 1e-6


def test_it_is_compiled_drawn_and_explained():
    p, x = Parameter(3.0, "p"), Value(2.0, "x")
    loss = mg.mse(p * x, 1.0)
    assert mg.compile(loss, [p, x])(3.0, 2.0) == (25.0,)
    assert "p" in mg.draw(loss).dot.source
    assert "d_L_d_p" in str(mg.explain(loss, p))
    assert "d_L_d_p" in mg.derive(loss, [p])
    assert mg.compare(loss, {"d_L_d_p": 20.0})
