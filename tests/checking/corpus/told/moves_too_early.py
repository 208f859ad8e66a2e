"""A weight that moves too early is one."""
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=6)
w, v = rng.normal(size=3), 0.5
h = np.tanh(X @ w)
error = h * v - y
v = v - 0.1 * np.sum(error * h)  #: right
w = w - 0.1 * X.T @ (error * v * (1 - h ** 2))  #: wrong
