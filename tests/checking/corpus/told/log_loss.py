"""A tiny number that keeps a logarithm finite is not derived; squared errors have another gradient."""
import numpy as np

rng = np.random.default_rng(1)
A = rng.normal(size=(9, 2))
t = (A[:, 0] > 0).astype(float)
w = np.zeros(2)
for k in range(20):
    p = 1 / (1 + np.exp(-(A @ w)))
    loss = -np.mean(t * np.log(p + 1e-8) + (1 - t) * np.log(1 - p + 1e-8))
    #~ w -= 0.5 * A.T @ ((p - t) * p * (1 - p)) / len(t)  #: wrong
    w -= 0.5 * A.T @ (p - t) / len(t)  #: right
