"""A factor that nobody means is no step of an optimizer."""
import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 1))
W, b = rng.normal(size=(4, 1)), np.zeros(1)
for i in range(50):
    error = X @ W + b - y
    loss = np.mean(error ** 2)
    d = 2 * error / X.shape[1]  #: wrong
    dW, db = X.T @ d, d.sum(axis=0)  #: follows
    W -= 0.01 * dW  #: follows
    b -= 0.01 * db  #: follows
