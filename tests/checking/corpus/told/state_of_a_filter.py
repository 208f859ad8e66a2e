"""A state whose last value nothing reads is no parameter."""
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))

w = np.zeros((3, 1))
for epoch in range(9):
    error = X @ w - y
    s, d = 0.0, []
    for e in error[:, 0]:
        d.append(s - e)
        s = s + 0.5 * (e - s)
    w -= 0.1 * X.T @ np.array(d)[:, None]  #: cannot tell
