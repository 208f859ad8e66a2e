"""A shift of what parameters give is no parameter."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
for epoch in range(5):
    z = X @ W + b
    z -= z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -(y * np.log(p)).sum()
    W -= 0.1 * X.T @ (p - y)  #: right
    b -= 0.1 * (p - y).sum(axis=0)  #: right
