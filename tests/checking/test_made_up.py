"""Pairs of passes in a file, called or not: judged as `check_backward` does."""

import pytest

from microgradnet.checking.entry_points import check, check_here
from tests.marks import few

PAIRS = """
import numpy as np

def norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + eps)
    normed = (x - mean) / std
    return gamma * normed + beta, (normed, std, gamma)

def norm_backward(dout, cache):
    normed, std, gamma = cache
    dgamma = (dout * normed).sum(axis=0)
    dbeta = dout.sum(axis=0)
    d = dout * gamma
    dx = (d - d.mean(axis=0) - normed * (d * normed).mean(axis=0)) / std
    return dx, dgamma, dbeta

class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad_output):
        self.dW = self.x.T @ grad_output
        self.db = grad_output.sum(axis=0)
        return grad_output @ self.W.T
"""


DERIVATION = """
def by_hand(w, x, y_true):
    y_pred = w * x
    d_L_d_ypred = -2 * (y_true - y_pred)
    d_ypred_d_w = w
    return locals()
"""
SQUARE = """
import numpy as np

def square_forward(x):
    return x * x * np.linalg.slogdet(x.T @ x)[1], x

def square_backward(dout, x):
    a = x.T @ x
    return dout * 2 * x * np.log(np.linalg.det(a)) + 2 * (dout * x * x).sum() * x @ np.linalg.inv(a)

def example():
    return (np.random.default_rng(0).normal(size=(4, 3)),)
"""


def rows_of(tmp_path, text, trusted=False):
    (tmp_path / "layers.py").write_text(text)
    return {row.name: row for row in check_here(tmp_path / "layers.py", trusted=trusted).rows}


@pytest.mark.slow
def test_a_derivation_beside_a_pair_is_reported_as_well_as_the_pair(tmp_path):
    rows = rows_of(tmp_path, SQUARE.replace("dout * 2 * x", "dout * x") + DERIVATION, trusted=True)
    wrong = {row.line for row in rows.values() if row.verdict == "wrong"}
    assert wrong == {9, 17}
    assert rows["d_L_d_ypred"].verdict == "right"


@pytest.mark.slow
def test_a_right_pair_is_right_at_the_example_that_the_file_makes(tmp_path):
    """Slogdet has several results, and a derivative by differences, which have an error."""
    rows = rows_of(tmp_path, SQUARE, trusted=True)
    assert {row.verdict for row in rows.values()} == {"right"}


@pytest.mark.parametrize("trusted", few([False, True], 1))
def test_pairs_that_nothing_calls_are_right(trusted, tmp_path):
    rows = rows_of(tmp_path, PAIRS, trusted)
    assert {"dx", "dgamma", "dbeta", "self.dW", "self.db"} <= rows.keys()
    assert {row.verdict for row in rows.values()} == {"right"}


@pytest.mark.parametrize("trusted", few([False, True], 1))
@pytest.mark.parametrize(
    ("old", "new", "line"),
    few(
        [
            ("(dout * normed)", "(dout * gamma)", 12),
            ("dbeta = dout.sum", "dbeta = dout.mean", 13),
            ("normed * (d * normed).mean", "normed * (d * normed).sum", 15),
            ("self.x.T @ grad_output", "(self.x ** 2).T @ grad_output", 25),
            ("grad_output.sum(axis=0)", "grad_output.mean(axis=0)", 26),
        ],
        1,
    ),
)
def test_a_mistake_in_one_of_them_is_wrong_on_its_line(old, new, line, trusted, tmp_path):
    rows = rows_of(tmp_path, PAIRS.replace(old, new), trusted)
    assert {row.line for row in rows.values() if row.verdict == "wrong"} == {line}


def test_a_shape_that_may_be_that_of_what_was_made_up_is_no_mistake(tmp_path):
    text = """
import numpy as np

def shift_forward(x, offset):
    return np.tanh(x) + 0 * offset, (x, offset)

def shift_backward(dout, cache):
    x, offset = cache
    dx = dout * (1 - np.tanh(x) ** 2)
    doffset = 0 * dout.sum()
    return dx, doffset
"""
    assert "wrong" not in {row.verdict for row in rows_of(tmp_path, text).values()}


MEANS = """
import numpy as np

class Layer:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, matrix):
        self.inputs = matrix
        return matrix @ self.weights + self.bias
    def backward(self, gradient):
        self.dweights = self.inputs.T @ gradient / len(self.inputs)
        self.dbias = np.mean(gradient, axis=0)
        return gradient @ self.weights.T
"""


def test_gradients_by_all_parameters_may_be_means_over_rows(tmp_path):
    rows = rows_of(tmp_path, MEANS)
    found = {name: row.verdict for name, row in rows.items()}
    back = "gradient @ self.weights.T"
    assert found == {"self.dweights": "scaled", "self.dbias": "scaled", back: "right"}
    assert "the mean over 7 rows is taken here" in rows["self.dbias"].why


def test_one_of_them_alone_may_not(tmp_path):
    rows = rows_of(tmp_path, MEANS.replace("np.mean(gradient", "np.sum(gradient"))
    assert rows["self.dweights"].verdict == "wrong"


KEPT = """
import numpy as np

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class Softmax:
    def forward(self, inputs):
        self.inputs = inputs
        values = np.exp(inputs)
        self.output = values / np.sum(values, axis=1, keepdims=True)
    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (output, d) in enumerate(zip(self.output, dvalues)):
            output = output.reshape(-1, 1)
            self.dinputs[index] = (np.diagflat(output) - np.dot(output, output.T)) @ d
"""


def test_a_forward_pass_may_keep_its_output(tmp_path):
    (tmp_path / "kept.py").write_text(KEPT)
    report = check_here(tmp_path / "kept.py")
    assert [row.verdict for row in report.rows] == ["right"] * 4
    assert "Never ran" not in report.note


@pytest.mark.slow
def test_weights_that_are_drawn_and_scaled_have_a_gradient_without_a_factor(tmp_path):
    rows = rows_of(
        tmp_path, KEPT.replace("(self.inputs.T, dvalues)", "(2 * self.inputs.T, dvalues)")
    )
    assert rows["self.dweights"].verdict == "wrong"


SLOPE = """
import numpy as np

class Sigmoid:
    def forward(self, x):
        self.output = 1 / (1 + np.exp(-x))
        return self.output
    def sigmoid_prime(self, x):
        return self.output * (1 - self.output)
    def backward(self, V):
        return V * self.sigmoid_prime(None)
"""


def test_the_argument_of_a_slope_is_no_upstream_gradient_but_that_of_a_backward_pass_is(tmp_path):
    rows = rows_of(tmp_path, SLOPE)
    assert {row.verdict for row in rows.values() if row.line} == {"right"}
    assert "V * self.sigmoid_prime(None)" in rows


WHOLE = """
w, b = 0, 0
for epoch in range(9):
    for x, y in zip([7, 13, 19], [44.6, 55.4, 66.2]):
        err = y - (w * x + b)
        w = w + 0.0003 * 2 * err * x
        b = b + 0.0003 * 2 * err
N = 46
print(N * w + b)
"""


def test_a_prediction_at_another_whole_number_is_compared_with_nothing(tmp_path):
    assert {row.verdict for row in rows_of(tmp_path, WHOLE).values()} == {"right"}


PASSES = """
import numpy as np
class {kind}:
    def forward(self, x):
        self.out = {forward}
        return self.out
    def backward(self, grad):
        return grad
"""


@pytest.mark.parametrize(
    ("kind", "forward", "verdict"),
    [
        ("Relu", "np.maximum(x, 0)", "wrong"),
        ("Sigmoid", "1 / (1 + np.exp(-x))", "not checked"),  # its slope may be in the loss
    ],
)
def test_a_gradient_that_is_handed_on_may_have_the_slope_of_an_exponential(
    tmp_path, kind, forward, verdict
):
    file = tmp_path / "layer.py"
    file.write_text(PASSES.format(kind=kind, forward=forward))
    assert [row.verdict for row in check(str(file)).rows] == [verdict]


STOPS = """
import numpy as np
X, Y = np.ones((2, 6)), np.ones((1, 6))
def backward(A, X, Y):
    dZ = A - Y
    dW = 1 / m * dZ @ X.T
    return dW
for i in range(20):
    A = np.ones((1, 2)) @ X
    dW = backward(A, X, Y)
"""


@pytest.mark.slow
def test_a_backward_pass_that_stops_says_where(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(STOPS)
    assert ("dW", "not checked", 6) in [(r.name, r.verdict, r.line) for r in check_here(file).rows]


CALLED = """
import numpy as np

class Tokens:
    def __init__(self, vocabulary, size):
        self.W, self.scale = np.random.randn(vocabulary, size), np.sqrt(size)
        self.grad = None
    def forward(self, ids):
        self.ids = ids
        return self.W[ids] * self.scale
    def backward(self, dout):
        dW = np.zeros_like(self.W)
        np.add.at(dW, self.ids, dout * self.scale)
        self.grad = dW

class Gate:
    def __init__(self, n):
        self.p = {"W": np.random.randn(n, n), "b": np.zeros(n)}
    def forward(self, x):
        self.x, self.t = x, 1 / (1 + np.exp(-(x @ self.p["W"] + self.p["b"])))
        return self.t * x
    def backward(self, dy):
        d = dy * self.x * self.t * (1 - self.t)
        self.g = {"W": self.x.T @ d, "b": d.sum(axis=0)}
        return d @ self.p["W"].T + dy * self.t

def hardswish(x):
    return x * np.clip(x + 3.0, 0.0, 6.0) / 6.0, x

def hardswish_grad(dout, x):
    middle = (x > -3.0) & (x < 3.0)
    return dout * np.where(middle, (2.0 * x + 3.0) / 6.0, x >= 3.0)

tokens, gate = Tokens(12, 5), Gate(4)
tokens.backward(np.ones_like(tokens.forward(np.array([[1, 2, 3], [4, 1, 1]]))))
gate.backward(gate.forward(np.random.rand(3, 4)))
y, x = hardswish(np.linspace(-4, 4, 9, dtype=np.float32))
hardswish_grad(y, x)
"""
WRONG_CALLED = [
    ("np.add.at(dW, self.ids, dout * self.scale)", "dW[self.ids] += dout * self.scale", 13),
    ('"b": d.sum(axis=0)', '"b": d.mean(axis=0)', 24),
    ("(2.0 * x + 3.0) / 6.0", "(x + 3.0) / 6.0", 32),
]


def test_the_arguments_of_the_calls_of_a_file_are_examples_for_its_passes(tmp_path):
    rows = rows_of(tmp_path, CALLED, trusted=True)
    assert len(rows) == 5, rows.keys()
    assert {row.verdict for row in rows.values()} == {"right"}, rows
    for old, new, line in WRONG_CALLED:
        rows = rows_of(tmp_path, CALLED.replace(old, new), trusted=True)
        assert {row.line for row in rows.values() if row.verdict == "wrong"} == {line}, rows
