"""Right files with habits that people have: none is called wrong, and none is refused."""

import pytest

from tests.checking.files import checked

COST_AFTER = """
import numpy as np

def predicted(w, X):
    return 1 / (1 + np.exp(-X @ w))

def cost(w, X, y, lam):
    p = predicted(w, X)
    fit = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return fit + lam / (2 * len(y)) * np.sum(w[1:] ** 2)

def slope(w, X, y, lam):
    dw = X.T @ (predicted(w, X) - y) / len(y)
    dw[1:] += lam * w[1:] / len(y)
    return dw

rng = np.random.default_rng(3)
X = np.column_stack([np.ones(20), rng.normal(size=(20, 2))])
y = (X[:, 1] + X[:, 2] > 0) * 1.0
w, costs = np.zeros(3), []
for step in range(50):
    w = w - 0.2 * slope(w, X, y, 0.7)
    costs.append(cost(w, X, y, 0.7))
"""


@pytest.mark.slow
def test_a_cost_that_is_computed_after_the_step(tmp_path):
    assert checked(tmp_path, COST_AFTER)
    off = checked(tmp_path, COST_AFTER.replace("lam * w[1:]", "2 * lam * w[1:]"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [14]


CLIPPED = """
import numpy as np

rng = np.random.default_rng(1)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for step in range(30):
    P = X @ W + b
    loss = np.sum((P - T) ** 2) / 2
    dP = P - T
    grads = {"W": X.T @ dP, "b": dP.sum(axis=0)}
    for name in grads:
        np.clip(grads[name], -2, 2, out=grads[name])
    W -= 0.1 * grads["W"]
    b -= 0.1 * grads["b"]
"""


@pytest.mark.slow
def test_gradients_that_are_clipped_where_they_are_large(tmp_path):
    assert checked(tmp_path, CLIPPED)
    off = checked(tmp_path, CLIPPED.replace("dP = P - T", "dP = P + T"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [10]
    unmoved = checked(tmp_path, CLIPPED.replace('0.1 * grads["b"]', '0.1 * grads["W"][0]'))
    assert [row.name for row in unmoved.rows if row.verdict == "wrong"] == ["update b"]


TWO_INPUTS = """
import numpy as np

def blend_forward(a, b):
    out = a * np.tanh(b)
    return out, (a, np.tanh(b))

def blend_backward(dout, cache):
    a, t = cache
    da = dout * t
    db = dout * a * (1 - t ** 2)
    return da, db
"""


@pytest.mark.slow
def test_a_layer_of_two_arrays_alike(tmp_path):
    assert checked(tmp_path, TWO_INPUTS)
    assert not checked(tmp_path, TWO_INPUTS.replace("(1 - t ** 2)", "(1 - t)"))


NESTED = """
import math, random
random.seed(7)

def make(n, k):
    return [{"weights": [random.uniform(-1, 1) for _ in range(k)], "bias": 0.1} for _ in range(n)]

def run(net, x):
    for layer in net:
        x = [fire(unit, x) for unit in layer]
    return x

def fire(unit, x):
    unit["x"] = x
    unit["y"] = 1 / (1 + math.exp(-sum(w * v for w, v in zip(unit["weights"], x)) - unit["bias"]))
    return unit["y"]

def blame(net, wanted):
    for k, unit in enumerate(net[1]):
        unit["delta"] = (unit["y"] - wanted[k]) * unit["y"] * (1 - unit["y"])
    for j, unit in enumerate(net[0]):
        back = sum(other["weights"][j] * other["delta"] for other in net[1])
        unit["delta"] = back * unit["y"] * (1 - unit["y"])

def learn(net, rate):
    for layer in net:
        for unit in layer:
            for j in range(len(unit["weights"])):
                unit["weights"][j] -= rate * unit["delta"] * unit["x"][j]
            unit["bias"] -= rate * unit["delta"]

net = [make(3, 2), make(2, 3)]
rows = [([0.2, 0.9], [1, 0]), ([-0.4, 0.5], [0, 1])]
for epoch in range(100):
    error = 0
    for x, wanted in rows:
        out = run(net, x)
        error += sum((o - w) ** 2 for o, w in zip(out, wanted)) / 2
        blame(net, wanted)
        learn(net, 0.3)
"""


@pytest.mark.slow
def test_a_script_whose_numbers_are_in_lists_and_dicts(tmp_path):
    assert checked(tmp_path, NESTED)
    off = checked(tmp_path, NESTED.replace("back = sum(other", "back = -sum(other"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [22]


UNNAMED = """
import math, random

class Unit:
    def __init__(self, n):
        self.w = [random.gauss(0, 1) for _ in range(n)]
        self.b, self.out, self.delta = 0.0, 0.0, 0.0

    def fire(self, x):
        self.x = x
        self.out = math.tanh(sum(w * v for w, v in zip(self.w, x)) + self.b)
        return self.out

class Net:
    def __init__(self, *sizes):
        self.layers = [[Unit(n) for _ in range(k)] for n, k in zip(sizes, sizes[1:])]

    def run(self, x):
        for layer in self.layers:
            x = [unit.fire(x) for unit in layer]
        return x

    def learn(self, x, wanted, rate):
        self.run(x)
        for unit, t in zip(self.layers[-1], wanted):
            unit.delta = (t - unit.out) * (1 - unit.out ** 2)
        for j, unit in enumerate(self.layers[0]):
            back = sum(other.w[j] * other.delta for other in self.layers[1])
            unit.delta = back * (1 - unit.out ** 2)
        for layer in self.layers:
            for unit in layer:
                for j, v in enumerate(unit.x):
                    unit.w[j] += rate * unit.delta * v
                unit.b += rate * unit.delta

def main():
    net = Net(2, 3, 2)
    for epoch in range(50):
        for x, wanted in [([0.5, -0.3], [1, -1]), ([0.1, 0.8], [-1, 1])]:
            net.learn(x, wanted, 0.2)

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
def test_objects_that_a_function_makes_and_no_loss(tmp_path):
    assert checked(tmp_path, UNNAMED)
    off = checked(tmp_path, UNNAMED.replace("back * (1 - unit.out ** 2)", "back * (1 - unit.out)"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [29]


STATE = """
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(4, 3)), rng.normal(size=2)
W, U, V = rng.normal(size=(5, 3)), rng.normal(size=(5, 5)), rng.normal(size=(2, 5))

def step(x, h):
    return np.tanh(W @ x + U @ h)

for i in range(50):
    h = np.zeros(5)
    hs = [h]
    for x in X:
        h = step(x, h)
        hs.append(h)
    p = V @ h
    loss = np.sum((p - y) ** 2) / 2
    dp = p - y
    dV = np.outer(dp, h)
    dh = V.T @ dp
    dW, dU = np.zeros_like(W), np.zeros_like(U)
    for t in reversed(range(4)):
        da = dh * (1 - hs[t + 1] ** 2)
        dW += np.outer(da, X[t])
        dU += np.outer(da, hs[t])
        dh = U.T @ da
    W -= 0.1 * dW
    U -= 0.1 * dU
    V -= 0.1 * dV
"""
AT_ONCE = """
def mean_error(a, c, points):
    return sum((y - (a * x + c)) ** 2 for x, y in points) / len(points)

def moved(a, c, points, rate):
    a_gradient = c_gradient = 0
    for x, y in points:
        a_gradient += -2 / len(points) * x * (y - (a * x + c))
        c_gradient += -2 / len(points) * (y - (a * x + c))
    return a - rate * a_gradient, c - rate * c_gradient

def main():
    points = [(0.5, 1.2), (1.5, 2.9), (2.5, 5.3)]
    a, c = 0, 0
    print(mean_error(a, c, points))
    for i in range(1000):
        a, c = moved(a, c, points, 0.01)
    print(a, c)

main()
"""
TARGETS_IN_TURN = """
import numpy as np
rng = np.random.default_rng(2)
W, U, v = rng.normal(size=(2, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 1))

def squashed(z):
    return 1 / (1 + np.exp(-z))

for i in range(40):
    bits, sums = rng.integers(0, 2, (3, 2)), rng.integers(0, 2, 3)
    hidden, deltas, right = [np.zeros((1, 4))], [], 0
    for k in range(3):
        y = np.array([[sums[k]]])
        h = squashed(bits[k : k + 1] @ W + hidden[-1] @ U)
        out = squashed(h @ v)
        miss = out - y
        right += np.round(out[0][0]) == sums[k]
        deltas.append(miss * out * (1 - out))
        hidden.append(h)
    dW, dU, dv = np.zeros_like(W), np.zeros_like(U), np.zeros_like(v)
    later = np.zeros((1, 4))
    for k in (2, 1, 0):
        h = hidden[k + 1]
        dv += h.T @ deltas[k]
        later = (later @ U.T + deltas[k] @ v.T) * h * (1 - h)
        dU += hidden[k].T @ later
        dW += bits[k : k + 1].T @ later
    W -= 0.5 * dW
    U -= 0.5 * dU
    v -= 0.5 * dv
"""
UNITS_OFF = """
import numpy as np

class Net:
    def __init__(self):
        self.w1, self.w2, self.v1, self.v2 = np.random.randn(4)
        self.b1, self.b2, self.c = np.random.randn(3) * 0.1

    def train(self, X, y, rate):
        for x, t in zip(X, y):
            z1, z2 = self.w1 * x + self.b1, self.w2 * x + self.b2
            h1, h2 = max(0, z1), max(0, z2)
            miss = self.v1 * h1 + self.v2 * h2 + self.c - t
            g1, g2 = miss * self.v1 * (z1 > 0), miss * self.v2 * (z2 > 0)
            self.v1 -= rate * miss * h1
            self.v2 -= rate * miss * h2
            self.c -= rate * miss
            self.w1 -= rate * g1 * x
            self.b1 -= rate * g1
            self.w2 -= rate * g2 * x
            self.b2 -= rate * g2

net = Net()
net.train(np.array([0.5, -1.5, 2.5]), np.array([1.5, 0.5, -0.5]), 0.1)
"""
SIZES = """
import numpy as np
N, H = 9, 7
X, y = np.random.randn(N, 4), np.random.randn(N, 2)
a, b = np.random.randn(4, H), np.random.randn(H, 2)
for i in range(40):
    h = X @ a
    on = np.maximum(0, h)
    loss = np.square(on @ b - y).sum()
    grad_out = 2 * (on @ b - y)
    grad_on = grad_out @ b.T
    grad_h = grad_on * (h > 0)
    b -= 0.01 * on.T @ grad_out
    a -= 0.01 * X.T @ grad_h
"""
RIGHT = {
    "a state that starts as zeros": (STATE, 9),
    "parameters that are moved at once": (AT_ONCE, 2),
    "a target made in each round": (TARGETS_IN_TURN, 8),
    "numbers that are drawn, and units that are off": (UNITS_OFF, 7),
    "a size by the name of an array": (SIZES, 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_a_habit_is_right_and_all_of_it_is_judged(name, tmp_path):
    text, rows = RIGHT[name]
    report = checked(tmp_path, text)
    assert report, report
    assert len(report.rows) >= rows, report


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "was", "now", "line"),
    [
        (STATE, "dU += np.outer(da, hs[t])", "dU += np.outer(da, hs[t + 1])", 25),
        (AT_ONCE, "len(points) * x * (y", "len(points) * (y", 8),
        (TARGETS_IN_TURN, "hidden[k].T @ later", "hidden[k + 1].T @ later", 26),
        (UNITS_OFF, "self.b2 -= rate * g2", "self.b2 -= rate * g1", 21),
        (SIZES, "grad_on * (h > 0)", "grad_on * (h < 0)", 12),
    ],
)
def test_and_a_mistake_in_it_is_told(text, was, now, line, tmp_path):
    report = checked(tmp_path, text.replace(was, now))
    assert [row.line for row in report.rows if row.verdict == "wrong"] == [line], report


GATES = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def cell_forward(x, prev_h, prev_c, Wx, Wh, b):
    n = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = (sigmoid(a[:, k * n : (k + 1) * n]) for k in range(3))
    g = np.tanh(a[:, 3 * n :])
    c = f * prev_c + i * g
    t = np.tanh(c)
    return o * t, c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, t)

def cell_backward(dh, dc, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, t = cache
    dc = dc + dh * o * (1 - t ** 2)
    gates = dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dh * t * o * (1 - o)
    da = np.hstack([*gates, dc * i * (1 - g ** 2)])
    dx, dprev_h, dprev_c = da @ Wx.T, da @ Wh.T, dc * f
    dWx, dWh, db = x.T @ da, prev_h.T @ da, da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
"""


@pytest.mark.slow
def test_a_cell_that_hands_on_two_states(tmp_path):
    report = checked(tmp_path, GATES)
    assert report, report
    assert {"dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"} <= {row.name for row in report.rows}
    off = checked(tmp_path, GATES.replace("dc * prev_c * f * (1 - f)", "dc * prev_c * f"))
    assert not off, off


NORMALISED = """
import numpy as np

def norm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mean, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + eps)
    scaled = (x - mean) / std
    return gamma * scaled + beta, (scaled, gamma, std)

def norm_backward(dout, cache):
    scaled, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * scaled).sum(axis=0)
    ds = dout * gamma
    dx = (ds - ds.mean(axis=0) - scaled * (ds * scaled).mean(axis=0)) / std
    return dx, dgamma, dbeta
"""


@pytest.mark.slow
def test_a_layer_that_scales_what_it_normalises(tmp_path):
    report = checked(tmp_path, NORMALISED)
    assert report, report
    assert {"dx", "dgamma", "dbeta"} <= {row.name for row in report.rows}
    off = checked(tmp_path, NORMALISED.replace("(dout * scaled).sum", "(dout * gamma).sum"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [14]


SCALED = """
import numpy as np

rng = np.random.default_rng(4)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W = rng.normal(size=(3, 2)) * 0.3
b = np.zeros(2)
for step in range(30):
    P = X @ W + b
    loss = np.sum((P - T) ** 2) / 2
    dP = P - T
    W -= 0.1 * X.T @ dP
    b -= 0.1 * dP.sum(axis=0)
"""
IN_PLACE = SCALED.replace(" * 0.3", "\nW *= 0.3")
ANEW = SCALED.replace(" * 0.3", "\nW = W / np.sqrt(3)")
MADE = SCALED.replace("W = rng", "def made():\n    W = rng").replace(
    " * 0.3", "\n    W *= 0.3\n    return W\nW = made()"
)


@pytest.mark.slow
@pytest.mark.parametrize("text", [SCALED, IN_PLACE, ANEW, MADE])
def test_a_parameter_that_is_scaled_before_it_is_trained(text, tmp_path):
    right = checked(tmp_path, text)
    assert right, right
    assert {"update W", "update b"} <= {row.name for row in right.rows}, right
    off = checked(tmp_path, text.replace("X.T @ dP", "X.T @ P"))
    assert [row.name for row in off.rows if row.verdict == "wrong"] == ["update W"], off


KINDS_OF_METHODS = """
import numpy as np

class Net:
    def __init__(self, n):
        self._rng = np.random.default_rng(4)
        self.W, self.b = self.rng.normal(size=(n, 2)), np.zeros(2)

    @property
    def rng(self):
        return self._rng

    @classmethod
    def of(cls, n):
        return cls(n)

    @staticmethod
    def act(z):
        return 1 / (1 + np.exp(-z))

    def step(self, X, T):
        P = self.act(X @ self.W + self.b)
        loss = np.sum((P - T) ** 2) / 2
        dZ = (P - T) * P * (1 - P)
        self.W -= 0.1 * X.T @ dZ
        self.b -= 0.1 * dZ.sum(axis=0)
        return loss

rng = np.random.default_rng(5)
X, T = rng.normal(size=(8, 3)), rng.uniform(size=(8, 2))
net = Net.of(3)
for i in range(20):
    net.step(X, T)
"""


@pytest.mark.slow
def test_methods_of_a_class_of_every_kind(tmp_path):
    right = checked(tmp_path, KINDS_OF_METHODS)
    assert right, right
    assert {"update W", "update b"} <= {row.name for row in right.rows}, right
    off = checked(tmp_path, KINDS_OF_METHODS.replace("P * (1 - P)", "P * (1 + P)"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [24], off


DICT_CALL = """
import numpy as np

rng = np.random.default_rng(4)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
params = dict(W=rng.normal(size=(3, 2)) * 0.3, b=np.zeros(2))
for step in range(30):
    P = X @ params["W"] + params["b"]
    loss = np.sum((P - T) ** 2) / 2
    dP = P - T
    grads = dict(W=X.T @ dP, b=dP.sum(axis=0))
    for name in params:
        params[name] -= 0.1 * grads[name]
"""


@pytest.mark.slow
def test_a_dict_that_is_made_by_its_name(tmp_path):
    right = checked(tmp_path, DICT_CALL)
    assert right, right
    names = {row.name for row in right.rows}
    assert {"W", "b", "update params['W']", "update params['b']"} <= names, right
    off = checked(tmp_path, DICT_CALL.replace("X.T @ dP", "X.T @ P"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [11], off
