"""Numbers that begin as one object are parameters of their own."""
import numpy as np

rng = np.random.default_rng(0)
A, y, lam = rng.normal(size=(7, 3)), rng.normal(size=7), 0.3
b = c = 0.0
w = [0.0] * 3


def cost(w, b):
    return np.mean((A @ w + b + c - y) ** 2) + lam * np.sum(np.array(w) ** 2)  #: right


for k in range(30):
    r = A @ w + b + c - y
    gw = 2 * A.T @ r / 7 + 2 * lam * np.array(w)
    gb = 2 * np.mean(r)
    c = c - 0.1 * gb  #: right
    for j in range(3):
        w[j] = w[j] - 0.1 * gw[j]  #: right
    b = b - 0.1 * gb  #: right
    if (k + 1) % 10 == 0:
        print(k, cost(w, b))
