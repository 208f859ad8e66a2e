"""Third derivatives of every row equal differences of the second, at special points too.

Their symmetry, and the second ones: tests/operations/test_second_derivatives.py.
"""

import itertools
import math

import pytest

import microgradnet as mg
from microgradnet.operations.operation import OPS
from tests.marks import sampled
from tests.strategies import partial_derivative, special_points

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if not op.own])
def test_third_derivatives_equal_differences_of_the_second(name):
    op, compared = OPS[name], 0
    for point in sampled(special_points(op)):
        for *by, j in itertools.product(range(op.arity), repeat=3):

            def second(x, by=by, j=j, point=point):
                return partial_derivative(op, (*point[:j], x, *point[j + 1 :]), by)

            slope, error = mg.differences(second, point[j])
            found = partial_derivative(op, point, (*by, j))
            compared += math.isfinite(error)
            assert abs(found - slope) <= error + 1e-12, (point, by, j)
    assert compared
