"""Random programs: engines against the graph."""

import math

import numpy as np
import pytest

import microgradnet as mg
from tests.marks import has_llvmlite, share
from tests.programs.random_programs import check_many


def test_random_programs_are_the_graph_on_python_and_numpy():
    check_many(30, 0, ["python", "numpy"])


@pytest.mark.slow  # LLVM compiles each for a quarter of a second
@has_llvmlite
def test_random_programs_in_machine_code_too():
    check_many(share(160), 2, ["python", "numpy", "native"], more=5)


def test_constants_folded_before_the_rows_have_places():
    """40 + 2 is a constant that no line has, added to what all rows share."""
    program = mg.record(
        lambda a, b, x, y, z: (a * x + 40.0) + (b * y + 2.0) + (z + a),
        *(1.0, 2.0, 3.0, 4.0, 5.0),
        engine="numpy",
    )
    rows = np.array([[0.5, 1.0, 2.0], [-1.0, 0.25, 4.0]])
    right = [2.0 * x + 40.0 + 3.0 * y + 2.0 + z + 2.0 for x, y, z in rows]
    np.testing.assert_allclose(program.map([2.0, 3.0], rows).ravel(), right, rtol=1e-15)


def test_numpy_adds_infinities_of_a_history_without_a_warning():
    program = mg.record(lambda s, x: (s + 0.0, x * 1e300), 1.0, 2.0, engine="numpy")
    _, history = program.scan([1.0], [[1e300], [-1e300]])
    assert math.isnan(history[0, 0])
