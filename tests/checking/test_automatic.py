"""What is computed by calling what derives is no derivation; a check beside one is no mistake."""

import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_here
from microgradnet.checking.reporting.automatic import Automatic
from microgradnet.tape.recording import Subject, recorded
from tests.marks import few

SCALARS = """
def loss(w, b):
    return (w * 1.5 + b - 0.2) ** 2

w, b = 0.5, 0.1
for epoch in range(6):
    L = loss(w, b)
    {}
    w -= 0.1 * d_w
    b -= 0.1 * d_b
"""
ARRAYS = """
import numpy as np

rng = np.random.default_rng(0)
X, Y, W = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.normal(size=(3, 2))

def loss(W):
    return ((X @ W - Y) ** 2).mean()

def numerical_gradient(f, W, h=1e-5):
    grad = np.zeros_like(W)
    for i in np.ndindex(W.shape):
        old = W[i]
        W[i] = old + h
        up = f(W)
        W[i] = old - h
        down = f(W)
        W[i] = old
        grad[i] = (up - down) / (2 * h)
    return grad

for epoch in range(6):
    P = X @ W
    L = ((P - Y) ** 2).mean()
    {}
    W = W - 0.1 * dW
"""
VALUES = """
import microgradnet as mg

w = mg.Value(0.5)
for epoch in range(6):
    L = (w * 2.0 - 1.0) ** 2
    w.grad = 0.0
    L.backward()
    w.data -= 0.1 * w.grad
"""
ENGINE = """
class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self.children = data, 0.0, children
    def __mul__(self, other):
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])
    def backward(self, above=1.0):
        self.grad += above
        for child, slope in self.children:
            child.backward(above * slope)

w, x = Value(0.5), Value(1.5)
for epoch in range(6):
    loss = (w * x) * (w * x)
    w.grad = 0.0
    loss.backward()
    w.data -= 0.1 * w.grad
"""
SYMBOLS = """
import sympy
a, b = sympy.symbols("a b")
slopes = [sympy.lambdify((a, b), ((a * 1.5 + b - 0.2) ** 2).diff(x)) for x in (a, b)]
"""
TORCH = """import torch
    Wt = torch.tensor(W, requires_grad=True)
    ((torch.tensor(X) @ Wt - torch.tensor(Y)) ** 2).mean().backward()
    dW = Wt.grad.numpy()"""
DIFFERENCES = "d_w = (loss(w + {0}, b) - loss(w - {0}, b)) / (2 * {0})"
DIFFERENCES += "; d_b = (loss(w, b + {0}) - loss(w, b - {0})) / (2 * {0})"
FORWARD = (
    "L = loss(w, b); d_w, d_b = (loss(w + 1e-4, b) - L) / 1e-4, (loss(w, b + 1e-4) - L) / 1e-4"
)
NUMERICAL = "numerical_gradient(loss, W)"
JAX = "import jax; slope = jax.grad(loss); dW = np.array(slope(W))"
AUTOMATIC = [
    (SCALARS.format(DIFFERENCES.format("1e-5")), "finite differences of loss"),
    (SCALARS.format(FORWARD), "finite differences of loss"),
    (SYMBOLS + SCALARS.format("d_w, d_b = slopes[0](w, b), slopes[1](w, b)"), "sympy's diff"),
    (ARRAYS.format(f"dW = {NUMERICAL}"), "finite differences of loss"),
    (ARRAYS.format(JAX), "jax.grad"),
    (ARRAYS.format(TORCH), "backward()"),
    (VALUES, "backward()"),
]
HAND = "dW = X.T @ (2 * (P - Y) / P.size)"
BY_HAND = [
    SCALARS.format("d_w = 3 * (w * 1.5 + b - 0.2); d_b = d_w / 1.5; n = loss(w + 1e-5, b) - L"),
    ARRAYS.format(f"{HAND}; W_grad = {NUMERICAL}; print(abs(dW - W_grad).max())"),
    ARRAYS.format(f"{HAND}; {JAX.replace('dW', 'auto')}; assert np.allclose(dW, auto, atol=1e-3)"),
]


def written(tmp_path, source):
    for name in ("jax", "sympy", "torch"):
        if f"import {name}" in source:
            pytest.importorskip(name, reason=f"needs {name}")
    file = tmp_path / "net.py"
    file.write_text(source)
    return file


@pytest.mark.parametrize(("source", "how"), few(AUTOMATIC, 2), ids=range(len(AUTOMATIC)))
def test_what_derives_is_called_automatic(source, how, tmp_path):
    rows = check_here(written(tmp_path, source)).rows
    assert {row.why for row in rows} == {f"computed automatically, not derived: {how}"}
    assert {row.verdict for row in rows} == {"cannot tell"}


@pytest.mark.parametrize("source", few(BY_HAND, 1), ids=range(len(BY_HAND)))
def test_a_check_beside_a_derivation_changes_nothing(source, tmp_path):
    rows = check_here(written(tmp_path, source)).rows
    assert {row.verdict for row in rows} == {"right"}
    assert all("grad" not in row.name and "auto" not in row.name for row in rows)


def test_an_engine_that_is_ones_own_is_by_hand(tmp_path):
    assert Automatic(recorded(Subject(ENGINE, "engine.py"))).rows() == []
    rows = check_here(written(tmp_path, ENGINE)).rows
    assert rows
    assert all("automatically" not in row.why for row in rows)


def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    [d_L_d_w] = mg.grad(L, [w])
    d_L_d_ypred = 2 * (y_pred - y_true)
    return locals()


def test_at_the_prompt_too():
    rows = {row.name: row.verdict for row in mg.check(by_hand).rows}
    assert rows == {"d_L_d_w": "cannot tell", "d_L_d_ypred": "right"}
    assert {row.verdict for row in mg.check(by_hand, allow_automatic=True).rows} == {"right"}
