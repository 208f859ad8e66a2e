import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
W = rng.normal(size=(3, 1))
for epoch in range(3):
    e = X @ W - y
    loss = np.sum(e**2)
    dW = 2 * X.T @ e.sum(axis=1, keepdims=True)
    W -= 0.01 * dW
