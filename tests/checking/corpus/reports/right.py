import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
W, b = rng.normal(size=(3, 1)), np.zeros(1)
for epoch in range(6):
    error = X @ W + b - y
    loss = np.mean(error**2)
    dW = 2 * X.T @ error / len(X)
    db = 2 * error.mean(axis=0)
    if epoch > 20:
        dW = dW * 0.5
    W -= 0.1 * dW
    b -= 0.1 * db
