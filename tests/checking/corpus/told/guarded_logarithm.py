"""What keeps a logarithm from that of 0 is no part of a loss."""
import numpy as np
rng = np.random.default_rng(0)
X, t = rng.normal(size=(8, 3)), np.array([0.0, 1, 1, 0, 1, 0, 0, 1])
w, b = rng.normal(size=3), np.zeros(1)
for epoch in range(9):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(t * np.log(p + 1e-8) + (1 - t) * np.log(1 - p + 1e-8))
    #~ dz = (p - t) * p / len(t)  #: wrong
    dz = (p - t) / len(t)
    w -= 0.3 * X.T @ dz  #: right
    b -= 0.3 * dz.sum()  #: right
