"""Loops in arrays that train rightly, of several steps each: none is called wrong."""

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.files import checked
from tests.marks import few
from tests.sources import executed

rng = np.random.default_rng(0)
X, T = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
W, b = rng.normal(size=(4, 3)), np.zeros(3)


def layer(before, after):
    """One layer, what is before the loop, and what follows the gradients in it."""
    return f"""
def train(X, T, W, b, lr=0.1, mu=0.9, epochs=9):
    n, loss = len(X), 0.0
    {before}
    for epoch in range(epochs):
        P = X @ W + b
        loss = ((P - T) ** 2).sum()
        dP = 2 * (P - T)
        dW = X.T @ dP
        db = dP.sum(axis=0)
        {after}
"""


LOOPS = {
    "momentum": layer(
        "vW, vb = np.zeros_like(W), np.zeros_like(b)",
        "vW = mu * vW - lr * dW; vb = mu * vb - lr * db; W += vW; b += vb",
    ),
    "momentum that looks ahead": layer(
        "vW, vb = np.zeros_like(W), np.zeros_like(b)",
        "kept = vW; vW = mu * vW - lr * dW; W += -mu * kept + (1 + mu) * vW; "
        "kept = vb.copy(); vb = mu * vb - lr * db; b += -mu * kept + (1 + mu) * vb",
    ),
    "momentum in a dict": """
def train(X, T, W, b, lr=0.1, mu=0.9, epochs=9):
    v = {"W": np.zeros_like(W), "b": np.zeros_like(b)}
    for epoch in range(epochs):
        P = X @ W + b
        loss = ((P - T) ** 2).sum()
        dP = 2 * (P - T)
        grads = {"W": X.T @ dP, "b": dP.sum(axis=0)}
        for k, p in zip(("W", "b"), (W, b)):
            kept = v[k].copy()
            v[k] = mu * v[k] - lr * grads[k]
            p += -mu * kept + (1 + mu) * v[k]
""",
    "a step that is called dx": """
def train(X, T, W, b, lr=0.1, mu=0.9, epochs=9):
    params, history = {"W": W, "b": b}, {}
    for epoch in range(epochs):
        P = X @ params["W"] + params["b"]
        loss = ((P - T) ** 2).sum()
        dP, grads = 2 * (P - T), {}
        grads["W"] = X.T @ dP
        grads["b"] = dP.sum(axis=0)
        for k in params:
            if k not in history:
                history[k] = np.zeros_like(grads[k])
            history[k] = mu * history[k] + lr * grads[k]
            dx = -history[k]
            params[k] += dx
""",
    "momentum of one": layer("vW = 0 * W", "vW = mu * vW - lr * dW; W += vW; b -= lr * db"),
    "momentum called a difference": layer(
        "delta_W = delta_b = 0.0",
        "delta_W = lr * dW + mu * delta_W; delta_b = lr * db + mu * delta_b; "
        "W -= delta_W; b -= delta_b",
    ),
    "a rate with a sixth in it": layer("", "W -= lr * dW / n; b -= lr * db / n"),
    "a rate that falls": layer("", "W = W - lr / (1 + epoch) * dW; b = b - lr / (1 + epoch) * db"),
    "parameters by another name": layer(
        "", "\n        for p, dp in zip([W, b], [dW, db]):\n            p -= lr * dp"
    ),
    "what was kept, to compare": layer(
        "", "before = W.copy(); W = W - lr * dW; b = b - lr * db; change = np.abs(W - before).max()"
    ),
    "sums that are reported": layer(
        "total_dW, sum_grad_sq, total_loss = np.zeros_like(W), np.zeros_like(W), 0.0",
        "total_dW += dW; sum_grad_sq += dW ** 2; total_loss += loss; W -= lr * dW; b -= lr * db",
    ),
    "gradients of two steps": """
def train(X, T, W, b, lr=0.1, epochs=6):
    dW, db, loss = np.zeros_like(W), np.zeros_like(b), 0.0
    for step in range(epochs):
        P = X @ W + b
        loss = loss + ((P - T) ** 2).sum()
        dP = 2 * (P - T)
        dW += X.T @ dP
        db += dP.sum(axis=0)
        if (step + 1) % 2 == 0:
            W -= lr * dW
            b -= lr * db
            dW, db, loss = np.zeros_like(W), np.zeros_like(b), 0.0
""",
    "batches": """
def train(X, T, W, b, lr=0.1, epochs=3, size=2):
    for epoch in range(epochs):
        order = np.random.permutation(len(X))
        total = 0.0
        for i in range(0, len(X), size):
            rows, targets = X[order][i : i + size], T[order][i : i + size]
            P = rows @ W + b
            loss = np.mean((P - targets) ** 2)
            total += loss
            dP = 2 * (P - targets) / P.size
            dW, db = rows.T @ dP, dP.sum(axis=0)
            W -= lr * dW
            b -= lr * db
        lr *= 0.95
        total_loss = np.mean((X @ W + b - T) ** 2)
""",
    "a state that is handed on": """
def train(X, T, W, b, lr=0.1, epochs=9):
    h = np.zeros(3)
    V = np.full((3, 3), 0.1)
    for _ in range(epochs):
        states, loss = [h], 0.0
        for x, t in zip(X, T):
            states.append(np.tanh(x @ W + states[-1] @ V + b))
            loss += ((states[-1] - t) ** 2).sum()
        dW, dV, db, dnext = 0 * W, 0 * V, 0 * b, np.zeros(3)
        for i in reversed(range(len(X))):
            dh = 2 * (states[i + 1] - T[i]) + dnext
            dz = dh * (1 - states[i + 1] ** 2)
            dW += np.outer(X[i], dz)
            dV += np.outer(states[i], dz)
            db += dz
            dnext = V @ dz
        W -= lr * dW
        V -= lr * dV
        b -= lr * db
        h = states[-1]
""",
    "a forward pass that ends the round": """
def train(X, T, W, b, lr=0.1, epochs=9):
    P = np.tanh(X @ W + b)
    for _ in range(epochs):
        dZ = (P - T) * (1 - P ** 2)
        dW, db = X.T @ dZ, dZ.sum(axis=0)
        W = W - lr * dW
        b = b - lr * db
        P = np.tanh(X @ W + b)
""",
}
CLEARED = """
class Net:
    def __init__(self):
        self.W, self.b = np.random.randn(4, 3), np.zeros(3)
        self.dW, self.db = np.zeros((4, 3)), np.zeros(3)

    def clear(self):
        self.dW[:] = 0
        self.db.fill(0)

    def fit(self, X, y, epochs=5, lr=0.1):
        for _ in range(epochs):
            P = X @ self.W + self.b
            loss = ((P - y) ** 2).sum()
            self.dW += X.T @ (2 * (P - y))
            self.db += (2 * (P - y)).sum(axis=0)
            for name in ("W", "b"):
                moved = getattr(self, name)
                moved -= lr * getattr(self, "d" + name)
            self.clear()
"""


@pytest.mark.parametrize("name", few(LOOPS, 2))
def test_a_right_loop_is_right(name):
    report = mg.check(executed(LOOPS[name], {"np": np})["train"], X, T, W, b)
    assert report, report


def test_sums_that_are_cleared_after_the_step():
    report = mg.check(executed(CLEARED, {"np": np})["Net"]().fit, X, T)
    assert report, report


LAST_BATCH = """
import numpy as np
N, size, reg = 200, 50, 0.1
X, T = np.random.randn(N, 4), np.random.randn(N, 3)
W = 0.1 * np.random.randn(4, 3)
for epoch in range(9):
    for i in range(0, N, size):
        x, t = X[i : i + size], T[i : i + size]
        loss = ((x @ W - t) ** 2).sum() / len(x) + reg * (W * W).sum()
        dW = 2 * x.T @ (x @ W - t) / size + 2 * reg * W
        W -= 0.1 * dW
"""


def test_a_last_batch_of_fewer_samples_is_of_the_cut_data_only(tmp_path):
    file = tmp_path / "batches.py"
    file.write_text(LAST_BATCH)
    report = mg.check(str(file))
    assert report, report
    file.write_text(LAST_BATCH.replace("+ 2 * reg * W", "+ 2 * reg * W * (1 + epoch)"))
    assert not mg.check(str(file))


ONE_OUTPUT = """\
import numpy as np

def gradients(weights, biases, x, y):
    activations = [x]
    for w, b in zip(weights, biases):
        activations.append(np.tanh(w @ activations[-1] + b))
    delta = (activations[-1] - y) * (1 - activations[-1] ** 2)
    nabla_w, nabla_b = [], []
    for i in reversed(range(len(weights))):
        nabla_w.insert(0, delta @ activations[i].T)
        nabla_b.insert(0, delta)
        delta = weights[i].T @ delta * (1 - activations[i] ** 2)
    return nabla_w, nabla_b

def descend(weights, biases, samples, rate):
    sum_w, sum_b = [0 * w for w in weights], [0 * b for b in biases]
    for x, y in samples:
        nabla_w, nabla_b = gradients(weights, biases, x, y)
        for i in range(len(weights)):
            sum_w[i] += nabla_w[i]
            sum_b[i] += nabla_b[i]
    for i in range(len(weights)):
        weights[i] -= rate * sum_w[i]
        biases[i] -= rate * sum_b[i]

rng = np.random.default_rng(0)
weights, biases = [rng.normal(size=s) for s in [(3, 2), (1, 3)]], [np.ones((3, 1)), np.ones((1, 1))]
samples = [(rng.normal(size=(2, 1)), np.array([[k % 2 * 0.5]])) for k in range(5)]
descend(weights, biases, samples, 0.1)
"""


def test_the_gradient_of_a_sample_is_a_part_of_a_sum_of_one_number(tmp_path):
    """The last bias is one number: `nabla_b[1]` of the last sample was "not by biases[1]"."""
    report = checked(tmp_path, ONE_OUTPUT)
    assert report, report


def test_a_target_that_only_the_call_names_is_that_of_all_steps(tmp_path):
    assert checked(
        tmp_path,
        """\
import numpy as np

def sigmoid(t):
    return 1 / (1 + np.exp(-t))

class Net:
    def __init__(self):
        self.w, self.b = np.random.randn(2, 3), np.random.randn(1, 3)
        self.v = np.random.randn(3, 1)

    def train(self, inputs, targets, epochs):
        for epoch in range(epochs):
            hidden = sigmoid(inputs @ self.w + self.b)
            out = sigmoid(hidden @ self.v)
            error = targets - out
            delta = error * out * (1 - out)
            above = (delta @ self.v.T) * hidden * (1 - hidden)
            self.v += hidden.T @ delta * 0.8
            self.w += inputs.T @ above * 0.8
            self.b += above.sum(axis=0, keepdims=True) * 0.8

Net().train(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]]), 60)
""",
    )
