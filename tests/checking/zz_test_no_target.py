"""What looks like a target, a loss or a mistake in a sign by its name, and is none by its value."""

import random

import numpy as np
import pytest

from tests.checking.files import checked, wrong

BY_LAMBDA = """\
import numpy as np

def slope(name):
    sigma = lambda z: np.exp(z) / (1 + np.exp(z))
    return lambda z: sigma(z) * (1 - sigma(z))

W1, W2 = np.random.randn(5, 1), np.random.randn(1, 5)
X = 2 * np.pi * np.random.rand(1, 20)
y = np.sin(X)
for _ in range(100):
    z1 = W1 @ X
    layers = [X, 1 / (1 + np.exp(-z1))]
    z2 = W2 @ layers[-1]
    layers.append(1 / (1 + np.exp(-z2)))
    d2 = (y - layers[-1]) * slope("sigmoid")(z2)
    d1 = W2.T @ d2 * slope("sigmoid")(z1)
    W2 += 0.1 * d2 @ layers[1].T
    W1 += 0.1 * d1 @ X.T
"""
HANDED = """\
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def cost(y, y_hat):
    return y - y_hat

class Net:
    def __init__(self):
        self.w, self.v = np.random.randn(3, 4), np.random.randn(4, 1)

    def train(self, inputs, labels):
        for i in range(len(inputs)):
            x, t = inputs[i:i + 1], labels[i:i + 1]
            h = sigmoid(x @ self.w)
            self.output = sigmoid(h @ self.v)
            self.error = cost(self.output, t)
            delta = cost(self.output, t) * self.output * (1 - self.output)
            back = delta @ self.v.T * h * (1 - h)
            self.v -= 0.1 * h.T @ delta
            self.w -= 0.1 * x.T @ back

Net().train(np.random.rand(6, 3), np.array([[0], [1], [0], [1], [1], [0]]))
"""
SUMMED = """\
import numpy as np

class Net:
    def __init__(self):
        self.weights = [np.random.rand(5, 3) - 0.5, np.random.rand(1, 5) - 0.5]
        self.delta_of = lambda o, t: o * (1 - o) * (t - o)
        self.before = 0

    def forward(self, x):
        self.outputs = [x]
        for w in self.weights:
            self.outputs.append(1 / (1 + np.exp(-w @ self.outputs[-1])))
        return self.outputs[-1][0]

    def fit(self, X, y):
        for k in range(len(X)):
            error = 0
            for x, t in zip(X[k:k + 1], y[k:k + 1]):
                output = self.forward(x)
                error += self.delta_of(output, t)
            delta_error = abs(self.before - error)
            if delta_error <= 1e-9:
                break
            self.before = error
            last = np.array([error])
            hidden = self.outputs[1] * (1 - self.outputs[1]) * (self.weights[1].T @ last)
            self.weights[1] = self.weights[1] + 0.1 * np.outer(last, self.outputs[1])
            self.weights[0] = self.weights[0] + 0.1 * np.outer(hidden, self.outputs[0])

X, y = np.random.rand(5, 3), np.random.rand(5)
Net().fit(X, y)
"""


@pytest.mark.parametrize("text", [BY_LAMBDA, HANDED, SUMMED], ids=["lambda", "handed", "summed"])
def test_they_are_right(tmp_path, text):
    report = checked(tmp_path, text)
    assert report
    assert "the sum of (y_pred - y_true)**2 / 2" in report.note


@pytest.mark.parametrize(
    ("text", "old", "new", "line"),
    [
        (BY_LAMBDA, "d1 = W2.T @ d2", "d1 = 2 * W2.T @ d2", 16),
        (HANDED, "h * (1 - h)", "h", 20),
        (SUMMED, "0.1 * np.outer(last", "0.1 * 2 * np.outer(last", 27),
    ],
    ids=["lambda", "handed", "summed"],
)
def test_a_mistake_in_them_is_blamed_on_its_line(tmp_path, text, old, new, line):
    assert text.count(old) == 1
    found = wrong(checked(tmp_path, text.replace(old, new)))
    assert {at for at, _ in found.values()} == {line}


CLIMBED = """\
import numpy as np

def forward(X, W, V):
    H = np.tanh(X @ W)
    e = np.exp(H @ V)
    return H, e / e.sum(axis=1, keepdims=True)

def cost(T, P):
    return np.sum(T * np.log(P))

X, T = np.random.randn(6, 3), np.eye(2)[[0, 1, 1, 0, 1, 0]]
W, V = np.random.randn(3, 4), np.random.randn(4, 2)
for epoch in range(100):
    H, P = forward(X, W, V)
    print(cost(T, P))
    gV = H.T @ (T - P)
    gW = X.T @ ((T - P) @ V.T * (1 - H ** 2))
    V += 0.01 * gV
    W += 0.01 * gW
"""


def test_a_log_likelihood_is_climbed_whatever_it_is_called(tmp_path):
    report = checked(tmp_path, CLIMBED)
    assert report
    assert "L is a log-likelihood, which is to be large" in report.note


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("V += ", "V -= ", 18, "moves down the gradient, not up"),
        ("W += ", "W -= ", 19, "moves down the gradient, not up"),
        ("gV = H.T", "gV = 2 * H.T", 16, "a factor 2 too much"),
    ],
)
def test_what_goes_down_it_is_wrong(tmp_path, old, new, line, words):
    assert [*wrong(checked(tmp_path, CLIMBED.replace(old, new))).values()] == [(line, words)]


def test_minus_a_log_likelihood_is_not(tmp_path):
    text = (
        CLIMBED.replace("np.sum(T", "-np.sum(T").replace("T - P)", "P - T)").replace("+= ", "-= ")
    )
    report = checked(tmp_path, text)
    assert report
    assert "log-likelihood" not in report.note


def test_how_much_the_loss_fell_is_no_derivative(tmp_path):
    assert "delta_error" not in [row.name for row in checked(tmp_path, SUMMED).rows]


@pytest.mark.parametrize("text", [SUMMED, HANDED], ids=["summed", "handed"])
def test_a_report_is_the_same_each_time_and_nothing_else_is_drawn_from(tmp_path, text):
    np.random.seed(5)
    random.seed(5)
    expected = np.random.random(), random.random()
    np.random.seed(5)
    random.seed(5)
    first, second = checked(tmp_path, text), checked(tmp_path, text)
    assert (np.random.random(), random.random()) == expected
    assert str(first) == str(second)


PERCEPTRON = """\
import math
import random

class Perceptron:
    def __init__(self):
        self.weights = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)]

    def think(self, inputs):
        weighted = 0
        for k, x in enumerate(inputs):
            weighted += self.weights[k] * x
        return 1 / (1 + math.exp(-weighted))

    def train(self, examples, iterations):
        for i in range(iterations):
            for example in examples:
                predicted = self.think(example["inputs"])
                error = example["output"] - predicted
                for k in range(len(self.weights)):
                    change = example["inputs"][k] * error * predicted * (1 - predicted)
                    self.weights[k] += change

examples = [
    {"inputs": [0, 0, 1], "output": 0},
    {"inputs": [1, 1, 1], "output": 1},
    {"inputs": [1, 0, 1], "output": 1},
    {"inputs": [0, 1, 1], "output": 0},
]
net = Perceptron()
net.train(examples, 10_000)
"""


def test_a_weighted_sum_is_no_loss_wherever_it_stands(tmp_path):
    report = checked(tmp_path, PERCEPTRON)
    assert report
    assert "the sum of (y_pred - y_true)**2 / 2" in report.note
