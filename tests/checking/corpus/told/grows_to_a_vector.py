"""A number that becomes a vector is judged as the vector."""
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(3, 7)), rng.normal(size=(2, 7))
W, b = rng.normal(size=(2, 3)), 0.1
for _ in range(50):
    out = W @ X + b
    loss = np.sum((out - y) ** 2) / 7
    d = 2 * (out - y) / 7
    W -= 0.1 * d @ X.T  #: right
    b -= 0.1 * d.sum(axis=1, keepdims=True)  #: right
