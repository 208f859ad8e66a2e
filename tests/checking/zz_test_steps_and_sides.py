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

FIRST = "if epoch == 0:\n        "
MOMENTUM = "velocity = 0.9 * velocity + 0.5 * dW2"
ALL_OF_NET = "self.dW1 self.dW2 self.db1 self.db2"
NAMES = "                for name"
# How it is checked, the edits, what is wrong, and the end of what is said of it.
STEPS = [
    (function, RESET_ONCE, "dW1 dW2 db1 db2", f"{KEPT}; {SECOND}"),
    (function, SECOND_ONCE, "dW2 db2", f"{KEPT}; {SECOND}"),
    *[
        (way, [(right, written)], wrong, said)
        for way, right, written, wrong, said in [
            (function, "dP @ W2.T", "dP @ W2.T * (1 + epoch)", "dH", SECOND),
            (function, "dP.sum(axis=0)", "dP.sum(axis=0) if epoch == 0 else dP[0]", "db2", SECOND),
            (function, "dW2 += H.T", f"{FIRST}    kept = H\n        dW2 += kept.T", "dW2", SECOND),
            (function, "dZ1 = dH *", f"{FIRST}    on = Z1 > 0\n        dZ1 = dH *", "", ""),
            (script, "    dW1 = np.zeros_like(W1)\n    Z1", "    Z1", "dW1", f"{KEPT}; {SECOND}"),
            (script, "dW2 = A1.T", f"{FIRST}A1_T = A1.T\n    dW2 = A1_T", "dW2", SECOND),
            (script, "dZ2.dot(W2.T)", "dZ2.dot(W2.T) * (1 if epoch < 1 else A1)", "dA1", SECOND),
            (script, "W2 -= 0.5 * dW2", f"{MOMENTUM}\n    W2 -= velocity", "", ""),
            (fits, "                self.reset()\n", "", ALL_OF_NET, f"{KEPT}; {SECOND}"),
            (fits, "self.X = X\n", "self.X = getattr(self, 'X', X)\n", "self.dW1", SECOND),
            (fits, NAMES, f"                self.dW2 *= 1 + epoch\n{NAMES}", "self.dW2", ROUND),
            (fits, "forward(rows)", "forward(rows if epoch == 0 else rows + 1.0)", "", ""),
        ]
    ],
]


def checked(way, edits, tmp_path):
    return way(tmp_path, *edits) if way is script else way(*edits)


@pytest.mark.parametrize(("way", "edits", "wrong", "words"), few(STEPS[6:] + STEPS[:6], 1))
def test_what_is_wrong_in_a_later_step_only(way, edits, wrong, words, tmp_path):
    report = checked(way, edits, tmp_path)
    found = {row.name: row.words for row in report.rows if row.verdict == "wrong"}
    assert sorted(found) == wrong.split(), report
    assert all(said.endswith(words) for said in found.values()), report


# A layer with an activation, a loss with a kink: right, and with a slope that is wrong on the side
# where few numbers are.

LAYER = """
import numpy as np

def derive(X, T, W, V):
    Z = X @ W
    {H}
    P = H @ V
    E = P - T
    {loss}
    dP = {dP}
    dV = H.T @ dP
    dH = dP @ V.T
    dZ = {dZ}
    dW = X.T @ dZ
    return loss, dW, dV
"""
HUBER = "np.where(np.abs(E) <= 5, 0.5 * E ** 2, 5 * (np.abs(E) - 2.5))"
NEAR_ZERO = "np.where(np.abs(E) > 0.02, np.abs(E), 25 * E ** 2 + 0.01)"
LOOP_OVER_ALL = """H, slope = np.zeros_like(Z), np.zeros_like(Z)
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            if Z[i, j] > 4:
                H[i, j], slope[i, j] = 4, 0
            else:
                H[i, j], slope[i, j] = Z[i, j], 1"""


def layer(**parts):
    """The source of a layer: tanh under half the square, but for what is given."""
    usual = {"H": "H = np.tanh(Z)", "dZ": "dH * (1 - H ** 2)", "dP": "E"}
    return LAYER.format_map({**usual, "loss": "loss = 0.5 * (E ** 2).sum()", **parts})


def of_units(H, dZ, wrong):
    return {"H": H, "dZ": dZ}, (wrong, "dZ")


def of_loss(loss, dP, wrong):
    return {"loss": f"L = {loss}; loss = L.sum()", "dP": dP}, (wrong, "dP")


# What a layer, or its loss, is, its derivative, and what is written for it.
SIDES = {
    "hard tanh": of_units("H = np.clip(Z, -3, 3)", "dH * (np.abs(Z) < 3)", "dH"),
    "huber": of_loss(HUBER, "np.where(np.abs(E) <= 5, E, 5 * np.sign(E))", "E"),
    "relu6": of_units(
        "H = np.minimum(np.maximum(0, Z), 6)", "dH * (Z > 0) * (Z < 6)", "dH * (Z > 0)"
    ),
    "hard sigmoid": of_units(
        "H = np.clip(0.2 * Z + 0.5, 0, 1)", "0.2 * dH * ((Z > -2.5) & (Z < 2.5))", "0.2 * dH"
    ),
    "boolean mask": of_units("H = Z.copy(); H[H > 4] = 4", "dH.copy(); dZ[Z > 4] = 0", "dH.copy()"),
    "element by element": of_units(LOOP_OVER_ALL, "dH * slope", "dH"),
    "elu": of_units(
        "H = np.where(Z > 0, Z, np.exp(np.minimum(Z, 0)) - 1)",
        "dH * np.where(Z > 0, 1, np.exp(np.minimum(Z, 0)))",
        "dH * np.where(Z > 0, 1, 1)",
    ),
    "hinge": of_loss("np.maximum(0, 4 - P)", "-1.0 * (L > 0)", "-np.ones_like(P)"),
    "near zero": of_loss(
        NEAR_ZERO,
        "np.where(np.abs(E) > 0.02, np.sign(E), 50 * E)",
        "np.where(np.abs(E) > 0.02, np.sign(E), 25 * E)",
    ),
    "relu of one unit": of_units("H = np.maximum(0, Z)", "dH * (Z > 0)", "dH"),
}
SHAPES = (6, 4), (6, 3), (4, 5), (5, 3)
ONE_UNIT = (1, 4), (1, 1), (4, 1), (1, 1)


def of_layer(name, spoiled=False):
    right, (wrong, part) = SIDES[name]
    source = layer(**right | ({part: wrong} if spoiled else {}))
    derive = executed(source, {"np": np})["derive"]
    shapes = ONE_UNIT if "one" in name else SHAPES
    return mg.check(derive, *(0.4 * rng.normal(size=shape) for shape in shapes))


@pytest.mark.parametrize("name", few(SIDES, 1))
def test_a_slope_that_is_wrong_where_few_numbers_are(name):
    assert of_layer(name), of_layer(name)
    report = of_layer(name, spoiled=True)
    assert [row.name for row in report.rows if row.verdict == "wrong"] == [SIDES[name][-1][-1]]


MARGINS = """
import numpy as np

def svm(W, X, y):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / len(y) + 0.1 * np.sum(W * W), dW / len(y) + 0.2 * W
"""
ALWAYS = [("if margin > 0", "if True"), ("+= margin", "+= np.maximum(margin, 0)")]


@pytest.mark.slow
@pytest.mark.parametrize("edits", [[], ALWAYS])
def test_the_branch_of_a_loop_may_be_run_at_one_point_more_than_at_another(edits):
    svm = executed(edited(MARGINS, edits), {"np": np})["svm"]
    report = mg.check(svm, 0.01 * rng.normal(size=(4, 3)), X, np.array([0, 2, 1, 1, 0, 2]))
    assert [row.verdict for row in report.rows] == ["wrong" if edits else "right"], report


# What cannot go both ways is not judged on the other side; a guard need not.

CANNOT = {
    "a positive number": (
        "S = 1 / (1 + np.exp(-Z)); H = np.maximum(0, S)",
        "dH * S * (1 - S)",
    ),
    "a mask of it": (
        "S = np.exp(Z); on = S > -1\n    H = S * on",
        "dH * on * S",
    ),
    "what is asked of each": (
        "H = np.zeros_like(Z)\n"
        "    for i in range(Z.shape[0]):\n"
        "        for j in range(Z.shape[1]):\n"
        "            if np.exp(Z[i, j]) > -2:\n"
        "                H[i, j] = 2 * Z[i, j]",
        "2 * dH",
    ),
}
GUARDS = {
    "no overflow": ("H = 1 / (1 + np.exp(-np.clip(Z, -500, 500)))", "dH * H * (1 - H)"),
    "no log of 0": ("H = np.clip(1 / (1 + np.exp(-Z)), 1e-7, 1 - 1e-7)", "dH * H * (1 - H)"),
    "of a gradient": (
        "H = np.minimum(np.maximum(0, Z), 6)",
        "dH * ((Z > 0) & (Z < 6)); np.clip(dZ, -30, 30, out=dZ)",
    ),
    "how many are right": (
        "H = 1 / (1 + np.exp(-Z)); good = (H > -1).mean()\n    if good < 1: print(good)",
        "dH * H * (1 - H)",
    ),
}


def with_activation(activation, slope):
    source = layer(H=activation, dZ=slope)
    derive = executed(source, {"np": np})["derive"]
    return mg.check(derive, *(rng.normal(size=shape) for shape in SHAPES)), source


@pytest.mark.parametrize("name", few(CANNOT, 1))
def test_what_never_goes_the_other_way_cannot_be_told(name):
    report, source = with_activation(*CANNOT[name])
    verdicts = {row.name: row.verdict for row in report.rows}
    assert verdicts["dZ"] == verdicts["dW"] == "cannot tell", report
    assert verdicts["dH"] == verdicts["dV"] == "right"
    line = next(i for i, s in enumerate(source.splitlines(), 1) if "max" in s or "> -" in s)
    assert next(row for row in report.rows if row.name == "dZ").why.startswith(f"line {line} goes")


@pytest.mark.parametrize("name", few(GUARDS, 1))
def test_a_guard_need_not_go_both_ways(name):
    report, _ = with_activation(*GUARDS[name])
    assert report, report
