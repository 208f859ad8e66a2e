"""Mistakes in arrays that only a second step shows, or numbers on the other side of a kink.

Each is an edit of a right code: of a function, of a script, of a class that fits.
"""

import numpy as np
import pytest

import microgradnet as mg
from tests.marks import few
from tests.sources import executed

from .handmade import spoil

rng = np.random.default_rng(0)
X, T = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
W1, b1 = rng.normal(size=(4, 5)), np.zeros(5)
W2, b2 = rng.normal(size=(5, 3)), np.zeros(3)
ONE_HOT = np.eye(3)[[0, 1, 2, 2, 1, 0]]

FUNCTION = """
import numpy as np

def train(X, T, W1, b1, W2, b2, lr=0.1, epochs=20):
    n = len(X)
    for epoch in range(epochs):
        dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
        dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
        Z1 = X @ W1 + b1
        H = np.maximum(0, Z1)
        P = H @ W2 + b2
        loss = ((P - T) ** 2).sum() / n
        dP = 2 * (P - T) / n
        dW2 += H.T @ dP
        db2 += dP.sum(axis=0)
        dH = dP @ W2.T
        dZ1 = dH * (Z1 > 0)
        dW1 += X.T @ dZ1
        db1 += dZ1.sum(axis=0)
        W1 -= lr * dW1
        b1 -= lr * db1
        W2 -= lr * dW2
        b2 -= lr * db2
    return W1, b1, W2, b2
"""

SCRIPT = """
import numpy as np

np.random.seed(1)
X = np.random.randn(6, 4)
y = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]])
W1 = np.random.randn(4, 5) * 0.5
W2 = np.random.randn(5, 1) * 0.5
velocity = np.zeros_like(W2)
dW1 = np.zeros_like(W1)

for epoch in range(100):
    dW1 = np.zeros_like(W1)
    Z1 = X.dot(W1)
    A1 = np.where(Z1 > 0, Z1, 0.01 * Z1)
    Z2 = A1.dot(W2)
    A2 = 1 / (1 + np.exp(-Z2))
    cost = -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))
    dZ2 = (A2 - y) / len(y)
    dW2 = A1.T.dot(dZ2)
    dA1 = dZ2.dot(W2.T)
    dZ1 = dA1.copy()
    dZ1[Z1 <= 0] *= 0.01
    dW1 += X.T.dot(dZ1)
    W1 -= 0.5 * dW1
    W2 -= 0.5 * dW2
    if epoch % 10 == 0:
        print(epoch, cost)
"""

CLASS = """
import numpy as np

class Net:
    def __init__(self, n_in=4, n_hidden=5, n_out=3):
        rng = np.random.default_rng(0)
        self.W1 = rng.normal(size=(n_in, n_hidden))
        self.b1 = np.zeros(n_hidden)
        self.W2 = rng.normal(size=(n_hidden, n_out))
        self.b2 = np.zeros(n_out)
        self.losses = []
        self.reset()

    def reset(self):
        self.dW1, self.db1 = np.zeros_like(self.W1), np.zeros_like(self.b1)
        self.dW2, self.db2 = np.zeros_like(self.W2), np.zeros_like(self.b2)

    def forward(self, X):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.clip(self.z1, -1.0, 1.0)
        scores = self.a1 @ self.W2 + self.b2
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, probs, y):
        dscores = (probs - y) / len(y)
        self.dW2 += self.a1.T @ dscores
        self.db2 += dscores.sum(axis=0)
        da1 = dscores @ self.W2.T
        dz1 = da1 * (np.abs(self.z1) < 1.0)
        self.dW1 += self.X.T @ dz1
        self.db1 += dz1.sum(axis=0)

    def fit(self, X, y, epochs=10, batch=3, lr=0.1):
        for epoch in range(epochs):
            for i in range(0, len(X), batch):
                rows, targets = X[i : i + batch], y[i : i + batch]
                self.reset()
                probs = self.forward(rows)
                loss = -np.sum(targets * np.log(probs)) / len(rows)
                self.losses.append(loss)
                self.backward(probs, targets)
                for name in ("W1", "b1", "W2", "b2"):
                    moved = getattr(self, name)
                    moved -= lr * getattr(self, "d" + name)
"""


def function(*edits):
    names = executed(edited(FUNCTION, edits), {"np": np})
    return mg.check(names["train"], X, T, W1, b1, W2, b2)


def script(tmp_path, *edits):
    file = tmp_path / "script.py"
    file.write_text(edited(SCRIPT, edits))
    return mg.check(str(file))


def fits(*edits):
    net = executed(edited(CLASS, edits), {"np": np})["Net"]()
    return mg.check(net.fit, X, ONE_HOT)


def edited(source, edits):
    for old, new in edits:
        source = spoil(source, old, new)
    return source


def lines(source, first, last):
    """The lines of a source from one that has a text to one that has another, as they stand."""
    several = source.splitlines(True)
    start = next(i for i, line in enumerate(several) if first in line)
    end = next(i for i, line in enumerate(several[start:], start) if last in line)
    return "".join(several[start : end + 1])


RESET = lines(FUNCTION, "dW1, db1 = np.zeros", "dW2, db2 = np.zeros")
LOOP = "    for epoch in range(epochs):\n"
RESET_ONCE = [(RESET, ""), (LOOP, RESET.replace("        ", "    ") + LOOP)]
RESET_SECOND = RESET.splitlines(True)[1]
SECOND_ONCE = [(RESET_SECOND, ""), (LOOP, RESET_SECOND.replace("        ", "    ") + LOOP)]
KEPT = "is not set to 0 before the step: what the step before it left is still in it"
SECOND = "in the first step it is right, in the second it is wrong"
ROUND = "it is wrong only in the second round of the loop around the steps"

# How it is checked, the edits, what is wrong, and the end of what is said of it.
STEPS = [
    (function, RESET_ONCE, ["dW1", "dW2", "db1", "db2"], f"{KEPT}; {SECOND}"),
    (function, SECOND_ONCE, ["dW2", "db2"], f"{KEPT}; {SECOND}"),
    (function, [("dP @ W2.T", "dP @ W2.T * (1 + epoch)")], ["dH"], SECOND),
    (function, [("dP.sum(axis=0)", "dP.sum(axis=0) if epoch == 0 else dP[0]")], ["db2"], SECOND),
    (
        function,
        [("dW2 += H.T @ dP", "if epoch == 0:\n            kept = H\n        dW2 += kept.T @ dP")],
        ["dW2"],
        SECOND,
    ),
    (
        function,
        [("dZ1 = dH *", "if epoch == 0:\n            on = Z1 > 0\n        dZ1 = dH *")],
        [],
        "",
    ),
    (script, [("    dW1 = np.zeros_like(W1)\n    Z1", "    Z1")], ["dW1"], f"{KEPT}; {SECOND}"),
    (
        script,
        [("dW2 = A1.T", "if epoch == 0:\n        A1_T = A1.T\n    dW2 = A1_T")],
        ["dW2"],
        SECOND,
    ),
    (
        script,
        [("dA1 = dZ2.dot(W2.T)", "dA1 = dZ2.dot(W2.T) if epoch < 1 else dZ2.dot(W2.T) * A1")],
        ["dA1"],
        SECOND,
    ),
    (
        script,
        [("W2 -= 0.5 * dW2", "velocity = 0.9 * velocity + 0.5 * dW2\n    W2 -= velocity")],
        [],
        "",
    ),
    (
        fits,
        [("                self.reset()\n", "")],
        ["self.dW1", "self.dW2", "self.db1", "self.db2"],
        f"{KEPT}; {SECOND}",
    ),
    (
        fits,
        [("self.X = X\n", "self.X = getattr(self, 'X', X)\n")],
        ["self.dW1"],
        SECOND,
    ),
    (
        fits,
        [
            (
                "                for name",
                "                self.dW2 *= 1 + epoch\n                for name",
            )
        ],
        ["self.dW2"],
        ROUND,
    ),
    (
        fits,
        [("self.forward(rows)", "self.forward(rows if epoch == 0 else rows + 1.0)")],
        [],
        "",
    ),
]


def checked(way, edits, tmp_path):
    return way(tmp_path, *edits) if way is script else way(*edits)


@pytest.mark.parametrize(("way", "edits", "wrong", "words"), few(STEPS[6:] + STEPS[:6], 1))
def test_what_is_wrong_in_a_later_step_only(way, edits, wrong, words, tmp_path):
    report = checked(way, edits, tmp_path)
    found = {row.name: row.words for row in report.rows if row.verdict == "wrong"}
    assert sorted(found) == wrong, report
    assert all(said.endswith(words) for said in found.values()), report
