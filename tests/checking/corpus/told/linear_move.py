"""A linear move is the gradient of its own square: that is no loss, and proves nothing."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 2))
y = np.where(X[:, 0] > 0, 1, -1)
w = np.zeros(2)
for epoch in range(5):
    for x, t in zip(X, y):
        if t * (x @ w) >= 1:
            w = w - 0.1 * (2 * 0.01 * w)
        else:
            #~ w = w - 0.1 * (2 * 0.01 * w + t * x)  #: not checked
            w = w - 0.1 * (2 * 0.01 * w - t * x)  #: not checked
