"""Twelve rows, and a slope that is wrong."""
import numpy as np
rng = np.random.default_rng(1)
X, Y, W, V = rng.normal(size=(12, 2)), rng.normal(size=(12, 1)), np.ones((2, 2)), np.ones((2, 1))
for step in range(20):
    H = np.tanh(X @ W)
    d = 2 * (H @ V - Y) / 12
    loss = ((H @ V - Y) ** 2).mean()
    dH = d @ V.T * (1 - H)
    V -= 0.1 * H.T @ d
    W -= 0.1 * X.T @ dH
