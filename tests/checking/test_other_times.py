"""A loss of another time, and a mistake that shows only behind another."""

import pytest

from microgradnet.checking.entry_points import check_subject
from microgradnet.tape.recording import Subject

BATCHES = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
y = np.sign(X[:, 0] * 2 - X[:, 1])
w, b = rng.normal(size=3), 0.1


def cost(X, y):
    s = X @ w + b
    return np.log1p(np.exp(-y * s)).mean() + 0.05 * np.sum(w**2)


for epoch in range(10):
    order = rng.permutation(12)
    for start in range(0, 12, 4):
        rows = order[start : start + 4]
        Xi, yi = X[rows], y[rows]
        s = Xi @ w + b
        ds = -yi / (1 + np.exp(yi * s)) / 4
        gw = Xi.T @ ds + 2 * 0.05 * w
        w = w - 0.3 * gw
        b = b - 0.3 * ds.sum()
    if epoch % 5 == 0:
        print(cost(X, y))
"""
ADAM = """\
import numpy as np

rng = np.random.default_rng(0)
x, y, w = rng.normal(size=9), rng.normal(size=9), np.array([0.5, -0.2])
m, v = np.zeros(2), np.zeros(2)


def mse():
    return np.mean((w[0] * x + w[1] * x**2 - y) ** 2)


for t in range(1, 50):
    e = 2 * (w[0] * x + w[1] * x**2 - y) / 9
    g = np.array([e @ x, e @ x**2])
    m = 0.9 * m + 0.1 * g
    v = 0.99 * v + 0.01 * g**2
    w = w - 0.02 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    if t % 10 == 1:
        print(mse())
"""
PENALTY = """\
import numpy as np

rng = np.random.default_rng(0)
X, y, w, b = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), 0.0
for _ in range(9):
    e = X @ w + b - y
    loss = np.mean(e**2) + 0.1 * np.sum(w**2)
    dw = 2 * X.T @ e / 9 + 0.1 * w
    w -= 0.1 * dw
    b -= 0.1 * 2 * e.mean()
"""
NET = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
V, c, W = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
for _ in range(9):
    h = np.tanh(x @ V + c)
    loss = np.sum((h @ W - y) ** 2)
    do = 2 * (h @ W - y)
    dW = h.T @ do
    da = do @ W.T * (1 - h**2)
    dV = x.T @ da
    dc = da.sum(axis=0)
    W, V, c = W - 0.01 * dW, V - 0.01 * dV, c - 0.01 * dc
"""


def told(source, *changes):
    """What is said of each row that is not right, of a source with some changes."""
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    report = check_subject(Subject(source, "times.py"))
    return [
        (row.verdict, row.line, row.suggestion) for row in report.rows if row.verdict != "right"
    ]


def test_a_loss_that_is_printed_for_all_rows_is_that_of_a_batch():
    assert told(BATCHES) == []
    found = told(BATCHES, ("+ 2 * 0.05 * w", "+ 3 * 0.05 * w"))
    assert ("wrong", 21, "gw = Xi.T @ ds + 2 * 0.05 * w") in found, found


@pytest.mark.slow
def test_the_steps_before_one_with_a_loss_have_it_too():
    assert told(ADAM) == [] != told(ADAM, ("e @ x**2", "e @ x"))


def test_a_penalty_with_another_factor_is_no_decay_beside_it():
    assert [line for verdict, line, _ in told(PENALTY) if verdict == "wrong"] == [8]
    assert told(PENALTY, ("+ 0.1 * w", "+ 2 * 0.1 * w")) == []


@pytest.mark.slow
def test_a_mistake_behind_another_is_found_when_that_is_repaired():
    found = told(NET, ("(1 - h**2)", "(1 - h)"), ("da.sum(axis=0)", "da.mean(axis=0)"))
    assert {line for verdict, line, _ in found if verdict == "wrong"} == {11, 13}, found


@pytest.mark.slow
def test_edits_beside_a_function_that_draws_change_no_later_draw():
    source = BATCHES.replace(
        "X = rng", "def data(rng):\n    return rng.normal(size=(12, 3))\n\n\nX = rng"
    )
    found = told(source.replace("rng.normal(size=(12, 3))\ny", "data(rng)\ny"), ("+ 2 *", "+ 3 *"))
    assert [line for verdict, line, _ in found if verdict == "wrong"] == [25], found
