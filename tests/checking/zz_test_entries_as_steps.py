"""Training whose loop is what makes the entries of a list: each is a step, as of a loop."""

import pytest

from tests.checking.files import checked, wrong

NET = """\
import numpy as np

class Layer:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m)
        self.W *= 0.5
        self.b = np.zeros(m)

class Net:
    def __init__(self):
        self.last, = [Layer(n, m) for n, m in [(3, 2)]]

    def step(self, x, y, rate=0.1):
        e = x @ self.last.W + self.last.b - y
        dW, db = np.outer(x, 2 * e), 2 * e
        self.last.W -= rate * dW
        self.last.b -= rate * db
        return (e ** 2).sum()

X, Y = np.random.rand(5, 3), np.random.rand(5, 2)
net = Net()
"""
LOOPS = (
    "losses = [net.step(X[k % 5], Y[k % 5]) for k in range(100)]",
    "losses = [sum(net.step(x, y) for x, y in zip(X, Y)) for epoch in range(20)]",
    "losses = {k: net.step(X[k], Y[k]) for k in range(5)}",
    "losses = list(map(net.step, X, Y))",
)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_step_makes_an_entry(tmp_path, loop):
    report = checked(tmp_path, NET + loop)
    assert report, report
    assert [row.name for row in report.rows] == ["dW", "db", "update last.W", "update last.b"]
    off = checked(
        tmp_path, NET.replace("np.outer(x, 2 * e)", "np.outer(x, 2 * y)") + loop, "off.py"
    )
    assert [(name, line) for name, (line, _) in wrong(off).items()] == [("dW", 15)]
