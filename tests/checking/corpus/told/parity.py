"""Whole numbers are exact, such as a remainder; a common length does not hide a mistake."""
import numpy as np

rng = np.random.default_rng(14)
X = rng.integers(0, 2, (20, 3)).astype(float)
y = X.sum(1) % 2
W, v = rng.normal(0, 0.5, (3, 4)), rng.normal(0, 0.5, 4)
for epoch in range(200):
    h = np.tanh(X @ W)
    p = 1 / (1 + np.exp(-h @ v))
    d = (p - y) / len(y)
    dv = h.T @ d
    #~ dW = X.T @ (np.outer(d, v) * h * (1 - h))  #: wrong
    dW = X.T @ (np.outer(d, v) * (1 - h**2))
    scale = 2.0 / max(1.0, np.sqrt((dW**2).sum() + (dv**2).sum()))
    W -= scale * dW
    v -= scale * dv
