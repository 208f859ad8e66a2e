"""Data made ready are no parameters."""
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
#~ X -= X.mean(axis=0); X /= X.std(axis=0)
#~ y = y - y.mean()
#~a X -= X.mean(axis=0); X /= X.std(axis=0)
#~b y = y - y.mean()
X = X - X.mean(axis=0)
w = np.zeros((3, 1))
#~ for epoch in range(1):
#~a for epoch in range(1):
#~b for epoch in range(1):
for epoch in range(9):
    error = X @ w - y
    loss = np.mean(error ** 2)
    w -= 0.1 * 2 * X.T @ error / len(X)  #: right
