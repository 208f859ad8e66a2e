"""A mean with a penalty that is printed for all rows is divided by the count of a batch's rows."""
import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(60, 4))
y = (X @ np.array([1.0, -2.0, 0.5, 0.0]) > 0).astype(float)
w, b = 0.1 * rng.normal(size=4), 0.1


def probability(X):
    return 1 / (1 + np.exp(-(X @ w + b)))


def objective(X, y):
    p = probability(X)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(X) + 0.5 * 0.1 * w @ w


def gradient(X, y):
    e = probability(X) - y
    #~ return e @ X / len(X) + 0.1 * w, e.sum()  #: wrong: return (e @ X / len(X) + 0.1 * w, e.mean())
    return e @ X / len(X) + 0.1 * w, e.mean()


for epoch in range(5):
    order = rng.permutation(60)
    for start in range(0, 60, 20):
        rows = order[start : start + 20]
        gw, gb = gradient(X[rows], y[rows])
        w = w - 0.2 * gw
        b = b - 0.2 * gb
    print(objective(X, y))
