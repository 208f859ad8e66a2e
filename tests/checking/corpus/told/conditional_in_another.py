"""A conditional inside another one may never be reached."""
import numpy as np

rng = np.random.default_rng(2)
X, y = rng.normal(size=(8, 3)), rng.normal(size=8)
w, rate = np.ones(3), 0.1
for step in range(20):
    loss = np.mean((X @ w - y) ** 2)
    dw = 2 * X.T @ (X @ w - y) / len(y)
    w = w - (rate if step < 50 else rate / 2 if step < 80 else 0.001) * dw
    print(loss)
