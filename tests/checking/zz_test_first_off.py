"""What is blamed is the first that is off, wherever it stands: all else only follows from it."""

import pytest

from tests.checking.files import checked, wrong

pytestmark = pytest.mark.usefixtures("without_examples")

STACK = """\
import numpy as np

class Dense:
    def __init__(self, n, k):
        self.W, self.b = np.random.randn(n, k), np.zeros(k)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T

class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out) * self.out

np.random.seed(1)
x, t = np.random.randn(5, 2), np.random.randn(5, 2)
dense = Dense(2, 3), Dense(3, 2)
stack = [dense[0], Sigmoid(), dense[1]]
for i in range(3):
    out = x
    for layer in stack:
        out = layer.forward(out)
    loss = ((out - t) ** 2).sum()
    dout = 2 * (out - t)
    for layer in stack[::-1]:
        dout = layer.backward(dout)
    for layer in dense:
        layer.W -= 0.1 * layer.dW
        layer.b -= 0.1 * layer.db
"""
ENTRIES = """\
import numpy as np

def slope(kind, s):
    if kind == "tanh":
        return 1 - np.tanh(s) ** 2
    return np.ones_like(s)

def activate(kind, s):
    return np.tanh(s) if kind == "tanh" else s

np.random.seed(0)
sizes, kinds = [2, 4, 3, 1], ["tanh", "tanh", "none"]
layers = [{"W": np.random.randn(n, k), "kind": a} for n, k, a in zip(sizes, sizes[1:], kinds)]
X = np.random.randn(5, 2)
Y = np.abs(X[:, [0]] - X[:, [1]])
for epoch in range(3):
    x = X
    for L in layers:
        L["in"] = x
        L["s"] = x @ L["W"]
        x = activate(L["kind"], L["s"])
    loss = 0.5 * np.mean((x - Y) ** 2)
    error = (x - Y) / len(Y)
    for L in reversed(layers):
        L["delta"] = error * slope(L["kind"], L["s"])
        L["gW"] = L["in"].T @ L["delta"]
        error = L["delta"] @ L["W"].T
    for L in layers:
        L["W"] = L["W"] - 0.3 * L["gW"]
"""
CENTERED = """\
import numpy as np

def affine(x, w, b):
    return x @ w + b, (x, w)

def affine_back(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)

def center(x, gamma):
    middle = x - x.mean(axis=0)
    return gamma * middle, (middle, gamma)

def center_back(dout, cache):
    middle, gamma = cache
    dgamma = (dout * middle).sum(axis=0)
    dmiddle = dout * gamma
    dx = dmiddle - dmiddle.mean(axis=0)
    return dx, dgamma

np.random.seed(2)
X, T = np.random.randn(5, 2), np.random.randn(5, 3)
w, b, gamma = np.random.randn(2, 3), np.zeros(3), np.ones(3)
for i in range(3):
    a, before = affine(X, w, b)
    out, cache = center(a, gamma)
    loss = ((out - T) ** 2).sum()
    da, dgamma = center_back(2 * (out - T), cache)
    dX, dw, db = affine_back(da, before)
    w -= 0.1 * dw
    b -= 0.1 * db
    gamma -= 0.1 * dgamma
"""
CELLS = """\
import numpy as np

def cell(x, prev, W, U):
    out = np.tanh(x @ W + prev @ U)
    return out, (x, prev, U, out)

def cell_back(dout, cache):
    x, prev, U, out = cache
    da = dout * (1 - out**2)
    return da @ U.T, x.T @ da, prev.T @ da

np.random.seed(3)
X, T = np.random.randn(3, 4, 2), np.random.randn(3, 4, 3)
W, U = np.random.randn(2, 3), np.random.randn(3, 3)
for i in range(3):
    caches, outs, prev = [], [], np.zeros((4, 3))
    for x in X:
        prev, cache = cell(x, prev, W, U)
        outs.append(prev)
        caches.append(cache)
    h = np.stack(outs)
    loss = ((h - T) ** 2).sum()
    dW, dU, back = np.zeros_like(W), np.zeros_like(U), np.zeros((4, 3))
    for t in reversed(range(3)):
        back, dw, du = cell_back(2 * (h - T)[t] + back, caches[t])
        dW += dw
        dU += du
    W -= 0.1 * dW
    U -= 0.1 * dU
"""
SAMPLES = """\
import numpy as np

def gradients(W, b, V, c, x, y):
    h = np.tanh(W @ x + b)
    delta = V @ h + c - y
    below = (V.T @ delta) * (1 - h**2)
    return [below @ x.T, delta @ h.T], [below, delta]

def descend(weights, biases, data):
    sum_w, sum_b = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    for x, y in data:
        nabla_w, nabla_b = gradients(weights[0], biases[0], weights[1], biases[1], x, y)
        for i in range(2):
            sum_w[i] += nabla_w[i]
            sum_b[i] += nabla_b[i]
    for i in range(2):
        weights[i] -= 0.1 / len(data) * sum_w[i]
        biases[i] -= 0.1 / len(data) * sum_b[i]

np.random.seed(4)
weights, biases = [np.random.randn(3, 2), np.random.randn(1, 3)], [np.ones((3, 1)), np.ones((1, 1))]
data = [(x, x[:1] * x[1:]) for x in np.random.randn(4, 2, 1)]
for epoch in range(3):
    descend(weights, biases, data)
"""
GRADES = """\
import math

def gradients(p, hours, sleep, passed):
    a = math.tanh(p["w1"] * hours + p["w2"] * sleep + p["b"])
    loss = (a - passed) ** 2
    d_L_d_a = 2 * (a - passed)
    d_L_d_z = d_L_d_a * (1 - a**2)
    return {
        "w1": d_L_d_z * hours,
        "w2": d_L_d_z * sleep,
        "b": d_L_d_z,
    }

p = {"w1": 0.3, "w2": -0.5, "b": 0.1}
for epoch in range(3):
    for hours, sleep, passed in [(0.2, 0.9, 0), (0.9, 0.5, 1), (0.7, 0.8, 1)]:
        g = gradients(p, hours, sleep, passed)
        for k in p:
            p[k] -= 0.5 * g[k]
"""
LOGISTIC = """\
import numpy as np

np.random.seed(5)
X, Y = np.random.randn(2, 6), np.array([[0, 1, 1, 0, 1, 0]])
w, b = np.random.randn(1, 2), np.zeros((1, 1))
for i in range(3):
    A = 1 / (1 + np.exp(-(w @ X + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = (A - Y) @ X.T / 6
    db = np.sum(A - Y, axis=1, keepdims=True) / 6
    w -= 0.1 * dw
    b -= 0.1 * db
"""
SERIES = """\
import math
import random

series = [math.sin(0.6 * k) for k in range(5)]
wx, wh, wy = (random.uniform(-1, 1) for _ in range(3))
for epoch in range(3):
    h = [0.0]
    for x in series[:-1]:
        h.append(wx * x + wh * h[-1])
    loss = 0.0
    for t in range(1, len(series)):
        loss += 0.5 * (wy * h[t] - series[t]) ** 2
    dwx = dwh = dwy = 0.0
    dh_next = 0.0
    for t in range(len(series) - 1, 0, -1):
        dy = wy * h[t] - series[t]
        dwy += dy * h[t]
        dh = dy * wy + dh_next
        dwx += dh * series[t - 1]
        dwh += dh * h[t - 1]
        dh_next = dh * wh
    wx -= 0.05 * dwx
    wh -= 0.05 * dwh
    wy -= 0.05 * dwy
"""
LAST = "keeps only the last round of the loop: = where += belongs"
CASES = {
    "what a method returns, where others of its name are of other layers": (
        *(STACK, "return dout * (1 - self.out) * self.out", "return dout * (1 - self.out)"),
        *("return dout * (1 - self.out)", "the factor self.out is left out"),
    ),
    "what is handed from layer to layer, right in the first round": (
        *(ENTRIES, 'error = L["delta"] @ L["W"].T', 'error = error @ L["W"].T'),
        *("error", ""),
    ),
    "what a function returns that has no other's name": (
        *(ENTRIES, "return 1 - np.tanh(s) ** 2", "return 1 + np.tanh(s) ** 2"),
        *("L['delta']", "adds where it should subtract"),
    ),
    "the cost, of which nothing is a gradient": (
        *(LOGISTIC, "np.log(1 - A)", "np.log(A)"),
        *("cost", "uses A where 1 - A belongs"),
    ),
    "what calls one function too many, in each round": (
        *(
            ENTRIES,
            "return 1 - np.tanh(s) ** 2",
            "return (1 - np.tanh(s) ** 2) * activate(kind, s)",
        ),
        *("L['delta']", "multiplies by activate(kind, s), which does not belong there"),
    ),
    "the slope of another activation": (
        *(GRADES, "(1 - a**2)", "a * (1 - a)"),
        "d_L_d_z",
        "has a * (1 - a), the slope of sigmoid, where 1 - a ** 2, that of tanh, belongs",
    ),
    "a bias before a mean is taken off, by which all is 0": (
        *(CENTERED, "dmiddle - dmiddle.mean(axis=0)", "dmiddle - dmiddle.sum(axis=0)"),
        *("dx", "uses sum where mean belongs"),
    ),
    "what a step hands back, which is only a part of the gradient": (
        *(CELLS, "da @ U.T", "da @ U"),
        *("return da @ U", "uses U where U.T belongs"),
    ),
    "an entry of what is returned, on a line of its own": (
        *(GRADES, '"w2": d_L_d_z * sleep', '"w2": d_L_d_z * hours'),
        *("w2", "uses hours where sleep belongs"),
    ),
}


def test_what_keeps_the_last_round_is_blamed_and_no_round(tmp_path):
    report = checked(tmp_path, SAMPLES.replace("sum_b[i] +=", "sum_b[i] ="))
    assert wrong(report) == {f"sum_b[{i}]": (15, LAST) for i in range(2)}, report


LONG = ["a bias before", "what a step hands back", "what is handed from layer"]  # 1 s each


@pytest.mark.parametrize(
    "case",
    [pytest.param(k, marks=[pytest.mark.slow] * k.startswith(tuple(LONG))) for k in CASES],
)
def test_the_first_that_is_off_is_blamed(tmp_path, case):
    text, old, new, name, words = CASES[case]
    assert text.count(old) == 1
    report = checked(tmp_path, text.replace(old, new))
    assert wrong(report) == {name: (text[: text.index(old)].count("\n") + 1, words)}, report


@pytest.mark.slow
@pytest.mark.parametrize("text", [STACK, ENTRIES, CENTERED, CELLS, SAMPLES, GRADES, LOGISTIC])
def test_as_they_should_be_they_are_right(tmp_path, text):
    report = checked(tmp_path, text)
    assert report, report


def test_what_is_handed_back_in_time_is_no_parameter_that_is_moved(tmp_path):
    """A multiple of a sum with what it was, by a number: the step ended there."""
    report = checked(tmp_path, SERIES)
    assert {"update wh", "update wy"} <= {row.name for row in report.rows}, report
    assert report, report
