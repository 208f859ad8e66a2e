"""Weights decay by a factor of their own, in a line before their move or in it."""
import numpy as np

rng = np.random.default_rng(21)
X = rng.uniform(-2, 2, (16, 2))
y = np.sin(X[:, :1]) * X[:, 1:]
W, V, b = rng.normal(0, 0.7, (2, 4)), rng.normal(0, 0.7, (4, 1)), np.zeros(4)
lr, decay = 0.1, 0.01
for step in range(30):
    h = np.tanh(X @ W + b)
    out = h @ V
    loss = 0.5 * np.mean((out - y) ** 2)
    d = (out - y) / len(X)
    #~ dz = d @ V.T * (1 - h)  #: wrong: uses h where h ** 2 belongs
    dz = d @ V.T * (1 - h**2)
    #~ W *= 1 + lr * decay  #: wrong: adds where it should subtract: the sign is wrong
    W *= 1 - lr * decay
    W -= lr * X.T @ dz
    V = (1 - lr * decay) * V - lr * h.T @ d
    b -= lr * dz.sum(axis=0)
