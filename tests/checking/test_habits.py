"""Right files with habits that people have: none is called wrong, and none is refused."""

import pytest

import microgradnet as mg

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


def judged(tmp_path, text):
    file = tmp_path / "habit.py"
    file.write_text(text)
    return mg.check(file)


@pytest.mark.slow
def test_a_cost_that_is_computed_after_the_step(tmp_path):
    assert judged(tmp_path, COST_AFTER)
    off = judged(tmp_path, COST_AFTER.replace("lam * w[1:]", "2 * lam * w[1:]"))
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
    assert judged(tmp_path, CLIPPED)
    off = judged(tmp_path, CLIPPED.replace("dP = P - T", "dP = P + T"))
    assert [row.line for row in off.rows if row.verdict == "wrong"] == [10]
    unmoved = judged(tmp_path, CLIPPED.replace('0.1 * grads["b"]', '0.1 * grads["W"][0]'))
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
    assert judged(tmp_path, TWO_INPUTS)
    assert not judged(tmp_path, TWO_INPUTS.replace("(1 - t ** 2)", "(1 - t)"))
