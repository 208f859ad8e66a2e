"""Lifting: the steps on arrays are what a person would write, and give what the lines give."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.programs.engines.numpy import Chunks
from microgradnet.programs.lifted import Average, Elementwise, Outer, Product, compacted
from microgradnet.programs.lifting import lift
from tests.marks import has_jax, has_llvmlite
from tests.programs.networks import differs, networks
from tests.programs.recorded import gradient_program
from tests.strategies import over_rows


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


def close(made, program, shared, rows, means):
    """Hold what steps give against the lines, within what rounding explains."""
    whole = np.column_stack([np.tile(shared, (len(rows), 1)), rows])
    run = made if isinstance(made, mg.Program) else Chunks(made)
    found = run.mean(shared, rows) if means else run.map(shared, rows)
    return not np.any(differs(program, len(shared), whole, found, means))


@pytest.mark.parametrize("means", [False, True])
@given(over_rows())
def test_a_random_graph_lifted_is_the_graph(means, drawn):
    program, shared, rows = drawn
    made = Chunks(lift(program, len(shared), means))
    found = made.mean(shared, rows) if means else made.map(shared, rows)
    expected = program.mean(shared, rows) if means else program.map(shared, rows)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12, equal_nan=True)


COMPILING = [pytest.param("native", marks=has_llvmlite), pytest.param("jax", marks=has_jax)]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["numpy", *COMPILING])
@given(networks(), st.integers(0, 99))
def test_a_random_network_is_within_the_rounding_of_its_sums(engine, network, seed):
    outputs, inputs, k = network
    program = mg.compile(outputs, inputs, engine)
    rows = np.random.default_rng(seed).normal(size=(5, len(inputs) - k))
    shared = np.array([x.data for x in inputs[:k]])
    for means in (False, True):
        assert close(program, program, shared, rows, means)
        if engine == "numpy":
            assert close(lift(program, k, means), program, shared, rows, means)


def two_rows_swapped(made):
    for i, step in enumerate(made.steps):
        if isinstance(step, Product) and len(step.matrix) > 1:
            swapped = replace(step, matrix=step.matrix[[1, 0, *range(2, len(step.matrix))]])
            yield replace(made, steps=(*made.steps[:i], swapped, *made.steps[i + 1 :]))


def an_addend_dropped(made):
    for i, step in enumerate(made.steps):
        if isinstance(step, Product) and step.bias is not None:
            without = replace(step, bias=None)
            yield replace(made, steps=(*made.steps[:i], without, *made.steps[i + 1 :]))
        if isinstance(step, Product) and len(step.factors) > 1:
            shorter = replace(step, matrix=step.matrix[:, 1:], factors=step.factors[1:])
            yield replace(made, steps=(*made.steps[:i], shorter, *made.steps[i + 1 :]))


@pytest.mark.parametrize("means", [False, True])
@pytest.mark.parametrize("wrong", [two_rows_swapped, an_addend_dropped])
def test_a_lift_made_wrong_on_purpose_is_caught(wrong, means):
    net = mg.MLP(3, [4, 3], activation="tanh", output="linear", seed=0)
    program = gradient_program(net, n_targets=3)
    shared = np.array([p.data for p in net.parameters()])
    rows = np.random.default_rng(0).normal(size=(5, 6))
    made = lift(program, len(shared), means)
    assert close(made, program, shared, rows, means)
    mutants = list(wrong(made))
    assert len(mutants) >= 3
    for mutant in mutants:
        assert not close(mutant, program, shared, rows, means)


def test_the_same_program_is_lifted_to_the_same_steps():
    net = mg.MLP(3, [4, 3], activation="tanh", output="linear", seed=0)
    first, second = (lift(gradient_program(net, n_targets=3), 31, True) for _ in range(2))
    assert [step.lines for step in first.steps] == [step.lines for step in second.steps]


def test_the_same_weights_at_several_places_are_one_product():
    w = [mg.Value(0.1 * i, f"w{i}") for i in range(3)]
    x = [mg.Value(0.1 * i, f"x{i}") for i in range(8)]
    slid = [w[0] * x[i] + w[1] * x[i + 1] + w[2] * x[i + 2] for i in range(6)]
    (step,) = lift(mg.compile(slid, [*w, *x]), 3).steps
    assert step.factors.shape == (3, 6)
    assert step.matrix.tolist() == [[0, 1, 2]]
