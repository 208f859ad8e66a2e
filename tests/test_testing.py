"""What people's own tests use: the assertion, and strategies of graphs and nets."""

import pytest
from hypothesis import given

import microgradnet as mg
from microgradnet import testing
from microgradnet.autograd.graph import reachable
from tests.checking.handmade import TUTORIAL, made, spoil


def test_assert_derivation():
    mg.testing.assert_derivation(made(TUTORIAL.function(), "by_hand"))
    wrong = spoil(TUTORIAL.function(), "-2 * (y_true", "-1 * (y_true")
    with pytest.raises(AssertionError, match="not right: d_L_d_ypred"):
        mg.testing.assert_derivation(made(wrong, "by_hand"))


@given(testing.graphs(["add", "mul", "tanh"], max_nodes=5))
def test_graphs_are_recorded_of_the_operations_asked_for(y):
    leaves, inner = reachable(y)
    assert {x.label for x in leaves} <= {"x0", "x1", "x2", "x3"}
    assert 1 <= len(inner) <= 10  # a sine keeps what is large in bounds
    assert {node.operation.name for node in inner} <= {"add", "mul", "tanh", "sin"}
    assert all(abs(node.data) < 100.0 for node in inner)


@given(testing.networks(max_inputs=3, max_width=2, max_layers=2))
def test_networks_take_a_row_and_give_finite_numbers(net):
    n_in = len(net.layers[0].neurons[0].weights)
    assert n_in <= 3
    assert len(net.layers) <= 2
    outputs = net([0.5] * n_in)
    assert all(abs(v.data) < 1e6 for v in (outputs if type(outputs) is list else [outputs]))
