"""Whatever eager training refuses is refused by every engine: same error, same parameters left."""

import math
import re

import pytest

import microgradnet as mg
from microgradnet.training.epochs import traceless
from microgradnet.training.optimizers import Optimizer
from tests.marks import NATIVE, few

engines = pytest.mark.parametrize("engine", ["auto", "python", "numpy", NATIVE])


def linear():
    return mg.Neuron(weights=[0.4], bias=0.3, activation="linear")


def sigmoid():
    return mg.Neuron(weights=[0.4], bias=0.3)


def huge(activation="sigmoid"):
    return mg.Neuron(weights=[1e300], bias=0.0, activation=activation)


def two():
    return mg.MLP(1, [2], output="linear")


def own(loss, **settings):
    """A loss of one's own, which no engine knows by its name."""
    return lambda p, y: loss(p, y, **settings)


entropy, entropy_of_sums = (own(mg.binary_cross_entropy, logits=sums) for sums in (False, True))
margin, softmax = own(mg.hinge), own(mg.softmax_cross_entropy)


# the net, rows, targets, loss, and what eager training says
REFUSED = {
    "above 1": (linear, [[0], [1]], [0, 1], "binary_cross_entropy", "y_pred is a probability"),
    "below 0": (linear, [[1], [-0.7]], [1, 0], "binary_cross_entropy", "y_pred is a probability"),
    "relu": (lambda: mg.Neuron(weights=[0.4], bias=0.3, activation="relu"), [[0], [1]], [0, 1],
             "binary_cross_entropy", "y_pred is a probability"),
    "two outputs": (two, [[0], [1]], [[0, 1], [0, 1]], "binary_cross_entropy", "y_pred is a prob"),
    "in a function": (linear, [[0], [1]], [0, 1], entropy, "y_pred is a probability"),
    "no probability": (sigmoid, [[0], [1]], [0, 3], entropy, "y_true is 0 or 1; not 3"),
    "of a sum": (linear, [[0], [1]], [0, -1], entropy_of_sums, "y_true is 0 or 1; not -1"),
    "no side": (linear, [[0], [1]], [-1, 0.5], margin, r"y_true is -1 or 1; not 0\.5"),
    "no class": (two, [[0], [1]], [1, 2], softmax, "number of a class, from 0 to 1; not 2"),
    "half a class": (two, [[0], [1]], [1, 0.4], softmax, r"from 0 to 1; not 0\.4"),
    "two classes": (two, [[0], [1]], [[0, 1], [1, 1]], softmax, "one 1 and else 0"),
    "one named target": (linear, [[0], [1]], [-1, 0], "hinge", "y, row 1: y_true is -1 or 1"),
    "a column more": (linear, [[0, 1], [1, 2]], [0, 1], "mse", "takes 1 inputs, not 2"),
    "a target less": (two, [[0], [1]], [0, 1], "mse", "do not fit"),
    "ragged targets": (two, [[0], [1]], [[0, 1], [1, 1, 1]], "mse", r"y, row 1 is of shape \(3,"),
    "a row and a number": (two, [[0], [1]], [[0, 1], 1], "mse", r"y, row 1 is of shape \(\)"),
    "a number for a loss": (linear, [[0], [1]], [0, 1], lambda p, y: 3.0, "the loss is a Value"),
    "a list for a loss": (linear, [[0], [1]], [0, 1], lambda p, y: [p], "the loss is a Value"),
    "of a negative": (linear, [[0], [-4]], [0, 1], lambda p, y: mg.sqrt(p), "sqrt.* is nan"),
    "inf in a sigmoid": (huge, [[0], [1e10]], [0, 0], "mse", r"\('w1' = 1e\+300, .* is inf"),
    "inf in tanh": (lambda: huge("tanh"), [[0], [1e10]], [0, 0], "mse", "is inf"),
    "inf in a function": (linear, [[0], [1]], [0, 1],
                          lambda p, y: mg.where(p - 9.0, mg.exp(1e4 * p), p * p), "is inf"),
}  # fmt: skip


def refusal(net, *data, **settings):
    """What the training raised, in words, and the parameters it left."""
    with pytest.raises((ValueError, TypeError, ArithmeticError)) as caught:
        mg.fit(net, *data, optimizer=mg.SGD(0.05), epochs=100, progress=False, **settings)
    return type(caught.value), str(caught.value), net.state_dict()


@pytest.mark.parametrize(
    ("engine", "batch_size"), few([("python", 1), ("numpy", 2), ("auto", 1), ("auto", 2)], 1)
)
@pytest.mark.parametrize("name", REFUSED)
def test_what_eager_refuses_every_engine_refuses(name, batch_size, engine):
    net, X, y, loss, says = REFUSED[name]
    settings = {"loss": loss, "batch_size": batch_size}
    expected = refusal(net(), X, y, engine="eager", **settings)
    found = refusal(net(), X, y, engine=engine, **settings)
    assert re.search(says, expected[1])
    assert found[:2] == expected[:2]
    assert found[2] == pytest.approx(expected[2], rel=1e-12)


@engines
def test_a_held_out_row_is_refused_likewise(engine):
    settings = {"loss": "binary_cross_entropy", "validation": ([[2.0]], [1.0]), "batch_size": 2}
    X, y = [[0.0], [0.5]], [0.0, 1.0]
    expected = refusal(linear(), X, y, engine="eager", **settings)
    assert "y_pred is a probability" in expected[1]
    assert refusal(linear(), X, y, engine=engine, **settings)[:2] == expected[:2]


@engines
def test_a_gradient_that_an_optimizer_clips_is_refused(engine):
    class Clipped(Optimizer):
        def step(self, parameter, gradient):
            return parameter - 0.1 * mg.maximum(mg.minimum(gradient, 1.0), -1.0)

    settings = {"loss": lambda p, y: mg.sqrt(p), "optimizer": Clipped(), "epochs": 60}
    for name in ("eager", engine):
        net = mg.Neuron(weights=[0.0], bias=0.0, activation="linear")
        with pytest.raises(mg.NonFiniteError, match=r"the gradient of .* is inf"):
            mg.fit(net, [[1.0]], [0.0], engine=name, **settings)


@pytest.mark.parametrize(
    ("loss", "right", "wrong"),
    [
        (entropy, [(0.5, 1.0), (0.0, 0.5), (1.0, 1.0)], [(1.5, 1.0), (-0.1, 0.0), (0.5, 2.0)]),
        (entropy_of_sums, [(3.0, 1.0), (-9.0, 0.0)], [(3.0, 1.5), (3.0, -1e-9)]),
        (margin, [(3.0, 1.0), (0.5, -1.0)], [(0.5, 0.0), (0.5, 1.0 + 2.0**-52), (0.5, math.nan)]),
        (lambda p, y: softmax([p, 1.0], y), [(3.0, 0.0), (3.0, 1.0)],
         [(3.0, 2.0), (3.0, 0.4), (3.0, -1.0), (3.0, math.nan)]),
        (lambda p, y: softmax([p, 1.0], [y, 1.0 - y]), [(3.0, 0.0), (3.0, 1.0)],
         [(3.0, 0.5), (3.0, 2.0)]),
    ],
)  # fmt: skip
def test_a_recorded_loss_is_nan_where_the_function_raises(loss, right, wrong):
    program = mg.record(loss, 0.5, 1.0)
    for at in right:
        assert program(*at) == (loss(*at),)
    for at in wrong:
        assert math.isnan(program(*at)[0])
        with pytest.raises(ValueError, match="y_"):
            loss(*at)


def test_an_inf_shows_in_sums_and_squares_but_not_in_choices_and_divisors():
    net = mg.MLP(2, [2, 1], activation="linear", output="linear")
    assert traceless(mg.mse(net([1.0, 2.0]), 0.5)) == []
    a, b = mg.Value(0.5, "a"), mg.Value(2.0, "b")
    total, product = a + b, a * b
    assert traceless(mg.where(a, total, product)) == [total, product]
    assert traceless(total / product) == [product]
    assert traceless(mg.log(total) * mg.sqrt(product)) == []
