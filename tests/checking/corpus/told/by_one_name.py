"""Parameters that move by one name keep their own."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
for epoch in range(5):
    r = X @ W + b - y
    loss = 0.5 * (r**2).sum()
    for q, g in zip((W, b), (X.T @ r, -r.sum(axis=0))):  #: wrong
        q -= 0.1 * g  #: right
