"""mg.trace: other people's code with its own names, one operation where they spell one out."""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from operator import add, mul

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import reachable

numbers = st.floats(-20, 20)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


class Net:
    """One neuron of two inputs, as a lesson writes it."""

    def __init__(self):
        self.w1, self.w2, self.b1 = 0.5, -0.25, 0.1

    def loss(self, x, y_true):
        sum_h1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
        h1 = sigmoid(sum_h1)
        return (y_true - h1) ** 2


def ops(*roots):
    return [node.op for node in reachable(*roots)[1]]


@pytest.mark.parametrize(
    ("spelled", "op"),
    [
        (lambda z: 1 / (1 + math.exp(-z)), "sigmoid"),
        (lambda z: 1.0 / (math.exp(-1 * z) + 1.0), "sigmoid"),
        (lambda z: np.exp(z) / (1 + np.exp(z)), "sigmoid"),
        (lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)), "tanh"),
        (lambda z: np.maximum(z, 0), "relu"),
    ],
)
@given(z=numbers)
def test_a_folded_operation_has_the_value_of_what_was_spelled(spelled, op, z):
    out = mg.trace(lambda x: spelled(x * 1.5), z)
    assert ops(out)[-1] == op
    assert out.data == pytest.approx(float(spelled(z * 1.5)), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    "unlike",
    [
        lambda z, y: 1 / (1 + math.exp(-z) + 1),
        lambda z, y: 1 / (2 + math.exp(-z)),
        lambda z, y: 2 / (1 + math.exp(-z)),
        lambda z, y: 1 / (1 + math.exp(z * y)),
        lambda z, y: math.exp(z) / (1 + math.exp(y)),
        lambda z, y: (np.exp(z) - np.exp(-y)) / (np.exp(z) + np.exp(-z)),
        lambda z, y: (np.exp(z) + np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    ],
)
def test_what_only_looks_like_one_is_left_as_it_is(unlike):
    out = mg.trace(unlike, 0.5, 0.25)
    assert not {"sigmoid", "tanh"} & set(ops(out))
    assert out.data == pytest.approx(unlike(0.5, 0.25), rel=1e-15)


def test_a_step_with_a_name_stays_a_step():
    def f(z):
        e = math.exp(-z)
        return 1 / (1 + e)

    out = mg.trace(f, 0.5)
    assert "sigmoid" not in ops(out)
    assert "e" in [node.label for node in reachable(out)[1]]


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=5), numbers)
def test_a_weighted_sum_keeps_its_bits(pairs, b):
    def f(w, x, b):
        return reduce(add, map(mul, w, x)) + b  # sum() of floats is more exact from Python 3.12

    w, x = ([pair[i] for pair in pairs] for i in (0, 1))
    out = mg.trace(f, w, x, b)
    assert ops(out) == ["weighted_sum"]
    assert out.data == f(w, x, b)


def test_whole_numbers_that_are_sizes_stay_numbers():
    def power(x, n):
        total = 1.0
        for _ in range(n):
            total = total * x
        return total

    assert mg.trace(power, 3, 4).data == 81.0


def test_classes_index_arrays():
    def cross_entropy(scores, y):
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        loss = -np.log(p[range(len(y)), y]).mean()
        return loss

    scores, y = np.array([[1.0, 2.0], [0.5, 0.0]]), np.array([1, 0])
    assert mg.trace(cross_entropy, scores, y).data == pytest.approx(cross_entropy(scores, y))


def test_an_error_of_the_code_is_told_as_it_is():
    def f(x):
        return x + len(3)

    with pytest.raises(TypeError, match="has no len"):
        mg.trace(f, 2.0)


def test_objects_that_hold_objects():
    class Neuron:
        def __init__(self, *weights):
            self.weights, self.bias = list(weights), 0.5

        def __call__(self, x):
            return math.tanh(sum(w * y for w, y in zip(self.weights, x)) + self.bias)

    class Net:
        def __init__(self):
            self.hidden, self.out = [Neuron(0.1, 0.2), Neuron(0.3, 0.4)], Neuron(0.5, 0.6)

        def __call__(self, x):
            return self.out([neuron(x) for neuron in self.hidden])

    net = Net()
    out = mg.trace(net, [1.0, -1.0])
    labels = {x.label for x in reachable(out)[0]}
    assert {"hidden[0].weights[1]", "out.bias", "x[0]"} <= labels
    assert ops(out) == ["weighted_sum", "tanh"] * 3
    assert out.data == net([1.0, -1.0])


def test_a_dict_of_results_comes_back_as_one():
    def f(w, x):
        y_pred = w * x
        L = (y_pred - 1) ** 2
        return {"y_pred": y_pred, "L": L, "text": "kept"}

    found = mg.trace(f, 2.0, 3.0)
    assert (found["L"].label, found["L"].data, found["text"]) == ("L", 25.0, "kept")
    assert found["y_pred"] in reachable(found["L"])[1]


def test_what_is_traced_is_drawn_derived_and_explained():
    def loss(w, b, x, y_true):
        y_pred = 1 / (1 + math.exp(-(w * x + b)))
        L = (y_pred - y_true) ** 2
        return L

    L = mg.trace(loss, 0.5, 0.1, 2.0, 1.0)
    w = next(x for x in reachable(L)[0] if x.label == "w")
    assert "d_L_d_w = d_L_d_ypred × d_ypred_d_w" in str(mg.explain(L, w))
    assert "sigmoid(w * x + b)" in mg.derive(L, [w])
    assert "σ" in mg.draw(L).dot.source
    L.backward()
    assert w.grad == pytest.approx(
        mg.differences(lambda v: loss(v, 0.1, 2.0, 1.0), 0.5)[0], rel=1e-9
    )


def test_traces_side_by_side():
    def f(x, n):
        y = x * n
        return math.exp(y)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: mg.trace(f, 0.01, float(n)).data, range(40)))
    assert found == [math.exp(0.01 * n) for n in range(40)]


@pytest.mark.parametrize("fn", ["3", 3.0, None], ids=repr)
def test_what_cannot_be_called_is_named(fn):
    with pytest.raises(TypeError, match=f"^trace runs a function, .*, not {fn!r}$"):
        mg.trace(fn, 1.0)


def test_trace_follows_super_and_properties():
    class Twice(Net):
        @property
        def scale(self):
            return self.w1 * 2

        def loss(self, x, y_true):
            return super().loss(x, y_true) * self.scale

    net = Twice()
    out = mg.trace(net.loss, [-2.0, -1.0], 1.0)
    assert out.data == pytest.approx(net.loss([-2.0, -1.0], 1.0), rel=1e-15)
    assert {"weighted_sum", "sigmoid"} <= set(ops(out))


def test_trace_follows_what_map_and_partial_call():
    def f(w, x):
        double = partial(mul, 2.0)
        return sum(map(double, map(lambda a, b: a * b, w, x)))

    out = mg.trace(f, [0.5, 0.25], [3.0, 4.0])
    assert (out.data, len(reachable(out)[0])) == (5.0, 4)


def test_trace_reads_softmax_variance_and_einsum():
    def f(x, W):
        z = np.einsum("ij,j->i", W, x)
        p = np.exp(z - np.logaddexp.reduce(z))
        return np.var(p) + np.std(x) + np.linalg.norm(W) + math.log(x[0], 2)

    def of_a_library(x, t):
        return (np.eye(3)[t] * x).sum()

    assert mg.trace(of_a_library, 2.0, np.array([0, 2])).data == 4.0
    x, W = np.array([1.0, 2.0]), np.array([[0.5, -1.0], [0.25, 2.0]])
    assert mg.trace(f, x, W).data == pytest.approx(f(x, W), rel=1e-14)


def test_trace_of_code_that_uses_values_runs_it_on_values():
    weight = Value(2.0, "weight")
    mg.trace(lambda w, x: w * x, weight, 3.0).backward()
    assert weight.grad == 3.0
    w, net = Value(0.5, "w"), mg.MLP(2, [1], seed=0)
    assert {x.label for x in reachable(mg.trace(lambda w, x: w.tanh() * x, w, 3.0))[0]} == {
        "w",
        "x",
    }
    assert "x[0]" in {x.label for x in reachable(mg.trace(lambda x: net(x), [1.0, 2.0]))[0]}


def test_trace_says_what_it_cannot_follow():
    with pytest.raises(TypeError, match=r"np\.linalg\.det cannot be followed: write it with"):
        mg.trace(lambda W: np.linalg.det(W), np.eye(2))
