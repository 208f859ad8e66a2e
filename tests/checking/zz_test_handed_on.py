"""Parameters that are handed on under other names: numbers, zeros in lists, copies, layers."""

import pytest

import microgradnet as mg
from tests.checking.files import checked

LOGISTIC = """\
import numpy as np

def start(n):
    w = np.zeros((n, 1))
    b = 0.0
    return w, b

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost

def optimize(w, b, X, Y, rate=0.1):
    for i in range(9):
        grads, cost = propagate(w, b, X, Y)
        w = w - rate * grads["dw"]
        b = b - rate * grads["db"]
    return w, b

X = np.random.rand(3, 7)
Y = np.random.randint(0, 2, (1, 7))
w, b = start(3)
w, b = optimize(w, b, X, Y)
"""

SAMPLES = """\
import random
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

class Net:
    def __init__(self, sizes):
        self.b = [np.zeros((n, 1)) for n in sizes[1:]]
        self.w = [np.random.randn(n, k) for k, n in zip(sizes, sizes[1:])]

    def step(self, batch, eta):
        gw = [np.zeros(w.shape) for w in self.w]
        gb = [np.zeros(b.shape) for b in self.b]
        for x, y in batch:
            dw, db = self.backward(x, y)
            for i in range(len(gw)):
                gw[i] += dw[i] / len(batch)
                gb[i] += db[i] / len(batch)
        for i in range(len(gw)):
            self.w[i] = self.w[i] - eta * gw[i]
            self.b[i] = self.b[i] - eta * gb[i]

    def backward(self, x, y):
        h = sigmoid(self.w[0] @ x + self.b[0])
        out = sigmoid(self.w[1] @ h + self.b[1])
        delta = (out - y) * out * (1 - out)
        before = (self.w[1].T @ delta) * h * (1 - h)
        return [before @ x.T, delta @ h.T], [before, delta]

data = [(np.random.rand(3, 1), np.eye(2)[:, [k % 2]]) for k in range(8)]
net = Net([3, 4, 2])
for epoch in range(3):
    random.shuffle(data)
    for k in range(0, 8, 4):
        net.step(data[k : k + 4], 3.0)
"""

LAYERS = """\
import numpy as np

class Linear:
    def __init__(self, n, k):
        self.weights, self.bias = np.random.randn(k, n), np.random.randn(k, 1)

    def forward(self, x):
        self.input = x
        return self.weights @ x + self.bias

    def backward(self, gradient, rate):
        weights_gradient = gradient @ self.input.T
        input_gradient = self.weights.T @ gradient
        self.weights -= rate * weights_gradient
        self.bias -= rate * gradient
        return input_gradient

class Tanh:
    def forward(self, x):
        self.input = x
        return np.tanh(x)

    def backward(self, gradient, rate):
        return gradient * (1 - np.tanh(self.input) ** 2)

X = np.reshape([[0, 0], [0, 1], [1, 0], [1, 1]], (4, 2, 1))
Y = np.reshape([[0], [1], [1], [0]], (4, 1, 1))
network = [Linear(2, 3), Tanh(), Linear(3, 1), Tanh()]
for epoch in range(9):
    for x, y in zip(X, Y):
        out = x
        for layer in network:
            out = layer.forward(out)
        loss = np.mean((y - out) ** 2)
        grad = 2 * (out - y)
        for layer in reversed(network):
            grad = layer.backward(grad, 0.1)
"""

ARCHITECTURE = """\
import copy
import numpy as np

layers = [{"in": 3, "out": 5}, {"in": 5, "out": 1}]
for layer in layers:
    layer["W"] = np.random.randn(layer["out"], layer["in"])
    layer["b"] = np.zeros((layer["out"], 1))

def forward(X):
    A = X
    for layer in layers:
        layer["A_prev"] = A
        layer["A"] = A = 1 / (1 + np.exp(-(layer["W"] @ A + layer["b"])))
    return A

def backward(out, Y):
    m = Y.shape[1]
    dA = (1 - Y) / (1 - out) - Y / out
    for layer in reversed(layers):
        dZ = dA * layer["A"] * (1 - layer["A"])
        layer["dW"] = dZ @ layer["A_prev"].T / m
        layer["db"] = np.sum(dZ, axis=1, keepdims=True) / m
        dA = layer["W"].T @ dZ

X = np.random.randn(3, 7)
Y = (X.sum(axis=0, keepdims=True) > 0).astype(int)
for i in range(9):
    out = forward(X)
    cost = -np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out))
    backward(out, Y)
    for layer in layers:
        W = copy.deepcopy(layer["W"])
        layer["W"] = layer["W"] - 0.1 * layer["dW"]
        layer["b"] -= 0.1 * layer["db"]
"""

COPIED = """\
import copy
import numpy as np

def update(p, grads):
    W, b = copy.deepcopy(p["W"]), copy.deepcopy(p["b"])
    W = W - 0.5 * grads["dW"]
    b = b - 0.5 * grads["db"]
    return {"W": W, "b": b}

def train(X, Y):
    p = {"W": np.random.randn(1, 2), "b": np.zeros((1, 1))}
    for i in range(500):
        A = 1 / (1 + np.exp(-(p["W"] @ X + p["b"])))
        cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
        dZ = (A - Y) / X.shape[1]
        dW = dZ @ X.T
        db = np.sum(dZ, axis=1, keepdims=True)
        p = update(p, {"dW": dW, "db": db})
    return p

X = np.random.randn(2, 7)
Y = (X[:1] > 0).astype(int)
p = train(X, Y)
"""

A_BIAS_C = """\
import numpy as np

x = np.linspace(-3, 3, 20)
y = np.sin(x)
a, b, c = np.random.randn(3) * 0.1
for t in range(99):
    y_pred = a + b * x + c * x ** 2
    loss = np.square(y_pred - y).sum()
    grad_y_pred = 2.0 * (y_pred - y)
    grad_a = grad_y_pred.sum()
    grad_b = (grad_y_pred * x).sum()
    grad_c = (grad_y_pred * x ** 2).sum()
    a -= 1e-4 * grad_a
    b -= 1e-4 * grad_b
    c -= 1e-4 * grad_c
"""

SCALED = """\
import numpy as np

class Net:
    def __init__(self):
        self.W1, self.W2 = np.random.randn(2, 3), np.random.randn(3, 1)

    def forward(self, X):
        self.h = 1 / (1 + np.exp(-X @ self.W1))
        return 1 / (1 + np.exp(-self.h @ self.W2))

    def train(self, X, y):
        out = self.forward(X)
        delta = (y - out) * out * (1 - out)
        hidden_delta = delta.dot(self.W2.T) * self.h * (1 - self.h)
        self.W1 += X.T.dot(hidden_delta)
        self.W2 += self.h.T.dot(delta)

X = np.array([[2, 9], [1, 5], [3, 6]], dtype=float)
y = np.array([[92], [86], [89]], dtype=float)
X = X / np.amax(X, axis=0)
y = y / 100
net = Net()
for i in range(99):
    net.train(X, y)
"""

COEFFICIENTS = """\
from math import exp, log

def predict(row, coefficients):
    z = coefficients[0]
    for i in range(len(row) - 1):
        z += coefficients[i + 1] * row[i]
    return 1 / (1 + exp(-z))

def train(rows, rate):
    coef = [0.0 for i in rows[0]]
    for row in rows * 9:
        p = predict(row, coef)
        y = row[-1]
        loss = -y * log(p) - (1 - y) * log(1 - p)
        error = p - y
        coef[0] = coef[0] - rate * error
        for i in range(len(row) - 1):
            coef[i + 1] = coef[i + 1] - rate * error * row[i]
    return coef

coef = train([[2.7, 2.5, 0], [1.4, 2.3, 0], [7.6, 2.7, 1], [5.3, 2.0, 1]], 0.3)
"""

BY_ONE = """\
import math

i1, t1, w1, w2, b1 = 0.05, 0.01, 0.15, 0.4, 0.35
for step in range(9):
    h1 = 1 / (1 + math.exp(-(w1 * i1 + b1)))
    o1 = 1 / (1 + math.exp(-w2 * h1))
    E_total = 0.5 * (t1 - o1) ** 2
    delta_o1 = (o1 - t1) * o1 * (1 - o1)
    dw2 = delta_o1 * h1
    delta_h1 = delta_o1 * w2 * h1 * (1 - h1)
    dw1 = delta_h1 * i1
    db1 = delta_h1
    w1 -= 0.5 * dw1
    w2 -= 0.5 * dw2
    b1 -= 0.5 * db1
"""

# The text, what is replaced, and by what, in the line that is to blame; "" for none.
CASES = {
    "logistic": (LOGISTIC, "db = np.sum(A - Y) / m", "db = np.sum(A - Y)"),
    "samples": (SAMPLES, "", ""),
    "layers": (LAYERS, "", ""),
    "architecture": (ARCHITECTURE, "keepdims=True) / m", "keepdims=True)"),
    "copied": (COPIED, "dW = dZ @ X.T", "dW = A @ X.T"),
    "a bias c": (A_BIAS_C, "", ""),
    "scaled": (SCALED, "self.h * (1 - self.h)", "(1 - self.h)"),
    "coefficients": (COEFFICIENTS, "rate * error * row[i]", "rate * error"),
    "by one": (BY_ONE, "delta_h1 = delta_o1 * w2", "delta_h1 = delta_o1 * w1"),
}
FAST = ("a bias c", "by one")


@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
def test_what_is_handed_on_is_known(tmp_path, name):
    text, was, by = CASES[name]
    file = tmp_path / "net.py"
    file.write_text(text)
    report = mg.check(file)
    assert report, str(report)
    if was:
        assert text.count(was) == 1
        file.write_text(text.replace(was, by))
        wrong = {row.line for row in mg.check(file).rows if row.verdict == "wrong"}
        assert wrong == {text[: text.index(was)].count("\n") + 1}


OBJECTS = """\
class Neuron:
    def __init__(self, start):
        self.weights, self.bias = [start, 0.4], 0.2

    def total(self, inputs):
        return sum(w * i for w, i in zip(self.weights, inputs)) + self.bias

class Net:
    def __init__(self):
        self.below, self.out = Neuron(-0.3), Neuron(0.7)

    def train(self, xs, ys, rate):
        for x, y_true in zip(xs, ys):
            h = self.below.total(x)
            y_pred = self.out.total([h, x[0]])
            d_L_d_ypred = -2 * (y_true - y_pred)
            d_ypred_d_h = self.out.weights[0]
            self.out.weights[0] -= rate * d_L_d_ypred * h
            self.out.weights[1] -= rate * d_L_d_ypred * x[0]
            self.out.bias -= rate * d_L_d_ypred
            for i in range(2):
                self.below.weights[i] -= rate * d_L_d_ypred * d_ypred_d_h * x[i]
            self.below.bias -= rate * d_L_d_ypred * d_ypred_d_h

Net().train([(-0.2, 0.3), (0.5, -0.7), (0.1, 0.9)], [0.5, -0.3, 1.0], 0.02)
"""


@pytest.mark.parametrize("off", [False, True])
def test_numbers_of_objects_that_others_hold_are_moved(tmp_path, off):
    report = checked(tmp_path, OBJECTS.replace("ypred * h\n", "ypred\n") if off else OBJECTS)
    moved = {row.name: row.verdict for row in report.rows if row.name.startswith("update")}
    assert len(moved) == 6
    assert [k for k, verdict in moved.items() if verdict != "right"] == (
        ["update out.weights[0]"] if off else []
    )


OF_THE_FILE = """\
import random

neuron = {"w": [random.gauss(0, 1) for _ in range(2)], "b": 0.0, "delta": 0.0}

def learn(x, y, rate):
    out = sum(w * v for w, v in zip(neuron["w"], x)) + neuron["b"]
    loss = (out - y) ** 2
    neuron["delta"] = 2 * (out - y)
    for i in range(2):
        neuron["w"][i] -= rate * neuron["delta"] * x[i]
    neuron["b"] -= rate * neuron["delta"]
    return loss

table = [((0.1, 0.9), 0.5), ((0.8, -0.3), 0.2), ((-0.5, 0.4), -0.6)]
for epoch in range(9):
    losses = [learn(x, y, 0.05) for x, y in table]
"""


@pytest.mark.parametrize("off", [False, True])
def test_numbers_of_the_file_that_a_function_moves_are_parameters(tmp_path, off):
    moves = 'neuron["b"] -= rate * neuron["delta"]'
    report = checked(tmp_path, OF_THE_FILE.replace(moves, f"{moves} * x[0]" if off else moves))
    moved = {row.name: row.verdict for row in report.rows if row.name.startswith("update")}
    last = "wrong" if off else "right"
    assert moved == {"update neuron['w']": "right", "update neuron['b']": last}
