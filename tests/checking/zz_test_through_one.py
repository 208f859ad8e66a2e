"""What nothing uses, and is a gradient by what a function took through what it gave alone."""

from tests.checking.files import checked

LAYER = """\
import numpy as np

class Dense:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m)

    def forward(self, x):
        self.x = x
        out = np.tanh(x @ self.W)
        self.out = out
        return out

    def backward(self, dout):
        dz = dout * (1 - self.out ** 2)
        self.dW = self.x.T @ dz
        dx = dz @ self.W.T
        return dx

np.random.seed(0)
X, T = np.random.randn(5, 4), np.random.randn(5, 4)
layer = Dense(4, 4)
for step in range(9):
    P = X + layer.forward(X)
    loss = ((P - T) ** 2).sum()
    dP = 2 * (P - T)
    layer.backward(dP)
    layer.W -= 0.1 * layer.dW
"""
INLINE = """\
import numpy as np

rng = np.random.default_rng(0)
X, T, W = rng.normal(size=(5, 4)), rng.normal(size=(5, 4)), rng.normal(size=(4, 4))
for step in range(9):
    H = np.tanh(X @ W)
    P = X + H
    loss = ((P - T) ** 2).sum()
    dP = 2 * (P - T)
    dZ = dP * (1 - H ** 2)
    dX = dZ @ W.T
    W -= 0.1 * X.T @ dZ
"""
RECURRENT = """\
import math
import random

random.seed(6)
series = [math.sin(0.6 * k) for k in range(6)]
wx, wh, wy = (random.uniform(-1, 1) for _ in range(3))
for epoch in range(20):
    h = [0.0]
    for x in series[:-1]:
        h.append(math.tanh(wx * x + wh * h[-1]))
    loss = 0.0
    for t in range(1, len(series)):
        loss += 0.5 * (wy * h[t] - series[t]) ** 2
    dwx = dwh = dwy = dh_next = 0.0
    for t in range(len(series) - 1, 0, -1):
        dy = wy * h[t] - series[t]
        dwy += dy * h[t]
        dh = dy * wy + dh_next
        da = dh * (1 - h[t] ** 2)
        dwx += da * series[t - 1]
        dwh += da * h[t - 1]
        dh_next = da * wh
    wx -= 0.1 * dwx
    wh -= 0.1 * dwh
    wy -= 0.1 * dwy
"""


def verdicts(report):
    """The verdicts by the names of the rows."""
    return {row.name: row.verdict for row in report.rows}


def test_what_a_layer_returns_for_its_input_is_its_own_part(tmp_path):
    """Nothing was found that dx of a first layer is the gradient by: its input goes on beside."""
    report = checked(tmp_path, LAYER)
    assert report, report
    assert next(row.of for row in report.rows if row.name == "dx") == "dL/dX through out"
    assert verdicts(checked(tmp_path, LAYER.replace("self.W.T\n", "self.W\n")))["dx"] != "right"


def test_a_way_that_is_forgotten_is_not_called_right(tmp_path):
    assert verdicts(checked(tmp_path, INLINE))["dX"] == "cannot tell"


def test_what_a_step_hands_back_is_right_where_the_first_has_nothing_before_it(tmp_path):
    report = checked(tmp_path, RECURRENT)
    assert report, report
    assert verdicts(report)["dh_next"] == "right"
    assert not checked(tmp_path, RECURRENT.replace("da * wh\n", "da * wx\n"))
