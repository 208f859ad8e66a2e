"""A move by the signs of a wrong gradient, which are those of the right one, is not called right."""
import numpy as np

rng = np.random.default_rng(6)
X, y = rng.normal(size=(8, 3)), rng.normal(size=8)
w, b = rng.normal(size=3), 0.5 + np.zeros(1)
for step in range(9):
    error = X @ w + b - y
    loss = np.mean(error**2)
    #~a gw = 2 * (X * np.array([1.0, 2.0, 3.0])).T @ error / 8
    gw = 2 * X.T @ error / 8
    gb = 2 * error.mean(keepdims=True)
    #~a w = w - 0.01 * np.sign(gw)  #: cannot tell: it moves by the signs of its gradient
    w = w - 0.01 * np.sign(gw)  #: right: a step of sign descent
    b = b - 0.01 * np.sign(gb)
