"""Lifting: the steps on arrays are what a person would write, and give what the lines give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.programs.lifted import Average, Elementwise, Outer, Product
from microgradnet.programs.lifting import lift
from microgradnet.programs.tidying import compacted
from tests.programs.recorded import gradient_program
from tests.strategies import graphs


def names(steps):
    """Each step as a word."""
    kinds = {Product: "@", Outer: "outer", Average: "average"}
    return [x.op if isinstance(x, Elementwise) else kinds[type(x)] for x in steps]


def test_a_net_of_2410_parameters_is_few_operations():
    program = gradient_program(
        mg.MLP(64, [32, 10], activation="relu", output="linear"), n_targets=10
    )
    made = lift(program, 2410, means=True)
    assert names(made.steps) == [
        "@",
        "maximum",
        "@",
        "sub",
        "mul",
        "mul",
        "mul",
        "@",
        "where",
        "mul",
    ]
    assert names(made.means) == ["outer", "outer", "average", "average", "average"]
    assert [step.matrix.shape for step in made.steps if isinstance(step, Product)] == [
        (32, 64),
        (10, 32),
        (32, 10),
    ]
    assert compacted(made).n_registers < 300


@pytest.mark.parametrize("means", [False, True])
@given(graphs(), st.data())
@settings(max_examples=40, deadline=None)
def test_a_random_graph_lifted_is_the_graph(means, graph, data):
    leaves, root = graph
    program = mg.compile([root, *mg.grad(root, leaves)], leaves)
    n = len(leaves)
    k = data.draw(st.integers(0, n))
    numbers = data.draw(st.lists(st.floats(-3, 3), min_size=4 * n, max_size=4 * n))
    shared, rows = np.array(numbers[:k]), np.reshape(numbers[n:], (3, n))[:, k:]
    made = lift(program, k, means)
    for lifted in (made, compacted(made)):
        if means:
            found, expected = lifted.mean(shared, rows), program.mean(shared, rows)
        else:
            found, expected = lifted.map(shared, rows), program.map(shared, rows)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12, equal_nan=True)
