"""Two mistakes whose effects add up in one gradient are both blamed."""
import numpy as np

rng = np.random.default_rng(0)
X, y, w, b = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3), 0.5
for epoch in range(9):
    s = np.exp(0.5 * w)
    e = X @ s + b - y
    loss = 0.5 * np.sum(e**2) + np.sum(np.exp(w) - w)
    #~a dw = (X.T @ e) * s  #: wrong
    dw = 0.5 * (X.T @ e) * s
    #~a dw = dw - np.exp(w) - 1  #: wrong
    dw = dw + np.exp(w) - 1  #: right
    w -= 0.01 * dw  #: right
    b -= 0.01 * e.sum()  #: right
