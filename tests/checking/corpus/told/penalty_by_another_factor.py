"""A penalty with another factor is no decay beside it."""
import numpy as np

rng = np.random.default_rng(0)
X, y, w, b = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), 0.0
for _ in range(9):
    e = X @ w + b - y
    loss = np.mean(e**2) + 0.1 * np.sum(w**2)
    #~ dw = 2 * X.T @ e / 9 + 2 * 0.1 * w
    dw = 2 * X.T @ e / 9 + 0.1 * w  #: wrong
    w -= 0.1 * dw  #: follows
    b -= 0.1 * 2 * e.mean()  #: right
