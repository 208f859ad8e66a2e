"""Weights move by two rates, biases by one: neither half is the wrong one."""
import numpy as np

rng = np.random.default_rng(1)
X, Y = rng.normal(size=(20, 2)), rng.normal(size=(20, 1))
w1, b1 = rng.normal(size=(3, 2)), np.ones((3, 1))
w2, b2 = rng.normal(size=(1, 3)), np.ones((1, 1))
rate, momentum = 0.05, 0.9
errors = []


def train(x, y):
    global w1, b1, w2, b2
    h = np.tanh(w1 @ x + b1)
    out = w2 @ h + b2
    error = out - y
    dh = w2.T @ error * (1 - h**2)
    step2, step1 = error @ h.T, dh @ x.T
    w2 -= (momentum * step2) + rate * step2  #: cannot tell: up to a factor
    w1 -= (momentum * step1) + rate * step1  #: cannot tell: up to a factor
    b2 -= rate * error  #: cannot tell: up to a factor
    b1 -= rate * dh  #: cannot tell: up to a factor
    return error


for i in range(30):
    k = rng.integers(20)
    errors.append(train(X[k].reshape(2, 1), Y[k].reshape(1, 1))[0][0])
    cost = sum(np.square(errors)) / len(errors)
