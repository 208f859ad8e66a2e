"""A mask of one number: all that are true are one object, and it selects by text as by value."""
import numpy as np

def sigmoid(x):
    pos = x >= 0
    neg = ~pos
    out = np.empty_like(x, dtype=np.float64)
    out[pos] = 1.0 / (1.0 + np.exp(-x[pos]))
    e = np.exp(x[neg])
    out[neg] = e / (1.0 + e)
    return out

rng = np.random.default_rng(0)
w = rng.normal(size=3)
X = rng.normal(size=(5, 3))
y = np.array([0, 1, 1, 0, 1])
for _ in range(3):
    for x, t in zip(X, y):
        p = sigmoid(np.dot(w, x))
        loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        #~ w -= 0.1 * (p - t) * w  #: wrong: uses w where x belongs
        w -= 0.1 * (p - t) * x  #: right
