"""Parameters that start from zeros in one function and are moved in another: not at a kink."""

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.files import checked, wrong


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


NONLOCAL = """\
import math

def make_model():
    w, v, b = 0.4, -0.7, 0.0

    def step(x, y, rate):
        nonlocal w, v, b
        h = math.tanh(w * x + b)
        loss = 0.5 * (v * h - y) ** 2
        d_out = v * h - y
        d_v = d_out * h
        d_z = d_out * v * (1 - h ** 2)
        d_w = d_z * x
        w, v, b = w - rate * d_w, v - rate * d_v, b - rate * d_z

    return step

step = make_model()
for epoch in range(20):
    for x, y in [(0.5, 0.2), (-0.4, 0.9), (1.1, -0.3)]:
        step(x, y, 0.1)
"""
GLOBAL = (  # at the top of the file
    NONLOCAL.replace("def make_model", "if True:  #")
    .replace("    return step\n", "")
    .replace("step = make_model()\n", "")
    .replace("nonlocal", "global")
)


@pytest.mark.parametrize("text", [NONLOCAL, GLOBAL], ids=["nonlocal", "global"])
def test_numbers_that_a_function_moves_for_another_are_parameters(tmp_path, text):
    """`d_w` was "called a derivative, but nothing is found here that it is the gradient by"."""
    report = checked(tmp_path, text)
    assert report, report
    assert {"d_w", "update w", "update b"} <= {row.name for row in report.rows}
    assert [*wrong(checked(tmp_path, text.replace("d_z * x", "d_out * x")))] == ["d_w"]
