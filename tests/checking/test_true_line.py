"""What is blamed is the line that is wrong, where what is right looks wrong beside it."""

import pytest

from tests.checking.files import checked, wrong

PENALTY = """\
import numpy as np

class Softmax:
    def __init__(self, eta=0.3, l2=0.05):
        self.eta, self.l2 = eta, l2

    def proba(self, X):
        e = np.exp(X @ self.w + self.b)
        return e / e.sum(axis=1, keepdims=True)

    def fit(self, X, y):
        n = int(y.max()) + 1
        self.w, self.b = 0.1 * np.random.randn(X.shape[1], n), np.zeros(n)
        Y = np.zeros((len(y), n))
        Y[np.arange(len(y)), y] = 1
        for _ in range(20):
            p = self.proba(X)
            cost = -np.mean(np.sum(Y * np.log(p), axis=1)) + 0.5 * self.l2 * np.sum(self.w**2)
            diff = p - Y
            grad_w = X.T @ diff / len(X)
            grad_b = diff.mean(axis=0)
            self.w -= self.eta * (grad_w + self.l2 * self.w)
            self.b -= self.eta * grad_b
        return self

y = np.repeat([0, 1, 2], 5)
model = Softmax().fit(np.random.randn(15, 2), y)
"""


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("", "", {}),
        ("+ self.l2 *", "+ 2 * self.l2 *", {"update w": 22}),
        ("self.eta * grad_b", "self.eta * grad_w.mean(axis=0)", {"update b": 23}),
        (" / len(X)\n", "\n", {"grad_w": 20}),
        ("(grad_w + self.l2 * self.w)", "grad_w", {"grad_w": 20}),
    ],
)
def test_the_penalty_may_come_in_the_update(tmp_path, old, new, at):
    """The labels are in order: of the first rows, to which they are cut, all would be of 0."""
    report = checked(tmp_path, PENALTY.replace(old, new) if old else PENALTY)
    assert {name: line for name, (line, _) in wrong(report).items()} == at, report
    assert bool(report) is not bool(old)
