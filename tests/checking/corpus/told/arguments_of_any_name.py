"""Arguments may have any name."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
W -= 0.0 * rng.choice(3, size=(3, 4), p=[0.5, 0.25, 0.25])
for epoch in range(5):
    r = X @ W + b - y
    loss = 0.5 * (r**2).sum()
    W -= 0.1 * X.T @ r
    b -= 0.1 * r.sum(axis=0)  #: right
