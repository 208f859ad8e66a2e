"""Numbers that are not finite are refused by name, and what is refused changes no gradient."""

import math

import pytest

import microgradnet as mg
from microgradnet import NonFiniteError, Value
from microgradnet.autograd.graph import reachable


def refused(y, match, node=None):
    leaves, _ = reachable(y)
    for i, x in enumerate(leaves):
        x.grad = 0.5 + i
    with pytest.raises(NonFiniteError, match=match) as caught:
        y.backward()
    assert node is None or caught.value.node is node
    assert [x.grad for x in leaves] == [0.5 + i for i in range(len(leaves))]


def test_a_non_finite_value_is_named_with_its_inputs():
    x, w = Value(0.0, "x"), Value(2.0, "w")
    bad = mg.log(x)
    refused(w * bad + 1.0, r"^log\('x' = 0\.0\) is -inf$", bad)
    big = w * 1e308
    big.label = "big"
    refused(mg.exp(-big), r"^'big' = mul\('w' = 2\.0, 1e\+308\) is inf$", big)
    refused(bad - bad, r"^log\('x' = 0\.0\) is -inf$", bad)


@pytest.mark.parametrize("data", [math.inf, -math.inf, math.nan])
def test_a_non_finite_leaf_is_named(data):
    x, w = Value(data, "x"), Value(2.0, "w")
    refused(w * x + w, f"'x'.* is {data}", x)
    refused(x, f"'x'.* is {data}", x)


def test_a_hidden_non_finite_value_is_refused_too():
    x = Value(0.0, "x")
    refused(1.0 / (1.0 / x), r"div\(1\.0, 'x' = 0\.0\) is inf")
    refused(mg.sigmoid(mg.log(x)), r"log\('x' = 0\.0\) is -inf")
    refused(mg.where(x, mg.log(x), 0.0 * x), r"log\('x' = 0\.0\) is -inf")


def test_a_non_finite_gradient_is_named_with_its_use():
    x, w = Value(0.0, "x"), Value(3.0, "w")
    y = mg.sqrt(x) * w
    refused(y, r"^the gradient of 'x' is inf: it goes into sqrt\('x' = 0\.0\) = 0\.0$", x)
    h = x * x
    h.label = "h"
    refused(mg.sqrt(h), r"^the gradient of 'h' is inf: it goes into sqrt\('h' = 0\.0\)", h)


def test_finite_numbers_whose_sum_overflows_are_no_error():
    x, y = Value(1e308), Value(1e308)
    mg.maximum(x, y * 1.0).backward()
    z = 1e308 * Value(1.0) - 1e308 * Value(1.0)
    z.backward()
    assert y.grad == 1.0


def test_an_overflowing_sum_of_leaf_gradients_is_refused():
    x = Value(1.0, "x")
    x.grad = 1.5e308
    with pytest.raises(NonFiniteError, match="gradient of 'x' is inf"):
        (x * 1.5e308).backward()
    assert x.grad == 1.5e308


@pytest.fixture
def fuse():
    """An operation x * x whose partial can be made to raise; and what makes it."""
    blown = []

    def partial(x):
        if blown:
            raise blown[0]
        return 2.0 * x

    return mg.op("fuse", lambda x: x * x, partial), blown


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), RuntimeError()])
def test_an_interrupted_backward_leaves_later_calls_right(fuse, error):
    function, blown = fuse
    x, w = Value(3.0, "x"), Value(2.0, "w")
    w.grad = 7.0
    y = function(x * w) * x + mg.exp(w)
    blown.append(error)
    with pytest.raises(type(error)):
        y.backward()
    assert (x.grad, w.grad) == (0.0, 7.0)
    blown.clear()
    y.backward()
    expected = mg.grad(y, [x, w])
    assert (x.grad, w.grad) == (expected[0].data, 7.0 + expected[1].data)
