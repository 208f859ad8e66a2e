"""Parts of unlike sizes are no array."""
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
w = rng.normal(size=3)
for epoch in range(5):
    head, tail = np.split(X @ w, [2])
    error = np.concatenate([head, tail]) - y
    loss = np.mean(error ** 2)
    w -= 0.1 * X.T @ (2 * error / 5)  #: right
