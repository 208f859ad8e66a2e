"""What operations promise: one row is a function of numbers and of Values, with its derivatives."""

import math

import pytest

import microgradnet as mg
from microgradnet import Value


def test_a_function_of_a_number_is_a_number():
    assert mg.exp(1.0) == math.e
    assert type(mg.relu(-3)) is float


def test_the_same_function_of_a_value_is_recorded():
    x = Value(0.0, "x")
    y = mg.sigmoid(x)
    assert (y.data, y.op, y.inputs) == (0.5, "sigmoid", (x,))


def test_the_same_function_is_a_method_too():
    assert Value(0.0).sigmoid().data == mg.sigmoid(0.0)


def test_its_derivative_is_known():
    x = Value(0.0, "x")
    mg.sigmoid(x).backward()
    assert x.grad == 0.25


def test_its_derivative_has_a_derivative():
    x = Value(2.0, "x")
    (slope,) = mg.grad(x**3, [x])
    (curvature,) = mg.grad(slope, [x])
    assert (slope.data, curvature.data) == (12.0, 12.0)


def test_outside_its_domain_it_is_nan_as_in_ieee_754():
    assert math.isnan(mg.log(-1.0))
    assert mg.log(0.0) == -math.inf


def test_an_operation_of_ones_own_works_as_those_of_the_table():
    square = mg.op("square", lambda x: x * x, lambda x: 2.0 * x)
    x = Value(3.0, "x")
    y = square(x)
    y.backward()
    assert (y.data, x.grad, y.op) == (9.0, 6.0, "square")


def test_an_operation_with_a_wrong_derivative_is_refused():
    with pytest.raises(ValueError, match=r"partial 0 of 'square' is .* but differences"):
        mg.op("square", lambda x: x * x, lambda x: 3.0 * x)


def test_differences_find_a_derivative_without_a_graph():
    slope, error = mg.differences(math.sin, 1.0)
    assert abs(slope - math.cos(1.0)) <= error < 1e-9


def test_differences_of_several_numbers_are_several():
    slopes, errors = mg.differences(lambda x: x[0] * x[1], [2.0, 3.0])
    assert (abs(slopes - [3.0, 2.0]) <= errors).all()
