"""A loss of all data (made from each other) or of a batch drawn anew is that of a step's own batch."""
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(60, 3))
Y = np.sin(X @ [[1.0], [0.5], [-1.0]]) + 0.1 * rng.normal(size=(60, 1))
V, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))


def batch(n):
    i = rng.integers(0, 60, n)
    return X[i], Y[i]


def loss(x, y):
    return np.mean(np.log(np.cosh(np.tanh(x @ V) @ W - y)))


for step in range(40):
    x, y = batch(8)
    h = np.tanh(x @ V)
    d = np.tanh(h @ W - y) / 8
    #~a gV = x.T @ (d @ W.T * (1 - h))  #: wrong: uses h where h ** 2 belongs
    #~c gV = x.T @ (d @ W.T * (1 - h))  #: wrong: uses h where h ** 2 belongs
    gV = x.T @ (d @ W.T * (1 - h**2))
    W -= 0.1 * h.T @ d  #: right
    V -= 0.1 * gV
    if step % 20 == 0:
        #~b print(step, loss(X, Y))
        #~c print(step, loss(X, Y))
        print(step, loss(*batch(50)))
