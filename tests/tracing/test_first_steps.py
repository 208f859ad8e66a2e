"""A person's code on Values: what a reader new to this room tries first."""

import math

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import reachable
from microgradnet.tracing import numpy_on_values, run


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


class Net:
    """One neuron of two inputs, as a lesson writes it."""

    def __init__(self):
        self.w1, self.w2, self.b1 = 0.5, -0.25, 0.1

    def loss(self, x, y_true):
        sum_h1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
        h1 = sigmoid(sum_h1)
        return (y_true - h1) ** 2


def operations(*roots):
    return [node.op for node in reachable(*roots)[1]]


def test_what_code_assigns_is_noted_in_order():
    def f(x):
        a = x * x
        b = a + 1
        return b

    names = [event.name for event in run(f, [Value(2.0)]).events]
    assert names[:2] == ["a", "b"]


def test_an_event_knows_its_line():
    def f(x):
        a = x * x
        return a

    event = run(f, [Value(2.0)]).events[0]
    assert event.statement.line == f.__code__.co_firstlineno + 1


def test_math_takes_values_in_code_that_is_traced():
    assert operations(run(sigmoid, [Value(0.5)]).returned)[-1] == "/"


def test_numpy_on_values_makes_arrays_of_objects():
    assert numpy_on_values().zeros(2).dtype == object


def test_trace_names_what_the_code_names():
    loss = mg.trace(Net().loss, [-2.0, -1.0], 1.0)
    assert [node.label for node in reachable(loss)[1]] == ["sum_h1", "h1", "", ""]


def test_trace_takes_attributes_for_parameters_and_leaves_them_numbers():
    net = Net()
    leaves, _ = reachable(mg.trace(net.loss, [-2.0, -1.0], 1.0))
    assert {x.label for x in leaves if getattr(x.label, "role", "") == "parameter"} == {
        "w1",
        "w2",
        "b1",
    }
    assert net.w1 == 0.5


def test_trace_gives_the_number_of_the_code():
    net = Net()
    assert mg.trace(net.loss, [-2.0, -1.0], 1.0).data == pytest.approx(
        net.loss([-2.0, -1.0], 1.0), rel=1e-15
    )


def test_trace_folds_what_is_one_operation():
    loss = mg.trace(Net().loss, [-2.0, -1.0], 1.0)
    assert operations(loss) == ["weighted_sum", "sigmoid", "-", "**"]


def test_trace_reads_numpy():
    def layer(x, W, b):
        z = W @ x + b
        return np.maximum(0, z)

    out = mg.trace(layer, np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), np.array([5.0]))
    assert operations(out[0]) == ["weighted_sum", "relu"]
    assert out[0].inputs[0].label == "z[0]"


def test_trace_says_what_to_return():
    with pytest.raises(ValueError, match="returns nothing: let it return the loss"):
        mg.trace(lambda x: None, 2.0)
