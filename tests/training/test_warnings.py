"""The warning of a training that goes nowhere: of raw inputs, never of those near 0."""

import warnings

import numpy as np
import pytest

import microgradnet as mg
from tests.marks import few, sampled

X, y = mg.datasets.gender()
RAW = X + np.array([133.0, 165.0])
seeds = pytest.mark.parametrize("seed", few(sampled(range(10)), 1))


@seeds
@pytest.mark.parametrize("epochs", [50, 1000])
def test_the_six_people_as_they_stand_are_warned_of(seed, epochs):
    with pytest.warns(UserWarning, match=r"vanish: \d\d% of them .* bring the inputs near 0"):
        mg.fit(mg.MLP(2, [2, 1], seed=seed), RAW, y, epochs=epochs, progress=False)


@seeds
@pytest.mark.parametrize("inputs", [X, mg.standardize(X)[0]], ids=["centred", "standardized"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"epochs": 60}, {"optimizer": mg.Adam(0.01), "epochs": 60}, {"optimizer": mg.SGD(1e-300)}],
)
def test_the_six_people_near_0_are_not(seed, inputs, settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mg.fit(mg.MLP(2, [2, 1], seed=seed), inputs, y, **{"epochs": 1000} | settings)


def test_the_reason_is_that_all_are_answered_alike_unless_that_is_right():
    net = mg.MLP(2, [2, 1], seed=0)
    with pytest.warns(UserWarning, match="answers all rows alike"):
        mg.fit(net, RAW, y, epochs=1000, progress=False)
    assert np.ptp([net(row).data for row in RAW]) < 1e-3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mg.fit(mg.MLP(2, [2, 1], seed=0), X, [0.5] * 6, optimizer=mg.SGD(1e-9), epochs=60)


def deep(n, *settings):
    return deep(n - 1, *settings) if n else mg.fit(*settings, epochs=60, progress=False)


@pytest.mark.parametrize("calls", [0, 1, 7])
def test_it_names_the_line_of_the_user_at_any_depth(calls):
    with pytest.warns(UserWarning, match="vanish") as caught:
        deep(calls, mg.MLP(2, [2, 1], seed=3), RAW, y, "mse", mg.SGD(0.1))
    (warning,) = caught
    assert warning.filename == __file__
    assert warning.lineno == deep.__code__.co_firstlineno + 1
