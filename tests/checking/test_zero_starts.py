"""Parameters that start from zeros in one function and are moved in another: not at a kink."""

import numpy as np

import microgradnet as mg


def initialize(n_x, n_h, n_y):
    w1 = np.random.randn(n_h, n_x) * 0.01
    w2 = np.random.randn(n_y, n_h) * 0.01
    return {"w1": w1, "b1": np.zeros((n_h, 1)), "w2": w2, "b2": np.zeros((n_y, 1))}


def forward(X, parameters):
    b1 = parameters["b1"]
    z1 = parameters["w1"] @ X + b1
    a1 = np.maximum(0, z1)
    return z1, a1, 1 / (1 + np.exp(-(parameters["w2"] @ a1 + parameters["b2"])))


def backward(X, Y, parameters, z1, a1, a2):
    m = X.shape[1]
    dz2 = a2 - Y
    dw2 = dz2 @ a1.T / m
    db2 = np.sum(dz2, axis=1, keepdims=True) / m
    dz1 = parameters["w2"].T @ dz2
    dz1[z1 <= 0] = 0
    dw1 = dz1 @ X.T / m
    db1 = np.sum(dz1, axis=1, keepdims=True) / m
    return {"dw1": dw1, "db1": db1, "dw2": dw2, "db2": db2}


def update(parameters, grads, rate):
    w1, b1 = parameters["w1"], parameters["b1"]
    w2, b2 = parameters["w2"], parameters["b2"]
    w1 = w1 - rate * grads["dw1"]
    b1 = b1 - rate * grads["db1"]
    w2 = w2 - rate * grads["dw2"]
    b2 = b2 - rate * grads["db2"]
    return {"w1": w1, "b1": b1, "w2": w2, "b2": b2}


def train(X, Y, n_h=4, rate=1.2):
    parameters = initialize(X.shape[0], n_h, Y.shape[0])
    for _ in range(100):
        z1, a1, a2 = forward(X, parameters)
        cost = -np.sum(Y * np.log(a2) + (1 - Y) * np.log(1 - a2)) / X.shape[1]
        grads = backward(X, Y, parameters, z1, a1, a2)
        parameters = update(parameters, grads, rate)
    return parameters, cost


def test_a_sample_of_zeros_is_not_at_the_kink_of_a_relu():
    X, Y = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0, 1, 1, 0]])
    report = mg.check(train, X, Y)
    assert report, report
