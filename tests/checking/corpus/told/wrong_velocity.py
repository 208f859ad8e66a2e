"""A spoilt rule is wrong on its line."""
import numpy as np

rng = np.random.default_rng(0)
x, y, w = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3)
v = np.zeros(3)
for epoch in range(60):
    e = x @ w - y
    loss = 0.5 * np.sum(e**2)
    g = x.T @ e
    v = -0.9 * v - 0.01 * g  #: wrong: v = 0.9 * v - 0.01 * g
    w = w + v  #: follows
