"""Weights that are drawn in one statement and scaled, or put in their place, in another."""

import pytest

from tests.checking.files import checked, wrong

LOOP = """\
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
for i in range(200):
    h = np.tanh(X @ W)
    o = np.tanh(h @ V)
    d = (y - o) * (1 - o ** 2)
    dh = d @ V.T * (1 - h ** 2)
    V += 0.1 * h.T @ d
    W += 0.1 * X.T @ dh
"""
NAMED = f"""\
import numpy as np
z = np.random.random((2, 5))
W = (2 * z - 1) * 0.25
u = np.random.random((5, 1))
V = (2 * u - 1) * 0.25
{LOOP}"""
APPENDED = f"""\
import numpy as np
weights = []
for n, m in [(2, 5), (5, 1)]:
    z = np.random.random((n, m))
    weights.append((2 * z - 1) * 0.25)
{LOOP.replace("W", "weights[0]").replace("V", "weights[1]")}"""
IN_PLACE = """\
import numpy as np

class Net:
    def __init__(self, *sizes):
        self.layers = [np.ones(n) for n in sizes]
        self.weights = [np.zeros((n, m)) for n, m in zip(sizes, sizes[1:])]
        self.reset()

    def reset(self):
        for i in range(len(self.weights)):
            z = np.random.random(self.weights[i].shape)
            self.weights[i][...] = (2 * z - 1) * 0.25

    def forward(self, sample):
        for i in range(len(self.layers[0])):
            self.layers[0][i] = sample["input"][i]
        for i in range(1, len(self.layers)):
            self.layers[i][...] = np.tanh(self.layers[i - 1] @ self.weights[i - 1])

    def backward(self, sample, rate=0.1):
        error = sample["expected_result"] - self.layers[-1]
        deltas = [error * (1.0 - self.layers[-1] ** 2)]
        for i in range(len(self.layers) - 2, 0, -1):
            delta = deltas[0] @ self.weights[i].T * (1.0 - self.layers[i] ** 2)
            deltas.insert(0, delta)
        for i in range(len(self.weights)):
            layer, delta = np.atleast_2d(self.layers[i]), np.atleast_2d(deltas[i])
            self.weights[i] += rate * layer.T @ delta
        return (error ** 2).sum()

samples = [
    {"input": [0, 0], "expected_result": 0},
    {"input": [0, 1], "expected_result": 1},
    {"input": [1, 0], "expected_result": 1},
    {"input": [1, 1], "expected_result": 0},
]
net = Net(2, 5, 1)
for i in range(10_000):
    for k in range(4):
        net.forward(samples[k])
        net.backward(samples[k])
"""


@pytest.mark.parametrize("text", [NAMED, APPENDED, IN_PLACE], ids=["named", "appended", "in place"])
def test_they_are_parameters(tmp_path, text):
    report = checked(tmp_path, text)
    assert report, report
    assert sum(row.name.startswith("update ") for row in report.rows) == 2
    assert any(row.written for row in report.rows)


@pytest.mark.parametrize(
    ("text", "old", "new", "line"),
    [
        (NAMED, "W += 0.1", "W -= 0.1", 14),
        (APPENDED, "weights[0] += 0.1", "weights[0] -= 0.1", 14),
        (IN_PLACE, "(1.0 - self.layers[-1] ** 2)", "(1.0 - self.layers[-1])", 22),
    ],
    ids=["named", "appended", "in place"],
)
def test_a_mistake_is_told(tmp_path, text, old, new, line):
    found = wrong(checked(tmp_path, text.replace(old, new)))
    assert found
    assert {at for at, _ in found.values()} == {line}, found
