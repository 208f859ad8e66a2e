"""What looks right and is not proven: the row is wrong or untold, never right."""

import pytest

from microgradnet.checking.entry_points import check_here

from .dialects import BY_FUNCTION, module

RELU = """
def by_hand(w, v, x, y):
    h = max(0.0, w * x)
    o = v * h
    L = (o - y) ** 2
    d_L_d_o = 2 * (o - y)
    d_L_d_h = d_L_d_o * v
    d_L_d_w = d_L_d_h * ({slope} if h > 0 else 0.0)
by_hand({w}, 0.5, 0.7, 1.0)
"""
NET = """
import numpy as np
def derive(X, Y, W1, b1, W2, b2, rate=0.1):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    dZ2 = {error}
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.mean(axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.{reduced}(axis=1, keepdims=True)
    W1 -= rate * dW1
    b1 -= rate * db1
    W2 -= rate * dW2
    b2 -= rate * db2
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2, 6)), rng.integers(0, 2, (1, 6)) * 1.0
derive(X, Y, rng.normal(size=(3, 2)), np.zeros((3, 1)), rng.normal(size=(1, 3)), np.zeros((1, 1)))
"""


def rows_of(tmp_path, text):
    file = tmp_path / "net.py"
    file.write_text(text, encoding="utf-8")
    return {row.name: row for row in check_here(file).rows}


def test_what_is_0_at_all_numbers_is_untold(tmp_path):
    found = rows_of(tmp_path, RELU.format(slope="w", w=-1.5))
    assert found["d_L_d_w"].verdict != "right"


def test_a_bias_summed_where_weights_are_averaged_is_wrong(tmp_path):
    assert rows_of(tmp_path, NET.format(error="A2 - Y", reduced="mean"))["db1"].verdict == "right"
    found = rows_of(tmp_path, NET.format(error="A2 - Y", reduced="sum"))
    assert found["db1"].verdict == "wrong"


def test_a_value_that_an_activation_follows_is_no_prediction(tmp_path):
    found = rows_of(tmp_path, NET.format(error="Z2 - Y", reduced="mean"))
    assert {row.verdict for row in found.values()} <= {"cannot tell", "not checked"}


def test_a_derivative_that_is_written_as_a_number_is_named_so(tmp_path):
    found = rows_of(tmp_path, RELU.format(slope="x", w=1.5).replace("= d_L_d_o * v", "= 3"))
    assert (found["d_L_d_h"].verdict, found["d_L_d_h"].words) == ("wrong", "is 3")


def test_a_gradient_of_a_list_that_has_another_shape_is_not_dropped(tmp_path):
    edits = ("activations[-layer - 1]", "activations[-layer]"), ("range(300)", "range(0)")
    made = module("nabla", tmp_path, *edits, ("[3, 4, 4, 2]", "[3, 4, 2]"))
    found = {row.name: row.verdict for row in BY_FUNCTION["nabla"](made).rows}
    assert found["nabla_w[-layer]"] != "right"


def test_nothing_follows_from_what_is_not_wrong(tmp_path):
    text = RELU.format(slope="x", w=1.5).replace("= 2 * (o - y)", "= 0")
    found = rows_of(tmp_path, text)
    causes = {name for row in found.values() for name in row.follows}
    assert causes <= {name for name, row in found.items() if row.verdict == "wrong"}


@pytest.mark.slow
def test_what_is_only_called_an_error_makes_no_right_move_wrong(tmp_path):
    text = """
bias, P, Q = [0.1, -0.2], [[0.3, 0.5], [0.2, -0.4]], [[0.7, -0.1], [0.6, 0.9]]
ratings = [(0, 0, 1.0), (1, 1, 2.0), (0, 1, -1.0)]
for _ in range(20):
    for i, j, r in ratings:
        e = r - (bias[i] + sum(p * q for p, q in zip(P[i], Q[j])))
        bias[i] += 0.1 * (e - 0.02 * bias[i])
        for k in range(2):
            p, q = P[i][k], Q[j][k]
            P[i][k] += 0.1 * (e * q - 0.02 * p)
            Q[j][k] += 0.1 * (e * p - 0.02 * q)
"""
    assert "wrong" not in {row.verdict for row in rows_of(tmp_path, text).values()}


UNSEEN = """
import numpy as np
X, Y, W = np.arange(8.0).reshape(4, 2) / 7, np.array([0.3, -0.2, 0.5, 0.1]), np.array([0.4, -0.6])
Z = X @ W
{write}
L = np.sum((Z - Y) ** 2)
dZ = 2 * (Z - Y) * {slope}
dW = X.T @ dZ
"""
WRITES = {
    "for z in np.nditer(Z, op_flags=['readwrite']): z[...] = np.tanh(z)": "(1 - Z * Z)",
    "Z.flat[0] = 0.0": "np.array([0, 1, 1, 1])",
    "memoryview(Z)[1] = 0.0": "np.array([1, 0, 1, 1])",
    "Z = np.fft.irfft(np.fft.rfft(Z) * 2, 4)": "2",
    "Z = np.abs(Z * 1j)": "np.sign(X @ W)",
}


@pytest.mark.parametrize("write", WRITES)
def test_what_depends_on_what_is_not_followed_is_not_checked(write, tmp_path):
    found = rows_of(tmp_path, UNSEEN.format(write=write, slope=WRITES[write]))
    assert {row.verdict for row in found.values()} == {"not checked"}


SPRING = """
def simulate(k, c):
    xs, vs = [1.0], [0.0]
    for n in range(20):
        v = vs[n] + 0.1 * (-k * xs[n] - c * vs[n])
        vs.append(v)
        xs.append(xs[n] + 0.1 * v)
    return xs, vs

data = [x + 0.01 * (-1) ** i for i, x in enumerate(simulate(2.0, 0.3)[0])]
k, c = 1.5, 0.1
for step in range(100):
    xs, vs = simulate(k, c)
    lx = lv = gk = gc = 0.0
    for n in reversed(range(20)):
        lx += xs[n + 1] - data[n + 1]
        t = lv + 0.1 * lx
        gk, gc = gk - t * 0.1 * xs[n + 1], gc - t * 0.1 * vs[n]
        lx, lv = lx - 0.1 * k * t, t * (1 - 0.1 * c)
    k -= 0.02 * gk
    c -= 0.02 * gc
"""


@pytest.mark.slow
def test_an_integrator_is_no_descent_with_a_decay_and_parameters_left_out_are_told(tmp_path):
    found = rows_of(tmp_path, SPRING)
    assert "right" not in {row.verdict for row in found.values()}
    assert {found[f"update {name}"].verdict for name in "kc"} <= {"not checked", "cannot tell"}
