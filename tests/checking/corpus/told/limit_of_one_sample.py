"""A limit that one sample reaches is seen."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (6, 2))
X[3] = [9.0, 9.0]
y, w, v = rng.normal(size=6), np.array([0.9, 0.4]), 0.3
for epoch in range(30):
    for x, t in zip(X, y):
        z = x @ w
        h = np.minimum(np.maximum(z, 0.0), 6.0)
        loss = (v * h - t) ** 2
        dv = 2 * (v * h - t) * h  #: right
        #~ dw = 2 * (v * h - t) * v * (z > 0) * x  #: cannot tell, wrong
        dw = 2 * (v * h - t) * v * (0 < z < 6) * x  #: right
        w = w - 0.001 * dw  #: right
        v = v - 0.001 * dv  #: right
