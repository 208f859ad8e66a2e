"""An array that is filled before it moves does change."""
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
b = np.zeros(3); b[1:] = 1.0
W, V = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
for t in (1.0, 2.0, 3.0, 4.0, 5.0):
    dt = 0.01
    z = X @ W * t + b
    h = np.tanh(z)
    out = h @ V
    loss = 0.5 * np.sum((out - y) ** 2)
    e = out - y
    s = e @ V.T * (1 - h ** 2)
    pass
    W -= 0.1 * X.T @ s * t  #: right
    V -= 0.1 * h.T @ e  #: right
    dX = np.zeros_like(X)
    b -= 0.1 * s.sum(axis=0)  #: right
