"""The table's functions on numbers and on Values, as functions and as methods."""

import inspect
import math

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.operations.operation import FUNCTIONS, OPS

functions = pytest.mark.parametrize("name", [n for n in FUNCTIONS if not OPS[n].own])


@functions
def test_functions_take_floats_ints_and_numpy_scalars(name):
    function, op = FUNCTIONS[name], OPS[name]
    point = next(op.points())
    ones = (1,) * op.arity
    assert getattr(mg, name) is function
    assert type(function(*point)) is type(function(*ones)) is float
    assert function(*point) == op.value(*point)
    assert function(*ones) == function(*map(np.int64, ones)) == op.value(*map(float, ones))
    assert type(function(*map(np.float64, point))) is float


@functions
def test_functions_record_on_values_also_as_methods(name):
    op = OPS[name]
    point = next(op.points())
    xs = tuple(map(Value, point))
    for result in (FUNCTIONS[name](*xs), getattr(xs[0], name)(*xs[1:])):
        assert (result.data, result.op, result.inputs) == (op.value(*point), op.spelling, xs)
        assert type(result.data) is float


@functions
def test_functions_accept_a_value_at_any_place(name):
    op = OPS[name]
    point = next(op.points())
    for i in range(op.arity):
        mixed = [*point[:i], Value(point[i]), *point[i + 1 :]]
        assert FUNCTIONS[name](*mixed).inputs == tuple(mixed)


@functions
def test_functions_count_their_arguments(name):
    op = OPS[name]
    needed = op.arity - len(op.defaults)
    for n in {0, needed - 1, op.arity + 1}:
        for one in (1.0, Value(1.0)):
            with pytest.raises(TypeError):
                FUNCTIONS[name](*[one] * n)
    for n in range(1, op.arity + 2):
        if not needed <= n <= op.arity:
            with pytest.raises(TypeError):
                getattr(Value(1.0), name)(*[1.0] * (n - 1))


@functions
@pytest.mark.parametrize("wrong", ["1", None, 1j, [1.0], np.array([1.0])], ids=repr)
def test_functions_refuse_what_is_no_number(name, wrong):
    arity = OPS[name].arity
    for i in range(arity):
        for one in (1.0, Value(1.0)):
            with pytest.raises(TypeError):
                FUNCTIONS[name](*[wrong if j == i else one for j in range(arity)])


def test_leaky_relu_has_a_default_slope():
    assert mg.leaky_relu(-2) == -0.02
    assert mg.leaky_relu(Value(-2.0)).data == Value(-2.0).leaky_relu().data == -0.02
    assert mg.leaky_relu(-2.0, 0.5) == -1.0
    assert mg.leaky_relu(Value(-2.0), 0.5).data == -1.0


def test_relu_never_hides_a_nan():
    for function in (mg.relu, lambda x: mg.maximum(x, 0.0), lambda x: mg.minimum(0.0, x)):
        assert math.isnan(function(math.nan))
        assert math.isnan(function(Value(math.nan)).data)


def test_functions_of_several_take_their_arguments_in_order_only():
    assert mg.atan2(1.0, 2.0) == math.atan2(1.0, 2.0)
    with pytest.raises(TypeError):
        mg.atan2(y=1.0, x=2.0)
    assert list(inspect.signature(mg.where).parameters) == ["c", "a", "b"]
    assert mg.leaky_relu(-1.0, slope=0.5) == -0.5
