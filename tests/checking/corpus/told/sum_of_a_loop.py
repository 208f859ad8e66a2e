"""A sum that a loop does not add up is blamed."""
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
w = rng.normal(size=3)
for epoch in range(9):
    error = X @ w - y
    loss = np.sum(error**2)
    g = np.zeros(3)
    for i in range(5):
        #~ g = 2 * error[i] * X[i]  #: wrong
        #~ g -= 2 * error[i] * X[i]  #: wrong
        g += 2 * error[i] * X[i]
    w -= 0.01 * g  #: right
