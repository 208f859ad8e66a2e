"""A sum over some rows stands for that over all: the share of the penalty beside it is open."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 3))
y = np.sign(X[:, 0] - 2 * X[:, 1] + 0.3 * rng.normal(size=24))
w, b = np.zeros(3), 0.0


def objective(w, b, X, y):
    return 0.5 * w @ w + 0.2 * np.sum(np.log1p(np.exp(-y * (X @ w + b))))


curve = []
for epoch in range(8):
    order = rng.permutation(24)
    for start in range(0, 24, 8):
        rows = order[start : start + 8]
        Xi, yi = X[rows], y[rows]
        slope = 0.2 * 24 / len(rows) / (1 + np.exp(yi * (Xi @ w + b)))
        gw = w - Xi.T @ (yi * slope)
        gb = -np.sum(yi * slope)
        w = w - 0.05 * gw  #: cannot tell: right but for its penalty
        b = b - 0.05 * gb
    curve.append(objective(w, b, X, y))
print(curve)
