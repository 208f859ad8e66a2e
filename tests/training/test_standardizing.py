"""Scaling: mean 0 and deviation 1, remembered for other rows, and back again."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg

tables = st.integers(1, 4).flatmap(
    lambda k: st.lists(
        st.lists(st.floats(-1e6, 1e6), min_size=k, max_size=k), min_size=2, max_size=9
    )
)


@given(tables)
def test_columns_get_mean_0_and_deviation_1_and_come_back(rows):
    Z, scaling = mg.standardize(rows)
    X = np.array(rows)
    assert Z.shape == X.shape
    for z, x, scale in zip(Z.T, X.T, scaling.scale):
        size = np.abs(x).max() / scale  # in units of which rounding is
        assert abs(z.mean()) <= 1e-14 * (1 + size)
        if np.ptp(x) > 1e-9 * np.abs(x).max():
            assert abs(z.std() - 1) <= 1e-13 * (1 + size)
    assert scaling.inverse(Z) == pytest.approx(X, rel=1e-12, abs=1e-9)
    assert (scaling(rows) == Z).all()
    assert (scaling(X[-1]) == Z[-1]).all()


def test_the_tutorials_shift():
    Z, scaling = mg.centre(np.array([[133, 165], [160, 182]]), (133, 165))
    assert Z.tolist() == [[0.0, 0.0], [27.0, 17.0]]
    assert scaling([180, 176]).tolist() == [47.0, 11.0]
    assert mg.centre([[1.0], [3.0]])[0].tolist() == [[-1.0], [1.0]]


def test_sizes_at_the_ends_of_the_doubles_and_what_is_remembered():
    for size in (1e-300, 1e300):
        Z, _ = mg.standardize([[-size, 7.0], [size, 7.0]])
        assert Z.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert not mg.standardize([[0.1]] * 7)[0].any()
    _, scaling = mg.standardize([[1.0], [3.0]])
    assert repr(scaling) == "Scaling(shift=[2.0], scale=[1.0])"
    with pytest.raises(ValueError, match="read-only"):
        scaling.shift[0] = 5.0


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: mg.standardize([[1, math.nan]]), ValueError, "X, row 0, column 1"),
        (lambda: mg.standardize([]), ValueError, "no rows"),
        (lambda: mg.standardize([["a"]]), TypeError, "expected a number, not 'a'"),
        (lambda: mg.standardize([[1.0, 2.0]])[1]([1.0]), ValueError, "1 columns, but 2"),
        (lambda: mg.centre([[1.0, 2.0]], [1.0]), ValueError, "as many shifts as scales"),
        (lambda: mg.Scaling([1.0], [0.0]), ValueError, "scales positive"),
    ],
)
def test_what_does_not_fit_is_said(call, error, says):
    with pytest.raises(error, match=says):
        call()
