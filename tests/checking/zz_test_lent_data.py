"""Files whose data are not here: the rest of them is checked as it stands, with data made up."""

import pytest

from tests.checking.files import checked, wrong

DIGITS = """\
import numpy as np
import a_package_that_is_not_here as pd

data = np.array(pd.read_csv("digits.csv"))
m, n = data.shape
np.random.shuffle(data)
train = data[100:m].T
Y_train = train[0]
X_train = train[1:n] / 255.0

def one_hot(Y):
    out = np.zeros((Y.size, Y.max() + 1))
    out[np.arange(Y.size), Y] = 1
    return out.T

def gradient_descent(X, Y, rate, iterations):
    W1, b1 = np.random.rand(7, 64) - 0.5, np.random.rand(7, 1) - 0.5
    W2, b2 = np.random.rand(10, 7) - 0.5, np.random.rand(10, 1) - 0.5
    for i in range(iterations):
        Z1 = W1.dot(X) + b1
        A1 = np.maximum(Z1, 0)
        e = np.exp(W2.dot(A1) + b2)
        A2 = e / sum(e)
        dZ2 = A2 - one_hot(Y)
        dW2 = dZ2.dot(A1.T) / Y.size
        db2 = dZ2.sum(axis=1, keepdims=True) / Y.size
        dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
        dW1 = dZ1.dot(X.T) / Y.size
        db1 = dZ1.sum(axis=1, keepdims=True) / Y.size
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2

gradient_descent(X_train, Y_train, 0.1, 100)
"""
LAYERS = """\
import json
import numpy as np

def load(name):
    with open(name) as file:
        data = json.load(file)
    return np.array([d["x"] for d in data]), np.array([d["y"] for d in data]).reshape(-1, 1)

class Net:
    def __init__(self):
        self.first = {"weights": np.random.normal(0, 1, (2, 4)), "biases": np.zeros((1, 4))}
        self.last = {"weights": np.random.normal(0, 1, (4, 1)), "biases": np.zeros((1, 1))}

    def forward(self, X):
        self.a1 = np.tanh(np.dot(X, self.first["weights"]) + self.first["biases"])
        self.a2 = np.dot(self.a1, self.last["weights"]) + self.last["biases"]

    def backward(self, X, y):
        dz2 = self.a2 - y
        dz1 = np.dot(dz2, self.last["weights"].T) * (1 - self.a1 ** 2)
        self.last["weights"] -= 0.1 * np.dot(self.a1.T, dz2)
        self.last["biases"] -= 0.1 * np.sum(dz2, axis=0)
        self.first["weights"] -= 0.1 * np.dot(X.T, dz1)
        self.first["biases"] -= 0.1 * np.sum(dz1, axis=0)

X_train, y_train = load("spiral.json")
net = Net()
for epoch in range(100):
    net.forward(X_train)
    net.backward(X_train, y_train)
"""


@pytest.mark.parametrize(
    ("text", "made", "missing"),
    [
        (DIGITS, "Y_train (6,), X_train (64, 6)", "a_package_that_is_not_here"),
        (LAYERS, "X_train (6, 2), y_train (6, 1)", "there is no file spiral.json"),
    ],
)
def test_a_right_one_is_right_and_says_what_is_made_up(tmp_path, text, made, missing):
    report = checked(tmp_path, text)
    assert report
    assert made in report.note
    assert missing in report.note
    assert {row.file for row in report.rows} == {str(tmp_path / "net.py")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "old", "new", "found"),
    [
        (DIGITS, "* (Z1 > 0)", "* (A1 < 0)", {"dZ1": 27}),
        (LAYERS, "(1 - self.a1 ** 2)", "(1 - self.a1)", {"dz1": 20}),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, text, old, new, found):
    rows = wrong(checked(tmp_path, text.replace(old, new)))
    assert {name: line for name, (line, _) in rows.items()} == found
