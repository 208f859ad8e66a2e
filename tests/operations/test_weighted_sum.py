"""A weighted sum is one node, with the bits of the products and sums it stands for."""

from functools import reduce
from operator import add, mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import partials, unfold
from tests.strategies import bits

numbers = st.floats(-1e3, 1e3)


def spelled(weights, inputs, bias):
    return reduce(add, map(mul, weights, inputs)) + bias


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), numbers)
def test_value_and_gradients_have_the_bits_of_the_sum_written_out(pairs, b):
    def recorded(total):
        weights = [Value(w, f"w{i}") for i, (w, _) in enumerate(pairs)]
        inputs = [Value(x, f"x{i}") for i, (_, x) in enumerate(pairs)]
        bias = Value(b, "b")
        out = total(weights, inputs, bias)
        (3.0 * out).backward()
        return [out.data, *(x.grad for x in (*weights, *inputs, bias))]

    assert bits(recorded(mg.weighted_sum)) == bits(recorded(spelled))


def test_it_is_one_node_of_pairs_and_bias():
    w, x, b = [Value(2.0), Value(3.0)], [Value(10.0), 100.0], Value(5.0)
    out = mg.weighted_sum(w, x, b)
    assert out.inputs == (w[0], x[0], w[1], x[1], b)
    assert out.op == "weighted_sum"
    assert partials(out) == (10.0, 2.0, 100.0, 1.0)


def test_numbers_alone_give_a_number():
    assert mg.weighted_sum([2, 3], [10, 100], 5) == 325.0


def test_a_program_spells_it_out():
    w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    one, other = (mg.compile(f([w], [x], b), [w, x, b]) for f in (mg.weighted_sum, spelled))
    assert str(one) == str(other)


def test_unfolded_it_is_products_and_sums():
    w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    out = mg.weighted_sum([w], [x], b)
    out.label = "sum"
    unfolded = unfold(out)
    assert (unfolded.op, unfolded.label, unfolded.data) == ("+", "sum", 7.0)


@pytest.mark.parametrize(("weights", "inputs"), [([1.0], [1.0, 2.0]), ([], [])])
def test_weights_and_inputs_have_to_pair(weights, inputs):
    with pytest.raises(ValueError, match="make no weighted sum"):
        mg.weighted_sum(weights, inputs, 0.0)


def test_text_is_no_operand():
    with pytest.raises(TypeError, match="not str"):
        mg.weighted_sum([Value(1.0)], ["1"], 0.0)
