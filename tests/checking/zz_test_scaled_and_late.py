"""Data that are scaled first, costs that are computed last, gradients by names that say nothing."""

import pytest

from tests.checking.files import checked, wrong

SCALED = """\
import numpy as np

X = np.array([[2.0, 9.0], [1.0, 5.0], [3.0, 6.0]])
y = np.array([[92.0], [86.0], [89.0]])
y = y / 100
wh, bh = np.random.uniform(size=(2, 3)), np.random.uniform(size=(1, 3))
wout, bout = np.random.uniform(size=(3, 1)), np.random.uniform(size=(1, 1))
for i in range(500):
    h = 1 / (1 + np.exp(-(X @ wh + bh)))
    out = 1 / (1 + np.exp(-(h @ wout + bout)))
    d_out = (y - out) * out * (1 - out)
    d_h = d_out.dot(wout.T) * h * (1 - h)
    wout += 0.1 * h.T.dot(d_out)
    bout += 0.1 * d_out.sum(axis=0, keepdims=True)
    wh += 0.1 * X.T.dot(d_h)
    bh += 0.1 * d_h.sum(axis=0, keepdims=True)
"""
IN_PLACE = """\
import numpy as np

X, y = np.random.rand(5, 2), 100 * np.random.rand(5, 1)
w = np.random.rand(2, 1)
for i in range(500):
    out = 1 / (1 + np.exp(-X @ w))
    error = y / 100 - out
    delta = error * out * (1 - out)
    w += 0.1 * X.T.dot(delta)
"""
COST_LAST = """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def compute_cost(X, y, w, b, lambda_):
    m, cost = len(X), 0.0
    for i in range(m):
        f = sigmoid(np.dot(X[i], w) + b)
        cost += -y[i] * np.log(f) - (1 - y[i]) * np.log(1 - f)
    return cost / m + lambda_ / (2 * m) * np.sum(w ** 2)

def compute_gradient(X, y, w, b, lambda_):
    m, n = X.shape
    dj_dw, dj_db = np.zeros(n), 0.0
    for i in range(m):
        error = sigmoid(np.dot(X[i], w) + b) - y[i]
        for j in range(n):
            dj_dw[j] += error * X[i, j]
        dj_db += error
    return dj_dw / m + lambda_ / m * w, dj_db / m

X, y = np.array([[0.5, 1.5], [1.0, 1.0], [1.5, 0.5], [3.0, 0.5]]), np.array([0, 0, 1, 1])
w, b = np.zeros_like(X[0]), 0.0
for i in range(1000):
    dj_dw, dj_db = compute_gradient(X, y, w, b, 0.7)
    w = w - 0.1 * dj_dw
    b = b - 0.1 * dj_db
    cost = compute_cost(X, y, w, b, 0.7)
"""
UNSAID = """\
import numpy as np

class Net:
    def __init__(self):
        self.W = np.random.randn(2, 1)

    def forward(self, x):
        self.out = np.tanh(np.dot(x, self.W))

    def backward(self, x, y, learn=True):
        self.delta = -(y - self.out) * (1 - self.out ** 2)
        self.changes = np.dot(x.T, self.delta)
        if learn:
            self.W = self.W - 0.5 * self.changes

    def compute_gradients(self, x, y):
        self.forward(x)
        self.backward(x, y, learn=False)
        return self.changes.ravel()

x, y = np.random.rand(4, 2), np.array([[0.0], [1.0], [1.0], [0.0]])
net = Net()
for i in range(1000):
    net.forward(x)
    net.backward(x, y)
"""
SIGNED = """\
import numpy as np

def cost(y_hat, y):
    return y_hat - y

X, y = np.random.rand(1, 2), np.random.rand(1, 1)
w = np.random.rand(2, 1)
for i in range(100):
    out = 1 / (1 + np.exp(-X.dot(w)))
    error = cost(out, y)
    delta = error * out * (1 - out)
    w -= 0.1 * X.T.dot(delta)
"""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (SCALED, {"update wout", "update bout", "update wh", "update bh", "d_out", "d_h"}),
        (IN_PLACE, {"error", "delta", "update w"}),
        (COST_LAST, {"return dj_dw / m + lambda_ / m * w", "update w", "update b"}),
        (UNSAID, {"self.delta", "self.changes", "update W"}),
        (SIGNED, {"delta", "update w"}),
    ],
)
def test_what_is_right_is_called_right(tmp_path, text, rows):
    report = checked(tmp_path, text)
    assert report
    assert rows <= {row.name for row in report.rows}


def test_the_cost_that_is_computed_last_is_the_loss(tmp_path):
    assert "does not compute" not in checked(tmp_path, COST_LAST).note


@pytest.mark.parametrize(
    ("text", "old", "new", "row", "line"),
    [
        (SCALED, "h.T.dot(d_out)", "h.T.dot(y - out)", "update wout", 13),
        (SCALED, "    bout += 0.1 * d_out.sum(axis=0, keepdims=True)\n", "", "update bout", 0),
        (COST_LAST, "lambda_ / m * w, dj", "2 * lambda_ / m * w, dj", "return", 21),
        (UNSAID, "- 0.5", "+ 0.5", "update W", 14),
    ],
)
def test_what_is_wrong_is_blamed_alone(tmp_path, text, old, new, row, line):
    found = wrong(checked(tmp_path, text.replace(old, new)))
    assert [(name[: len(row)], at) for name, (at, _) in found.items()] == [(row, line)]


def test_a_function_without_rows_leaves_the_file_to_be_checked(tmp_path):
    start, end = (
        COST_LAST.index("    for i in range(m):\n        error"),
        COST_LAST.index("    return dj"),
    )
    text = f"""{COST_LAST[:start]}\
    error = sigmoid(np.dot(X, w) + b) - y
    dj_dw, dj_db = X.T @ error, np.sum(error)
{COST_LAST[end:]}"""
    assert {"error", "update w", "update b"} <= {row.name for row in checked(tmp_path, text).rows}


LOSS_IN_STEPS = """\
import numpy as np

def loss_and_grads(W, X, y, reg):
    N = X.shape[0]
    scores = X.dot(W)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(N), y]))
    loss /= N
    loss += 0.5 * reg * np.sum(W * W)
    dscores = p.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    dW = X.T.dot(dscores) + reg * W
    return loss, dW

loss_and_grads(np.random.randn(4, 3), np.random.randn(6, 4), np.array([0, 1, 2, 2, 1, 0]), 0.1)
"""


def test_a_loss_that_is_divided_and_added_to_is_what_it_becomes(tmp_path):
    report = checked(tmp_path, LOSS_IN_STEPS)
    assert report
    assert "times those of L" not in report.note
    off = checked(tmp_path, LOSS_IN_STEPS.replace("+ reg * W", "+ 2 * reg * W"))
    assert wrong(off)["dW"][0] == 14


UNRELATED = """\
import numpy as np

a, c = np.random.rand(5), np.random.rand(5)
total = 0
for i in range(5):
    total += a[i] * c[i]

X, y = np.random.rand(6, 3), np.random.rand(6, 1)
W = np.random.randn(3, 1)
for i in range(100):
    out = X @ W
    d = out - y
    W -= 0.1 * X.T @ d
"""
APPENDED = """\
import numpy as np

class Net:
    def __init__(self):
        self.weights = [np.random.randn(4, 2), np.random.randn(1, 4)]

    def forward(self, x):
        outputs, inputs = [], [x]
        for W in self.weights:
            outputs.append(W.dot(inputs[-1]))
            inputs.append(1 / (1 + np.exp(-outputs[-1])))
        return outputs, inputs

    def train(self, x, y, rate=0.1):
        for epoch in range(50):
            outputs, inputs = self.forward(x)
            deltas = [None, None]
            deltas[-1] = (y - inputs[-1]) * inputs[-1] * (1 - inputs[-1])
            deltas[0] = self.weights[1].T.dot(deltas[1]) * inputs[1] * (1 - inputs[1])
            dw = [d.dot(inputs[i].T) for i, d in enumerate(deltas)]
            self.weights = [w + rate * d for w, d in zip(self.weights, dw)]

Net().train(np.random.rand(2, 7), np.random.rand(1, 7))
"""


ONE_BY_ONE = """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def slope(z):
    fz = sigmoid(z)
    return fz * (1 - fz)

class Net:
    def __init__(self, sizes):
        self.W = [np.random.randn(n, m) for n, m in zip(sizes[:-1], sizes[1:])]

    def train(self, data, all_y_trues, rate=0.1):
        for epoch in range(50):
            for x, y_true in zip(data, all_y_trues):
                activations, sums = [x.reshape(1, -1)], []
                for W in self.W:
                    sums.append(np.dot(activations[-1], W))
                    activations.append(sigmoid(sums[-1]))
                y_pred = activations[-1]
                deltas = [-2 * (y_true - y_pred) * slope(sums[-1])]
                deltas.insert(0, np.dot(deltas[0], self.W[1].T) * slope(sums[0]))
                for i in range(2):
                    self.W[i] -= rate * np.dot(activations[i].T, deltas[i])

Net([2, 4, 1]).train(np.array([[1, 2], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]))
"""


@pytest.mark.parametrize("text", [UNRELATED, APPENDED, ONE_BY_ONE])
def test_the_loss_is_of_what_is_subtracted_and_moved(tmp_path, text):
    report = checked(tmp_path, text)
    assert report
    assert "(y_pred - y_true)**2 / 2" in report.note


def test_a_penalty_that_is_0_by_default_is_seen_all_the_same(tmp_path):
    text = LOSS_IN_STEPS.replace("y, reg):", "y, reg=0.0):").replace(", 0.1)\n", ")\n")
    right, off = checked(tmp_path, text), checked(tmp_path, text.replace("+ reg *", "+ 3 * reg *"))
    assert right
    assert "reg is 0.1 here: at 0 nothing is seen" in right.note
    assert wrong(off)["dW"] == (14, "multiplies by 3, which does not belong there")


ONLY_DEFINED = """\
import numpy as np

class LogisticRegression:
    def __init__(self, n_features, rate=0.1, n_iters=100, print_every=10):
        self.rate, self.n_iters, self.print_every = rate, n_iters, print_every
        self.weights = np.zeros((n_features, 1))
        self.bias = 0

    def fit(self, X, y):
        n = len(X)
        for i in range(self.n_iters):
            p = 1 / (1 + np.exp(-(np.dot(X, self.weights) + self.bias)))
            dw = np.dot(X.T, p - y) / n
            db = np.sum(p - y) / n
            self.weights -= self.rate * dw
            self.bias -= self.rate * db
            if i % self.print_every == 0:
                print(i)
"""


def test_a_bias_that_is_0_at_first_is_a_parameter_and_the_largest_entry_is_shown(tmp_path):
    rows = {row.name: row for row in checked(tmp_path, ONLY_DEFINED).rows}
    assert {row.verdict for row in rows.values()} == {"right"}
    assert rows.keys() == {"dw", "db", "update weights", "update bias"}
    assert abs(rows["update weights"].written) == pytest.approx(0.1 * abs(rows["dw"].written))


def test_a_history_of_losses_is_no_smoother(tmp_path):
    train = """\
def train(W, X, y, reg, rate=0.1):
    for step in range(50):
        loss, dW = loss_and_grads(W, X, y, reg)
        loss_history.append(loss)
        W -= rate * dW

loss_history = []
train("""
    report = checked(tmp_path, LOSS_IN_STEPS.replace("loss_and_grads(np", f"{train}np"))
    assert report
    assert "update W" in {row.name for row in report.rows}
    assert "Weight decay" not in report.note


ADAM = """\
import numpy as np

X, Y = np.random.randn(3, 8), np.random.randn(1, 8)
parameters = {"W": np.random.randn(1, 3), "b": np.zeros((1, 1))}
v, s = {}, {}
for k in parameters:
    v["d" + k], s["d" + k] = np.zeros_like(parameters[k]), np.zeros_like(parameters[k])
for t in range(1, 50):
    A = parameters["W"] @ X + parameters["b"]
    cost = np.sum((A - Y) ** 2) / 16
    dZ = A - Y
    grads = {"dW": dZ @ X.T / 8, "db": np.sum(dZ, axis=1, keepdims=True) / 8}
    for k in parameters:
        v["d" + k] = 0.9 * v["d" + k] + 0.1 * grads["d" + k]
        s["d" + k] = 0.999 * s["d" + k] + 0.001 * grads["d" + k] * grads["d" + k]
        v_corrected, s_corrected = v["d" + k] / (1 - 0.9 ** t), s["d" + k] / (1 - 0.999 ** t)
        parameters[k] = parameters[k] - 0.01 * v_corrected / (np.sqrt(s_corrected) + 1e-8)
"""


@pytest.mark.parametrize("square", ['grads["d" + k] * grads["d" + k]', 'np.square(grads["d" + k])'])
def test_the_squares_that_adam_keeps_are_no_gradients_whatever_their_names(tmp_path, square):
    report = checked(tmp_path, ADAM.replace('grads["d" + k] * grads["d" + k]', square))
    assert report
    assert not any(row.name.startswith("s[") for row in report.rows)
