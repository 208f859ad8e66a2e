"""Nets that lead an input around a step, `x = x + h`: that is no parameter that moves."""

import pytest

from tests.checking.files import checked, wrong

LAYERS = """\
import numpy as np
np.random.seed(0)
X, y = np.random.randn(9, 4), np.random.randn(9, 4)
Ws = [np.random.randn(4, 4) * 0.3 for _ in range(3)]
for epoch in range(20):
    x = X
    hs, zs = [], []
    for W in Ws:
        z = x @ W
        hs.append(x)
        zs.append(z)
        x = x + np.tanh(z)
    loss = np.mean((x - y) ** 2)
    dx = 2 * (x - y) / y.size
    dWs = []
    for W, h, z in zip(Ws[::-1], hs[::-1], zs[::-1]):
        dz = dx * (1 - np.tanh(z) ** 2)
        dWs.insert(0, h.T @ dz)
        dx = dx + dz @ W.T
    for W, dW in zip(Ws, dWs):
        W -= 0.1 * dW
"""
BLOCKS = """\
import numpy as np

def block(x, W):
    h = np.maximum(0, x @ W)
    x = x + h
    return x, h

def train(X, y, lr=0.1):
    W1 = np.random.randn(4, 4)
    W2 = np.random.randn(4, 4)
    for i in range(100):
        x1, h1 = block(X, W1)
        x2, h2 = block(x1, W2)
        loss = ((x2 - y) ** 2).mean()
        dx2 = 2 * (x2 - y) / y.size
        dh2 = dx2 * (h2 > 0)
        dW2 = x1.T @ dh2
        dx1 = dx2 + dh2 @ W2.T
        dh1 = dx1 * (h1 > 0)
        dW1 = X.T @ dh1
        W1 -= lr * dW1
        W2 -= lr * dW2

train(np.random.randn(8, 4), np.random.randn(8, 4))
"""


@pytest.mark.parametrize("text", [LAYERS, BLOCKS])
def test_they_are_right(tmp_path, text):
    report = checked(tmp_path, text)
    assert report
    assert "update x" not in {row.name for row in report.rows}
    assert "does not compute" not in report.note


@pytest.mark.parametrize(
    ("text", "old", "new", "row", "line"),
    [
        (LAYERS, "dx = dx + dz @ W.T", "dx = dz @ W.T", "dx", 19),
        (BLOCKS, "dx1 = dx2 + dh2", "dx1 = dh2", "dx1", 18),
    ],
)
def test_the_path_around_a_step_is_not_left_out(tmp_path, text, old, new, row, line):
    found = wrong(checked(tmp_path, text.replace(old, new)))
    assert {name: at for name, (at, _) in found.items()} == {row: line}
