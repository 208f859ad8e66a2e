"""Code for micrograd that walks its graph by itself: the loop by hand, and what is said instead."""

import pytest

from microgradnet.micrograd import MLP, Value


def backward_by_hand(root):
    """As notebooks do it: sort by a walk, then call each node's own step."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._prev:
                visit(child)
            order.append(node)

    visit(root)
    root.grad = 1.0
    for node in reversed(order):
        node._backward()


def example():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    d = d + d * 2 + (b + a).relu()
    e = (c - d) * (c - d)
    return a, b, e / 2.0 + 10.0 / e


def test_a_loop_by_hand_gives_the_gradients_of_backward():
    a, b, out = example()
    backward_by_hand(out)
    found = a.grad, b.grad
    a, b, out = example()
    out.backward()
    assert found == pytest.approx((a.grad, b.grad), rel=1e-13)


def test_of_a_net_too():
    net = MLP(2, [4, 1])
    loss = (net([1.0, -2.0]) - 1.0) ** 2
    backward_by_hand(loss)
    found = [p.grad for p in net.parameters()]
    net.zero_grad()
    loss.backward()
    assert found == pytest.approx([p.grad for p in net.parameters()], rel=1e-13)


def test_a_step_of_one_node_and_of_a_leaf():
    x = Value(3.0)
    square = x * x
    square.grad = 2.0
    square._backward()
    x._backward()
    assert x.grad == 12.0


def test_a_derivative_of_ones_own_is_said_to_be_an_operation():
    with pytest.raises(AttributeError, match=r"mg\.op\(name, value, derivative\)"):
        Value(3.0)._backward = lambda: None
