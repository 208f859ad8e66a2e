"""What is computed by calling what derives is no derivation; a check beside one is no mistake."""

import json
from pathlib import Path

import pytest

import microgradnet as mg
from microgradnet.checking.automatic import derived_in
from microgradnet.checking.entry_points import check_here
from tests.marks import few

NUMBERS = """
def loss(w, x, y_true):
    return (w * x - y_true) ** 2

def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    {}
    return locals()
"""
ARRAYS = """
import numpy as np

def loss(W, X, Y):
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

def step(X, Y, W):
    P = X @ W
    L = ((P - Y) ** 2).mean()
    {}
    return L, dW

X, Y, W = np.ones((5, 3)), np.ones((5, 2)), np.ones((3, 2))
"""
DIFFERENCES = "d_L_d_w = (loss(w + 1e-5, x, y_true) - loss(w - 1e-5, x, y_true)) / 2e-5"
HAND = "dW = X.T @ (2 * (P - Y) / P.size)"
NUMERICAL = "numerical_gradient(lambda w: loss(w, X, Y), W)"
JAX = "import jax\ndef f(W): return jax.grad(loss)(W)\n"
SYMBOLS = """
import sympy
a, b, c = sympy.symbols("a b c")
slope = sympy.lambdify((a, b, c), ((a * b - c) ** 2).diff(a))
"""
AUTOMATIC = [
    ("import microgradnet as mg" + NUMBERS.format("[d_L_d_w] = mg.grad(L, [w])"), "mg.grad"),
    (
        "from microgradnet import grad as g" + NUMBERS.format("d = g(L, [w]); d_L_d_w = d[0]"),
        "g",
    ),
    (NUMBERS.format("L.backward(); d_L_d_w = w.grad"), "backward()"),
    (NUMBERS.format(DIFFERENCES), "finite differences of loss"),
    (
        NUMBERS.format("h = 1e-5; " + DIFFERENCES.replace("2e-5", "(2 * h)").replace("1e-5", "h")),
        "finite differences of loss",
    ),
    (ARRAYS.format(f"dW = {NUMERICAL}"), "finite differences of f"),
    ("import jax" + ARRAYS.format("dW = jax.grad(loss)(W, X, Y)"), "jax.grad"),
    (SYMBOLS + NUMBERS.format("d_L_d_w = slope(w, x, y_true)"), "sympy's diff"),
]
BY_HAND = [
    ARRAYS.format(f"{HAND}; num = {NUMERICAL}; assert np.allclose(dW, num, atol=1e-3)"),
    ARRAYS.format(f"{HAND}; dW_num = {NUMERICAL}; print(abs(dW - dW_num).max())"),
    "import microgradnet as mg"
    + NUMBERS.format("d_L_d_w = 2 * (y_pred - y_true) * x; same = mg.grad(L, [w])[0] - d_L_d_w"),
    NUMBERS.format("d_L_d_w = 2 * (y_pred - y_true) * x; num = " + DIFFERENCES[10:]),
]


def needs(source):
    for name in ("jax", "sympy"):
        if f"import {name}" in source:
            pytest.importorskip(name, reason=f"needs {name}")


@pytest.mark.parametrize(("source", "how"), few(AUTOMATIC, 5))
def test_what_derives_is_called_automatic_unless_that_is_allowed(source, how, tmp_path):
    needs(source)
    file = tmp_path / "net.py"
    file.write_text(source)
    report = check_here(file)
    assert not report
    assert {f"computed automatically, not derived: {how}"} == {row.why for row in report.rows}
    assert {row.verdict for row in report.rows} == {"cannot tell"}
    if "finite" not in how and "jax" not in how:  # which gives no exact numbers, or takes no Values
        assert check_here(file, allow_automatic=True)


@pytest.mark.parametrize("source", BY_HAND)
def test_a_check_beside_a_derivation_changes_nothing(source, tmp_path):
    file = tmp_path / "net.py"
    file.write_text(source)
    report = check_here(file)
    assert report, report
    assert report.rows


def test_of_a_function_at_the_prompt_too():
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        [d_L_d_w] = mg.grad(L, [w])
        d_L_d_ypred = 2 * (y_pred - y_true)
        return locals()

    report = mg.check(by_hand)
    assert [(row.name, row.verdict) for row in report.rows] == [
        ("d_L_d_w", "cannot tell"),
        ("d_L_d_ypred", "right"),
    ]
    assert mg.check(by_hand, allow_automatic=True)


ENGINE = """
class Value:
    def __init__(self, data): self.data, self.grad = data, 0.0
    def backward(self): ...

w = Value(0.5)
loss = (w * 2 - 1) ** 2
loss.backward()
w.data -= 0.1 * w.grad
"""


def test_an_engine_that_is_ones_own_is_by_hand(tmp_path):
    assert not derived_in(ENGINE).named
    (tmp_path / "own").mkdir()
    for file, text in {
        "engine.py": ENGINE,
        "own/engine.py": ENGINE,
        "own/__init__.py": "from .engine import Value",
    }.items():
        (tmp_path / file).write_text(text)
    for module in ("engine", "own", "own.engine"):
        used = f"from {module} import Value\nw = Value(1.0)\nL = w * w\nL.backward()\ndw = w.grad\n"
        assert not derived_in(used, tmp_path).named
        assert derived_in(used.replace(module, "torch"), tmp_path).at(5, "dw") == "backward()"


EXAMPLES = Path(__file__).parents[2] / "examples" / "dialects"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_in_the_dialects_is_automatic(path):
    lines = derived_in(path.read_text(encoding="utf-8"), EXAMPLES).lines
    assert lines
    assert {how for names in lines.values() for how in names.values()} == {""}


def test_in_a_notebook_rows_are_of_the_notebook(tmp_path):
    file = tmp_path / "hw.ipynb"
    source = f"import microgradnet as mg\n{NUMBERS.format('[d_L_d_w] = mg.grad(L, [w])')}"
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source}]}))
    (row,) = check_here(file).rows
    assert (row.file, row.why) == (str(file), "computed automatically, not derived: mg.grad")
    assert mg.check_file(file).rows == (row,)
