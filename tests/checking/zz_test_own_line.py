"""Files with one mistake each: it is blamed on its own line only, in words that are true."""

from types import SimpleNamespace

import pytest

from microgradnet.checking.parts import apart
from microgradnet.tracing.arrays import Values
from tests.checking.files import checked, wrong

NEURON = """\
import math
import random

data = [[3, 1.5, 1], [2, 1, 0], [4, 1.5, 1], [3.5, 0.5, 0]]
w1, w2, b, rate = random.random(), random.random(), random.random(), 0.1
for i in range(8):
    point = data[i % 4]
    z = point[0] * w1 + point[1] * w2 + b
    pred = 1 / (1 + math.exp(-z))
    cost = (pred - point[2]) ** 2
    dcost_dpred = 2 * (pred - point[2])
    dpred_dz = pred * (1 - pred)
    dz_dw1 = point[0]
    dz_dw2 = point[1]
    dcost_dz = dcost_dpred * dpred_dz
    dcost_dw1 = dcost_dz * dz_dw1
    dcost_dw2 = dcost_dz * dz_dw2
    w1 = w1 - rate * dcost_dw1
    w2 = w2 - rate * dcost_dw2
    b = b - rate * dcost_dz
"""
POLYNOMIAL = """\
import numpy as np

x = np.linspace(-1, 1, 7)
y = np.sin(x)
a, b, rate = np.random.randn(), np.random.randn(), 0.01
for t in range(9):
    y_pred = a + b * x
    loss = np.square(y_pred - y).sum()
    grad_y_pred = 2.0 * (y_pred - y)
    grad_a = grad_y_pred.sum()
    grad_b = (grad_y_pred * x).sum()
    a -= rate * grad_a
    b -= rate * grad_b
"""
TWICE = """\
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def slope(output):
    return output * (1 - output)

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(1)
W, V = np.random.random((3, 4)), np.random.random((4, 1))
for j in range(9):
    hidden = sigmoid(X @ W)
    out = sigmoid(hidden @ V)
    out_delta = (out - y) * slope(out)
    hidden_delta = out_delta @ V.T * slope(hidden)
    V -= hidden.T @ out_delta
    W -= X.T @ hidden_delta
"""
DEEP = """\
import numpy as np

def relu(z):
    return np.maximum(0, z)

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def relu_back(dA, Z):
    return dA * (Z > 0)

def sigmoid_back(dA, Z):
    s = sigmoid(Z)
    return dA * s * (1 - s)

FORWARD = {"relu": relu, "sigmoid": sigmoid}
BACK = {"relu": relu_back, "sigmoid": sigmoid_back}

def linear_back(dZ, before, W, lam):
    m = before.shape[1]
    dW = dZ @ before.T / m + 2 * lam * W
    db = dZ.sum(axis=1, keepdims=True) / m
    return W.T @ dZ, dW, db

def train(X, Y, sizes, kinds, lam, rate):
    np.random.seed(2)
    Ws = [np.random.randn(n, k) for k, n in zip(sizes, sizes[1:])]
    bs = [np.random.randn(n, 1) for n in sizes[1:]]
    for epoch in range(4):
        A, kept = X, []
        for W, b, kind in zip(Ws, bs, kinds):
            Z = W @ A + b
            kept.append((A, Z))
            A = FORWARD[kind](Z)
        cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
        cost = cost + lam * sum((W**2).sum() for W in Ws)
        dA = (A - Y) / (A * (1 - A))
        grads = {}
        for i in reversed(range(len(Ws))):
            before, Z = kept[i]
            dZ = BACK[kinds[i]](dA, Z)
            dA, grads["dW" + str(i)], grads["db" + str(i)] = linear_back(dZ, before, Ws[i], lam)
        for i in range(len(Ws)):
            Ws[i] -= rate * grads["dW" + str(i)]
            bs[i] -= rate * grads["db" + str(i)]

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 6))
train(X, (X[:1] > 0).astype(float), [3, 4, 1], ["relu", "sigmoid"], 0.1, 0.5)
"""
RECURRENT = """\
import numpy as np

np.random.seed(3)
Wx, Wh, Wy = np.random.randn(2, 4), np.random.randn(4, 4), np.random.randn(4, 2)
X, Y = np.random.randn(5, 2), np.random.randn(5, 2)
smooth_loss = 3.0
for step in range(4):
    hs, loss = {-1: np.zeros(4)}, 0
    ps = {}
    for t in range(5):
        hs[t] = np.tanh(X[t] @ Wx + hs[t - 1] @ Wh)
        ps[t] = hs[t] @ Wy
        loss += np.sum((ps[t] - Y[t]) ** 2)
    dWx, dWh, dWy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy)
    dnext = np.zeros(4)
    for t in reversed(range(5)):
        dp = 2 * (ps[t] - Y[t])
        dWy += np.outer(hs[t], dp)
        dh = Wy @ dp + dnext
        da = dh * (1 - hs[t] ** 2)
        dWx += np.outer(X[t], da)
        dWh += np.outer(hs[t - 1], da)
        dnext = Wh @ da
    smooth_loss = smooth_loss * 0.999 + loss * 0.001
    Wx -= 0.1 * dWx
    Wh -= 0.1 * dWh
    Wy -= 0.1 * dWy
"""
BATCHES = """\
import numpy as np

class Net:
    def __init__(self, n, k):
        self.W = np.random.randn(k, n)
        self.b = np.zeros(k)

    def gradients(self, x, target):
        e = np.exp(self.W @ x + self.b)
        p = e / e.sum()
        delta = p.copy()
        delta[target] -= 1
        return -np.log(p[target]), np.outer(delta, x), delta

    def step(self, batch, rate):
        gW, gb = np.zeros_like(self.W), np.zeros_like(self.b)
        loss = 0.0
        for x, t in batch:
            l, dW, db = self.gradients(x, t)
            loss += l / len(batch)
            gW += dW / len(batch)
            gb += db / len(batch)
        self.W -= rate * gW
        self.b -= rate * gb
        return loss

rng = np.random.default_rng(0)
data = list(zip(rng.normal(size=(6, 2)), [0, 1, 2, 0, 1, 2]))
net = Net(2, 3)
for epoch in range(3):
    net.step(data, 0.1)
"""
MEAN = "averages where it should sum: divided by 7, the number of samples, once too often"
VELOCITIES = """\
import math
import random

random.seed(100)
layers = [
    [
        {"w": [random.uniform(-0.6, 0.6) for _ in range(n)], "b": 0.1, "v": [0.0] * (n + 1)}
        for _ in range(m)
    ]
    for n, m in ((2, 3), (3, 1))
]

def forward(values):
    for layer in layers:
        for node in layer:
            node["in"] = values
            s = node["b"] + sum(w * v for w, v in zip(node["w"], values))
            node["out"] = 1 / (1 + math.exp(-s))
        values = [node["out"] for node in layer]
    return values

def backward(target):
    for t, node in zip(target, layers[-1]):
        node["delta"] = node["out"] - t
    for upper, layer in zip(layers[:0:-1], layers[-2::-1]):
        for j, node in enumerate(layer):
            back = sum(above["delta"] * above["w"][j] for above in upper)
            node["delta"] = back * node["out"] * (1 - node["out"])

def move(rate, momentum):
    for layer in layers:
        for node in layer:
            for k, g in enumerate([node["delta"] * v for v in node["in"]] + [node["delta"]]):
                node["v"][k] = momentum * node["v"][k] - rate * g
            for k in range(len(node["w"])):
                node["w"][k] += node["v"][k]
            node["b"] += node["v"][-1]

for epoch in range(15):
    for values, target in [([0, 0], [0]), ([0, 1], [1]), ([1, 0], [1]), ([1, 1], [0])]:
        [out], [t] = forward(values), target
        loss = -(t * math.log(out) + (1 - t) * math.log(1 - out))
        backward(target)
        move(0.3, 0.6)
"""
ALL = [NEURON, POLYNOMIAL, TWICE, DEEP, RECURRENT, BATCHES, VELOCITIES]
CASES = {
    "a plain number for another": (
        *(NEURON, "dz_dw2 = point[1]", "dz_dw2 = point[0]"),
        *("dz_dw2", "uses point[0] where point[1] belongs"),
    ),
    "a mean over what has one axis": (
        *(POLYNOMIAL, "grad_a = grad_y_pred.sum()", "grad_a = grad_y_pred.mean()"),
        *("grad_a", MEAN),
    ),
    "activated twice": (
        *(TWICE, "slope(hidden)", "slope(sigmoid(hidden))"),
        *("hidden_delta", "uses sigmoid(hidden) where hidden belongs"),
    ),
    "the slope at what was computed in the call": (
        *(TWICE, "slope(hidden)", "slope(X @ W)"),
        *("hidden_delta", "uses X @ W where hidden belongs"),
    ),
    "a helper out of a dict": (
        *(DEEP, "return dA * s * (1 - s)", "return dA * (1 - s)"),
        *("return dA * (1 - s)", "the factor s is left out"),
    ),
    "a helper for all layers": (
        *(DEEP, "/ m + 2 * lam * W", "/ m + lam * W"),
        *("dW", "a factor 2 is missing in lam * W"),
    ),
    "the first of two that write it": (
        *(POLYNOMIAL, "2.0 * (y_pred - y)", "2.0 * (y_pred + y)\n    grad_y_pred *= 1.0"),
        *("grad_y_pred", "adds where it should subtract"),
    ),
    "what comes back in time left out": (
        *(RECURRENT, "dh = Wy @ dp + dnext", "dh = Wy @ dp"),
        *("dh", "the term + dnext is left out"),
    ),
    "another round of a sum": (
        *(RECURRENT, "np.outer(hs[t - 1], da)", "np.outer(hs[t], da)"),
        *("dWh", "uses hs[t] where hs[t - 1] belongs"),
    ),
    "the loss of another output, with velocities in the neurons": (
        *(VELOCITIES, '= node["out"] - t', '= (node["out"] - t) * node["out"] * (1 - node["out"])'),
        "node['delta']",
        "multiplies by node['out'] * (1 - node['out']), which does not belong there",
    ),
    "the mean over pairs": (
        *(BATCHES, "gb += db / len(batch)", "gb += db"),
        *("gb", "a factor 1/6 is missing: the mean over the 6 samples"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_blamed_on_its_own_line(tmp_path, case):
    text, old, new, name, words = CASES[case]
    assert text.count(old) == 1
    report = checked(tmp_path, text.replace(old, new))
    assert wrong(report) == {name: (text[: text.index(old)].count("\n") + 1, words)}, report


@pytest.mark.slow
@pytest.mark.parametrize("text", ALL)
def test_the_same_files_as_they_should_be_are_right(tmp_path, text):
    report = checked(tmp_path, text)
    assert report, report
    assert "times those of L" not in report.note  # the loss is none that is smoothed


@pytest.mark.slow
def test_a_quotient_of_two_numbers_of_the_data_is_no_factor(tmp_path):
    text = NEURON.replace("[[3, 1.5, 1]", "[[3, 1.7, 1]")
    report = checked(tmp_path, text.replace("rate * dcost_dw2", "rate * dcost_dw1"))
    [(line, mistake)] = wrong(report).values()
    assert line == 19
    assert "factor" not in mistake
    assert "rate of the others" not in mistake


def test_what_an_edit_writes_is_written_nowhere_else():
    """`self.b += ...` of each edit that was tried moved the object that the others started from."""
    net = SimpleNamespace(b=Values.of([1.0, 2.0]), rate=0.1, parts=[1.0])
    other = apart(net)
    other.b += 1.0
    other.parts += [2.0]
    assert (net.b.tolist(), net.parts) == ([1.0, 2.0], [1.0])


LAYERS = """\
import numpy as np

class Net:
    def __init__(self):
        np.random.seed(10)
        self.W, self.b = np.random.uniform(-1, 1, (2, 3)), np.random.uniform(-1, 1, (1, 3))
        self.V, self.c = np.random.uniform(-1, 1, (3, 1)), np.random.uniform(-1, 1, (1, 1))

    def train(self, X, y, rate):
        h = np.tanh(X @ self.W + self.b)
        p = h @ self.V + self.c
        loss = 0.5 * ((p - y) ** 2).sum()
        delta = p - y
        hidden_delta = delta @ self.V.T * (1 - h ** 2)
        self.V -= rate * h.T @ delta
        self.c -= rate * delta.sum(axis=0, keepdims=True)
        self.W -= rate * X.T @ hidden_delta
        self.b -= rate * delta.sum(axis=0, keepdims=True)

net, X = Net(), np.array([[0.0, 0.3], [0.2, 1.0], [1.0, 0.5], [1.0, 1.0]])
for i in range(10):
    net.train(X, X[:, :1] * X[:, 1:], 0.1)
"""


def test_the_update_of_an_attribute_is_told_in_words(tmp_path):
    [mistake] = wrong(checked(tmp_path, LAYERS)).values()
    assert mistake == (18, "uses delta where hidden_delta belongs")
