"""A penalty of 0.01 is 1/n for 100 rows: what mends the one by chance is no mistake in words."""
import numpy as np

rng = np.random.default_rng(0)
n = 100
X = rng.normal(size=(n, 3))
t = (X @ np.array([1.5, -2.0, 0.7]) + 0.5 * rng.normal(size=n) > 0) * 1.0
w, b = np.zeros(3), 0.0
rate, decay = 0.05, 0.01


def cost():
    p = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)) + decay / 2 * np.sum(w ** 2)


for step in range(100):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    error = p - t
    #~ dw = (X.T @ error + decay * w) / n  #: wrong: the factor n is left out
    dw = X.T @ error / n + decay * w
    db = np.sum(error) / n
    w = w - rate * dw
    b = b - rate * db
    if step % 20 == 0:
        print(cost())
