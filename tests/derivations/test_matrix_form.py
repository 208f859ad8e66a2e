"""derive(form="matrix"): read as golden files, run and compared with the means of the gradient."""

import functools
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.derivations.deriving import derive
from tests.places import GOLDEN
from tests.sources import executed
from tests.strategies import graphs

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def recorded(n_in, sizes, loss=mg.mse, **kinds):
    """A net, its loss at a row, and the leaves of the row."""
    net = mg.MLP(n_in, sizes, seed=0, **kinds)
    x = [mg.Value(0.3 * i - 0.5, f"x{i + 1}") for i in range(n_in)]
    y = [mg.Value(float(i == 0), f"y{i + 1}") for i in range(sizes[-1])]
    if len(y) == 1:
        y[0].label = "y_true"
    return net, loss(net(x), y if len(y) > 1 else y[0]), [*x, *y]


def plain_softmax(scores, targets):
    """The cross-entropy of a softmax as a lesson has it."""
    odds = [mg.exp(s) for s in scores]
    total = functools.reduce(operator.add, odds)
    probabilities = [o / total for o in odds]
    for i, p in enumerate(probabilities):
        p.label = f"p{i + 1}"
    return -functools.reduce(operator.add, [y * mg.log(p) for y, p in zip(targets, probabilities)])


NETS = {
    "2_2_1": lambda: recorded(2, [2, 1]),
    "3_4_2_1": lambda: recorded(3, [4, 2, 1]),
    "softmax": lambda: recorded(2, [4, 3], plain_softmax, activation="tanh", output="linear"),
}


def agrees(net, loss, row):
    """Run the text on a batch; hold it against the means of the recorded gradient."""
    parameters = net.parameters()
    source = derive(loss, parameters, form="matrix")
    made = executed(source)
    rows = np.random.default_rng(0).uniform(-1, 1, size=(7, len(row)))
    n_in = len(net.layers[0].neurons[0].weights)
    n_out = len(row) - n_in
    rows[:, n_in:] = np.eye(n_out)[np.arange(7) % n_out]
    parts = [
        row
        for layer in net.layers
        for row in ([neuron.weights for neuron in layer.neurons], [[n.bias] for n in layer.neurons])
    ]
    arrays = [np.array([[x.data for x in row] for row in part]) for part in parts]
    found = made["derivatives"](*arrays, rows[:, :n_in].T, rows[:, n_in:].T)
    program = mg.compile([loss, *mg.grad(loss, parameters)], [*parameters, *row])
    expected = program.mean([p.data for p in parameters], rows)
    np.testing.assert_allclose(found[0], expected[0], **CLOSE)
    at = 1
    for shape, gradient in zip([x.shape for x in arrays], found[1:]):
        assert gradient.shape == shape
    for layer, weights, biases in zip(net.layers, found[1::2], found[2::2]):
        for i in range(len(layer.neurons)):
            mine = [*weights[i], *biases[i]]
            np.testing.assert_allclose(mine, expected[at : at + len(mine)], **CLOSE)
            at += len(mine)
    return source


@pytest.mark.parametrize("name", NETS)
def test_it_reads_as_in_the_golden_file_and_gives_the_means_of_the_gradient(name):
    source = agrees(*NETS[name]())
    assert source == (GOLDEN / f"derive_matrix_{name}.py.txt").read_text()


LOSSES = (mg.mse, mg.softmax_cross_entropy)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "softplus", "leaky_relu"])
@pytest.mark.parametrize("loss", LOSSES)
def test_it_runs_for_any_activation_and_loss(activation, loss):
    agrees(*recorded(3, [4, 5, 3], loss, activation=activation, output="linear"))


def test_other_losses_and_a_penalty():
    agrees(*recorded(2, [3, 1], mg.hinge, output="linear"))
    agrees(*recorded(2, [3, 1], mg.binary_cross_entropy))
    net, loss, row = recorded(2, [3, 2], activation="tanh", output="linear")
    squares = functools.reduce(operator.add, [p * p for p in net.parameters()])
    source = agrees(net, loss + 1e-3 * squares, row)
    assert "d_L_d_W1 = 0.001 * W1 + 0.001 * W1 + d_L_d_Z @ X.T / n" in source


@given(graphs(), st.lists(st.floats(0.1, 0.9), min_size=40, max_size=40))
def test_of_a_random_graph_it_gives_the_means_of_the_gradient(graph, numbers):
    leaves, root = graph
    root = root * mg.Value(0.5, "x9")  # so that there is a column
    leaves = sorted(reachable(root)[0], key=lambda x: x.label)
    made = executed(derive(root, leaves[:1], form="matrix"))
    program = mg.compile([root, *mg.grad(root, leaves[:1])], leaves)
    rows = np.reshape((numbers * len(leaves))[: 5 * len(leaves)], (5, -1))[:, 1:]
    expected = program.mean(numbers[:1], rows)
    with np.errstate(all="ignore"):
        found = made["derivatives"](np.array([numbers[:1]]), rows.T)
    np.testing.assert_allclose(np.ravel(found[0]), expected[:1], **CLOSE)
    np.testing.assert_allclose(np.ravel(found[1]), expected[1:], **CLOSE)


def test_what_has_no_samples_and_an_unknown_form_are_refused():
    w = mg.Value(0.5, "w")
    with pytest.raises(ValueError, match="parameters alone"):
        derive(w * w, [w], form="matrix")
    with pytest.raises(ValueError, match="'numbers', 'lesson' or 'matrix', not 'tensor'"):
        derive(w * w, [w], form="tensor")
