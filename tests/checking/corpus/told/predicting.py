"""Predicting that leaves the way of training is wrong; the same, or a part of it, is not."""
import numpy as np

rng = np.random.default_rng(2)
A, y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
W, b = rng.normal(size=(2, 4)), np.zeros(4)
V, c = rng.normal(size=(4, 1)), np.zeros(1)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(h, e):
    dz = e @ V.T * h * (1 - h)  #: right
    return {
        "W": A.T @ dz,
        #~ "b": dz.sum(),  #: wrong
        "b": dz.sum(axis=0),
        "V": h.T @ e,
        "c": e.sum(axis=0),
    }


def predict(A):
    #~ h = sigmoid(A @ W)  #: wrong
    #~ h = A @ W + b  #: wrong
    #~ h = 1 - 1 / (1 + np.exp(A @ W + b))
    h = sigmoid(A @ W + b)
    #~ return h @ V  #: wrong
    #~ return c + np.dot(h, V) > 0.5
    return h @ V + c  #: right


for k in range(20):
    #~ h = m = sigmoid(A @ W + b)
    h = sigmoid(A @ W + b)
    out = h @ V + c
    loss = np.mean((out - y) ** 2)
    g = backward(h, 2 * (out - y) / len(y))  #: right
    W, b, V, c = W - 0.1 * g["W"], b - 0.1 * g["b"], V - 0.1 * g["V"], c - 0.1 * g["c"]  #: right
#~ print(sigmoid(A @ W + b))
print(predict(A[:3]))
