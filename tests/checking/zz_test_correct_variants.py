"""What is right in another spelling, or by another convention, is not called wrong."""

import numpy as np
import pytest

import microgradnet as mg

from .dialects import BY_FUNCTION, edited, module, on_the_command_line
from .wrong_dialects import cases

VARIANTS = {
    "course": [
        [("np.power(A1, 2)", "A1 * A1")],
        [("np.dot(dZ2, A1.T) / m", "(1 / m) * dZ2 @ A1.T")],
        [("return float(np.squeeze(cost))", "return cost")],
        [("dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m")]
        + [
            (f"{name} = {old} / m", f"{name} = {old}")
            for name, old in (
                ("dW2", "np.dot(dZ2, A1.T)"),
                ("db2", "np.sum(dZ2, axis=1, keepdims=True)"),
                ("dW1", "np.dot(dZ1, X.T)"),
                ("db1", "np.sum(dZ1, axis=1, keepdims=True)"),
            )
        ],
        [
            ("A1 = np.tanh(Z1)", "A1 = np.maximum(0, Z1)"),
            ("(1 - np.power(A1, 2))", '(cache["Z1"] > 0)'),
        ],
        [
            ("A1 = np.tanh(Z1)", "A1 = sigmoid(Z1)"),
            ("(1 - np.power(A1, 2))", "A1 * (1 - A1)"),
        ],
        [
            ("dZ2 = A2 - Y", "dA2 = -(Y / A2) + (1 - Y) / (1 - A2)\n    dZ2 = dA2 * A2 * (1 - A2)"),
        ],
        [("cost = -np.sum(logprobs) / m", "cost = -np.mean(logprobs)")],
    ],
    "two_layer_net": [
        [("dhidden[hidden <= 0] = 0", "dhidden = dhidden * (hidden > 0)")],
        [("dscores /= N", "dscores = dscores / N")],
        [("dhidden[hidden <= 0] = 0", "dhidden *= (hidden > 0).astype(float)")],
        [
            ("reg_loss = 0.5 * reg", "reg_loss = reg"),
            ('grads["W2"] += reg * W2', 'grads["W2"] += 2 * reg * W2'),
            ('grads["W1"] += reg * W1', 'grads["W1"] += 2 * reg * W1'),
        ],
        [("np.maximum(0, X.dot(W1) + b1)", "np.where(X.dot(W1) + b1 > 0, X.dot(W1) + b1, 0)")],
    ],
    "script": [
        [
            ("l2_error = y - l2", "l2_error = l2 - y"),
            ("syn1 += l1", "syn1 -= l1"),
            ("syn0 += l0", "syn0 -= l0"),
        ],
        [("syn1 += l1", "syn1 += 0.1 * l1"), ("syn0 += l0", "syn0 += 0.1 * l0")],
        [("l1_error * nonlin(l1, deriv=True)", "l1_error * l1 * (1 - l1)")],
        [("l2_delta = l2_error * nonlin(l2, deriv=True)", "l2_delta = l2_error")],
    ],
    "scalar": [
        [("fx * (1 - fx)", "fx - fx**2")],
        [
            (
                "d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)",
                "d_ypred_d_w5 = h1 * y_pred * (1 - y_pred)",
            )
        ],
        [("d_L_d_ypred = -2 * (y_true - y_pred)", "d_L_d_ypred = 2 * (y_pred - y_true)")],
        [("self.b3 -= learn_rate * d_L_d_ypred", "self.b3 += -learn_rate * d_L_d_ypred")],
    ],
    "nabla": [
        [("return sigmoid(z) * (1 - sigmoid(z))", "s = sigmoid(z)\n    return s * (1 - s)")],
        [("sigmoid_prime(zs[-1])", "activations[-1] * (1 - activations[-1])")],
        [("activations[-layer - 1].transpose()", "activations[-layer - 1].T")],
    ],
    "neurons": [
        [("                error = 0.0", "                error = 0")],
        [
            (
                'errors.append(neuron["output"] - expected[j])',
                'errors.append(expected[j] - neuron["output"])',
            ),
            ('["weights"][j] -= l_rate', '["weights"][j] += l_rate'),
            ('["weights"][-1] -= l_rate', '["weights"][-1] += l_rate'),
        ],
        [("1.0 / (1.0 + math.exp(-activation))", "1 / (1 + math.exp(-activation))")],
    ],
    "logistic": [
        [("(1 / n_samples) * np.sum(y_predicted - y)", "np.mean(y_predicted - y)")],
        [
            (
                "(1 / n_samples) * np.dot(X.T, (y_predicted - y))",
                "X.T @ (y_predicted - y) / n_samples",
            )
        ],
        [("self.weights -= self.lr * dw", "self.weights = self.weights - self.lr * dw")],
    ],
    "plain": [
        [("m_gradient += 2 / n * x * error", "m_gradient += -(2 / n) * x * (y - (m * x + b))")],
        [("loss += error**2 / n", "loss += (y - (m * x + b)) ** 2 / n")],
        [("b -= learning_rate * b_gradient", "b = b - learning_rate * b_gradient")],
    ],
    "spellings": [
        [("(1 - H**2)", "(1 + H) * (1 - H)")],
        [("dLdZ2 @ W2.T", "np.dot(dLdZ2, W2.T)")],
        [("(Y * np.log(P)).sum() / n", "np.mean(np.sum(Y * np.log(P), axis=1))")],
    ],
    "layers": [
        [("dout.dot(w.T)", "(dout @ w.T)")],
        [("np.where(x > 0, dout, 0)", "dout * (x > 0)")],
        [("np.sum(dout, axis=0)", "dout.sum(0)")],
    ],
    "recurrent": [
        [("dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = (1 - hs[t] ** 2) * dh")],
        [("dy = np.copy(ps[t])", "dy = ps[t].copy()")],
        [("dWhy += np.dot(dy, hs[t].T)", "dWhy += dy @ hs[t].T")],
    ],
}
CASES = [(name, edits) for name, several in VARIANTS.items() for edits in several]


@pytest.mark.parametrize(("name", "edits"), cases("function", *CASES))
def test_another_spelling_is_right(name, edits, tmp_path):
    report = BY_FUNCTION[name](module(name, tmp_path, *edits))
    assert report, report


@pytest.mark.slow
@pytest.mark.parametrize(("name", "edits"), cases("file", *CASES))
def test_another_spelling_is_right_in_a_file(name, edits, tmp_path):
    status, said = on_the_command_line(edited(name, tmp_path, *edits))
    assert status == 0, said


def linear(X, y, w, b):
    m = len(y)
    y_hat = X @ w + b
    cost = ((y_hat - y) ** 2).sum() / (2 * m)
    error = y_hat - y
    dw = X.T @ error / m
    db = error.sum() / m
    return cost, dw, db


def logistic(X, y, w, b, lr=0.1, epochs=100):
    for _ in range(epochs):
        z = np.dot(X, w) + b
        a = 1 / (1 + np.exp(-z))
        dw = np.dot(X.T, (a - y)) / len(y)
        db = np.mean(a - y)
        w = w - lr * dw
        b = b - lr * db
    return w, b


def network(x, y, weights, biases):
    nabla_w = [np.zeros(w.shape) for w in weights]
    nabla_b = [np.zeros(b.shape) for b in biases]
    activation, activations, zs = x, [x], []
    for b, w in zip(biases, weights):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = 1.0 / (1.0 + np.exp(-z))
        activations.append(activation)
    s = activations[-1]
    delta = (s - y) * s * (1 - s)
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        s = activations[-layer]
        delta = np.dot(weights[-layer + 1].T, delta) * s * (1 - s)
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
    return nabla_b, nabla_w


def momentum(X, y, W, v):
    for _ in range(3):
        P = X @ W
        loss = ((P - y) ** 2).mean()  # noqa: F841
        dW = 2 * X.T @ (P - y) / P.size
        v = 0.9 * v - 0.1 * dW
        W = W + v
    return W


rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
FUNCTIONS = [
    (linear, (X, Y[:, 0], rng.normal(size=3), 0.5)),
    (logistic, (X, np.array([0.0, 1, 1, 0, 1]), rng.normal(size=3), 0.5)),
    (
        network,
        (
            X[:1].T,
            Y[:1].T,
            [rng.normal(size=(4, 3)), rng.normal(size=(2, 4))],
            [rng.normal(size=(4, 1)), rng.normal(size=(2, 1))],
        ),
    ),
    (momentum, (X, Y, rng.normal(size=(3, 2)), np.zeros((3, 2)))),
]


@pytest.mark.parametrize(("function", "example"), FUNCTIONS)
def test_other_right_code(function, example):
    report = mg.check(function, *example)
    assert report, report


def digits(X, Y, W1, b1, W2, b2):
    m = X.shape[1]
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / np.sum(np.exp(Z2), axis=0)
    one_hot = np.zeros((Y.size, Y.max() + 1))
    one_hot[np.arange(Y.size), Y] = 1
    dZ2 = A2 - one_hot.T
    dW2 = dZ2.dot(A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    dW1 = dZ1.dot(X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


@pytest.mark.slow
def test_big_shapes_are_shrunk():
    example = (
        rng.uniform(0.0, 1.0, (784, 1000)),
        rng.integers(0, 10, 1000),
        rng.normal(size=(128, 784)),
        np.zeros((128, 1)),
        rng.normal(size=(10, 128)),
        np.zeros((10, 1)),
    )
    report = mg.check(digits, *example)
    assert report, report
    assert {row.name for row in report.rows} >= {"dW1", "db1", "dW2", "db2"}
