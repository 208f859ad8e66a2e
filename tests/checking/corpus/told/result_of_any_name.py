"""A function by any name is the loss if it depends on all, and some moves are its gradient."""
import numpy as np

rng = np.random.default_rng(3)
X, Z = rng.normal(size=(20, 3)), rng.normal(size=(20, 3))
t = (rng.random(20) < 0.5) * 1.0
M, c = 0.1 * rng.normal(size=(3, 3)), 0.0


def scores(M, c):
    return np.array([X[i] @ M @ Z[i] + c for i in range(20)])


def how_bad(M, c):
    s = scores(M, c)
    return np.mean(np.log(1 + np.exp(-s)) + (1 - t) * s) + 0.01 * np.sum(M * M)


def slopes(M, c):
    d = (1 / (1 + np.exp(-scores(M, c))) - t) / 20
    dM = 2 * 0.01 * M
    for i in range(20):
        #~ dM = dM + d[i] * np.outer(Z[i], X[i])  #: wrong: the arguments of outer are swapped
        dM = dM + d[i] * np.outer(X[i], Z[i])
    return dM, d.sum()


for step in range(50):
    dM, dc = slopes(M, c)
    M = M - 0.3 * dM
    c = c - 0.3 * dc
print(how_bad(M, c))
