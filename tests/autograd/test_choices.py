"""What a choice did not choose gets no gradient: not 0 times what comes, which may be 0 * inf."""

import pytest

import microgradnet as mg
from microgradnet import NonFiniteError, Value

CHOICES = {
    "the condition of a choice": (lambda x: mg.where(mg.sqrt(x), x, 2.0 * x), 0.0, 2.0),
    "relu below 0": (lambda x: mg.sqrt(mg.relu(x)), -1.0, 0.0),
    "the way not taken": (lambda x: mg.where(x, mg.sqrt(x), 2.0 * x), 0.0, 2.0),
    "the smaller of two": (lambda x: mg.maximum(mg.sqrt(mg.relu(x)), 1.0), -1.0, 0.0),
}


@pytest.mark.parametrize(("f", "at", "slope"), CHOICES.values(), ids=list(CHOICES))
def test_the_gradient_is_that_of_what_was_chosen(f, at, slope):
    x = Value(at, "x")
    y = f(x)
    (recorded,) = mg.grad(y, [x])
    y.backward()
    y.backward()
    assert (recorded.data, x.grad) == (slope, 2.0 * slope)


@pytest.mark.parametrize(
    "f", [mg.sqrt, lambda x: mg.sqrt(abs(x)), lambda x: mg.sqrt(x * x)], ids=["sqrt", "abs", "x*x"]
)
def test_a_true_infinity_is_refused_all_the_same(f):
    x = Value(0.0, "x")
    with pytest.raises(NonFiniteError):
        f(x).backward()
    assert x.grad == 0.0
