"""A side of a conditional expression that comes late is waited for."""
import numpy as np
rng = np.random.default_rng(0)
X, y, w, b = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), 0.0
for k in range(60):
    share = 1.0 if k < 30 else 1.0 / (k - 28)
    e = X @ w + b - y
    loss = np.sum(e**2) + share * np.sum(w**2)
    #~ w = w - 0.01 * (2 * X.T @ e + 2 * w)  #: wrong: has the path by share
    w = w - 0.01 * (2 * X.T @ e + 2 * share * w)  #: right
    b = b - 0.01 * 2 * e.sum()  #: right
