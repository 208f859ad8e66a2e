"""A training pass that is not the predicting one: no line that is derived is blamed for it."""

import pytest

from tests.checking.files import checked, wrong

SCALARS = """\
import math

def sigmoid(z):
    return 1 / (1 + math.exp(-z))

def predict(x):
    h1, h2 = sigmoid(w1 * x + b1), sigmoid(w2 * x + b2)
    return sigmoid(w3 * h1 + w4 * h2 + b3)

w1, w2, w3, w4, b1, b2, b3 = 0.3, -0.8, 0.5, 0.9, 0.1, -0.2, 0.4
for epoch in range(100):
    for x, y in [(0.2, 1), (0.9, 0), (-0.3, 1)]:
        z1 = w1 * x + b1
        h1 = sigmoid(z1)
        z2 = w2 * x + b2
        h2 = sigmoid(z2)
        z3 = w3 * h1 + w4 * h2 + b3
        p = sigmoid(z3)
        d_L_d_p = -2 * (y - p)
        d_p_d_w3 = h1 * p * (1 - p)
        d_p_d_w4 = h2 * p * (1 - p)
        d_p_d_b3 = p * (1 - p)
        d_p_d_h1 = w3 * p * (1 - p)
        d_p_d_h2 = w4 * p * (1 - p)
        w1 -= 0.1 * d_L_d_p * d_p_d_h1 * x * h1 * (1 - h1)
        b1 -= 0.1 * d_L_d_p * d_p_d_h1 * h1 * (1 - h1)
        w2 -= 0.1 * d_L_d_p * d_p_d_h2 * x * h2 * (1 - h2)
        b2 -= 0.1 * d_L_d_p * d_p_d_h2 * h2 * (1 - h2)
        w3 -= 0.1 * d_L_d_p * d_p_d_w3
        w4 -= 0.1 * d_L_d_p * d_p_d_w4
        b3 -= 0.1 * d_L_d_p * d_p_d_b3
print(predict(0.5))
"""
FUNCTION = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
p = {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": rng.normal(size=(4, 2))}

def predict(data, p):
    return np.tanh(data @ p["W1"] + p["b1"]) @ p["W2"]

def train(X, Y, p, rate=0.05):
    for _ in range(20):
        Z = X @ p["W1"] + p["b1"]
        H = np.tanh(Z)
        P = H @ p["W2"]
        dP = 2 * (P - Y) / len(X)
        dW2 = H.T @ dP
        dZ = dP @ p["W2"].T * (1 - H ** 2)
        p["W1"] -= rate * X.T @ dZ
        p["b1"] -= rate * dZ.sum(axis=0)
        p["W2"] -= rate * dW2
    return p

p = train(X, Y, p)
print(predict(X, p))
"""
METHODS = """\
import numpy as np

class Net:
    def __init__(self):
        self.W1, self.b1 = np.random.randn(3, 4), np.zeros((1, 4))
        self.W2, self.b2 = np.random.randn(4, 1), np.zeros((1, 1))

    def sig(self, z):
        return 1 / (1 + np.exp(-z))

    def predict(self, X):
        return self.sig(self.sig(X @ self.W1 + self.b1) @ self.W2 + self.b2)

    def fit(self, X, y, rate=0.1):
        for i in range(50):
            A1 = self.sig(X @ self.W1 + self.b1)
            A2 = self.sig(A1 @ self.W2 + self.b2)
            dZ2 = A2 - y
            dZ1 = dZ2 @ self.W2.T * A1 * (1 - A1)
            self.W2 -= rate * A1.T @ dZ2 / len(X)
            self.b2 -= rate * dZ2.sum(axis=0, keepdims=True) / len(X)
            self.W1 -= rate * X.T @ dZ1 / len(X)
            self.b1 -= rate * dZ1.sum(axis=0, keepdims=True) / len(X)

np.random.seed(0)
X = np.random.randn(6, 3)
net = Net()
net.fit(X, (X[:, :1] > 0).astype(float))
print(net.predict(X))
"""
LINES = """\
import numpy as np

np.random.seed(1)
X = np.random.randn(10, 3)
y = (X[:, 0] > 0).astype(float)
w, b = np.random.randn(3), 0.1

def forward(X, w, b):
    return 1 / (1 + np.exp(-(X @ w + b)))

for i in range(100):
    z = X @ w + b
    p = 1 / (1 + np.exp(-z))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dz = (p - y) / len(X)
    w -= 0.1 * X.T @ dz
    b -= 0.1 * dz.sum()
print(forward(X, w, b))
"""
CASES = {
    "scalars": (
        SCALARS,
        "w3 * h1 + w4 * h2 + b3\n        p",
        "h2",
        "z2",
        "uses z2 where h2 belongs",
    ),
    "function": (FUNCTION, 'P = H @ p["W2"]', "H", "Z", "uses Z where H belongs"),
    "methods": (
        *(METHODS, "A2 = self.sig(A1 @ self.W2 + self.b2)", "self.b2", "self.b1[:, :1]"),
        "uses self.b1 where self.b2 belongs",
    ),
    "lines": (LINES, "z = X @ w + b", "+", "-", "subtracts where it should add"),
}


def edited(case):
    """The code with its mistake, the line that has it, and what is wrong there."""
    code, line, right, written, mistake = CASES[case]
    assert code.count(line) == 1
    before = code.partition(line)[0]
    return code.replace(line, line.replace(right, written, 1)), before.count("\n") + 1, mistake


@pytest.mark.parametrize("case", CASES)
def test_the_training_pass_is_blamed_and_nothing_that_is_derived(tmp_path, case):
    """Five right lines of the script of scalars were blamed."""
    code, line, mistake = edited(case)
    report = checked(tmp_path, code)
    found = wrong(report)
    assert list(found) == ["forward"], report
    assert found["forward"] == (line, mistake)
    assert "training does not compute what" in next(r.why for r in report.rows if r.why)
    assert any(row.follows == ("forward",) for row in report.rows)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_training_pass_that_is_the_predicting_one_is_no_row(tmp_path, case):
    report = checked(tmp_path, CASES[case][0])
    assert report, report
    assert not wrong(report)


@pytest.mark.slow
def test_a_mistake_in_what_is_derived_is_blamed_beside_that_of_the_pass(tmp_path):
    code, line, mistake = edited("function")
    report = checked(tmp_path, code.replace("(1 - H ** 2)", "(1 - Z ** 2)"))
    assert wrong(report) == {"forward": (line, mistake), "dZ": (line + 3, mistake)}, report


def test_units_that_training_drops_are_no_mistake(tmp_path):
    """What predicts drops none; the mistake is another, and said as it is."""
    dropped = FUNCTION.replace(
        "H = np.tanh(Z)\n", "H = np.tanh(Z)\n        M = np.array([2.0, 0.0, 2.0, 2.0])\n"
    )
    dropped = dropped.replace("P = H @", "P = (H * M) @").replace("dW2 = H.T", "dW2 = (H * M).T")
    dropped = dropped.replace('p["W2"].T * (1', 'p["W2"].T * M * (1')
    assert checked(tmp_path, dropped)
    report = checked(tmp_path, dropped.replace("(1 - H ** 2)", "(1 - Z ** 2)"))
    assert "forward" not in wrong(report), report
    assert [mistake for _, mistake in wrong(report).values()] == ["uses Z where H belongs"]
