"""A loss of all rows that a step of a batch prints first is not that step's own."""
import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(40, 2))
y = X @ np.array([1.5, -2.0]) + 0.3
w, b = np.zeros(2), 0.0
sw, sb = np.zeros(2), 0.0


def cost(X, y):
    return np.mean((X @ w + b - y) ** 2)


for step in range(60):
    rows = rng.choice(40, 10, replace=False)
    e = X[rows] @ w + b - y[rows]
    gw = 2 * X[rows].T @ e / 10
    #~ gb = -2 * e.mean()  #: wrong: gb = 2 * e.mean()
    gb = 2 * e.mean()
    sw = 0.9 * sw + 0.1 * gw**2
    #~a sb = 0.9 * sb + 0.2 * gb**2
    sb = 0.9 * sb + 0.1 * gb**2
    w = w - 0.01 * gw / (np.sqrt(sw) + 1e-8)  #: right: a step of RMSProp
    #~a b = b - 0.01 * gb / (np.sqrt(sb) + 1e-8)  #: cannot tell
    b = b - 0.01 * gb / (np.sqrt(sb) + 1e-8)
    if step % 20 == 0:
        print(cost(X, y))
