"""What Values promise: they remember how they were computed, and go back through it."""

import copy

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value


def test_a_value_is_a_number_with_a_label():
    x = Value(2, "x")
    assert (x.data, x.grad, x.label) == (2.0, 0.0, "x")


def test_arithmetic_remembers_what_it_was_done_to():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    assert (c.data, c.op, c.inputs) == (-6.0, "*", (a, b))


def test_backward_gives_each_value_its_gradient():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    ((a * b + 1) ** 2).backward()
    assert (a.grad, b.grad) == (30.0, -20.0)


def test_a_value_used_twice_gets_both_gradients():
    x = Value(3.0, "x")
    (x * x + x).backward()
    assert x.grad == 7.0


def test_a_second_backward_adds_to_the_first():
    x = Value(3.0, "x")
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 12.0


def test_grad_gives_values_and_changes_no_gradient():
    x = Value(3.0, "x")
    (slope,) = mg.grad(x * x, [x])
    assert type(slope) is Value
    assert (slope.data, x.grad) == (6.0, 0.0)


def test_a_gradient_can_be_derived_again():
    x = Value(2.0, "x")
    (first,) = mg.grad(x**3, [x])
    (second,) = mg.grad(first, [x])
    assert second.data == 12.0


def test_a_number_that_is_not_finite_is_named():
    x = Value(0.0, "x")
    with pytest.raises(mg.NonFiniteError, match=r"log\('x' = 0.0\) is -inf"):
        mg.log(x).backward()


def test_values_work_in_arrays_of_numpy():
    w = np.array([Value(0.5, "w1"), Value(-1.0, "w2")])
    (w @ np.array([2.0, 3.0])).backward()
    assert [x.grad for x in w] == [2.0, 3.0]


def test_a_copy_of_a_graph_is_apart_from_it():
    x = Value(3.0, "x")
    twin = copy.deepcopy(x * x)
    twin.backward()
    assert (twin.inputs[0].grad, x.grad) == (6.0, 0.0)
