"""A constant of a corrected line may be a share: at another number it has to stay one."""
import numpy as np

rng = np.random.default_rng(1)
X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
w, m = rng.normal(size=3), np.zeros(3)
beta = 0.9
for t in range(80):
    error = X @ w - y
    loss = np.mean(error**2)
    #~ m = beta * m + (1 - beta) * 2 * X.T @ (error * y) / 20  #: wrong: multiplies by y, which does not belong there
    m = beta * m + (1 - beta) * 2 * X.T @ error / 20
    w = w - 0.1 * m
