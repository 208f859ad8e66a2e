"""Two derivations with one mistake each: in numbers, in arrays."""

import math

import numpy as np


def by_hand(w1, w2, b1, x, y_true):
    sum_h1 = w1 * x[0] + w2 * x[1] + b1
    h1 = 1 / (1 + math.exp(-sum_h1))
    L = (h1 - y_true) ** 2
    d_L_d_h1 = 2 * (h1 - y_true)
    d_h1_d_w1 = x[0] * h1 * (1 - h1)
    d_h1_d_w2 = x[0] * h1 * (1 - h1)
    d_L_d_w2 = d_L_d_h1 * d_h1_d_w2
    return locals()


def two_layers(X, Y, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    cost = np.sum((Z2 - Y) ** 2)
    dZ2 = 2 * (Z2 - Y)
    dW2 = dZ2 @ A1.T
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - Z1**2)
    dW1 = dZ1 @ X.T
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return cost, dW1, db1, dW2, db2


ARRAYS = (*map(np.ones, [(2, 5), (1, 5), (3, 2), (3, 1), (1, 3), (1, 1)]),)
