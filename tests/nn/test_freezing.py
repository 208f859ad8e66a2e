"""Freezing: no step in any engine, a colour in pictures, constants in programs; new nets of old."""

import copy
import pickle

import pytest

import microgradnet as mg
from microgradnet.module import is_frozen
from microgradnet.styles import THEMES
from tests.marks import NATIVE

X, y = mg.datasets.gender()
COLOURS = THEMES["light"].roles
engines = pytest.mark.parametrize("engine", ["eager", "python", "numpy", NATIVE])


@engines
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize(
    ("part", "names"),
    [
        (lambda net: net.layers[0], ["w1", "w2", "b1", "w3", "w4", "b2"]),
        (lambda net: net.layers[0].neurons[1], ["w3", "w4", "b2"]),
        (lambda net: net.layers[1], ["w5", "w6", "b3"]),
    ],
)
def test_frozen_parameters_take_no_step(engine, batch_size, part, names):
    net = mg.MLP(2, [2, 1], seed=0)
    assert part(net).freeze() is part(net)
    before = net.state_dict()
    mg.fit(net, X, y, epochs=20, engine=engine, batch_size=batch_size, progress=False)
    after = net.state_dict()
    assert [name for name in before if before[name] == after[name]] == names
    part(net).unfreeze()
    mg.fit(net, X, y, epochs=20, engine=engine, batch_size=batch_size, progress=False)
    assert not any(net.state_dict()[name] == after[name] for name in after)


def test_every_engine_trains_the_rest_to_the_same_bits():
    found = []
    for engine in ("eager", "python"):
        net = mg.MLP(2, [2, 1], seed=0)
        net.layers[0].freeze()
        history = mg.fit(net, X, y, epochs=30, engine=engine, l2=0.01, optimizer=mg.Adam(0.01))
        found.append((net.state_dict(), history.losses))
    assert found[0] == found[1]


def test_all_frozen_is_nothing_to_train():
    with pytest.raises(ValueError, match=r"all parameters of MLP.* are frozen"):
        mg.fit(mg.MLP(2, [2, 1]).freeze(), X, y)


def test_a_program_holds_them_as_constants_by_name():
    neuron = mg.Neuron(weights=[0.5, -0.25], bias=0.1, activation="linear")
    x = [mg.Value(1.0, "x1"), mg.Value(2.0, "x2")]
    with pytest.raises(ValueError, match="'b1' is not among the inputs"):
        mg.compile(neuron(x), x)
    neuron.freeze()
    program = mg.compile(neuron(x), x)
    assert program.frozen == (("w1", 0.5), ("w2", -0.25), ("b1", 0.1))
    assert "# frozen: w1 = 0.5, w2 = -0.25, b1 = 0.1" in str(program)
    assert program(3.0, 4.0) == (neuron([3.0, 4.0]).data,)
    namespace = {}
    exec(str(program), namespace)
    assert namespace["program"](3.0, 4.0) == program(3.0, 4.0)
    asked = mg.compile(neuron(x), [*neuron.parameters(), *x])
    assert asked.frozen == ()
    assert asked.n_inputs == 5


def test_they_are_drawn_in_a_colour_of_their_own():
    net = mg.MLP(2, [2, 1])
    before = mg.draw(mg.mse(net([1.0, 2.0]), 1.0)).dot.source
    net.layers[0].freeze()
    after = mg.draw(mg.mse(net([1.0, 2.0]), 1.0)).dot.source
    of_frozen, of_trained = COLOURS["frozen"][0], COLOURS["parameter"][0]
    assert before.count(of_frozen) == 0
    assert after.count(of_frozen) == 6
    assert after.count(of_trained) == before.count(of_trained) - 6
    assert after.replace(of_frozen, of_trained).replace(*[
        COLOURS[role][1] for role in ("frozen", "parameter")
    ]) == before  # fmt: skip


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
    assert [n.name for layer in net.layers for n in layer.neurons] == [
        *("h1", "h2", "h3", "h4", "h5", "o1"),
    ]
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
