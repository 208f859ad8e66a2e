"""Files that define what derives and never call it with data: the arguments are made up."""

import pytest

import microgradnet as mg

CLASS = """
import numpy as np

class TwoLayers:
    def __init__(self, input_size, hidden_size, output_size, std=1e-2):
        self.params = {"W1": std * np.random.randn(input_size, hidden_size)}
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        N = X.shape[0]
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(probs[np.arange(N), y]).sum() / N + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        dscores = probs.copy()
        dscores[range(N), y] -= 1
        dscores /= N
        grads = {}
        grads["W2"] = hidden.T.dot(dscores) + 2 * reg * W2
        grads["b2"] = dscores.sum(axis=0)
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads["W1"] = X.T.dot(dhidden) + 2 * reg * W1
        grads["b1"] = dhidden.sum(axis=0)
        return loss, grads

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, num_iters=100, batch_size=200):
        for it in range(num_iters):
            pick = np.random.choice(X.shape[0], batch_size)
            loss, grads = self.loss(X[pick], y[pick])
            for name in self.params:
                self.params[name] -= learning_rate * grads[name]
"""

FUNCTIONS = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def initialize_parameters(n_x, n_h, n_y):
    W1 = np.random.randn(n_h, n_x) * 0.01
    W2 = np.random.randn(n_y, n_h) * 0.01
    return {"W1": W1, "b1": np.zeros((n_h, 1)), "W2": W2, "b2": np.zeros((n_y, 1))}

def forward_propagation(X, parameters):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    cache = {"A1": A1, "A2": A2, "W2": W2}
    return A2, cache

def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

def backward_propagation(X, Y, cache):
    m = X.shape[1]
    A1, A2, W2 = cache["A1"], cache["A2"], cache["W2"]
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

MODEL = """
def nn_model(X, Y, n_h, num_iterations=10000, learning_rate=1.2):
    parameters = initialize_parameters(X.shape[0], n_h, Y.shape[0])
    for i in range(num_iterations):
        A2, cache = forward_propagation(X, parameters)
        cost = compute_cost(A2, Y)
        grads = backward_propagation(X, Y, cache)
        for k in parameters:
            parameters[k] = parameters[k] - learning_rate * grads["d" + k]
    return parameters
"""

LAYERS = """
import numpy as np

def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db

class Dense:
    def __init__(self, n_inputs, n_outputs):
        self.W = np.random.randn(n_inputs, n_outputs)
        self.b = np.zeros((1, n_outputs))

    def forward(self, A):
        self.A_prev = A
        return A @ self.W + self.b

    def backward(self, dZ):
        m = len(self.A_prev)
        self.dW = self.A_prev.T @ dZ / m
        self.db = dZ.sum(axis=0, keepdims=True) / m
        self.dA_prev = dZ @ self.W.T
        return self.dA_prev
"""

REGRESSION = """
import numpy as np

class LinearRegression:
    def __init__(self, learning_rate=0.01, n_iters=1000):
        self.lr = learning_rate
        self.n_iters = n_iters

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            y_pred = np.dot(X, self.weights) + self.bias
            dw = (1 / n_samples) * np.dot(X.T, (y_pred - y))
            db = (1 / n_samples) * np.sum(y_pred - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db
"""


@pytest.fixture
def wrong(tmp_path):
    def wrong(code, right="", written=""):
        assert right in code
        file = tmp_path / "net.py"
        file.write_text(code.replace(right, written))
        return [
            row.name for row in mg.check(file).rows if row.verdict != "right" if not row.follows
        ]

    return wrong


SLOW = [pytest.param(code, marks=pytest.mark.slow) for code in (FUNCTIONS, FUNCTIONS + MODEL)]


@pytest.mark.parametrize("code", [CLASS, LAYERS, REGRESSION, *SLOW])
def test_what_is_right_is_right_though_the_file_has_no_data(wrong, code):
    assert wrong(code) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "right", "written", "blamed"),
    [
        (CLASS, "dhidden[hidden <= 0] = 0", "pass", ["grads['W1']", "grads['b1']"]),
        (CLASS, "dscores.sum(axis=0)", "dscores.mean(axis=0)", ["grads['b2']"]),
        (FUNCTIONS, "W2.T @ dZ2 * (1 - A1**2)", "W2.T @ dZ2", ["dZ1"]),
        (FUNCTIONS, "dW2 = dZ2 @ A1.T / m", "dW2 = 2 * dZ2 @ A1.T / m", ["dW2"]),
        (FUNCTIONS + MODEL, "(1 - A1**2)", "A1 * (1 - A1)", ["dZ1"]),
        (LAYERS, "x.T.dot(dout)", "x[::-1].T.dot(dout)", ["dw"]),
        (LAYERS, "dZ @ self.W.T", "dZ @ (self.W**2).T", ["self.dA_prev"]),
        (REGRESSION, "np.dot(X.T, (y_pred - y))", "np.dot(X[::-1].T, (y_pred - y))", ["dw"]),
    ],
)
def test_a_mistake_is_blamed_though_the_file_has_no_data(wrong, code, right, written, blamed):
    assert wrong(code, right, written) == blamed
