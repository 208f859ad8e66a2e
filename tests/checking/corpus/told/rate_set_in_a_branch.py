"""A branch that sets what training reads is taken as the code says."""
import numpy as np

rng = np.random.default_rng(0)
A, y, lam = rng.normal(size=(7, 3)), rng.normal(size=7), 0.3
w, b = np.zeros(3), 0.0


def cost(w, b):
    return np.mean((A @ w + b - y) ** 2) + lam * np.sum(w**2)


rate = 0.1
for k in range(30):
    r = A @ w + b - y
    gw = 2 * A.T @ r / 7 + 2 * lam * w
    gb = 2 * np.mean(r)
    w = w - rate * gw  #: right
    b = b - rate * gb  #: right
    if (k + 1) % 10 == 0:
        rate = 0
