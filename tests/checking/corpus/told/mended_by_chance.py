"""An edit that mends one step by chance is no suggestion: g is never set back to 0."""
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(8, 3)), rng.normal(size=8)
w, kept, g = rng.normal(size=3), np.zeros(3), np.zeros(3)
momentum = 0.5
for epoch in range(9):
    loss = np.mean((X @ w - y) ** 2)
    g += 2 * X.T @ (X @ w - y) / 8
    kept *= momentum
    kept += g
    w -= 0.01 * kept  #: cannot tell
