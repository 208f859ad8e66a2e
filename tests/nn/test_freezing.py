"""Freezing: no step in any engine, a colour in pictures, constants in programs; new nets of old."""

import copy
import pickle

import pytest

import microgradnet as mg
from microgradnet.autograd.labels import is_frozen

X, _ = mg.datasets.gender()


def test_copies_stay_frozen_and_derivatives_are_as_before():
    net = mg.MLP(2, [2, 1])
    plain = mg.grad(mg.mse(net(X[1]), 1.0), net.parameters())
    net.layers[0].freeze()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert [is_frozen(p) for p in twin.parameters()] == [True] * 6 + [False] * 3
    again = mg.grad(mg.mse(net(X[1]), 1.0), net.parameters())
    assert [g.data for g in again] == [g.data for g in plain]
    assert net.named_parameters()[0][0] == "w1"


def test_a_module_of_ones_own_freezes_too():
    class Line(mg.Module):
        def __init__(self):
            self.slope, self.shift = mg.Value(1.0, "slope"), mg.Value(0.5)

        def __call__(self, row):
            return self.slope * row[0] + self.shift

    line = Line().freeze()
    assert line.trainable_parameters() == []
    assert line.unfreeze().trainable_parameters() == [line.slope, line.shift]


def test_a_new_net_of_trained_layers_is_named_through():
    old = mg.MLP(2, [3, 1], seed=1)
    hidden = old.layers[0].freeze()
    net = mg.MLP.from_layers([hidden, mg.Layer(3, 2), mg.Layer(2, 1, activation="linear")])
    assert net.layers[0] is hidden
    names = [name for name, _ in net.named_parameters()]
    assert names == list(mg.MLP(2, [3, 2, 1]).state_dict())
    neurons = [n.name for layer in net.layers for n in layer.neurons]
    assert neurons == ["h1", "h2", "h3", "h4", "h5", "o1"]
    assert [is_frozen(p) for p in net.parameters()] == [True] * 9 + [False] * 11
    assert net([1.0, 2.0]).label == "o1"
    assert repr(net) == "MLP(2, [3, 2, 1], activation='sigmoid', output='linear')"


@pytest.mark.parametrize(
    ("layers", "error", "says"),
    [
        ([mg.Layer(2, 3), mg.Layer(2, 1)], ValueError, r"Layer\(2, 1.* does not fit on"),
        ([mg.Layer(2, 2)] * 2, ValueError, "each standing in it once"),
        ([], ValueError, "one layer or more"),
        ([mg.Neuron(2)], TypeError, r"a list of layers, not of \[Neuron"),
        (mg.Layer(2, 2), TypeError, "a list of layers, not of Layer"),
        (mg.MLP(2, [2]), TypeError, "a list of layers, not of MLP"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers, error, says):
    with pytest.raises(error, match=says):
        mg.MLP.from_layers(layers)
