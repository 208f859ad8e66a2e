"""Right code in the styles in which people publish it: once called wrong, or not judged."""

import pytest

import microgradnet as mg

pytestmark = pytest.mark.slow

PROPAGATE = """
import numpy as np

def initialize(n):
    w, b = np.zeros((n, 1)), 0
    return w, b

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost
"""
CALLED = f"""{PROPAGATE}
w, b = initialize(2)
w, b = np.array([[1.0], [2.0]]), 2
X, Y = np.array([[1.0, 2.0, -1.0], [3.0, 4.0, -3.2]]), np.array([[1, 0, 1]])
grads, cost = propagate(w, b, X, Y)
print(grads["db"])
"""
TRAINED = f"""{PROPAGATE}
def optimize(w, b, X, Y, rounds, rate):
    for i in range(rounds):
        grads, cost = propagate(w, b, X, Y)
        dw, db = grads["dw"], grads["db"]
        w = w - rate * dw
        b = b - rate * db
    return w, b

def model(X_train, Y_train, rounds=2000, rate=0.5):
    w, b = initialize(X_train.shape[0])
    return optimize(w, b, X_train, Y_train, rounds, rate)

X, Y = np.random.randn(4, 6), np.array([[1, 0, 0, 1, 1, 0]])
print(model(X, Y))
"""


def judged(tmp_path, text):
    file = tmp_path / "published.py"
    file.write_text(text)
    return mg.check(str(file))


@pytest.mark.parametrize("text", [CALLED, CALLED.replace("w, b = init", "W, c = init"), TRAINED])
def test_a_bias_that_is_a_number(tmp_path, text):
    report = judged(tmp_path, text)
    assert report, report
    assert "db" in {row.name for row in report.rows}
    wrong = judged(tmp_path, text.replace("np.sum(A - Y) / m", "np.sum(A - Y)"))
    assert [row.name for row in wrong.rows if row.verdict == "wrong"] == ["db"], wrong


MODEL = """
import numpy as np

def initialize(n_x, n_h, n_y):
    return {
        "W1": np.random.randn(n_h, n_x) * 0.01,
        "b1": np.zeros((n_h, 1)),
        "W2": np.random.randn(n_y, n_h) * 0.01,
        "b2": np.zeros((n_y, 1)),
    }

def forward(X, params):
    Z1 = params["W1"] @ X + params["b1"]
    A1 = np.maximum(0, Z1)
    A2 = 1 / (1 + np.exp(-(params["W2"] @ A1 + params["b2"])))
    return Z1, A1, A2

def backward(X, Y, params, Z1, A1, A2):
    m = X.shape[1]
    dZ2 = A2 - Y
    dW2, db2 = dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = np.array(params["W2"].T @ dZ2, copy=True)
    dZ1[Z1 <= 0] = 0
    dW1, db1 = dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

def model(X, Y, n_h, rounds=1000):
    params = initialize(X.shape[0], n_h, Y.shape[0])
    for i in range(rounds):
        Z1, A1, A2 = forward(X, params)
        cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
        grads = backward(X, Y, params, Z1, A1, A2)
        for name in params:
            params[name] = params[name] - 1.2 * grads[name]
    return params

print(initialize(2, 2, 1))
X, Y = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0, 1, 1, 0]])
model(X, Y, n_h=4)
"""


def test_parameters_that_are_made_twice(tmp_path):
    report = judged(tmp_path, MODEL)
    assert report, report
    wrong = judged(tmp_path, MODEL.replace("dZ1[Z1 <= 0] = 0", "dZ1[A1 < 0] = 0"))
    assert not wrong


NEURONS = """
import math
import numpy as np

def sigmoid(z):
    e = math.exp(-z)
    return 1 / (1 + e)

x_train = np.array([[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
y_train = np.array([0, 1, 1, 0])
n1, n2, n3 = np.random.uniform(-1, 1, 3), np.random.uniform(-1, 1, 3), np.random.uniform(-1, 1, 3)
outputs, errors = np.array([0.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0])

def forward(i):
    outputs[0] = sigmoid(np.dot(x_train[i], n1))
    outputs[1] = sigmoid(np.dot(x_train[i], n2))
    outputs[2] = sigmoid(n3[0] + np.dot(n3[1:3], outputs[0:2]))

def back(y):
    der_cost = outputs[2] - y
    errors[2] = der_cost * outputs[2] * (1 - outputs[2])
    errors[1] = errors[2] * n3[2] * outputs[1] * (1 - outputs[1])
    errors[0] = errors[2] * n3[1] * outputs[0] * (1 - outputs[0])

def update(i):
    n3[0] -= 0.7 * errors[2]
    n3[1] -= 0.7 * errors[2] * outputs[0]
    n3[2] -= 0.7 * errors[2] * outputs[1]
    for j in range(3):
        n2[j] -= 0.7 * errors[1] * x_train[i][j]
        n1[j] -= 0.7 * errors[0] * x_train[i][j]

for epoch in range(10000):
    for i in range(len(x_train)):
        forward(i)
        back(y_train[i])
        update(i)
"""


def test_what_is_predicted_is_an_entry_of_an_array(tmp_path):
    text = NEURONS
    report = judged(tmp_path, text)
    assert report, report
    wrong = judged(tmp_path, text.replace("errors[2] * n3[2]", "errors[2] * n3[1]"))
    assert [row.name for row in wrong.rows if row.verdict == "wrong"] == ["update n2"], wrong


SATURATED = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

X = np.array([[0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 1, 1]])
T = np.array([[0, 1, 1, 0]]).T
W, V = np.random.randn(3, 4), np.random.randn(4, 1)
for step in range(20000):
    Z = X @ W
    H = np.maximum(Z, 0)
    Y = sigmoid(H @ V)
    loss = np.sum((Y - T) ** 2) / 2
    dY = (Y - T) * Y * (1 - Y)
    dZ = dY @ V.T * np.heaviside(H, 0)
    V -= 0.1 * H.T @ dY
    W -= 0.1 * X.T @ dZ
"""


def test_a_bound_is_no_size_and_a_step_goes_both_ways(tmp_path):
    report = judged(tmp_path, SATURATED)
    assert report, report


DICTS = """
from math import exp
from random import random, seed

def forward(net, row):
    inputs = row
    for layer in net:
        new_inputs = []
        for neuron in layer:
            total = neuron["weights"][-1]
            for i in range(len(neuron["weights"]) - 1):
                total += neuron["weights"][i] * inputs[i]
            neuron["output"] = 1.0 / (1.0 + exp(-total))
            new_inputs.append(neuron["output"])
        inputs = new_inputs
    return inputs

def backward(net, expected):
    for i in reversed(range(len(net))):
        layer = net[i]
        for j in range(len(layer)):
            if i == len(net) - 1:
                error = layer[j]["output"] - expected[j]
            else:
                error = sum(n["weights"][j] * n["delta"] for n in net[i + 1])
            layer[j]["delta"] = error * layer[j]["output"] * (1.0 - layer[j]["output"])

def update(net, row, rate):
    for i in range(len(net)):
        inputs = row[:-1] if i == 0 else [n["output"] for n in net[i - 1]]
        for neuron in net[i]:
            for j in range(len(inputs)):
                neuron["weights"][j] -= rate * neuron["delta"] * inputs[j]
            neuron["weights"][-1] -= rate * neuron["delta"]

def train(net, rows, rate, rounds, n_outputs):
    for epoch in range(rounds):
        sum_error = 0
        for row in rows:
            outputs = forward(net, row)
            expected = [0 for i in range(n_outputs)]
            expected[row[-1]] = 1
            sum_error += sum([(expected[i] - outputs[i]) ** 2 for i in range(n_outputs)])
            backward(net, expected)
            update(net, row, rate)
        print(epoch, sum_error)

seed(1)
samples = [[2.7, 2.5, 0], [1.4, 2.3, 0], [7.6, 2.7, 1], [5.3, 2.0, 1], [6.9, 1.7, 1]] * 3
network = [[{"weights": [random() for i in range(3)]} for i in range(2)] for layer in range(2)]
train(network, samples, 0.5, 20, 2)
"""


def test_what_the_file_calls_it_with_is_the_example(tmp_path):
    report = judged(tmp_path, DICTS)
    assert report, report
    wrong = judged(tmp_path, DICTS.replace('n["weights"][j] * n["delta"]', 'n["delta"]'))
    assert {row.name for row in wrong.rows if row.verdict == "wrong"} == {"error"}


DENSE = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros((1, n_out))

    def forward(self, A):
        self.A_prev = A
        return np.dot(A, self.W) + self.b

    def backward(self, dZ):
        b = self.A_prev.shape[0]
        self.dW = (1 / b) * np.dot(self.A_prev.T, dZ)
        self.db = (1 / b) * np.sum(dZ, axis=0, keepdims=True)
        return np.dot(dZ, self.W.T)
"""


def test_the_number_of_samples_is_no_bias_though_it_is_called_b(tmp_path):
    report = judged(tmp_path, DENSE)
    assert report, report


CHANGES = """
import numpy as np

class Net:
    def __init__(self, sizes=(4, 5, 3), rate=0.1, momentum=0.5):
        self.rate, self.momentum = rate, momentum
        self.weights, self.delta_weights = [], []
        for n, m in zip(sizes[:-1], sizes[1:]):
            self.weights.append(np.random.randn(m, n))
            self.delta_weights.append(np.zeros((m, n)))

    def fit(self, X, y, epochs=100):
        for epoch in range(epochs):
            for x, target in zip(X, y):
                hidden = 1 / (1 + np.exp(-self.weights[0] @ x))
                out = 1 / (1 + np.exp(-self.weights[1] @ hidden))
                last = (target - out) * out * (1 - out)
                first = self.weights[1].T @ last * hidden * (1 - hidden)
                for i, change in enumerate([np.outer(first, x), np.outer(last, hidden)]):
                    step = self.rate * change + self.momentum * self.delta_weights[i]
                    self.delta_weights[i] = step
                    self.weights[i] = self.weights[i] + self.delta_weights[i]

Net().fit(np.random.randn(6, 4), np.eye(3)[[0, 1, 2, 0, 1, 2]])
"""


def test_changes_that_start_as_a_list_of_zeros(tmp_path):
    report = judged(tmp_path, CHANGES)
    assert report, report
    wrong = judged(tmp_path, CHANGES.replace("* hidden * (1 - hidden)", "* hidden"))
    assert [row.name for row in wrong.rows if row.verdict == "wrong"] == ["first"], wrong


SAMPLES = """
import numpy as np

class Net:
    def __init__(self):
        self.W, self.V = np.random.randn(4, 5), np.random.randn(5, 1)

    def train(self, features, targets):
        dW, dV = np.zeros((4, 5)), np.zeros((5, 1))
        for X, y in zip(features, targets):
            out, hidden = self.forward(X)
            dW, dV = self.backward(out, hidden, X, y, dW, dV)
        self.W += 0.1 * dW / len(features)
        self.V += 0.1 * dV / len(features)

    def forward(self, X):
        hidden = 1 / (1 + np.exp(-np.dot(X, self.W)))
        return np.dot(hidden, self.V), hidden

    def backward(self, out, hidden, X, y, dW, dV):
        error = y - out
        dW += np.dot(self.V, error) * hidden * (1 - hidden) * X[:, None]
        dV += error * hidden[:, None]
        return dW, dV

net, features, targets = Net(), np.random.randn(6, 4), np.random.randn(6, 1)
for i in range(100):
    net.train(features, targets)
"""


def test_a_target_of_each_sample_is_subtracted_from(tmp_path):
    report = judged(tmp_path, SAMPLES)
    assert report, report
