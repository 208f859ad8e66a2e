"""What makes parameters valid after their move is no part of it, and is told as not judged."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 4))
y = X @ np.array([0.5, 0.5, -0.5, 0.5]) + 0.1 * rng.normal(size=20)
w = rng.normal(size=4)
for t in range(100):
    e = X @ w - y
    loss = np.mean(e**2)
    #~a g = 2 * X.T @ (e * e) / len(y)  #: wrong
    #~b g = 2 * X.T @ np.abs(e) / len(y)  #: wrong
    g = 2 * X.T @ e / len(y)
    w = w - 0.05 * g
    #~ w = np.maximum(w, 0)
    #~ w -= w.mean()
    #~ w /= w.sum()
    #~ w[:] = w / np.linalg.norm(w)
    #~ w[w < 0] = 0
    #~a w = w - w.mean()
    w = w / np.linalg.norm(w)
