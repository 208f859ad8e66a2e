"""np.r_ is called with square brackets: it is no number that an edit may put into a line."""
import numpy as np

rng = np.random.default_rng(33)
X = np.vstack([rng.normal(1, 0.8, (12, 2)), rng.normal(-0.5, 0.8, (9, 2))])
y = np.r_[np.ones(12), -np.ones(9)]
w, b = np.zeros(2), 0.0
for step in range(50):
    margins = y * (X @ w + b)
    active = margins < 1
    loss = 0.5 * w @ w + 10 * np.mean(np.maximum(0, 1 - margins))
    dw = w - 10 * (y[active] @ X[active]) / 21
    #~ db = 10 * np.sum(y[active]) / 21  #: wrong: the sign is wrong
    db = -10 * np.sum(y[active]) / 21
    w = w - 0.01 * dw
    b = b - 0.01 * db
