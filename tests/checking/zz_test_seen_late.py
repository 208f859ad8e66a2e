"""Mistakes that the first step, or what a file shows at once, does not reach."""

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.files import checked, wrong

BY_NAME = """\
import random

class Line:
    def __init__(self):
        for name in ("w1", "w2", "b"):
            setattr(self, name, random.gauss(0, 1))

    def fit(self, X, y, rate=0.1):
        for x, t in zip(X, y):
            p = self.w1 * x[0] + self.w2 * x[1] + self.b
            L = (p - t) ** 2
            dL_dp = 2 * (p - t)
            self.w1 -= rate * dL_dp * x[0]
            self.w2 -= rate * dL_dp * x[1]
            setattr(self, "b", getattr(self, "b") - rate * dL_dp)

X, y = [[0.1, 0.2], [0.3, 0.7]], [1.0, 0.0]
"""
TEXTS = """\
import numpy as np

np.random.seed(0)
U, W = np.random.randn(3, 2), np.random.randn(3, 3)
V, b = np.random.randn(1, 3), np.zeros((3, 1))
texts, targets = [[0], [1], [0, 1], [1, 0, 1]], [0.5, -0.5, 1.0, 0.2]
for epoch in range(3):
    total_loss = 0
    for text, target in zip(texts, targets):
        hs = {-1: np.zeros((3, 1))}
        for t, k in enumerate(text):
            x = np.zeros((2, 1))
            x[k] = 1
            hs[t] = np.tanh(U @ x + W @ hs[t - 1] + b)
        p = V @ hs[len(text) - 1]
        total_loss += (p - target).item() ** 2
        dp = 2 * (p - target)
        dV = dp @ hs[len(text) - 1].T
        dW, db = np.zeros((3, 3)), np.zeros((3, 1))
        dh = V.T @ dp
        for t in reversed(range(len(text))):
            dz = (1 - hs[t] ** 2) * dh
            db += dz
            dW += dz @ hs[t - 1].T
            dh = W.T @ dz
        V -= 0.1 * dV
        W -= 0.1 * dW
        b -= 0.1 * db
    print(epoch, total_loss)
"""
LAYERS = """\
import numpy as np

def scale_forward(x, w):
    return x * w, (x, w)

def scale_backward(dout, cache):
    x, w = cache
    return dout * w, (dout * x).sum(axis=0)

def center_forward(x, gamma):
    middle = x - x.mean(axis=0)
    return gamma * middle, (middle, gamma)

def center_backward(dout, cache):
    middle, gamma = cache
    N, D = dout.shape
    dgamma = np.sum(dout * middle, axis=0)
    dmiddle = dout * gamma
    dx = dmiddle - dmiddle.sum(axis=0) / N
    return dx, dgamma

def odd_forward(x, how):
    return how(x), x

def odd_backward(dout, cache):
    dx = dout * 2
    return dx
"""


LOOP = """\
import numpy as np

def gradients(W, b, X, y):
    p = X @ W + b
    loss = np.mean((p - y) ** 2)
    dp = 2 * (p - y) / len(X)
    return X.T @ dp, dp.sum(axis=0)

rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
W, b = rng.normal(size=(2, 1)), np.zeros(1)
for i in range(20):
    dW, db = gradients(W, b, X, y)
    W -= 0.1 * dW
    b -= 0.1 * db
"""


@pytest.mark.parametrize("old", ["", "W -= "])
def test_a_file_that_trains_by_itself_is_checked_beside_its_functions(tmp_path, old):
    report = checked(tmp_path, LOOP.replace(old, "W += ") if old else LOOP)
    climbs = {"update W": (14, "moves up the gradient, not down")}
    assert wrong(report) == (climbs if old else {}), report
    assert bool(report) is not bool(old)


@pytest.mark.parametrize("old", ["", "rate * dL_dp * x[1]"])
def test_what_setattr_sets_is_a_parameter(tmp_path, old):
    report = checked(tmp_path, BY_NAME.replace(old, "rate * dL_dp * x[0]") if old else BY_NAME)
    names = {row.name for row in report.rows}
    assert {"update w1", "update w2", "update b"} <= names, report
    assert wrong(report) == ({"update w2": (14, "uses x[0] where x[1] belongs")} if old else {})
    assert bool(report) is not bool(old)


@pytest.mark.slow
@pytest.mark.parametrize("old", ["", "db += dz"])
def test_a_loop_of_one_round_is_judged_where_it_has_several(tmp_path, old):
    """A text of one word comes first, where = is as good as +=; the loss is summed over texts."""
    report = checked(tmp_path, TEXTS.replace(old, "db = dz") if old else TEXTS)
    keeps = "keeps only the last round of the loop: = where += belongs"
    assert wrong(report) == ({"db": (23, keeps)} if old else {}), report
    assert bool(report) is not bool(old)


@pytest.mark.slow
@pytest.mark.parametrize("old", ["", "dmiddle.sum(axis=0) / N"])
def test_each_layer_of_a_file_is_judged_or_told(tmp_path, old):
    text = LAYERS[: LAYERS.index("def odd_forward")]
    new = text.replace(old, "dmiddle.sum(axis=0)") if old else text
    report = checked(tmp_path, f"{new}if __name__ == '__main__':\n    print(1)\n")
    assert [*wrong(report)] == ["dx"] * bool(old), report
    assert bool(report) is not bool(old)


def test_a_layer_that_cannot_be_run_is_not_right(tmp_path):
    report = checked(tmp_path, LAYERS)
    [row] = [row for row in report.rows if row.verdict == "cannot tell"]
    assert (row.name, row.line) == ("odd_backward", 25)
    assert not report


def forwards(x, w, b):
    return x @ w + b, (x, w)


def backwards(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def in_another_order(dout, cache):
    x, w = cache
    return x.T @ dout, dout.sum(axis=0), dout @ w.T


IN_ANOTHER_ORDER = ["return x.T @ dout", "return dout.sum(axis=0)", "return dout @ w.T"]


def over_the_units(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=1)


def averaged(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout / len(x), dout.sum(axis=0)


def of_ones(dout, cache):
    x, w = cache
    return np.ones_like(dout) @ w.T, x.T @ dout, dout.sum(axis=0)


@pytest.mark.parametrize(
    ("backward", "wrong"),
    [
        (backwards, []),
        (in_another_order, IN_ANOTHER_ORDER),
        (over_the_units, ["return dout.sum(axis=1)"]),
        (averaged, ["return x.T @ dout / len(x)"]),
        (of_ones, ["return np.ones_like(dout) @ w.T"]),
    ],
)
def test_what_a_layer_hands_on_without_a_name_has_to_be_a_gradient(backward, wrong):
    rng = np.random.default_rng(0)
    given = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    report = mg.check_backward(forwards, backward, *given)
    assert [row.name for row in report.rows if row.verdict == "wrong"] == wrong, report
    assert len(report.rows) == 3, report
