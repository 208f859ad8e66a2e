"""A constant is never taken for a register, nor for another constant."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.programs.program import Constant, Constants
from tests.marks import few, has_jax, has_llvmlite

ENGINES = [
    "python",
    "numpy",
    pytest.param("native", marks=has_llvmlite),
    pytest.param("jax", marks=has_jax),
]

# The function, a row, the answer; constants and registers have the same numbers.
CHAINS = {
    "a product by 2": (lambda a, b, c: b * c * 2.0, [9.0, 5.0, 60.0], 600.0),
    "relu of a maximum": (lambda a, b: mg.relu(mg.maximum(a, b)), [-5.0, -6.0], 0.0),
    "a minimum with 2": (lambda a, b, c: mg.minimum(mg.minimum(b, c), 2.0), [-7.0, 5.0, 6.0], 2.0),
    "a maximum with 1": (lambda a, b, c: mg.maximum(mg.maximum(a, c), 1.0), [-4.0, 9.0, -2.0], 1.0),
}


@given(st.floats(), st.floats() | st.integers(-3, 3))
def test_a_constant_is_equal_to_one_of_the_same_bits_only(x, y):
    same = type(y) is float and (x.hex() == y.hex())
    assert (Constant(x) == (Constant(y) if type(y) is float else y)) == same
    if same:
        assert hash(Constant(x)) == hash(Constant(y))
    assert y not in {Constant(x): "x"}


def test_a_constant_that_was_not_met_has_no_place():
    constants = Constants([0, Constant(0.0), 1, Constant(math.nan), Constant(math.nan)])
    assert len(constants) == 2
    with pytest.raises(KeyError):
        constants[Constant(-0.0)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", few(CHAINS, 2))
def test_a_constant_in_a_chain_is_no_register(name, engine):
    fn, row, right = CHAINS[name]
    program = mg.record(fn, *row, engine=engine)
    assert program(*row) == (right,)
    assert program.map([], [row] * 2).ravel().tolist() == [right] * 2
    assert program.mean([], [row] * 2).tolist() == [right]


@pytest.mark.parametrize("engine", ENGINES)
def test_constants_folded_after_the_mean_have_places(engine):
    """10 + 1 - 2 is a constant that no line has."""
    program = mg.record(
        lambda x, y, z: (x + 10.0) + (y + 1.0) + (z - 2.0), 1.0, 2.0, 3.0, engine=engine
    )
    rows = [[0.5, 1.0, 4.0], [-1.5, 3.0, 0.25], [4.0, -2.0, -1.0]]
    right = np.mean([sum(row) + 9.0 for row in rows])
    np.testing.assert_allclose(program.mean([], rows), [right], rtol=1e-15)
