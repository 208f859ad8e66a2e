"""Each gradient is cut to a length of its own: only that of W is long enough."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(8, 3))
y = X @ np.array([2.0, -3.0, 1.0]) + 1
w, b = np.zeros(3), 0.0
for epoch in range(50):
    p = X @ w + b
    loss = np.mean((p - y) ** 2)
    #~ dw = 2 * X.T @ (p + y) / len(y)  #: wrong: adds where it should subtract: the sign is wrong
    dw = 2 * X.T @ (p - y) / len(y)
    #~ db = 2 * np.mean(p)  #: wrong: the term - y is left out
    db = 2 * np.mean(p - y)  #: right
    #~ length = 1.5 * max(1.0, np.abs(dw).max())
    length = np.linalg.norm(dw)
    if length > 1.0:
        dw = dw / length  #: right
    w -= 0.1 * dw  #: right
    b -= 0.1 * db  #: right
