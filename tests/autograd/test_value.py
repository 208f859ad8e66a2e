"""A Value takes real numbers only, records what is done to it, and meets NumPy on either side."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.operations.operation import FUNCTIONS, OPS

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
NUMBERS = (3, 0.5, True, np.float64(0.5), np.float32(0.5), np.int64(3), np.uint8(3), np.bool_(True))
operators = pytest.mark.parametrize("spelling", OPERATORS)
numbers = pytest.mark.parametrize("number", NUMBERS, ids=lambda x: type(x).__name__)
comparisons = pytest.mark.parametrize(
    "compare", [operator.lt, operator.le, operator.gt, operator.ge]
)


@numbers
def test_numbers_become_python_floats(number):
    v = Value(number)
    assert type(v.data) is float
    assert v.data == number
    v.data = number
    assert type(v.data) is float


@pytest.mark.parametrize(
    "data",
    [
        "1",
        b"1",
        None,
        1j,
        np.complex128(1),
        [1.0],
        (1.0,),
        np.array([1.0]),
        np.array(1.0),
        Value(1.0),
        Decimal(1),
        Fraction(1),
        np.datetime64("2020"),
        np.str_("1"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_anything_else_is_a_type_error(data):
    v = Value(1.0)
    with pytest.raises(TypeError, match=f"not {type(data).__name__}"):
        Value(data)
    with pytest.raises(TypeError, match=f"not {type(data).__name__}"):
        v.data = data
    assert v.data == 1.0


def test_an_int_too_large_for_a_float_is_an_error():
    with pytest.raises(ValueError, match="no float"):
        Value(10**400)


@pytest.mark.parametrize("label", [None, 1, b"w", Value(1.0)])
def test_a_label_is_a_str(label):
    with pytest.raises(TypeError, match="a label is a str"):
        Value(1.0, label)


@operators
@numbers
def test_operators_take_numbers_on_either_side(spelling, number):
    v, apply = Value(1.5), OPERATORS[spelling]
    for result, inputs in (
        (apply(v, number), (v, float(number))),
        (apply(number, v), (float(number), v)),
        (apply(v, v), (v, v)),
    ):
        assert type(result) is Value
        assert result.op == spelling
        assert result.inputs == inputs
        assert all(type(x) in (Value, float) for x in result.inputs)
        a, b = (getattr(x, "data", x) for x in inputs)
        assert type(result.data) is float
        assert result.data == apply(a, b)


@operators
@pytest.mark.parametrize("other", ["a", None, 1j, np.complex128(1j), [1.0], {}], ids=repr)
def test_operators_refuse_what_is_no_number(spelling, other):
    with pytest.raises(TypeError):
        OPERATORS[spelling](Value(1.0), other)
    if not (spelling == "*" and isinstance(other, (str, list))):
        with pytest.raises(TypeError):
            OPERATORS[spelling](other, Value(1.0))


def test_augmented_assignment_makes_a_new_node():
    v = w = Value(1.0)
    w += 2
    assert (v.data, w.data, w.inputs) == (1.0, 3.0, (v, 2.0))


def test_unary_operators_record():
    v = Value(-2.0)
    assert ((-v).data, (-v).op, (-v).inputs) == (2.0, "-", (v,))
    assert (abs(v).data, abs(v).op, abs(v).inputs) == (2.0, "abs", (v,))


@comparisons
@pytest.mark.parametrize("other", [0.5, 1, 2.0, math.nan, np.float64(1.0), np.int64(2), Value(1.0)])
def test_comparisons_are_plain_bools_of_the_data(compare, other):
    result = compare(Value(1.0), other)
    assert type(result) is bool
    assert result == compare(1.0, getattr(other, "data", other) if type(other) is Value else other)


@comparisons
def test_comparisons_with_a_number_on_the_left_are_of_the_data(compare):
    assert compare(2, Value(1.0)) is compare(2, 1.0)
    assert bool(compare(np.float64(2), Value(1.0))) is compare(2, 1.0)


@comparisons
@pytest.mark.parametrize("other", ["a", None, 1j], ids=repr)
def test_comparisons_with_what_is_no_number_are_type_errors(compare, other):
    with pytest.raises(TypeError):
        compare(Value(1.0), other)


def test_equality_and_hash_go_by_identity():
    v, w = Value(1.0), Value(1.0)
    assert v == v
    assert v != w
    assert v not in (1.0, 1)
    assert len({v, w}) == 2
    assert [v, w].index(w) == 1


@pytest.mark.parametrize(
    ("result", "data"),
    [
        (lambda v: v / 0.0, math.inf),
        (lambda v: v / 0, math.inf),
        (lambda v: -v / 0.0, -math.inf),
        (lambda v: 0.0 * v / 0.0, math.nan),
        (lambda v: 1 / (v - v), math.inf),
        (lambda v: v * 1e308 * 10, math.inf),
        (lambda v: (v * 10.0) ** 400, math.inf),
        (lambda v: (-v * 8) ** (1 / 3), math.nan),
        (lambda v: (v * 0.0) ** -1, math.inf),
        (lambda v: mg.exp(v * 1000), math.inf),
        (lambda v: mg.log(v - 1), -math.inf),
        (lambda v: mg.log(-v), math.nan),
        (lambda v: mg.sqrt(-v), math.nan),
        (lambda v: mg.sin(v / 0.0), math.nan),
    ],
)
def test_exceptional_values_are_ieee(result, data):
    found = result(Value(1.0)).data
    assert type(found) is float
    assert found == data or (math.isnan(found) and math.isnan(data))


def test_data_of_a_computed_node_cannot_be_set():
    h = Value(1.0, "x") * 2
    with pytest.raises(AttributeError, match=r"the mul of 2\.0 was computed"):
        h.data = 3.0
    h.label = "h"
    with pytest.raises(AttributeError, match="'h' was computed"):
        h.data = 3.0
    assert h.data == 2.0


@pytest.mark.parametrize("name", ["op", "gradient", "value", "lable"])
def test_misspelt_and_read_only_attributes_are_errors(name):
    with pytest.raises(AttributeError):
        setattr(Value(1.0), name, 2.0)


def test_repr_shows_number_gradient_label_and_operation():
    x = Value(3, "x")
    y = x * x
    assert repr(x) == "Value(3.0, grad=0.0, label='x')"
    y.backward()
    y.label = "y"
    assert repr(x) == "Value(3.0, grad=6.0, label='x')"
    assert repr(y) == "Value(9.0, grad=1.0, label='y', op='*')"
    assert repr(Value(1)) == "Value(1.0, grad=0.0)"


numpy_unary = [n for n in FUNCTIONS if OPS[n].arity == 1 and hasattr(np, OPS[n].numpy)]
numpy_binary = [n for n in FUNCTIONS if OPS[n].arity == 2 and hasattr(np, OPS[n].numpy)]


@pytest.mark.parametrize("name", numpy_unary)
def test_numpy_functions_record_on_values_and_arrays_of_them(name):
    function, v = getattr(np, OPS[name].numpy), Value(0.5)
    assert function(v).inputs == (v,)
    assert function(v).op == OPS[name].spelling
    assert [x.inputs[0] for x in function(np.array([v, v]))] == [v, v]


@pytest.mark.parametrize("name", numpy_binary)
def test_numpy_functions_of_two_record_on_values_and_arrays_of_them(name):
    function, v, w = getattr(np, OPS[name].numpy), Value(0.5), Value(2.0)
    expected = OPS[name].value(0.5, 2.0)
    assert function(v, w).data == expected
    mixed = function(v, 2.0)  # np.maximum picks one of the two, here the float
    assert getattr(mixed, "data", mixed) == expected
    assert [x.data for x in function(np.array([v, v]), np.array([w, w]))] == [expected] * 2


@pytest.mark.parametrize("name", ["hypot", "atan2"])
def test_numpy_functions_of_two_take_a_number_first(name):
    found = getattr(np, OPS[name].numpy)(2.0, Value(0.5))
    assert found.data == OPS[name].value(2.0, 0.5)


@operators
def test_arrays_work_elementwise_on_either_side(spelling):
    apply, v, array = OPERATORS[spelling], Value(1.5), np.array([2.0, 3.0])
    right, left = apply(v, array), apply(array, v)
    assert right.shape == left.shape == (2,)
    assert [x.inputs for x in right] == [(v, 2.0), (v, 3.0)]
    assert [x.inputs for x in left] == [(2.0, v), (3.0, v)]
    assert [x.data for x in right] == [apply(1.5, 2.0), apply(1.5, 3.0)]


def test_code_of_a_tutorial_runs_on_object_arrays():
    weights, values = [Value(0.5, "w1"), Value(-1.0, "w2")], np.array([2.0, 3.0])
    dot = np.dot(weights, values)
    assert type(dot) is Value
    assert (
        dot.data == np.dot(values, weights).data == np.dot(weights, weights + values - weights).data
    )
    y, p = np.array([1.0, 0.0]), np.array(weights)
    loss = ((y - p) ** 2).mean()
    loss.backward()
    assert loss.data == (0.25 + 1.0) / 2
    assert [w.grad for w in weights] == [-0.5, -1.0]
    assert (np.array([[1.0, 2.0], [3.0, 4.0]]) @ p)[1].data == 1.5 - 4.0
    assert np.sum(p).data == p.sum().data == -0.5


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_numpy_scalars_on_the_left_give_the_bits_of_python_floats(x, y):
    for apply in (operator.add, operator.sub, operator.mul):
        v = apply(np.float64(x), Value(y))
        assert type(v) is Value
        assert v.data.hex() == apply(x, y).hex()


def test_variance_and_plus_sign():
    values = np.array([Value(1.0), Value(3.0)])
    assert np.var(values).data == 1.0
    assert (+values[0]) is values[0]
