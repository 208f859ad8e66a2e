"""Parameters that lists, tuples and dicts hold, and that are moved all at once."""

import pytest

from tests.checking.files import checked, wrong

LISTS = """\
def train(X, Y, rate=0.1):
    w, b = [0.3, -0.2, 0.1], 0.0
    for step in range(9):
        loss, dw, db = 0.0, [0.0 for _ in w], 0.0
        for x, y in zip(X, Y):
            error = sum(p * q for p, q in zip(w, x)) + b - y
            loss += error ** 2
            for j in range(len(w)):
                dw[j] += 2 * error * x[j]
            db += 2 * error
        w = [p - rate * d for p, d in zip(w, dw)]
        b = b - rate * db
    return w, b

X, Y = [[0.1, 0.7, 0.4], [0.9, 0.3, 0.2], [0.5, 0.6, 0.8]], [0.3, 1.2, 0.7]
train(X, Y)
"""
ROWS = """\
import numpy as np

def train(X, Y, rate=0.1):
    V = [[0.3, -0.2], [0.1, 0.4]]
    for step in range(9):
        dV, loss = [[0.0, 0.0], [0.0, 0.0]], 0.0
        for x, y in zip(X, Y):
            for i in range(2):
                e = V[i][0] * x[0] + V[i][1] * x[1] - y[i]
                loss += e ** 2
                for j in range(2):
                    dV[i][j] += 2 * e * x[j]
        for i in range(2):
            for j in range(2):
                V[i][j] -= rate * dV[i][j]

X, Y = np.random.rand(3, 2), np.random.rand(3, 2)
train(X, Y)
"""
NUMBERS = """\
X, Y = [[0.1], [0.9], [0.5]], [0.3, 1.2, 0.7]
p = {"w": 0.3, "b": 0.0}
for step in range(9):
    loss, d = 0.0, {"w": 0.0, "b": 0.0}
    for x, y in zip(X, Y):
        error = p["w"] * x[0] + p["b"] - y
        loss += error ** 2
        d["w"] += 2 * error * x[0]
        d["b"] += 2 * error
    p = {key: p[key] - 0.1 * d[key] for key in p}
"""
ARRAYS = """\
import numpy as np

rng = np.random.default_rng(0)

def update(p, grads):
    return {key: p[key] - 0.1 * grads["d" + key] for key in p}

def train(X, Y):
    p = {"W": rng.normal(size=(3, 2)), "b": np.zeros(2)}
    for step in range(9):
        loss = np.sum((X @ p["W"] + p["b"] - Y) ** 2)
        e = 2 * (X @ p["W"] + p["b"] - Y)
        p = update(p, {"dW": X.T @ e, "db": e.sum(axis=0)})
    return p

X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
train(X, Y)
"""
PAIR = """\
import numpy as np

X, Y = np.random.rand(5, 3), np.random.rand(5, 2)
params = (np.random.randn(3, 2), np.zeros(2))
for step in range(9):
    W, b = params
    loss = np.sum((X @ W + b - Y) ** 2)
    e = 2 * (X @ W + b - Y)
    grads = (X.T @ e, e.sum(axis=0))
    params = tuple(p - 0.1 * g for p, g in zip(params, grads))
"""
OF_AN_OBJECT = """\
class Line:
    def __init__(self):
        self.w, self.b = [0.3, -0.2], 0.1

    def fit(self, X, y, rate=0.1):
        for x, t in zip(X, y):
            error = self.w[0] * x[0] + self.w[1] * x[1] + self.b - t
            dw, db = [2 * error * v for v in x], 2 * error
            self.w = [p - rate * d for p, d in zip(self.w, dw)]
            self.b = self.b - rate * db

X, y = [[0.1, 0.2], [0.3, 0.7], [0.9, 0.4]], [1.0, 0.0, 0.5]
Line().fit(X, y)
"""
# of each: its text, how many it moves, an edit, and what is wrong then, where
CASES = {
    "a list": (LISTS, 4, ("error * x[j]", "error * x[0]"), {"dw[1]": 9, "dw[2]": 9}),
    "a list that a function moves": (
        LISTS.replace("[p - rate * d for p, d in zip(w, dw)]", "moved(w, dw, rate)")
        + "def moved(w, dw, rate):\n    return [p - rate * d for p, d in zip(w, dw)]\n",
        4,
        ("error * x[j]", "error * x[0]"),
        {"dw[1]": 9, "dw[2]": 9},
    ),
    "a list of an object": (OF_AN_OBJECT, 2, ("rate * d ", "rate * db "), {"update w": 9}),
    "lists in a list": (ROWS, 4, ("e * x[j]", "e * x[0]"), {"dV[0][1]": 12, "dV[1][1]": 12}),
    "a dict of numbers": (NUMBERS, 2, ("error * x[0]\n", "error\n"), {"d['w']": 8}),
    "a dict of arrays": (ARRAYS, 2, ("e.sum", "e.mean"), {"update p['b']": 13}),
    "a tuple of arrays": (PAIR, 2, ("@ e,", "@ (e + Y),"), {"grads[0]": 9}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_moved_at_once_is_a_row_each(tmp_path, case):
    text, moved, (old, new), blamed = CASES[case]
    report = checked(tmp_path, text)
    assert report, report
    assert len([row for row in report.rows if row.name.startswith("update")]) == moved
    report = checked(tmp_path, text.replace(old, new, 1), "off.py")
    assert {name: line for name, (line, _) in wrong(report).items()} == blamed
