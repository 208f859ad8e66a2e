"""The name of what may be maximised says no sign."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
def objective(W):
    return np.mean(y * np.log(1 / (1 + np.exp(-X @ W))))
for epoch in range(5):
    p = 1 / (1 + np.exp(-X @ W))
    W += 0.1 * X.T @ (y * (1 - p)) / y.size  #: right
    print(objective(W))
