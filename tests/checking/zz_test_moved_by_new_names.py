"""Parameters that are computed by a new name first, `W_new = W - rate * dW`, and then take it."""

import pytest

from tests.checking.files import checked, wrong

ARRAYS = """\
import numpy as np

X, y = np.random.randn(9, 3), np.random.randn(9, 1)
W, b = np.random.randn(3, 1), np.zeros((1, 1))
for step in range(50):
    p = X @ W + b
    loss = np.mean((p - y) ** 2)
    dp = 2 * (p - y) / len(y)
    dW, db = X.T @ dp, dp.sum(axis=0, keepdims=True)
    W_new = W - 0.1 * dW
    b_new = b - 0.1 * db
    W = W_new
    b = b_new
"""
NUMBERS = """\
w1, w2, b = 0.3, -0.2, 0.0
for epoch in range(50):
    for x1, x2, y in [(1.0, 2.0, 1.0), (2.0, -1.0, 0.0), (0.5, 0.3, 1.0)]:
        p = w1 * x1 + w2 * x2 + b
        L = (p - y) ** 2
        d_L_d_p = 2 * (p - y)
        new_w1 = w1 - 0.1 * d_L_d_p * x1
        new_w2 = w2 - 0.1 * d_L_d_p * x2
        new_b = b - 0.1 * d_L_d_p
        w1, w2, b = new_w1, new_w2, new_b
"""
FUNCTIONS = """\
import numpy as np

def step(W, b, X, y, rate):
    p = X @ W + b
    dp = 2 * (p - y) / len(y)
    dW, db = X.T @ dp, dp.sum(axis=0, keepdims=True)
    W_new = W - rate * dW
    b_new = b - rate * db
    return W_new, b_new

def train(X, y, epochs=100):
    W, b = np.random.randn(X.shape[1], 1), np.zeros((1, 1))
    for i in range(epochs):
        W, b = step(W, b, X, y, 0.1)
    return W, b
"""
OBJECT = """\
import numpy as np

class Net:
    def __init__(self):
        self.p = {"W": np.random.randn(3, 1)}
        self.b = np.zeros((1, 1))

    def train(self, X, y):
        for step in range(50):
            out = X @ self.p["W"] + self.b
            loss = np.mean((out - y) ** 2)
            dout = 2 * (out - y) / len(y)
            dW, db = X.T @ dout, dout.sum(axis=0, keepdims=True)
            W_new = self.p["W"] - 0.1 * dW
            b_new = self.b - 0.1 * db
            self.p["W"], self.b = W_new, b_new

Net().train(np.random.randn(9, 3), np.random.randn(9, 1))
"""
# Nothing here is a parameter: a state is computed anew, and a sum is not read before it is moved.
STATES = """\
import numpy as np

U, W = np.random.randn(3, 3), np.random.randn(3, 2)
xs, y = np.random.randn(4, 2), np.random.randn(3)
for step in range(9):
    h, total = np.zeros(3), 0.0
    hs = [h]
    for x in xs:
        h_next = np.tanh(W @ x + U @ h)
        new_total = total + ((h_next - y) ** 2).sum() / 2
        h, total = h_next, new_total
        hs.append(h)
    loss = total
    dU, dW, dh_next = np.zeros((3, 3)), np.zeros((3, 2)), np.zeros(3)
    for t in reversed(range(4)):
        dz = (1 - hs[t + 1] ** 2) * (dh_next + hs[t + 1] - y)
        dU += np.outer(dz, hs[t])
        dW += np.outer(dz, xs[t])
        dh_next = U.T @ dz
    U_new, W_new = U - 0.1 * dU, W - 0.1 * dW
    U, W = U_new, W_new
"""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (ARRAYS, {"update W", "update b"}),
        (NUMBERS, {"update w1", "update w2", "update b"}),
        (FUNCTIONS, {"update W", "update b"}),
        (OBJECT, {"update p['W']", "update b"}),
        (STATES, {"update U", "update W"}),
    ],
)
def test_they_have_rows(tmp_path, text, rows):
    report = checked(tmp_path, text)
    assert report
    assert {row.name for row in report.rows if row.name[:6] == "update"} == rows


@pytest.mark.parametrize(
    ("text", "old", "new", "found"),
    [
        (ARRAYS, "W - 0.1", "W + 0.1", {"update W": (10, "moves up the gradient, not down")}),
        (NUMBERS, "w2 - 0.1", "w2 + 0.1", {"update w2": (8, "moves up the gradient, not down")}),
        (FUNCTIONS, "W - rate", "W + rate", {"update W": (7, "moves up the gradient, not down")}),
        (FUNCTIONS, "rate * dW", "rate * db", {"update W": (7, "uses db where dW belongs")}),
        (OBJECT, "b - 0.1", "b + 0.1", {"update b": (15, "moves up the gradient, not down")}),
        (STATES, "W - 0.1", "W + 0.1", {"update W": (20, "moves up the gradient, not down")}),
    ],
)  # fmt: skip
def test_the_line_that_computes_one_is_told(tmp_path, text, old, new, found):
    assert wrong(checked(tmp_path, text.replace(old, new))) == found


def test_data_are_made_up_that_a_prediction_is_not_spread_over(tmp_path):
    assert "y (6, 1)" in checked(tmp_path, FUNCTIONS).note
