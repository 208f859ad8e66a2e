"""Graphs that tests of several folders use: those of a strategy, and the tutorial's."""

import itertools

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import NonFiniteError, testing
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value


@st.composite
def graphs(draw, operations=(), max_nodes=12):
    """Leaves and the result of a graph; at times a leaf more, which it does not use."""
    y = draw(testing.graphs(operations, max_nodes))
    leaves = sorted(reachable(y)[0], key=lambda x: x.label)
    return [*leaves, *([Value(0.5, "beside")] if draw(st.booleans()) else [])], y


@st.composite
def over_rows(draw):
    """A graph and its gradients as a program; numbers that all rows share, and three rows."""
    leaves, root = draw(graphs())
    n = len(leaves)
    k = draw(st.integers(0, n))
    numbers = draw(st.lists(st.floats(-3, 3), min_size=4 * n, max_size=4 * n))
    program = mg.compile([root, *mg.grad(root, leaves)], leaves)
    return program, np.array(numbers[:k]), np.reshape(numbers[n:], (3, n))[:, k:]


@st.composite
def partly_labelled_graphs(draw, functions, max_nodes):
    """The leaf a and the result of a graph of a and b, where any node may lack a label."""
    nodes = [Value(1.5, "a"), Value(-0.5, "b")]
    for i in range(draw(st.integers(1, max_nodes))):
        operands = st.sampled_from(nodes)
        node = draw(st.sampled_from(functions))(draw(operands), draw(operands))
        node.label = f"c{i}" if draw(st.booleans()) else ""
        nodes.append(node)
    return nodes[0], nodes[-1]


def tutorial(sizes=(2, 1), numbers=(), **kinds):
    """The tutorial's 2-2-1 net, or another, and its loss at a person; numbers: leaves by name."""
    net = mg.MLP(2, sizes, seed=0, **kinds)
    numbers = {"x1": -2.0, "x2": -1.0, "y_true": 1.0, **dict(numbers)}
    x1, x2, y_true = (Value(numbers.pop(name), name) for name in ("x1", "x2", "y_true"))
    net.load_state_dict(net.state_dict() | numbers)
    return net, mg.mse(net([x1, x2]), y_true)


# The numbers of the picture in the README.
PICTURED = {"w1": -0.79, "w2": 0.13, "w3": -0.39, "w4": 0.31, "w5": 0.38, "w6": -1.3}
PICTURED |= {"b1": -0.97, "b2": 0.67, "b3": -0.48}


def pictured():
    """The tutorial's net and its loss, as in the picture of the README."""
    return tutorial(numbers=PICTURED)


def net_loss(n_in, sizes):
    """The loss of a net of any size at some row."""
    row = [Value(0.3 * (i + 1) * (-1) ** i, f"x{i + 1}") for i in range(n_in)]
    target = 1.0 if sizes[-1] == 1 else [1.0] * sizes[-1]
    return mg.mse(mg.MLP(n_in, sizes)(row), target)


def state(y):
    """All that a graph holds, to see that nothing of it has changed."""
    leaves, inner = reachable(y)
    return [(x.data, x.grad.hex(), x.label, x.op, x.inputs) for x in leaves + inner]


def replayed(outputs, numbers):
    """The numbers of outputs where leaves have other data: a second, plain evaluation."""
    numbers = dict(numbers)
    for node in reachable(*outputs)[1]:
        operands = [numbers.get(x, x.data) if type(x) is Value else x for x in node.inputs]
        numbers[node] = node.operation.value(*operands)
    return [numbers.get(output, output.data) for output in outputs]


def trained(**options):
    """The tutorial's net, trained, and its history."""
    net = mg.MLP(2, [2, 1], seed=0)
    return net, mg.fit(net, *mg.datasets.gender(), progress=False, **options)


def bits(numbers):
    """Numbers as text that differs where any bit does."""
    return [float(x).hex() for x in numbers]


def finite_backward(y):
    """Go backward; a graph whose numbers are not finite is no example."""
    try:
        y.backward()
    except NonFiniteError:
        assume(False)


def partial_derivative(op, point, by):
    """A derivative of a row of the table at numbers, by inputs in order: (0, 1) is d/dy d/dx."""
    inputs = [Value(x) for x in point]
    y = Value.apply(op, tuple(inputs))
    for i in by:
        (y,) = mg.grad(y, [inputs[i]])
    return y.data


# By the number of inputs of a row; those of more are tried at two points.
SPECIAL = {
    1: (-2.0, -1.0, -0.0, 0.0, 0.3, 1.0, 2.0, 3.0),
    2: (-2.0, -1.0, 0.0, 0.3, 1.0, 2.0, 3.0),
    3: (-1.0, 0.0, 0.3, 2.0),
}


def special_points(op):
    """Points of the domain of a row at 0, 1 and whole numbers, where its derivatives exist."""
    numbers = SPECIAL.get(op.arity)
    few = [(0.0,) * op.arity, tuple(range(1, op.arity + 1))]
    for point in itertools.product(numbers, repeat=op.arity) if numbers else few:
        inside = all(low < x < high for x, (low, high) in zip(point, op.domain))
        at_kink = op.kink is not None and abs(op.kink(*point)) < 0.3
        if inside and not at_kink and (op.name != "atan2" or any(point)):  # 0 has no angle
            yield point


def derivative(f, x, order):
    """The derivative of a function of one Value, of an order, at a number."""
    x = Value(x)
    y = f(x)
    for _ in range(order):
        (y,) = mg.grad(y, [x])
    return y.data
