"""A state that is written beside the one it comes from is no parameter."""
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
S = np.zeros(5)
S[0] = 0.9
for t in range(4):
    S[t + 1] = S[t] - 0.3 * S[t]
w = np.zeros((3, 1))
for epoch in range(9):
    error = X @ w - y
    loss = np.mean(error ** 2)
    w -= 0.1 * 2 * X.T @ error / len(X)  #: right
