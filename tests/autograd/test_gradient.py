"""backward() and grad() agree to the last bit with each other, and with independent witnesses."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import numbers, reachable
from tests.strategies import bits, finite_backward, graphs, replayed, state

# Without kinks, jumps and poles: differences see the derivative at every point.
SMOOTH = ["add", "sub", "mul", "neg", "sin", "cos", "tanh", "sigmoid", "softplus"]
SMOOTH += ["exp", "expm1", "div", "pow", "log", "log1p", "sqrt"]

# The numbers of these graphs are below 10: with such a slope, as of sin(x ** 9) at 50, they turn
# faster than differences can see.
FASTEST = 1e6


@given(graphs())
def test_backward_is_grad_bit_for_bit(graph):
    leaves, y = graph
    finite_backward(y)
    _, inner = reachable(y)
    inner.remove(y)
    assert bits(x.grad for x in leaves) == bits(g.data for g in mg.grad(y, leaves))
    assert bits(x.grad for x in inner) == bits(g.data for g in mg.grad(y, inner))


def by_the_table(y):
    """The gradients of all nodes, by the partials of the table alone."""
    leaves, inner = reachable(y)
    gradients = {**dict.fromkeys([*leaves, *inner], -0.0), y: 1.0}
    for node in reversed(inner):
        op, inputs = node.operation, node.inputs
        slopes = op.slopes(numbers(node), node.data)
        for i in op.order:
            if isinstance(inputs[i], Value):
                gradients[inputs[i]] += gradients[node] * slopes[i]
    return gradients


@given(graphs(["add", "sub", "mul", "div", "neg", "weighted_sum", "where", "exp"], max_nodes=20))
def test_what_backward_spells_out_has_the_bits_of_the_table(graph):
    _, y = graph
    expected = by_the_table(y)
    finite_backward(y)
    leaves, inner = reachable(y)
    assert bits(0.0 + expected[x] for x in leaves) == bits(0.0 + x.grad for x in leaves)
    assert bits(expected[x] for x in inner) == bits(x.grad for x in inner)


@pytest.mark.parametrize("n", [2, -3, 0, True, 2**53 - 1, 2**53, -(2**60) - 1, np.int64(7)])
def test_a_whole_number_counts_as_its_float(n):
    x, f = Value(0.75), float(n)
    pairs = [(x + n, x + f), (n - x, f - x), (x * n, x * f), (n / x, f / x), (x**n, x**f)]
    for y, z in pairs:
        assert (y.data.hex(), y.op) == (z.data.hex(), z.op)
        assert [type(i) for i in y.inputs if i is not x] == [float]
    with pytest.raises(ValueError, match="an int of that size has no float"):
        x * 10**400


def test_the_sign_of_a_zero_gradient_is_the_same_too():
    x = Value(0.0)
    y = x * -0.0
    y.backward()
    assert bits([x.grad, mg.grad(y, [x])[0].data]) == ["-0x0.0p+0"] * 2


@given(graphs(SMOOTH, max_nodes=8))
def test_backward_agrees_with_differences(graph):
    leaves, y = graph
    finite_backward(y)
    assume(max(abs(x.grad) for x in leaves) < FASTEST)
    for x in leaves:
        slope, error = mg.differences(lambda t, x=x: replayed([y], {x: t})[0], x.data)
        assert abs(x.grad - slope) <= error


@given(graphs(SMOOTH, max_nodes=6))
def test_second_derivatives_agree_with_differences_of_the_first(graph):
    leaves, y = graph
    x = leaves[0]
    (dy,) = mg.grad(y, [x])
    if not dy.inputs:
        return  # a number: y does not depend on x, or is x
    (d2y,) = mg.grad(dy, [x])
    assume(max(abs(dy.data), abs(d2y.data)) < FASTEST)
    slope, error = mg.differences(lambda t: replayed([dy], {x: t})[0], x.data)
    assert abs(d2y.data - slope) <= error


def scaled(atan2):
    """Of two numbers of length 1: PyTorch divides by y * y + x * x, which is 0 from 1e-162 down."""

    def of_two(y, x):
        scale = 1.0 / max(1e-300, math.hypot(y.item(), x.item()))
        return atan2(scale * y, scale * x)

    return of_two


@given(graphs([*SMOOTH, "abs", "relu", "tan", "atan2", "hypot", "maximum", "where"]))
def test_backward_agrees_with_pytorch(graph):
    torch = pytest.importorskip("torch")
    theirs = {
        "add": torch.add,
        "sub": torch.sub,
        "mul": torch.mul,
        "div": torch.div,
        "atan2": scaled(torch.atan2),
        "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
        "where": lambda c, a, b: torch.where(c > 0, a, b),
    }
    leaves, y = graph
    _, inner = reachable(y)
    for node in inner:  # at a kink their convention is another
        assume(
            node.operation.kink is None
            or node.operation.kink(*(getattr(x, "data", x) for x in node.inputs))
        )
    finite_backward(y)
    # near the smallest numbers PyTorch loses digits: 7 of x / (0.5 + atan2(0.0, x) ** 2) at -2e-308
    numbers = [abs(number) for node in [*leaves, *inner] for number in (node.data, node.grad)]
    assume(not any(0.0 < number < 1e-300 for number in numbers))
    tensors = {x: torch.tensor(x.data, dtype=torch.float64, requires_grad=True) for x in leaves}
    for node in inner:
        operands = [
            tensors[x] if type(x) is Value else torch.tensor(x, dtype=torch.float64)
            for x in node.inputs
        ]
        name = node.operation.name
        tensors[node] = (theirs.get(name) or getattr(torch, name))(*operands)
    tensors[y].backward()
    scale = max(abs(x.grad) for x in [*leaves, *inner])
    for x in leaves:
        other = 0.0 if tensors[x].grad is None else tensors[x].grad.item()
        assert abs(x.grad - other) <= 1e-11 * scale


@given(graphs())
def test_two_calls_give_exactly_twice_the_gradient_of_leaves_only(graph):
    leaves, y = graph
    finite_backward(y)
    once, inner = [x.grad for x in leaves], [(n, n.grad) for n in reachable(y)[1]]
    y.backward()
    assert [x.grad for x in leaves] == [2.0 * g for g in once]
    assert all(n.grad == g for n, g in inner)


def test_leaves_accumulate_over_graphs_that_share_them():
    x, y = Value(3.0), Value(5.0)
    h = x * y
    (h + x).backward()
    (2.0 * h).backward()
    x.backward()
    assert (x.grad, y.grad, h.grad) == (17.0, 9.0, 2.0)


@given(graphs(), st.data())
def test_gradients_are_nodes_of_their_own_and_change_no_other(graph, data):
    leaves, y = graph
    everything = [x for part in reachable(y) for x in part]
    drawn = data.draw(st.lists(st.sampled_from(everything), max_size=6))
    xs = [*drawn, y, leaves[0], leaves[0]]
    finite_backward(y)
    before = state(y)
    gradients = mg.grad(y, xs)
    assert state(y) == before
    assert len(set(gradients)) == len(xs)
    assert not set(gradients) & set(everything)
    for i, g in enumerate(gradients):
        assert type(g) is Value
        g.label = f"g{i}"
    assert state(y) == before
    assert [g.label for g in gradients] == [f"g{i}" for i in range(len(xs))]


def test_grad_is_zero_where_there_is_no_dependence():
    x, y = Value(2.0), Value(3.0)
    (g,) = mg.grad(x * 2.0, [y])
    assert (type(g), g.data) == (Value, 0.0)
    assert not any(type(i) is Value for i in g.inputs)
    assert mg.grad(g, [x])[0].data == 0.0
    assert mg.grad(x, [x])[0].data == 1.0
    assert mg.grad(x * 1.0, []) == []


@pytest.mark.parametrize("wrong", [1.0, None, "x"])
def test_grad_refuses_what_is_no_value(wrong):
    x = Value(2.0)
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
        mg.grad(x * x, [wrong])
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
        mg.grad(wrong, [x])


def test_grad_takes_any_iterable_and_names_what_it_does_not_take():
    x = Value(3.0)
    assert [g.data for g in mg.grad(x * x, (v for v in [x]))] == [6.0]
    with pytest.raises(TypeError, match=r"grad\(y, \[x\]\)"):
        mg.grad(x * x, x)
