"""Differences find a derivative and an error that holds it, at any finite point."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value, differences
from tests.marks import share

mp = mpmath.mp.clone()
mp.dps = 40
# f on floats, its exact derivative on 40-digit numbers, and where both hold.
FUNCTIONS = {
    "exp": (math.exp, mp.exp, (-30.0, 30.0)),
    "sin": (math.sin, mp.cos, (-50.0, 50.0)),
    "tanh": (math.tanh, lambda x: mp.sech(x) ** 2, (-20.0, 20.0)),
    "log": (mg.log, lambda x: 1 / x, (1e-300, 1e300)),
    "sqrt": (mg.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), (1e-300, 1e300)),
    "cube": (lambda x: x * x * x, lambda x: 3 * x * x, (-1e50, 1e50)),
    "inverse": (lambda x: 1.0 / x, lambda x: -1 / x**2, (1e-100, 1e100)),
    "sigmoid": (mg.sigmoid, lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)), (-300.0, 300.0)),
    "softplus": (mg.softplus, lambda x: 1 / (1 + mp.exp(-x)), (-300.0, 300.0)),
    "fast sine": (lambda x: math.sin(20.0 * x), lambda x: 20 * mp.cos(20 * x), (-5.0, 5.0)),
    "bell": (lambda x: math.exp(-x * x), lambda x: -2 * x * mp.exp(-x * x), (-5.0, 5.0)),
    "small beside large": (lambda x: 1e6 + math.cos(x), lambda x: -mp.sin(x), (-10.0, 10.0)),
    "steep step": (
        lambda x: math.tanh(30.0 * (x - 1.0)),
        lambda x: 30 * mp.sech(30 * (x - 1)) ** 2,
        (-3.0, 3.0),
    ),
    "runge": (
        lambda x: 1.0 / (1.0 + 25.0 * x * x),
        lambda x: -50 * x / (1 + 25 * x * x) ** 2,
        (-2.0, 2.0),
    ),
    "power": (
        lambda x: (Value(x) ** 0.1).data,
        lambda x: x ** (mp.mpf(0.1) - 1) * mp.mpf(0.1),
        (1e-30, 1e30),
    ),
    "flat near 0": (lambda x: math.log(1.0 + x * x), lambda x: 2 * x / (1 + x * x), (-0.01, 0.01)),
    "atan": (math.atan, lambda x: 1 / (1 + x * x), (-1e6, 1e6)),
}
each = pytest.mark.parametrize("name", FUNCTIONS)


def points(name):
    low, high = FUNCTIONS[name][2]
    every = st.floats(low, high, allow_subnormal=False)
    if low <= 0.0:
        return every
    return st.floats(math.log(low), math.log(high)).map(math.exp).filter(lambda x: low < x < high)


@each
@given(data=st.data())
def test_the_error_holds_the_exact_derivative(name, data):
    f, exact, _ = FUNCTIONS[name]
    x = data.draw(points(name))
    slope, error = differences(f, x)
    assert type(slope) is type(error) is float
    assert abs(mp.mpf(slope) - exact(mp.mpf(x))) <= error


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (math.exp, 0.0),
        (math.exp, -20.0),
        (math.sin, 1.0),
        (math.tanh, 0.3),
        (mg.log, 3.0),
        (mg.log, 1e-3),
        (mg.log, 1e-300),
        (mg.sqrt, 2.0),
        (mg.sqrt, 1e-8),
        (lambda x: x**3, 1e10),
        (lambda x: x**3, -0.01),
        (lambda x: 1.0 / x, 1e-5),
        (lambda x: 1.0 / (1.0 + 25.0 * x * x), 0.1),
        (lambda x: math.sin(20.0 * x), 0.4),
        (mg.sigmoid, 5.0),
        (mg.softplus, -5.0),
    ],
)
def test_the_error_is_small_in_ordinary_cases(f, x):
    slope, error = differences(f, x)
    assert 0.0 <= error < 1e-7 * abs(slope)


@given(st.floats(-1e307, 1e307))
@example(5e-324)
@example(1e-212)
@example(1e307)
def test_a_straight_line_has_its_slope_at_any_finite_point(x):
    slope, error = differences(lambda t: 0.5 * t, x)
    assert abs(slope - 0.5) <= error < 1e-6


def test_the_largest_float_is_a_point_too():
    slope, error = differences(lambda t: 0.5 * t, 1.7976931348623157e308)
    assert error == math.inf or abs(slope - 0.5) <= error


@given(st.floats(-1e9, 1e9))
def test_a_constant_has_slope_zero(x):
    slope, error = differences(lambda t: 3.0, x)
    assert abs(slope) <= error < 1e-3


@pytest.mark.parametrize(("f", "x"), [(math.log, 1e-3), (math.sqrt, 1e-8), (math.acos, 0.99)])
def test_a_function_that_raises_outside_its_domain_has_no_value_there(f, x):
    slope, error = differences(f, x)
    assert abs(mp.mpf(slope) - mp.diff(getattr(mp, f.__name__), x)) <= error < 1e-6 * abs(slope)


@pytest.mark.parametrize("x", [7.4e-116, 1e-110, 1e-105])
def test_the_error_holds_where_the_function_underflows(x):
    slope, error = differences(lambda t: t * t * t, x)
    assert abs(mp.mpf(slope) - 3 * mp.mpf(x) ** 2) <= error


# At the last four the bits of log(1 + t * t) change in step with the points of a regular table.
@pytest.mark.parametrize(
    "x", [1e-12, 7e-16, 8.6e-9, 1e-5, -1.4982967186932126e-05, -2.3074398768734897e-05,
          -0.0026643277955576685, -0.0008821430142564682]
)  # fmt: skip
def test_the_error_holds_where_rounding_makes_the_function_flat(x):
    slope, error = differences(lambda t: math.log(1.0 + t * t), x)
    assert abs(mp.mpf(slope) - 2 * mp.mpf(x) / (1 + mp.mpf(x) ** 2)) <= error < 1e-10


def test_steps_of_rounding_are_told_from_a_jump_of_the_function():
    slope, error = differences(lambda t: (1e13 + t) - 1e13, 1e-4)  # in steps of 1 / 512
    assert abs(slope - 1.0) <= error < 1.0
    assert differences(lambda t: 5.0 if t > 0.0 else 7.0, -0.01).value == 0.0
    assert differences(lambda t: 5.0 if t > 0.0 else 7.0, -0.01).error < 1e-9


def test_a_wrong_slope_is_outside_the_error():
    for f, exact, _ in FUNCTIONS.values():
        slope, error = differences(f, 0.9)
        right = float(exact(mp.mpf(0.9)))
        assert abs(slope - 1.001 * right) > error


def test_a_list_gives_an_array_of_the_partials():
    seen = []
    found = differences(lambda x: seen.append(type(x)) or x[0] ** 2 * x[1], [3.0, 2.0])
    assert found.value == pytest.approx([12.0, 9.0], rel=1e-9)
    assert (np.abs(found.value - [12.0, 9.0]) <= found.error).all()
    assert (found.error < 1e-9).all()
    assert set(seen) == {list}


def test_an_array_of_two_dimensions_keeps_its_shape_and_its_numbers():
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    before = x.copy()
    value, error = differences(lambda a: float((np.sin(a) * a).sum()), x)
    exact = np.cos(x) * x + np.sin(x)
    assert value.shape == error.shape == (2, 3)
    assert (np.abs(value - exact) <= error).all()
    assert (error < 1e-8).all()
    assert (x == before).all()


def test_ints_numpy_scalars_and_tuples_are_points_too():
    assert differences(math.exp, 0).value == differences(math.exp, np.float64(0)).value
    assert differences(sum, (1, 2)).value == pytest.approx([1.0, 1.0])


def test_an_empty_point_has_no_partials():
    assert differences(sum, []).value.shape == (0,)


def test_the_function_may_return_a_value():
    slope, error = differences(lambda x: mg.sigmoid(Value(x) * 2.0), 0.3)
    exact = 2.0 * mg.sigmoid(0.6) * mg.sigmoid(-0.6)
    assert type(slope) is float
    assert abs(slope - exact) <= error < 1e-9
    value, error = differences(lambda x: Value(x[0]) * x[1], [2.0, 3.0])
    assert (np.abs(value - [3.0, 2.0]) <= error).all()


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_a_point_that_is_not_finite_is_an_error(bad):
    for x in (bad, [1.0, bad], np.array([[bad, 1.0]])):
        with pytest.raises(ValueError, match="finite point"):
            differences(lambda x: 1.0, x)


def test_no_value_around_the_point_is_an_infinite_error():
    slope, error = differences(lambda x: math.nan, 1.0)
    assert math.isnan(slope)
    assert error == math.inf


@pytest.mark.parametrize("f", [abs, mg.relu, lambda x: mg.maximum(x, 2.0 * x)])
def test_a_kink_or_a_jump_near_the_point_does_not_mislead(f):
    for x in (0.01, -0.01, 0.05, 0.3, 1e-4):
        slope, error = differences(f, x)
        assert abs(slope - mg.grad(f(v := Value(x)), [v])[0].data) <= error


def ratio(name, x):
    """The true error as a part of the estimate."""
    f, exact, _ = FUNCTIONS[name]
    slope, error = differences(f, x)
    return float(abs(mp.mpf(slope) - exact(mp.mpf(x))) / error) if error else 0.0


@pytest.mark.slow
@each
def test_the_true_error_is_well_below_the_estimate_at_many_points(name):
    low, high = FUNCTIONS[name][2]
    rng, n = np.random.default_rng(0), share(2000)
    is_log = low > 0.0
    xs = np.exp(rng.uniform(np.log(low), np.log(high), n)) if is_log else rng.uniform(low, high, n)
    assert max(ratio(name, float(x)) for x in xs) < 0.8
