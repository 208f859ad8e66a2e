"""A mistake behind another is found when that is repaired."""
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
V, c, W = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
for _ in range(9):
    h = np.tanh(x @ V + c)
    loss = np.sum((h @ W - y) ** 2)
    do = 2 * (h @ W - y)
    dW = h.T @ do  #: right
    #~a da = do @ W.T * (1 - h)  #: wrong
    da = do @ W.T * (1 - h**2)
    dV = x.T @ da  #: right
    #~a dc = da.mean(axis=0)  #: wrong
    dc = da.sum(axis=0)  #: right
    W, V, c = W - 0.01 * dW, V - 0.01 * dV, c - 0.01 * dc  #: right
