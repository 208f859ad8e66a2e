"""A sum that is never emptied is wrong where it begins."""
import numpy as np

rng = np.random.default_rng(0)
x, y, w = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, 3.0]), np.array([0.3])
dw = np.zeros(1)  #: wrong: dw is not set back to 0: each step adds to what the one before left
for epoch in range(60):
    e = w * x - y
    loss = 0.5 * np.sum(e**2)
    #~ dw = np.sum(e * x)
    dw += np.sum(e * x)  #: follows
    w = w - 0.1 * dw  #: follows
