"""What is blamed is the line that is wrong, where what is right looks wrong beside it."""

import re

import pytest

from tests.checking.files import checked, wrong

PENALTY = """\
import numpy as np

class Softmax:
    def __init__(self, eta=0.3, l2=0.05):
        self.eta, self.l2 = eta, l2

    def proba(self, X):
        e = np.exp(X @ self.w + self.b)
        return e / e.sum(axis=1, keepdims=True)

    def fit(self, X, y):
        n = int(y.max()) + 1
        self.w, self.b = 0.1 * np.random.randn(X.shape[1], n), np.zeros(n)
        Y = np.zeros((len(y), n))
        Y[np.arange(len(y)), y] = 1
        for _ in range(20):
            p = self.proba(X)
            cost = -np.mean(np.sum(Y * np.log(p), axis=1)) + 0.5 * self.l2 * np.sum(self.w**2)
            diff = p - Y
            grad_w = X.T @ diff / len(X)
            grad_b = diff.mean(axis=0)
            self.w -= self.eta * (grad_w + self.l2 * self.w)
            self.b -= self.eta * grad_b
        return self

y = np.repeat([0, 1, 2], 5)
model = Softmax().fit(np.random.randn(15, 2), y)
"""


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("", "", {}),
        ("+ self.l2 *", "+ 2 * self.l2 *", {"update w": 22}),
        ("self.eta * grad_b", "self.eta * grad_w.mean(axis=0)", {"update b": 23}),
        (" / len(X)\n", "\n", {"grad_w": 20}),
        ("(grad_w + self.l2 * self.w)", "grad_w", {"grad_w": 20}),
    ],
)
def test_the_penalty_may_come_in_the_update(tmp_path, old, new, at):
    """The labels are in order: of the first rows, to which they are cut, all would be of 0."""
    report = checked(tmp_path, PENALTY.replace(old, new) if old else PENALTY)
    assert {name: line for name, (line, _) in wrong(report).items()} == at, report
    assert bool(report) is not bool(old)


HELPERS = """\
import numpy as np

class Net:
    def __init__(self, X, y):
        self.X, self.y = X, y
        self.W1, self.W2 = np.random.rand(3, 4), np.random.rand(4, 1)

    def __sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def __sigmoid_derivative(self, x):
        return x * (1 - x)

    def step(self):
        self.h = self.__sigmoid(self.X @ self.W1)
        self.p = self.__sigmoid(self.h @ self.W2)
        p_delta = 2 * (self.y - self.p) * self.__sigmoid_derivative(self.p)
        h_delta = p_delta @ self.W2.T * self.__sigmoid_derivative(self.h)
        self.W1 += self.X.T @ h_delta
        self.W2 += self.h.T @ p_delta

net = Net(np.random.rand(4, 3), np.array([[0], [1], [1], [0]]))
for _ in range(9):
    net.step()
"""
FUNCTIONS = """\
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_prime(x):
    return sigmoid(x) * (1 - sigmoid(x))

X, y = np.random.rand(4, 3), np.array([[0], [1], [1], [0]])
W, b = np.random.rand(3, 1), np.zeros(1)
for _ in range(9):
    z = X @ W + b
    p = sigmoid(z)
    dz = 2 * (p - y) * sigmoid_prime(z)
    W -= 0.1 * X.T @ dz
    b -= 0.1 * dz.sum(axis=0)
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "at", "number"),
    [
        (HELPERS, "x * (1 - x)", "x * (x - 1)", ("__sigmoid_derivative", 12), "__sigmoid(z)"),
        (FUNCTIONS, " * (1 - sigmoid(x))", "", ("sigmoid_prime", 7), "z"),
    ],
)
def test_a_helper_of_a_class_or_a_file_is_checked(tmp_path, text, old, new, at, number):
    """Two signs that are wrong cancel: W1 is moved as it should be, W2 is not."""
    report = checked(tmp_path, text.replace(old, new))
    [(name, (line, _))] = wrong(report).items()
    assert (name, line) == at, report
    row = report.rows[0]
    assert row.mistake.startswith("is not the derivative of"), report
    assert [*row.example] == [number]
    follow = [row for row in report.rows if row.verdict == "follows"]
    assert {row.follows for row in follow} == {(name,)}, report
    assert checked(tmp_path, text)


VELOCITY = """\
import numpy as np

class Net:
    def __init__(self):
        self.P = {"W": np.random.randn(1, 3), "b": np.zeros((1, 1))}
        self.V = {k: np.zeros_like(v) for k, v in self.P.items()}

    def gradients(self, X, Y):
        p = self.P["W"] @ X + self.P["b"]
        loss = np.sum((p - Y) ** 2) / (2 * Y.shape[1])
        dp = (p - Y) / Y.shape[1]
        return {"W": dp @ X.T, "b": dp.sum(axis=1, keepdims=True)}

    def update(self, grads, lr=0.1, beta=0.9):
        for k in self.P:
            self.V[k] = beta * self.V[k] + (1 - beta) * grads[k]
            self.P[k] -= lr * self.V[k]

net = Net()
X, Y = np.random.randn(3, 8), np.random.randn(1, 8)
for _ in range(9):
    net.update(net.gradients(X, Y))
"""


def test_a_velocity_of_the_wrong_sign_lacks_no_factor(tmp_path):
    """That of a bias, one number, is known as the others are; each update follows from its own."""
    assert checked(tmp_path, VELOCITY)
    report = checked(tmp_path, VELOCITY.replace("+ (1 - beta)", "- (1 - beta)"))
    names = ["self.V['W']", "self.V['b']"]
    assert wrong(report) == dict.fromkeys(names, (16, "the sign is wrong")), report
    follow = {row.name: row.follows for row in report.rows if row.verdict == "follows"}
    assert follow == {"update P['W']": (names[0],), "update P['b']": (names[1],)}


TWICE = """\
import math

a1, a2, b1, b2 = 0.3, -0.4, 0.1, 0.2
for _ in range(9):
    for x, t in [(-1.0, 0.9), (0.4, 0.1)]:
        h1 = math.tanh(a1 * x + b1)
        h2 = math.tanh(a2 * x + b2)
        loss = 0.5 * (h1 + h2 - t) ** 2
        dL_dy = h1 + h2 - t
        dL_db1 = dL_dy * (1 - h1 ** 2)
        dL_db2 = dL_dy * (1 - h2 ** 2)
        a1 -= 0.1 * dL_db1 * x
        a2 -= 0.1 * dL_db2 * x
        b1 -= 0.1 * dL_db1
        b2 -= 0.1 * dL_db2
"""


@pytest.mark.parametrize(
    ("new", "at", "of", "follow"),
    [
        ("b1 -= 0.1 * dL_db2", ("update b1", 15), "b2", {"update b2": ("update b1",)}),
        ("b2 -= 0.1 * dL_db2\n        b2 -= 0.1 * dL_db2", ("update b2", 16), "b2", {}),
    ],
)
def test_a_parameter_that_is_moved_a_second_time(tmp_path, new, at, of, follow):
    assert checked(tmp_path, TWICE)
    report = checked(tmp_path, TWICE.replace("b2 -= 0.1 * dL_db2", new))
    words = f"is moved a second time, by the gradient of {of}"
    assert wrong(report) == {at[0]: (at[1], words)}, report
    assert {r.name: r.follows for r in report.rows if r.verdict == "follows"} == follow


CALLED = """\
import numpy as np

def linear_forward(A, W, b):
    return W @ A + b, (A, W)

def linear_backward(dZ, cache):
    A_prev, W = cache
    m = A_prev.shape[1]
    dW = dZ @ A_prev.T / m
    db = dZ.sum(axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    return dA_prev, dW, db

def step(X, Y, p, lr):
    Z1, first = linear_forward(X, p["W1"], p["b1"])
    Z2, second = linear_forward(np.maximum(0, Z1), p["W2"], p["b2"])
    E = np.exp(Z2 - Z2.max(axis=0, keepdims=True))
    P = E / E.sum(axis=0, keepdims=True)
    loss = -np.sum(Y * np.log(P)) / X.shape[1]
    dA1, dW2, db2 = linear_backward(P - Y, second)
    _, dW1, db1 = linear_backward(dA1 * (Z1 > 0), first)
    p["W1"] -= lr * dW1
    p["b1"] -= lr * db1
    p["W2"] -= lr * dW2
    p["b2"] -= lr * db2
    return loss

rng = np.random.default_rng(8)
X, Y = rng.normal(size=(3, 10)), np.eye(3)[rng.integers(0, 3, 10)].T
p = {"W1": rng.normal(size=(4, 3)), "b1": np.full((4, 1), 0.1)}
p |= {"W2": rng.normal(size=(3, 4)), "b2": np.zeros((3, 1))}
for _ in range(9):
    step(X, Y, p, 0.3)
"""


@pytest.mark.parametrize(
    ("old", "at"), [("", {}), (".T / m", {"dW": 9}), ("True) / m", {"db": 10})]
)
def test_a_mistake_where_a_gradient_is_made_for_each_layer(tmp_path, old, at):
    """Not at the calls, nor at the updates; and what is left of terms that cancel is no example."""
    report = checked(tmp_path, CALLED.replace(old, old[: -len(" / m")]) if old else CALLED)
    assert {name: line for name, (line, _) in wrong(report).items()} == at, report
    assert bool(report) is not bool(old)
    assert not re.search(r"e-1\d", str(report)), report


IN_A_LIST = """\
import numpy as np

class Net:
    def __init__(self, sizes):
        self.weights = []
        for a, b in zip(sizes, sizes[1:]):
            w = np.random.standard_normal((a, b))
            w *= 0.5
            self.weights.append(w)

    def step(self, x, y):
        acts = [x]
        for w in self.weights:
            acts.append(np.tanh(acts[-1] @ w))
        loss = 0.5 * np.sum((acts[-1] - y) ** 2)
        delta = (acts[-1] - y) * (1 - acts[-1] ** 2)
        for k in range(len(self.weights) - 1, -1, -1):
            gradient = acts[k].T @ delta
            delta = delta @ self.weights[k].T * (1 - acts[k] ** 2)
            self.weights[k] -= 0.1 * gradient
        return loss

x = np.random.randn(7, 2)
net = Net([2, 3, 1])
for epoch in range(9):
    net.step(x, x[:, :1] ** 2)
"""


def test_weights_that_are_scaled_where_a_loop_makes_them_are_parameters(tmp_path):
    report = checked(tmp_path, IN_A_LIST)
    assert report, report
    names = ["update weights[0]", "update weights[1]"]
    assert {row.name for row in report.rows} >= {*names}, report
    report = checked(tmp_path, IN_A_LIST.replace("-= 0.1", "+= 0.1"))
    assert {name: line for name, (line, _) in wrong(report).items()} == {"delta": 16}, report
