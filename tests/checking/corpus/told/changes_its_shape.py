"""A parameter that changes its shape is judged without a crash."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, b = rng.normal(size=(3, 2)), np.zeros((1, 2))
params, state = [W, b], [[np.zeros_like(p), np.zeros_like(p)] for p in (W, b)]
for t in range(1, 60):
    error = X @ W + b - Y
    loss = np.mean(error**2)
    grads = [2 * X.T @ error / error.size, 2 * error / error.size]
    W = W - 0.1 * grads[0]  #: right
    b = b - grads[1]  #: wrong
