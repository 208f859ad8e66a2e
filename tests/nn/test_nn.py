"""Neurons, layers and nets: the tutorial's numbers and names, and bad input refused."""

import copy
import math
import pickle

import numpy as np
import pytest

import microgradnet as mg

NAMES = ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"]


def tutorial_net():
    net = mg.MLP(2, [2, 1])
    net.load_state_dict({name: float(name in ("w2", "w4", "w6")) for name in NAMES})
    return net


def test_the_tutorials_network_to_the_last_bit():
    assert tutorial_net()([133, 165]).data == 0.7310585786300049


def test_parameters_are_numbered_across_the_net():
    deep = mg.MLP(3, [2, 2, 2])
    neurons = [n.name for layer in deep.layers for n in layer.neurons]
    assert neurons == ["h1", "h2", "h3", "h4", "o1", "o2"]
    names = [name for name, _ in deep.named_parameters()]
    assert names[:4] == ["w1", "w2", "w3", "b1"]
    assert names[-3:] == ["w13", "w14", "b6"]


@pytest.mark.parametrize(
    "row", [[1, 2], (1, 2), iter([1, 2]), np.array([1, 2]), [mg.Value(1), mg.Value(2)]]
)
def test_any_kind_of_row_gives_the_same_number(row):
    assert mg.MLP(2, [2, 1], seed=4)(row).data == mg.MLP(2, [2, 1], seed=4)([1.0, 2.0]).data


def test_one_output_is_a_value_and_several_are_a_list():
    out = mg.MLP(2, [2, 1])([1, 2])
    assert (out.label, out.inputs[0].label) == ("o1", "sum_o1")
    assert [v.label for v in mg.MLP(2, [3, 2])([1, 2])] == ["o1", "o2"]
    assert type(mg.MLP(2, 1)([1, 2])) is mg.Value


def test_activations_by_name_or_function():
    net = mg.Neuron(weights=[1.0], bias=0.0, activation="relu")
    assert net([-3.0]).data == 0.0
    assert mg.Neuron(weights=[1.0], activation="linear")([-3.0]).data == -3.0
    assert mg.Neuron(weights=[1.0], activation=mg.tanh)([0.5]).data == mg.tanh(0.5)
    assert mg.Neuron(weights=[1.0], activation="leaky_relu")([-3.0]).data == -0.03


@pytest.mark.parametrize("activation", [math.tanh, np.tanh, mg.tanh, lambda z: z.tanh()])
def test_a_tanh_of_any_library_is_the_activation(activation):
    net = mg.MLP(2, [2, 1], activation=activation, output=activation)
    named = mg.MLP(2, [2, 1], activation="tanh", output="tanh")
    for each in (net, named):
        (each([1.0, 2.0]) ** 2).backward()
    assert [p.grad for p in net.parameters()] == [p.grad for p in named.parameters()]
    assert net([1.0, 2.0]).data == named([1.0, 2.0]).data


@pytest.mark.parametrize("given", [0, None, [1.0], np.zeros(1)], ids=repr)
def test_an_activation_that_returns_no_value_is_named(given):
    kind = type(given).__name__
    with pytest.raises(TypeError, match=rf"^the activation of .*'h1' returned .*{kind}.*mg\.relu"):
        mg.MLP(2, [2, 1], activation=lambda z: given)([1.0, 2.0])


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_a_copy_of_a_net_is_equal_and_separate(clone):
    net = mg.MLP(2, [2, 1])
    twin = clone(net)
    assert twin.state_dict() == net.state_dict()
    assert twin([1.0, 2.0]).data == net([1.0, 2.0]).data
    twin.parameters()[0].data = 9.0
    assert net.state_dict()["w1"] != 9.0
    assert twin.parameters()[0].label.group == "h1"


def test_a_module_of_modules_uses_paths_where_labels_clash():
    class Pair(mg.Module):
        def __init__(self):
            self.left, self.right = mg.Neuron(1), mg.Neuron(1)

    names = [name for name, _ in Pair().named_parameters()]
    assert names == ["left.weights.0", "left.bias", "right.weights.0", "right.bias"]


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"w1": 1.0}, KeyError, "missing: w2, b1"),
        ({**dict.fromkeys(NAMES, 1.0), "q": 2.0}, KeyError, "not a parameter here: q"),
        ({**dict.fromkeys(NAMES, 1.0), "b3": "x"}, TypeError, "b3: expected"),
        ({**dict.fromkeys(NAMES, 1.0), "b3": float("nan")}, ValueError, "b3: expected a finite"),
    ],
)
def test_a_wrong_state_is_refused_and_the_net_left_as_it_was(wrong, error, says):
    net = mg.MLP(2, [2, 1])
    before = net.state_dict()
    with pytest.raises(error, match=says):
        net.load_state_dict(wrong)
    assert net.state_dict() == before


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: mg.Neuron(2)([1.0]), ValueError, "takes 2 inputs, not 1"),
        (lambda: mg.MLP(2, [2, 1])(np.ones(3)), ValueError, "'h1' takes 2 inputs, not 3"),
        (lambda: mg.MLP(2, [2, 1])(1.0), TypeError, "one row of 2 numbers, not float"),
        (lambda: mg.MLP(2, [2, 1])("ab"), TypeError, "not str"),
        (lambda: mg.MLP(2, [2, 1])(np.ones((2, 2))), TypeError, r"shape \(2, 2\)"),
        (lambda: mg.MLP(2, [2, 0]), ValueError, r"sizes\[1\] is a whole number from 1, not 0"),
        (lambda: mg.MLP(2, [2.5]), ValueError, r"sizes\[0\] .* not 2\.5"),
        (lambda: mg.MLP(2, 0), ValueError, "sizes is a whole number from 1, not 0"),
        (lambda: mg.MLP(0, [2, 1]), ValueError, "n_in is a whole number from 1, not 0"),
        (lambda: mg.Neuron([0, 1], 4, weights=[0, 1]), TypeError, r"Neuron\(\[0, 1\], 4\)"),
        (lambda: mg.MLP(2, []), ValueError, "at least one layer"),
        (lambda: mg.Neuron(), ValueError, "n_in"),
        (lambda: mg.Neuron(3, weights=[1.0]), ValueError, "1 weights"),
        (lambda: mg.Neuron(weights=[]), ValueError, "at least one"),
        (lambda: mg.Neuron(weights=[1, "a"]), TypeError, "not str"),
        (lambda: mg.MLP(2, [1], output="sigmoud"), ValueError, "known: .*relu, .*sigmoid"),
        (lambda: mg.MLP(2, [1], activation="sub"), ValueError, "unknown activation 'sub'"),
        (lambda: mg.MLP(2, [1], activation=math.sinh), ValueError, r"math\.sinh .*: write \(mg"),
        (lambda: mg.MLP(2, [1], activation=math.erf), ValueError, "math.erf .*: mg.op adds erf"),
        (lambda: mg.MLP(2, [1], seed=""), ValueError, "^the seed is .* Generator or None, not ''"),
        (lambda: mg.Layer(2, 1, seed=1.5), ValueError, "^the seed is .*, not 1.5"),
        (lambda: mg.Neuron(2, seed=-1), ValueError, "^the seed is .*, not -1"),
    ],
)
def test_bad_input_is_named(make, error, says):
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize("row", ["ab", {1: 2, 3: 4}, {1, 2}, ["a", "b"], [None, 1]])
def test_what_is_no_row_of_numbers_is_refused(row):
    with pytest.raises(TypeError, match="'h1' takes"):
        mg.MLP(2, [2, 1])(row)


def test_functions_and_nets_of_functions_pickle():
    assert pickle.loads(pickle.dumps(mg.exp)) is mg.exp
    assert pickle.loads(pickle.dumps(mg.Value.tanh)) is mg.Value.tanh
    net = mg.MLP(2, [1], output=mg.tanh)
    assert pickle.loads(pickle.dumps(net))([1, 2]).data == net([1, 2]).data


def test_weights_and_bias_may_stand_first():
    short, long = mg.Neuron([0, 1], 4), mg.Neuron(weights=[0, 1], bias=4)
    assert short.state_dict() == long.state_dict()
    assert short([27, 17]).data == 0.9999999992417439
    assert mg.Neuron(np.array([0.5])).state_dict() == {"w1": 0.5, "b1": 0.0}


@pytest.mark.parametrize("sizes", [[3, 1], [3, 2]])
def test_predict_gives_what_the_net_says_of_each_row(sizes):
    net, rows = mg.MLP(2, sizes), [[0.5, -1.0], [2.0, 3.0], [0.0, 0.0]]
    outputs = [net(row) if sizes[-1] > 1 else [net(row)] for row in rows]
    found = net.predict(rows)
    assert found.shape == ((3,) if sizes[-1] == 1 else (3, 2))
    assert found.reshape(3, -1).tolist() == [[y.data for y in out] for out in outputs]


def test_many_rows_where_one_belongs_are_told_of_predict():
    net = mg.MLP(2, [2, 1])
    for rows in (np.zeros((3, 2)), [[0.0, 1.0], [1.0, 2.0]]):
        with pytest.raises(TypeError, match=r"net\.predict\(X\) takes many rows"):
            net(rows)
    for row, shape in (([0.0, 1.0], r"\(2,\)"), (1.0, "not 1.0")):
        with pytest.raises(ValueError, match=f"{shape}; one row is net"):
            net.predict(row)
