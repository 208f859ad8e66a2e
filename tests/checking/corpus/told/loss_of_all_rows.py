"""A loss that is printed for all rows is that of a batch."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
y = np.sign(X[:, 0] * 2 - X[:, 1])
w, b = rng.normal(size=3), 0.1


def cost(X, y):
    s = X @ w + b
    return np.log1p(np.exp(-y * s)).mean() + 0.05 * np.sum(w**2)


for epoch in range(10):
    order = rng.permutation(12)
    for start in range(0, 12, 4):
        rows = order[start : start + 4]
        Xi, yi = X[rows], y[rows]
        s = Xi @ w + b
        ds = -yi / (1 + np.exp(yi * s)) / 4  #: right
        #~ gw = Xi.T @ ds + 3 * 0.05 * w  #: wrong: gw = Xi.T @ ds + 2 * 0.05 * w
        gw = Xi.T @ ds + 2 * 0.05 * w
        w = w - 0.3 * gw  #: right
        b = b - 0.3 * ds.sum()  #: right
    if epoch % 5 == 0:
        print(cost(X, y))
